"""Fields from words: where labels point, what sums prove, when a value is accepted."""

from math import cos, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.page_layout import page_lines
from invoicing.text_fields import Field, read_fields

Row = list[str | float]

INVOICE = """
@60,60 Kiesgrube Nord GmbH
@60,120 Kiesgrube Nord GmbH · Am Bagger 3 · 21335 Lüneburg
@60,140 Samtgemeinde Mühlengrund
@60,154 Kämmerei
@60,168 Rathausplatz 1
@60,182 29386 Grünheide
@340,220 Rechnungsnummer:
@440,220 KN-2025/0815
@340,234 Rechnungsdatum:
@440,234 03.11.2025
@340,248 Ihre Bestellnummer:
@450,248 B-77
@60,300 Rechnung
@60,340 Füllsand 0/2, 40 t
@480,340 1.000,00
@300,400 Summe netto
@480,400 1.000,00
@300,414 zzgl. 19 % MwSt.
@480,414 190,00
@300,428 Rechnungsbetrag
@480,428 1.190,00 EUR
@60,470 Bitte überweisen Sie den Betrag bis zum 03.12.2025 auf unser Konto.
@60,760 USt-IdNr.: DE136695976
@300,760 IBAN: DE89 3704 0044 0532 0130 00
"""


def words(layout: str = INVOICE, *, confidence: float = 0.96) -> list[Row]:
    """Lines of ``@x,y text``: words 6 points a letter wide and 9 high."""
    rows: list[Row] = []
    for line in layout.strip().splitlines():
        place, text = line[1:].split(" ", 1)
        x, y = (float(edge) for edge in place.split(","))
        for word in text.split():
            rows.append([word, x, y, x + 5 * len(word), y + 9, confidence])
            x += 5 * len(word) + 3
    return rows


def turned(rows: list[Row], degrees: float) -> list[Row]:
    """The words on a page that lies crooked or on its side, boxes upright as engines give them."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    across = abs(s) > abs(c)
    result: list[Row] = []
    for text, x0, y0, x1, y1, confidence in rows:
        x, y = (float(x0) + float(x1)) / 2, (float(y0) + float(y1)) / 2
        x, y = x * c - y * s + 900, x * s + y * c + 900
        width, height = float(x1) - float(x0), float(y1) - float(y0)
        if across:
            width, height = height, width
        result.append([text, x - width / 2, y - height / 2, x + width / 2, y + height / 2, confidence])
    return result


def values(fields: dict[str, Field]) -> dict[str, str]:
    return {name: field["value"] for name, field in fields.items()}


EXPECTED = {
    "invoice_number": "KN-2025/0815",
    "type_code": "380",
    "issue_date": "2025-11-03",
    "due_date": "2025-12-03",
    "seller_name": "Kiesgrube Nord GmbH",
    "buyer_name": "Samtgemeinde Mühlengrund",
    "seller_vat_id": "DE136695976",
    "iban": "DE89370400440532013000",
    "net": "1000.00",
    "tax": "190.00",
    "gross": "1190.00",
    "payable": "1190.00",
    "currency": "EUR",
    "order_number": "B-77",
    "tax_rates": "19:190.00",
}


def test_a_plain_german_invoice_gives_all_its_fields() -> None:
    assert values(read_fields([words()])) == EXPECTED


@pytest.mark.parametrize("degrees", [-2.5, 0.7, 2.0, 90, 180, 270])
def test_a_crooked_or_turned_page_reads_the_same(degrees: float) -> None:
    assert values(read_fields([turned(words(), degrees)])) == EXPECTED


def test_every_field_stands_in_the_box_of_its_words() -> None:
    rows = words()
    number = next(row for row in rows if row[0] == "KN-2025/0815")
    field = read_fields([rows])["invoice_number"]
    assert (field["page"], field["box"]) == (1, number[1:5])
    assert "label" in field["witnesses"]


def test_amounts_that_add_up_with_label_and_rate_are_accepted() -> None:
    gross = read_fields([words()])["gross"]
    assert gross["accepted"]
    assert {"label", "arithmetic", "tax-rate"} <= set(gross["witnesses"])


def test_an_amount_misread_is_offered_but_not_accepted() -> None:
    fields = read_fields([words(INVOICE.replace("@480,428 1.190,00", "@480,428 7.190,00"))])
    assert not any(fields[name]["accepted"] for name in ("net", "tax", "gross", "payable"))


def test_the_net_that_recognition_lost_is_found_by_the_sum() -> None:
    fields = read_fields([words(INVOICE.replace("@300,400 Summe netto\n", ""))])
    assert fields["net"]["value"] == "1000.00"
    assert "arithmetic" in fields["net"]["witnesses"]


def test_totals_in_a_column_below_their_headings_are_read() -> None:
    layout = """
@60,100 Gesamtbeträge
@300,100 Netto EUR
@380,100 MwSt. EUR
@460,100 Brutto EUR
@60,114 Summe
@300,114 376,37
@380,114 71,51
@460,114 447,88
"""
    fields = read_fields([words(layout)])
    assert [fields[name]["value"] for name in ("net", "tax", "gross")] == ["376.37", "71.51", "447.88"]


def test_a_due_date_is_computed_from_the_terms_and_says_so() -> None:
    layout = INVOICE.replace("bis zum 03.12.2025 auf unser Konto", "zahlbar innerhalb von 14 Tagen netto")
    due = read_fields([words(layout)])["due_date"]
    assert due["value"] == "2025-11-17"
    assert "computed" in due["witnesses"]
    assert not due["accepted"]


def test_a_discount_period_is_no_due_date() -> None:
    layout = INVOICE.replace("bis zum 03.12.2025 auf unser Konto", "innerhalb von 10 Tagen mit 2 % Skonto")
    assert "due_date" not in read_fields([words(layout)])


def test_the_order_date_is_not_taken_for_the_invoice_date() -> None:
    layout = INVOICE.replace("Füllsand 0/2, 40 t", "Rechnung gemäß Bestellung vom 01.10.2025")
    assert read_fields([words(layout)])["issue_date"]["value"] == "2025-11-03"


def test_the_buyers_vat_id_is_not_taken_for_the_sellers() -> None:
    layout = INVOICE.replace(
        "@60,760 USt-IdNr.: DE136695976", "@60,760 Ihre USt-IdNr.: DE136695976\n@60,774 USt-IdNr.: DE811128135"
    )
    assert read_fields([words(layout)])["seller_vat_id"]["value"] == "DE811128135"


def test_an_identifier_without_its_checksum_is_never_accepted() -> None:
    layout = INVOICE.replace("DE89 3704", "DE12 3704").replace("DE136695976", "DE136695970")
    fields = read_fields([words(layout)])
    assert not fields["iban"]["accepted"]
    assert not fields["seller_vat_id"]["accepted"]


def test_words_read_unsurely_are_never_accepted() -> None:
    fields = read_fields([words(confidence=0.4)])
    assert not any(field["accepted"] for name, field in fields.items() if name not in ("net", "tax", "gross"))


@pytest.mark.parametrize(
    ("heading", "code"),
    [("Rechnung", "380"), ("Gutschrift", "381"), ("Rechnungskorrektur", "384"), ("Handelsrechnung (380)", "380")],
)
def test_the_heading_tells_the_type(heading: str, code: str) -> None:
    layout = INVOICE.replace("@60,300 Rechnung\n", f"@60,300 {heading}\n")
    assert read_fields([words(layout)])["type_code"]["value"] == code


def test_totals_on_the_last_page_are_read_and_placed_there() -> None:
    first = INVOICE.split("@300,400")[0]
    last = "@300,400" + INVOICE.split("@300,400")[1]
    fields = read_fields([words(first), [], words(last)])
    assert values(fields) == EXPECTED
    assert (fields["invoice_number"]["page"], fields["gross"]["page"]) == (1, 3)


def test_a_letter_gives_no_amounts_and_no_number() -> None:
    fields = read_fields([words("@60,60 Sehr geehrte Damen und Herren,\n@60,80 wir danken für Ihre Einladung.")])
    assert fields == {}
    assert read_fields([]) == {}
    assert read_fields([[]]) == {}


@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=12),
            *[st.floats(min_value=-50, max_value=900)] * 4,
            st.floats(min_value=0, max_value=1),
        ),
        max_size=30,
    )
)
def test_odd_words_never_raise(rows: list[tuple[str | float, ...]]) -> None:
    read_fields([rows])


def test_a_label_whose_words_meet_in_letters_that_look_like_another_is_known() -> None:
    rows = words("@70,139 Your order no.: BE5909\n@70,160 Steuer Nr. 12/345/67890")
    assert values(read_fields([rows])) == {"order_number": "BE5909", "seller_tax_no": "12/345/67890"}


@pytest.mark.parametrize(
    "rows",
    [
        [[f"{n},00", 400.0, n * 10.0, 440.0, n * 10.0 + 9, 0.9] for n in range(1, 20_000)],
        [["1.190,00", 5.0 * n, 100.0, 5.0 * n + 4, 109.0, 0.9] for n in range(20_000)],
        [["Rechnung", 60.0, 100.0, 140.0, 109.0, 0.9] for _ in range(20_000)],
    ],
    ids=["column", "line", "spot"],
)
def test_a_page_of_too_many_words_is_read_in_part_and_never_piles_up(rows: list[Row]) -> None:
    lines = page_lines(rows)
    assert sum(len(line.tokens) for line in lines) == 2_000
    assert max(len(line.tokens) for line in lines) == 120
    assert "gross" not in read_fields([rows])
