"""Blank pages, crooked pages, shadowed pages."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ocr.geometry import scaling
from ocr.limits import MAX_RENDER_PIXELS
from ocr.preprocess import (
    deskew,
    flatten,
    is_bilevel,
    is_blank,
    lines_run_upwards,
    prepare,
    skew_degrees,
    soften,
    turn_quarters,
)
from ocr.raster import Raster

DPI = 200
SIZE = (1654, 2339)


def raster_of(image: Image.Image) -> Raster:
    width, height = image.size
    scale = DPI / 72
    pixels = np.asarray(image.convert("L"), dtype=np.uint8)
    return Raster(pixels, scaling(scale, scale), width / scale, height / scale, 0)


def noisy_paper(level: int = 240) -> Image.Image:
    noise = np.random.default_rng(7).normal(level, 6, size=SIZE[::-1])
    return Image.fromarray(noise.clip(0, 255).astype(np.uint8))


def test_noisy_paper_with_punch_holes_is_blank() -> None:
    page = noisy_paper()
    draw = ImageDraw.Draw(page)
    for y in (800, 1430):
        draw.ellipse((70, y, 117, y + 47), fill=20)
    assert is_blank(raster_of(page))


def test_text_shining_through_from_the_back_is_blank(letter_image: Image.Image) -> None:
    back = np.asarray(letter_image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), dtype=np.float32)
    faint = Image.fromarray((255 - (255 - back) * 0.15).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))
    assert is_blank(raster_of(faint))


def test_a_lone_signature_is_not_blank() -> None:
    page = noisy_paper()
    ImageDraw.Draw(page).line([(900, 1900), (960, 1840), (1000, 1910), (1060, 1850), (1150, 1890)], fill=50, width=4)
    assert not is_blank(raster_of(page))


def test_a_lone_faint_stamp_is_not_blank() -> None:
    page = noisy_paper()
    ImageDraw.Draw(page).rectangle((1000, 300, 1300, 420), outline=120, width=5)
    assert not is_blank(raster_of(page))


def test_a_letter_is_not_blank(letter_image: Image.Image) -> None:
    assert not is_blank(raster_of(letter_image))


@pytest.mark.parametrize("degrees", [-3.2, -0.4, 1.3, 4.0])
def test_the_skew_of_a_letter_is_found_to_a_tenth_of_a_degree(letter_image: Image.Image, degrees: float) -> None:
    crooked = raster_of(letter_image.rotate(-degrees, fillcolor=255, resample=Image.Resampling.BICUBIC))
    assert skew_degrees(crooked) == pytest.approx(degrees, abs=0.1)
    assert abs(skew_degrees(deskew(crooked))) < 0.1


def test_a_straight_letter_is_left_alone(letter_image: Image.Image) -> None:
    straight = raster_of(letter_image)
    assert deskew(straight) is straight


def test_a_shadowed_page_becomes_even_and_an_even_one_is_left_alone(letter_image: Image.Image) -> None:
    shade = np.linspace(0.4, 1.0, SIZE[0])[None, :]
    image = letter_image.resize(SIZE)
    shadowed = raster_of(Image.fromarray((np.asarray(image) * shade).astype(np.uint8)))
    flat = flatten(shadowed)
    paper = np.percentile(flat.pixels[:, :200], 80), np.percentile(flat.pixels[:, -200:], 80)
    assert min(paper) > 235
    even = raster_of(letter_image)
    assert flatten(even) is even


@pytest.mark.parametrize(("has_grey", "dpi"), [(False, 200), (True, 250)])
def test_a_page_of_unequal_resolution_becomes_square_and_finer_where_it_has_grey(
    letter_image: Image.Image, has_grey: bool, dpi: int
) -> None:
    squeezed = letter_image.resize((SIZE[0], SIZE[1] // 2))
    if not has_grey:
        squeezed = squeezed.point(lambda value: 255 if value > 127 else 0)
    fax = Raster(np.asarray(squeezed, dtype=np.uint8), scaling(DPI / 72, DPI / 144), 595.4, 841.7, 0)
    assert prepare(fax).dpi == pytest.approx((dpi, dpi), rel=0.01)


def test_a_coarse_plan_is_not_blown_up_beyond_what_a_page_may_have() -> None:
    plan = np.full((4681, 3311), 200, dtype=np.uint8)  # A0 at 100 dpi
    prepared = prepare(Raster(plan, scaling(100 / 72, 100 / 72), 2384, 3370, 0))
    assert min(prepared.dpi) > 100
    assert prepared.pixels.size <= MAX_RENDER_PIXELS * 1.001


def test_a_page_on_its_side_is_noticed(letter_image: Image.Image) -> None:
    upright = raster_of(letter_image)
    assert not lines_run_upwards(upright)
    turned = turn_quarters(upright, 90)
    assert lines_run_upwards(turned)
    assert turned.rotation == 90


def test_a_fax_becomes_grey_and_loses_lone_dots_but_no_full_stops() -> None:
    page = Image.new("L", SIZE, 255)
    draw = ImageDraw.Draw(page)
    draw.rectangle((200, 200, 203, 220), fill=0)  # a stroke, and the full stop behind it
    draw.point([(209, 220), (210, 220)], fill=0)
    dots = [(x, y) for x in range(300, 1600, 60) for y in range(300, 2300, 60)]
    draw.point(dots, fill=0)
    soft = soften(raster_of(page))
    assert not any(soft.pixels[y, x] < 255 for x, y in dots)
    assert soft.pixels[220, 209] < 200
    assert soft.pixels[210, 201] < 20


def test_what_is_scanned_in_grey_is_not_softened(letter_image: Image.Image) -> None:
    grey = raster_of(noisy_paper())
    assert soften(grey) is grey
    hard = raster_of(letter_image.point(lambda value: 255 if value > 127 else 0))
    assert is_bilevel(hard)
    assert not is_bilevel(soften(hard))


def test_the_shadow_along_the_edge_of_a_page_in_black_and_white_is_blank() -> None:
    chance = np.random.default_rng(7).random(SIZE[::-1])
    shadow = np.linspace(0, 0.2, 30)
    pixels = np.full(SIZE[::-1], 255, dtype=np.uint8)
    pixels[:, -30:][chance[:, -30:] < shadow] = 0
    assert is_blank(raster_of(Image.fromarray(pixels)))


def dithered_shadow(page: Image.Image, *, diffused: bool) -> Image.Image:
    """As a fax sees a page in the shadow of a lamp: the right third falls to half its brightness, and is dots."""
    shade = np.interp(np.arange(SIZE[0]), [0, 1000, SIZE[0]], [1, 1, 0.55])
    grey = np.asarray(page, dtype=np.float32) * shade
    if diffused:
        return Image.fromarray(grey.astype(np.uint8)).convert("1")
    chance = np.random.default_rng(7).random(grey.shape) * 255
    return Image.fromarray(np.where(chance < grey, 255, 0).astype(np.uint8))


@pytest.mark.parametrize("diffused", [False, True])
def test_a_shadow_that_a_fax_made_dots_of_is_blank(diffused: bool) -> None:
    page = dithered_shadow(Image.new("L", SIZE, 255), diffused=diffused)
    assert is_blank(raster_of(page))


@pytest.mark.parametrize("diffused", [False, True])
@pytest.mark.parametrize("place", [300, 1250])
def test_a_word_beside_or_amid_the_dots_is_not_blank(place: int, diffused: bool) -> None:
    page = Image.new("L", SIZE, 255)
    ImageDraw.Draw(page).text((place, 1100), "gesehen, Ma", fill=0, font=ImageFont.load_default(size=32))
    assert not is_blank(raster_of(dithered_shadow(page, diffused=diffused)))


@pytest.mark.parametrize(("grey", "width"), [(120, 4), (170, 6)])
def test_a_pencil_stroke_that_a_fax_made_dots_of_is_not_blank(grey: int, width: int) -> None:
    page = Image.new("L", SIZE, 255)
    ImageDraw.Draw(page).line([(500, 900), (560, 840), (600, 910), (660, 850), (950, 890)], fill=grey, width=width)
    assert not is_blank(raster_of(dithered_shadow(page, diffused=True)))


@pytest.mark.parametrize("paper", [115, 150, 170, 200])
@pytest.mark.parametrize("lines", [1, 3, 40])
def test_writing_on_dark_paper_that_a_fax_made_dots_of_is_not_blank(paper: int, lines: int) -> None:
    page = Image.new("L", SIZE, paper)
    for line in range(lines):
        place = (200, 300 + 45 * line)
        ImageDraw.Draw(page).text(place, "Bescheid vom 12.03.2026", fill=0, font=ImageFont.load_default(size=28))
    assert not is_blank(raster_of(page.convert("1")))


@pytest.mark.parametrize("place", [(400, 800), (0, 0), (1254, 300)])
def test_a_note_that_is_stuck_on_an_empty_page_is_not_blank(place: tuple[int, int]) -> None:
    page = Image.new("L", SIZE, 255)
    page.paste(170, (*place, place[0] + 400, place[1] + 400))
    ImageDraw.Draw(page).text((place[0] + 40, place[1] + 90), "Frist!", fill=0, font=ImageFont.load_default(size=40))
    assert not is_blank(raster_of(page.convert("1")))


def test_a_picture_over_the_whole_page_is_not_blank() -> None:
    noise = np.random.default_rng(3).integers(0, 255, SIZE[::-1]).astype(np.uint8)
    picture = Image.fromarray(noise).filter(ImageFilter.GaussianBlur(60))
    stretched = (np.asarray(picture, dtype=np.float32) - 127) * 30 + 127
    assert not is_blank(raster_of(Image.fromarray(stretched.clip(0, 255).astype(np.uint8)).convert("1")))
