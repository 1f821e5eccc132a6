"""Where a sender prints its values, learnt from invoices that a person corrected.

An example remembers the words beside a value and about where on the page it stood. On the next invoice of the same
sender the value with the same words in the same region is read, and says on how many earlier invoices it stood so. One
example alone is only a hint: it takes two documents that agree, and more than disagree, to be a witness.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Levenshtein

from invoicing.field_readers import known_values
from invoicing.label_search import skeleton
from invoicing.page_layout import WordRow, page_lines
from invoicing.pairing import KIND_OF, Candidate, Page
from invoicing.readings import Place, Reading

LEARNABLE: Final = frozenset({
    "invoice_number", "order_number", "issue_date", "due_date", "delivery_date", "net", "tax", "gross", "payable",
    "iban", "seller_vat_id", "seller_tax_no",
})  # fmt: skip
"""Fields whose values have a form by which they are found again."""
_MOST_LABEL_WORDS: Final = 4
_SAME_LABEL: Final = 0.85
_SAME_REGION: Final = 0.25
"""Share of the page by which the place may differ; totals move with the number of positions."""
_SAME_SPOT: Final = 0.03
_LEAST_AGREEING: Final = 2


@dataclass(frozen=True)
class Example:
    """A value's surroundings on one document: `label` as compared, `place` "left", "above" or "alone"; x and y 0 to 1.

    `seller` is the key by which the sender is known again (VAT id, account or folded name), `document` tells examples
    of different documents apart.
    """

    seller: str
    document: str
    field: str
    label: str
    place: str
    x: float
    y: float


@dataclass(frozen=True)
class _Surroundings:
    label: str
    place: str
    x: float
    y: float


def learn(pages: Sequence[Sequence[WordRow]], field: str, value: str) -> tuple[str, str, float, float] | None:
    """Label, place, x and y of the first spot where the value is printed; None where it is not or cannot be learnt."""
    if field not in LEARNABLE:
        return None
    for number, words in enumerate(pages, 1):
        page = Page(number, page_lines(words))
        known_values(page)
        spots = [_around(page, found) for found in _values(page, field) if found.value.value == value]
        if spots:
            first = max(spots, key=lambda spot: spot.place != "alone")
            return first.label, first.place, first.x, first.y
    return None


def readings(pages: Iterable[Page], examples: Sequence[Example], sellers: set[str]) -> Iterator[Reading]:
    """What stands where it stood on earlier invoices of these senders."""
    ours = [example for example in examples if example.seller in sellers]
    for page in pages if ours else ():
        for field in sorted({example.field for example in ours} & LEARNABLE):
            known = [example for example in ours if example.field == field]
            for candidate in _values(page, field):
                yield from _remembered(page, candidate, field, known)


def _remembered(page: Page, candidate: Candidate, field: str, known: Sequence[Example]) -> Iterator[Reading]:
    spot = _around(page, candidate)
    agreeing = {example.document for example in known if _is_same(spot, example)}
    others = {example.document for example in known} - agreeing
    if not agreeing:
        return
    is_proven = len(agreeing) >= _LEAST_AGREEING and len(agreeing) > len(others)
    span = candidate.span
    witnesses = ("layout", f"examples-{len(agreeing)}") if is_proven else ("layout-hint",)
    score = (1.0 if is_proven else 0.6) * span.confidence**0.5
    yield Reading(
        field, candidate.value.value, score, Place(page.number, span.box), (*witnesses, *candidate.value.witnesses),
        span.confidence,
    )  # fmt: skip


def _is_same(spot: _Surroundings, example: Example) -> bool:
    if spot.place != example.place:
        return False
    if spot.place == "alone":
        return abs(spot.x - example.x) < _SAME_SPOT and abs(spot.y - example.y) < _SAME_SPOT
    alike = Levenshtein.normalized_similarity(spot.label, example.label) >= _SAME_LABEL
    return bool(alike) and abs(spot.x - example.x) < _SAME_REGION and abs(spot.y - example.y) < 2 * _SAME_REGION


def _values(page: Page, field: str) -> list[Candidate]:
    return [found for line in page.lines for found in page.values_on(line, KIND_OF[field])]


def _around(page: Page, candidate: Candidate) -> _Surroundings:
    """The words left of a value in its line, else the cell above it."""
    span = candidate.span
    x, y = _relative(page, span.x0, candidate.line.middle)
    words = [word for word in candidate.line.text[: candidate.start].split() if any(c.isalpha() for c in word)]
    if label := skeleton("".join(words[-_MOST_LABEL_WORDS:])):
        return _Surroundings(label, "left", x, y)
    for line in reversed(page.lines[max(0, candidate.line.number - 3) : candidate.line.number]):
        for cell in line.cells():
            if cell.x0 < span.x1 and cell.x1 > span.x0 and (label := skeleton(cell.text)):
                return _Surroundings(label, "above", x, y)
    return _Surroundings("", "alone", x, y)


def _relative(page: Page, x: float, y: float) -> tuple[float, float]:
    left = min(line.tokens[0].x0 for line in page.lines)
    right = max(line.tokens[-1].x1 for line in page.lines)
    top, bottom = page.lines[0].middle, page.lines[-1].middle
    return (x - left) / max(right - left, 1.0), (y - top) / max(bottom - top, 1.0)


def seller_keys(found: Iterable[Reading]) -> set[str]:
    """By what the sender of these readings may be known: proven numbers, else the name."""
    listed = list(found)
    proven = {
        reading.value
        for reading in listed
        if reading.field in ("seller_vat_id", "iban") and "checksum" in reading.witnesses
    }
    return proven | {name_key(reading.value) for reading in listed if reading.field == "seller_name"}


def name_key(name: str) -> str:
    """A name as it is compared."""
    return f"name:{skeleton(name)}"
