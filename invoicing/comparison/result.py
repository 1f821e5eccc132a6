"""What a comparison gives: for each business term its state, and every difference with the place of the print."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from invoicing.readings import Place


class State(StrEnum):
    """How XML and pages stand to each other; `NOT_COMPARABLE`: one of them does not say the value at all."""

    EQUAL = "equal"
    DIFFERS = "differs"
    NOT_COMPARABLE = "not_comparable"


class DifferenceJson(TypedDict):
    """One difference as reports carry it; `box` in the unit of the words, origin top left of the stored page."""

    bt: str
    xml: str
    pdf: str
    page: int
    box: list[float]


@dataclass(frozen=True)
class Difference:
    """A value of the XML that a page contradicts; both in the form of EN 16931 (names and numbers as printed)."""

    bt: str
    xml: str
    pdf: str
    page: int
    box: tuple[float, float, float, float]

    def as_json(self) -> DifferenceJson:
        """The entry of `pdf_differences`."""
        box = [round(edge, 2) for edge in self.box]
        return {"bt": self.bt, "xml": self.xml, "pdf": self.pdf, "page": self.page, "box": box}


@dataclass(frozen=True)
class TermComparison:
    """A business term, how it compares, and what contradicts it."""

    bt: str
    state: State
    differences: tuple[Difference, ...] = ()


def judged(bt: str, xml: str, *, is_printed: bool, contradictions: Iterable[tuple[str, Place]]) -> TermComparison:
    """The term with one difference for each contradicting value, at the first place that prints it."""
    first: dict[str, Place] = {}
    for value, place in contradictions:
        first.setdefault(value, place)
    if not first:
        return TermComparison(bt, State.EQUAL if is_printed else State.NOT_COMPARABLE)
    found = tuple(Difference(bt, xml, value, place.page, place.box) for value, place in first.items())
    return TermComparison(bt, State.DIFFERS, found)
