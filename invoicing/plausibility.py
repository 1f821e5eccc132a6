"""What the official rules do not ask: check digits, forms and sums that a buyer wants to know; no reason to reject.

`where` leads from a name of `anchors` to the XPath of that value in the document.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from stdnum import iban
from stdnum.eu import vat

from invoicing import cash_discount, leitweg
from invoicing.anchors import anchor
from invoicing.arithmetic import arithmetic_findings
from invoicing.findings import Finding, Level
from invoicing.model import Invoice

Where = Mapping[str, str]
_OWN_CHECKS = ("be", "es", "me", "no")
"""Countries whose accounts hold check digits of their own, which python-stdnum knows."""
MAX_QUOTE = 200
"""Characters of a value that a finding repeats."""


def preload() -> None:
    """Loads the modules behind the VAT ids and accounts of every country: afterwards nothing is imported any more."""
    for country in vat.MEMBER_STATES:
        vat.is_valid(f"{country}1")
    for country in _OWN_CHECKS:
        importlib.import_module(f"stdnum.{country}.iban")


def plausibility_findings(invoice: Invoice, where: Where) -> tuple[Finding, ...]:
    """Warnings about Leitweg-ID (BT-10), VAT ids, accounts (BT-84, BT-91), Skonto lines (BT-20) and sums."""
    return (
        *_buyer_reference(invoice, where),
        *_vat_ids(invoice, where),
        *_accounts(invoice, where),
        *_payment_terms(invoice, where),
        *arithmetic_findings(invoice, where),
    )


def _buyer_reference(invoice: Invoice, where: Where) -> Iterator[Finding]:
    reference = invoice.buyer_reference or ""
    parsed = leitweg.parse(reference)
    if parsed is not None and not parsed.is_valid:
        yield Finding("leitweg.check_digits", Level.WARNING, where.get("bt-10"), "BT-10", reference[:MAX_QUOTE])


def _vat_ids(invoice: Invoice, where: Where) -> Iterator[Finding]:
    """Only those of member states; what other countries issue is not judged."""
    parties = (("BT-31", invoice.seller), ("BT-48", invoice.buyer), ("BT-63", invoice.tax_representative))
    for bt, party in parties:
        number = (party.vat_id if party else None) or ""
        if number[:2].lower() in vat.MEMBER_STATES | {"el"} and not vat.is_valid(number):
            yield Finding("vat_id.check_digits", Level.WARNING, where.get(anchor("", bt)), bt, number[:MAX_QUOTE])


def _accounts(invoice: Invoice, where: Where) -> Iterator[Finding]:
    """Only texts in the form of an IBAN: a BT-84 may be a national account number."""
    for bt, inside, account in _account_numbers(invoice):
        number = account.replace(" ", "")
        if number[:2].isalpha() and number[2:4].isdigit() and not iban.is_valid(number, check_country=False):
            yield Finding("iban.check_digits", Level.WARNING, where.get(anchor(inside, bt)), bt, number[:MAX_QUOTE])


def _account_numbers(invoice: Invoice) -> Iterator[tuple[str, str, str]]:
    for means_number, instructions in enumerate(invoice.payment_instructions, 1):
        means = anchor("", "BG-16", means_number)
        for number, account in enumerate(instructions.accounts, 1):
            yield "BT-84", anchor(means, "BG-17", number), account.iban or ""
        if instructions.direct_debit:
            yield "BT-91", means, instructions.direct_debit.debited_iban or ""


def _payment_terms(invoice: Invoice, where: Where) -> Iterator[Finding]:
    if not cash_discount.parse(invoice.payment_terms).is_well_formed:
        yield Finding("skonto.form", Level.WARNING, where.get("bt-20"), "BT-20")
