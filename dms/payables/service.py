"""The acts on a payable invoice: each locks the row, asks the machine, writes evidence, in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.access.service import payables_node
from dms.audit import service as audit
from dms.clock import Clock, local_date
from dms.db import actor_of
from dms.errors import Conflict, Invalid, NotFound, RuleViolation
from dms.identity.models import LegalEntity, OrgUnit
from dms.ids import uuid7
from dms.jobs.service import enqueue
from dms.money import from_cents
from dms.payables import checks, duplicates, queries
from dms.payables.approval import Event
from dms.payables.closing import void
from dms.payables.content import CODING_FIELDS, DOC_FIELDS, PAY_FIELDS
from dms.payables.evidence import after_change, ask, coding, current_content, derive, note, write_version
from dms.payables.models import Certificate, CodingLine, PayableInvoice, PayableState, PaymentOrder
from dms.payables.reading import columns_of
from dms.payables.rejection import reject_automatically
from dms.records import service as records
from dms.records.models import Document, DocumentState, ExtractedValue
from dms.records.references import next_order_number

CERTIFICATE_TEXT = {"substance": "Sachlich richtig", "arithmetic": "Rechnerisch richtig"}
CERTIFICATE_TEXT_VERSION = 1
EDITABLE = (*DOC_FIELDS, *PAY_FIELDS, "unit_id")


def open_for_document(
    session: Session,
    document: Document,
    known: Mapping[str, ExtractedValue],
    invoice: Mapping[str, Any] | None,
    clock: Clock,
    *,
    legal_entity_id: UUID | None = None,
) -> PayableInvoice:
    """T1 to T3: begin the approval of a document, with what was read; the same document twice is one payable.

    An e-invoice that breaks the official rules may go back to its sender at once; one that a person takes up again
    after that does not.

    `legal_entity_id` is whom the invoice is for where its Leitweg-ID does not say so (the station's default). Raises
    `RuleViolation` for a discarded document.
    """
    found = queries.of_document(session, document.id)
    if found is not None and found.state not in (PayableState.VOID, PayableState.REJECTED):
        return found
    if document.state == DocumentState.DISCARDED:
        raise RuleViolation("document.is_discarded")
    check = checks.newest(session, document.id)
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
        verdict=check.verdict if check else None,
        einvoice_syntax=(invoice or {}).get("syntax"),
        duplicate_decision="none",
        content_version=0,
        **columns_of(known, (invoice or {}).get("cash_discounts") or ()),
    )
    address = known["seller_email"].value if "seller_email" in known else None
    payable.legal_entity_id = _entity_of(session, payable.buyer_reference) or legal_entity_id
    audit.record(session, "invoice.received", payable, document=str(document.id))
    session.add(payable)
    session.flush()
    duplicates.suspect(session, payable, document)
    version_id = uuid7()
    if found is not None or not reject_automatically(session, payable, check, address, clock):
        audit.record(session, "invoice.captured", payable, version_id=version_id)
        payable.state = PayableState.CAPTURE.value
    write_version(session, payable, version_id, [], clock)
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


def edit(session: Session, row: PayableInvoice, values: Mapping[str, Any], clock: Clock, *, seen: str | None) -> None:
    """T7: correct header or payment fields; certificates whose scope changed are superseded.

    Another unit takes the invoice and its document over, and sees them instead of the unit before.
    """
    ask(Event.EDIT, session, row, clock, seen)
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
    after_change(session, row, version_id, changes, clock)
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
    ask(Event.CODE, session, row, clock, seen)
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
    after_change(session, row, version_id, changes, clock)


def _summary(lines: Sequence[CodingLine]) -> str:
    """Coding lines as the history shows them: account and amount of each."""
    return "; ".join(f"{line.product_account} {from_cents(line.amount_cents)}" for line in lines)


def decide_duplicate(session: Session, row: PayableInvoice, *, is_duplicate: bool, reason: str, clock: Clock) -> None:
    """A person says whether the suspicion holds; a duplicate is closed as void, linked to the first."""
    ask(Event.DECIDE_DUPLICATE, session, row, clock, None)
    audit.record(session, "invoice.duplicate_decided", row, decision="duplicate" if is_duplicate else "distinct")
    row.duplicate_decision = "duplicate" if is_duplicate else "distinct"
    if is_duplicate:
        void(session, row, reason=reason, clock=clock)


def awaits_check(session: Session, row: PayableInvoice) -> RuleViolation | None:
    """Why the invoice is not released yet although it could be: nobody has looked at its scan."""
    is_waiting = records.document(session, row.document_id).awaits_check
    return RuleViolation("document.awaits_check") if is_waiting else None


def release(session: Session, row: PayableInvoice, clock: Clock, *, seen: str | None) -> None:
    """T4: from the invoice desk into review; a scan that takes the place of paper was looked at before."""
    ask(Event.RELEASE, session, row, clock, seen)
    if (found := awaits_check(session, row)) is not None:
        raise found
    audit.record(session, "invoice.released", row)
    row.state = PayableState.REVIEW.value
    derive(session, row, clock)


def certify(session: Session, row: PayableInvoice, kind: str, clock: Clock, *, seen: str) -> Certificate:
    """T5: vouch for the content that was seen (`seen` = its hash); T6 follows in the same transaction."""
    event = Event.CERTIFY_SUBSTANCE if kind == "substance" else Event.CERTIFY_ARITHMETIC
    ask(event, session, row, clock, seen)
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
    derive(session, row, clock)
    return certificate


def order_payment(session: Session, row: PayableInvoice, clock: Clock, *, seen: str) -> PaymentOrder:
    """T9: order the payment of exactly the content that was seen; the hand-over follows as a job."""
    ask(Event.ORDER_PAYMENT, session, row, clock, seen)
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


def may_arrange_pages(row: PayableInvoice | None) -> RuleViolation | None:
    """Pages are arranged before anybody vouches for what they show, and never those of an e-invoice."""
    if row is None or row.state == PayableState.VOID:
        return None
    if row.einvoice_syntax is not None:
        return RuleViolation("pages.einvoice")
    is_begun = row.state not in (PayableState.RECEIVED, PayableState.CAPTURE)
    return RuleViolation("pages.in_approval") if is_begun else None


def pages_arranged(session: Session, row: PayableInvoice, before: str, after: str, clock: Clock) -> None:
    """The pages of the invoice lie otherwise now: that is other content; `before` and `after` as people read them."""
    version_id = uuid7()
    audit.record(session, "content.changed", row, version_id=version_id, fields="pages")
    after_change(session, row, version_id, [{"field": "pages", "old": before, "new": after}], clock)


def comment(session: Session, row: PayableInvoice, *, text: str, clock: Clock) -> None:
    """Write something beside the invoice for whoever works on it next; changes nothing else."""
    audit.record(session, "invoice.commented", row, note=note(session, row, "comment", text, clock))
