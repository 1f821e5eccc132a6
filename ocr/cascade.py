"""Two engines as one: Tesseract reads the page, RapidOCR what is left of it.

Tesseract loses whole short lines rather than letters, and knows which words it is not sure of; the networks read
letters better and blanks worse, for three times the processor time. So the second engine is shown only the ink outside
of all words and the lines with an unsure word; where it reads a line, its letters count, cut into words as Tesseract
saw them. A line whose words contradict each other in the end stands as the other of the two read it, if that settles
it.
"""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from statistics import median
from typing import Final, Protocol

from ocr.base import EngineFailed, OcrEngine, Reading, Word
from ocr.coverage import left_over, lines_of
from ocr.limits import ENGINE_TIMEOUT_SECONDS, MAX_WORDS_PER_PAGE
from ocr.lines import PixelBox
from ocr.page_image import PageImage
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
_PAPER_AROUND: Final = 0.15
_MOST_SETTLED: Final = 40
"""Lines in doubt that are looked at again; each costs a judgement of the whole page."""


class Judgement(Protocol):
    """What somebody who knows what pages say makes of words.

    `doubted` = positions of those that cannot be right, however sure a reader was (an account that fails its checksum,
    amounts that do not add up); `proofs` = how many values hold.
    """

    @property
    def doubted(self) -> Collection[int]: ...

    @property
    def proofs(self) -> int: ...


Judge = Callable[[Sequence[Word]], Judgement]


class Cascade:
    """An `OcrEngine` made of a first reader and the networks."""

    name = "cascade"

    def __init__(self, first: OcrEngine, second: RapidEngine, *, judge: Judge | None = None) -> None:
        self._first, self._second = first, second
        self._judge = judge

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
            merged = self._checked(image, first, end)
        except EngineFailed:
            return first
        try:
            return self._settled(image, first, merged, end)
        except EngineFailed:
            return merged

    def _checked(self, image: PageImage, first: Reading, end: float) -> Reading:
        words = first.words
        lines = lines_of(words)
        sure = [line for line in lines if min(word.confidence for word in line) >= SURE]
        gaps, share = left_over(image, [word for line in sure for word in line])
        if share > _LOST_SHARE and self._is_turned(image):
            return first  # the networks would read something, and seem sure of it
        if share > _LOST_SHARE:
            return self._read_again(image, self._second.find_lines(image), _BELIEVED["found"], (), lines, end)
        if not gaps:
            return first
        boxes = self._single_lines(image, gaps, words)
        return self._read_again(image, boxes, _BELIEVED["left over"], sure, lines, end)

    def _settled(self, image: PageImage, first: Reading, merged: Reading, end: float) -> Reading:
        """Each line in doubt as the other engine reads it, where more is proven then."""
        if self._judge is None or not (judged := self._judge(merged.words)).doubted:
            return merged
        words = merged.words
        unsettled = {id(words[number]) for number in judged.doubted}
        lines = [line for line in lines_of(words) if not unsettled.isdisjoint(map(id, line))][:_MOST_SETTLED]
        for line, other in zip(lines, self._as_the_other_reads(image, first, lines, end), strict=True):
            if time.process_time() > end:
                break
            if [word.text for word in line] == [word.text for word in other]:
                continue
            changed = _replaced(words, line, other)
            if (again := self._judge(changed)).proofs > judged.proofs:
                words, judged = changed, again
        return merged if words is merged.words else Reading(words, "mixed")

    def _as_the_other_reads(
        self, image: PageImage, first: Reading, lines: Sequence[Sequence[Word]], end: float
    ) -> list[list[Word]]:
        """What the first engine saw where the second was believed, and the other way round."""
        firsts = {id(word) for word in first.words}
        boxes = [_around(line, image) for line in lines]
        asked = [box for box, line in zip(boxes, lines, strict=True) if any(id(word) in firsts for word in line)]
        read = dict(zip(asked, self._second.read_lines(image, asked, end=end), strict=True))
        return [
            read[box].words(like=[word.text for word in line])
            if box in read
            else [word for word in first.words if _lies_in(word, box)]
            for box, line in zip(boxes, lines, strict=True)
        ]

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


def _replaced(words: Sequence[Word], line: Sequence[Word], other: Sequence[Word]) -> tuple[Word, ...]:
    """The words with `other` where `line` stood."""
    start = next(number for number, word in enumerate(words) if word is line[0])
    return (*words[:start], *other, *words[start + len(line) :])


def _around(line: Sequence[Word], image: PageImage) -> PixelBox:
    """The box of a line with a little paper around it, as the networks like to see it."""
    height, width = image.pixels.shape
    top, bottom = min(word.y0 for word in line), max(word.y1 for word in line)
    pad = _PAPER_AROUND * (bottom - top)
    left, right = min(word.x0 for word in line) - 2 * pad, max(word.x1 for word in line) + 2 * pad
    x0, y0 = max(0, int(left)), max(0, int(top - pad))
    return x0, y0, max(x0 + 1, min(width, int(right) + 1)), max(y0 + 1, min(height, int(bottom + pad) + 1))


def _lies_in(word: Word, box: PixelBox) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
