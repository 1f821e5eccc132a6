"""The text a PDF brings along: its words with boxes, and whether they can be trusted, page by page.

Trusted means that nobody would read anything else on the printed page: enough characters, sane ones, painted visibly,
and hardly any ink outside the words (capture specification, 5.1). Everything else is recognised from the picture.
"""

import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

import numpy as np
import pdfplumber
import pypdfium2
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from ocr.base import OcrError, PageText, UnreadableFile, Word
from ocr.boxes import Box, clip_box
from ocr.geometry import inverse, map_box, quarter_turn
from ocr.limits import MAX_WORDS_PER_PAGE
from ocr.pdf import opened_page, render

LEAST_CHARACTERS: Final = 50
LEAST_COVERED_SHARE: Final = 0.95
_MOST_BAD_CHARACTERS: Final = 0.01
_LOOK_DPI: Final = 72
_DARK: Final = 128
_PAD: Final = 1.5
_RUN: Final = 25
_LOGO_SHARE: Final = 0.12
_FULL_PAGE_SHARE: Final = 0.8
_INVISIBLE_MODES = {pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP}
_BAD_CATEGORIES = {"Co", "Cn", "Cs", "Cc"}

_DIRECTIONS: Final[dict[int, dict[str, str]]] = {
    0: {},
    90: {"line_dir_rotated": "ltr", "char_dir_rotated": "btt"},
    180: {"line_dir": "btt", "char_dir": "rtl"},
    270: {"line_dir_rotated": "rtl", "char_dir_rotated": "ttb"},
}
"""How pdfplumber is to follow text that must be turned clockwise by so many degrees to stand upright."""

Ink = NDArray[np.bool_]


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
    pictures = _small_pictures(plumbed) if text else []
    plumbed.close()
    if text is None or not _sane(text.words):
        return None
    with opened_page(source, text.number) as page:
        if not _painted_visibly(page) or covered_share(page, text, pictures) < LEAST_COVERED_SHARE:
            return None
    return text


def _page_text(page: Any) -> PageText | None:
    """The words in points of the stored page; None where the page has too few characters to matter."""
    if len(page.chars) < LEAST_CHARACTERS:
        return None
    turn = _reading_turn(page)
    found = page.extract_words(x_tolerance_ratio=0.15, **_DIRECTIONS[turn])[:MAX_WORDS_PER_PAGE]
    words = tuple(Word(word["text"], *_stored_box(page, word), 1.0) for word in found)
    return PageText(page.page_number, *_stored_size(page), "text-layer", (int(page.rotation) + turn) % 360, words)


def _reading_turn(page: Any) -> int:
    """Degrees clockwise that turn the shown page so that most of its characters stand upright."""
    votes = Counter(
        (0 if a > 0 else 180) if abs(a) >= abs(b) else (90 if b > 0 else 270)
        for a, b in (char["matrix"][:2] for char in page.chars)
    )
    return votes.most_common(1)[0][0]


def _stored_size(page: Any) -> tuple[float, float]:
    left, top, right, bottom = (float(edge) for edge in page.cropbox)
    width, height = right - left, bottom - top
    return (height, width) if int(page.rotation) % 180 else (width, height)


def _stored_box(page: Any, thing: dict[str, Any]) -> Box:
    """From pdfplumber's coordinates (page as shown, media box) to the stored page within its crop box."""
    left, top = float(page.cropbox[0]), float(page.cropbox[1])
    shown = (thing["x0"] - left, thing["top"] - top, thing["x1"] - left, thing["bottom"] - top)
    stored = _stored_size(page)
    back = inverse(quarter_turn(int(page.rotation), *stored))
    return clip_box(map_box(back, shown), *stored)


def _small_pictures(page: Any) -> list[Box]:
    """Logos and the like: what stands in them need not be searchable; a larger picture may be a pasted-in scan."""
    width, height = _stored_size(page)
    boxes = [_stored_box(page, image) for image in page.images]
    return [box for box in boxes if (box[2] - box[0]) * (box[3] - box[1]) <= _LOGO_SHARE * width * height]


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


def covered_share(page: pypdfium2.PdfPage, text: PageText, pictures: Sequence[Box] = ()) -> float:
    """The share of the ink that lies in words' boxes; rules, even areas and small `pictures` (logos) do not count."""
    raster = render(page, max_dpi=_LOOK_DPI)
    ink = raster.pixels < _DARK
    ink &= ~(_runs(ink) | _runs(ink.T).T)
    for box in pictures:
        _fill(ink, map_box(raster.to_pixels, box), False)
    covered = np.zeros_like(ink)
    for word in text.words:
        _fill(covered, map_box(raster.to_pixels, (word.x0, word.y0, word.x1, word.y1)), True)
    total = int(ink.sum())
    return float((ink & covered).sum()) / total if total else 1.0


def _fill(mask: Ink, box: Box, value: bool) -> None:
    """Set a box and a point and a half around it: anti-aliasing and slanted letters reach out of the font's box."""
    x0, y0, x1, y1 = box
    mask[max(0, int(y0 - _PAD)) : int(y1 + _PAD) + 1, max(0, int(x0 - _PAD)) : int(x1 + _PAD) + 1] = value


def _runs(ink: Ink) -> Ink:
    """Dark pixels that belong to an unbroken horizontal run of 25 pt or more: rules and areas, never letters."""
    width = ink.shape[1]
    if width < _RUN:
        return np.zeros_like(ink)
    sums = np.cumsum(np.pad(ink, ((0, 0), (1, 0))), axis=1)
    starts: Ink = (sums[:, _RUN:] - sums[:, :-_RUN]) == _RUN
    ends: NDArray[np.int64] = np.cumsum(np.pad(starts, ((0, 0), (_RUN, _RUN - 1))), axis=1)
    within: Ink = ends[:, _RUN:] > ends[:, :-_RUN]
    return within
