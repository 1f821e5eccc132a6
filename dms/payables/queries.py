"""One invoice and what belongs to it; rows are already limited to the actor's by the session."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.audit.models import AuditEvent
from dms.payables.models import Certificate, PayableInvoice, PaymentOrder


def of_document(session: Session, document_id: UUID) -> PayableInvoice | None:
    """The payable of a document."""
    return session.scalars(select(PayableInvoice).where(PayableInvoice.document_id == document_id)).first()


def certificates(session: Session, payable_id: UUID) -> Sequence[Certificate]:
    return session.scalars(
        select(Certificate).where(Certificate.payable_id == payable_id).order_by(Certificate.given_at)
    ).all()


def order_of(session: Session, payable_id: UUID) -> PaymentOrder | None:
    return session.scalars(select(PaymentOrder).where(PaymentOrder.payable_id == payable_id)).first()


def history(session: Session, row: PayableInvoice) -> Sequence[AuditEvent]:
    """Every act on an invoice, in order."""
    query = select(AuditEvent).where(AuditEvent.subject == row.audit_key()).order_by(AuditEvent.id)
    return session.scalars(query).all()
