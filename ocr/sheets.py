"""Sheets that people lay between the papers of a stack: what they say, their code, and the page to print.

A *separator* begins a new document; a *cover* names the case as well into which it goes. The code stands on the sheet
four times, so that a fold, a shadow or a stamp over one does not matter; a checksum tells it from anything else.
"""

import io
import re
import zlib
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from ocr.codes import SHEET_PREFIX

_SHAPE: Final = re.compile(re.escape(SHEET_PREFIX) + r"([^/]*)/([^/]*)/([^/]*)/([0-9a-f]{8})")
_DPI: Final = 200
_PAGE: Final = (1654, 2339)
"""A4 at 200 dpi."""
_CODE_PIXELS: Final = 420
"""53 mm: a bad scan of 150 dpi still shows six pixels a module."""
_PLACES: Final = ((120, 120), (1114, 120), (120, 1799), (1114, 1799))


@dataclass(frozen=True)
class Sheet:
    """What a sheet says; what it does not say is empty. `case_reference` makes it a cover sheet."""

    station: str = ""
    document_kind: str = ""
    case_reference: str = ""

    @property
    def code(self) -> str:
        """The text of its code, e.g. ``AKTENLAUF/1/bauamt/letter//5d1f0c2e``."""
        said = "/".join(quote(part, safe="") for part in (self.station, self.document_kind, self.case_reference))
        return f"{SHEET_PREFIX}{said}/{_checksum(said)}"


def read_sheet(text: str) -> Sheet | None:
    """The sheet behind a code's text; None for every other code, also for one of ours with a wrong checksum."""
    match = _SHAPE.fullmatch(text)
    if match is None or _checksum("/".join(match.groups()[:3])) != match[4]:
        return None
    return Sheet(*(unquote(part) for part in match.groups()[:3]))


def sheet_page(sheet: Sheet, title: str, lines: tuple[str, ...]) -> bytes:
    """The sheet as a PDF of one A4 page: its codes, and what it is for in words."""
    page = Image.new("L", _PAGE, 255)
    code = zxingcpp.create_barcode(sheet.code, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    modules = Image.fromarray(np.asarray(zxingcpp.write_barcode_to_image(code, scale=1)))
    picture = modules.resize((_CODE_PIXELS, _CODE_PIXELS), Image.Resampling.NEAREST)
    for place in _PLACES:
        page.paste(picture, place)
    draw = ImageDraw.Draw(page)
    draw.text((827, 900), title, fill=0, anchor="mm", font=ImageFont.load_default(size=110))
    for number, line in enumerate(lines):
        draw.text((827, 1080 + 90 * number), line, fill=0, anchor="mm", font=ImageFont.load_default(size=52))
    file = io.BytesIO()
    page.convert("1").save(file, format="PDF", resolution=_DPI)
    return file.getvalue()


def _checksum(said: str) -> str:
    return f"{zlib.crc32(said.encode()):08x}"
