"""The acts on a payable invoice: each locks the row, asks the machine, writes evidence, in one transaction.

Certificates, orders and their ends are only ever added (I11); a certificate counts while its scope hash is the current
one and nobody ended it (I10).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.access.service import payables_node
from dms.actor import Role
from dms.audit import service as audit
from dms.clock import Clock, local_date
from dms.db import actor_of
from dms.errors import Conflict, Invalid, NotFound, RuleViolation
from dms.identity.models import LegalEntity, PaymentAuthority, User, UserRole
from dms.ids import uuid7
from dms.jobs.service import enqueue
from dms.payables import approval, duplicates
from dms.payables.approval import Event, Facts
from dms.payables.content import CODING_FIELDS, DOC_FIELDS, PAY_FIELDS, Content, authority_cents, content_of
from dms.payables.models import (
    Certificate,
    CertificateEnd,
    CodingLine,
    PayableInvoice,
    PayableState,
    PayableVersion,
    PaymentOrder,
)
from dms.payables.reading import columns_of
from dms.records import service as records
from dms.records.models import Document, ExtractedValue
from dms.records.references import next_order_number

REQUIRED = (
    "legal_entity_id",
    "unit_id",
    "seller_name",
    "invoice_number",
    "issued_on",
    "gross_cents",
    "payable_cents",
    "iban",
)
CERTIFICATE_TEXT = {"substance": "Sachlich richtig", "arithmetic": "Rechnerisch richtig"}
CERTIFICATE_TEXT_VERSION = 1
EDITABLE = (*DOC_FIELDS, *PAY_FIELDS, "unit_id")


def open_for_document(
    session: Session,
    document: Document,
    known: Mapping[str, ExtractedValue],
    invoice: Mapping[str, Any] | None,
    clock: Clock,
) -> PayableInvoice:
    """T1 and T2: begin the approval of a document, with what was read; the same document twice is one payable."""
    found = session.scalars(select(PayableInvoice).where(PayableInvoice.document_id == document.id)).first()
    if found is not None:
        return found
    node = payables_node(session, document.unit_id)
    records.change(session, document, "document.invoice", {"is_invoice": True, "acl_node_id": node}, clock)
    payable = PayableInvoice(
        id=uuid7(),
        document_id=document.id,
        acl_node_id=node,
        state=PayableState.RECEIVED.value,
        unit_id=document.unit_id,
        received_at=document.received_at,
        cut_cents=0,
        retained_cents=0,
        findings=list((invoice or {}).get("findings") or []),
        einvoice_syntax=(invoice or {}).get("syntax"),
        duplicate_decision="none",
        content_version=0,
        **columns_of(known),
    )
    payable.legal_entity_id = _entity_of(session, payable.buyer_reference)
    audit.record(session, "invoice.received", payable, document=str(document.id))
    session.add(payable)
    session.flush()
    duplicates.suspect(session, payable, document)
    payable.state = PayableState.CAPTURE.value
    _write_version(session, payable, [], clock)
    audit.record(session, "invoice.captured", payable)
    return payable


def _entity_of(session: Session, buyer_reference: str | None) -> UUID | None:
    """The legal entity that the invoice is addressed to by Leitweg-ID; the only one there is otherwise."""
    entities = session.scalars(select(LegalEntity)).all()
    for entity in entities:
        if buyer_reference and entity.buyer_reference and buyer_reference.startswith(entity.buyer_reference):
            return entity.id
    return entities[0].id if len(entities) == 1 else None


def payable(session: Session, payable_id: UUID, *, lock: bool = False) -> PayableInvoice:
    """The payable, if it exists for the actor; `lock` keeps others out until the transaction ends."""
    query = select(PayableInvoice).where(PayableInvoice.id == payable_id)
    found = session.scalars(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound("payable.unknown")
    return found


def check_version(row: PayableInvoice, expected: int) -> None:
    """Refuse an act on content older than the row's (`expected` = the version that the caller looked at)."""
    if row.content_version != expected:
        raise Conflict("stale")


def facts(session: Session, row: PayableInvoice, clock: Clock, *, seen_sha256: str | None = None) -> Facts:
    """What the machine's guards look at, for the session's actor."""
    actor = actor_of(session)
    content = current_content(session, row)
    certificates = session.scalars(select(Certificate).where(Certificate.payable_id == row.id)).all()
    lines = coding(session, row.id)
    return Facts(
        state=PayableState(row.state),
        actor_id=actor.user_id,
        roles=actor.roles,
        actions=actor.actions,
        limit_cents=(actor.limits or {}).get(row.legal_entity_id) if row.legal_entity_id else None,
        gross_cents=row.gross_cents,
        to_pay_cents=content.amount_cents,
        valid=_valid(session, certificates, content),
        ever_certified=frozenset(certificate.user_id for certificate in certificates),
        coding_difference_cents=(row.payable_cents or 0) - sum(line.amount_cents for line in lines),
        has_coding=bool(lines),
        missing_fields=tuple(name for name in REQUIRED if getattr(row, name) is None),
        duplicate_open=row.duplicate_decision == "open",
        has_certifier=_exists(session, Role.CERTIFIER),
        has_orderer=_orderer_exists(session, row, local_date(clock.now())),
        seen_is_current=seen_sha256 is None or seen_sha256 == content.all_sha256,
    )


def _valid(session: Session, certificates: Sequence[Certificate], content: Content) -> dict[str, frozenset[UUID]]:
    valid: dict[str, set[UUID]] = {kind: set() for kind in approval.KINDS}
    for certificate in holding(session, certificates, content):
        valid[certificate.kind].add(certificate.user_id)
    return {kind: frozenset(people) for kind, people in valid.items()}


def holding(session: Session, certificates: Sequence[Certificate], content: Content) -> list[Certificate]:
    """Those that vouch for this content and were not ended."""
    ids = [certificate.id for certificate in certificates]
    ended = set(session.scalars(select(CertificateEnd.subject_id).where(CertificateEnd.subject_id.in_(ids))))
    return [
        certificate
        for certificate in certificates
        if certificate.id not in ended and certificate.scope_sha256 == content.scope_sha256(certificate.kind)
    ]


def _exists(session: Session, role: Role) -> bool:
    query = select(User.id).join(UserRole, UserRole.user_id == User.id)
    return session.scalars(query.where(UserRole.role == role, User.retired_at.is_(None)).limit(1)).first() is not None


def _orderer_exists(session: Session, row: PayableInvoice, today: date) -> bool:
    query = (
        select(User.id)
        .join(UserRole, UserRole.user_id == User.id)
        .join(PaymentAuthority, PaymentAuthority.user_id == User.id)
        .where(UserRole.role == Role.ORDERER, User.retired_at.is_(None), PaymentAuthority.valid_from <= today)
        .where(PaymentAuthority.legal_entity_id == row.legal_entity_id)
        .where(PaymentAuthority.limit_cents >= authority_cents(row))
    )
    return session.scalars(query.limit(1)).first() is not None


def current_content(session: Session, row: PayableInvoice) -> Content:
    """The content with its hashes as it stands now."""
    original = session.scalars(select(Document.original_sha256).where(Document.id == row.document_id)).one()
    return content_of(row, coding(session, row.id), original)


def coding(session: Session, payable_id: UUID) -> Sequence[CodingLine]:
    return session.scalars(
        select(CodingLine).where(CodingLine.payable_id == payable_id).order_by(CodingLine.position)
    ).all()


def edit(session: Session, row: PayableInvoice, values: Mapping[str, Any], clock: Clock, *, seen: str | None) -> None:
    """T7: correct header or payment fields; certificates whose scope changed are superseded."""
    _ask(Event.EDIT, session, row, clock, seen)
    entity_id = values.get("legal_entity_id")
    if entity_id is not None and session.get(LegalEntity, entity_id) is None:
        raise Invalid({"legal_entity_id": "input.choice"})
    changes = [
        {"field": name, "old": str(getattr(row, name)), "new": str(value)}
        for name, value in values.items()
        if name in EDITABLE and getattr(row, name) != value
    ]
    if not changes:
        return
    audit.record(session, "content.changed", row, fields=",".join(change["field"] for change in changes))
    for change in changes:
        setattr(row, change["field"], values[change["field"]])
    _after_change(session, row, changes, clock)


def set_coding(
    session: Session, row: PayableInvoice, lines: Sequence[Mapping[str, Any]], clock: Clock, *, seen: str | None
) -> None:
    """Replace the coding lines (Kontierung)."""
    _ask(Event.CODE, session, row, clock, seen)
    audit.record(session, "content.changed", row, fields="coding")
    for old in coding(session, row.id):
        session.delete(old)
    session.flush()
    for position, line in enumerate(lines, 1):
        values = {name: line.get(name) for name in CODING_FIELDS}
        session.add(CodingLine(id=uuid7(), payable_id=row.id, position=position, **values))
    _after_change(session, row, [{"field": "coding", "old": "", "new": f"{len(lines)} lines"}], clock)


def decide_duplicate(session: Session, row: PayableInvoice, *, is_duplicate: bool, reason: str, clock: Clock) -> None:
    """A person says whether the suspicion holds; a duplicate is closed as void, linked to the first."""
    _ask(Event.DECIDE_DUPLICATE, session, row, clock, None)
    audit.record(session, "invoice.duplicate_decided", row, decision="duplicate" if is_duplicate else "distinct")
    row.duplicate_decision = "duplicate" if is_duplicate else "distinct"
    if is_duplicate:
        void(session, row, reason=reason, clock=clock)


def release(session: Session, row: PayableInvoice, clock: Clock, *, seen: str | None) -> None:
    """T4: from the invoice desk into review."""
    _ask(Event.RELEASE, session, row, clock, seen)
    audit.record(session, "invoice.released", row)
    row.state = PayableState.REVIEW.value
    _derive(session, row, clock)


def certify(session: Session, row: PayableInvoice, kind: str, clock: Clock, *, seen: str) -> Certificate:
    """T5: vouch for the content that was seen (`seen` = its hash); T6 follows in the same transaction."""
    event = Event.CERTIFY_SUBSTANCE if kind == "substance" else Event.CERTIFY_ARITHMETIC
    _ask(event, session, row, clock, seen)
    actor, content = actor_of(session), current_content(session, row)
    if actor.user_id is None:
        raise RuleViolation("approval.person_needed")
    certificate = Certificate(
        id=uuid7(),
        payable_id=row.id,
        kind=kind,
        user_id=actor.user_id,
        user_name=actor.name,
        content_version=row.content_version,
        scope_sha256=content.scope_sha256(kind),
        amount_cents=content.amount_cents,
        text=CERTIFICATE_TEXT[kind],
        text_version=CERTIFICATE_TEXT_VERSION,
        given_at=clock.now(),
    )
    audit.record(session, "cert.given", row, content_sha256=certificate.scope_sha256, kind=kind)
    session.add(certificate)
    session.flush()
    _derive(session, row, clock)
    return certificate


def order_payment(session: Session, row: PayableInvoice, clock: Clock, *, seen: str) -> PaymentOrder:
    """T9: order the payment of exactly the content that was seen; the hand-over follows as a job."""
    _ask(Event.ORDER_PAYMENT, session, row, clock, seen)
    actor, content = actor_of(session), current_content(session, row)
    if actor.user_id is None or row.legal_entity_id is None or row.gross_cents is None:
        raise RuleViolation("approval.person_needed")
    order = PaymentOrder(
        id=uuid7(),
        payable_id=row.id,
        order_number=next_order_number(session, local_date(clock.now()).year),
        version=1,
        user_id=actor.user_id,
        user_name=actor.name,
        content_version=row.content_version,
        content_sha256=content.all_sha256,
        gross_cents=row.gross_cents,
        limit_cents=(actor.limits or {})[row.legal_entity_id],
        given_at=clock.now(),
    )
    audit.record(session, "payment_order.given", row, content_sha256=order.content_sha256, order=order.order_number)
    session.add(order)
    row.state = PayableState.ORDERED.value
    session.flush()
    enqueue(session, "hand_over", order.id, queue="interactive", now=clock.now())
    return order


def return_to_capture(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T8: back to the invoice desk, with a reason; every certificate is superseded."""
    _ask(Event.RETURN, session, row, clock, None)
    audit.record(session, "invoice.returned", row)
    _end_certificates(session, row, "superseded", _reason(reason), clock, only_stale=False)
    row.state, row.closing_reason = PayableState.CAPTURE.value, reason.strip()


def reject(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T14: back to the sender (Zurückweisung)."""
    _close(session, row, Event.REJECT, PayableState.REJECTED, "invoice.rejected", reason, clock)


def void(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T15: no longer an invoice of ours (duplicate, stray, no invoice at all)."""
    _close(session, row, Event.VOID, PayableState.VOID, "invoice.voided", reason, clock)


def _close(
    session: Session, row: PayableInvoice, event: Event, state: PayableState, action: str, reason: str, clock: Clock
) -> None:
    _ask(event, session, row, clock, None)
    audit.record(session, action, row)
    _end_certificates(session, row, "superseded", _reason(reason), clock, only_stale=False)
    row.state, row.closing_reason = state.value, reason.strip()


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid({"reason": "input.missing"})
    return text.strip()


def _ask(event: Event, session: Session, row: PayableInvoice, clock: Clock, seen: str | None) -> None:
    if seen is not None and seen != current_content(session, row).all_sha256:
        raise Conflict("approval.stale")
    found = approval.refusal(event, facts(session, row, clock, seen_sha256=seen))
    if found is not None:
        raise found


def _after_change(session: Session, row: PayableInvoice, changes: list[dict[str, Any]], clock: Clock) -> None:
    session.flush()
    _write_version(session, row, changes, clock)
    _end_certificates(session, row, "superseded", "content changed", clock, only_stale=True)
    _derive(session, row, clock)


def _write_version(session: Session, row: PayableInvoice, changes: list[dict[str, Any]], clock: Clock) -> None:
    content = current_content(session, row)
    row.content_version += 1
    session.add(
        PayableVersion(
            id=uuid7(),
            payable_id=row.id,
            number=row.content_version,
            at=clock.now(),
            actor_name=actor_of(session).name,
            content=content.values,
            changes=changes,
            doc_sha256=content.doc_sha256,
            pay_sha256=content.pay_sha256,
            coding_sha256=content.coding_sha256,
            content_sha256=content.all_sha256,
        )
    )
    session.flush()


def _end_certificates(
    session: Session, row: PayableInvoice, kind: str, reason: str, clock: Clock, *, only_stale: bool
) -> None:
    content = current_content(session, row)
    ended = select(CertificateEnd.subject_id)
    query = select(Certificate).where(Certificate.payable_id == row.id, Certificate.id.not_in(ended))
    for certificate in session.scalars(query).all():
        if only_stale and certificate.scope_sha256 == content.scope_sha256(certificate.kind):
            continue
        end = CertificateEnd(
            subject_id=certificate.id, kind=kind, at=clock.now(), actor_name=actor_of(session).name, reason=reason
        )
        session.add(end)
    session.flush()


def _derive(session: Session, row: PayableInvoice, clock: Clock) -> None:
    session.flush()
    state = approval.derived_state(facts(session, row, clock))
    if state.value == row.state:
        return
    if state == PayableState.ORDERING:
        audit.record(session, "payment_order.ready", row)
    row.state = state.value
