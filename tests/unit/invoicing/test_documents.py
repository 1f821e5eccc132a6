"""What is read from bytes, and that what is written satisfies the official schemas."""

from dataclasses import replace
from decimal import Decimal

import pytest

from invoicing import NotAnInvoice, read, write_cii, write_ubl
from invoicing.detect import Syntax
from invoicing.model import Account, Binary, Identifier, Invoice, Line, Party, PaymentInstructions, SupportingDocument
from invoicing.schemas import schema_errors

_CBC = 'xmlns="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
_CAC = 'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"'


def _ubl(content: str) -> Invoice:
    root = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    return read(f'<u:Invoice xmlns:u="{root}" {_CBC} {_CAC}>{content}</u:Invoice>'.encode()).invoice


@pytest.mark.parametrize("type_code", ["380", "381"])
def test_written_ubl_is_valid_against_the_schema(specimen: Invoice, type_code: str) -> None:
    document = read(write_ubl(replace(specimen, type_code=type_code)))
    assert schema_errors(document.root, document.format.syntax) == []


def test_written_cii_is_valid_against_the_schema(specimen: Invoice) -> None:
    document = read(write_cii(specimen))
    assert document.format.syntax is Syntax.CII
    assert schema_errors(document.root, document.format.syntax) == []


def test_a_full_invoice_stays_valid_in_both_syntaxes(specimen: Invoice) -> None:
    attached = SupportingDocument(
        "A1", "Aufmaß", "https://pinsel.example/a1", Binary(b"%PDF", "application/pdf", "a.pdf")
    )
    full = replace(
        specimen, supporting_documents=(attached,), invoiced_object=Identifier("Z-1", "ABZ"), tender_reference="L1"
    )
    for written in (write_ubl(full), write_cii(full)):
        document = read(written)
        assert document.invoice == full
        assert schema_errors(document.root, document.format.syntax) == []


def test_terms_come_in_the_order_of_the_standard_with_numbers_as_written(specimen: Invoice) -> None:
    terms = read(write_cii(specimen)).reading.terms
    assert terms[:4] == (("BT-1", "R-2026-17"), ("BT-2", "2026-11-05"), ("BT-3", "380"), ("BT-5", "EUR"))
    assert ("BT-112", "1190.00") in terms
    assert [term.bt for term in terms if term.bt == "BT-84"] == ["BT-84", "BT-84"]


def test_every_account_of_one_means_of_payment_is_kept_in_ubl() -> None:
    means = "<cac:PaymentMeans><PaymentMeansCode>58</PaymentMeansCode>{}</cac:PaymentMeans>"
    account = "<cac:PayeeFinancialAccount><ID>{}</ID></cac:PayeeFinancialAccount>"
    invoice = _ubl("".join(means.format(account.format(iban)) for iban in ("DE1", "DE2", "DE3")))
    assert invoice.payment_instructions == (
        PaymentInstructions("58", accounts=(Account("DE1"), Account("DE2"), Account("DE3"))),
    )


def test_different_means_of_payment_stay_apart() -> None:
    means = "<cac:PaymentMeans><PaymentMeansCode>{}</PaymentMeansCode></cac:PaymentMeans>"
    invoice = _ubl(means.format("30") + means.format("58"))
    assert [one.means_code for one in invoice.payment_instructions] == ["30", "58"]


def test_a_seller_named_only_by_its_legal_entity_is_found() -> None:
    legal = "<cac:PartyLegalEntity><RegistrationName>Pinsel GmbH</RegistrationName></cac:PartyLegalEntity>"
    invoice = _ubl(f"<cac:AccountingSupplierParty><cac:Party>{legal}</cac:Party></cac:AccountingSupplierParty>")
    assert invoice.seller == Party(name="Pinsel GmbH")


def test_a_seller_without_a_legal_name_is_found_by_its_trading_name() -> None:
    party = "<cac:Party><cac:PartyName><Name>Pinsel</Name></cac:PartyName></cac:Party>"
    seller = _ubl(f"<cac:AccountingSupplierParty>{party}</cac:AccountingSupplierParty>").seller
    assert seller is not None
    assert seller.name == "Pinsel"


def test_the_line_ends_of_the_payment_terms_survive() -> None:
    terms = "#SKONTO#TAGE=14#PROZENT=2.25#\n"
    assert _ubl(f"<cac:PaymentTerms><Note>{terms}</Note></cac:PaymentTerms>").payment_terms == terms


def test_a_note_code_is_read_out_of_the_text_in_ubl() -> None:
    note = _ubl("<Note>#ADU#Bitte beachten</Note>").notes[0]
    assert (note.subject_code, note.text) == ("ADU", "Bitte beachten")


def test_an_allowance_is_recognised_by_either_form_of_false() -> None:
    allowance = "<cac:AllowanceCharge><ChargeIndicator>%s</ChargeIndicator><Amount>5</Amount></cac:AllowanceCharge>"
    invoice = _ubl(allowance % "false" + allowance % "0" + allowance % "1")
    assert len(invoice.allowances) == 2
    assert len(invoice.charges) == 1


@pytest.mark.parametrize("text", ["12,50", "1e3", "", "zwölf", "NaN"])
def test_an_unreadable_amount_is_absent_and_reported(text: str) -> None:
    content = f"<cac:LegalMonetaryTotal><PayableAmount>{text}</PayableAmount></cac:LegalMonetaryTotal>"
    root = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    reading = read(f'<u:Invoice xmlns:u="{root}" {_CBC} {_CAC}>{content}</u:Invoice>'.encode()).reading
    assert reading.invoice.totals is None
    assert [(one.rule, one.bt) for one in reading.findings] == [("value.amount", "BT-115")]
    assert ("BT-115", text) in reading.terms


@pytest.mark.parametrize(("text", "listed"), [("00000000", 'ILLEGAL DATE FORMAT of "00000000".'), ("20260230", None)])
def test_an_impossible_date_is_absent_and_listed_as_such(specimen: Invoice, text: str, listed: str | None) -> None:
    written = write_cii(specimen).replace(b">20261105<", f">{text}<".encode())
    reading = read(written).reading
    assert reading.invoice.issue_date is None
    assert dict(reading.terms)["BT-2"] == (listed or f'ILLEGAL DATE FORMAT of "{text}".')


def test_sub_lines_are_read_at_every_depth() -> None:
    inner = "<cac:SubInvoiceLine><ID>1.1.1</ID></cac:SubInvoiceLine>"
    lines = f"<cac:InvoiceLine><ID>1</ID><cac:SubInvoiceLine><ID>1.1</ID>{inner}</cac:SubInvoiceLine></cac:InvoiceLine>"
    assert _ubl(lines).lines == (Line("1", sub_lines=(Line("1.1", sub_lines=(Line("1.1.1"),)),)),)


def test_tax_in_two_currencies_is_told_apart() -> None:
    total = '<cac:TaxTotal><TaxAmount currencyID="{0}">{1}</TaxAmount></cac:TaxTotal>'
    head = "<DocumentCurrencyCode>EUR</DocumentCurrencyCode><TaxCurrencyCode>SEK</TaxCurrencyCode>"
    totals = _ubl(head + total.format("SEK", "99") + total.format("EUR", "9")).totals
    assert totals is not None
    assert (totals.tax, totals.tax_in_tax_currency) == (Decimal(9), Decimal(99))


def test_another_root_element_is_no_invoice() -> None:
    with pytest.raises(NotAnInvoice):
        read(b"<Brief/>")
