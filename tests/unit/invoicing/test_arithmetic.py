"""Sums that the official rules leave out: lines and VAT groups that are off are named, with the difference."""

from dataclasses import replace
from decimal import Decimal

import pytest

from invoicing import Invoice, check, write_ubl
from invoicing.arithmetic import arithmetic_findings, line_net
from invoicing.model import AllowanceCharge, Line, Party, PaymentInstructions, Price, TaxBreakdown
from invoicing.plausibility import plausibility_findings

D = Decimal


def _line(net: str, **changes: object) -> Line:
    line = Line("1", quantity=D("250"), net=D(net), price=Price(net=D("0.75"), base_quantity=D("10")))
    return replace(line, **changes)  # type: ignore[arg-type]


def _rules(invoice: Invoice) -> list[str]:
    return [one.rule for one in arithmetic_findings(invoice, {})]


def test_a_line_is_quantity_times_price_by_base_quantity_less_allowances_and_more_charges() -> None:
    line = _line("0", allowances=(AllowanceCharge(D("1.50")),), charges=(AllowanceCharge(D("2.00")), AllowanceCharge()))
    assert line_net(line) == D("19.25")


@pytest.mark.parametrize(
    ("net", "is_off"), [("18.75", False), ("18.76", False), ("18.77", True), ("18.73", True), ("-18.75", True)]
)
def test_a_cent_of_rounding_is_no_difference(net: str, is_off: bool) -> None:
    assert bool(_rules(Invoice(currency="EUR", lines=(_line(net),)))) is is_off


@pytest.mark.parametrize(
    "line",
    [
        _line("1", quantity=None),
        _line("1", price=None),
        _line("1", price=Price()),
        _line("1", price=Price(net=D(1), base_quantity=D(0))),
        replace(_line("1"), net=None),
    ],
)
def test_a_line_that_lacks_a_factor_is_not_judged(line: Line) -> None:
    assert _rules(Invoice(lines=(line,))) == []


def test_sub_lines_are_judged_too_and_named_by_their_place() -> None:
    invoice = Invoice(lines=(_line("18.75", sub_lines=(_line("18.75"), _line("99"))),))
    [finding] = arithmetic_findings(invoice, {"bg-25-1-bg-dex-01-2-bt-131": "/here"})
    assert (finding.rule, finding.location, finding.bt) == ("arithmetic.line", "/here", "BT-131")
    assert finding.detail == "angegeben 99,00, berechnet 18,75"


@pytest.mark.parametrize(
    ("tax", "is_off"), [("19.00", False), ("19.02", False), ("18.98", False), ("19.03", True), ("0", True)]
)
def test_a_vat_group_has_two_cents_where_the_official_rule_has_a_euro(tax: str, is_off: bool) -> None:
    group = TaxBreakdown(D("100"), D(tax), "S", D("19"))
    assert bool(_rules(Invoice(currency="EUR", tax_breakdown=(group,)))) is is_off


def test_currencies_without_cents_are_rounded_to_units() -> None:
    lines = (_line("19"),)
    assert _rules(Invoice(currency="HUF", lines=lines)) == []
    assert _rules(Invoice(currency="EUR", lines=lines)) == ["arithmetic.line"]


@pytest.mark.parametrize("huge", ["1e30", f"-{'9' * 30}.{'9' * 30}"])
def test_absurd_amounts_give_a_finding_and_no_error(huge: str) -> None:
    line = _line(huge, quantity=D(huge), price=Price(net=D(huge), base_quantity=D("0." + "0" * 29 + "1")))
    group = TaxBreakdown(D(huge), D("1"), "S", D(huge))
    assert _rules(Invoice(lines=(line,), tax_breakdown=(group,))) == ["arithmetic.line", "arithmetic.vat_group"]


@pytest.mark.parametrize(
    ("number", "is_wrong"),
    [
        ("DE123456788", False), ("DE 136 695 976", False), ("DE123456789", True), ("DE12", True),
        ("EL094259216", False), ("ATU13585627", False), ("CHE123456788", False),
        ("NO MVA", False), ("", False), ("DE" + "9" * 10_000, True),
        ("DE\u0661\u0662\u0663", True), ("ES\x00", True),
    ],
)  # fmt: skip
def test_vat_ids_of_member_states_are_judged_by_form_and_check_digits(number: str, is_wrong: bool) -> None:
    found = plausibility_findings(Invoice(seller=Party(vat_id=number)), {})
    assert [one.rule for one in found] == (["vat_id.check_digits"] if is_wrong else [])


def test_warnings_lead_to_their_place_and_speak_german(specimen: Invoice) -> None:
    assert specimen.seller
    off = replace(
        specimen,
        seller=replace(specimen.seller, vat_id="DE123456789"),
        lines=(specimen.lines[0], replace(specimen.lines[0], number="2", net=D("999"))),
        payment_instructions=(*specimen.payment_instructions, PaymentInstructions("58")),
    )
    found = {one["rule"]: one for one in check(write_ubl(off)).as_json()["findings"]}
    assert found["arithmetic.line"]["anchor"] == "bg-25-2-bt-131"
    assert "angegeben 999,00, berechnet 1.000,00" in found["arithmetic.line"]["message"]
    assert found["vat_id.check_digits"]["anchor"] == "bt-31"
    assert found["vat_id.check_digits"]["message"].startswith("Die Umsatzsteuer-ID")
    assert {found[rule]["level"] for rule in ("arithmetic.line", "vat_id.check_digits")} == {"warning"}
