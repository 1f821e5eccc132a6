"""RapidOCR (PP-OCR networks on onnxruntime) behind the `OcrEngine` port: no program, no download, models in the wheel.

Its parts are used one by one, so that a cascade can have single lines read: where the lines are (`find_lines`) and what
stands in them (`read_lines`). It reports lines; `ocr.lines` cuts them into words.
"""

import importlib.metadata
import logging
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.base import EngineFailed, Reading
from ocr.limits import MAX_WORDS_PER_PAGE
from ocr.lines import Letter, Line, PixelBox, letters_of
from ocr.page_image import PageImage
from ocr.raster import Pixels

_BATCH: Final = 6
_LINE_HEIGHT: Final = 48
_MIDDLE_GREY: Final = 127.5
_LATIN_ENDS: Final = 0x180
_SIGNS: Final = "–—‘’‚“”„†‡•…‰‹›€™"
_GERMAN: Final = "äöüÄÖÜ"
_SURE_OF_ACCENT: Final = 0.95
_NARROWEST_LINE: Final = 64
"""Pixels of 48 high to which short lines are padded; the package pads to 320, most of the work on a page of numbers."""
_LOOK_DPI: Final = 130
"""Lines are looked for at this resolution: the finder costs by the pixel."""
_STEP: Final = 32
"""The finder takes sides that are multiples of this."""
_AVERAGE: Final = Image.Resampling.BOX
_LEAST_CONFIDENCE: Final = 0.5
_SIDEWAYS: Final = 1.5
_MOST_VOTERS: Final = 24


class RapidEngine:
    """Reads with the networks of the `rapidocr` package; they are loaded once a process (`preload`)."""

    name = "rapidocr"

    @property
    def version(self) -> str:
        """For example ``rapidocr 3.10.0 PP-OCRv6 small multi (deu)``."""
        try:
            return f"rapidocr {importlib.metadata.version('rapidocr')} PP-OCRv6 small multi (deu) {_LOOK_DPI}dpi"
        except importlib.metadata.PackageNotFoundError as exc:
            raise EngineFailed("engine.missing") from exc

    def read(self, image: PageImage, *, timeout_seconds: float) -> Reading:
        """Words in reading order (see `OcrEngine`); the processor time is looked at between two batches of lines."""
        end = time.process_time() + timeout_seconds
        lines = self.read_lines(image, self.find_lines(image), end=end)
        words = [word for line in lines if line.confidence >= _LEAST_CONFIDENCE for word in line.words()]
        return Reading(tuple(words[:MAX_WORDS_PER_PAGE]), self.name)

    def find_lines(self, image: PageImage, within: PixelBox | None = None) -> list[PixelBox]:
        """Where lines of text stand, from top to bottom; on the whole page or in a part of it."""
        left, top, right, bottom = within or (0, 0, image.pixels.shape[1], image.pixels.shape[0])
        scale = min(1.0, _LOOK_DPI / image.dpi)
        size = (max(_STEP, round((right - left) * scale)), max(_STEP, round((bottom - top) * scale)))
        part = Image.fromarray(image.pixels[top:bottom, left:right]).resize(size, _AVERAGE)
        found = _run(_models().finder, _coloured(np.asarray(part)))
        if found.boxes is None:
            return []
        factor = np.array([(right - left) / size[0], (bottom - top) / size[1]])
        boxes = (_upright(corners * factor, right - left, bottom - top) for corners in found.boxes)
        return [(x0 + left, y0 + top, x1 + left, y1 + top) for x0, y0, x1, y1 in boxes if x1 > x0 and y1 > y0]

    def read_lines(self, image: PageImage, boxes: Sequence[PixelBox], *, end: float) -> list[Line]:
        """What stands in each box, in the order given.

        Raises EngineFailed("engine.timeout") when `end`, in seconds of `time.process_time`, is passed.
        """
        lines: dict[int, Line] = {}
        by_shape = sorted(range(len(boxes)), key=lambda number: _shape(boxes[number]))
        for start in range(0, len(by_shape), _BATCH):
            if time.process_time() > end:
                raise EngineFailed("engine.timeout")
            batch = by_shape[start : start + _BATCH]
            lines |= zip(batch, _read_batch(image.pixels, [boxes[number] for number in batch]), strict=True)
        return [lines[number] for number in range(len(boxes))]

    def orientation(self, image: PageImage, *, timeout_seconds: float) -> int | None:
        """Degrees clockwise that turn the image upright: standing lines tell a quarter, a classifier the half turn."""
        lines = self.find_lines(image)
        if not lines:
            return None
        tall = sum(_shape(line) < 1 / _SIDEWAYS for line in lines)
        quarter = 90 if tall > len(lines) / 2 else 0
        longest = sorted(lines, key=lambda line: -max(line[2] - line[0], line[3] - line[1]))[:_MOST_VOTERS]
        crops = [np.ascontiguousarray(np.rot90(_crop(image.pixels, line), k=-(quarter // 90))) for line in longest]
        votes = [(label, score) for label, score in _run(_models().classifier, crops).cls_res if score > 0.7]
        upside_down = sum(label == "180" for label, _ in votes)
        if not votes or 0.3 < upside_down / len(votes) < 0.7:
            return None
        return (quarter + (180 if upside_down / len(votes) >= 0.7 else 0)) % 360


class Alphabet:
    """The characters that are read, of the 18,000 that the network knows: those of Latin writing.

    A full-width form, as Chinese print has it, counts for the plain one. So does a letter with an accent that German
    does not write, unless it is all but certain: most of them are a letter and a speck.
    """

    def __init__(self, known: Sequence[str]) -> None:
        names = ["", *known]  # before the characters the network answers "nothing here"
        self._columns = [number for number, name in enumerate(names) if not name or _is_latin(name)]
        self._names = [names[column] for column in self._columns]
        plain = {name: number for number, name in enumerate(self._names)}
        folded = ((unicodedata.normalize("NFKC", name), number) for number, name in enumerate(names))
        forms = {plain[name]: column for name, column in folded if name in plain and column not in self._columns}
        self._plain, self._forms = list(forms), list(forms.values())
        bare = np.array([plain.get(_without_accent(name), number) for number, name in enumerate(self._names)])
        self._accented = np.flatnonzero(bare != np.arange(len(bare)))
        self._letters = np.eye(len(bare), dtype=np.float32)[bare[self._accented]]

    def chances(self, answer: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of the network's answer (lines x columns x characters) the characters that are read."""
        chances: NDArray[np.float32] = answer[:, :, self._columns]
        chances[:, :, self._plain] += answer[:, :, self._forms]
        accented = chances[:, :, self._accented]
        doubtful = np.where(accented < _SURE_OF_ACCENT, accented, 0)
        chances[:, :, self._accented] -= doubtful
        return np.asarray(chances + doubtful @ self._letters, dtype=np.float32)

    def letters(self, columns: NDArray[np.float32], per_column: float) -> list[Letter]:
        """What the columns of a line spell: a character that is most likely in several in a row is one."""
        best = columns.argmax(axis=1)
        begins = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
        found = ((self._names[best[at]], (at + 0.5) * per_column, float(columns[at, best[at]])) for at in begins)
        return letters_of(found)


def _is_latin(name: str) -> bool:
    return ord(name[0]) < _LATIN_ENDS or name in _SIGNS


def _without_accent(name: str) -> str:
    return name if name in _GERMAN else unicodedata.normalize("NFD", name)[:1]


@dataclass(frozen=True)
class _Models:
    finder: Any
    reader: Any
    classifier: Any
    alphabet: Alphabet


def preload() -> None:
    """Load the networks now: before a fork all children share them."""
    _models()


@cache
def _models() -> _Models:
    """The package's own parts with its own settings, but one thread and no download."""
    try:
        from rapidocr import RapidOCR
    except ImportError as exc:
        raise EngineFailed("engine.missing") from exc
    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    memory = {"EngineConfig.onnxruntime.enable_cpu_mem_arena": True}  # without, a fifth of the time goes to the kernel
    whole: Any = RapidOCR(params={**threads, **memory, "Det.limit_side_len": _STEP, "Global.log_level": "critical"})
    logging.getLogger("RapidOCR").disabled = True
    reader = whole._load_rec_model().session
    alphabet = Alphabet([*reader.get_character_list(), " "])
    return _Models(whole._load_det_model(), reader, whole._load_cls_model(), alphabet)


def _read_batch(pixels: Pixels, boxes: Sequence[PixelBox]) -> Iterator[Line]:
    pictures = [pixels[y0:y1, x0:x1] for x0, y0, x1, y1 in boxes]
    lines = [_as_read(picture) for picture in pictures]
    width = max(_NARROWEST_LINE, *(line.shape[1] for line in lines))
    batch = np.zeros((len(lines), 3, _LINE_HEIGHT, width), dtype=np.float32)
    for number, line in enumerate(lines):
        batch[number, :, :, : line.shape[1]] = line
    chances = _models().alphabet.chances(_run(_models().reader, batch))
    for box, picture, columns in zip(boxes, pictures, chances, strict=True):
        per_column = width / len(columns) * picture.shape[0] / _LINE_HEIGHT
        yield Line(box, picture, _models().alphabet.letters(columns, per_column))


def _as_read(picture: Pixels) -> NDArray[np.float32]:
    """A line as the network takes it: 48 pixels high, black = -1, white = 1."""
    height, width = picture.shape
    size = (max(1, ceil(width * _LINE_HEIGHT / height)), _LINE_HEIGHT)
    return (cv2.resize(picture, size).astype(np.float32) - _MIDDLE_GREY) / _MIDDLE_GREY


def _run(part: Any, argument: Any) -> Any:
    try:
        return part(argument)
    except MemoryError:
        raise
    except Exception as exc:  # onnxruntime and OpenCV raise classes of their own, of RuntimeError and of Exception
        raise EngineFailed("engine.failed") from exc


def _coloured(pixels: Pixels) -> Pixels:
    return np.repeat(pixels[:, :, np.newaxis], 3, axis=2)


def _upright(corners: NDArray[np.float32], width: int, height: int) -> PixelBox:
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return max(0, int(x0)), max(0, int(y0)), min(width, int(x1) + 1), min(height, int(y1) + 1)


def _shape(line: PixelBox) -> float:
    return (line[2] - line[0]) / (line[3] - line[1])


def _crop(pixels: Pixels, box: PixelBox) -> Pixels:
    x0, y0, x1, y1 = box
    return _coloured(pixels[y0:y1, x0:x1])
