"""What waits in the inboxes, with where it came from and how far it is; rows are limited by the session's actor."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from dms.intake.models import Intake, Progress, Station
from dms.jobs.models import Job
from dms.records.models import Document, DocumentState
from dms.records.queries import unfiled


class View(StrEnum):
    """What an inbox shows."""

    WAITING = "waiting"
    CLARIFICATION = "clarification"
    DISCARDED = "discarded"


_STATES = {
    View.WAITING: (DocumentState.PROCESSING, DocumentState.INBOX, DocumentState.QUARANTINED),
    View.CLARIFICATION: (DocumentState.QUARANTINED,),
    View.DISCARDED: (DocumentState.DISCARDED,),
}
_SHOWN = tuple({state for states in _STATES.values() for state in states})

_WAITING = (
    select(Document, Station.name, Intake.channel, Progress)
    .join(Intake, Intake.document_id == Document.id)
    .outerjoin(Station, Station.id == Intake.station_id)
    .outerjoin(Progress, Progress.document_id == Document.id)
)


@dataclass(frozen=True)
class Waiting:
    """One document of an inbox; `progress` while it is being read."""

    document: Document
    station: str | None
    channel: str
    progress: Progress | None


def inbox(
    session: Session, view: View, *, unit_id: UUID | None = None, limit: int = 50, offset: int = 0
) -> list[Waiting]:
    """The documents of a view, newest first; of one unit, or of all that the actor sees.

    The ids come from the index alone, so that a page far back costs no more rows than the first one.
    """
    order = (Document.received_at.desc(), Document.id.desc())
    ids = select(Document.id).where(*unfiled(*_STATES[view]), *_of_unit(unit_id))
    chosen = ids.order_by(*order).limit(limit).offset(offset).correlate(None)
    return [Waiting(*row) for row in session.execute(_WAITING.where(Document.id.in_(chosen)).order_by(*order))]


def waiting(session: Session, document_id: UUID) -> Waiting:
    """One document as the inbox shows it."""
    return Waiting(*session.execute(_WAITING.where(Document.id == document_id)).one())


def inbox_counts(session: Session, unit_id: UUID | None = None) -> dict[View, int]:
    """How many documents each view holds."""
    rows = session.execute(
        select(Document.state, func.count()).where(*unfiled(*_SHOWN), *_of_unit(unit_id)).group_by(Document.state)
    )
    counts = dict(rows.all())
    return {view: sum(counts.get(state.value, 0) for state in states) for view, states in _STATES.items()}


def _of_unit(unit_id: UUID | None) -> list[ColumnElement[bool]]:
    return [Document.unit_id == unit_id] if unit_id is not None else []


def parked_job(session: Session, document_id: UUID) -> Job | None:
    """The step at which the reading of a document stopped, if it can be tried again."""
    query = select(Job).where(Job.subject_id == document_id, Job.state == "parked")
    return session.scalars(query.order_by(Job.finished_at.desc())).first()


def stations(session: Session) -> Sequence[Station]:
    """Every scanner station, by name."""
    return session.scalars(select(Station).order_by(Station.name)).all()
