"""Which letters are invoices: our own letters of every kind that a town receives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.document_type import Decision, decide
from invoicing.letter_fields import read_letter
from invoicing.text_fields import read_fields
from tests.unit.invoicing.test_text_fields import INVOICE, words

HEAD = """
@60,60 Kiesgrube Nord GmbH
@60,120 Kiesgrube Nord GmbH · Am Bagger 3 · 21335 Lüneburg
@60,140 Samtgemeinde Mühlengrund
@60,154 Kämmerei
@60,168 Rathausplatz 1
@60,182 29386 Grünheide
@340,200 Ihr Zeichen: 20.1-114/25
@340,214 Unser Zeichen: KN/33-2
@340,228 Datum: 03.11.2025
"""
FOOT = "@60,760 USt-IdNr.: DE136695976\n@300,760 IBAN: DE89 3704 0044 0532 0130 00"
SUMS = """
@300,400 Summe netto
@480,400 1.000,00
@300,414 zzgl. 19 % MwSt.
@480,414 190,00
@300,428 Gesamtbetrag
@480,428 1.190,00 EUR
"""
REMINDER = "@60,330 Unsere Rechnung Nr. 4711 vom 01.10.2025 über 1.190,00 EUR ist offen.\n@60,344 Bitte zahlen Sie."
COMPLAINT = """
@60,300 Ihre Rechnung vom 01.10.2025
@60,330 Sehr geehrte Damen und Herren,
@60,350 Ihre Rechnung Nr. 4711 vom 01.10.2025 können wir nicht anerkennen, weil die Lieferung
@60,364 unvollständig war. Bitte senden Sie uns eine neue.
"""
OTHERS = {
    "dunning": f"@60,300 1. Mahnung\n{REMINDER}\n{FOOT}",
    "dunning with sums": f"@60,300 Zahlungserinnerung\n{REMINDER}{SUMS}{FOOT}",
    "offer": f"@60,300 Angebot Nr. 2025-77\n@60,330 Gern bieten wir Ihnen an:{SUMS}{FOOT}",
    "delivery note": "@60,300 Lieferschein\n@60,330 Lieferschein-Nr. 88\n@60,350 40 t Füllsand",
    "order confirmation": f"@60,300 Auftragsbestätigung\n@60,330 Auftrags-Nr. 88{SUMS}{FOOT}",
    "tax assessment": "@60,300 Bescheid über Grundsteuer 2025\n@60,340 Festgesetzt: 312,40 EUR, fällig am 15.11.2025.",
    "about an invoice": COMPLAINT,
    "letter": "@60,300 Sperrung der Dorfstraße\n@60,330 Sehr geehrte Damen und Herren,\n@60,350 wir bitten darum.",
    "advice of payment": f"@60,300 Zahlungsavis\n@60,330 Rechnung 4711 vom 01.10.2025 1.190,00 EUR\n{FOOT}",
}


def judged(layout: str) -> Decision:
    rows = [words(layout)]
    return decide(rows, read_fields(rows))


@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS.keys())
def test_other_letters_are_no_invoices(body: str) -> None:
    decision = judged(f"{HEAD.strip()}\n{body.strip()}")
    assert not decision.is_invoice, decision


@pytest.mark.parametrize("heading", ["Rechnung", "RECHNUNG NR. 4711", "Gutschrift", "Invoice", "Ihre Stromrechnung"])
def test_invoices_are_told_by_what_they_call_themselves_and_by_their_sums(heading: str) -> None:
    decision = judged(INVOICE.replace("@60,300 Rechnung", f"@60,300 {heading}"))
    assert decision.is_invoice, decision
    assert {"heading", "sum"} <= set(decision.reasons)


def test_an_invoice_that_names_its_order_and_delivery_note_stays_one() -> None:
    extra = "@60,310 Bestellung vom 01.10.2025, Lieferschein Nr. 88 vom 02.10.2025, unser Angebot vom 01.09.2025"
    assert judged(f"{INVOICE.strip()}\n{extra}").is_invoice


def test_a_letter_gives_its_date_sender_subject_and_references() -> None:
    body = "@60,290 Sperrung der Dorfstraße\n@60,301 ab 1. Dezember\n@60,330 Sehr geehrte Damen und Herren,"
    found = read_letter([words(f"{HEAD.strip()}\n{body}")])
    assert {name: field["value"] for name, field in found.items()} == {
        "letter_date": "2025-11-03",
        "sender": "Kiesgrube Nord GmbH",
        "subject": "Sperrung der Dorfstraße ab 1. Dezember",
        "your_reference": "20.1-114/25",
        "our_reference": "KN/33-2",
    }
    assert all(field["box"] for field in found.values())


def test_references_stand_below_their_labels_in_the_line_of_references() -> None:
    line = "@60,240 Ihr Zeichen\n@180,240 Unser Zeichen\n@60,252 20.1-114/25\n@180,252 KN/33-2"
    found = read_letter([words(line)])
    assert found["your_reference"]["value"] == "20.1-114/25"
    assert found["our_reference"]["value"] == "KN/33-2"


def test_a_labelled_subject_counts_before_the_line_above_the_greeting() -> None:
    found = read_letter([words("@60,300 Betreff: Hundesteuer\n@60,330 Sehr geehrte Damen und Herren,")])
    assert found["subject"]["value"] == "Hundesteuer"


row = st.tuples(
    st.text(min_size=1, max_size=25),
    *(st.floats(-1e4, 1e4, allow_nan=False) for _ in range(4)),
    st.floats(0, 1),
).map(list)


@given(st.lists(st.lists(row, max_size=25), max_size=2))
def test_odd_words_never_raise(pages: list[list[list[str | float]]]) -> None:
    read_letter(pages)
    decide(pages, read_fields(pages))
