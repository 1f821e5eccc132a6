"""Sums that the official rules leave out or check with a tolerance of a whole euro: lines, and VAT by group.

Findings are warnings of ours, never a reason to reject: a person looks at the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, DecimalException

from invoicing import wording
from invoicing.anchors import anchor
from invoicing.findings import Finding, Level
from invoicing.model import AllowanceCharge, Invoice, Line, TaxBreakdown

LINE_TOLERANCE = Decimal("0.01")
GROUP_TOLERANCE = Decimal("0.02")
"""In the invoice currency; a VAT group has more because programs round lines or the whole."""
_BT = {"arithmetic.line": "BT-131", "arithmetic.vat_group": "BT-117"}
_WITHOUT_CENTS = frozenset({
    "BIF", "CLP", "DJF", "GNF", "HUF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
    "XPF",
})  # fmt: skip
"""Currencies whose amounts are rounded to whole units (ISO 4217; the forint by custom): there a unit is a cent."""


def arithmetic_findings(invoice: Invoice, where: Mapping[str, str]) -> tuple[Finding, ...]:
    """Every line and VAT group that is off; `where` leads from a name of `anchors` to the XPath in the document."""
    cent = 100 if invoice.currency in _WITHOUT_CENTS else 1
    sums = (
        ("arithmetic.line", anchor(inside, "BT-131"), line.net, line_net(line), LINE_TOLERANCE * cent)
        for line, inside in _lines(invoice.lines, "", "BG-25")
    )
    taxes = (
        ("arithmetic.vat_group", anchor(f"bg-23-{n}", "BT-117"), one.tax, group_tax(one), GROUP_TOLERANCE * cent)
        for n, one in enumerate(invoice.tax_breakdown, 1)
    )
    return tuple(
        Finding(rule, Level.WARNING, where.get(name), _BT[rule], wording.difference(said, expected))
        for rule, name, said, expected, tolerance in (*sums, *taxes)
        if said is not None and expected is not None and abs(said - expected) > tolerance
    )


def line_net(line: Line) -> Decimal | None:
    """Quantity × price / base quantity − allowances + charges, not rounded; None where a factor is missing or zero."""
    price = line.price
    if line.quantity is None or price is None or price.net is None or price.base_quantity == 0:
        return None
    try:
        gross = line.quantity * price.net / (price.base_quantity or 1)
        return gross - _total(line.allowances) + _total(line.charges)
    except DecimalException:
        return None


def group_tax(group: TaxBreakdown) -> Decimal | None:
    """Taxable amount × rate, not rounded; never the sum of line by line."""
    if group.taxable is None or group.rate is None:
        return None
    return group.taxable * group.rate / 100


def _lines(lines: tuple[Line, ...], inside: str, group: str) -> Iterator[tuple[Line, str]]:
    for number, line in enumerate(lines, 1):
        own = anchor(inside, group, number)
        yield line, own
        yield from _lines(line.sub_lines, own, "BG-DEX-01")


def _total(group: tuple[AllowanceCharge, ...]) -> Decimal:
    return sum((one.amount or Decimal(0) for one in group), Decimal(0))
