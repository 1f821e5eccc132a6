"""Changes of one value of an invoice, as forgers and slips make them, and invoices as text files to make them on."""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from stdnum import iban as stdnum_iban

Terms = list[tuple[str, str]]
Pages = list[dict[str, Any]]

AMOUNTS = ("BT-109", "BT-110", "BT-112")
KINDS = {
    "BT-1": ("digit", "swap"),
    "BT-2": ("digit", "swap", "day-and-month"),
    "BT-84": ("digit", "swap", "other"),
    **dict.fromkeys(AMOUNTS, ("digit", "swap", "cent", "shift", "other")),
    "BT-27": ("letter", "swap", "other"),
}
STRANGERS = ("Betrug & Söhne GmbH", "Schmidt Consulting AG", "Nordlicht Energie GmbH", "Phantom Handels KG")
_WIDTH, _HEIGHT = 5.0, 14.0


def altered(bt: str, value: str, kind: str, random: Random) -> str | None:
    """Another value for a term in the form of EN 16931; None where this kind of change makes none."""
    changed = _altered(bt, value, kind, random)
    return None if changed is None or _same(bt, changed, value) else changed


def _altered(bt: str, value: str, kind: str, random: Random) -> str | None:
    if bt == "BT-2":
        return _other_date(value, kind, random)
    if bt == "BT-27":
        return random.choice(STRANGERS) if kind == "other" else _other_letters(" ".join(value.split()), kind, random)
    if bt in AMOUNTS:
        return _other_amount(Decimal(value), kind, random)
    if bt == "BT-84":
        compact = value.replace(" ", "")
        return _other_iban(random) if kind == "other" else compact[:2] + (_digits(compact[2:], kind, random) or "")
    return _digits(value, kind, random)


def _same(bt: str, one: str, other: str) -> bool:
    return Decimal(one) == Decimal(other) if bt in AMOUNTS else one.replace(" ", "") == other.replace(" ", "")


def _digits(text: str, kind: str, random: Random) -> str | None:
    """One digit other, or two unequal neighbours swapped."""
    places = [at for at, char in enumerate(text) if char.isdigit()]
    chars = list(text)
    if kind == "digit" and places:
        at = random.choice(places)
        chars[at] = random.choice([digit for digit in "0123456789" if digit != chars[at]])
        return "".join(chars)
    pairs = [(a, b) for a, b in pairwise(places) if chars[a] != chars[b]]
    if not pairs:
        return None
    a, b = random.choice(pairs)
    chars[a], chars[b] = chars[b], chars[a]
    return "".join(chars)


def _other_date(value: str, kind: str, random: Random) -> str | None:
    if kind == "day-and-month":
        return _iso(f"{value[:4]}-{value[8:]}-{value[5:7]}")
    for _ in range(100):
        changed = _iso(_digits(value, kind, random) or "")
        if changed and "1991" < changed < "2089":
            return changed
    return None


def _iso(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _other_amount(value: Decimal, kind: str, random: Random) -> str | None:
    if value == 0 and kind == "shift":
        return None
    if kind == "cent":
        return f"{value + random.choice((Decimal('0.01'), Decimal('-0.01'))):.2f}"
    if kind == "shift":
        return f"{value * random.choice((Decimal(10), Decimal('0.1'))):.2f}"
    if kind == "other":
        return f"{Decimal(random.randrange(100, 999_999)) / 100:.2f}"
    return _digits(f"{value:.2f}", kind, random)


def _other_iban(random: Random) -> str:
    rest = "".join(random.choice("0123456789") for _ in range(18))
    return f"DE{stdnum_iban.calc_check_digits(f'DE00{rest}')}{rest}"


def _other_letters(name: str, kind: str, random: Random) -> str | None:
    """In the first word, where a reader looks first."""
    word = name.split(" ")[0]
    letters = [at for at, char in enumerate(word) if char.isalpha()]
    pairs = [at for at in letters if at and at + 1 in letters and word[at].lower() != word[at + 1].lower()]
    if kind == "swap":
        at = random.choice(pairs) if pairs else None
        return None if at is None else f"{name[:at]}{name[at + 1]}{name[at]}{name[at + 2 :]}"
    if not letters:
        return None
    at = random.choice(letters)
    other = random.choice([char for char in "abdegiklmnoprstuz" if char != name[at].lower()])
    return f"{name[:at]}{other.upper() if name[at].isupper() else other}{name[at + 1 :]}"


def stated(terms: Terms, bt: str) -> str | None:
    return next((value for term, value in terms if term == bt and (bt != "BT-84" or value[:2].isalpha())), None)


def restated(terms: Terms, bt: str, old: str, new: str) -> Terms:
    """The terms with another value in the first place that has the old one."""
    at = terms.index((bt, old))
    return [*terms[:at], (bt, new), *terms[at + 1 :]]


def reprinted(pages: Pages, bt: str, old: str, new: str) -> Pages | None:
    """The pages with another value wherever they print the old one as words of its own; None where they do not."""
    changed = deepcopy(pages)
    found = [
        run for page in changed for run in _runs(page["words"], bt, "".join(old.split()) if bt == "BT-84" else old)
    ]
    for run in found:
        _write(run, bt, new)
    return changed if found else None


def erased(pages: Pages, bt: str, value: str) -> Pages | None:
    """The pages without the words that print the value; None where none do."""
    gone = {
        id(word)
        for page in pages
        for run in _runs(page["words"], bt, "".join(value.split()) if bt == "BT-84" else value)
        for word in run
    }
    kept = [{**page, "words": [word for word in page["words"] if id(word) not in gone]} for page in pages]
    return kept if gone else None


def _runs(words: list[list[Any]], bt: str, value: str) -> Iterator[list[list[Any]]]:
    """Neighbouring words that together are the value in one of the usual forms."""
    joint = " " if bt == "BT-27" else ""
    forms = _forms(bt, " ".join(value.split()))
    longest = 10 if bt in ("BT-27", "BT-84") else 1
    at = 0
    while at < len(words):
        for length in range(1, min(longest, len(words) - at) + 1):
            run = words[at : at + length]
            if _bare(run[0][0]) and _bare(run[-1][0]) and _bare(joint.join(word[0] for word in run)) in forms:
                yield run
                at += length - 1
                break
        at += 1


def _bare(text: str) -> str:
    return text.strip(".,;:()€")


def _forms(bt: str, value: str) -> set[str]:
    if bt in AMOUNTS:
        amount = abs(Decimal(value))
        return {_german(amount), f"{amount:,.2f}", f"{amount:.2f}", f"{amount:.2f}".replace(".", ",")}
    if bt == "BT-2":
        year, month, day = value.split("-")
        return {value, f"{day}.{month}.{year}", f"{int(day)}.{int(month)}.{year}", f"{day}/{month}/{year}"}
    return {value}


def _german(amount: Decimal) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def _write(run: list[list[Any]], bt: str, new: str) -> None:
    """In the form of what stood there, spread over as many words."""
    if bt == "BT-27":
        texts = new.split(" ", len(run) - 1)
    elif bt == "BT-84":
        ends = [sum(len(word[0]) for word in run[: at + 1]) for at in range(len(run))]
        texts = [new[start:end] for start, end in zip([0, *ends], [*ends[:-1], len(new)], strict=False)]
    else:
        texts = [run[0][0].replace(_bare(run[0][0]), _like(_bare(run[0][0]), bt, new))]
    for at, word in enumerate(run):
        word[0] = texts[at] if at < len(texts) else ""


def _like(old: str, bt: str, new: str) -> str:
    if bt == "BT-2" and old != new and "-" not in old:
        year, month, day = new.split("-")
        return f"{day}/{month}/{year}" if "/" in old else f"{day}.{month}.{year}"
    if bt in AMOUNTS:
        amount = abs(Decimal(new))
        if "," in old and "." in old:
            return _german(amount) if old.rfind(",") > old.rfind(".") else f"{amount:,.2f}"
        return f"{amount:.2f}".replace(".", old[-3])
    return new


def printed_invoice(path: Path) -> tuple[Terms, Pages]:
    """An invoice from a text file: its terms, then its pages as they look on a grid of letters."""
    head, *texts = re.split(r"^===.*\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    terms = [(bt, value) for bt, _, value in (line.partition(" ") for line in head.strip().splitlines())]
    return terms, [page_of(text, number) for number, text in enumerate(texts, start=1)]


def page_of(text: str, number: int = 1, source: str = "text-layer") -> dict[str, Any]:
    """A page that looks like this text, in the shape that `ocr` gives."""
    words: list[Sequence[Any]] = [
        [found[0], *_box(found.start(), found.end(), row), 1.0]
        for row, line in enumerate(text.splitlines())
        for found in re.finditer(r"\S+", line)
    ]
    return {"number": number, "source": source, "words": words}


def _box(start: int, end: int, row: int) -> tuple[float, float, float, float]:
    return 40 + _WIDTH * start, 40 + _HEIGHT * row, 40 + _WIDTH * end, 50 + _HEIGHT * row
