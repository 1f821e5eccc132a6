"""Codes on a page: read whichever way up and through a bad scan, sorted by what they are for, with their place."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from ocr import images, tasks
from ocr.codes import Code, read_codes

GIROCODE = "BCD\n002\n1\nSCT\n\nZweckverband Mühlengrund\nDE89370400440532013000\nEUR1234.56\n\n\nRE-2026-17\n"
SHEET = "AKTENLAUF/1/T/bauamt/letter"


def page(text: str, *, kind: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.QRCode, turn: float = 0) -> Image.Image:
    """An A4 page at 200 dpi with the code at 360, 720 pt: a QR code 25 mm wide, a bar code 60."""
    barcode = zxingcpp.create_barcode(text, kind)
    picture = Image.fromarray(np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=8))).convert("L")
    sheet = Image.new("L", (1654, 2339), 255)
    width = 197 if kind == zxingcpp.BarcodeFormat.QRCode else 472
    sheet.paste(picture.resize((width, round(width * picture.height / picture.width))), (1000, 2000))
    return sheet.rotate(turn, expand=turn % 90 == 0, fillcolor=255, resample=Image.Resampling.BICUBIC)


def read(picture: Image.Image, dpi: int = 200) -> tuple[Code, ...]:
    data = io.BytesIO()
    picture.save(data, format="PNG", dpi=(dpi, dpi))
    return read_codes(images.load_page(data, 1))


@pytest.mark.parametrize("turn", [0, 90, 180, 270, 3, -7])
def test_a_girocode_is_read_whichever_way_it_lies(turn: float) -> None:
    (code,) = read(page(GIROCODE, turn=turn))
    assert (code.format, code.kind, code.text) == ("qr", "girocode", GIROCODE)


def test_a_code_has_its_place_on_the_stored_page() -> None:
    (code,) = read(page(GIROCODE))
    assert code.box == pytest.approx((360, 720, 431, 791), abs=8)


def test_a_bad_scan_is_read_still() -> None:
    noise = np.random.default_rng(7).normal(0, 10, (2339, 1654))
    grey = np.asarray(page(GIROCODE, turn=1.5).filter(ImageFilter.GaussianBlur(1.0)), dtype=np.float64) * 0.7 + 30
    bad = Image.fromarray(np.clip(grey + noise, 0, 255).astype(np.uint8))
    assert [code.text for code in read(bad)] == [GIROCODE]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GIROCODE.replace("\n", "\r\n"), "girocode"),
        (SHEET, "sheet"),
        ("https://example.org", "other"),
        ("BCD", "other"),
    ],
)
def test_what_a_code_is_for_is_told_by_its_beginning(text: str, kind: str) -> None:
    assert [code.kind for code in read(page(text))] == [kind]


def test_code_128_is_read() -> None:
    (code,) = read(page("AKTENLAUF/1/T/x", kind=zxingcpp.BarcodeFormat.Code128))
    assert (code.format, code.kind) == ("code128", "sheet")


def test_a_page_hands_its_codes_on(as_file: Callable[..., BinaryIO], scratch: Path) -> None:
    read_page = tasks.read_page(as_file(page(GIROCODE), kind="PNG", dpi=(200, 200)), scratch, 1)
    (code,) = read_page["codes"]
    assert (code["kind"], code["text"], code["page"]) == ("girocode", GIROCODE, 1)
