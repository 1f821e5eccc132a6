"""Finds the labels of `labels.LABELS` on a line of text, also where recognition misread letters or lost blanks.

Words are compared by their skeleton: lower case, no accents, no punctuation, letters and digits that machines confuse
made one. A word that no label knows is replaced by the one label word that it differs from in one letter (two in long
words). Numbers between the words of a label do not count: "zzgl. 19 % MwSt." is "zzgl. MwSt.".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import combinations
from typing import Final

from rapidfuzz.distance import Levenshtein

from invoicing.labels import LABELS
from invoicing.page_layout import Line, fold

_MOST_WORDS: Final = 6
_ONE_ERROR_FROM: Final = 6
_TWO_ERRORS_FROM: Final = 10
_PER_ERROR: Final = 0.04
"""What a misread letter costs of a label's weight."""
_WORD = re.compile(r"[^\s:]+")
_AMOUNT_END: Final = re.compile(r"\d[.,]\d\d-?(?!\s?%)(?:\s|$)")
"""Numbers between the words of a label are rates; an amount ends it."""
_CONFUSED: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b", "6": "b", "&": "e", "j": "l"}
)
_OF_INVOICES: Final = re.compile(r".{3,}(rechnung|rechnungsnummer|rechnungsnr)$")
"""Stromrechnung, Abschlagsrechnung: as good as the plain word."""


@dataclass(frozen=True)
class Hit:
    """A label at text positions `start` to `end` of a line; `weight` says how surely it means the field."""

    field: str
    weight: float
    line: Line
    start: int
    end: int
    misread: int

    @cached_property
    def x0(self) -> float:
        return self.line.span(self.start, self.end).x0

    @cached_property
    def x1(self) -> float:
        return self.line.span(self.start, self.end).x1


def skeleton(text: str) -> str:
    """The text as labels are compared."""
    plain = "".join(char for char in fold(text).translate(_CONFUSED) if char.isalnum())
    return _one_shape(plain)


def _one_shape(letters: str) -> str:
    """Letters that touch look like others; also across the words of a label that are joined."""
    return letters.replace("rn", "m").replace("vv", "w")


def find_labels(line: Line) -> list[Hit]:
    """The labels on a line from left to right; of overlapping ones the longest."""
    words = [(match.start(), match.end(), *_known(match[0])) for match in _WORD.finditer(line.text)]
    found: list[Hit] = []
    for first in range(len(words)):
        found.extend(_from(line, words, first))
    found.sort(key=lambda hit: (hit.start - hit.end, hit.misread, hit.start))
    chosen: list[Hit] = []
    for hit in found:
        if all(hit.end <= other.start or hit.start >= other.end or _same(hit, other) for other in chosen):
            chosen.append(hit)
    return sorted(chosen, key=lambda hit: hit.start)


def _same(one: Hit, other: Hit) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _from(line: Line, words: list[tuple[int, int, str, int]], first: int) -> Iterator[Hit]:
    """Labels that begin with this word."""
    key, misread, taken = "", 0, 0
    for start, end, word, errors in words[first:]:
        if not word:
            if not key or _AMOUNT_END.search(line.text[start : end + 2]):
                return
            continue
        key, misread, taken = key + word, misread + errors, taken + 1
        for field, weight in _phrases().get(_one_shape(key), ()):
            yield Hit(field, weight - _PER_ERROR * misread, line, words[first][0], end, misread)
        if taken == _MOST_WORDS:
            return


@lru_cache(maxsize=20_000)
def _known(word: str) -> tuple[str, int]:
    """The skeleton of a word as labels spell it, and how many letters had to be changed; numbers give nothing."""
    if not any(char.isalpha() for char in word):
        return "", 0
    plain = skeleton(word)
    if compound := _OF_INVOICES.match(plain.replace("l", "i")):
        plain = skeleton(compound[1])
    words = _words()
    if plain in words or len(plain) < _ONE_ERROR_FROM:
        return plain, 0
    most = _errors_allowed(plain)
    near = {known for key in _shortened(plain, most) for known in _misspelt().get(key, ())}
    ranked = sorted((Levenshtein.distance(plain, known), known) for known in near)
    ranked = [(errors, known) for errors, known in ranked if errors <= min(most, _errors_allowed(known))]
    return (ranked[0][1], ranked[0][0]) if ranked else (plain, 0)


def _errors_allowed(word: str) -> int:
    return 2 if len(word) >= _TWO_ERRORS_FROM else 1 if len(word) >= _ONE_ERROR_FROM else 0


def _shortened(word: str, most: int) -> Iterator[str]:
    """The word without up to `most` of its letters: two words that differ little share one of these."""
    for count in range(most + 1):
        for gaps in combinations(range(len(word)), count):
            yield "".join(char for at, char in enumerate(word) if at not in gaps)


@cache
def _phrases() -> Mapping[str, tuple[tuple[str, float], ...]]:
    """Skeleton of each label → the fields it may mean."""
    found: dict[str, list[tuple[str, float]]] = {}
    for field, weighted in LABELS.items():
        for weight, phrases in weighted:
            for phrase in phrases:
                found.setdefault(skeleton(phrase), []).append((field, weight))
    return {key: tuple(fields) for key, fields in found.items()}


@cache
def _words() -> frozenset[str]:
    """Words of labels, and whole labels, for blanks that got lost."""
    phrases = [phrase for weighted in LABELS.values() for _, group in weighted for phrase in group]
    return frozenset(skeleton(word) for phrase in phrases for word in phrase.split()) | _phrases().keys()


@cache
def _misspelt() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in _words():
        for key in _shortened(word, _errors_allowed(word)):
            found.setdefault(key, []).append(word)
    return {key: tuple(words) for key, words in found.items()}
