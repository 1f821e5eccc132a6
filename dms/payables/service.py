"""The acts on a payable invoice: each locks the row, asks the machine, writes evidence, in one transaction.

Certificates, orders and their ends are only ever added (I11); a certificate counts while its scope hash is the current
one and nobody ended it (I10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.access.service import payables_node
from dms.actor import Actor
from dms.audit import service as audit
from dms.clock import Clock, local_date
from dms.db import actor_of
from dms.errors import Conflict, Invalid, NotFound, RuleViolation
from dms.identity.models import LegalEntity, OrgUnit
from dms.ids import uuid7
from dms.jobs.service import enqueue
from dms.money import from_cents
from dms.payables import approval, duplicates, queries
from dms.payables.approval import Event, Facts
from dms.payables.content import CODING_FIELDS, DOC_FIELDS, PAY_FIELDS, Content, content_of
from dms.payables.models import (
    Certificate,
    CertificateEnd,
    CodingLine,
    PayableInvoice,
    PayableNote,
    PayableState,
    PayableVersion,
    PaymentOrder,
)
from dms.payables.people import Signatories, signatories
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
MAX_NOTE = 1000


def open_for_document(
    session: Session,
    document: Document,
    known: Mapping[str, ExtractedValue],
    invoice: Mapping[str, Any] | None,
    clock: Clock,
    *,
    legal_entity_id: UUID | None = None,
) -> PayableInvoice:
    """T1 and T2: begin the approval of a document, with what was read; the same document twice is one payable.

    `legal_entity_id` is whom the invoice is for where its Leitweg-ID does not say so (the station's default).
    """
    found = queries.of_document(session, document.id)
    if found is not None and found.state != PayableState.VOID:
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
        **columns_of(known, (invoice or {}).get("cash_discounts") or ()),
    )
    payable.legal_entity_id = _entity_of(session, payable.buyer_reference) or legal_entity_id
    audit.record(session, "invoice.received", payable, document=str(document.id))
    session.add(payable)
    session.flush()
    duplicates.suspect(session, payable, document)
    payable.state = PayableState.CAPTURE.value
    version_id = uuid7()
    audit.record(session, "invoice.captured", payable, version_id=version_id)
    _write_version(session, payable, version_id, [], clock)
    return payable


def _entity_of(session: Session, buyer_reference: str | None) -> UUID | None:
    """The legal entity whose Leitweg-ID (or coarse part of it) the invoice carries; else the only one there is."""
    entities = session.scalars(select(LegalEntity)).all()
    for entity in entities:
        own = entity.buyer_reference
        if own and buyer_reference and (buyer_reference == own or buyer_reference.startswith(f"{own}-")):
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
    found = facts_of(session, [row], clock)[row.id]
    if seen_sha256 is None:
        return found
    return replace(found, seen_is_current=seen_sha256 == current_content(session, row).all_sha256)


def facts_of(session: Session, rows: Sequence[PayableInvoice], clock: Clock) -> dict[UUID, Facts]:
    """The facts of many invoices, in a number of queries that does not grow with them."""
    ids = [row.id for row in rows]
    people = signatories(session, local_date(clock.now()))
    lines, originals = queries.coding_of(session, ids), queries.originals_of(session, ids)
    certificates, ended = queries.certificates_of(session, ids), queries.ended(session, ids)
    return {
        row.id: _facts(
            actor_of(session),
            row,
            content_of(row, lines[row.id], originals[row.id]),
            lines[row.id],
            certificates[row.id],
            ended,
            people,
        )
        for row in rows
    }


def _facts(
    actor: Actor,
    row: PayableInvoice,
    content: Content,
    lines: Sequence[CodingLine],
    certificates: Sequence[Certificate],
    ended: frozenset[UUID],
    people: Signatories,
) -> Facts:
    return Facts(
        state=PayableState(row.state),
        actor_id=actor.user_id,
        roles=actor.roles,
        actions=actor.actions,
        limit_cents=(actor.limits or {}).get(row.legal_entity_id) if row.legal_entity_id else None,
        gross_cents=row.gross_cents,
        to_pay_cents=content.amount_cents,
        valid=_valid(certificates, ended, content),
        ever_certified=frozenset(certificate.user_id for certificate in certificates),
        coding_difference_cents=(row.payable_cents or 0) - sum(line.amount_cents for line in lines),
        has_coding=bool(lines),
        missing_fields=tuple(name for name in REQUIRED if getattr(row, name) is None),
        duplicate_open=row.duplicate_decision == "open",
        has_certifier=bool(people.certifiers),
        has_orderer=people.has_orderer(row),
    )


def _valid(certificates: Sequence[Certificate], ended: frozenset[UUID], content: Content) -> dict[str, frozenset[UUID]]:
    valid: dict[str, set[UUID]] = {kind: set() for kind in approval.KINDS}
    for certificate in holding(certificates, ended, content):
        valid[certificate.kind].add(certificate.user_id)
    return {kind: frozenset(holders) for kind, holders in valid.items()}


def holding(certificates: Sequence[Certificate], ended: frozenset[UUID], content: Content) -> list[Certificate]:
    """Those that vouch for this content and were not ended."""
    return [
        certificate
        for certificate in certificates
        if certificate.id not in ended and certificate.scope_sha256 == content.scope_sha256(certificate.kind)
    ]


def current_content(session: Session, row: PayableInvoice) -> Content:
    """The content with its hashes as it stands now."""
    original = session.scalars(select(Document.original_sha256).where(Document.id == row.document_id)).one()
    return content_of(row, coding(session, row.id), original)


def coding(session: Session, payable_id: UUID) -> Sequence[CodingLine]:
    """The coding lines of one invoice, in order."""
    return queries.coding_of(session, [payable_id])[payable_id]


def edit(session: Session, row: PayableInvoice, values: Mapping[str, Any], clock: Clock, *, seen: str | None) -> None:
    """T7: correct header or payment fields; certificates whose scope changed are superseded.

    Another unit takes the invoice and its document over, and sees them instead of the unit before.
    """
    _ask(Event.EDIT, session, row, clock, seen)
    for name, table in (("legal_entity_id", LegalEntity), ("unit_id", OrgUnit)):
        if values.get(name) is not None and session.get(table, values[name]) is None:
            raise Invalid({name: "input.choice"})
    changes = [
        {"field": name, "old": _plain(getattr(row, name)), "new": _plain(value)}
        for name, value in values.items()
        if name in EDITABLE and getattr(row, name) != value
    ]
    if not changes:
        return
    version_id = uuid7()
    fields = ",".join(str(change["field"]) for change in changes)
    audit.record(session, "content.changed", row, version_id=version_id, fields=fields)
    for change in changes:
        setattr(row, str(change["field"]), values[str(change["field"])])
    if row.unit_id is not None and any(change["field"] == "unit_id" for change in changes):
        _move_to(session, row, row.unit_id, clock)
    _after_change(session, row, version_id, changes, clock)
    enqueue(session, "learn", row.document_id, queue="interactive", now=clock.now())


def _move_to(session: Session, row: PayableInvoice, unit_id: UUID, clock: Clock) -> None:
    row.acl_node_id = payables_node(session, unit_id)
    document = records.document(session, row.document_id)
    values = {"unit_id": unit_id, "acl_node_id": row.acl_node_id, "assignee_id": None}
    records.change(session, document, "document.forwarded", values, clock)


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)


def set_coding(
    session: Session, row: PayableInvoice, lines: Sequence[Mapping[str, Any]], clock: Clock, *, seen: str | None
) -> None:
    """Replace the coding lines (Kontierung)."""
    _ask(Event.CODE, session, row, clock, seen)
    version_id = uuid7()
    audit.record(session, "content.changed", row, version_id=version_id, fields="coding")
    before = _summary(coding(session, row.id))
    for old in coding(session, row.id):
        session.delete(old)
    session.flush()
    for position, line in enumerate(lines, 1):
        values = {name: line.get(name) for name in CODING_FIELDS}
        session.add(CodingLine(id=uuid7(), payable_id=row.id, position=position, **values))
    changes = [{"field": "coding", "old": before, "new": _summary(coding(session, row.id))}]
    _after_change(session, row, version_id, changes, clock)


def _summary(lines: Sequence[CodingLine]) -> str:
    """Coding lines as the history shows them: account and amount of each."""
    return "; ".join(f"{line.product_account} {from_cents(line.amount_cents)}" for line in lines)


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
    _return(session, row, PayableState.CAPTURE, reason, clock)


def return_to_review(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T8: from those who order back to those who certify, with a reason; every certificate is superseded."""
    if row.state == PayableState.REVIEW:
        raise RuleViolation("approval.state.review")
    _return(session, row, PayableState.REVIEW, reason, clock)


def _return(session: Session, row: PayableInvoice, to: PayableState, reason: str, clock: Clock) -> None:
    _ask(Event.RETURN, session, row, clock, None)
    audit.record(session, "invoice.returned", row, to=to.value, note=_note(session, row, "returned", reason, clock))
    _end_certificates(session, row, "superseded", reason.strip(), clock, only_stale=False)
    row.state = to.value


def reject(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T14: back to the sender (Zurückweisung)."""
    _close(session, row, Event.REJECT, PayableState.REJECTED, reason, clock)


def void(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T15: no longer an invoice of ours (duplicate, stray, no invoice at all)."""
    _close(session, row, Event.VOID, PayableState.VOID, reason, clock)


def no_invoice(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T15, and the document is a plain one of its unit again: it was taken for an invoice by mistake."""
    void(session, row, reason=reason, clock=clock)
    document = records.document(session, row.document_id)
    values = {"is_invoice": False, "acl_node_id": records.home_node(session, document)}
    records.change(session, document, "document.no_invoice", values, clock)


_CLOSING = {PayableState.REJECTED: ("invoice.rejected", "rejected"), PayableState.VOID: ("invoice.voided", "voided")}


def _close(session: Session, row: PayableInvoice, event: Event, state: PayableState, reason: str, clock: Clock) -> None:
    _ask(event, session, row, clock, None)
    action, kind = _CLOSING[state]
    audit.record(session, action, row, note=_note(session, row, kind, reason, clock))
    _end_certificates(session, row, "superseded", reason.strip(), clock, only_stale=False)
    row.state = state.value


def comment(session: Session, row: PayableInvoice, *, text: str, clock: Clock) -> None:
    """Write something beside the invoice for whoever works on it next; changes nothing else."""
    audit.record(session, "invoice.commented", row, note=_note(session, row, "comment", text, clock))


def _note(session: Session, row: PayableInvoice, kind: str, text: str, clock: Clock) -> str:
    """Adds the note; its id is what the audit event names."""
    if not text.strip():
        raise Invalid({"reason": "input.missing"})
    actor = actor_of(session)
    note = PayableNote(
        id=uuid7(),
        payable_id=row.id,
        kind=kind,
        text=text.strip()[:MAX_NOTE],
        user_id=actor.user_id,
        user_name=actor.name,
        at=clock.now(),
    )
    session.add(note)
    return str(note.id)


def _ask(event: Event, session: Session, row: PayableInvoice, clock: Clock, seen: str | None) -> None:
    if seen is not None and seen != current_content(session, row).all_sha256:
        raise Conflict("approval.stale")
    found = approval.refusal(event, facts(session, row, clock, seen_sha256=seen))
    if found is not None:
        raise found


def _after_change(
    session: Session, row: PayableInvoice, version_id: UUID, changes: list[dict[str, Any]], clock: Clock
) -> None:
    session.flush()
    _write_version(session, row, version_id, changes, clock)
    _end_certificates(session, row, "superseded", "content changed", clock, only_stale=True)
    _derive(session, row, clock)


def _write_version(
    session: Session, row: PayableInvoice, version_id: UUID, changes: list[dict[str, Any]], clock: Clock
) -> None:
    content = current_content(session, row)
    row.content_version += 1
    session.add(
        PayableVersion(
            id=version_id,
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
            subject_id=certificate.id, kind=kind, at=clock.now(), actor_name=actor_of(session).name, reason=reason[:500]
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
