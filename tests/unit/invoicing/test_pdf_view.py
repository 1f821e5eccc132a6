"""The PDF view is complete, tagged, and carries its original; what an invoice says is text there and nothing else."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoicing import Invoice, Refused, pdf_view, render_pdf, view, write_ubl, zugferd
from invoicing.model import Line, Note, Party
from invoicing.view import Value
from tests.arbitrary_invoices import arbitrary_invoices
from tests.valid_invoices import valid_invoice

_CREATED = datetime(2026, 11, 5, 12, 30, tzinfo=UTC)
_few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
_MARKUP = '#read("/etc/passwd") #panic() *b* _i_ `r` $x^2$ <a> @b \\ // c /* d */ #{ [ ] } = + - / t: u "q" ~ ---'


def _text(pdf: bytes) -> str:
    """All that the pages say, without white space."""
    document = pdfium.PdfDocument(pdf)
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return "".join("".join(pages).split())


def _bare(text: str) -> str:
    return "".join(text.split())


def _tags(pdf: bytes) -> Iterator[tuple[str, Any]]:
    """Every structure element, depth first, with the tag of its parent."""
    with pikepdf.open(BytesIO(pdf)) as document:
        yield from _below(document.Root.StructTreeRoot.K, "")


def _below(node: Any, parent: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _below(one, parent)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield str(node.S), parent
        yield from _below(node.get("/K"), str(node.S))


@pytest.mark.parametrize("seed", range(0, 36, 5))
def test_every_value_stands_on_the_pages_with_its_term(seed: int) -> None:
    invoice = valid_invoice(seed)
    text = _text(render_pdf(invoice, b"<a/>"))
    values = [*_values(invoice)]
    assert len(values) > 40
    for value in values:
        assert _bare(value.text) in text, value
        assert value.bt in text, value
        assert value.code in text, value


def _values(invoice: Invoice) -> Iterator[Value]:
    yield from pdf_view._values(list(view.sections(invoice)))


def test_the_top_says_that_this_is_a_view_and_what_the_original_is(specimen: Invoice) -> None:
    text = _text(render_pdf(specimen, b"<a/>"))
    assert text.startswith("RechnungR-2026-17DiesisteineAnsicht.DasOriginalistdieeingebetteteXML-Datei;")


def test_the_original_is_inside_byte_for_byte_as_the_source_of_the_view(specimen: Invoice) -> None:
    original = b'<?xml version="1.0" encoding="ISO-8859-1"?>\r\n<a>\xe4\xff</a>\n'
    written = render_pdf(specimen, original, file_name="original.xml", created=_CREATED)
    assert zugferd.embedded_files(BytesIO(written)) == [("original.xml", original)]
    with pikepdf.open(BytesIO(written)) as pdf:
        assert str(pdf.Root.AF[0].AFRelationship) == "/Source"
        assert str(pdf.docinfo["/CreationDate"]) == "D:20261105123000Z"
    assert written == render_pdf(specimen, original, file_name="original.xml", created=_CREATED)


def test_the_file_is_tagged_german_and_titled() -> None:
    written = render_pdf(valid_invoice(1), b"<a/>")
    with pikepdf.open(BytesIO(written)) as pdf:
        assert pdf.Root.MarkInfo.Marked is True
        assert str(pdf.Root.Lang) == "de"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle is True
        assert str(pdf.docinfo["/Title"]).startswith("Schlussrechnung (Bau) R-")
    tags = list(_tags(written))
    assert ("/H1", "/Document") in tags or ("/H1", "/Div") in tags
    assert {("/Caption", "/Table"), ("/THead", "/Table"), ("/TH", "/TR"), ("/TD", "/TR"), ("/LBody", "/LI")} <= set(
        tags
    )
    tables = sum(tag == "/Table" for tag, _ in tags)
    assert tables == sum(tag == "/THead" for tag, _ in tags) > 2


def test_reading_order_is_that_of_the_sections(specimen: Invoice) -> None:
    text = _text(render_pdf(specimen, b"<a/>"))
    places = [text.index(title) for title in ("Rechnungsdaten", "Rechnungssteller", "Rechnungsempfänger", "Positionen")]
    assert places == sorted(places)


def test_markup_in_an_invoice_stays_text(specimen: Invoice) -> None:
    hostile = replace(
        specimen,
        number=_MARKUP,
        currency=_MARKUP,
        type_code=_MARKUP,
        payment_terms=_MARKUP,
        notes=(Note(_MARKUP, _MARKUP),),
        seller=Party(name=_MARKUP),
        lines=(Line(_MARKUP, note=_MARKUP, unit=_MARKUP),),
    )
    text = _text(render_pdf(hostile, b"<a/>"))
    assert text.count(_bare(_MARKUP)) >= 8
    assert "root:" not in text


@_few
@given(st.text(min_size=1, max_size=200))
def test_any_text_can_be_shown(text: str) -> None:
    invoice = Invoice(number=text, notes=(Note(None, text),), lines=(Line(text, note=text * 5),))
    assert render_pdf(invoice, b"<a/>").startswith(b"%PDF-1.7")


@_few
@given(arbitrary_invoices())
def test_any_invoice_gives_a_page_that_says_each_value_once(invoice: Invoice) -> None:
    assert render_pdf(invoice, b"<a/>").startswith(b"%PDF-1.7")
    said = json.dumps(pdf_view._page(invoice)["groups"], ensure_ascii=False)
    for value in _values(invoice):
        for line in value.text.splitlines():
            assert json.dumps(pdf_view._plain(line), ensure_ascii=False)[1:-1] in said


def test_every_character_of_the_table_is_in_the_fonts() -> None:
    """A missing one is an error of PDF/A."""
    shown = [chr(code) for code in range(0x20, 0xFB10) if not pdf_view._NOT_SHOWN.search(chr(code))]
    assert len(shown) > 2400
    for start in range(0, len(shown), 400):
        render_pdf(Invoice(notes=tuple(Note(None, char) for char in shown[start : start + 400])), b"<a/>")


def test_other_characters_stand_as_their_numbers() -> None:
    text = _text(render_pdf(Invoice(number="漢\u202e\x07🎉"), b"<a/>"))
    assert "[U+6F22][U+202E][U+0007][U+1F389]" in text


@pytest.mark.parametrize("letters", [12, 20, 40, 500])
def test_long_words_stay_on_the_page(specimen: Invoice, letters: int) -> None:
    word = "W" * letters
    line = replace(specimen.lines[0], number=word, note=word)
    document = pdfium.PdfDocument(
        render_pdf(replace(specimen, number=word, lines=(line,), notes=(Note(None, word),)), b"<a/>")
    )
    width = document[0].get_width()
    for page in document:
        text = page.get_textpage()
        boxes = [text.get_charbox(n) for n in range(text.count_chars())]
        assert max(right for _, _, right, _ in boxes) < width - 40
    document.close()


@pytest.mark.parametrize("amount", ["12345678.90", "1208807891.46", "-123456789012.34", "8" * 40 + ".5"])
def test_wide_amounts_are_printed_in_order_and_whole_where_they_can_be(specimen: Invoice, amount: str) -> None:
    line = replace(specimen.lines[0], net=Decimal(amount))
    shown = next(value.text for value in _values(replace(specimen, lines=(line,))) if value.bt == "BT-131")
    document = pdfium.PdfDocument(render_pdf(replace(specimen, lines=(line,)), b"<a/>"))
    text = document[0].get_textpage()
    letters = [(text.get_text_range(n, 1), text.get_charbox(n)) for n in range(text.count_chars())]
    letters = [(letter, box) for letter, box in letters if letter.strip()]
    start = "".join(letter for letter, _ in letters).index(shown)
    boxes = [box for _, box in letters[start : start + len(shown)]]
    document.close()
    for (_, _, right, _), (left, bottom, _, _) in pairwise(boxes):
        is_next_line = bottom < boxes[0][1] - 5
        assert left > right - 0.5 or is_next_line
    if len(shown) < 20:
        assert max(box[1] for box in boxes) - min(box[1] for box in boxes) < 3


@pytest.mark.parametrize(("lines", "letters"), [(pdf_view.MAX_VALUES, 1), (1, pdf_view.MAX_CHARACTERS)])
def test_more_than_the_limits_is_refused(lines: int, letters: int) -> None:
    invoice = Invoice(number="1", lines=(Line("1" * letters),) * lines)
    with pytest.raises(Refused, match=r"view\.too_large"):
        render_pdf(invoice, write_ubl(Invoice()))


def test_an_empty_invoice_gives_a_page() -> None:
    assert re.search("Rechnung", _text(render_pdf(Invoice(), b"<a/>")))
