"""What an engine left out: ink of the size of letters outside of all words, and lines that it was not sure of."""

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.base import Word
from ocr.lines import PixelBox
from ocr.page_image import PageImage
from ocr.preprocess import ink_of

Ink = NDArray[np.bool_]

LOOK_DPI: Final = 100
_POINTS: Final = LOOK_DPI / 72
_PAD: Final = round(1.2 * _POINTS)
"""Letters reach a little out of an engine's box."""
_RULE: Final = round(25 * _POINTS)
"""An unbroken run of this length is a rule or an area, never a letter."""
_JOIN: Final = round(7 * _POINTS)
"""Letters and words of one line stand nearer to each other than this."""
_LOWEST, _TALLEST = 3 * _POINTS, 40 * _POINTS
_LEAST_WIDTH: Final = 2.5 * _POINTS
_LEAST_INK: Final = 5
_AVERAGE: Final = Image.Resampling.BOX
_BESIDE: Final = 1.8
"""Words of one line stand nearer to each other than this many times their height."""
_SAME_LEVEL: Final = 0.5


def left_over(image: PageImage, words: Iterable[Word]) -> tuple[list[PixelBox], float]:
    """Where ink stands that no word covers, from top to bottom, and its share of all ink that could be letters."""
    scale = LOOK_DPI / image.dpi
    height, width = image.pixels.shape
    small = Image.fromarray(image.pixels).resize(
        (max(1, round(width * scale)), max(1, round(height * scale))), _AVERAGE
    )
    ink = ink_of(np.asarray(small, dtype=np.uint8))
    ink &= ~_rules(ink)
    total = int(ink.sum())
    for word in words:
        x0, y0 = int(word.x0 * scale) - _PAD, int(word.y0 * scale) - _PAD
        ink[max(0, y0) : int(word.y1 * scale) + _PAD + 1, max(0, x0) : int(word.x1 * scale) + _PAD + 1] = False
    boxes, left = _clusters(ink)
    return [_scaled(box, 1 / scale, width, height) for box in boxes], left / total if total else 0.0


def lines_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words in reading order, as pieces of lines without wide gaps."""
    lines: list[list[Word]] = []
    for word in words:
        if lines and _follows(lines[-1][-1], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _follows(word: Word, after: Word) -> bool:
    height = max(word.y1 - word.y0, after.y1 - after.y0)
    shared = min(word.y1, after.y1) - max(word.y0, after.y0)
    level = shared > _SAME_LEVEL * min(word.y1 - word.y0, after.y1 - after.y0)
    return level and -0.5 * height < after.x0 - word.x1 < _BESIDE * height


def _rules(ink: Ink) -> Ink:
    mask = ink.view(np.uint8)
    across = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, _RULE), np.uint8))
    down = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((_RULE, 1), np.uint8))
    found: Ink = cv2.dilate(np.maximum(across, down), np.ones((3, 3), np.uint8)).astype(bool)
    return found


def _clusters(ink: Ink) -> tuple[list[PixelBox], int]:
    """Boxes of ink that may be a line of letters, and how much ink is in them."""
    joined = cv2.morphologyEx(ink.view(np.uint8), cv2.MORPH_CLOSE, np.ones((2, _JOIN), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    inked = np.bincount(labels[ink], minlength=count)
    boxes, left = [], 0
    for number in range(1, count):
        x, y, width, height = (int(stats[number, key]) for key in range(4))
        if height >= _LOWEST and width >= _LEAST_WIDTH and inked[number] >= _LEAST_INK:
            left += int(inked[number])
            if height <= _TALLEST:
                boxes.append((x, y, x + width, y + height))
    return sorted(boxes, key=lambda box: box[1]), left


def _scaled(box: PixelBox, scale: float, width: int, height: int) -> PixelBox:
    pad = 0.15 * (box[3] - box[1]) + 1
    x0, y0, x1, y1 = box
    return (
        max(0, int((x0 - 2 * pad) * scale)),
        max(0, int((y0 - pad) * scale)),
        min(width, int((x1 + 2 * pad) * scale) + 1),
        min(height, int((y1 + pad) * scale) + 1),
    )
