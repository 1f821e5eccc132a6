"""A line of text as a network read it: letters with places, cut into words where the line or a second reader says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from ocr.base import Word
from ocr.raster import Pixels

PixelBox = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels of the image."""
Ink = NDArray[np.bool_]

_GAP_OF_HEIGHT: Final = {"letters": 0.25, "mixed": 0.25, "signs": 0.4}
"""How wide a gap between two letters, a letter and a digit, or beside a sign is at least when a new word begins there:
"1" is narrow and "." low, both stand in much white."""
_GAP_OF_USUAL: Final = 4.0
"""How many times the usual gap between the letters of this line a gap between words is, at least."""
_DARK_SHARE: Final = 0.35
_ALIKE: Final = 0.75


@dataclass(frozen=True)
class Letter:
    """A character; `x` = where its middle stands in pixels of the line's picture, to about half a letter."""

    text: str
    x: float
    confidence: float
    begins_word: bool


class Line:
    """What was read in `box` of the page; `picture` is what the page shows there."""

    def __init__(self, box: PixelBox, picture: Pixels, letters: Sequence[Letter]) -> None:
        self.box = box
        self._ink = picture < _threshold(picture)
        self._letters = letters if self._ink.any() else ()
        self._gaps = _gaps(self._letters, self._ink) if self._letters else []

    @property
    def text(self) -> str:
        """The characters without blanks."""
        return "".join(letter.text for letter in self._letters)

    @property
    def confidence(self) -> float:
        """The mean over the characters; 0 where there are none."""
        return float(np.mean([letter.confidence for letter in self._letters])) if self._letters else 0.0

    def words(self, like: Sequence[str] = ()) -> list[Word]:
        """The words with the boxes of their ink on the page.

        `like` = the words of another reading of this line: where it spells alike, its blanks count, for a network that
        reads letters better may lose blanks that a reader of words sees.
        """
        if not self._letters:
            return []
        cuts = sorted({*_cuts_like(self.text, like), *self._own_cuts()})
        starts, ends = [0, *cuts], [*cuts, len(self._letters)]
        return [self._word(start, end) for start, end in zip(starts, ends, strict=True)]

    def _own_cuts(self) -> list[int]:
        """Before which letters a word begins: at the network's blanks, and at gaps wide for this line."""
        widths = [end - begin for begin, end in self._gaps]
        pairs = list(zip(widths, self._letters, self._letters[1:], strict=False))
        inner = [width for width, _, right in pairs if not right.begins_word]
        usual, height = float(np.median(inner)) if inner else 0.0, _height(self._ink)
        return [
            number
            for number, (width, left, right) in enumerate(pairs, start=1)
            if right.begins_word or width >= max(_GAP_OF_HEIGHT[_kind(left, right)] * height, _GAP_OF_USUAL * usual)
        ]

    def _word(self, start: int, end: int) -> Word:
        """The letters from `start` up to `end`, with the box of the ink in their part of the line."""
        letters = self._letters[start:end]
        x0 = int(sum(self._gaps[start - 1]) / 2) if start else 0
        x1 = int(sum(self._gaps[end - 1]) / 2) if end < len(self._letters) else self._ink.shape[1]
        left, top, right, bottom = _bounds(self._ink[:, x0 : max(x0 + 1, x1)])
        x, y = self.box[0] + x0, self.box[1]
        confidence = float(np.mean([letter.confidence for letter in letters]))
        text = "".join(letter.text for letter in letters)
        return Word(text, float(x + left), float(y + top), float(x + right), float(y + bottom), confidence)


def _kind(left: Letter, right: Letter) -> str:
    alphas = left.text.isalpha() + right.text.isalpha()
    if alphas == 1 and left.text.isalnum() and right.text.isalnum():
        return "mixed"
    return "letters" if alphas == 2 else "signs"


def _threshold(picture: Pixels) -> float:
    dark, light = np.percentile(picture, (2, 90))
    return float(dark + (light - dark) * (1 - _DARK_SHARE)) if light > dark else 0.0


def _bounds(ink: Ink) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return 0, 0, ink.shape[1], ink.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _height(ink: Ink) -> int:
    _, top, _, bottom = _bounds(ink)
    return bottom - top


def _gaps(letters: Sequence[Letter], ink: Ink) -> list[tuple[float, float]]:
    """Between each letter and the next the widest run without ink, or the middle where there is none."""
    low, _, high, _ = _bounds(ink)
    inked = np.asarray(ink.any(axis=0))
    return [_widest_gap(inked, left.x, right.x, low, high) for left, right in pairwise(letters)]


def _widest_gap(inked: Ink, left: float, right: float, low: int, high: int) -> tuple[float, float]:
    begin, end = min(max(low, int(left)), high), min(max(low, int(right) + 1), high)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (~inked[begin:end]).view(np.int8), [0]))))
    if not len(edges):
        return (left + right) / 2, (left + right) / 2
    widest = int(np.argmax(edges[1::2] - edges[::2]))
    return float(begin + edges[2 * widest]), float(begin + edges[2 * widest + 1])


def _cuts_like(text: str, like: Sequence[str]) -> list[int]:
    """Where the blanks of another reading fall in `text`; nowhere if the two spell too differently."""
    other = "".join(like)
    if not other or Levenshtein.normalized_similarity(other, text) < _ALIKE:
        return []
    blanks = np.cumsum([len(word) for word in like])[:-1].tolist()
    return sorted({place for blank in blanks if 0 < (place := _carried(other, text, blank)) < len(text)})


def _carried(other: str, text: str, place: int) -> int:
    """The place in `text` that answers to `place` in `other`."""
    for step in Levenshtein.opcodes(other, text):
        if step.src_start <= place < step.src_end or (place == step.src_end == len(other)):
            return min(step.dest_start + (place - step.src_start), step.dest_end)
    return len(text)


def letters_of(characters: Iterable[tuple[str, float, float]]) -> list[Letter]:
    """Letters from characters with blanks among them, each with its place and confidence."""
    found, begins = [], False
    for char, x, confidence in characters:
        if char.isspace():
            begins = True
            continue
        found.append(Letter(char, x, confidence, begins))
        begins = False
    return found
