"""Stacks of paper as a careless office scans them: letters, sheets scanned badly, blank backs, foreign codes."""

import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ocr import images, pdf
from ocr.base import PageJson, Reading
from ocr.recognition import recognise
from ocr.recorded import Recorded
from ocr.sheet_page import sheet_page
from ocr.sheets import Sheet

DPI = 150
A4 = (1240, 1754)
FOREIGN = ("https://example.org/AKTENLAUF", "BCD\n002\n1\nSCT\n\nA\nB\nEUR1", "AKTENLAUF/1/a/b/c/00000000")


@dataclass
class Stack:
    """Its pages as pictures, which of them are sheets, and the parts that a person would make (page numbers from 1)."""

    pages: list[Image.Image] = field(default_factory=list)
    sheets: list[int] = field(default_factory=list)
    parts: list[tuple[int, ...]] = field(default_factory=list)


def letter(text: str) -> Image.Image:
    page = Image.new("L", A4, 255)
    font = ImageFont.load_default(size=28)
    for number in range(12):
        ImageDraw.Draw(page).text((120, 200 + 60 * number), f"{text} {number}: Bescheid der Gemeinde", 0, font=font)
    return page


def with_foreign_code(page: Image.Image, text: str) -> Image.Image:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    picture = Image.fromarray(np.asarray(zxingcpp.write_barcode_to_image(code, scale=4)))
    marked = page.copy()
    marked.paste(picture, (800, 1300))
    return marked


def sheet(said: Sheet) -> Image.Image:
    with pdf.opened_page(io.BytesIO(sheet_page(said, "Trennblatt", (said.station,))), 1) as page:
        return pdf.paint(page, max_dpi=DPI).convert("L").resize(A4)


def badly(page: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Skewed, blurred, faint, noisy, shadowed at an edge; sometimes upside down, sometimes in black and white."""
    turned = page.rotate(float(chance.normal(0, 1.2)), fillcolor=255, resample=Image.Resampling.BICUBIC)
    if chance.random() < 0.1:
        turned = turned.rotate(180)
    blurred = turned.filter(ImageFilter.GaussianBlur(float(chance.uniform(0, 1.1))))
    grey = np.asarray(blurred, dtype=np.float32) * float(chance.uniform(0.6, 0.9)) + float(chance.uniform(15, 25))
    grey *= np.linspace(1, float(chance.uniform(0.7, 1)), grey.shape[1], dtype=np.float32)
    grey += chance.standard_normal(grey.shape, dtype=np.float32) * np.float32(chance.uniform(2, 9))
    if chance.random() < 0.15:
        grey = np.where(grey > np.percentile(grey, 90) * 0.7, 255, 0)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def facts(number: int, picture: Image.Image) -> PageJson:
    """What reading a page of a stack says of it, but for its words."""
    file = io.BytesIO()
    picture.save(file, format="JPEG", quality=75, dpi=(DPI, DPI))
    nothing_read = Recorded(Reading((), "recorded"))
    return recognise(images.load_page(file, 1), number, nothing_read, Path()).as_json()


def made(seed: int) -> Stack:
    """A stack of two to four documents with sheets between them; duplex or not, as the seed will have it."""
    chance = np.random.default_rng(seed)
    stack, is_duplex = Stack(), bool(chance.random() < 0.5)
    for number in range(int(chance.integers(2, 5))):
        if number or chance.random() < 0.5:
            stack.sheets.append(len(stack.pages) + 1)
            _put(stack, sheet(Sheet(f"amt{seed}", "letter")), chance, back=is_duplex)
        first = len(stack.pages) + 1
        for leaf in range(int(chance.integers(1, 3))):
            page = letter(f"Brief {number} Blatt {leaf}")
            if chance.random() < 0.3:
                page = with_foreign_code(page, str(chance.choice(FOREIGN)))
            _put(stack, page, chance, back=is_duplex)
        stack.parts.append(tuple(range(first, len(stack.pages) + 1)))
    return stack


def _put(stack: Stack, page: Image.Image, chance: np.random.Generator, *, back: bool) -> None:
    stack.pages.append(badly(page, chance))
    if back:
        stack.pages.append(badly(Image.new("L", A4, 255), chance))


def scanned(*pages: Image.Image, kind: str = "PDF") -> bytes:
    """The pictures as a scanner delivers them: one file, PDF or TIFF."""
    file = io.BytesIO()
    first, *others = (page.copy() for page in pages)  # Pillow notes on a picture how it was saved last
    options = {"resolution": DPI} if kind == "PDF" else {"dpi": (DPI, DPI)}
    first.save(file, format=kind, save_all=True, append_images=others, **options)
    return file.getvalue()


def with_broken_frame(path: Path, number: int) -> bytes:
    """The file with the coded pixels of one frame (from 0) overwritten."""
    with Image.open(path) as picture:
        picture.seek(number)
        tags = picture.tag_v2  # type: ignore[attr-defined]  # a TIFF has tags
        places = list(zip(tags[273], tags[279], strict=True))
    data = bytearray(path.read_bytes())
    for offset, size in places:
        data[offset : offset + size] = b"\x00" * size
    return bytes(data)
