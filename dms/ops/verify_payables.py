"""The part of `dms verify` about invoices: rows against versions, certificates and orders against their leaves."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.audit.models import AuditEvent
from dms.audit.service import content_sha256
from dms.ops.faults import Fault, fault
from dms.payables import queries
from dms.payables.content import content_of
from dms.payables.models import Certificate, PayableInvoice, PayableState, PayableVersion, PaymentOrder

BATCH = 500


def payable_faults(session: Session) -> Iterator[Fault]:
    """Content that no version speaks of, altered versions, and signatures that the audit trail does not know."""
    rows = session.scalars(select(PayableInvoice).order_by(PayableInvoice.id)).all()
    for start in range(0, len(rows), BATCH):
        yield from _content_faults(session, rows[start : start + BATCH])
    yield from _signature_faults(session)
    yield from _state_faults(session)


def _content_faults(session: Session, rows: Sequence[PayableInvoice]) -> Iterator[Fault]:
    ids = [row.id for row in rows]
    lines, originals = queries.coding_of(session, ids), queries.originals_of(session, ids)
    newest: dict[object, PayableVersion] = {}
    query = select(PayableVersion).where(PayableVersion.payable_id.in_(ids)).order_by(PayableVersion.number)
    for version in session.scalars(query):
        if content_sha256(version.content) != version.content_sha256:
            yield fault("payable.version_altered", version.id)
        newest[version.payable_id] = version
    for row in rows:
        current = newest.get(row.id)
        if current is None or current.number != row.content_version:
            yield fault("payable.version_missing", row.id)
        elif content_of(row, lines[row.id], originals.get(row.id, "")).all_sha256 != current.content_sha256:
            yield fault("payable.altered", row.id)


def _signature_faults(session: Session) -> Iterator[Fault]:
    """Every certificate and order needs the leaf that was written with it, of that person on that content."""
    actions = ("cert.given", "payment_order.given")
    leaves = session.execute(
        select(AuditEvent.action, AuditEvent.subject, AuditEvent.actor_id, AuditEvent.content_sha256).where(
            AuditEvent.action.in_(actions)
        )
    )
    proven = {tuple(leaf) for leaf in leaves}
    for certificate in session.scalars(select(Certificate)):
        subject = f"payable_invoice:{certificate.payable_id}"
        if ("cert.given", subject, certificate.user_id, certificate.scope_sha256) not in proven:
            yield fault("certificate.unproven", certificate.id)
    for order in session.scalars(select(PaymentOrder)):
        subject = f"payable_invoice:{order.payable_id}"
        if ("payment_order.given", subject, order.user_id, order.content_sha256) not in proven:
            yield fault("payment_order.unproven", order.id)


def _state_faults(session: Session) -> Iterator[Fault]:
    """What is ordered, handed over or paid has an order: a state that was only set proves nothing."""
    states = [PayableState.ORDERED, PayableState.TRANSFERRED, PayableState.SETTLED]
    query = select(PayableInvoice.id).where(
        PayableInvoice.state.in_([state.value for state in states]),
        PayableInvoice.id.not_in(select(PaymentOrder.payable_id)),
    )
    for payable_id in session.scalars(query):
        yield fault("payable.not_ordered", payable_id)
