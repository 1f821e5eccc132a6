"""The text a PDF brings along: its words with boxes, and whether they can be trusted, page by page.

Trusted means that nobody would read anything else on the printed page: enough characters, sane ones, painted visibly,
and hardly any ink outside the words (capture specification, 5.1). Everything else is recognised from the picture.
"""

import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

import numpy as np
import pdfplumber
import pypdfium2
import pypdfium2.raw as pdfium_c

from ocr.base import OcrError, PageText, UnreadableFile, Word
from ocr.geometry import clip_box, inverse, map_box, quarter_turn
from ocr.limits import MAX_WORDS_PER_PAGE, POINTS_PER_INCH
from ocr.pdf import opened_page, render

LEAST_CHARACTERS: Final = 50
LEAST_COVERED_SHARE: Final = 0.95
_MOST_BAD_CHARACTERS: Final = 0.01
_LOOK_DPI: Final = 72
_FULL_PAGE_SHARE: Final = 0.8
_INVISIBLE_MODES = {pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP}
_BAD_CATEGORIES = {"Co", "Cn", "Cs", "Cc"}


def read_pages(source: BinaryIO, first: int, last: int) -> list[PageText | None]:
    """Pages `first` to `last` (from 1, both included): their words, or None where the page must be recognised."""
    with _plumbed(source, first, last) as pages:
        return [_trusted(source, page) for page in pages]


@contextmanager
def _plumbed(source: BinaryIO, first: int, last: int) -> Iterator[list[Any]]:
    source.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pdfplumber.open(source, pages=list(range(first, last + 1))) as pdf:  # type: ignore[arg-type]  # any seekable file will do
                yield list(pdf.pages)
    except (OcrError, MemoryError):
        raise
    except Exception as exc:  # pdfminer raises almost anything on damaged files
        raise UnreadableFile("pdf.broken") from exc


def _trusted(source: BinaryIO, plumbed: Any) -> PageText | None:
    text = _page_text(plumbed)
    plumbed.close()
    if text is None or not _sane(text.words):
        return None
    with opened_page(source, text.number) as page:
        if not _painted_visibly(page) or not _covers_the_ink(page, text):
            return None
    return text


def _page_text(page: Any) -> PageText | None:
    """The words in points of the stored page; None where the page has too few characters to matter."""
    if len(page.chars) < LEAST_CHARACTERS:
        return None
    left, top, right, bottom = (float(edge) for edge in page.cropbox)
    width, height = right - left, bottom - top
    rotation = int(page.rotation) % 360
    stored = (height, width) if rotation in (90, 270) else (width, height)
    back = inverse(quarter_turn(rotation, *stored))
    words = []
    for found in page.extract_words(x_tolerance_ratio=0.15, use_text_flow=False)[:MAX_WORDS_PER_PAGE]:
        shown = (found["x0"] - left, found["top"] - top, found["x1"] - left, found["bottom"] - top)
        words.append(Word(found["text"], *clip_box(map_box(back, shown), *stored), 1.0))
    return PageText(page.page_number, stored[0], stored[1], "text-layer", rotation, tuple(words))


def _sane(words: tuple[Word, ...]) -> bool:
    """No private-use, replacement or control characters to speak of: they come of fonts without a sound ToUnicode."""
    text = "".join(word.text for word in words)
    bad = sum(unicodedata.category(char) in _BAD_CATEGORIES or char == "\ufffd" for char in text)
    bad += text.count("(cid:") * 5
    return len(text) >= LEAST_CHARACTERS and bad <= _MOST_BAD_CHARACTERS * len(text)


def _painted_visibly(page: pypdfium2.PdfPage) -> bool:
    """No text that is invisible or lies under a picture of the whole page: that is another machine's recognition."""
    width, height = page.get_size()
    hidden = shown = 0
    for thing in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_TEXT, pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        if thing.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            x0, y0, x1, y1 = thing.get_bounds()
            if (x1 - x0) * (y1 - y0) >= _FULL_PAGE_SHARE * width * height:
                hidden, shown = hidden + shown, 0
        elif pdfium_c.FPDFTextObj_GetTextRenderMode(thing.raw) in _INVISIBLE_MODES:
            hidden += 1
        else:
            shown += 1
    return hidden <= 0.05 * shown


def _covers_the_ink(page: pypdfium2.PdfPage, text: PageText) -> bool:
    return covered_share(page, text) >= LEAST_COVERED_SHARE


def covered_share(page: pypdfium2.PdfPage, text: PageText) -> float:
    """The share of dark pixels that lie in a word's box or belong to a ruled line or an even area."""
    raster = render(page, max_dpi=_LOOK_DPI)
    ink = raster.pixels < 128
    covered = np.zeros_like(ink)
    scale = _LOOK_DPI / POINTS_PER_INCH
    for word in text.words:
        x0, y0, x1, y1 = map_box(raster.to_pixels, (word.x0, word.y0, word.x1, word.y1))
        pad = 1.5 * scale
        covered[max(0, int(y0 - pad)) : int(y1 + pad) + 1, max(0, int(x0 - pad)) : int(x1 + pad) + 1] = True
    total = int(ink.sum())
    return float((ink & covered).sum()) / total if total else 0.0
