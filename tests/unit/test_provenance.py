"""Every value that is shown says where it comes from and why; nothing that a person typed passes for read."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from dms.intake.choosing import CHOSEN
from dms.payables.models import PayableInvoice
from dms.records.models import Document, ExtractedValue
from dms.web import provenance
from dms.web.provenance import SYSTEM_NAME

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def value(name: str, text: str, source: str = "reading", *witnesses: str) -> ExtractedValue:
    return ExtractedValue(
        name=name, value=text, source=source, witnesses=list(witnesses), box=[1, 2, 3, 4], page=1, confidence=0.97,
        actor_name="A. Amt" if source == "person" else None, at=AT,
    )  # fmt: skip


def version(field: str, who: str) -> SimpleNamespace:
    return SimpleNamespace(actor_name=who, at=AT, changes=[{"field": field, "old": None, "new": "x"}])


@pytest.mark.parametrize(
    ("given", "source", "why"),
    [
        (value("iban", "DE02", "xml"), "XML", "So steht es in der XML der E-Rechnung."),
        (
            value("iban", "DE02", "reading", "checksum"),
            "gelesen (97\N{NARROW NO-BREAK SPACE}%)",
            "Die Prüfziffer stimmt.",
        ),
        (
            value("iban", "DE02"),
            "gelesen (97\N{NARROW NO-BREAK SPACE}%)",
            "Nur gelesen, durch nichts anderes bestätigt.",
        ),
        (value("iban", "DE02", "person", CHOSEN), "von Hand gewählt", "Von Hand gewählt von A. Amt"),
        (value("iban", "DE02", "person"), "eingegeben", "Eingegeben von A. Amt"),
    ],
)
def test_a_value_says_where_it_comes_from_and_why(given: ExtractedValue, source: str, why: str) -> None:
    found = provenance.of_value(given)
    assert (found.source, found.region) == (source, "iban")
    assert found.why[0].startswith(why)


def test_each_filled_field_of_an_invoice_has_its_reason() -> None:
    row = PayableInvoice(
        seller_name="Pinsel GmbH", payee_name="Pinsel GmbH", invoice_number="R-17", issued_on=date(2026, 11, 5),
        gross_cents=119_000, payable_cents=119_000, iban="DE99",
    )  # fmt: skip
    known = {
        "seller": value("seller", "Pinsel GmbH", "reading", "letterhead"),
        "invoice_number": value("invoice_number", "R-17", "xml"),
        "gross": value("gross", "1190.00", "person", CHOSEN),
        "iban": value("iban", "DE02120300000000202051", "reading", "checksum"),
    }
    found = provenance.of_payable(row, known, [version("iban", "B. Bau")])
    filled = {"seller_name", "payee_name", "invoice_number", "issued_on", "gross_cents", "payable_cents", "iban"}
    assert found.keys() == filled
    assert all(each.why and each.source for each in found.values())
    assert found["iban"].source == "eingegeben", "what was read says something else"
    assert found["iban"].why[0].startswith("Eingetragen von B. Bau")
    assert found["iban"].region is None
    assert found["payable_cents"].why == ("Ein anderer Zahlbetrag als das Brutto ist nicht genannt.",)
    assert found["issued_on"].why == ("Bei der Erfassung eingetragen.",)


def test_each_filled_field_of_a_document_has_its_reason() -> None:
    row = Document(title="scan.pdf", sender="Pinsel GmbH", recipient="Gemeinde", foreign_reference="R-17")
    known = {"invoice_number": value("invoice_number", "R-17"), "seller": value("seller", "Anderer")}
    found = provenance.of_document(row, known, [version("sender", "B. Bau"), version("recipient", SYSTEM_NAME)])
    assert found["title"].why == ("So heißt die Datei.",)
    assert (found["sender"].source, found["recipient"].source) == ("eingegeben", "gelesen")
    assert found["foreign_reference"].region == "invoice_number"
    assert "document_date" not in found
