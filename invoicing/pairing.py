"""Which label belongs to which value: each value looks for the label that announces it, left of it or above it.

All labels compete, those of things nobody asks for too: a date that "Ihre Bestellung vom" announces is not taken for
the date of the invoice.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from invoicing.label_search import Hit, find_labels
from invoicing.page_layout import Line, Span
from invoicing.text_values import Value

KIND_OF: Final = {
    "issue_date": "date",
    "due_date": "date",
    "delivery_date": "date",
    "period": "date",
    "other_date": "date",
    "invoice_number": "id",
    "order_number": "id",
    "buyer_reference": "id",
    "other_number": "id",
    "seller_tax_no": "tax_no",
    "seller_vat_id": "vat_id",
    "other_vat_id": "vat_id",
    "iban": "iban",
    "net": "amount",
    "tax": "amount",
    "gross": "amount",
    "payable": "amount",
    "other_amount": "amount",
    "currency": "currency",
}
"""Field of a label → the kind of value that can follow it."""
_LINES_ABOVE: Final = {"amount": 9.0, "date": 3.2, "id": 3.2, "tax_no": 3.2, "vat_id": 3.2, "iban": 3.2}
"""How many line heights below its label a value may stand."""
_MOST_LINES_ABOVE: Final = 12
_WORDS_BETWEEN: Final = 7
_WORD = re.compile(r"[^\W\d_]{2,}")
_OF_THAT_DAY = re.compile(r"(?<![a-z])(?:vom|dated|du)\s*$")


@dataclass(frozen=True)
class Candidate:
    """A value of some kind on a line."""

    kind: str
    value: Value
    line: Line

    @property
    def start(self) -> int:
        return self.value.start

    @property
    def end(self) -> int:
        return self.value.end

    @cached_property
    def span(self) -> Span:
        """Its words; candidates of the lines below ask for them again and again."""
        return self.line.span(self.start, self.end)


@dataclass(frozen=True)
class Pair:
    """A value and what it is, as a label says; `place` is "right" or "below" (of the label), `factor` how closely."""

    field: str
    candidate: Candidate
    hit: Hit
    place: str
    factor: float

    @property
    def strength(self) -> float:
        """How surely the label means this value, 0 to 1."""
        return self.hit.weight * self.factor


class Page:
    """The lines of a page with the labels on each, and the values found so far."""

    def __init__(self, number: int, lines: Sequence[Line]) -> None:
        self.number = number
        self.lines = lines
        self.hits = [find_labels(line) for line in lines]
        self._values: dict[int, list[Candidate]] = {}

    def add(self, candidates: Sequence[Candidate]) -> None:
        """Make values known; they stand in each other's way."""
        for candidate in candidates:
            self._values.setdefault(candidate.line.number, []).append(candidate)

    def values_on(self, line: Line, kind: str) -> list[Candidate]:
        """The values of a kind on a line, from left to right."""
        found = [value for value in self._values.get(line.number, ()) if value.kind == kind]
        return sorted(found, key=lambda value: value.start)

    def pairs(self, candidate: Candidate) -> list[Pair]:
        """The labels of a value, strongest first."""
        found = [*self._on_the_left(candidate), *self._above(candidate)]
        return sorted(found, key=lambda pair: -pair.strength)

    def _on_the_left(self, candidate: Candidate) -> Iterator[Pair]:
        """The nearest label before it on its line, unless too much stands between."""
        for hit in reversed(self.hits[candidate.line.number]):
            if hit.end > candidate.start + 1:
                continue
            between = candidate.line.text[hit.end : candidate.start]
            if KIND_OF[hit.field] == "id" and candidate.kind == "date" and _document_date(candidate, between):
                field = "issue_date" if hit.field == "invoice_number" else "other_date"
                yield Pair(field, candidate, hit, "right", 0.9)
                return
            if KIND_OF[hit.field] != candidate.kind:
                continue
            factor = self._closeness(candidate, hit, between)
            if factor:
                yield from (
                    Pair(same.field, candidate, same, "right", factor)
                    for same in self.hits[candidate.line.number]
                    if (same.start, same.end) == (hit.start, hit.end) and KIND_OF[same.field] == candidate.kind
                )
            return

    def _closeness(self, candidate: Candidate, hit: Hit, between: str) -> float:
        words = len(_WORD.findall(between))
        if words > _WORDS_BETWEEN or (candidate.kind in ("id", "tax_no") and words > 2):
            return 0.0
        rivals = [other for other in self.values_on(candidate.line, candidate.kind) if other.start >= hit.end - 1]
        place = rivals.index(candidate) if candidate in rivals else 0
        if candidate.kind == "amount":
            among = 1.0 if len(rivals) == 1 else 0.9 if place in (0, len(rivals) - 1) else 0.8
        else:
            among = 0.45**place
        apart = max(0, between.count("  ") - 1)
        per_word = 0.8 if candidate.kind == "id" or hit.weight < 0.85 else 0.97
        return float(among * per_word**words * 0.9**apart)

    def _above(self, candidate: Candidate) -> Iterator[Pair]:
        """The nearest label above it in its column."""
        span = candidate.span
        if not span.tokens or candidate.kind not in _LINES_ABOVE:
            return
        reach, rows = _LINES_ABOVE[candidate.kind], 0
        for line in reversed(self.lines[max(0, candidate.line.number - _MOST_LINES_ABOVE) : candidate.line.number]):
            height = max(line.height, candidate.line.height)
            if candidate.line.middle - line.middle > reach * height:
                return
            found = [
                hit
                for hit in self.hits[line.number]
                if KIND_OF[hit.field] == candidate.kind and _in_column(hit, span.x0, span.x1, height)
            ]
            for hit in found:
                if candidate.kind == "amount" or not self._has_its_value(hit, candidate.kind):
                    per_row = 0.93 if candidate.kind == "amount" else 0.6
                    yield Pair(hit.field, candidate, hit, "below", 0.9 * per_row**rows)
            if found:
                return
            rows += any(_overlaps(other, span.x0, span.x1) for other in self.values_on(line, candidate.kind))

    def _has_its_value(self, hit: Hit, kind: str) -> bool:
        """Whether a value stands right of the label before the next label."""
        line = hit.line
        later = [other.start for other in self.hits[line.number] if other.start >= hit.end]
        end = min(later, default=len(line.text))
        return any(hit.end - 1 <= value.start < end for value in self.values_on(line, kind))


def _document_date(candidate: Candidate, between: str) -> bool:
    """Rechnung 4711 vom 1.2.2025: what is between is a number and "vom"."""
    return len(between) < 60 and bool(_OF_THAT_DAY.search(between.lower()))


def _in_column(hit: Hit, x0: float, x1: float, height: float) -> bool:
    return (hit.x0 < x1 and hit.x1 > x0) or abs(hit.x0 - x0) < 1.2 * height


def _overlaps(other: Candidate, x0: float, x1: float) -> bool:
    return other.span.x0 < x1 and other.span.x1 > x0
