"""The account to pay to (BT-84): is an IBAN of the XML printed, and do the pages ask to pay to another one?

An invoice may list several accounts of the seller, and the buyer's own where money is collected: another IBAN alone is
no objection. It is one where no IBAN of the XML is printed, where it is a garbled copy of one, and where the request
to pay names it while the IBAN of the XML stands elsewhere.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from rapidfuzz.distance import OSA
from stdnum import iban as stdnum_iban
from stdnum import numdb

from invoicing.comparison.printed import Page, Spot, below
from invoicing.comparison.result import State, TermComparison, judged
from invoicing.comparison.totals import Terms

ACCOUNT: Final = "BT-84"
_FORM = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2})[ ]?\d{2}(?:[ .-]?[A-Z0-9]){10,32}")
_AFTER_LABEL = re.compile(r"\bIBAN\b\W{0,8}(?:NR\b\W{0,3})?(?=[A-Z0-9]{2}[A-Z0-9 ]*\d)", re.IGNORECASE)
_HEAD = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2})[ ]?\d{2}(?: ?[A-Z0-9]{1,8}){0,7}$")
_ANY = re.compile(r"[A-Z0-9](?:[ .-]?[A-Z0-9]){9,33}")
_LABEL_BEFORE = re.compile(r"\bIBAN\b[^A-Z0-9]{0,4}(?:NR|NO)?[^A-Z0-9]{0,6}$", re.IGNORECASE)
_BUYERS = re.compile(
    r"ihre[mrs]? (?:konto|iban|bank)|kaufer|kunden-?(?:konto|iban)|lastschrift|eingezogen|einzieh|abgebucht|abbuch|"
    r"einzug|mandat|belast|zahlungspflicht|debit|debtor|your (?:account|iban)|preleve|votre compte"
)
_REQUEST = re.compile(
    r"uberweis|bitte|zahl(?:en|bar|ung|schein)|begleich|verwendungszweck|zu ?gunsten|please|pay(?:able|ment| )|remit|"
    r"virement|regler|reglement"
)
_REQUEST_LINES: Final = 2
_LIST_HEIGHTS: Final = 7.0
"""Accounts listed together stand within so many line heights: four lines."""
_GARBLED: Final = 2
_LEAST_DIGITS: Final = 8
_MISREAD = str.maketrans("OIQLSBZ", "0101582")


@dataclass(frozen=True)
class Account:
    """A printed IBAN without blanks and where it stands."""

    iban: str
    spot: Spot


def compare_accounts(terms: Terms, pages: Sequence[Page]) -> TermComparison:
    """BT-84, of which an invoice may have several; not comparable where the XML names no IBAN."""
    stated = list(dict.fromkeys(_compact(text) for bt, text in terms if bt == ACCOUNT))
    stated = [text for text in stated if re.match(r"[A-Z]{2}\d{2}", text)]
    if not stated:
        return TermComparison(ACCOUNT, State.NOT_COMPARABLE)
    places = {iban: [spot for page in pages for spot in _places(page, iban)] for iban in stated}
    missing = [iban for iban in stated if not places[iban]]
    others = [one for one in _others(terms, stated, pages) if not _is_buyers(one.spot)]
    if missing:
        others = sorted(others, key=lambda one: _distance(one.iban, missing) - 10 * _is_requested(one.spot))[:1]
    else:
        silent = [_compact(text) for bt, text in terms if bt in ("BT-20", "BT-22")]
        others = [one for one in others if not any(one.iban in text for text in silent)]
        others = [one for one in others if _contradicts(one, stated, [spot for of in places.values() for spot in of])]
    found = [(one.iban, one.spot.place) for one in others]
    is_printed = len(missing) < len(stated)
    return judged(ACCOUNT, ", ".join(missing or stated), is_printed=is_printed, contradictions=found)


def _compact(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _places(page: Page, iban: str) -> Iterator[Spot]:
    """Where the IBAN stands, also broken over two lines or, on a picture, with letters for digits."""
    wanted = iban.translate(_MISREAD) if page.is_recognised else iban
    for number, line in enumerate(page.lines):
        if wanted in _seen(page, line.text):
            yield Spot(page, line, 0, len(line.text))
            continue
        for cell in page.cells[number]:
            for following in (*below(cell), *_next_line(page, number)):
                if wanted in _seen(page, f"{cell.text} {following.text}") and wanted not in _seen(page, following.text):
                    yield cell


def _next_line(page: Page, number: int) -> Sequence[Spot]:
    """The beginning of the next line, where running text goes on."""
    return page.cells[number + 1][:1] if number + 1 < len(page.lines) else ()


def _seen(page: Page, text: str) -> str:
    compact = _compact(text)
    return compact.translate(_MISREAD) if page.is_recognised else compact


def _others(terms: Terms, stated: Sequence[str], pages: Sequence[Page]) -> list[Account]:
    """Printed IBANs that the XML names neither as the payee's nor as the buyer's."""
    buyers = {_compact(text) for bt, text in terms if bt == "BT-91"}
    found = [account for page in pages for account in _printed(page, stated)]
    return [one for one in found if one.iban not in buyers and not any(one.iban in iban for iban in stated)]


def _printed(page: Page, stated: Sequence[str]) -> Iterator[Account]:
    for line in page.lines:
        seen: set[int] = set()
        for match in (*_FORM.finditer(line.text), *_HEAD.finditer(line.text)):
            spot = _cut(Spot(page, line, match.start(), match.end()))
            account = Account(_compact(spot.text) + _continued(spot), spot)
            if spot.start not in seen and _is_iban(account, stated):
                seen.add(spot.start)
                yield account
        for label in _AFTER_LABEL.finditer(line.text):
            odd = _ANY.match(line.text.upper(), label.end())
            if odd and odd.start() not in seen and not page.is_recognised:
                spot = _cut(Spot(page, line, odd.start(), odd.end()))
                if sum(char.isdigit() for char in spot.text) >= _LEAST_DIGITS:
                    yield Account(_compact(spot.text), spot)


def _cut(spot: Spot) -> Spot:
    """Without the words that follow: an IBAN has the length of its country, one digit more where a group has it."""
    text = spot.text
    stop = re.search(r" (?:BIC|SWIFT|BLZ|IBAN)", text[4:])
    end = stop.start() + 4 if stop else len(text)
    expected, is_numeric = _structure(text[:2].upper())
    counted = 0
    for at, char in enumerate(text[:end]):
        is_letter = counted >= 4 and is_numeric and char.isalpha()
        if is_letter or (expected and counted >= expected and char == " "):
            end = at
            break
        counted += char.isalnum()
    return spot.part(spot.start, spot.start + len(text[:end].rstrip(" .-")))


@cache
def _structure(country: str) -> tuple[int, bool]:
    """Length of the country's IBANs, 0 if it has none, and whether only digits follow the country (SWIFT registry)."""
    facts = numdb.get("iban").info(country + "0" * 30)[0][1]
    parts = re.findall(r"(\d+)!([nac])", facts.get("bban", ""))
    return (4 + sum(int(length) for length, _ in parts) if parts else 0), all(kind == "n" for _, kind in parts)


def _continued(spot: Spot) -> str:
    """The digits on the next line, where an IBAN breaks off at the end of its line."""
    missing = _structure(spot.text[:2])[0] - len(_compact(spot.text))
    if missing < 2 or spot.line.text[spot.end :].strip():
        return ""
    for cell in _next_line(spot.page, spot.line.number):
        compact = _compact(cell.text)[:missing]
        if len(compact) == missing and compact.isdigit():
            return compact
    return ""


def _is_iban(account: Account, stated: Sequence[str]) -> bool:
    """By checksum, label or form; letters that only look like one are none."""
    iban, spot = account.iban, account.spot
    expected, is_numeric = _structure(iban[:2])
    if stdnum_iban.is_valid(iban):
        return True
    if spot.page.is_recognised or not expected:
        return False
    has_form = is_numeric and abs(len(iban) - expected) <= 1
    is_labelled = bool(_LABEL_BEFORE.search(spot.line.text[: spot.start])) and len(iban) >= 15
    return has_form or is_labelled or _distance(iban, stated) <= _GARBLED


def _is_buyers(spot: Spot) -> bool:
    return bool(_BUYERS.search(_lead(spot)))


def _lead(spot: Spot) -> str:
    """The words before it: on its line and, if the line begins with it, on the one above."""
    before = spot.page.folded[spot.line.number][: spot.start]
    above = spot.page.folded[spot.line.number - 1] if spot.line.number else ""
    return before if len(before) > 25 else f"{above} {before}"


def _contradicts(one: Account, stated: Sequence[str], places: Sequence[Spot]) -> bool:
    """Where an IBAN of the XML is printed too: a garbled copy, or the one that the request to pay names."""
    if _distance(one.iban, stated) <= _GARBLED:
        return True
    is_listed = any(_are_close(one.spot, place) for place in places)
    return (not is_listed and _is_requested(one.spot)) or _stands_in_for(one.spot, places)


def _are_close(one: Spot, other: Spot) -> bool:
    gap = abs(one.line.middle - other.line.middle)
    return one.page.number == other.page.number and gap <= _LIST_HEIGHTS * one.line.height


def _distance(iban: str, stated: Sequence[str]) -> int:
    return min(int(OSA.distance(iban, other)) for other in stated)


def _is_requested(spot: Spot) -> bool:
    lines = range(max(0, spot.line.number - _REQUEST_LINES), spot.line.number + 1)
    return any(_REQUEST.search(spot.page.folded[number]) for number in lines)


def _stands_in_for(spot: Spot, places: Sequence[Spot]) -> bool:
    """Whether another page has an IBAN of the XML at this very place, as in a footer that every page repeats."""
    return any(
        place.page.number != spot.page.number
        and all(abs(a - b) < 2 for a, b in zip(spot.line.tokens[0].box, place.line.tokens[0].box, strict=True))
        and spot.line.text[: spot.start] == place.line.text[: spot.start]
        for place in places
    )
