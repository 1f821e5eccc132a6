"""Invoices and what belongs to them; rows are already limited to the actor's by the session."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.audit.models import AuditEvent
from dms.payables.models import (
    Certificate,
    CertificateEnd,
    CodingLine,
    HandOver,
    PayableInvoice,
    PayableNote,
    PayableState,
    PayableVersion,
    PaymentOrder,
)
from dms.records.arrangement import content_key
from dms.records.models import Document

Belonging = TypeVar("Belonging", Certificate, CodingLine)


def of_document(session: Session, document_id: UUID) -> PayableInvoice | None:
    """The payable of a document: the one that is not void, else the newest void one."""
    query = select(PayableInvoice).where(PayableInvoice.document_id == document_id)
    order = (PayableInvoice.state == PayableState.VOID, PayableInvoice.id.desc())
    return session.scalars(query.order_by(*order)).first()


def certificates(session: Session, payable_id: UUID) -> Sequence[Certificate]:
    """Every certificate that was ever given to an invoice, in order."""
    return certificates_of(session, [payable_id])[payable_id]


def certificates_of(session: Session, payable_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Certificate]]:
    """Payable → every certificate that was ever given to it, in order."""
    query = select(Certificate).where(Certificate.payable_id.in_(payable_ids)).order_by(Certificate.given_at)
    return _grouped(session.scalars(query))


def coding_of(session: Session, payable_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[CodingLine]]:
    """Payable → its coding lines, in order."""
    query = select(CodingLine).where(CodingLine.payable_id.in_(payable_ids)).order_by(CodingLine.position)
    return _grouped(session.scalars(query))


def _grouped(rows: Iterable[Belonging]) -> Mapping[UUID, Sequence[Belonging]]:
    found: dict[UUID, list[Belonging]] = defaultdict(list)
    for row in rows:
        found[row.payable_id].append(row)
    return found


def ended(session: Session, payable_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Certificates of these invoices that were superseded or revoked."""
    query = select(CertificateEnd.subject_id).join(Certificate, Certificate.id == CertificateEnd.subject_id)
    return frozenset(session.scalars(query.where(Certificate.payable_id.in_(payable_ids))))


def originals_of(session: Session, payable_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Payable → the original of its document as people see it (`records.arrangement.content_key`)."""
    query = (
        select(PayableInvoice.id, Document.original_sha256, Document.arrangement)
        .join(Document, Document.id == PayableInvoice.document_id)
        .where(PayableInvoice.id.in_(payable_ids))
    )
    return {row_id: content_key(sha256, entries) for row_id, sha256, entries in session.execute(query)}


def order_of(session: Session, payable_id: UUID) -> PaymentOrder | None:
    """The newest payment order of an invoice."""
    query = select(PaymentOrder).where(PaymentOrder.payable_id == payable_id)
    return session.scalars(query.order_by(PaymentOrder.given_at.desc())).first()


def hand_over_of(session: Session, order: PaymentOrder) -> HandOver | None:
    """The package of a payment order, once it is with the treasury."""
    return session.scalars(select(HandOver).where(HandOver.payment_order_id == order.id)).first()


def history(session: Session, row: PayableInvoice) -> Sequence[AuditEvent]:
    """Every act on an invoice, in order."""
    query = select(AuditEvent).where(AuditEvent.subject == row.audit_key()).order_by(AuditEvent.id)
    return session.scalars(query).all()


def notes(session: Session, payable_id: UUID) -> Sequence[PayableNote]:
    """What people wrote beside an invoice, in order."""
    return session.scalars(
        select(PayableNote).where(PayableNote.payable_id == payable_id).order_by(PayableNote.at, PayableNote.id)
    ).all()


def versions(session: Session, payable_id: UUID) -> Sequence[PayableVersion]:
    """Every content that an invoice had, newest first."""
    return session.scalars(
        select(PayableVersion).where(PayableVersion.payable_id == payable_id).order_by(PayableVersion.number.desc())
    ).all()
