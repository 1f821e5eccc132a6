"""Pages taken out of a file as a PDF of their own: their pictures as they were coded, nothing painted anew."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, Final, NamedTuple

import pikepdf
from pikepdf import Dictionary, Name, Stream
from PIL import Image

from ocr import images
from ocr.base import UnreadableFile

_G4: Final = 4


class PageWanted(NamedTuple):
    """A page of a file (from 1); `upright` = degrees clockwise that turn the stored page, None to leave it as it is."""

    number: int
    upright: int | None = None


def write_pages(source: BinaryIO, wanted: Sequence[PageWanted], target: BinaryIO, *, is_pdf: bool) -> None:
    """Write these pages of a PDF or image file, in this order; the same input gives the same bytes.

    Raises UnreadableFile("page.missing").
    """
    numbers = [page.number for page in wanted]
    with _pdf_pages(source, numbers) if is_pdf else image_pages(source, numbers) as pdf:
        for page, (_, upright) in zip(pdf.pages, wanted, strict=True):
            if upright is not None:
                page.obj.Rotate = upright
        pdf.save(target, deterministic_id=True)


def write_joined(files: Iterable[BinaryIO], target: BinaryIO) -> None:
    """Write the pages of PDF files one behind the other; the same input gives the same bytes."""
    joined = pikepdf.new()
    for file in files:
        with pikepdf.open(file) as pdf:
            joined.pages.extend(pdf.pages)
    joined.save(target, deterministic_id=True)


def _pdf_pages(source: BinaryIO, numbers: Sequence[int]) -> pikepdf.Pdf:
    source.seek(0)
    taken = pikepdf.new()
    with pikepdf.open(source) as pdf:
        if not all(1 <= number <= len(pdf.pages) for number in numbers):
            raise UnreadableFile("page.missing")
        for number in numbers:
            taken.pages.append(pdf.pages[number - 1])
        return taken


def image_pages(source: BinaryIO, numbers: Sequence[int]) -> pikepdf.Pdf:
    """A PDF that shows these images of a file (from 1), one a page, in the size that they declare."""
    pdf = pikepdf.new()
    declared = images.frames(source)
    if not all(1 <= number <= len(declared) for number in numbers):
        raise UnreadableFile("page.missing")
    for number in numbers:
        frame = declared[number - 1]
        page = pdf.add_blank_page(page_size=(frame.width_pt, frame.height_pt))
        page.obj.Resources = Dictionary(XObject=Dictionary(Scan=_image(pdf, source, number)))
        page.contents_add(f"q {frame.width_pt:.4f} 0 0 {frame.height_pt:.4f} 0 0 cm /Scan Do Q".encode())
    return pdf


def _image(pdf: pikepdf.Pdf, source: BinaryIO, number: int) -> Stream:
    with images.opened_frame(source, number) as image:
        if image.format == "JPEG" and image.mode in ("L", "RGB"):
            source.seek(0)
            return _stream(pdf, source.read(), image, Filter=Name.DCTDecode)
        if (fax := _fax_bytes(source, image)) is not None:
            inverted = bool(image.tag_v2.get(262, 0))  # type: ignore[attr-defined]  # a TIFF has tags
            parameters = Dictionary(K=-1, Columns=image.width, Rows=image.height, BlackIs1=inverted)
            return _stream(pdf, fax, image, Filter=Name.CCITTFaxDecode, DecodeParms=parameters)
        plain = images.plain(image)
        return _stream(pdf, zlib.compress(plain.tobytes(), 6), plain, Filter=Name.FlateDecode)


def _stream(pdf: pikepdf.Pdf, data: bytes, image: Image.Image, **coding: Any) -> Stream:
    space = Name.DeviceRGB if image.mode == "RGB" else Name.DeviceGray
    bits = 1 if image.mode == "1" else 8
    size = {"Width": image.width, "Height": image.height, "BitsPerComponent": bits}
    return Stream(pdf, data, Type=Name.XObject, Subtype=Name.Image, ColorSpace=space, **size, **coding)


def _fax_bytes(source: BinaryIO, image: Image.Image) -> bytes | None:
    """The coded bytes of a G4 frame in one strip and usual bit order; None for everything else."""
    tags = getattr(image, "tag_v2", {})
    offsets, sizes = tags.get(273, ()), tags.get(279, ())
    if image.mode != "1" or tags.get(259) != _G4 or tags.get(266, 1) != 1 or len(offsets) != 1 or len(sizes) != 1:
        return None
    source.seek(offsets[0])
    data = source.read(sizes[0])
    return data if len(data) == sizes[0] else None
