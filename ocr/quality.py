"""How well a page was scanned, in figures, and the verdict that a person can act on: good, or scan it again."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final, Literal, TypedDict

import numpy as np

from ocr.base import Word
from ocr.coverage import left_over
from ocr.geometry import Matrix
from ocr.page_image import PageImage
from ocr.preprocess import ink_of
from ocr.raster import Pixels, Raster

Verdict = Literal["good", "rescan"]

_LEAST_DPI: Final = 120
_LEAST_CONTRAST: Final = 0.2
_LEAST_SHARPNESS: Final = 0.12
_LEAST_CONFIDENCE: Final = 0.8
_MOST_UNREAD: Final = 0.4
"""Drawings and photographs are ink that nobody reads: the share counts only together with an unsure reading."""
_HOPELESS: Final = 0.55
"""Mean confidence below which a page is poor whatever the figures say."""
_EVERY: Final = 12
"""Every twelfth row shows how edges fade as well as all do, in a twelfth of the time."""
_FEW_WORDS: Final = 5


class Quality(TypedDict):
    """Figures of one scanned page.

    `sharpness` and `contrast` 0 to 1 (an edge from paper to ink within one pixel; ink against paper), `dpi` as declared
    and at most 300, `skew` in degrees clockwise, `unread` = share of the ink outside of all words, `confidence` = mean
    over the words.
    """

    sharpness: float
    contrast: float
    dpi: int
    skew: float
    unread: float
    confidence: float
    verdict: Verdict


def assess(raw: Raster, prepared: Raster, image: PageImage, words: Sequence[Word]) -> Quality:
    """The figures of a page from its picture as scanned, as prepared, and what was read."""
    sharpness, contrast = _sharpness_and_contrast(raw.pixels)
    _, unread = left_over(image, words)
    confidence = fmean(word.confidence for word in words) if words else 0.0
    figures: Quality = {
        "sharpness": round(sharpness, 3),
        "contrast": round(contrast, 3),
        "dpi": round(min(raw.dpi)),
        "skew": round(_skew(prepared.to_pixels), 2),
        "unread": round(unread, 3),
        "confidence": round(confidence, 3),
        "verdict": "good",
    }
    if _is_poor(figures, len(words)):
        figures["verdict"] = "rescan"
    return figures


def _is_poor(figures: Quality, words: int) -> bool:
    if figures["dpi"] < _LEAST_DPI or figures["contrast"] < _LEAST_CONTRAST:
        return True
    if words >= _FEW_WORDS and figures["confidence"] < _HOPELESS:
        return True
    unsure = figures["confidence"] < _LEAST_CONFIDENCE or words < _FEW_WORDS
    return unsure and (figures["unread"] > _MOST_UNREAD or figures["sharpness"] < _LEAST_SHARPNESS)


def _sharpness_and_contrast(pixels: Pixels) -> tuple[float, float]:
    """Both from the ink: how much darker than the paper it is, and over how many pixels it fades."""
    pixels = np.ascontiguousarray(pixels[::_EVERY])
    ink = ink_of(pixels)
    if not ink.any():
        return 1.0, 1.0
    paper, dark = float(np.median(pixels)), float(np.percentile(pixels[ink], 20))
    depth = max(paper - dark, 1.0)
    steps = np.abs(np.diff(pixels.astype(np.int16), axis=1))[ink[:, 1:] != ink[:, :-1]]
    sharpness = float(np.percentile(steps, 75)) / depth if len(steps) else 1.0
    return min(sharpness, 1.0), min(depth / 255, 1.0)


def _skew(to_pixels: Matrix) -> float:
    """The small angle by which the page was straightened, clockwise as it lay."""
    turned = float(np.degrees(np.arctan2(to_pixels[1, 0], to_pixels[0, 0])))
    return -(turned - round(turned / 90) * 90)
