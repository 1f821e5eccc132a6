"""Suppliers, own names, payment codes and remembered layouts as witnesses of what is printed."""

from dataclasses import replace

import pytest

from invoicing import layout_memory, payment_code
from invoicing.knowledge import Knowledge, KnownSeller
from invoicing.layout_memory import Example
from invoicing.text_fields import Field, read_fields
from tests.unit.invoicing.test_text_fields import INVOICE, Row, words

SELLER = KnownSeller("Kiesgrube Nord GmbH & Co. KG", ("DE136695976",), ("DE89370400440532013000",))
CODE = "BCD\n002\n1\nSCT\nCOBADEFFXXX\nKiesgrube Nord GmbH\nDE89370400440532013000\nEUR1190\n\n\nRechnung KN-2025/0815"
ODD = """
@60,60 Kiesgrube Nord GmbH
@60,90 Lieferung und Faktur
@60,120 Vorgang 4711-A
@60,134 Beleg / Stück 0815-B
@60,760 USt-IdNr.: DE136695976
"""


def read(layout: str = INVOICE, **given: object) -> dict[str, Field]:
    return read_fields([words(layout)], replace(Knowledge(), **given))


def test_a_known_supplier_is_named_as_the_list_spells_it() -> None:
    name = read(sellers=[SELLER])["seller_name"]
    assert (name["value"], name["accepted"]) == (SELLER.name, True)
    assert "master" in name["witnesses"]


def test_an_account_with_a_misread_digit_is_repaired_only_to_a_known_one() -> None:
    misread = INVOICE.replace("DE89 3704", "DE89 3794")
    assert not read(misread)["iban"]["accepted"]
    repaired = read(misread, sellers=[SELLER])["iban"]
    assert (repaired["value"], repaired["accepted"]) == (SELLER.ibans[0], True)
    assert {"repaired", "master", "checksum"} <= set(repaired["witnesses"])


def test_an_account_that_differs_in_three_digits_is_not_taken_for_the_known_one() -> None:
    assert read(INVOICE.replace("DE89 3704", "DE89 9999"), sellers=[SELLER])["iban"]["value"] != SELLER.ibans[0]


def test_two_suppliers_whose_numbers_are_printed_confirm_neither_unless_one_is_named() -> None:
    factor = KnownSeller("Abtretungsbank AG", (), SELLER.ibans)
    other = KnownSeller("Ganz Anders KG", SELLER.vat_ids)
    assert "master" not in read(sellers=[factor, other])["seller_name"]["witnesses"]
    assert read(sellers=[factor, SELLER])["seller_name"]["value"] == SELLER.name


def test_the_own_name_is_spelt_as_the_town_spells_it() -> None:
    layout = INVOICE.replace("Samtgemeinde Mühlengrund", "Samtgemeinde Muehlengrund")
    assert read(layout, own_names=["Samtgemeinde Mühlengrund"])["buyer_name"]["value"] == "Samtgemeinde Mühlengrund"


def test_a_payment_code_that_agrees_is_a_witness() -> None:
    fields = read(payment_code=payment_code.parse(CODE))
    assert all("code" in fields[name]["witnesses"] for name in ("iban", "payable", "invoice_number"))
    assert fields["iban"]["accepted"]


def test_a_payment_code_that_contradicts_the_print_is_shown_and_stops_acceptance() -> None:
    forged = payment_code.parse(CODE.replace("DE89370400440532013000", "DE02120300000000202051"))
    iban = read(payment_code=forged)["iban"]
    assert iban["value"] == SELLER.ibans[0]
    assert "contradicted" in iban["witnesses"]
    assert not iban["accepted"]


def test_what_is_only_in_the_code_has_no_place() -> None:
    layout = INVOICE.replace("@300,760 IBAN: DE89 3704 0044 0532 0130 00", "@300,760 Danke")
    assert read(layout, payment_code=payment_code.parse(CODE))["iban"]["box"] is None


@pytest.mark.parametrize(
    "text", ["", "BCD", CODE.replace("SCT", "XXX"), CODE.replace("DE89", "DE88"), CODE + "x" * 400]
)
def test_other_texts_are_no_payment_codes(text: str) -> None:
    assert payment_code.parse(text) is None


def example(document: str, value: str = "0815-B", layout: str = ODD) -> Example:
    learnt = layout_memory.learn([words(layout)], "invoice_number", value)
    assert learnt is not None
    label, place, x, y = learnt
    return Example("DE136695976", document, "invoice_number", label, place, x, y)


def next_invoice() -> list[Row]:
    return words(ODD.replace("0815-B", "0933-B").replace("4711-A", "4799-A"))


def number_with(*examples: Example) -> Field | None:
    return read_fields([next_invoice()], Knowledge(examples=examples)).get("invoice_number")


def test_two_corrected_invoices_teach_where_the_sender_prints_its_number() -> None:
    assert number_with() is None
    taught = number_with(example("one"), example("two"))
    assert taught is not None
    assert (taught["value"], taught["accepted"]) == ("0933-B", True)
    assert {"layout", "examples-2"} <= set(taught["witnesses"])


def test_one_correction_is_only_a_hint() -> None:
    taught = number_with(example("one"))
    assert taught is not None
    assert not taught["accepted"]
    assert number_with(example("one"), example("one")) == taught


def test_a_wrong_correction_does_not_outweigh_the_right_ones() -> None:
    taught = number_with(example("wrong", "4711-A"), example("one"), example("two"))
    assert taught is not None
    assert taught["value"] == "0933-B"


def test_corrections_that_contradict_each_other_prove_nothing() -> None:
    pairs = [example(name, value) for value in ("4711-A", "0815-B") for name in (f"{value}-1", f"{value}-2")]
    taught = number_with(*pairs)
    assert taught is None or not taught["accepted"]


def test_the_layout_of_another_sender_is_not_used() -> None:
    others = [replace(example(name), seller="DE811907980") for name in ("one", "two")]
    assert number_with(*others) is None


def test_nothing_is_learnt_from_a_value_that_is_not_printed() -> None:
    assert layout_memory.learn([words(ODD)], "invoice_number", "9999") is None
    assert layout_memory.learn([words(ODD)], "seller_name", "Kiesgrube Nord GmbH") is None
