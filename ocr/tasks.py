"""What may be done with untrusted files: pure functions for a limited child process.

Each takes a seekable binary file and an empty private folder and gives plain data; files left in the folder are results
too. A refusal of the content is an `OcrError` with a stable `code`.
"""

import importlib
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, TypedDict

from PIL import Image

from ocr import archive, images, pdf, text_layer
from ocr.answers import Description, PageFacts, Picture, TextLayer
from ocr.base import PageJson, UnreadableFile
from ocr.cascade import Judge
from ocr.engines import DEFAULT_ENGINE, engine, load_networks
from ocr.limits import MAX_VIEW_DPI, THUMBNAIL_PIXELS
from ocr.packing import unpacked, unpacked_files
from ocr.pages import PageWanted, write_joined, write_pages
from ocr.raster import Raster
from ocr.recognition import recognise

_MAGIC: Final = (
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
)
_PDF_HEAD_BYTES: Final = 1_024  # readers accept the mark anywhere in the first kilobyte
_JPEG_QUALITY: Final = 80


def preload() -> None:
    """Import the engines, and what Pillow and numpy import when the first image is read.

    A child of the jail cannot read the folders of the environment, and would call every scan broken.
    """
    Image.init()
    for name in ("PIL.ImageFile", "PIL.MpoImagePlugin", "PIL.TiffImagePlugin", "numpy.ma", "ocr.tesseract"):
        importlib.import_module(name)


def warm_up(reader: str = DEFAULT_ENGINE, **_: object) -> bool:
    """Load the networks before `read_page` if this reader needs them; whether that was done."""
    return load_networks(reader)


def describe(source: BinaryIO, scratch: Path) -> Description:
    """Format, pages and hazards; cheap, decodes nothing. Raises `OcrError` for what cannot be read at all."""
    kind = file_format(source)
    if kind == "pdf":
        facts = pdf.examine(source)
        pages = [_page_facts(size, None, rotation) for size, rotation in zip(facts.sizes, facts.rotations, strict=True)]
        return _description(kind, pages, list(facts.hazards), facts.encrypted)
    frames = images.frames(source)
    sizes = [((f.width_pt, f.height_pt), (f.width_px, f.height_px), f.rotation) for f in frames]
    return _description(kind, [_page_facts(*size) for size in sizes], [], False)


def read_text_layer(source: BinaryIO, scratch: Path, first: int = 1, last: int | None = None) -> TextLayer:
    """The words of pages `first` to `last` (from 1; None = the last) where the file itself holds them reliably.

    Images hold none. A child has ten CPU seconds: ask for a long file in parts.
    """
    if file_format(source) != "pdf":
        count = len(images.frames(source)) if last is None else last
        return {"pages": [None] * (count - first + 1)}
    pages = text_layer.read_pages(source, first, last or pdf.page_count(source))
    return {"pages": [page.as_json() if page else None for page in pages]}


def read_page(
    source: BinaryIO,
    scratch: Path,
    page: int,
    reader: str = DEFAULT_ENGINE,
    upright: int | None = None,
    *,
    judge: Judge | None = None,
) -> PageJson:
    """Decode page `page` (from 1) once, prepare it, recognise it; boxes in points of the stored page.

    `reader` names the engine (`ocr.engines`); `upright` = degrees clockwise that turn the stored page upright, where
    somebody knows: then it is read that way up and no other. `judge` is for the cascade.
    """
    chosen = engine(reader, judge=judge)
    return recognise(_raster(source, page), page, chosen, scratch, upright=upright).as_json()


class WrittenFile(TypedDict):
    """The size of the file that was left in the folder."""

    bytes: int


def make_archive(source: BinaryIO, scratch: Path, at: str) -> WrittenFile:
    """Write `archive.pdf` (PDF/A-2b) from an original and its reading (`ocr.packing.packed`); `at` = its ISO date."""
    original, pages = unpacked(source)
    target = scratch / "archive.pdf"
    with target.open("wb") as file:
        is_pdf = file_format(original) == "pdf"
        archive.write_archive(original, pages, file, is_pdf=is_pdf, at=datetime.fromisoformat(at))
    return {"bytes": target.stat().st_size}


def take_pages(source: BinaryIO, scratch: Path, numbers: str) -> WrittenFile:
    """Write `part.pdf` from the pages of a file whose `numbers` (from 1) stand between commas.

    ``3:90`` is page 3, shown turned clockwise by 90 degrees from how it is stored.
    """
    target = scratch / "part.pdf"
    with target.open("wb") as file:
        wanted = [_page_wanted(number) for number in numbers.split(",")]
        write_pages(source, wanted, file, is_pdf=file_format(source) == "pdf")
    return {"bytes": target.stat().st_size}


def _page_wanted(text: str) -> PageWanted:
    number, _, upright = text.partition(":")
    return PageWanted(int(number), int(upright) if upright else None)


def join_files(source: BinaryIO, scratch: Path) -> WrittenFile:
    """Write `part.pdf` from the pages of several PDF files (`ocr.packing.packed_files`), one behind the other."""
    target = scratch / "part.pdf"
    with target.open("wb") as file:
        write_joined(unpacked_files(source), file)
    return {"bytes": target.stat().st_size}


def render_page(source: BinaryIO, scratch: Path, page: int, max_dpi: int, rotation: int | None = None) -> Picture:
    """Write `page.jpg` (at most 150 dpi) and `thumbnail.jpg`, turned clockwise by `rotation` from the stored page.

    `rotation` is what reading the page gave; None takes the file's own word for it. Boxes of the stored page are laid
    over the picture by `ocr.geometry.turn_box`.
    """
    dpi = min(max_dpi, MAX_VIEW_DPI)
    if file_format(source) == "pdf":
        with pdf.opened_page(source, page) as opened:
            shown, noted = pdf.paint(opened, max_dpi=dpi), opened.get_rotation() % 360
            size = opened.get_size()
            stored = size[::-1] if noted in (90, 270) else size
            applied = noted
    else:
        frame = images.frames(source)[page - 1] if page >= 1 else None
        if frame is None:
            raise UnreadableFile("page.missing")
        shown, noted, applied = images.load_picture(source, page, max_dpi=dpi), frame.rotation, 0
        stored = (frame.width_pt, frame.height_pt)
    wanted = (noted if rotation is None else rotation) % 360
    upright = _turned(shown, (wanted - applied) % 360)
    _save(upright, scratch)
    width_pt, height_pt = stored[::-1] if wanted in (90, 270) else stored
    return {
        "width_px": upright.width,
        "height_px": upright.height,
        "width_pt": round(width_pt, 2),
        "height_pt": round(height_pt, 2),
        "rotation": wanted,
    }


def file_format(source: BinaryIO) -> str:
    """`pdf`, `tiff`, `jpeg` or `png` by the first bytes. Raises UnreadableFile("format.unknown")."""
    source.seek(0)
    head = source.read(_PDF_HEAD_BYTES)
    source.seek(0)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if b"%PDF-" in head:
        return "pdf"
    raise UnreadableFile("format.unknown")


def _raster(source: BinaryIO, page: int) -> Raster:
    if file_format(source) != "pdf":
        return images.load_page(source, page)
    with pdf.opened_page(source, page) as opened:
        return pdf.render(opened)


def _turned(picture: Image.Image, degrees: int) -> Image.Image:
    return picture.rotate(-degrees, expand=True) if degrees else picture


def _save(picture: Image.Image, scratch: Path) -> None:
    picture.save(scratch / "page.jpg", quality=_JPEG_QUALITY, optimize=True)
    small = picture.copy()
    small.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
    small.save(scratch / "thumbnail.jpg", quality=_JPEG_QUALITY)


def _page_facts(size_pt: tuple[float, float], size_px: tuple[int, int] | None, rotation: int) -> PageFacts:
    width_px, height_px = size_px or (None, None)
    return {
        "width_pt": round(size_pt[0], 2),
        "height_pt": round(size_pt[1], 2),
        "width_px": width_px,
        "height_px": height_px,
        "rotation": rotation,
    }


def _description(kind: str, pages: list[PageFacts], hazards: list[str], encrypted: bool) -> Description:
    return {"format": kind, "page_count": len(pages), "pages": pages, "hazards": hazards, "encrypted": encrypted}
