"""Finds invoices that are probably here already; a person decides, nothing is dropped or passed silently."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.payables.models import PayableInvoice, PayableState
from dms.records.models import Document


def normalised_number(number: str | None) -> str:
    """An invoice number as it is compared: no separators, no leading zeros, O read as 0."""
    plain = re.sub(r"[^0-9A-Z]", "", (number or "").upper()).replace("O", "0")
    return plain.lstrip("0")


def suspect(session: Session, payable: PayableInvoice, document: Document) -> None:
    """Open the duplicate question when another invoice has the same bytes, or the same seller, number and gross.

    An invoice sent again after its rejection is no duplicate.
    """
    query = (
        select(PayableInvoice, Document.original_sha256)
        .join(Document, Document.id == PayableInvoice.document_id)
        .where(PayableInvoice.id != payable.id, PayableInvoice.state != PayableState.REJECTED)
        .where(
            (Document.original_sha256 == document.original_sha256)
            | ((PayableInvoice.gross_cents == payable.gross_cents) & PayableInvoice.invoice_number.is_not(None))
        )
        .order_by(PayableInvoice.received_at)
    )
    for other, sha256 in session.execute(query):
        if sha256 == document.original_sha256 or _same_invoice(payable, other):
            payable.duplicate_of_id, payable.duplicate_decision = other.id, "open"
            return


def _same_invoice(one: PayableInvoice, other: PayableInvoice) -> bool:
    number = normalised_number(one.invoice_number)
    same_seller = (one.seller_vat_id and one.seller_vat_id == other.seller_vat_id) or (
        one.iban and one.iban == other.iban
    ) or _name(one.seller_name) == _name(other.seller_name)  # fmt: skip
    return bool(number) and number == normalised_number(other.invoice_number) and bool(same_seller)


def _name(text: str | None) -> str:
    return re.sub(r"\W", "", (text or "").lower())
