"""Fields of an ordinary letter for the filing proposal: date, sender, subject line, foreign references.

Same plain data and the same kind of answer as `text_fields`; DIN 5008 letters and authorities' letters alike.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from invoicing import acceptance, parties
from invoicing.addresses import is_name
from invoicing.field_readers import known_values, readings
from invoicing.label_search import find_labels
from invoicing.page_layout import Cell, Line, WordRow, cells_below, fold, page_lines
from invoicing.pairing import Page
from invoicing.readings import Place, Reading, best
from invoicing.text_fields import Field

_SUBJECT_LABEL: Final = re.compile(r"(?:betreff|betr\.?|subject|thema|hier)\s*:\s*")
_GREETING: Final = re.compile(r"(?:sehr geehrte|guten tag|guten morgen|hallo|liebe|dear|werte)\b")
_REFERENCES: Final = (
    (
        "your_reference",
        re.compile(r"(?:ihr|ihre) (?:zeichen|aktenzeichen|az\.?|geschaftszeichen|referenz)\b(?! ?/| ?,| ?vom)\W{0,3}"),
    ),
    (
        "our_reference",
        re.compile(
            r"(?:(?:unser|mein) (?:zeichen|aktenzeichen|az\.?|geschaftszeichen)|geschaftszeichen|aktenzeichen|"
            r"gesch\.-?z\.?|gz|az\.?|kassenzeichen|vorgangsnummer|steuer-?id|versicherungsnummer|kundennummer|"
            r"kunden-nr\.?|vertragsnummer|mitgliedsnummer)(?![a-z])\W{0,3}"
        ),
    ),
)
_REFERENCE: Final = re.compile(r"[A-Za-z0-9ÄÖÜäöü][\w./\-()–]*(?: ?[\w./\-()–]*\d[\w./\-()–]*){0,4}")
_LONGEST_SUBJECT: Final = 200
_MOST_SUBJECT_LINES: Final = 3


def read_letter(pages: Sequence[Sequence[WordRow]]) -> dict[str, Field]:
    """`letter_date` (ISO), `sender`, `subject`, `your_reference` (of the reader), `our_reference` (of the sender).

    What is not found is not in the answer; never raises on odd words. Only the first page is looked at.
    """
    if not pages:
        return {}
    page = Page(1, page_lines(pages[0]))
    known_values(page)
    return {name: _field(found) for name, found in best(_readings(page)).items()}


def _field(found: Reading) -> Field:
    confidence = round(min(acceptance.confidence(found), 0.97), 3)
    box = [round(edge, 2) for edge in found.place.box] if found.place else None
    page = found.place.page if found.place else None
    return {
        "value": found.value, "confidence": confidence, "page": page, "box": box,
        "witnesses": list(found.witnesses), "accepted": False,
    }  # fmt: skip


def _readings(page: Page) -> Iterator[Reading]:
    sections = parties.sections(page.lines)
    for found in readings(page, sections, is_first=True):
        if found.field == "issue_date":
            yield Reading("letter_date", found.value, found.score, found.place, found.witnesses, found.clarity)
    for found in parties.readings(page.lines, page.number, sections):
        if found.field == "seller_name":
            yield Reading("sender", found.value, found.score, found.place, found.witnesses, found.clarity)
    yield from _subjects(page)
    yield from _references(page)


def _subjects(page: Page) -> Iterator[Reading]:
    for line in page.lines:
        for cell in line.cells():
            match = _SUBJECT_LABEL.match(fold(cell.text))
            if match and len(cell.text) > match.end() + 3:
                yield _subject(page, [Cell(line, cell.start + match.end(), cell.end)], 0.9, "label")
    greeting = next((line for line in page.lines if _GREETING.match(line.folded)), None)
    above = _paragraph_above(page.lines, greeting) if greeting is not None else []
    if above:
        yield _subject(page, above, 0.8, "above-greeting")


def _paragraph_above(lines: Sequence[Line], greeting: Line) -> list[Cell]:
    """The lines just over the greeting that belong together: the subject as DIN 5008 wants it."""
    found: list[Cell] = []
    below = greeting
    for line in reversed(lines[: greeting.number]):
        gap = below.middle - line.middle
        most = 6.0 if not found else 1.9
        if gap > most * max(line.height, below.height) or len(found) == _MOST_SUBJECT_LINES:
            break
        cell = line.cells()[0]
        if find_labels(line) and any(hit.field.startswith("other") for hit in find_labels(line)) and not found:
            break
        found.insert(0, cell)
        below = line
    return [cell for cell in found if sum(char.isalpha() for char in cell.text) > 3]


def _subject(page: Page, cells: Sequence[Cell], score: float, witness: str) -> Reading:
    text = " ".join(cell.text.strip() for cell in cells)[:_LONGEST_SUBJECT]
    boxes = [cell.span for cell in cells if cell.span.tokens]
    clarity = min((span.confidence for span in boxes), default=0.0)
    place = Place(page.number, boxes[0].box) if boxes else None
    return Reading("subject", text, score * clarity**0.5, place, (witness,), clarity)


def _references(page: Page) -> Iterator[Reading]:
    for line in page.lines:
        for cell in line.cells():
            for field, pattern in _REFERENCES:
                match = pattern.match(fold(cell.text))
                if match is None:
                    continue
                rest = cell.text[match.end() :].strip()
                if rest and (found := _REFERENCE.match(rest)) and any(char.isdigit() for char in found[0]):
                    start = cell.start + cell.text.index(rest)
                    yield _reference(page, Cell(line, start, start + found.end()), field, "label")
                elif not rest:
                    yield from _beside(page, cell, field)


def _beside(page: Page, label: Cell, field: str) -> Iterator[Reading]:
    """The value in the next cell or in the cell below the label."""
    right = next((cell for cell in label.line.cells() if cell.start >= label.end), None)
    below = next(cells_below(label, page.lines, most_heights=3.0, most=1), None)
    for cell, witness in ((right, "label"), (below, "label-above")):
        found = _REFERENCE.match(cell.text) if cell is not None else None
        if cell is not None and found and any(char.isdigit() for char in found[0]) and not is_name(cell.text):
            yield _reference(page, Cell(cell.line, cell.start, cell.start + found.end()), field, witness)
            return


def _reference(page: Page, cell: Cell, field: str, witness: str) -> Reading:
    span = cell.span
    return Reading(
        field, cell.text.strip(), 0.9 * span.confidence**0.5, Place(page.number, span.box), (witness,), span.confidence
    )
