"""Quality figures: each moves with what it measures, and only a page that nobody could read is to be scanned again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from PIL import Image, ImageFilter

from ocr import tasks

Read = Callable[..., dict[str, Any]]


@pytest.fixture
def quality(as_file: Callable[..., BinaryIO], scratch: Path) -> Read:
    def read(picture: Image.Image, dpi: int = 200) -> dict[str, Any]:
        page = tasks.read_page(as_file(picture, kind="PNG", dpi=(dpi, dpi)), scratch, 1)
        found: dict[str, Any] = page["quality"]
        return found

    return read


def test_a_clean_page_is_good(letter_image: Image.Image, quality: Read) -> None:
    found = quality(letter_image)
    assert found["verdict"] == "good"
    assert found["dpi"] == 200
    assert found["confidence"] > 0.9
    assert found["contrast"] > 0.8
    assert found["unread"] < 0.05


def test_a_blurred_page_is_less_sharp(letter_image: Image.Image, quality: Read) -> None:
    blurred = letter_image.convert("L").filter(ImageFilter.GaussianBlur(2))
    assert quality(blurred)["sharpness"] < 0.7 * quality(letter_image)["sharpness"]


def test_a_faint_page_has_less_contrast(letter_image: Image.Image, quality: Read) -> None:
    faint = letter_image.convert("L").point(lambda value: 90 + value * 13 // 20)
    assert quality(faint)["contrast"] < 0.8 * quality(letter_image)["contrast"]


def test_the_skew_is_told_as_the_page_lay(letter_image: Image.Image, quality: Read) -> None:
    askew = letter_image.convert("L").rotate(-1.5, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert quality(askew)["skew"] == pytest.approx(1.5, abs=0.15)


@pytest.mark.parametrize("damage", ["blur", "coarse"])
def test_a_page_beyond_reading_is_to_be_scanned_again(damage: str, letter_image: Image.Image, quality: Read) -> None:
    grey, dpi = letter_image.convert("L"), 200
    if damage == "blur":
        grey = grey.filter(ImageFilter.GaussianBlur(3.5))
    else:
        grey, dpi = grey.resize((grey.width // 3, grey.height // 3), Image.Resampling.BOX), 67
    assert quality(grey, dpi)["verdict"] == "rescan"


def test_a_blank_page_has_no_figures(letter_image: Image.Image, quality: Read) -> None:
    assert quality(Image.new("L", letter_image.size, 255)) is None
