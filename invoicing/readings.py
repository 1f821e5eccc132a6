"""One way to read a field from a page, and the choice among several."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from invoicing.page_layout import Box

_RIVAL = 0.75
"""Another value at this share of the best score makes the choice doubtful."""


@dataclass(frozen=True)
class Place:
    """Where on which page (from 1) a value stands."""

    page: int
    box: Box


@dataclass(frozen=True)
class Reading:
    """A candidate for a field; `score` 0 to 1, `witnesses` what speaks for it, no place = computed."""

    field: str
    value: str
    score: float
    place: Place | None
    witnesses: tuple[str, ...]

    def but(self, *, score: float, witnesses: tuple[str, ...]) -> "Reading":
        """The same reading, judged anew."""
        return replace(self, score=score, witnesses=witnesses)


def best(readings: Iterable[Reading]) -> dict[str, Reading]:
    """The best-scored reading of each field, with what the others say about it.

    The same value read elsewhere is a witness ("repeated"), no other value nearly as good another one ("unrivalled").
    """
    of_field: dict[str, list[Reading]] = {}
    for reading in readings:
        of_field.setdefault(reading.field, []).append(reading)
    return {field: _judged(rivals) for field, rivals in of_field.items()}


def _judged(rivals: Sequence[Reading]) -> Reading:
    first = max(rivals, key=lambda reading: reading.score)
    witnesses = first.witnesses
    if len({reading.place for reading in rivals if reading.value == first.value}) > 1:
        witnesses = (*witnesses, "repeated")
    if not any(reading.value != first.value and reading.score > _RIVAL * first.score for reading in rivals):
        witnesses = (*witnesses, "unrivalled")
    return first.but(score=first.score, witnesses=witnesses)
