"""One plain invoice of an invented craftsman to an invented town, complete enough for the schemas and EN 16931."""

from datetime import date
from decimal import Decimal

import pytest

from invoicing.model import (
    Account,
    Address,
    Contact,
    Delivery,
    Identifier,
    Invoice,
    Item,
    Line,
    LineTax,
    Note,
    Party,
    PaymentInstructions,
    Price,
    ProcessControl,
    TaxBreakdown,
    Totals,
)
from invoicing.scenarios import XRECHNUNG


@pytest.fixture
def specimen() -> Invoice:
    return plain_invoice()


def plain_invoice() -> Invoice:
    """Complete enough for the schemas and the official rules."""
    return Invoice(
        number="R-2026-17",
        issue_date=date(2026, 11, 5),
        type_code="380",
        currency="EUR",
        due_date=date(2026, 12, 5),
        buyer_reference="04011000-1234512345-06",
        purchase_order_reference="B-4711",
        payment_terms="#SKONTO#TAGE=14#PROZENT=2.25#\nZahlbar in 30 Tagen\n",
        notes=(Note("AAI", "Vielen Dank."),),
        process=ProcessControl("urn:fdc:peppol.eu:2017:poacc:billing:01:1.0", XRECHNUNG),
        seller=_seller(),
        buyer=_buyer(),
        delivery=Delivery(actual_date=date(2026, 11, 2)),
        payment_instructions=(
            PaymentInstructions(
                "58",
                remittance="R-2026-17",
                accounts=(Account("DE02120300000000202051", "Malerei Pinsel"), Account("DE02500105170137075030")),
            ),
        ),
        totals=Totals(
            lines=Decimal("1000.00"),
            net=Decimal("1000.00"),
            tax=Decimal("190.00"),
            gross=Decimal("1190.00"),
            payable=Decimal("1190.00"),
        ),
        tax_breakdown=(TaxBreakdown(Decimal("1000.00"), Decimal("190.00"), "S", Decimal("19")),),
        lines=(_line(),),
    )


def _seller() -> Party:
    return Party(
        name="Malerei Pinsel GmbH",
        identifiers=(Identifier("4711"),),
        legal_registration=Identifier("HRB 123"),
        vat_id="DE123456788",
        electronic_address=Identifier("rechnung@pinsel.example", "EM"),
        address=Address("Farbweg 3", city="Kleckersdorf", post_code="31234", country="DE"),
        contact=Contact("Petra Pinsel", "05171 1234", "petra@pinsel.example"),
    )


def _buyer() -> Party:
    return Party(
        name="Samtgemeinde Beispielau",
        electronic_address=Identifier("rechnung@beispielau.example", "EM"),
        address=Address("Rathausplatz 1", city="Beispielau", post_code="31235", country="DE"),
    )


def _line() -> Line:
    return Line(
        number="1",
        quantity=Decimal("20"),
        unit="HUR",
        net=Decimal("1000.00"),
        price=Price(net=Decimal("50.00")),
        tax=LineTax("S", Decimal("19")),
        item=Item("Anstrich Turnhalle", "Zwei Lagen"),
    )
