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
    """A candidate for a field; `score` 0 to 1, `witnesses` what speaks for it, no place = computed.

    `clarity` is the recognition's confidence in the least sure word of the value.
    """

    field: str
    value: str
    score: float
    place: Place | None
    witnesses: tuple[str, ...]
    clarity: float = 1.0

    def but(self, *, score: float | None = None, witnesses: Iterable[str] | None = None) -> "Reading":
        """The same reading, judged anew."""
        kept = self.witnesses if witnesses is None else tuple(dict.fromkeys(witnesses))
        return replace(self, score=self.score if score is None else score, witnesses=kept)

    def also(self, *witnesses: str) -> "Reading":
        """The same reading with further witnesses."""
        return self.but(witnesses=(*self.witnesses, *witnesses))


def best(readings: Iterable[Reading]) -> dict[str, Reading]:
    """The best-scored reading of each field, with what the others say about it.

    The same value read elsewhere is a witness ("repeated"), no other value nearly as good another one ("unrivalled").
    """
    of_field: dict[str, list[Reading]] = {}
    for reading in readings:
        of_field.setdefault(reading.field, []).append(reading)
    return {field: _judged(rivals) for field, rivals in of_field.items()}


def _judged(rivals: Sequence[Reading]) -> Reading:
    votes = {value: _together(rivals, value) for value in {reading.value for reading in rivals}}
    first = max(rivals, key=lambda reading: (votes[reading.value], reading.score))
    same = [reading for reading in rivals if reading.value == first.value]
    here = [reading for reading in same if reading.place == first.place]
    witnesses = [*first.witnesses, *(name for reading in here for name in reading.witnesses)]
    if len({reading.place for reading in same}) > 1:
        witnesses.append("repeated")
    if not any(reading.value != first.value and reading.score > _RIVAL * first.score for reading in rivals):
        witnesses.append("unrivalled")
    return first.but(witnesses=witnesses)


def _together(rivals: Sequence[Reading], value: str) -> float:
    """The best score of a value, and a little for every other place that says the same."""
    scores = sorted((reading.score for reading in rivals if reading.value == value), reverse=True)
    return scores[0] + 0.05 * len({reading.place for reading in rivals if reading.value == value}) * scores[0]
