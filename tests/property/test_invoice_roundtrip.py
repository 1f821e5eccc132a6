"""Whatever a model says is still said after it was written as XML and read again, and the XML keeps its schema."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from invoicing.documents import read, write_cii, write_ubl
from invoicing.errors import NotExpressible
from invoicing.model import Invoice, Line, PaymentInstructions, Price
from invoicing.schemas import schema_errors
from tests.arbitrary_invoices import ALL_TERMS, arbitrary_invoices

_many = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
_few = settings(_many, max_examples=2, phases=[Phase.generate])


def _comes_back(invoice: Invoice, write: Callable[[Invoice], bytes], syntax: str) -> None:
    document = read(write(invoice))
    assert document.format.syntax == syntax
    assert document.invoice == invoice
    assert schema_errors(document.root, document.format.syntax) == []


@_many
@given(arbitrary_invoices())
def test_an_invoice_written_as_ubl_reads_back_equal(invoice: Invoice) -> None:
    _comes_back(_for_ubl(invoice), write_ubl, "ubl-invoice")


@_many
@given(arbitrary_invoices())
def test_a_credit_note_written_as_ubl_reads_back_equal(invoice: Invoice) -> None:
    _comes_back(_for_credit_note(invoice), write_ubl, "ubl-creditnote")


@_many
@given(arbitrary_invoices())
def test_an_invoice_written_as_cii_reads_back_equal(invoice: Invoice) -> None:
    _comes_back(_for_cii(invoice), write_cii, "cii")


@pytest.mark.parametrize("term", ALL_TERMS)
def test_every_term_comes_back_alone_in_every_syntax(term: str) -> None:
    @_few
    @given(st.data())
    def comes_back(data: st.DataObject) -> None:
        invoice = data.draw(arbitrary_invoices(terms=frozenset({term})))
        _comes_back(_for_ubl(invoice), write_ubl, "ubl-invoice")
        _comes_back(_for_credit_note(invoice), write_ubl, "ubl-creditnote")
        _comes_back(_for_cii(invoice), write_cii, "cii")

    comes_back()


@_few
@given(arbitrary_invoices(terms=frozenset({"BG-DEX-01", "BG-DEX-09"})))
def test_what_a_syntax_cannot_say_is_refused_not_dropped(invoice: Invoice) -> None:
    plain = replace(invoice, third_party_payments=())
    with pytest.raises(NotExpressible) as refusal:
        write_cii(plain)
    assert refusal.value.term == "BG-DEX-01"
    with pytest.raises(NotExpressible) as refusal:
        write_ubl(replace(invoice, type_code="381"))
    assert refusal.value.term == "BG-DEX-09"


def _for_ubl(invoice: Invoice) -> Invoice:
    """What the UBL schema demands beside a sales order (BT-14) and a gross price (BT-148) is said too."""
    if invoice.sales_order_reference and not invoice.purchase_order_reference:
        invoice = replace(invoice, purchase_order_reference="NA")
    return _priced(invoice, lambda price: price if price.gross is None else _with(price, discount=Decimal(0)))


def _for_credit_note(invoice: Invoice) -> Invoice:
    """A due date stands beside a means of payment there; third-party payments have no place."""
    if invoice.due_date and not invoice.payment_instructions:
        invoice = replace(invoice, payment_instructions=(PaymentInstructions("1"),))
    return replace(_for_ubl(invoice), type_code="381", third_party_payments=())


def _for_cii(invoice: Invoice) -> Invoice:
    """CII has no sub-lines and no third-party claims; it sorts identifiers without a scheme before the others.

    A discount (BT-147) implies the gross price there.
    """
    parties: dict[str, Any] = {
        role: replace(party, identifiers=tuple(sorted(party.identifiers, key=lambda one: one.scheme is not None)))
        for role in ("seller", "buyer", "payee", "tax_representative")
        if (party := getattr(invoice, role)) is not None
    }
    lines = tuple(replace(line, sub_lines=()) for line in invoice.lines)
    return _priced(replace(invoice, lines=lines, third_party_payments=(), **parties), _with_gross)


def _priced(invoice: Invoice, change: Callable[[Price], Price]) -> Invoice:
    """With changed prices; a unit (BT-150) stands at a base quantity, which is 1 where none was given."""

    def changed(line: Line) -> Line:
        price = line.price and change(line.price)
        if price and price.base_unit:
            price = _with(price, base_quantity=Decimal(1))
        return replace(line, price=price, sub_lines=tuple(map(changed, line.sub_lines)))

    return replace(invoice, lines=tuple(map(changed, invoice.lines)))


def _with_gross(price: Price) -> Price:
    return price if price.discount is None or price.net is None else _with(price, gross=price.net + price.discount)


def _with(price: Price, **defaults: Decimal) -> Price:
    return replace(price, **{name: value for name, value in defaults.items() if getattr(price, name) is None})
