"""Dates, amounts, IBANs and VAT ids as printed and as misread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.text_values import amounts, dates, ibans, repair, vat_ids

IBAN = "DE89370400440532013000"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vom 19.05.2014", "2014-05-19"),
        ("1.2.24", "2024-02-01"),
        ("01. 02. 2024", "2024-02-01"),
        ("31/01/2026", "2026-01-31"),
        ("2024-11-30", "2024-11-30"),
        ("11. Juli 2014", "2014-07-11"),
        ("den 3. März 2025", "2025-03-03"),
        ("12 December 2025", "2025-12-12"),
        ("05-Mar-2018", "2018-03-05"),
        ("March 5, 2018", "2018-03-05"),
        ("2018/03/05", "2018-03-05"),
        ("03/25/2018", "2018-03-25"),
    ],
)
def test_dates_in_every_usual_form(text: str, expected: str) -> None:
    assert [value.value for value in dates(text)] == [expected]


@pytest.mark.parametrize(
    "text", ["31.02.2024", "12.13.2024", "1.234.2024", "01.01.1899", "4711/123456", "192.168.1.2024"]
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert dates(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.005,55", ["1005.55"]),
        ("1 005,55 €", ["1005.55"]),
        ("12,345.60 USD", ["12345.60"]),
        ("EUR 7,00", ["7.00"]),
        ("-19,99", ["-19.99"]),
        ("19,99-", ["-19.99"]),
        ("376,37  71,51  447,88", ["376.37", "71.51", "447.88"]),
        ("Summe: 1.234.567,89", ["1234567.89"]),
    ],
)
def test_amounts_in_german_and_english_notation(text: str, expected: list[str]) -> None:
    assert [value.value for value in amounts(text)] == expected


@pytest.mark.parametrize(
    "text", ["19,00%", "19,00 %", "308,50 KG", "19.05.2014", "Nr. 471102", "1.234", "089/99822,00"]
)
def test_percentages_weights_and_numbers_are_no_amounts(text: str) -> None:
    assert amounts(text) == []


@given(st.decimals(min_value=0, max_value=9_999_999, places=2))
def test_every_amount_printed_the_german_way_is_read_back(amount: object) -> None:
    printed = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert [value.value for value in amounts(f"Betrag {printed} EUR")] == [f"{amount:.2f}"]


@pytest.mark.parametrize(
    "text", ["DE89 3704 0044 0532 0130 00", "IBAN:DE89370400440532013000 BIC COBADEFF", f"({IBAN})"]
)
def test_an_iban_is_found_with_and_without_blanks(text: str) -> None:
    (value,) = ibans(text)
    assert (value.value, value.witnesses) == (IBAN, ("checksum",))


def test_an_iban_misread_with_letters_for_digits_is_repaired_and_marked() -> None:
    (value,) = ibans("DE89 37O4 OO44 O532 O130 00")
    assert (value.value, value.witnesses) == (IBAN, ("checksum", "repaired"))


def test_an_iban_with_a_wrong_checksum_is_offered_without_that_witness() -> None:
    (value,) = ibans("DE12 3704 0044 0532 0130 00")
    assert value.witnesses == ()


def test_a_vat_id_carries_its_checksum_as_witness() -> None:
    assert [(value.value, value.witnesses) for value in vat_ids("USt-IdNr. DE136695976")] == [
        ("DE136695976", ("checksum",))
    ]
    assert vat_ids("DE 123 456 789")[0].witnesses == ()
    assert vat_ids("keine") == []


def test_nothing_is_repaired_when_two_readings_would_pass() -> None:
    assert repair("XXOI", lambda text: text in ("XX0I", "XXO1")) is None
    assert repair("XXOI", lambda text: text == "XX01") == ("XX01", ("repaired",))


@given(st.text(max_size=300))
def test_no_text_makes_a_finder_fail(text: str) -> None:
    for find in (dates, amounts, ibans, vat_ids):
        for value in find(text):
            assert 0 <= value.start < value.end <= len(text)
