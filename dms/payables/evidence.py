"""What the machine looks at, and what every act leaves behind: facts, content versions, ends of certificates, notes.

Certificates, orders and their ends are only ever added (I11); a certificate counts while its scope hash is the current
one and nobody ended it (I10).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Actor
from dms.audit import service as audit
from dms.clock import Clock, local_date
from dms.db import actor_of
from dms.errors import Conflict, Invalid
from dms.ids import uuid7
from dms.payables import approval, queries
from dms.payables.approval import Event, Facts
from dms.payables.content import Content, amount_to_pay, content_of
from dms.payables.models import (
    Certificate,
    CertificateEnd,
    CodingLine,
    PayableInvoice,
    PayableNote,
    PayableState,
    PayableVersion,
)
from dms.payables.people import Signatories, signatories
from invoicing.model import is_credit_note

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
MAX_NOTE = 1000


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
    lines, certificates = queries.coding_of(session, ids), queries.certificates_of(session, ids)
    certified = [row.id for row in rows if certificates[row.id]]
    originals, ended = queries.originals_of(session, certified), queries.ended(session, certified)
    holding_of = {
        row.id: holding(certificates[row.id], ended, content_of(row, lines[row.id], originals[row.id]))
        for row in rows
        if row.id in originals
    }
    return {
        row.id: _facts(
            actor_of(session), row, lines[row.id], certificates[row.id], holding_of.get(row.id, []), people
        )
        for row in rows
    }  # fmt: skip


def _facts(
    actor: Actor,
    row: PayableInvoice,
    lines: Sequence[CodingLine],
    certificates: Sequence[Certificate],
    held: Sequence[Certificate],
    people: Signatories,
) -> Facts:
    return Facts(
        state=PayableState(row.state),
        actor_id=actor.user_id,
        roles=actor.roles,
        actions=actor.actions,
        limit_cents=(actor.limits or {}).get(row.legal_entity_id) if row.legal_entity_id else None,
        gross_cents=row.gross_cents,
        to_pay_cents=amount_to_pay(row),
        valid=_by_kind(held),
        ever_certified=frozenset(certificate.user_id for certificate in certificates),
        coding_difference_cents=(row.payable_cents or 0) - sum(line.amount_cents for line in lines),
        has_coding=bool(lines),
        missing_fields=tuple(name for name in REQUIRED if getattr(row, name) is None),
        duplicate_open=row.duplicate_decision == "open",
        has_certifier=bool(people.certifiers),
        has_orderer=people.has_orderer(row),
        is_credit=is_credit_note(row.type_code),
    )


def _by_kind(held: Sequence[Certificate]) -> dict[str, frozenset[UUID]]:
    return {kind: frozenset(one.user_id for one in held if one.kind == kind) for kind in approval.KINDS}


def holding(certificates: Sequence[Certificate], ended: frozenset[UUID], content: Content) -> list[Certificate]:
    """Those that vouch for this content and were not ended."""
    return [
        certificate
        for certificate in certificates
        if certificate.id not in ended and certificate.scope_sha256 == content.scope_sha256(certificate.kind)
    ]


def current_content(session: Session, row: PayableInvoice) -> Content:
    """The content with its hashes as it stands now."""
    return content_of(row, coding(session, row.id), queries.originals_of(session, [row.id])[row.id])


def coding(session: Session, payable_id: UUID) -> Sequence[CodingLine]:
    """The coding lines of one invoice, in order."""
    return queries.coding_of(session, [payable_id])[payable_id]


def ask(event: Event, session: Session, row: PayableInvoice, clock: Clock, seen: str | None) -> None:
    """Let the machine decide for the session's actor; raises its refusal, or `Conflict` where `seen` is outdated."""
    if seen is not None and seen != current_content(session, row).all_sha256:
        raise Conflict("approval.stale")
    found = approval.refusal(event, facts(session, row, clock, seen_sha256=seen))
    if found is not None:
        raise found


def after_change(
    session: Session, row: PayableInvoice, version_id: UUID, changes: list[dict[str, Any]], clock: Clock
) -> None:
    """The content is another one: it becomes a version, certificates of what changed end, the state follows."""
    session.flush()
    write_version(session, row, version_id, changes, clock)
    end_certificates(session, row, "superseded", "content changed", clock, only_stale=True)
    derive(session, row, clock)


def write_version(
    session: Session, row: PayableInvoice, version_id: UUID, changes: list[dict[str, Any]], clock: Clock
) -> None:
    """Keep the content as it stands now as the next version."""
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


def end_certificates(
    session: Session, row: PayableInvoice, kind: str, reason: str, clock: Clock, *, only_stale: bool
) -> None:
    """End the certificates that hold, or only those that vouch for content of the past."""
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


def derive(session: Session, row: PayableInvoice, clock: Clock) -> None:
    """T6: ready for the order, or back to review; follows from what holds now."""
    session.flush()
    state = approval.derived_state(facts(session, row, clock))
    if state.value == row.state:
        return
    if state == PayableState.ORDERING:
        audit.record(session, "payment_order.ready", row)
    row.state = state.value


def note(session: Session, row: PayableInvoice, kind: str, text: str, clock: Clock) -> str:
    """Adds a note; its id is what the audit event names. Raises `Invalid` for one without words."""
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
