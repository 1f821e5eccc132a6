"""RapidOCR (PP-OCR networks on onnxruntime) behind the `OcrEngine` port: no program, no download, models in the wheel.

Its parts are used one by one, so that a cascade can have single lines read: where the lines are (`find_lines`) and what
stands in them (`read_lines`). It reports lines; `ocr.lines` cuts them into words.
"""

import importlib.metadata
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.base import EngineFailed, PageImage, Reading
from ocr.limits import MAX_WORDS_PER_PAGE
from ocr.lines import Line, PixelBox, letters_of
from ocr.raster import Pixels

_BATCH: Final = 6
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


@dataclass(frozen=True)
class _Models:
    finder: Any
    reader: Any
    classifier: Any


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
    shape = {"Det.limit_side_len": _STEP, "Rec.rec_img_shape": [3, 48, _NARROWEST_LINE], "Rec.rec_batch_num": _BATCH}
    whole: Any = RapidOCR(params={**threads, **shape, "Global.log_level": "critical"})
    logging.getLogger("RapidOCR").disabled = True
    return _Models(whole._load_det_model(), whole._load_rec_model(), whole._load_cls_model())


def _read_batch(pixels: Pixels, boxes: Sequence[PixelBox]) -> Iterator[Line]:
    from rapidocr.ch_ppocr_rec import TextRecInput

    crops = [_crop(pixels, box) for box in boxes]
    answer = _run(_models().reader, TextRecInput(img=crops, return_word_box=True))
    for box, crop, text, found in zip(boxes, crops, answer.txts, answer.word_results, strict=True):
        columns = iter([column for columns in found.word_cols for column in columns])
        per_column = crop.shape[1] / max(found.line_txt_len, 1.0)
        yield Line(box, crop[:, :, 0], letters_of(text, columns, found.confs, per_column))


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
