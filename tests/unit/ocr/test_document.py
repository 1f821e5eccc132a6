"""A whole file put together from the answers of the tasks, run here without a jail."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr import tasks
from ocr.base import OcrError
from ocr.document import read_document, read_pages

TASKS = {"describe": tasks.describe, "text_layer": tasks.read_text_layer, "read_page": tasks.read_page}


def runner(file: BinaryIO, scratch: Path, *, failing_page: int = 0) -> Callable[..., Any]:
    def run(task: str, /, **options: Any) -> Any:
        if task == "read_page" and options["page"] == failing_page:
            raise OcrError("jail.timeout")
        return TASKS[task](file, scratch, **options)

    return run


def first_word(pages: Any, codes: Any) -> dict[str, dict[str, Any]]:
    word = pages[0][0]
    return {"first": {"value": word[0], "page": 1, "box": word[1:5]}}


def read(run: Callable[..., Any], **options: Any) -> dict[str, Any]:
    return read_document(run, file="brief", file_sha256="00", read_fields=first_word, **options)


def test_a_born_digital_letter_comes_from_its_text_layer(letter_pdf: bytes, scratch: Path) -> None:
    answer = read(runner(io.BytesIO(letter_pdf), scratch))
    (page,) = answer["pages"]
    assert page["source"] == "text-layer"
    assert [word[0] for word in page["words"][:2]] == ["Zweckverband", "Mühlengrund"]
    assert answer["codes"] == []


def test_a_scan_is_recognised_and_a_blank_page_named_so(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], scratch: Path
) -> None:
    blank = Image.new("L", letter_image.size, 255)
    file = as_file(letter_image, blank, kind="TIFF", dpi=(200, 200))
    answer = read(runner(file, scratch))
    assert [page["source"] for page in answer["pages"]] == ["tesseract", "blank"]
    assert "1.234,56" in [word[0] for word in answer["pages"][0]["words"]]
    assert list(scratch.iterdir()) == []


def test_boxes_of_a_bare_image_come_in_its_pixels_when_asked_for(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], scratch: Path
) -> None:
    file = as_file(letter_image, kind="PNG", dpi=(200, 200))
    run = runner(file, scratch)
    points, pixels = read(run), read(run, pixels=True)
    box, scaled = points["pages"][0]["words"][0][1:5], pixels["pages"][0]["words"][0][1:5]
    assert scaled == pytest.approx([edge * 200 / 72 for edge in box], abs=0.3)
    assert pixels["fields"]["first"]["box"] == scaled


def test_a_page_that_fails_is_named_and_the_others_are_kept(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], scratch: Path
) -> None:
    file = as_file(letter_image, letter_image, kind="TIFF", dpi=(200, 200))
    run = runner(file, scratch, failing_page=1)
    answer = read_pages(run, 2, is_pdf=False)
    assert [page["number"] for page in answer.pages] == [2]
    assert [(page.number, page.code) for page in answer.failed] == [(1, "jail.timeout")]


def test_a_file_of_which_no_page_can_be_read_gives_the_reason(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], scratch: Path
) -> None:
    file = as_file(letter_image, kind="PNG", dpi=(200, 200))
    answer = read_document(
        runner(file, scratch, failing_page=1), file="brief", file_sha256="00", read_fields=lambda pages, codes: {}
    )
    assert (answer["reason"], answer["pages"]) == ("jail.timeout", [])


def test_a_refused_file_gives_the_reason_and_nothing_else(scratch: Path) -> None:
    answer = read(runner(io.BytesIO(b"MZ not a document"), scratch))
    assert answer["reason"] == "format.unknown"
    assert (answer["pages"], answer["fields"]) == ([], {})


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_scan_is_read_upright_and_its_boxes_lie_on_the_stored_page(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], scratch: Path, degrees: int
) -> None:
    stored = letter_image.rotate(degrees, expand=True)
    page = tasks.read_page(as_file(stored, kind="PNG", dpi=(200, 200)), scratch, 1)
    assert page["rotation"] == degrees
    x0, y0, x1, y1 = next(word[1:5] for word in page["words"] if word[0] == "Zweckverband")
    scale = 200 / 72
    ink = stored.crop((x0 * scale, y0 * scale, x1 * scale, y1 * scale))
    darkest, _ = ink.getextrema()
    assert darkest < 100


def test_the_picture_for_the_viewer_is_small_and_turned_upright(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], scratch: Path
) -> None:
    file = as_file(letter_image.rotate(90, expand=True), kind="PNG", dpi=(200, 200))
    facts = tasks.render_page(file, scratch, 1, 400, rotation=90)
    assert (facts["width_px"], facts["height_px"]) == pytest.approx((1240, 1754), abs=2)
    assert facts["width_pt"] == pytest.approx(595.3, abs=0.5)
    with Image.open(scratch / "page.jpg") as page, Image.open(scratch / "thumbnail.jpg") as thumbnail:
        assert page.size == (facts["width_px"], facts["height_px"])
        assert max(thumbnail.size) == 320


def test_a_sparse_page_on_its_side_is_turned_though_it_was_read_well_as_it_lay(
    as_file: Callable[..., BinaryIO], scratch: Path
) -> None:
    """Tesseract reads lines that run upwards as well as level ones, and a few wide lines look like neither."""
    page = Image.new("L", (1653, 2339), 250)
    font = ImageFont.load_default(31)
    for number in range(9):
        words = "Gemeinde Antrag Wasser Schule Turnhalle Vertrag"
        ImageDraw.Draw(page).text((170, 190 + 72 * number), words, 20, font)
    file = as_file(page.rotate(-90, expand=True), kind="PNG", dpi=(200, 200))
    (read_page,) = read(runner(file, scratch))["pages"]
    assert len(read_page["words"]) == 54
    assert read_page["rotation"] == 270


def test_a_page_upside_down_is_read_the_right_way_up(
    letter_image: Image.Image, as_file: Callable[..., BinaryIO], scratch: Path
) -> None:
    file = as_file(letter_image.rotate(180), kind="PNG", dpi=(200, 200))
    (page,) = read(runner(file, scratch))["pages"]
    assert page["rotation"] == 180
    assert "1.234,56" in [word[0] for word in page["words"]]
