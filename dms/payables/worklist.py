"""What waits in the approval, and for whom: sums, tasks by risk, open steps, weeks of payment, missing receipts.

Rows are already limited to the actor's by the session; money is whole cents, days are those of Europe/Berlin.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, func, literal, literal_column, select, union_all
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.clock import Clock, local_date
from dms.payables import approval, evidence, waiting
from dms.payables.approval import Event, Facts
from dms.payables.models import UNPAID, HandOver, PayableInvoice, PayableState
from dms.payables.people import Signatories, signatories
from dms.payables.waiting import URGENCY

TASKS = 100
"""So many tasks are shown and counted at most."""
COUNTED = 10_000
"""So many invoices of a state in which they end are counted at most."""
_UNPAID = frozenset({*approval.OPEN, PayableState.ORDERED})
_ACTS = {
    PayableState.CAPTURE: (Event.RELEASE,),
    PayableState.REVIEW: (Event.CERTIFY_SUBSTANCE, Event.CERTIFY_ARITHMETIC),
    PayableState.ORDERING: (Event.ORDER_PAYMENT,),
}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list shows; empty means everything the actor sees."""

    states: frozenset[PayableState] = frozenset()
    unit_id: UUID | None = None
    text: str = ""
    """Part of the seller's name or of the invoice number, whatever its case."""
    overdue_on: date | None = None
    """Only unpaid invoices that were due before this day."""

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.states:
            found.append(PayableInvoice.state.in_(sorted(self.states)))
        if self.overdue_on is not None or (self.states and self.states <= _UNPAID):
            found.append(_unpaid())
        if self.unit_id is not None:
            found.append(PayableInvoice.unit_id == self.unit_id)
        if self.text.strip():
            found.append(PayableInvoice.sought.contains(self.text.strip().casefold(), autoescape=True))
        if self.overdue_on is not None:
            found.append(PayableInvoice.due_on < self.overdue_on)
        return found


def _unpaid() -> ColumnElement[bool]:
    """By way of the index over what is unpaid."""
    return literal_column(f"payable_invoice.{UNPAID}")


@dataclass(frozen=True)
class Totals:
    """How many invoices a list holds, and their gross together; `is_more` when there are more than were counted."""

    count: int
    gross_cents: int
    is_more: bool = False

    def __add__(self, other: "Totals") -> "Totals":
        both = self.count + other.count, self.gross_cents + other.gross_cents
        return Totals(*both, self.is_more or other.is_more)


NONE = Totals(0, 0)


@dataclass(frozen=True)
class Overview:
    """The totals of the states that were asked for, and of what is overdue in all of them."""

    states: Mapping[PayableState, Totals]
    overdue: Totals

    def of(self, states: Iterable[PayableState]) -> Totals:
        """The states together."""
        return sum((self.states.get(state, NONE) for state in states), NONE)


@dataclass(frozen=True)
class Task:
    """An act that waits for the actor; `deadline` is the last day of the discount while it runs, else the due day."""

    payable: PayableInvoice
    event: Event
    deadline: date | None
    discount_at_risk_cents: int
    is_overdue: bool


@dataclass(frozen=True)
class OpenStep:
    """A step that is still missing, and who could take it; no certifier or orderer there is a reason to escalate.

    Release and coding name nobody: they lie with the invoice desk.
    """

    event: Event
    people: tuple[str, ...]


@dataclass(frozen=True)
class DueWeek:
    """What falls due in one ISO week."""

    year: int
    week: int
    payable_cents: int


def payables(session: Session, filters: Filters, *, limit: int = 100, offset: int = 0) -> Sequence[PayableInvoice]:
    """The invoices of a list, the most urgent first, those without a due day last.

    The ids come from the index alone, so that a page far back costs no more rows than the first one.
    """
    ids = select(PayableInvoice.id).where(*filters.conditions()).order_by(*URGENCY).limit(limit).offset(offset)
    query = select(PayableInvoice).where(PayableInvoice.id.in_(ids.correlate(None)))
    return session.scalars(query.order_by(*URGENCY)).all()


def totals(session: Session, filters: Filters) -> Totals:
    """Count and sum over the whole list, not only over the page of it that is shown."""
    query = select(func.count(), func.sum(PayableInvoice.gross_cents)).where(*filters.conditions())
    count, gross_cents = session.execute(query).one()
    return Totals(count, int(gross_cents or 0))


def overview(
    session: Session, filters: Filters, today: date, *, ended: frozenset[PayableState] = frozenset()
) -> Overview:
    """Count and sum of what a filter lets through, by state, and of what is overdue: for all tabs of a list.

    What is still to be done is counted; of each state in `ended`, to which everything comes and never leaves, at most
    `COUNTED` invoices.
    """
    overdue = case((PayableInvoice.due_on < today, 1), else_=0)
    gross = func.coalesce(PayableInvoice.gross_cents, 0)
    columns = (PayableInvoice.state, func.count(), func.sum(gross), func.sum(overdue), func.sum(overdue * gross))
    unpaid = select(*columns).where(*replace(filters, states=_UNPAID).conditions()).group_by(PayableInvoice.state)
    every: CompoundSelect[str, int, Any, int, Any] = union_all(unpaid, *(_first_of(filters, one) for one in ended))
    rows = session.execute(every).all()
    found = {
        PayableState(state): Totals(min(count, COUNTED), int(cents or 0), count > COUNTED)
        if state in ended
        else Totals(count, int(cents or 0))
        for state, count, cents, _, _ in rows
    }
    late = Totals(sum(row[3] for row in rows), int(sum(row[4] for row in rows)))
    return Overview(found, late)


def _first_of(filters: Filters, state: PayableState) -> Select[str, int, Any, int, int]:
    of_state = select(PayableInvoice.gross_cents).where(*replace(filters, states=frozenset({state})).conditions())
    some = of_state.limit(COUNTED + 1).subquery()
    return select(literal(state.value), func.count(), func.sum(some.c.gross_cents), literal(0), literal(0))


def tasks(session: Session, clock: Clock, *, limit: int = TASKS) -> list[Task]:
    """What the session's actor can do now, by risk: running discounts first, then by deadline.

    An invoice in capture is a task of the invoice desk whatever its release still lacks.
    """
    today, rows = local_date(clock.now()), waiting.most_urgent(session, limit=limit)
    facts = evidence.facts_of(session, rows, clock) if rows else {}
    found = [task for row in rows if (task := _task(row, facts[row.id], today)) is not None]
    return sorted(found, key=lambda task: (not task.discount_at_risk_cents, task.deadline or date.max))


def _task(row: PayableInvoice, facts: Facts, today: date) -> Task | None:
    event = next((event for event in _ACTS[facts.state] if _waits(event, facts)), None)
    if event is None:
        return None
    runs = row.discount_until is not None and row.discount_until >= today
    deadline = row.discount_until if runs else row.due_on
    overdue = row.due_on is not None and row.due_on < today
    return Task(row, event, deadline, (row.discount_cents or 0) if runs else 0, overdue)


def _waits(event: Event, facts: Facts) -> bool:
    if event == Event.RELEASE:
        return Action.PAYABLE_CAPTURE in facts.actions
    return approval.refusal(event, facts) is None


def open_steps(session: Session, rows: Sequence[PayableInvoice], clock: Clock) -> dict[UUID, list[OpenStep]]:
    """Payable → what is missing up to the payment order, and with whom it may lie; nothing where it is through."""
    unfinished = [row for row in rows if row.state in approval.OPEN]
    if not unfinished:
        return {}
    facts = evidence.facts_of(session, unfinished, clock)
    people = signatories(session, local_date(clock.now()))
    return {row.id: _open_steps(row, facts[row.id], people) for row in unfinished}


def _open_steps(row: PayableInvoice, facts: Facts, people: Signatories) -> list[OpenStep]:
    certifiers = tuple(one.name for one in people.certifiers)
    orderers = tuple(one.name for one in people.who_may_order(row, facts.ever_certified))
    events = {"substance": Event.CERTIFY_SUBSTANCE, "arithmetic": Event.CERTIFY_ARITHMETIC}
    missing = [OpenStep(events[kind], certifiers) for kind in approval.KINDS if not facts.valid.get(kind)]
    desk = [OpenStep(Event.RELEASE, ())] if facts.state in (PayableState.RECEIVED, PayableState.CAPTURE) else []
    coding = [] if approval.coded(facts) is None else [OpenStep(Event.CODE, ())]
    return [*desk, *coding, *missing, OpenStep(Event.ORDER_PAYMENT, orderers)]


def due_weeks(session: Session, today: date, *, weeks: int = 8) -> list[DueWeek]:
    """What unpaid invoices cost per ISO week, from this week on; what is overdue counts into this week."""
    monday = today - timedelta(days=today.weekday())
    sums = [0] * weeks
    query = select(PayableInvoice.due_on, func.sum(PayableInvoice.payable_cents)).where(
        _unpaid(), PayableInvoice.due_on < monday + timedelta(weeks=weeks)
    )
    for due_on, cents in session.execute(query.group_by(PayableInvoice.due_on)):
        if due_on is not None:
            sums[max(0, (due_on - monday).days // 7)] += int(cents or 0)
    days = [(monday + timedelta(weeks=index)).isocalendar() for index in range(weeks)]
    return [DueWeek(day.year, day.week, cents) for day, cents in zip(days, sums, strict=True)]


def missing_receipts(session: Session, handed_before: datetime) -> Sequence[HandOver]:
    """Hand-overs older than that without a receipt of the treasury: each one is an alarm."""
    return session.scalars(
        select(HandOver)
        .where(HandOver.receipt_at.is_(None), HandOver.handed_at < handed_before)
        .order_by(HandOver.handed_at)
    ).all()
