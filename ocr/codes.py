"""QR codes and Code 128 on a page, by zxing-cpp: what they say, what they are for, and where they stand.

A code is text from outside: it is handed on, never followed. `kind` says which rule may look at it: ``girocode`` (EPC
QR), ``swiss-qr``, ``sheet`` (our separator and cover sheets, known by their prefix), else ``other``.
"""

from dataclasses import dataclass
from typing import Final, TypedDict

import numpy as np
import zxingcpp

from ocr.boxes import Box, clip_box
from ocr.geometry import inverse
from ocr.raster import Raster
from ocr.sheets import SHEET_PREFIX

_FORMATS: Final = {zxingcpp.BarcodeFormat.QRCode: "qr", zxingcpp.BarcodeFormat.Code128: "code128"}
_MOST_CODES: Final = 50
_LONGEST_TEXT: Final = 4_000
"""Characters; a QR code holds 4,296."""


class CodeJson(TypedDict):
    """One code as `dms read` gives it; the box is in points of the stored page."""

    format: str
    kind: str
    text: str
    page: int
    box: list[float]


@dataclass(frozen=True)
class Code:
    """A code and its box in points of the stored page."""

    format: str
    text: str
    box: Box

    @property
    def kind(self) -> str:
        """``girocode``, ``swiss-qr``, ``sheet`` or ``other``, by how the text begins."""
        if self.text.startswith(SHEET_PREFIX):
            return "sheet"
        lines = self.text.replace("\r\n", "\n").split("\n")
        if lines[0] == "BCD" and len(lines) >= 6 and lines[3] == "SCT":
            return "girocode"
        return "swiss-qr" if lines[0] == "SPC" and len(lines) > 20 else "other"

    def as_json(self, page: int) -> CodeJson:
        """The code as plain data."""
        box = [round(edge, 2) for edge in self.box]
        return {"format": self.format, "kind": self.kind, "text": self.text, "page": page, "box": box}


def read_codes(raster: Raster) -> tuple[Code, ...]:
    """All codes of a page, whichever way up, each once."""
    formats = zxingcpp.BarcodeFormats(list(_FORMATS))
    found = zxingcpp.read_barcodes(np.ascontiguousarray(raster.pixels), formats=formats, try_invert=False)
    codes = {(code.format, code.text): code for code in (_code(mark, raster) for mark in found[:_MOST_CODES])}
    return tuple(codes.values())


def _code(mark: zxingcpp.Barcode, raster: Raster) -> Code:
    place = mark.position
    corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
    back = inverse(raster.to_pixels)
    points = [back @ np.array([corner.x, corner.y, 1.0]) for corner in corners]
    xs, ys = [float(point[0]) for point in points], [float(point[1]) for point in points]
    box = clip_box((min(xs), min(ys), max(xs), max(ys)), raster.width_pt, raster.height_pt)
    return Code(_FORMATS.get(mark.format, "other"), mark.text[:_LONGEST_TEXT], box)
