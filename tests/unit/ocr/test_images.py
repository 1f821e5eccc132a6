"""Image files as pages: sizes, resolutions, odd modes."""

import io
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
import pytest
from PIL import Image

from ocr.base import OverLimit, UnreadableFile
from ocr.images import frames, load_page, load_picture

AsFile = Callable[..., BinaryIO]


def test_a_tiff_gives_every_frame_its_own_size_and_resolution(as_file: AsFile) -> None:
    first = Image.new("L", (1654, 2339), 255)
    second = Image.new("1", (1728, 1145), 1)
    second.info["dpi"] = (204, 98)
    file = as_file(first, second, kind="TIFF", dpi=(200, 200))
    found = frames(file)
    assert [(frame.width_px, frame.height_px) for frame in found] == [(1654, 2339), (1728, 1145)]
    assert found[0].width_pt == pytest.approx(595.4, abs=0.1)


def test_a_fax_with_two_resolutions_keeps_its_proportions(as_file: AsFile) -> None:
    file = as_file(Image.new("1", (1728, 1145), 1), kind="TIFF", dpi=(204, 98), compression="group4")
    (page,) = frames(file)
    assert (page.width_pt, page.height_pt) == pytest.approx((609.9, 841.2), abs=0.5)
    assert load_page(file, 1).dpi == pytest.approx((204, 98), rel=0.01)


@pytest.mark.parametrize("dpi", [None, (1, 1), (72, 72), (9600, 9600)])
def test_an_image_without_plausible_resolution_counts_as_a4_by_its_long_side(
    as_file: AsFile, dpi: tuple[int, int] | None
) -> None:
    file = as_file(Image.new("L", (3000, 4000), 255), kind="JPEG", **({"dpi": dpi} if dpi else {}))
    (page,) = frames(file)
    assert page.height_pt == pytest.approx(841.9, abs=0.1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_white_paper_is_white_in_every_mode(as_file: AsFile, mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.full((50, 50), 65535, dtype=np.uint16))
    else:
        image = Image.new("RGB", (50, 50), "white").convert(mode)
    assert load_page(as_file(image, kind="TIFF" if mode in ("CMYK", "I;16") else "PNG"), 1).pixels.min() > 250


@pytest.mark.parametrize("white", [1.0, 255.0])
def test_grey_in_floating_numbers_keeps_its_levels(as_file: AsFile, white: float) -> None:
    light = np.linspace(0, white, 100, dtype=np.float32)[None, :].repeat(60, axis=0)
    pixels = load_page(as_file(Image.fromarray(light), kind="TIFF"), 1).pixels
    assert pixels[0, [0, -1]].tolist() == [0, 255]
    assert abs(int(pixels[0, 50]) - 128) < 3


def test_transparent_places_are_paper(as_file: AsFile) -> None:
    file = as_file(Image.new("RGBA", (60, 60), (0, 0, 0, 0)), kind="PNG")
    assert load_page(file, 1).pixels.min() == 255
    assert load_picture(file, 1, max_dpi=100).getpixel((5, 5)) == (255, 255, 255)


def test_decoding_keeps_to_the_resolution_asked_for(as_file: AsFile) -> None:
    file = as_file(Image.new("L", (4960, 7016), 255), kind="JPEG", dpi=(600, 600))
    assert load_page(file, 1).pixels.shape == (3508, 2480)
    assert load_picture(file, 1, max_dpi=100).size == (827, 1169)


def test_the_turn_that_a_camera_noted_is_known(as_file: AsFile) -> None:
    image = Image.new("L", (400, 300), 255)
    exif = image.getexif()
    exif[0x0112] = 6
    (page,) = frames(as_file(image, kind="JPEG", exif=exif))
    assert page.rotation == 90


def test_a_truncated_image_is_refused(as_file: AsFile) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (400, 400), dtype=np.uint8)
    whole = as_file(Image.fromarray(noise), kind="PNG").read()
    with pytest.raises(UnreadableFile) as refused:
        load_page(io.BytesIO(whole[: len(whole) // 2]), 1)
    assert refused.value.code == "image.broken"


def test_a_missing_page_is_refused(as_file: AsFile) -> None:
    with pytest.raises(UnreadableFile) as refused:
        load_page(as_file(Image.new("L", (10, 10)), kind="PNG"), 2)
    assert refused.value.code == "page.missing"


def test_too_many_pixels_are_refused_before_decoding(as_file: AsFile) -> None:
    file = as_file(Image.new("1", (20_000, 8_000)), kind="PNG")
    with pytest.raises(OverLimit) as refused:
        frames(file)
    assert refused.value.code == "image.too_large"
