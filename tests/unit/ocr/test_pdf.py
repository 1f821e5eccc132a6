"""What a PDF declares, hides and says by itself."""

import io
from collections.abc import Callable
from typing import BinaryIO

import pikepdf
import pytest
from PIL import Image

from ocr.base import PageText, UnreadableFile
from ocr.pdf import examine, opened_page, render
from ocr.preprocess import is_bilevel
from ocr.text_layer import read_pages

Change = Callable[..., BinaryIO]


def nothing(pdf: pikepdf.Pdf) -> None:
    """Leave the letter as it is."""


def word(page: PageText | None, text: str) -> tuple[float, float, float, float]:
    assert page is not None
    found = next(word for word in page.words if word.text == text)
    return found.x0, found.y0, found.x1, found.y1


def test_a_plain_letter_has_one_a4_page_and_no_hazards(letter_pdf: bytes) -> None:
    facts = examine(io.BytesIO(letter_pdf))
    assert facts.sizes == (pytest.approx((595.28, 841.89), abs=0.01),)
    assert facts.hazards == ()
    assert not facts.encrypted


def test_a_user_password_is_refused(changed_pdf: Change) -> None:
    locked = changed_pdf(nothing, encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(UnreadableFile) as refused:
        examine(locked)
    assert refused.value.code == "pdf.encrypted"


def test_an_owner_password_alone_does_not_hinder_reading(changed_pdf: Change) -> None:
    guarded = changed_pdf(nothing, encryption=pikepdf.Encryption(owner="o", user=""))
    assert examine(guarded).encrypted
    assert read_pages(guarded, 1, 1)[0] is not None


def test_a_file_cut_off_in_transit_is_refused(letter_pdf: bytes) -> None:
    with pytest.raises(UnreadableFile) as refused:
        examine(io.BytesIO(letter_pdf[: len(letter_pdf) // 2]))
    assert refused.value.code == "pdf.broken"


def test_a_pdf_without_pages_is_refused(changed_pdf: Change) -> None:
    def empty(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[0]

    with pytest.raises(UnreadableFile) as refused:
        examine(changed_pdf(empty))
    assert refused.value.code == "pdf.empty"


def test_the_text_layer_gives_words_in_points_from_the_top_left(letter_pdf: bytes) -> None:
    (page,) = read_pages(io.BytesIO(letter_pdf), 1, 1)
    x0, y0, x1, y1 = word(page, "Zweckverband")
    assert x0 == pytest.approx(70.9, abs=1)
    assert 60 < y0 < y1 < 95
    assert 60 < x1 - x0 < 90


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_page_keeps_the_boxes_of_the_stored_one(letter_pdf: bytes, changed_pdf: Change, rotation: int) -> None:
    def turn(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Rotate = rotation

    (plain,), (turned,) = read_pages(io.BytesIO(letter_pdf), 1, 1), read_pages(changed_pdf(turn), 1, 1)
    assert turned is not None
    assert turned.rotation == 0, "the stored page reads upright, whatever its /Rotate says"
    assert (turned.width_pt, turned.height_pt) == pytest.approx((595.28, 841.89), abs=0.1)
    assert word(turned, "Zweckverband") == pytest.approx(word(plain, "Zweckverband"), abs=0.5)


@pytest.mark.parametrize(
    ("quarter", "matrix"), [(90, "0 1 -1 0 842 0"), (180, "-1 0 0 -1 595 842"), (270, "0 -1 1 0 0 595")]
)
def test_text_printed_across_the_page_is_read_in_its_own_direction(
    changed_pdf: Change, quarter: int, matrix: str
) -> None:
    def turn_content(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0]
        page.Contents = pdf.make_stream(f"{matrix} cm ".encode() + page.Contents.read_bytes())
        if quarter != 180:
            page.MediaBox = pikepdf.Array([0, 0, 842, 595])

    (page,) = read_pages(changed_pdf(turn_content), 1, 1)
    assert page is not None
    assert [word.text for word in page.words[:2]] == ["Zweckverband", "Mühlengrund"]
    assert page.rotation == quarter


def test_a_crop_box_moves_the_origin_for_words_and_picture_alike(changed_pdf: Change) -> None:
    def crop(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].MediaBox = pikepdf.Array([0, 0, 595.28, 841.89])
        pdf.pages[0].CropBox = pikepdf.Array([40, 30, 580, 800])

    file = changed_pdf(crop)
    (page,) = read_pages(file, 1, 1)
    x0, y0, x1, y1 = word(page, "Zweckverband")
    with opened_page(file, 1) as opened:
        raster = render(opened, max_dpi=144)
    assert examine(file).sizes[0] == pytest.approx((540, 770))
    ink = raster.pixels[int(y0 * 2) : int(y1 * 2), int(x0 * 2) : int(x1 * 2)]
    assert (ink < 128).mean() > 0.1


def test_invisible_text_over_a_scan_is_recognised_anew(changed_pdf: Change) -> None:
    def hide(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0]
        shown = page.Contents.read_bytes()
        page.Contents = pdf.make_stream(shown.replace(b"0 Tr", b"3 Tr"))

    assert read_pages(changed_pdf(hide), 1, 1) == [None]


def test_text_in_a_pasted_picture_makes_the_layer_untrusted(changed_pdf: Change, letter_image: Image.Image) -> None:
    def paste(pdf: pikepdf.Pdf) -> None:
        small = letter_image.resize((827, 1169)).crop((0, 200, 827, 800))
        image = pdf.make_stream(small.tobytes())
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height = small.size
        image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceGray, 8
        page = pdf.pages[0]
        name = page.add_resource(image, pikepdf.Name.XObject)
        page.contents_add(f"q 500 0 0 360 50 60 cm {name} Do Q".encode())

    assert read_pages(changed_pdf(paste), 1, 1) == [None]


def test_a_page_without_text_is_left_to_recognition(changed_pdf: Change) -> None:
    def wipe(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Contents = pdf.make_stream(b"")

    assert read_pages(changed_pdf(wipe), 1, 1) == [None]


def test_a_page_is_painted_at_no_more_than_forty_million_pixels(changed_pdf: Change) -> None:
    def stretch(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].MediaBox = pikepdf.Array([0, 0, 4000, 4000])

    with opened_page(changed_pdf(stretch), 1) as page:
        assert render(page).pixels.size <= 40_100_000


@pytest.mark.parametrize(("stamped", "dpi"), [(False, 200), (True, 300)])
def test_a_page_that_is_one_picture_keeps_its_resolution(
    letter_image: Image.Image, letter_pdf: bytes, *, stamped: bool, dpi: int
) -> None:
    file = io.BytesIO()
    letter_image.convert("1").save(file, format="PDF", resolution=200)
    with pikepdf.open(file) as pdf:
        if stamped:
            pdf.pages[0].contents_add(b"10 10 100 40 re S")
        pdf.save(file := io.BytesIO())
    with opened_page(file, 1) as page:
        raster = render(page)
    assert raster.dpi == pytest.approx((dpi, dpi), rel=0.01)
    assert stamped or is_bilevel(raster)
