"""Refusing an invoice (Zurückweisung): by the machine where the law and the town want it (T3), else by a person (T14).

§ 4 (2), (3) NERechVO: a non-conformant e-invoice is refused and the sender told why without delay; a town may except
senders.
"""

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.audit import service as audit
from dms.clock import Clock
from dms.db import actor_of
from dms.errors import Invalid
from dms.identity.models import LegalEntity
from dms.ids import uuid7
from dms.payables import checks, closing, notices
from dms.payables.evidence import note
from dms.payables.models import InvoiceCheck, PayableInvoice, PayableState, SenderExemption
from invoicing.letter import Letter, blank_letter, errors, rejection_letter

AUTOMATIC = "Automatisch zurückgewiesen: "
NO_BUYER = "Rechnungseingang"
MAX_TEXT = 20_000


def letter(session: Session, row: PayableInvoice, check: InvoiceCheck, *, automatic: bool) -> Letter:
    """What the sender is told, made of the test report; a person may change it before it goes."""
    entity = session.get(LegalEntity, row.legal_entity_id) if row.legal_entity_id else None
    return rejection_letter(check.report, buyer=entity.name if entity else NO_BUYER, automatic=automatic)


def blank(session: Session, row: PayableInvoice) -> dict[str, str]:
    """Subject and text of a mail for a refusal that a person must give the reason for."""
    entity = session.get(LegalEntity, row.legal_entity_id) if row.legal_entity_id else None
    found = blank_letter(row.invoice_number, buyer=entity.name if entity else NO_BUYER)
    return {"subject": found.subject, "text": found.text}


def reject_automatically(
    session: Session, row: PayableInvoice, check: InvoiceCheck | None, address: str | None, clock: Clock
) -> bool:
    """T3: refuse a new invoice that breaks the official rules and write to `address`; False where a person decides.

    A person decides where the town or the sender is excepted, nobody can be told, or it may be a duplicate.
    """
    recipient = notices.usable_address(address)
    if check is None or recipient is None or row.state != PayableState.RECEIVED or row.duplicate_decision == "open":
        return False
    if not checks.breaks_rules(check) or not _is_wanted(session, row) or is_exempt(session, row, recipient):
        return False
    if not notices.may_write_automatically(session, recipient, clock):
        return False
    rules = ", ".join(dict.fromkeys(finding["rule"] for finding in errors(check.report)))
    reason = f"{AUTOMATIC}{rules}"
    audit.record(session, "invoice.rejected", row, automatic="yes", note=note(session, row, "rejected", reason, clock))
    row.state = PayableState.REJECTED.value
    notices.write(session, row, recipient, letter(session, row, check, automatic=True), clock, automatic=True)
    return True


def _is_wanted(session: Session, row: PayableInvoice) -> bool:
    """The switch of the legal entity; where it is not known whose the invoice is, all must want it."""
    query = select(LegalEntity.rejects_automatically)
    if row.legal_entity_id is not None:
        query = query.where(LegalEntity.id == row.legal_entity_id)
    switches = session.scalars(query).all()
    return bool(switches) and all(switches)


def reject(
    session: Session,
    row: PayableInvoice,
    *,
    reason: str,
    clock: Clock,
    recipient: str | None = None,
    message: Letter | None = None,
) -> None:
    """T14: a person refuses the invoice; with `recipient` the `message` goes there, without one it is told by letter.

    Raises `Invalid` for an address that no mail can go to, or a message without words.
    """
    if recipient is not None and message is not None:
        address = notices.usable_address(recipient)
        if address is None:
            raise Invalid({"recipient": "mail.address"})
        if not message.text.strip() or not message.subject.strip():
            raise Invalid({"text": "input.missing"})
        notices.write(session, row, address, message, clock, automatic=False)
    closing.reject(session, row, reason=reason, clock=clock)


def exempt(session: Session, row: PayableInvoice, address: str | None, *, reason: str, clock: Clock) -> SenderExemption:
    """From now on a person decides about non-conformant invoices of this sender; the reason is kept."""
    if not reason.strip():
        raise Invalid({"reason": "input.missing"})
    found = SenderExemption(
        id=uuid7(),
        sender_name=row.seller_name or address or row.seller_vat_id or "unbekannt",
        vat_id=row.seller_vat_id,
        email=(notices.usable_address(address) or "").lower() or None,
        reason=reason.strip()[:500],
        actor_name=actor_of(session).name,
        created_at=clock.now(),
        ended_at=None,
    )
    audit.record(session, "sender.exempted", found)
    session.add(found)
    session.flush()
    return found


def end_exemption(session: Session, found: SenderExemption, clock: Clock) -> None:
    """The sender's non-conformant invoices are refused automatically again."""
    if found.ended_at is None:
        audit.record(session, "sender.exemption_ended", found)
        found.ended_at = clock.now()


def exemptions(session: Session) -> Sequence[SenderExemption]:
    """Those that hold, by name."""
    query = select(SenderExemption).where(SenderExemption.ended_at.is_(None))
    return session.scalars(query.order_by(SenderExemption.sender_name)).all()


def is_exempt(session: Session, row: PayableInvoice, address: str | None) -> bool:
    """Whether a person decides about this sender: known by VAT id or address, by name only where both are unknown."""
    return any(_covers(one, row, address) for one in exemptions(session))


def _covers(one: SenderExemption, row: PayableInvoice, address: str | None) -> bool:
    vat_id = _plain_id(one.vat_id)
    if (vat_id and vat_id == _plain_id(row.seller_vat_id)) or (one.email and one.email == (address or "").lower()):
        return True
    is_unnamed = one.vat_id is None and one.email is None
    return is_unnamed and row.seller_name is not None and one.sender_name == row.seller_name


def _plain_id(vat_id: str | None) -> str:
    """A VAT id without blanks and dots, which one program writes and another does not."""
    return re.sub(r"[^0-9A-Z]", "", (vat_id or "").upper())
