"""The archive copy of a scan: its untouched page images with the words on them as invisible text, as PDF/A-2b.

Nothing visible is made anew: a PDF keeps its pages, a JPEG and a fax (G4) keep their coded bytes, other images their
pixels. The same input gives the same bytes. What does not pass the check of the written bytes is no archive copy.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any, BinaryIO, Final

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pikepdf import Array, Dictionary, Name, pdfa
from PIL import Image

from ocr.base import OverLimit, PageJson, UnreadableFile, WordJson
from ocr.limits import MAX_ARCHIVE_BYTES
from ocr.pages import image_pages

FLAVOUR: Final = "2b"
_ADVANCE: Final = 0.5
"""Width of every character of the font, in its size."""
_FONT_NAME: Final = Name("/AktenlaufText")
_RECOGNISED: Final = frozenset({"tesseract", "rapidocr", "mixed", "blank"})
_ACTIVE: Final = ("/OpenAction", "/AA")
"""What a file does when it is opened: nothing in an archive."""
_FONT_DATE: Final = 3_800_000_000
"""Seconds since 1904, as TrueType counts; any fixed time will do."""


def warm_up(**_: object) -> bool:
    """Make a copy of next to nothing: the font and what the check builds once are the same for all copies."""
    picture = io.BytesIO()
    Image.new("L", (8, 8)).save(picture, format="PNG")
    page = PageJson(number=1, width_pt=1, height_pt=1, source="blank", rotation=0, words=[["a", 0, 0, 1, 1, 1.0]])
    write_archive(picture, [page], io.BytesIO(), is_pdf=False, at=datetime.fromtimestamp(0, UTC))
    return True


def write_archive(
    original: BinaryIO, pages: Sequence[PageJson], target: BinaryIO, *, is_pdf: bool, at: datetime
) -> None:
    """Write the archive copy of a read file; `at` is the date that it carries.

    Raises UnreadableFile("archive.not_conforming") where no PDF/A can be made of it without changing what is seen,
    OverLimit("archive.too_large").
    """
    pdf = pikepdf.open(original) if is_pdf else image_pages(original, range(1, len(pages) + 1))
    with pdf:
        font = _font(pdf)
        for page, read in zip(pdf.pages, pages, strict=True):
            if read["source"] in _RECOGNISED:
                _lay_text(page, read, font)
        for key in _ACTIVE:
            if key in pdf.Root:
                del pdf.Root[key]
        pdfa.prepare(pdf, FLAVOUR)
        _date(pdf, at)
        written = io.BytesIO()
        try:
            pdfa.save(pdf, written, FLAVOUR, repair=False, deterministic_id=True)
        except pdfa.PdfaError as exc:
            raise UnreadableFile("archive.not_conforming") from exc
    if written.tell() > MAX_ARCHIVE_BYTES:
        raise OverLimit("archive.too_large")
    target.write(written.getvalue())


def _date(pdf: pikepdf.Pdf, at: datetime) -> None:
    """The dates that `prepare` set to now, which would make every run another file."""
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        for key in ("xmp:MetadataDate", "xmp:ModifyDate"):
            if key in metadata:
                metadata[key] = at.isoformat(timespec="seconds")
    if "/ModDate" in pdf.docinfo:
        pdf.docinfo["/ModDate"] = pikepdf.String(f"D:{at:%Y%m%d%H%M%S}+00'00'")


def _lay_text(page: pikepdf.Page, read: PageJson, font: pikepdf.Object) -> None:
    """Put the words where they stand, invisibly, and turn the page as it is read."""
    left, top = _corner(page)
    content = b"\n".join(_shown(word, read["rotation"], left, top) for word in read["words"])
    if content:
        name = page.add_resource(font, Name.Font, _free_name(page))
        page.contents_add(b"q", prepend=True)
        page.contents_add(b"Q\nBT 3 Tr\n" + content.replace(b"/F ", str(name).encode() + b" ") + b"\nET")
    page.obj.Rotate = read["rotation"] % 360


def _free_name(page: pikepdf.Page) -> Name:
    """A name for the font that the page does not use yet; the package would draw one by lot."""
    used: Any = page.resources.get("/Font", {})
    return next(name for number in count() if (name := Name(f"/Aktenlauf{number}")) not in used)


def _corner(page: pikepdf.Page) -> tuple[float, float]:
    """Left and top edge of what is seen of the page: boxes count from there."""
    x0, _, _, y1 = (float(edge) for edge in page.cropbox)
    return x0, y1


def _shown(word: WordJson, rotation: int, left: float, top: float) -> bytes:
    """The operators for one word: where its base line begins, which way it runs, how wide it is."""
    text = str(word[0])
    x0, y0, x1, y1 = (float(edge) for edge in word[1:5])
    across, height = (y1 - y0, x1 - x0) if rotation in (90, 270) else (x1 - x0, y1 - y0)
    cosine, sine = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[rotation % 360]
    x, y = {0: (x0, y1), 90: (x1, y1), 180: (x1, y0), 270: (x0, y0)}[rotation % 360]
    size = max(height, 0.5)
    codes = text.encode("utf-16-be").hex()
    stretch = 100 * max(across, 0.1) / (size * _ADVANCE * (len(codes) // 4))
    place = f"{cosine} {sine} {-sine} {cosine} {left + x:.2f} {top - y:.2f} Tm"
    return f"/F {size:.2f} Tf {stretch:.2f} Tz {place} <{codes}> Tj".encode()


def _font(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """The font without shapes: every UTF-16 unit is a character of one empty glyph."""
    program = pdf.make_stream(_program())
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=_FONT_NAME, FontFile2=program, Flags=5, ItalicAngle=0, Ascent=1000,
        Descent=0, CapHeight=1000, StemV=80, FontBBox=Array([0, 0, 500, 1000]),
    )  # fmt: skip
    descendant = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=_FONT_NAME, DW=round(_ADVANCE * 1000),
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor), CIDToGIDMap=pdf.make_stream(b"\x00\x01" * 65536),
    )  # fmt: skip
    to_unicode = pdf.make_stream(_TO_UNICODE % b"\n".join(_ranges()))
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=_FONT_NAME, Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]), ToUnicode=to_unicode,
    )  # fmt: skip
    return pdf.make_indirect(font)


@cache
def _program() -> bytes:
    """A TrueType font of an empty glyph; dates are fixed, so that it is the same each time."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "blank"])
    builder.setupCharacterMap({})
    empty = TTGlyphPen(None).glyph()
    builder.setupGlyf({".notdef": empty, "blank": empty})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "blank"), (round(_ADVANCE * 1000), 0)))
    builder.setupHorizontalHeader(ascent=1000, descent=0)
    builder.setupNameTable({"familyName": "AktenlaufText", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = _FONT_DATE
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


_TO_UNICODE: Final = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
%s
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


def _ranges() -> Iterator[bytes]:
    """A range may not cross the high byte (PDF 32000-1, 9.10.3), a block holds a hundred of them."""
    for block in range(0, 256, 100):
        rows = range(block, min(block + 100, 256))
        yield b"%d beginbfrange" % len(rows)
        yield from (b"<%02X00> <%02XFF> <%02X00>" % (row, row, row) for row in rows)
        yield b"endbfrange"
