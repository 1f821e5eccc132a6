"""The view for readers: complete, grouped, and harmless whatever the invoice says."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import html

from invoicing import Invoice, render_html, wording
from invoicing.model import Line, Note, Party, SupportingDocument, Totals


def test_the_view_shows_what_a_clerk_needs_in_german(specimen: Invoice) -> None:
    tree = html.fromstring(render_html(specimen))
    text = re.sub(r"\s+", " ", tree.text_content())
    for wanted in (
        "R-2026-17",
        "05.11.2026",
        "Malerei Pinsel GmbH",
        "1.190,00 EUR",
        "DE02500105170137075030",
        "2,25 %",
    ):
        assert wanted in text
    assert tree.xpath("string(//dd[@data-bt='BT-115'])") == "1.190,00 EUR"


def test_every_table_has_a_caption_and_column_heads(specimen: Invoice) -> None:
    tree = html.fromstring(render_html(specimen))
    assert tree.xpath("//table")
    for table in tree.xpath("//table"):
        assert table.xpath("caption")
        assert all(head.get("scope") == "col" for head in table.xpath("thead//th"))
        assert len(table.xpath("thead//th")) == len(table.xpath("(tbody/tr)[1]/*"))


def test_headings_take_the_level_that_the_page_needs(specimen: Invoice) -> None:
    assert {one.tag for one in html.fromstring(render_html(specimen, 4)).iter("h1", "h2", "h3", "h4")} == {"h4"}


def test_nothing_in_an_invoice_becomes_markup(specimen: Invoice) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=y>\"'&"
    hostile = replace(
        specimen,
        number=attack,
        currency=attack,
        type_code=attack,
        notes=(Note(None, attack),),
        seller=Party(name=attack),
        lines=(Line(number=attack, note=attack, unit=attack, quantity=Decimal(1)),),
        supporting_documents=(SupportingDocument(attack, attack, "javascript:alert(1)"),),
    )
    tree = html.fromstring(render_html(hostile))
    assert not tree.xpath("//script | //img | //a | //@href | //@onerror")
    assert attack in tree.xpath("//dd[@data-bt='BT-1']/text()")


def test_an_empty_invoice_gives_an_empty_but_whole_view() -> None:
    assert render_html(Invoice()) == '<div class="invoice-view" lang="de"></div>'


def test_deeply_nested_sub_lines_do_not_break_the_view(specimen: Invoice) -> None:
    line = Line("0")
    for depth in range(50):
        line = Line(str(depth), sub_lines=(line,))
    assert "<table>" in render_html(replace(specimen, lines=(line,)))


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1234567.5", "1.234.567,50"), ("-0.1", "-0,10"), ("0.12345", "0,12345"), ("1000", "1.000,00")],
)
def test_amounts_are_written_as_in_germany(value: str, shown: str) -> None:
    assert wording.amount(Decimal(value)) == shown


def test_absent_totals_are_not_shown_as_zero(specimen: Invoice) -> None:
    tree = html.fromstring(render_html(replace(specimen, totals=Totals(gross=Decimal(5)))))
    assert tree.xpath("//dd[@data-bt='BT-112']")
    assert not tree.xpath("//dd[@data-bt='BT-113']")
