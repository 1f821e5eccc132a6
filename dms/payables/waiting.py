"""Which invoices wait for somebody, said to the database: what the machine says of each, without reading them all.

What follows from a row and from who signed it is a condition here; that certificates hold for the content as it stands
and that the coding adds up, the state says (`approval.derived_state`). `tests/app/test_tasks.py` holds both together.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all
from sqlalchemy.orm import Session

from dms.actor import Action, Actor, Role
from dms.db import actor_of
from dms.payables.models import Certificate, CertificateEnd, PayableInvoice, PayableState
from invoicing.model import CREDIT_NOTES

URGENCY = (PayableInvoice.due_on.asc().nulls_last(), PayableInvoice.received_at, PayableInvoice.id)
"""The most urgent first, those without a due day last."""


def task_count(session: Session, *, most: int) -> int:
    """How many invoices wait for the session's actor; `most` where there are more, because more are not counted."""
    waiting = [select(query.limit(most).subquery().c.id) for query in _waiting(actor_of(session))]
    if not waiting:
        return 0
    return min(most, session.scalar(select(func.count()).select_from(union_all(*waiting).subquery())) or 0)


def most_urgent(session: Session, *, limit: int) -> list[PayableInvoice]:
    """The invoices that wait for the session's actor."""
    waiting = [select(query.order_by(*URGENCY).limit(limit).subquery().c.id) for query in _waiting(actor_of(session))]
    if not waiting:
        return []
    query = select(PayableInvoice).where(PayableInvoice.id.in_(union_all(*waiting)))
    return list(session.scalars(query.order_by(*URGENCY).limit(limit)))


def _waiting(actor: Actor) -> list[Select[UUID]]:
    """The ids of each kind of task that this person may do at all; each finds its invoices by their state."""
    found = []
    if Action.PAYABLE_CAPTURE in actor.actions:
        found.append(_in(PayableState.CAPTURE))
    if Role.TREASURY not in actor.roles:
        if Action.PAYABLE_CERTIFY in actor.actions:
            found.append(_in(PayableState.REVIEW).where(~and_(_certified("substance"), _certified("arithmetic"))))
        if Action.PAYABLE_ORDER in actor.actions:
            found.append(_in(PayableState.ORDERING).where(*_may_be_ordered_by(actor)))
    return found


def _in(state: PayableState) -> Select[UUID]:
    return select(PayableInvoice.id).where(PayableInvoice.state == state)


def _certified(kind: str) -> ColumnElement[bool]:
    ended = exists().where(CertificateEnd.subject_id == Certificate.id)
    return exists().where(Certificate.payable_id == PayableInvoice.id, Certificate.kind == kind, ~ended)


def _may_be_ordered_by(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Something is paid, the authority covers it (I5), and the person never certified it (I3)."""
    to_pay = func.coalesce(PayableInvoice.payable_cents, 0) - PayableInvoice.cut_cents - PayableInvoice.retained_cents
    covered = [
        and_(PayableInvoice.legal_entity_id == entity, PayableInvoice.gross_cents <= cents, to_pay <= cents)
        for entity, cents in (actor.limits or {}).items()
    ]
    by_actor = exists().where(Certificate.payable_id == PayableInvoice.id, Certificate.user_id == actor.user_id)
    return or_(False, *covered), to_pay >= 0, PayableInvoice.type_code.not_in(CREDIT_NOTES), ~by_actor
