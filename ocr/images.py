"""TIFF, JPEG and PNG by Pillow: what a file declares, and the grey pixels of one of its pages.

Declared sizes are checked before anything is decoded; a page list that runs in a circle is refused, not followed.
"""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.base import OcrError, OverLimit, UnreadableFile
from ocr.geometry import scaling
from ocr.limits import (
    MAX_DECLARED_PIXELS,
    MAX_PAGE_SIDE_POINTS,
    MAX_PAGES,
    MAX_RENDER_DPI,
    MAX_RENDER_PIXELS,
    POINTS_PER_INCH,
)
from ocr.raster import Pixels, Raster

Image.MAX_IMAGE_PIXELS = MAX_DECLARED_PIXELS  # Pillow knows no limit per call

_FORMATS = ("TIFF", "JPEG", "PNG")
_A4_LONG_SIDE_INCHES = 297 / 25.4
_LEAST_DPI = 72.0  # a picture of 64 pixels is no page of 5 dpi
_PLAUSIBLE_DPI = (50.0, 2_400.0)
_LONGEST_PLAUSIBLE_INCHES = 48.0  # A0; a camera's "72 dpi" on 4,000 pixels would be longer
_EXIF_ORIENTATION = 0x0112
_TURN_BY_EXIF = {3: 180, 6: 90, 8: 270}


@dataclass(frozen=True)
class Frame:
    """One page of an image file as declared; `rotation` is what the camera or scanner noted (clockwise)."""

    width_px: int
    height_px: int
    dpi_x: float
    dpi_y: float
    rotation: int

    @property
    def width_pt(self) -> float:
        """Width of the stored page in points."""
        return self.width_px / self.dpi_x * POINTS_PER_INCH

    @property
    def height_pt(self) -> float:
        """Height of the stored page in points."""
        return self.height_px / self.dpi_y * POINTS_PER_INCH


def frames(source: BinaryIO) -> list[Frame]:
    """The pages of an image file, in order, without decoding any.

    Raises UnreadableFile("image.broken"),
    OverLimit("image.too_large" | "image.too_many_pages" | "image.page_too_large").
    """
    with _opened(source) as image:
        found = []
        for number in range(_frame_count(source, image)):
            image.seek(number)
            found.append(_checked(image))
        return found


def load_page(source: BinaryIO, number: int, *, max_dpi: float = MAX_RENDER_DPI) -> Raster:
    """Decode page `number` (from 1) to grey at its own resolution, at most `max_dpi` and 40 million pixels.

    Raises as `frames`; UnreadableFile("page.missing") where the file has no such page.
    """
    with _opened(source) as image:
        _go_to(source, image, number)
        frame = _checked(image)
        image.draft("L", image.size)
        grey = _grey(image)
        width, height = _target_size(frame, max_dpi)
        if (width, height) != grey.size:
            grey = grey.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)
        return Raster(
            pixels=np.asarray(grey, dtype=np.uint8),
            to_pixels=scaling(width / frame.width_pt, height / frame.height_pt),
            width_pt=frame.width_pt,
            height_pt=frame.height_pt,
            rotation=frame.rotation,
        )


def load_picture(source: BinaryIO, number: int, *, max_dpi: float) -> Image.Image:
    """Decode page `number` (from 1) in colour for a person's eyes, at most `max_dpi`, as stored (not turned)."""
    with _opened(source) as image:
        _go_to(source, image, number)
        frame = _checked(image)
        size = _target_size(frame, max_dpi)
        image.draft("RGB", size)
        return _on_white(image).convert("RGB").resize(size, Image.Resampling.BOX, reducing_gap=2.0)


@contextmanager
def opened_frame(source: BinaryIO, number: int) -> Iterator[Image.Image]:
    """Page `number` (from 1) as Pillow opens it, its declared size checked, nothing decoded yet."""
    with _opened(source) as image:
        _go_to(source, image, number)
        _checked(image)
        yield image


def plain(image: Image.Image) -> Image.Image:
    """The same picture as a PDF can show it: black and white, grey or RGB, on white where it is transparent."""
    flat = _on_white(image)
    return flat if flat.mode in ("1", "L", "RGB") else flat.convert("RGB")


def _go_to(source: BinaryIO, image: Image.Image, number: int) -> None:
    if not 1 <= number <= _frame_count(source, image):
        raise UnreadableFile("page.missing")
    image.seek(number - 1)


@contextmanager
def _opened(source: BinaryIO) -> Iterator[Image.Image]:
    """The image, and every complaint of the decoder as one of our errors."""
    source.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=_FORMATS) as image:
                yield image
    except (OcrError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise OverLimit("image.too_large") from exc
    except Exception as exc:  # decoders raise almost anything on damaged bytes: struct.error, KeyError, SyntaxError ...
        raise UnreadableFile("image.broken") from exc


def _frame_count(source: BinaryIO, image: Image.Image) -> int:
    if image.format != "TIFF":
        return 1
    at = source.tell()
    count = _tiff_pages(source)
    source.seek(at)
    return count


def _tiff_pages(source: BinaryIO) -> int:
    """Follow the chain of directories; each must lie in the file and be met once (TIFF 6.0, section 2; BigTIFF)."""
    source.seek(0)
    head = source.read(16)
    order = "<" if head[:2] == b"II" else ">"
    big = struct.unpack(order + "H", head[2:4])[0] == 43
    count_format, entry_bytes, offset_format = ("Q", 20, "Q") if big else ("H", 12, "I")
    (offset,) = struct.unpack_from(order + offset_format, head, 8 if big else 4)
    seen: set[int] = set()
    while offset:
        if offset in seen:
            raise UnreadableFile("image.broken")
        seen.add(offset)
        if len(seen) > MAX_PAGES:
            raise OverLimit("image.too_many_pages")
        source.seek(offset)
        (entries,) = _unpack(source, order + count_format)
        source.seek(entries * entry_bytes, 1)
        (offset,) = _unpack(source, order + offset_format)
    return len(seen)


def _unpack(source: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, source.read(struct.calcsize(layout)))


def _checked(image: Image.Image) -> Frame:
    width, height = image.size
    if width * height > MAX_DECLARED_PIXELS:
        raise OverLimit("image.too_large")
    dpi_x, dpi_y = _resolution(image)
    frame = Frame(width, height, dpi_x, dpi_y, _noted_turn(image))
    if max(frame.width_pt, frame.height_pt) > MAX_PAGE_SIDE_POINTS:
        raise OverLimit("image.page_too_large")
    return frame


def _resolution(image: Image.Image) -> tuple[float, float]:
    """The declared resolution if it is plausible, else that of an A4 page by its long side, at least 72 dpi."""
    width, height = image.size
    try:
        dpi_x, dpi_y = (float(value) for value in image.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        dpi_x = dpi_y = 0.0
    low, high = _PLAUSIBLE_DPI
    sane = low <= dpi_x <= high and low <= dpi_y <= high
    if sane and max(width / dpi_x, height / dpi_y) <= _LONGEST_PLAUSIBLE_INCHES:
        return dpi_x, dpi_y
    a4 = max(_LEAST_DPI, max(width, height) / _A4_LONG_SIDE_INCHES)
    return a4, a4


def _noted_turn(image: Image.Image) -> int:
    return _TURN_BY_EXIF.get(image.getexif().get(_EXIF_ORIENTATION, 1), 0)


def _target_size(frame: Frame, max_dpi: float) -> tuple[int, int]:
    scale_x, scale_y = min(1.0, max_dpi / frame.dpi_x), min(1.0, max_dpi / frame.dpi_y)
    pixels = frame.width_px * scale_x * frame.height_px * scale_y
    shrink = min(1.0, (MAX_RENDER_PIXELS / pixels) ** 0.5)
    return (
        max(1, round(frame.width_px * scale_x * shrink)),
        max(1, round(frame.height_px * scale_y * shrink)),
    )


def _grey(image: Image.Image) -> Image.Image:
    return _on_white(image).convert("L")


def _levels(light: NDArray[np.floating]) -> Pixels:
    """Brightness as fractions of white, or as levels of 255 where it is more."""
    white = 1.0 if light.max(initial=0.0) <= 1.0 else 255.0
    return ((light / white).clip(0, 1) * 255).astype(np.uint8)


def _on_white(image: Image.Image) -> Image.Image:
    """Transparent places become paper; 16-bit and floating grey become 8-bit (Pillow would clip it)."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8))
    if image.mode == "F":
        return Image.fromarray(_levels(np.nan_to_num(np.asarray(image))))
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image
