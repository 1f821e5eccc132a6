"""From a decoded page to the image that is recognised best: blank test, scale, flat-field, deskew, quarter turns.

Each step changes pixels and hands on the matrix that leads there: every box finds its way back to the stored page.
"""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.geometry import quarter_turn, scaling, shifting, turning
from ocr.limits import MAX_RENDER_PIXELS
from ocr.raster import Pixels, Raster

cv2.setNumThreads(1)  # a page has one processor, and a pool of threads does not live through a fork

_WORK_DPI: Final = 250
_COARSE_DPI: Final = 200
"""Measured, CER of the cascade at 200, 250 and 300 dpi: office scans of 300 dpi 1.4 and 0.9 %, for fine print loses
letters; of 200 dpi 1.7, 1.0 and 0.8 %, in colour 1.5, 0.9 and 1.2 %, for print that touches a line is cut off at it; of
150 dpi 2.4, 2.4 and 2.3 %. Fax of 200 dpi has stairs that only grow: 16.1 and 16.7 %. 300 dpi costs up to a sixth more.
"""
_LOOK_DPI = 75
_PAPER_DPI = 12
_INK_SHARE_OF_PAPER = 0.6
"""Darker than this share of the paper around it is ink; what shines through from the back stays lighter."""
_FAINT_SHARE_OF_PAPER = 0.75
"""Faint or blurred writing is darker than this; a page that shows any is not blank."""
_BLANK_INK_SHARE = 0.0002
"""Of an A4 page about 12 mm²: a lone signature is several times that."""
_RIM = round(4 / 25.4 * _LOOK_DPI)
"""No printer reaches the outermost 4 mm; scanners leave their shadow there."""
_EDGE_SHARE = 0.12
_MAX_SKEW_DEGREES = 5.0
_LEAST_SKEW_DEGREES = 0.08
_LEAST_INK = 200
_STRIP = 12
_UNEVEN_SHARE = 0.12
"""Flat-field when the darkest paper is this much darker than the brightest."""
_BLACK, _MIDDLE, _WHITE = 32, 128, 223
_GREY_SHARE = 0.001
"""A page with fewer pixels between black and white than this was sent or scanned without grey."""
_SPECK_PIXELS = 2
_LONELY = 15
"""A dot of a noisy line has at most two pixels and nothing else in a square of so many pixels; thin writing falls into
pieces as small, and a full stop is no larger, but both stand close to other ink."""
_NEAR, _AROUND, _PLACE = 5, 15, 31
"""Sides in pixels of the squares that tell chance from writing: a dot's neighbours, its surroundings, a place."""
_BEYOND_CHANCE = 0.06
"""Dots of a dithered shadow are up to 0.055 likelier beside a dot than around it (measured over a place, share of what
is possible), those of writing amid the darkest shadow 0.1, of writing on paper 0.3 and more."""
_CELL = 62
"""Side in pixels of the squares by which a shadow's depth is looked at."""
_LEAST_SHADE, _MOST_SHADED, _STEP = 0.03, 0.45, 0.12
"""Share of dots from which on a square is in the shadow, share of the page that lies in it, and the largest bend of the
depth between neighbouring squares: dots by chance bend it by up to 0.1, the corner of darker paper by 0.2 and more."""
_SOFTNESS = 0.8
"""Pixels (standard deviation) over which the stairs of black and white are smoothed."""

Ink = NDArray[np.bool_]


def is_blank(raster: Raster) -> bool:
    """Whether nothing but paper, dust, shadow, shine-through and punch holes is on the page; if in doubt, it is not."""
    if _is_bare(raster):
        return True
    return is_bilevel(raster) and _is_dithered_shadow(raster) and _is_bare(_without_dither(raster))


def _is_bare(raster: Raster) -> bool:
    ink = ink_of(raster.look.at(_LOOK_DPI).pixels, _FAINT_SHARE_OF_PAPER)
    ink &= ~_edge_blobs(ink)
    inside = ink[_RIM:-_RIM, _RIM:-_RIM]
    ink = inside if inside.size > ink.size / 2 else ink
    return bool(_without_specks(ink).mean() < _BLANK_INK_SHARE)


def prepare(raster: Raster) -> Raster:
    """Soften black and white, even out uneven light, scale to what is recognised best, and straighten."""
    even = flatten(soften(raster))
    dpi = _work_dpi(raster)
    return _straightened(even, dpi / even.dpi[0], dpi / even.dpi[1])


def _work_dpi(raster: Raster) -> float:
    """What is recognised best, but no more pixels than a page may have."""
    height, width = raster.pixels.shape
    dpi_x, dpi_y = raster.dpi
    is_coarse = min(dpi_x, dpi_y) < _WORK_DPI - 1
    best = _COARSE_DPI if is_coarse and is_bilevel(raster) else _WORK_DPI
    return min(best, math.sqrt(MAX_RENDER_PIXELS * dpi_x * dpi_y / (width * height)))


def soften(raster: Raster) -> Raster:
    """A page in black and white (fax) as grey: without specks and holes, its edges no longer stairs."""
    if not is_bilevel(raster):
        return raster
    ink = raster.pixels < _WHITE
    ink &= _inked_around(ink, _LONELY) > _SPECK_PIXELS
    paper = np.where(ink, np.uint8(0), np.uint8(255))
    return raster.changed(_pixels(cv2.GaussianBlur(paper, (0, 0), _SOFTNESS)), np.eye(3))


def is_bilevel(raster: Raster) -> bool:
    """Whether next to no pixel of the page is neither black nor white."""
    between = cv2.inRange(raster.pixels, _BLACK, _WHITE)
    return cv2.countNonZero(between) < _GREY_SHARE * raster.pixels.size


def _is_dithered_shadow(raster: Raster) -> bool:
    """Whether dots cover the smaller part of a page, from its edge on, and thicken without a step.

    So a machine paints the shadow of a lamp or a lid. Dark paper, a note stuck on the page and a picture are none: what
    stands on them is as hard to tell from dots as the dots of a shadow are from writing.
    """
    rows, columns = (size // _CELL for size in raster.pixels.shape)
    if min(rows, columns) < 4:
        return False
    ink = (raster.pixels[: rows * _CELL, : columns * _CELL] < _MIDDLE).astype(np.float32)
    cells = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA)
    shaded = cells > _LEAST_SHADE
    bend = cv2.Laplacian(cells, cv2.CV_32F)[1:-1, 1:-1]  # beyond the page nobody knows
    if shaded.mean() > _MOST_SHADED or float(np.abs(bend).max()) > _STEP:
        return False
    count, places = cv2.connectedComponents(shaded.astype(np.uint8))
    at_the_edge = {*places[0], *places[-1], *places[:, 0], *places[:, -1]}
    return count > 1 and set(range(1, count)) <= at_the_edge


def _without_dither(raster: Raster) -> Raster:
    """A page in black and white without the dots that stand as chance would have it: what a machine makes of a shadow.

    Strokes, also broken or faint ones, have more dots close to each of their dots than there are around it; where a
    place as a whole has not, its dots are no writing. A shadow's slope cancels out, for a dot stands in the middle.
    """
    ink = (raster.pixels < _MIDDLE).astype(np.float32)
    near, around = (_density(ink, side, beside=True) for side in (_NEAR, _AROUND))
    inked = _density(ink, _PLACE)
    excess = _density((near - around) * ink, _PLACE)
    possible = inked * np.maximum(1 - inked, 0.5)  # few holes in black stand together by chance
    is_writing = (ink > 0) & (excess > _BEYOND_CHANCE * possible)
    return raster.changed(np.where(is_writing, np.uint8(0), np.uint8(255)), np.eye(3))


def flatten(raster: Raster) -> Raster:
    """Divide by the paper's brightness around each pixel, if that varies over the page (gutter, lamp, copy edge)."""
    if not is_uneven(raster):
        return raster
    height, width = raster.pixels.shape
    field = cv2.resize(np.maximum(_paper(raster), 32), (width, height), interpolation=cv2.INTER_CUBIC)
    return raster.changed(_pixels(cv2.divide(raster.pixels, field, scale=255)), np.eye(3))


def is_uneven(raster: Raster) -> bool:
    """Whether the paper is much darker in some places than in others."""
    low, high = np.percentile(_paper(raster), (2, 98))
    return bool(high > 0 and (high - low) / high >= _UNEVEN_SHARE)


def deskew(raster: Raster) -> Raster:
    """Turn by the small angle at which the lines of text are level; untouched where there is none."""
    return _straightened(raster, 1.0, 1.0)


def _straightened(raster: Raster, scale_x: float, scale_y: float) -> Raster:
    """Scaled and deskewed in one step: pixels that are reckoned twice lose edges."""
    skew = skew_degrees(raster)
    angle = -skew if abs(skew) >= _LEAST_SKEW_DEGREES else 0.0
    height, width = raster.pixels.shape
    size = (max(1, round(width * scale_x)), max(1, round(height * scale_y)))
    if size == (width, height) and not angle:
        return raster
    step = turning(angle, *size) @ scaling(size[0] / width, size[1] / height)
    between_middles = shifting(-0.5, -0.5) @ step @ shifting(0.5, 0.5)  # OpenCV counts from the middle of a pixel
    pixels = cv2.warpAffine(raster.pixels, between_middles[:2], size, flags=cv2.INTER_CUBIC, borderValue=255)
    return raster.changed(_pixels(pixels), step)


def skew_degrees(raster: Raster) -> float:
    """By how many degrees the lines sink to the right (clockwise positive), to a twentieth of a degree, at most 5.

    Projection search: at the right angle the rows of ink pixels are sharpest, first by half degrees, then finer.
    """
    ink = _without_specks(ink_of(raster.look.pixels))
    if np.count_nonzero(ink) < _LEAST_INK or ink.shape[1] < _STRIP:
        return 0.0
    strips = _strips(ink)
    best = 0.0
    for reach, step in ((_MAX_SKEW_DEGREES, 0.5), (0.5, 0.1), (0.1, 0.025)):
        angles = best + np.arange(-reach, reach + step / 2, step)
        best = float(max(angles, key=lambda angle: _sharpness(strips, float(angle))))
    return best if abs(best) <= _MAX_SKEW_DEGREES else 0.0


def turn_quarters(raster: Raster, degrees: int) -> Raster:
    """The raster turned clockwise by 90, 180 or 270 degrees; its `rotation` says so."""
    height, width = raster.pixels.shape
    turned = np.ascontiguousarray(np.rot90(raster.pixels, k=-(degrees // 90)))
    return raster.changed(turned, quarter_turn(degrees, width, height), turned=degrees)


def lines_run_upwards(raster: Raster) -> bool:
    """Whether the ink looks sharper in columns than in rows: a page lying on its side."""
    ink = ink_of(raster.look.at(_LOOK_DPI).pixels)
    rows, columns = (np.diff(ink.sum(axis=axis, dtype=np.int64)) for axis in (1, 0))
    return bool((columns**2).sum() > 1.5 * (rows**2).sum())


def _strips(ink: Ink) -> NDArray[np.int64]:
    """How much ink each row has in upright strips, which are so narrow that a skewed line is level in them."""
    height, width = ink.shape
    whole = ink.view(np.uint8)[:, : width // _STRIP * _STRIP] * np.uint8(255)
    strips = cv2.resize(whole, (width // _STRIP, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(strips.T, dtype=np.int64)


def _sharpness(strips: NDArray[np.int64], degrees: float) -> float:
    """How much the rows differ from their neighbours once the strips are moved as the angle wants it."""
    count, height = strips.shape
    down = np.rint(np.tan(np.radians(degrees)) * _STRIP * np.arange(count)).astype(int)
    profile = np.zeros(height + int(np.ptp(down)), dtype=np.int64)
    for strip, start in zip(strips, (down.max() - down).tolist(), strict=True):
        profile[start : start + height] += strip
    return float((np.diff(profile) ** 2).sum())


def _paper(raster: Raster) -> Pixels:
    """The brightness of the paper, one value per 2 mm: the brightest of the neighbourhood, smoothed."""
    return _brightest_around(raster.look.at(_PAPER_DPI).pixels, reach=9, blur=4)


def ink_of(pixels: Pixels, share_of_paper: float = _INK_SHARE_OF_PAPER) -> Ink:
    """Where a page of about 100 dpi is darker than the paper around it; what shines through is not ink."""
    height, width = pixels.shape
    small = cv2.resize(pixels, (max(8, width // 8), max(8, height // 8)), interpolation=cv2.INTER_AREA)
    paper = cv2.convertScaleAbs(_brightest_around(_pixels(small), reach=7, blur=3), alpha=share_of_paper)
    return pixels < cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)


def _brightest_around(pixels: Pixels, *, reach: int, blur: float) -> Pixels:
    return _pixels(cv2.GaussianBlur(cv2.dilate(pixels, _square(reach)), (0, 0), blur))


def _pixels(picture: object) -> Pixels:
    """What OpenCV made of grey pixels is grey pixels again; its annotations do not say so."""
    return np.asarray(picture, dtype=np.uint8)


def _square(side: int) -> Pixels:
    return np.ones((side, side), dtype=np.uint8)


def _inked_around(ink: Ink, side: int) -> NDArray[np.uint8]:
    """For each pixel how many of the square around it are ink (at most 255)."""
    counts = cv2.boxFilter(ink.view(np.uint8), -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return _pixels(counts)


def _density(amount: NDArray[np.float32], side: int, *, beside: bool = False) -> NDArray[np.float32]:
    """The mean over the square around each pixel, with `beside` over all of it but the pixel itself."""
    mean = np.asarray(cv2.boxFilter(amount, -1, (side, side)), dtype=np.float32)
    return (mean * side**2 - amount) / np.float32(side**2 - 1) if beside else mean


def _without_specks(ink: Ink) -> Ink:
    """Ink with at least three dark pixels around it: dust and scanner noise stand alone."""
    return ink & (_inked_around(ink, 3) >= 4)


def _edge_blobs(ink: Ink) -> Ink:
    """Solid dark shapes near the edge: punch holes, staples, the scanner's black border; text strokes are thinner."""
    solid = cv2.dilate(cv2.erode(ink.view(np.uint8), _square(7)), _square(13)) > 0
    height, width = ink.shape
    edge = np.ones_like(ink)
    x, y = int(width * _EDGE_SHARE), int(height * _EDGE_SHARE)
    edge[y : height - y, x : width - x] = False
    return solid & edge
