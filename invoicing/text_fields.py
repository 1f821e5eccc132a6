"""Invoice fields from the words of a page, each with the place where it was read: rules over labels, checksums, sums.

Works on plain data, whatever engine read the words. What it gives is a reading, not a fact: `accepted` marks values
that two independent witnesses support; everything else is offered to a person.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypedDict

from invoicing import parties, totals
from invoicing.labels import (
    FOREIGN_VAT_LABEL,
    LABELS,
    NOT_TERMS,
    PAYMENT_DAYS,
    TYPE_CODE,
    TYPE_WORDS,
)
from invoicing.page_layout import Line, Span, WordRow, page_lines
from invoicing.readings import Place, Reading, best
from invoicing.text_values import Value, dates, ibans, vat_ids

_FIRST_PAGES: Final = 10
_LAST_PAGES: Final = 3
_ACCEPT_FROM: Final = 0.9
_WITNESS_NEEDED: Final = {
    "iban": "checksum",
    "seller_vat_id": "checksum",
    "net": "arithmetic",
    "tax": "arithmetic",
    "gross": "arithmetic",
    "payable": "arithmetic",
    "invoice_number": "unrivalled",
    "issue_date": "unrivalled",
    "due_date": "unrivalled",
    "type_code": "label",
    "currency": "repeated",
}
"""Shown as filled without asking only with this witness and another one; names never, without a list of suppliers."""
_TOP_FIRST: Final = 0.0005
"""Of two equal readings the one further up wins: what is looked for stands in the head of the letter."""
_BELOW: Final = 3.0
"""A value stands at most this many line heights below its label."""
_PAYMENT_DAYS: Final = "_payment_days"
"""A reading that is no field itself: the due date is computed from it."""
_NUMBER = re.compile(r"[\s:.#]*(?:nr\.?:?\s*)?([A-Za-z0-9][A-Za-z0-9/._-]*)")
_TAX_NO = re.compile(r"[\s:]*(\d{2,3}[ /]\d{3,4}[ /]\d{4,5}(?:/\d)?|\d{4,5}/\d{4,5}|\d{10,13})(?!\d)")
_CURRENCY = re.compile(r"(?<![A-Z])(EUR|CHF|USD|GBP|DKK|PLN|CZK)(?![A-Z])|(€)")


class Field(TypedDict):
    """A field as read; box in the unit of the words, None = computed (then `witnesses` says from what)."""

    value: str
    confidence: float
    page: int | None
    box: list[float] | None
    witnesses: list[str]
    accepted: bool


@dataclass(frozen=True)
class _Found:
    """A label on a line, and the text that belongs to it."""

    field: str
    weight: float
    line: Line
    start: int
    end: int


def read_fields(pages: Sequence[Sequence[WordRow]]) -> dict[str, Field]:
    """Fields of an invoice from its pages in order, each a list of ``[text, x0, y0, x1, y1, confidence]``.

    Names and forms: `invoice_number`, `type_code` (BT-3), `issue_date`, `due_date` (ISO), `seller_name`, `buyer_name`,
    `seller_vat_id`, `seller_tax_no`, `iban` (no blanks), `net`, `tax`, `gross`, `payable` (point, two decimals, sign as
    printed), `currency`, `buyer_reference`, `order_number`. What is not found is not in the answer. Never raises on odd
    words; of a long document the first ten and last three pages are looked at.
    """
    wanted = [n for n in range(1, len(pages) + 1) if n <= _FIRST_PAGES or n > len(pages) - _LAST_PAGES]
    readings: list[Reading] = []
    for number in wanted:
        lines = page_lines(pages[number - 1])
        readings.extend(_page_readings(lines, number, is_first=number == 1))
    chosen = best(reading for reading in readings if reading.field not in totals.FIELDS)
    chosen.update(totals.choose([reading for reading in readings if reading.field in totals.FIELDS]))
    _compute_due_date(chosen, readings)
    return {name: _field(reading) for name, reading in chosen.items() if name != _PAYMENT_DAYS}


def _field(reading: Reading) -> Field:
    place = reading.place
    confidence = round(reading.score, 3)
    return {
        "value": reading.value,
        "confidence": confidence,
        "page": place.page if place else None,
        "box": [round(edge, 2) for edge in place.box] if place else None,
        "witnesses": list(reading.witnesses),
        "accepted": confidence >= _ACCEPT_FROM and _is_supported(reading),
    }


def _is_supported(reading: Reading) -> bool:
    needed = _WITNESS_NEEDED.get(reading.field)
    several = len(reading.witnesses) >= 2 or reading.field in ("type_code", "currency")
    return needed in reading.witnesses and several and "repaired" not in reading.witnesses


def _page_readings(lines: Sequence[Line], page: int, *, is_first: bool) -> Iterator[Reading]:
    sections = parties.sections(lines)
    for found in _labels_on(lines):
        reader = _READERS.get(found.field)
        if reader:
            yield from reader(found, lines, page, sections)
    yield from _free_values(lines, page, sections)
    yield from totals.readings(lines, page)
    if is_first:
        yield from parties.readings(lines, page, sections)
        yield from _type_code(lines, page)


def _labels_on(lines: Sequence[Line]) -> Iterator[_Found]:
    for line in lines:
        folded = line.folded
        for field, labels in LABELS.items():
            for label in labels:
                for match in label.pattern.finditer(folded):
                    yield _Found(field, label.weight, line, match.start(), match.end())


def _reading(found: _Found, line: Line, value: Value, page: int, *, factor: float = 1.0) -> Reading:
    span = line.span(value.start, value.end)
    return Reading(
        found.field,
        value.value,
        found.weight * factor * span.confidence**0.5 * (1 - _TOP_FIRST * line.number),
        Place(page, span.box),
        ("label", *value.witnesses),
    )


def _below(found: _Found, lines: Sequence[Line]) -> Iterator[tuple[Line, Span, int]]:
    """Cells under the label, nearest first, with their position in the line."""
    label = found.line.span(found.start, found.end)
    for line in lines[found.line.number + 1 :]:
        if line.middle - found.line.middle > _BELOW * max(found.line.height, line.height):
            return
        at = 0
        for cell in line.cells():
            if cell.tokens and cell.x0 < label.x1 and cell.x1 > label.x0:
                yield line, cell, at
            at += len(cell.text) + 2


def _by_finder(find: Callable[[str], list[Value]]) -> Callable[..., Iterator[Reading]]:
    """A reader for values with a grammar: the first one right of the label, else the first below it."""

    def reader(found: _Found, lines: Sequence[Line], page: int, sections: Sequence[str]) -> Iterator[Reading]:
        right = [value for value in find(found.line.text) if value.start >= found.end - 1]
        if right:
            yield _reading(found, found.line, right[0], page)
            return
        for line, cell, at in _below(found, lines):
            for value in find(cell.text)[:1]:
                moved = Value(value.value, value.start + at, value.end + at, value.witnesses)
                yield _reading(found, line, moved, page, factor=0.9)

    return reader


def _invoice_number(found: _Found, lines: Sequence[Line], page: int, sections: Sequence[str]) -> Iterator[Reading]:
    """The first word after the label that holds a digit and is no date."""
    match = _NUMBER.match(found.line.text, found.end)
    if match and _is_number(match[1]):
        value = match[1].rstrip("._-/")
        yield _reading(found, found.line, Value(value, match.start(1), match.start(1) + len(value)), page)
        return
    if match and match[1].strip():
        return
    for line, cell, at in _below(found, lines):
        below = _NUMBER.match(cell.text)
        if below and _is_number(below[1]):
            yield _reading(found, line, Value(below[1], at + below.start(1), at + below.end(1)), page, factor=0.85)


def _is_number(text: str) -> bool:
    return any(char.isdigit() for char in text) and not dates(text) and len(text) <= 40


def _rest_of_cell(found: _Found, lines: Sequence[Line], page: int, sections: Sequence[str]) -> Iterator[Reading]:
    """A reference: all that stands in the cell after the label, or in the next cell."""
    rest = found.line.text[found.end :]
    match = re.match(r"[\s:.#]*", rest)
    start = found.end + (match.end() if match else 0)
    text = found.line.text[start:].split("  ")[0].strip()
    text = re.sub(r"\s*\(.*?\)\s*$", "", text)
    if text and (found.field != "order_number" or any(char.isdigit() for char in text)):
        yield _reading(found, found.line, Value(text[:60], start, start + len(text)), page)


def _vat_id(found: _Found, lines: Sequence[Line], page: int, sections: Sequence[str]) -> Iterator[Reading]:
    around = found.line.folded[max(0, found.start - 12) : found.end + 8]
    theirs = sections[found.line.number] in ("buyer", "other") or FOREIGN_VAT_LABEL.search(around)
    for reading in _by_finder(vat_ids)(found, lines, page, sections):
        ours = "section" if sections[found.line.number] == "seller" else None
        witnesses = (*reading.witnesses, ours) if ours else reading.witnesses
        yield reading.but(score=reading.score * (0.3 if theirs else 1.0), witnesses=witnesses)


def _tax_number(found: _Found, lines: Sequence[Line], page: int, sections: Sequence[str]) -> Iterator[Reading]:
    match = _TAX_NO.match(found.line.text, found.end)
    if match and sections[found.line.number] not in ("buyer", "other"):
        yield _reading(found, found.line, Value(match[1], match.start(1), match.end(1)), page)


def _currency(found: _Found, lines: Sequence[Line], page: int, sections: Sequence[str]) -> Iterator[Reading]:
    match = _CURRENCY.search(found.line.text, found.end)
    if match:
        yield _reading(found, found.line, Value(match[1] or "EUR", match.start(), match.end()), page)


_READERS: Final[dict[str, Callable[..., Iterator[Reading]]]] = {
    "invoice_number": _invoice_number,
    "issue_date": _by_finder(dates),
    "due_date": _by_finder(dates),
    "seller_vat_id": _vat_id,
    "seller_tax_no": _tax_number,
    "currency": _currency,
    "buyer_reference": _rest_of_cell,
    "order_number": _rest_of_cell,
}


def _free_values(lines: Sequence[Line], page: int, sections: Sequence[str]) -> Iterator[Reading]:
    """Values whose form alone tells what they are: IBANs, VAT ids with a right checksum, currency, terms of payment."""
    for line in lines:
        for value in ibans(line.text):
            labelled = "iban" in line.folded[max(0, value.start - 12) : value.start]
            if labelled or "checksum" in value.witnesses:
                yield _free("iban", line, value, page, 0.95 if labelled else 0.8, ("label",) if labelled else ())
        if sections[line.number] not in ("buyer", "other"):
            proven = (value for value in vat_ids(line.text) if "checksum" in value.witnesses)
            yield from (_free("seller_vat_id", line, value, page, 0.6) for value in proven)
        if match := _CURRENCY.search(line.text):
            yield _free("currency", line, Value(match[1] or "EUR", match.start(), match.end()), page, 0.7)
        terms = PAYMENT_DAYS.search(line.folded)
        if terms and not NOT_TERMS.search(line.folded):
            yield _free(_PAYMENT_DAYS, line, Value(terms[1], terms.start(1), terms.end()), page, 0.8)


def _free(field: str, line: Line, value: Value, page: int, weight: float, witnesses: tuple[str, ...] = ()) -> Reading:
    unproven = field in ("iban", "seller_vat_id") and "checksum" not in value.witnesses
    span = line.span(value.start, value.end)
    score = weight * (0.6 if unproven else 1.0) * span.confidence**0.5
    return Reading(field, value.value, score, Place(page, span.box), (*witnesses, *value.witnesses))


def _type_code(lines: Sequence[Line], page: int) -> Iterator[Reading]:
    for line in lines:
        if match := TYPE_CODE.search(line.folded):
            yield _typed(line, Value(match[1], match.start(1), match.end(1), ("label",)), page, 1.0)
    for code, pattern in TYPE_WORDS:
        for line in lines:
            if match := pattern.search(line.folded):
                yield _typed(line, Value(code, match.start(), match.end()), page, 0.8)
                return


def _typed(line: Line, value: Value, page: int, weight: float) -> Reading:
    span = line.span(value.start, value.end)
    return Reading("type_code", value.value, weight * span.confidence**0.5, Place(page, span.box), value.witnesses)


def _compute_due_date(chosen: dict[str, Reading], readings: Iterable[Reading]) -> None:
    """Where no due date is printed: issue date plus the days of the terms, placed where the terms stand."""
    if "due_date" in chosen or "issue_date" not in chosen:
        return
    terms = best(reading for reading in readings if reading.field == _PAYMENT_DAYS).get(_PAYMENT_DAYS)
    if terms is None:
        return
    due = date.fromisoformat(chosen["issue_date"].value) + timedelta(days=int(terms.value))
    chosen["due_date"] = Reading("due_date", due.isoformat(), terms.score * 0.9, terms.place, ("computed",))
