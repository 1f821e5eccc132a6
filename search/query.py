"""What somebody typed → a small tree: words, phrases, exclusions, fields. Never raises."""

import re
from dataclasses import dataclass, field, replace
from datetime import date

from search import german

MAX_CHARACTERS = 1000
MAX_CLAUSES = 24
FIELDS = {"von": "sender", "an": "recipient", "az": "references", "art": "kind", "jahr": "year", "betrag": "amount",
          "datum": "date"}  # fmt: skip
KINDS = {"rechnung": "invoice", "rechnungen": "invoice", "schreiben": "letter", "brief": "letter", "briefe": "letter"}
LABELS = frozenset((
    "az", "aktenzeichen", "zeichen", "gz", "geschaeftszeichen", "iban", "konto", "eur", "euro", "nr", "no", "nummer",
    "rechnungsnr", "rechnungsnummer", "kundennr", "kundennummer", "betrag", "summe", "datum", "kassenzeichen",
    "faellig", "zahlbar",
))  # fmt: skip
"""What is typed along with a pattern; documents that have it, too, come first, but it need not be there."""
_PIECE = re.compile(
    r'(?P<minus>(?<!\S)-)?(?:(?P<field>[a-z]{2,8}):)?(?:"(?P<phrase>[^"]*)"|(?P<bare>[^\s"]+))', re.UNICODE
)
_WHOLE_SUM = re.compile(
    r"(?<![\w.,:<>=-])([1-9][0-9]{0,2}(?:\.[0-9]{3}){1,4}|[1-9][0-9]{0,11})(?:,-+)?\s?(?:€|eur|euro)(?!\w)"
)


@dataclass(frozen=True)
class Clause:
    """One thing asked for: folded words that stand together (`is_phrase`), or marks, in a field or anywhere; `values`
    are those of a field that holds one of few names."""

    words: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    field: str | None = None
    is_phrase: bool = False
    is_prefix: bool = False
    excluded: bool = False
    optional: bool = False
    low: int | None = None
    high: int | None = None
    typed: str = ""


@dataclass(frozen=True)
class Parsed:
    """All clauses (AND), and codes of what was taken as plain words because it was not understood."""

    clauses: tuple[Clause, ...] = ()
    notes: tuple[str, ...] = field(default=())


def parse(text: str) -> Parsed:
    """Read a query; text beyond the limits is left out and said so."""
    notes = ["query.cut"] if len(text) > MAX_CHARACTERS else []
    text = german.fold(text[:MAX_CHARACTERS].replace("\x00", " "))
    clauses, rest = _recognised(text)
    for match in _PIECE.finditer(rest):
        clauses += _clauses(match, notes)
    if len(clauses) > MAX_CLAUSES:
        notes.append("query.cut")
    kept = [clause for clause in clauses if not _is_only(clause, german.STOP_WORDS)] or clauses
    if any(clause.marks for clause in kept):
        kept = [replace(clause, optional=_is_only(clause, LABELS)) for clause in kept]
    return Parsed(tuple(kept[:MAX_CLAUSES]), tuple(dict.fromkeys(notes)))


def _recognised(text: str) -> tuple[list[Clause], str]:
    """Dates with month names, IBANs and whole sums hold blanks, so they are taken out of the text first."""
    clauses: list[Clause] = []
    for pattern, kind in ((german.IBAN, "i:"), (german.NAMED_DATE, "d:")):
        for match in list(pattern.finditer(text)):
            found = tuple(sorted(mark for mark in german.marks(match.group()) if mark.startswith(kind)))
            if found and '"' not in text:
                clauses.append(Clause(marks=found, typed=match.group()))
                text = text.replace(match.group(), " ", 1)
    for match in [] if '"' in text else list(_WHOLE_SUM.finditer(text)):
        clauses.append(Clause(marks=(f"a:{match[1].replace('.', '')}00",), typed=match.group()))
        text = text.replace(match.group(), " ", 1)
    return clauses, text


def _clauses(match: re.Match[str], notes: list[str]) -> list[Clause]:
    name, phrase, bare = match["field"], match["phrase"], match["bare"] or ""
    excluded = bool(match["minus"])
    if name and name.lower() in FIELDS:
        return _field_clause(FIELDS[name.lower()], phrase if phrase is not None else bare, excluded)
    if name:
        notes.append("query.field")
        bare = f"{name} {phrase if phrase is not None else bare}"
        phrase = None
    if phrase is not None:
        found = tuple(german.words(phrase))
        return [Clause(words=found, is_phrase=True, excluded=excluded, typed=phrase)] if found else []
    return _bare(bare, excluded)


def _bare(bare: str, excluded: bool) -> list[Clause]:
    is_prefix = bare.endswith("*") and len(bare) > 2
    stripped = bare.strip("*()[]{},;:!?'€„“”")
    found = german.words(stripped)
    mark = _strong_marks(stripped)
    if mark:
        return [Clause(words=tuple(found), marks=mark, is_phrase=True, excluded=excluded, typed=stripped)]
    if len(found) > 1:
        return [Clause(words=tuple(found), is_phrase=True, excluded=excluded, typed=stripped)]
    return [Clause(words=(word,), is_prefix=is_prefix, excluded=excluded, typed=stripped) for word in found]


def _strong_marks(text: str) -> tuple[str, ...]:
    """The marks that stand for the whole of what was typed."""
    folded = german.fold(text).strip(".,")
    found = german.marks(folded)
    for kind in ("i:", "d:", "a:", "m:", "r:", "n:"):
        of_kind = sorted(mark for mark in found if mark.startswith(kind) and len(mark) > 3)
        if of_kind:
            return tuple(of_kind)
    return ()


def _field_clause(name: str, value: str, excluded: bool) -> list[Clause]:
    if name in ("amount", "date", "year"):
        low, high = _bounds(name, value)
        if low is None and high is None:
            return _bare(value, excluded)
        return [Clause(field=name, low=low, high=high, excluded=excluded, typed=value)]
    if name == "kind":
        plain = value.strip()
        return [Clause(field=name, values=(KINDS.get(plain, plain),), excluded=excluded, typed=value)] if plain else []
    found = tuple(german.words(value))
    return [Clause(words=found, field=name, is_phrase=len(found) > 1, excluded=excluded, typed=value)] if found else []


def _bounds(name: str, value: str) -> tuple[int | None, int | None]:
    operator = re.match(r">=|<=|>|<", value)
    body = value[operator.end() :] if operator else value
    low_text, _, high_text = body.partition("-") if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", body) else (body, "", "")
    low, high = _number(name, low_text), _number(name, high_text)
    if not operator:
        return low, high if high_text else low
    if low is None:
        return None, None
    step = 1 if operator.group() in (">", "<") else 0
    return (low + step, None) if operator.group().startswith(">") else (None, low - step)


def _number(name: str, text: str) -> int | None:
    if name == "date":
        found = german.dates(text)
        return _ordinal(found[0]) if found else None
    if name == "year":
        return int(text) if re.fullmatch(r"[0-9]{4}", text) else None
    plain = text if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{3}){0,3}(,[0-9]{2})?|[0-9]{1,12}\.[0-9]{2}", text) else ""
    if not plain:
        return None
    cents = german.amounts(plain)
    return cents[0] if cents else int(plain.replace(".", "")) * 100


def _ordinal(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _is_only(clause: Clause, noise: frozenset[str]) -> bool:
    """True for plain words that are typed along, not meant: stop words, or what stands before a pattern ("Az.")."""
    if clause.field or clause.is_phrase or clause.excluded or clause.marks:
        return False
    return all(word in noise for word in clause.words)
