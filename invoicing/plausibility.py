"""What the official rules do not ask: check digits and forms that a buyer wants to know; never a reason to reject."""

from __future__ import annotations

from collections.abc import Iterator

from stdnum import iban

from invoicing import cash_discount, leitweg
from invoicing.findings import Finding, Level
from invoicing.model import Invoice


def plausibility_findings(invoice: Invoice) -> tuple[Finding, ...]:
    """Warnings about the Leitweg-ID (BT-10), the accounts (BT-84) and the Skonto lines (BT-20)."""
    return (*_buyer_reference(invoice), *_accounts(invoice), *_payment_terms(invoice))


def _buyer_reference(invoice: Invoice) -> Iterator[Finding]:
    reference = invoice.buyer_reference or ""
    parsed = leitweg.parse(reference)
    if parsed is not None and not parsed.is_valid:
        yield Finding("leitweg.check_digits", Level.WARNING, None, "BT-10", reference)


def _accounts(invoice: Invoice) -> Iterator[Finding]:
    """Only texts in the form of an IBAN: a BT-84 may be a national account number."""
    for instructions in invoice.payment_instructions:
        for account in instructions.accounts:
            number = (account.iban or "").replace(" ", "")
            if number[:2].isalpha() and number[2:4].isdigit() and not iban.is_valid(number, check_country=False):
                yield Finding("iban.check_digits", Level.WARNING, None, "BT-84", number)


def _payment_terms(invoice: Invoice) -> Iterator[Finding]:
    if not cash_discount.parse(invoice.payment_terms).is_well_formed:
        yield Finding("skonto.form", Level.WARNING, None, "BT-20")
