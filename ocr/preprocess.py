"""From a decoded page to the image that is recognised best: blank test, scale, flat-field, deskew, quarter turns.

Each step changes pixels and hands on the matrix that leads there: every box finds its way back to the stored page.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from ocr.geometry import inverse, quarter_turn, scaling, turning
from ocr.raster import Pixels, Raster

_FINE_DPI: Final = 250
_COARSE_DPI: Final = 200
"""Measured with Tesseract 5.3.0 on 18 pages, CER at 200/250/300 dpi: office scans of 300 dpi 3.9/3.8/4.0 %, fax of
200 dpi 21.1/24.0/27.8 %; 300 dpi costs a quarter more CPU than 200. So 250 for what was scanned finer, else 200."""
_LOOK_DPI = 75
_PAPER_DPI = 12
_INK_SHARE_OF_PAPER = 0.6
"""Darker than this share of the paper around it is ink; what shines through from the back stays lighter."""
_FAINT_SHARE_OF_PAPER = 0.75
"""Faint or blurred writing is darker than this; a page that shows any is not blank."""
_BLANK_INK_SHARE = 0.0002
"""Of an A4 page about 12 mm²: a lone signature is several times that."""
_EDGE_SHARE = 0.12
_MAX_SKEW_DEGREES = 5.0
_LEAST_SKEW_DEGREES = 0.08
_UNEVEN_SHARE = 0.12
"""Flat-field when the darkest paper is this much darker than the brightest."""

Ink = NDArray[np.bool_]


def is_blank(raster: Raster) -> bool:
    """Whether nothing but paper, dust, shadow, shine-through and punch holes is on the page; if in doubt, it is not."""
    ink = ink_of(_resized(raster, _LOOK_DPI).pixels, _FAINT_SHARE_OF_PAPER)
    ink &= ~_edge_blobs(ink)
    return bool(_without_specks(ink).mean() < _BLANK_INK_SHARE)


def prepare(raster: Raster) -> Raster:
    """Scale to `work_dpi` in both axes, even out the illumination where it is uneven, and straighten."""
    return deskew(flatten(_resized(raster, work_dpi(raster))))


def work_dpi(raster: Raster) -> int:
    """The resolution at which a page of this resolution is recognised best."""
    return _FINE_DPI if min(raster.dpi) >= _FINE_DPI - 1 else _COARSE_DPI


def flatten(raster: Raster) -> Raster:
    """Divide by the paper's brightness around each pixel, if that varies over the page (gutter, lamp, copy edge)."""
    if not is_uneven(raster):
        return raster
    paper = _paper(raster.pixels)
    height, width = raster.pixels.shape
    field = np.asarray(Image.fromarray(paper).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
    flat = raster.pixels / np.maximum(field, 32.0) * 255.0
    return raster.changed(np.clip(flat, 0, 255).astype(np.uint8), np.eye(3))


def is_uneven(raster: Raster) -> bool:
    """Whether the paper is much darker in some places than in others."""
    low, high = np.percentile(_paper(raster.pixels), (2, 98))
    return bool(high > 0 and (high - low) / high >= _UNEVEN_SHARE)


def deskew(raster: Raster) -> Raster:
    """Turn by the small angle at which the lines of text are level; untouched where there is none."""
    skew = skew_degrees(raster)
    if abs(skew) < _LEAST_SKEW_DEGREES:
        return raster
    height, width = raster.pixels.shape
    step = turning(-skew, width, height)
    back = inverse(step)[:2].ravel()
    straight = Image.fromarray(raster.pixels).transform(
        (width, height), Image.Transform.AFFINE, tuple(back), Image.Resampling.BICUBIC, fillcolor=255
    )
    return raster.changed(np.asarray(straight, dtype=np.uint8), step)


def skew_degrees(raster: Raster) -> float:
    """By how many degrees the lines sink to the right (clockwise positive), to a twentieth of a degree, at most 5.

    Projection search: at the right angle the rows of ink pixels are sharpest, first by half degrees, then finer.
    """
    ys, xs = np.nonzero(_without_specks(ink_of(_resized(raster, _LOOK_DPI * 2).pixels)))
    if len(xs) < 200:
        return 0.0
    best = 0.0
    for reach, step in ((_MAX_SKEW_DEGREES, 0.5), (0.5, 0.1), (0.1, 0.025)):
        angles = best + np.arange(-reach, reach + step / 2, step)
        best = float(max(angles, key=lambda angle: _sharpness(xs, ys, float(angle))))
    return best if abs(best) <= _MAX_SKEW_DEGREES else 0.0


def turn_quarters(raster: Raster, degrees: int) -> Raster:
    """The raster turned clockwise by 90, 180 or 270 degrees; its `rotation` says so."""
    height, width = raster.pixels.shape
    turned = np.ascontiguousarray(np.rot90(raster.pixels, k=-(degrees // 90)))
    return raster.changed(turned, quarter_turn(degrees, width, height), turned=degrees)


def lines_run_upwards(raster: Raster) -> bool:
    """Whether the ink looks sharper in columns than in rows: a page lying on its side."""
    ink = ink_of(_resized(raster, _LOOK_DPI).pixels)
    rows, columns = (np.diff(ink.sum(axis=axis, dtype=np.int64)) for axis in (1, 0))
    return bool((columns**2).sum() > 1.5 * (rows**2).sum())


def _sharpness(xs: NDArray[np.int64], ys: NDArray[np.int64], degrees: float) -> float:
    level = ys - xs * np.tan(np.radians(degrees))
    profile = np.bincount((level - level.min()).astype(np.int64))
    return float((np.diff(profile).astype(np.float64) ** 2).sum())


def _resized(raster: Raster, dpi: int) -> Raster:
    """The same page at `dpi` in both axes."""
    height, width = raster.pixels.shape
    dpi_x, dpi_y = raster.dpi
    size = (max(1, round(width * dpi / dpi_x)), max(1, round(height * dpi / dpi_y)))
    if size == (width, height):
        return raster
    smaller = size[0] < width
    method = Image.Resampling.BOX if smaller and dpi < _COARSE_DPI else Image.Resampling.LANCZOS
    pixels = np.asarray(Image.fromarray(raster.pixels).resize(size, method), dtype=np.uint8)
    return raster.changed(pixels, scaling(size[0] / width, size[1] / height))


def _paper(pixels: Pixels) -> Pixels:
    """The brightness of the paper, one value per 2 mm: the brightest of the neighbourhood, smoothed."""
    height, width = pixels.shape
    shrink = _COARSE_DPI / _PAPER_DPI
    size = (max(8, round(width / shrink)), max(8, round(height / shrink)))
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BOX)
    bright = small.filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.GaussianBlur(4))
    return np.asarray(bright, dtype=np.uint8)


def ink_of(pixels: Pixels, share_of_paper: float = _INK_SHARE_OF_PAPER) -> Ink:
    """Where a page of about 100 dpi is darker than the paper around it; what shines through is not ink."""
    height, width = pixels.shape
    paper = Image.fromarray(pixels).resize((max(8, width // 8), max(8, height // 8)), Image.Resampling.BOX)
    paper = paper.filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.GaussianBlur(3)).resize((width, height))
    return pixels < np.asarray(paper, dtype=np.float32) * share_of_paper


def _filtered(ink: Ink, kind: ImageFilter.Filter) -> Ink:
    return np.asarray(Image.fromarray(ink.astype(np.uint8) * 255).filter(kind)) > 0


def _without_specks(ink: Ink) -> Ink:
    """Ink with at least three dark pixels around it: dust and scanner noise stand alone."""
    padded = np.pad(ink, 1).astype(np.uint8)
    height, width = ink.shape
    near = sum(padded[y : y + height, x : x + width] for y in range(3) for x in range(3))
    return ink & (near >= 4)


def _edge_blobs(ink: Ink) -> Ink:
    """Solid dark shapes near the edge: punch holes, staples, the scanner's black border; text strokes are thinner."""
    solid = _filtered(_filtered(ink, ImageFilter.MinFilter(7)), ImageFilter.MaxFilter(13))
    height, width = ink.shape
    edge = np.ones_like(ink)
    x, y = int(width * _EDGE_SHARE), int(height * _EDGE_SHARE)
    edge[y : height - y, x : width - x] = False
    return solid & edge
