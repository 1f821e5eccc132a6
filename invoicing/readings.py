"""One way to read a field from a page, and the choice among several."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from invoicing.page_layout import Box


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
    """The best-scored reading of each field; the same value read in two places makes itself a witness ("repeated")."""
    chosen: dict[str, Reading] = {}
    places: dict[tuple[str, str], set[Place | None]] = {}
    for reading in readings:
        places.setdefault((reading.field, reading.value), set()).add(reading.place)
        if reading.field not in chosen or reading.score > chosen[reading.field].score:
            chosen[reading.field] = reading
    return {name: _with_repetition(reading, len(places[name, reading.value])) for name, reading in chosen.items()}


def _with_repetition(reading: Reading, places: int) -> Reading:
    if places < 2:
        return reading
    return reading.but(score=min(1.0, reading.score + 0.03), witnesses=(*reading.witnesses, "repeated"))
