"""PDF: what the file declares and hides (pikepdf), and its pages as pictures (pdfium).

A page is its visible part (crop box within media box) before `/Rotate`; boxes count from its top left corner.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import hypot
from typing import BinaryIO

import numpy as np
import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium_c
from PIL import Image

from ocr.base import OcrError, OverLimit, UnreadableFile
from ocr.geometry import quarter_turn, scaling
from ocr.hazards import hazards
from ocr.limits import (
    MAX_OBJECT_DEPTH,
    MAX_PAGE_SIDE_POINTS,
    MAX_PAGES,
    MAX_RENDER_DPI,
    MAX_RENDER_PIXELS,
    POINTS_PER_INCH,
)
from ocr.raster import Raster

_END_MARK_BYTES = 4_096
_FILLED = 0.9
_LEAST_DPI = 150.0
"""A coarser picture may lie below finer text."""
_A_HAIR_LESS = 1 - 1e-6
"""So that rounding up to whole pixels adds none: the picture would be scaled, and black and white become grey."""
_DEFAULT_SIZE = (612.0, 792.0)  # what pdfium takes where a page names no usable box


@dataclass(frozen=True)
class PdfFacts:
    """What a PDF says about itself; sizes are (width, height) in points, `rotations` the pages' own `/Rotate`."""

    sizes: tuple[tuple[float, float], ...]
    rotations: tuple[int, ...]
    hazards: tuple[str, ...]
    encrypted: bool


def examine(source: BinaryIO) -> PdfFacts:
    """Page count and sizes within the limits, active content, encryption.

    An owner password alone does not hinder reading.
    Raises UnreadableFile("pdf.encrypted" | "pdf.broken" | "pdf.empty" | "pdf.page_count_differs"),
    OverLimit("pdf.too_many_pages" | "pdf.page_too_large").
    """
    _require_end_mark(source)
    with _pikepdf(source) as pdf:
        count = len(pdf.pages)
        if count == 0:
            raise UnreadableFile("pdf.empty")
        if count > MAX_PAGES:
            raise OverLimit("pdf.too_many_pages")
        sizes = tuple(_size(page) for page in pdf.pages)
        rotations = tuple(_own_rotation(page) for page in pdf.pages)
        facts = PdfFacts(sizes, rotations, hazards(pdf, source), bool(pdf.is_encrypted))
    with opened(source) as document:
        if len(document) != count:
            raise UnreadableFile("pdf.page_count_differs")
    return facts


def page_count(source: BinaryIO) -> int:
    """How many pages pdfium finds. Raises OverLimit("pdf.too_many_pages")."""
    with opened(source) as document:
        if len(document) > MAX_PAGES:
            raise OverLimit("pdf.too_many_pages")
        return len(document)


@contextmanager
def opened(source: BinaryIO) -> Iterator[pypdfium2.PdfDocument]:
    """The document in pdfium, its refusals as ours."""
    source.seek(0)
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as exc:
        encrypted = "password" in str(exc).lower()
        raise UnreadableFile("pdf.encrypted" if encrypted else "pdf.broken") from exc
    try:
        yield document
    except pypdfium2.PdfiumError as exc:
        raise UnreadableFile("pdf.broken") from exc
    finally:
        document.close()


@contextmanager
def opened_page(source: BinaryIO, number: int) -> Iterator[pypdfium2.PdfPage]:
    """Page `number` (from 1) in pdfium, its size checked before anything is painted."""
    with opened(source) as document:
        if not 1 <= number <= len(document):
            raise UnreadableFile("page.missing")
        page = document[number - 1]
        try:
            if not 0 < min(page.get_size()) <= max(page.get_size()) <= MAX_PAGE_SIDE_POINTS:
                raise OverLimit("pdf.page_too_large")
            yield page
        finally:
            page.close()


def render(page: pypdfium2.PdfPage, *, max_dpi: float = MAX_RENDER_DPI) -> Raster:
    """Paint a page in grey as it is shown (its `/Rotate` applied), with at most `max_dpi` and 40 million pixels.

    A page that is one picture has the resolution of the picture: scaled up, a fax looks like a grey scan.
    """
    rotation = page.get_rotation() % 360
    shown_width, shown_height = page.get_size()
    stored = (shown_height, shown_width) if rotation in (90, 270) else (shown_width, shown_height)
    picture = _paint(page, min(max_dpi, _own_dpi(page) or max_dpi), grey=True)
    to_pixels = scaling(picture.width / shown_width, picture.height / shown_height)
    return Raster(
        pixels=np.asarray(picture.convert("L"), dtype=np.uint8),
        to_pixels=to_pixels @ quarter_turn(rotation, *stored),
        width_pt=stored[0],
        height_pt=stored[1],
        rotation=rotation,
    )


def _own_dpi(page: pypdfium2.PdfPage) -> float | None:
    """Pixels per inch of the picture that fills the page, of the finer axis; None where there is more to see."""
    seen = [found for found in page.get_objects(max_depth=1) if not _is_hidden_text(found)]
    if len(seen) != 1 or not isinstance(seen[0], pypdfium2.PdfImage):
        return None
    a, b, c, d, *_ = seen[0].get_matrix().get()
    sides, (width, height) = (hypot(a, b), hypot(c, d)), page.get_size()
    if sides[0] * sides[1] < _FILLED * width * height:
        return None
    across, down = (pixels / side * POINTS_PER_INCH for pixels, side in zip(seen[0].get_px_size(), sides, strict=True))
    return max(_LEAST_DPI, float(across), float(down)) * _A_HAIR_LESS


def _is_hidden_text(found: pypdfium2.PdfObject) -> bool:
    """Whether this is the text that another reader laid over its scan."""
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(found) if found.type == pdfium_c.FPDF_PAGEOBJ_TEXT else None
    return bool(mode == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE)


def paint(page: pypdfium2.PdfPage, *, max_dpi: float) -> Image.Image:
    """A page in colour as it is shown, for a person's eyes."""
    return _paint(page, max_dpi, grey=False).convert("RGB")


def _paint(page: pypdfium2.PdfPage, max_dpi: float, *, grey: bool) -> Image.Image:
    width, height = page.get_size()
    scale = min(max_dpi / POINTS_PER_INCH, (MAX_RENDER_PIXELS / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=grey, may_draw_forms=False)
    try:
        picture: Image.Image = bitmap.to_pil()
        return picture.copy()
    finally:
        bitmap.close()


def _require_end_mark(source: BinaryIO) -> None:
    """A file cut off in transit has no end mark; parsers repair it silently and lose its last pages."""
    end = source.seek(0, 2)
    source.seek(max(0, end - _END_MARK_BYTES))
    if b"%%EOF" not in source.read(_END_MARK_BYTES):
        raise UnreadableFile("pdf.broken")


@contextmanager
def _pikepdf(source: BinaryIO) -> Iterator[pikepdf.Pdf]:
    source.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pikepdf.open(source, suppress_warnings=True) as pdf:
                yield pdf
    except (OcrError, MemoryError):
        raise
    except pikepdf.PasswordError as exc:
        raise UnreadableFile("pdf.encrypted") from exc
    except Exception as exc:  # damaged objects surface as PdfError, ValueError, KeyError, TypeError, RecursionError ...
        raise UnreadableFile("pdf.broken") from exc


def _size(page: pikepdf.Page) -> tuple[float, float]:
    media = _box(page, "/MediaBox") or (0.0, 0.0, *_DEFAULT_SIZE)
    crop = _box(page, "/CropBox") or media
    x0, y0 = max(media[0], crop[0]), max(media[1], crop[1])
    x1, y1 = min(media[2], crop[2]), min(media[3], crop[3])
    if x1 <= x0 or y1 <= y0:
        x0, y0, x1, y1 = media
    if max(x1 - x0, y1 - y0) > MAX_PAGE_SIDE_POINTS:
        raise OverLimit("pdf.page_too_large")
    return x1 - x0, y1 - y0


def _box(page: pikepdf.Page, key: str) -> tuple[float, float, float, float] | None:
    value = _inherited(page, key)
    if not isinstance(value, pikepdf.Array) or len(value) != 4:
        return None
    x0, y0, x1, y1 = (float(edge) for edge in value)
    box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return box if box[2] > box[0] and box[3] > box[1] else None


def _own_rotation(page: pikepdf.Page) -> int:
    value = _inherited(page, "/Rotate")
    return round(float(str(value)) / 90) * 90 % 360 if value is not None else 0


def _inherited(page: pikepdf.Page, key: str) -> object:
    """An attribute of the page or the nearest of its parents (ISO 32000-1, 7.7.3.4); a circle of parents ends."""
    node = page.obj
    for _ in range(MAX_OBJECT_DEPTH):
        if key in node:
            return node[key]
        parent = node.get("/Parent")
        if not isinstance(parent, pikepdf.Dictionary):
            return None
        node = parent
    return None
