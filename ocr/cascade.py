"""Two engines as one: Tesseract reads the page, RapidOCR what is left of it.

Tesseract loses whole short lines rather than letters, and knows which words it is not sure of; the networks read
letters better and blanks worse, for three times the processor time. So the second engine is shown only the ink outside
of all words and the lines with an unsure word; where it reads a line, its letters count, cut into words as Tesseract
saw them.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from statistics import median
from typing import Final

from ocr.base import EngineFailed, OcrEngine, PageImage, Reading, Word
from ocr.coverage import left_over, lines_of
from ocr.limits import ENGINE_TIMEOUT_SECONDS, MAX_WORDS_PER_PAGE
from ocr.lines import PixelBox
from ocr.rapid import RapidEngine

SURE: Final = 0.9
"""Tesseract's confidence from which on a word is not looked at again."""
_BELIEVED: Final = {"found": 0.5, "left over": 0.75}
"""The networks' mean confidence from which on a line counts: one that they found, or mere ink that Tesseract left."""
_WORTH: Final = 0.5
_LOST_SHARE: Final = 0.3
"""When so much ink is left over, the page is found and read by the second engine from the start."""
_TALL: Final = 1.9
_LEAST_LINE_INCHES: Final = 7 / 72

InDoubt = Callable[[Sequence[Word]], bool]
"""Whether key fields are missing in the words, or contradict each other."""


class Cascade:
    """An `OcrEngine` made of a first reader and the networks."""

    name = "cascade"

    def __init__(self, first: OcrEngine, second: RapidEngine, *, in_doubt: InDoubt | None = None) -> None:
        self._first, self._second = first, second
        self._in_doubt = in_doubt or (lambda words: False)

    @property
    def version(self) -> str:
        """Both versions, as ``tesseract 5.3.0 deu psm3 + rapidocr 3.10.0 …``; one where the other is missing."""
        versions = []
        for engine in (self._first, self._second):
            with suppress(EngineFailed):
                versions.append(engine.version)
        if not versions:
            raise EngineFailed("engine.missing")
        return " + ".join(versions)

    def read(self, image: PageImage, *, timeout_seconds: float) -> Reading:
        """Words of both (see `OcrEngine`); `source` is ``mixed`` where the second was asked.

        Where one engine is missing or fails, the other reads alone.
        """
        end = time.process_time() + timeout_seconds
        try:
            first = self._first.read(image, timeout_seconds=timeout_seconds)
        except EngineFailed as exc:
            if exc.code == "engine.timeout":
                raise
            return self._second.read(image, timeout_seconds=timeout_seconds)
        try:
            return self._checked(image, first, end)
        except EngineFailed:
            return first

    def _checked(self, image: PageImage, first: Reading, end: float) -> Reading:
        words = first.words
        lines = lines_of(words)
        sure = [line for line in lines if min(word.confidence for word in line) >= SURE]
        gaps, share = left_over(image, [word for line in sure for word in line])
        if share > _LOST_SHARE and self._is_turned(image):
            return first  # the networks would read something, and seem sure of it
        if share > _LOST_SHARE or self._in_doubt(words):
            return self._read_again(image, self._second.find_lines(image), _BELIEVED["found"], (), lines, end)
        if not gaps:
            return first
        boxes = self._single_lines(image, gaps, words)
        return self._read_again(image, boxes, _BELIEVED["left over"], sure, lines, end)

    def orientation(self, image: PageImage, *, timeout_seconds: float) -> int | None:
        """As the first engine sees it, else the second."""
        seen = self._first.orientation(image, timeout_seconds=timeout_seconds)
        return seen if seen is not None else self._second.orientation(image, timeout_seconds=timeout_seconds)

    def _is_turned(self, image: PageImage) -> bool:
        """Whether the page lies the wrong way up, as both see it: of a poor fax Tesseract says so without reason."""
        engines = (self._first, self._second)
        return all(engine.orientation(image, timeout_seconds=ENGINE_TIMEOUT_SECONDS) for engine in engines)

    def _single_lines(self, image: PageImage, gaps: Sequence[PixelBox], words: Sequence[Word]) -> list[PixelBox]:
        """The gaps; in one that is higher than a line of this page the second engine looks for lines itself."""
        usual = median(word.y1 - word.y0 for word in words) if words else 0.0
        tallest = _TALL * max(usual, image.dpi * _LEAST_LINE_INCHES)
        lines: list[PixelBox] = []
        for gap in gaps:
            lines += self._second.find_lines(image, gap) if gap[3] - gap[1] > tallest else [gap]
        return lines

    def _read_again(
        self,
        image: PageImage,
        boxes: Sequence[PixelBox],
        believed: float,
        sure: Sequence[Sequence[Word]],
        lines: Sequence[Sequence[Word]],
        end: float,
    ) -> Reading:
        """The `sure` lines as they are, and what the second engine reads in `boxes`; where it fails, the first's."""
        settled = {id(word) for line in sure for word in line}
        unsure = [word for line in lines for word in line if id(word) not in settled]
        found = [list(line) for line in sure]
        for line in self._second.read_lines(image, boxes, end=end):
            inside = [word for word in unsure if _lies_in(word, line.box)]
            if line.confidence >= believed:
                settled |= {id(word) for word in inside}
                found.append(line.words(like=[word.text for word in inside]))
        found += [[word] for word in unsure if id(word) not in settled and word.confidence >= _WORTH]
        return Reading(_in_order([line for line in found if line], lines)[:MAX_WORDS_PER_PAGE], "mixed")


def _in_order(found: Sequence[Sequence[Word]], lines: Sequence[Sequence[Word]]) -> tuple[Word, ...]:
    """Lines in the first reader's order where it saw them, which follows columns; others before what is below them."""

    def place(line: Sequence[Word]) -> tuple[int, float]:
        x, y = line[0].x0, (line[0].y0 + line[0].y1) / 2
        for number, known in enumerate(lines):
            if any(word.y0 <= y <= word.y1 and word.x0 - 2 <= x <= word.x1 for word in known):
                return number, x
        below = (number for number, known in enumerate(lines) if known[0].y0 > y)
        return next(below, len(lines)), -1.0

    return tuple(word for line in sorted(found, key=place) for word in line)


def _lies_in(word: Word, box: PixelBox) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
