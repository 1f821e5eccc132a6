"""The page of a sheet, to print."""

import io
from typing import Final

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from ocr.sheets import Sheet

_DPI: Final = 200
_PAGE: Final = (1654, 2339)
"""A4 at 200 dpi."""
_CODE_PIXELS: Final = 420
"""53 mm: a bad scan of 150 dpi still shows six pixels a module."""
_PLACES: Final = ((120, 120), (1114, 120), (120, 1799), (1114, 1799))


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
