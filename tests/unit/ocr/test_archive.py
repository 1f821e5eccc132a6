"""The archive copy: valid, the same each time, its images untouched, its words where they are seen."""

import io
import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pdfplumber
import pikepdf
import pytest
from PIL import Image

from ocr import archive, tasks
from ocr.base import UnreadableFile
from tests.conftest import ROOT, skip_loudly

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
JUDGE = ROOT.parent / "shared/judges/verapdf/run.sh"
Make = Callable[..., tuple[bytes, list[Any]]]


@pytest.fixture
def make(scratch: Path) -> Make:
    """The archive copy of a file, and what was read of it."""

    def run(file: BinaryIO, *, is_pdf: bool = False) -> tuple[bytes, list[Any]]:
        count = tasks.describe(file, scratch)["page_count"]
        pages = [tasks.read_page(file, scratch, number, "tesseract") for number in range(1, count + 1)]
        target = io.BytesIO()
        file.seek(0)
        archive.write_archive(file, pages, target, is_pdf=is_pdf, at=AT)
        return target.getvalue(), pages

    return run


def scanned_pdf(picture: Image.Image, *, rotate: int = 0, left: float = 0) -> BinaryIO:
    """A scanner's PDF: one picture, the media box perhaps not at the origin, the page perhaps noted as turned."""
    file = io.BytesIO()
    picture.save(file, format="PDF", resolution=200)
    with pikepdf.open(file) as pdf:
        (page,) = pdf.pages
        x0, y0, x1, y1 = (float(edge) for edge in page.mediabox)
        page.mediabox = pikepdf.Array([x0 + left, y0, x1 + left, y1])
        page.contents_add(f"1 0 0 1 {left} 0 cm".encode(), prepend=True)
        page.obj.Rotate = rotate
        out = io.BytesIO()
        pdf.save(out)
    out.seek(0)
    return out


def shown_words(data: bytes) -> list[dict[str, Any]]:
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        return [word for page in pdf.pages for word in page.extract_words(x_tolerance=1.5)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_each_word_is_found_where_it_is_seen(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], make: Make, turn: int
) -> None:
    """The letter lies turned in the file; the copy shows it upright, and its words as on the upright letter."""
    upright, _ = make(as_file(letter_image, kind="PNG", dpi=(200, 200)))
    turned, _ = make(as_file(letter_image.rotate(turn, expand=True), kind="PNG", dpi=(200, 200)))
    expected, found = shown_words(upright), shown_words(turned)
    sender = next(word for word in expected if word["text"] == "Mühlengrund")
    assert (sender["x0"], sender["top"]) == pytest.approx((137, 71), abs=4)
    for word in expected:
        places = [other for other in found if other["text"] == word["text"]]
        assert any(abs(o["x0"] - word["x0"]) < 4 and abs(o["top"] - word["top"]) < 4 for o in places), word["text"]


@pytest.mark.parametrize(("rotate", "left"), [(0, 0), (0, 100), (180, 0)])
def test_a_scanned_pdf_keeps_its_picture_and_gets_its_words(
    letter_image: Image.Image, make: Make, rotate: int, left: float
) -> None:
    picture = letter_image.rotate(rotate)
    source = scanned_pdf(picture, rotate=rotate, left=left)
    before = source.getvalue()  # type: ignore[attr-defined]
    data, _ = make(source, is_pdf=True)
    assert source.getvalue() == before  # type: ignore[attr-defined]
    assert picture_bytes(data) == picture_bytes(before)
    sender = next(word for word in shown_words(data) if word["text"] == "Mühlengrund")
    assert (sender["x0"] - left, sender["top"]) == pytest.approx((137, 71), abs=4)


def picture_bytes(data: bytes) -> list[bytes]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [bytes(picture.read_raw_bytes()) for page in pdf.pages for picture in page.get_images().values()]


@pytest.mark.parametrize(
    ("kind", "options"), [("JPEG", {"quality": 80}), ("TIFF", {"compression": "group4", "tiffinfo": {278: 2339}})]
)
def test_coded_pictures_are_taken_over_byte_by_byte(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], make: Make, kind: str, options: dict[str, Any]
) -> None:
    picture = letter_image if kind == "JPEG" else letter_image.point(lambda v: 255 * (v > 128)).convert("1")
    file = as_file(picture, kind=kind, dpi=(200, 200), **options)
    data, _ = make(file)
    (coded,) = picture_bytes(data)
    assert coded in file.getvalue()  # type: ignore[attr-defined]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        shown = pikepdf.PdfImage(next(iter(pdf.pages[0].get_images().values()))).as_pil_image().convert("L")
    file.seek(0)
    assert shown.tobytes() == Image.open(file).convert("L").tobytes()


def test_the_same_scan_gives_the_same_bytes(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], make: Make
) -> None:
    file = as_file(letter_image, kind="JPEG", dpi=(200, 200))
    assert make(file)[0] == make(file)[0]


def test_what_cannot_be_kept_as_it_is_becomes_no_copy(letter_image: Image.Image, make: Make) -> None:
    """The page paints with a shading that does not exist: no repair is right."""
    source = scanned_pdf(letter_image)
    with pikepdf.open(source) as pdf:
        pdf.pages[0].contents_add(b"/Nothing sh")
        out = io.BytesIO()
        pdf.save(out)
    with pytest.raises(UnreadableFile, match=r"archive\.not_conforming"):
        make(out, is_pdf=True)


def test_an_independent_judge_finds_the_copies_valid(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], make: Make, tmp_path: Path
) -> None:
    if not JUDGE.exists():
        skip_loudly("no veraPDF here (../shared/judges)")
    two_colours = letter_image.point(lambda v: 255 * (v > 128)).convert("1")
    sources = {
        "grey.jpg": as_file(letter_image, kind="JPEG", dpi=(200, 200)),
        "colour.jpg": as_file(letter_image.convert("RGB"), kind="JPEG", dpi=(200, 200)),
        "alpha.png": as_file(letter_image.convert("RGBA"), kind="PNG", dpi=(200, 200)),
        "fax.tif": as_file(two_colours, two_colours.rotate(180), kind="TIFF", dpi=(200, 200)),
        "scanner.pdf": scanned_pdf(letter_image, rotate=90),
    }
    for name, file in sources.items():
        (tmp_path / f"{name}.pdf").write_bytes(make(file, is_pdf=name.endswith(".pdf"))[0])
    judged = subprocess.run([JUDGE, tmp_path], env={**os.environ, "FLAVOUR": "2b"}, capture_output=True, check=False)
    verdicts = [json.loads(line) for line in judged.stdout.splitlines() if line.startswith(b"{")]
    if not verdicts:
        skip_loudly("veraPDF does not run here (Java 17, Maven)")
    assert [(verdict["file"], verdict["rules"]) for verdict in verdicts if not verdict["valid"]] == []
    assert len(verdicts) == len(sources)
