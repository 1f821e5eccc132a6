"""A finding leads to the value that it is about, however the rules and the parsers write its place."""

from dataclasses import replace
from decimal import Decimal

import pytest

from invoicing import Invoice, anchors, check, read, write_cii, write_ubl
from invoicing.anchors import Anchors, normal_location
from invoicing.detect import Syntax
from invoicing.locations import names_of, term_at
from invoicing.model import AllowanceCharge, PaymentInstructions

_CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("/Invoice/ID", "/Invoice[1]/ID[1]"),
        ("/*:Invoice[namespace-uri()='urn:x'][1]/*:InvoiceLine[3]", "/Invoice[1]/InvoiceLine[3]"),
        (f"/Q{{urn:x/y}}Invoice[1]/Q{{{_CAC}}}InvoiceLine[3]/@unitCode", "/Invoice[1]/InvoiceLine[3]/@unitCode"),
        ("/rsm:CrossIndustryInvoice/ram:A[2]/ram:B", "/CrossIndustryInvoice[1]/A[2]/B[1]"),
        ("/*/cac:InvoiceLine[2]", None),
        ("//ram:ID", None),
        ("", None),
        ("cen-ubl", None),
    ],
)
def test_every_way_to_write_a_place_has_one_normal_form(written: str, normal: str | None) -> None:
    assert normal_location(written) == normal


def _with_lines(specimen: Invoice) -> Invoice:
    line = specimen.lines[0]
    reduced = replace(
        line, number="2", allowances=(AllowanceCharge(Decimal(1), reason="Rabatt"),), sub_lines=(line, line)
    )
    return replace(
        specimen,
        lines=(line, reduced),
        allowances=(AllowanceCharge(Decimal(1), vat_category="S", reason="a"),),
        charges=(AllowanceCharge(Decimal(2), vat_category="S", reason="b"),),
    )


def _found(places: dict[str, str], location: str, bt: str | None) -> str | None:
    return Anchors(places).of(location, bt)


@pytest.mark.parametrize(
    ("location", "bt", "name"),
    [
        ("/Invoice/LegalMonetaryTotal/TaxInclusiveAmount", "BT-112", "bt-112"),
        ("/Invoice/LegalMonetaryTotal", "BT-112", "bt-112"),
        ("/Invoice/InvoiceLine[2]/LineExtensionAmount", "BT-131", "bg-25-2-bt-131"),
        ("/Invoice/InvoiceLine[2]/InvoicedQuantity/@unitCode", "BT-130", "bg-25-2-bt-130"),
        ("/Invoice/InvoiceLine[2]", "BT-131", "bg-25-2-bt-131"),
        ("/Invoice/InvoiceLine[2]", "BT-134", "bg-25-2"),
        ("/Invoice/InvoiceLine[2]/SubInvoiceLine[2]/Item/Name", "BT-153", "bg-25-2-bg-dex-01-2-bt-153"),
        ("/Invoice/InvoiceLine[2]/AllowanceCharge[1]/Amount", "BT-136", "bg-25-2-bg-27-1-bt-136"),
        ("/Invoice/AllowanceCharge[1]/Amount", "BT-92", "bg-20-1-bt-92"),
        ("/Invoice/AllowanceCharge[2]/Amount", "BT-99", "bg-21-1-bt-99"),
        ("/Invoice/AccountingSupplierParty/Party", "BT-31", "bt-31"),
        ("/Invoice/AccountingSupplierParty/Party", "BT-32", "bg-4"),
        ("/Invoice/AccountingSupplierParty/Party/PartyIdentification/ID", None, "bt-29-1"),
        ("/Invoice/PaymentMeans[2]/PayeeFinancialAccount/ID", "BT-84", "bg-16-1-bg-17-2-bt-84"),
        ("/Invoice/InvoiceLine[1]/ID", "BT-5", "bt-5"),
        ("/Invoice", "BT-17", None),
        ("nowhere", "BT-84", "bg-16-1-bg-17-1-bt-84"),
    ],
)
def test_a_place_in_ubl_leads_to_its_value(specimen: Invoice, location: str, bt: str | None, name: str | None) -> None:
    places = read(write_ubl(_with_lines(specimen))).reading.places
    assert _found(dict(places), location, bt) == name


def test_the_two_totals_of_cii_are_told_apart(specimen: Invoice) -> None:
    assert specimen.totals
    foreign = replace(specimen, tax_currency="SEK", totals=replace(specimen.totals, tax_in_tax_currency=Decimal(2000)))
    places = read(write_cii(foreign)).reading.places
    found = {name: location for location, name in places.items() if "TaxTotalAmount" in location}
    assert found.keys() == {"bt-110", "bt-111"}
    assert Anchors(places).of(found["bt-111"], "BT-111") == "bt-111"


def test_more_places_than_the_limit_are_not_kept(specimen: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "MAX_PLACES", 5)
    assert len(read(write_ubl(specimen)).reading.places) == 5


def test_a_violation_of_the_schema_leads_to_its_value(specimen: Invoice) -> None:
    data = write_ubl(specimen).replace(b">2026-11-05</cbc:IssueDate", b">05.11.2026</cbc:IssueDate")
    [finding] = [one for one in check(data).as_json()["findings"] if one["rule"] == "xsd.invalid"]
    assert (finding["location"], finding["bt"]) == ("/*:Invoice[1]/*:IssueDate[1]", "BT-2")
    broken = data.replace(b"<cbc:InvoicedQuantity unitCode", b"<cbc:InvoicedQuantity nonsense")
    found = [one for one in check(broken).as_json()["findings"] if one["rule"] == "xsd.invalid"]
    assert "bg-25-1-bt-129" in {one["anchor"] for one in found}


def test_a_report_keeps_its_places_on_the_way_out_of_the_jail(specimen: Invoice) -> None:
    report = check(write_ubl(replace(specimen, payment_instructions=(PaymentInstructions("58"),))))
    assert type(report).load(report.dump()).places == report.places
    assert report.places


def test_the_names_of_steps_are_read_in_the_form_of_the_processor() -> None:
    place = f"/Q{{urn:x}}Invoice[1]/Q{{{_CAC}}}InvoiceLine[3]/Q{{urn:y}}LineExtensionAmount[1]"
    assert names_of(place) == ("Invoice", "InvoiceLine", "LineExtensionAmount")
    assert term_at(Syntax.UBL_INVOICE, place, "[X] no term is named here") == "BT-131"


def test_a_charge_is_not_taken_for_an_allowance(specimen: Invoice) -> None:
    places = read(write_ubl(_with_lines(specimen))).reading.places
    place = "/Invoice/AllowanceCharge[2]/AllowanceChargeReason"
    assert term_at(Syntax.UBL_INVOICE, place, "") == "BT-97"
    assert term_at(Syntax.UBL_INVOICE, place, "", Anchors(places).term(place)) == "BT-104"
