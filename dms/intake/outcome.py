"""How an input ends: exactly one outcome, written together with the state of its document."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.audit import service as audit
from dms.clock import Clock
from dms.intake.models import Intake, Outcome, Progress, Station
from dms.records import service as records
from dms.records.models import Document, DocumentState

PAGES_FAILED = "pages.failed"
"""The reason of a Klärfall that was read but for some of its pages."""


def intake_of(session: Session, document_id: UUID) -> Intake:
    """The input that this document came in with."""
    return session.scalars(select(Intake).where(Intake.document_id == document_id)).one()


def station_of(session: Session, document_id: UUID) -> Station | None:
    """The scanner station that brought this document."""
    station_id = intake_of(session, document_id).station_id
    return session.get(Station, station_id) if station_id else None


def default_entity(session: Session, document_id: UUID) -> UUID | None:
    """Whom an invoice is for where it does not say so: what the station that brought it is set up for."""
    station = station_of(session, document_id)
    return station.legal_entity_id if station else None


def set_outcome(session: Session, document_id: UUID, outcome: Outcome, *, reason_code: str | None = None) -> None:
    """Write the outcome of the input; a second, different one replaces a quarantine only (a person solved it)."""
    intake = intake_of(session, document_id)
    if intake.outcome == outcome and intake.reason_code == reason_code:
        return
    audit.record(session, f"intake.{outcome.value}", intake, reason=reason_code)
    intake.outcome, intake.reason_code = outcome.value, reason_code


def quarantine(session: Session, document_id: UUID, code: str, clock: Clock) -> None:
    """Make the document a Klärfall: kept as it came, with the reason, until a person decides."""
    document = session.get(Document, document_id)
    if document is None or document.state not in (DocumentState.PROCESSING, DocumentState.INBOX):
        return
    values: dict[str, Any] = {"state": DocumentState.QUARANTINED.value, "reason_code": code}
    records.change(session, document, "document.quarantined", values, clock)
    set_outcome(session, document_id, Outcome.QUARANTINED, reason_code=code)


def is_partly_read(document: Document) -> bool:
    """A Klärfall of which most is known: a person may go on with it as with any document of the inbox."""
    return document.state == DocumentState.QUARANTINED and document.reason_code == PAGES_FAILED


def clarify(session: Session, document: Document, clock: Clock) -> None:
    """Put a Klärfall into the inbox, because a person takes it as it is."""
    values = {"state": DocumentState.INBOX.value, "reason_code": None}
    records.change(session, document, "document.clarified", values, clock)
    set_outcome(session, document.id, Outcome.INBOX)


def progress(session: Session, document_id: UUID, *, step: str, done: int = 0, total: int = 0) -> None:
    """Say how far the document is, for the people who watch."""
    row = session.get(Progress, document_id)
    if row is None:
        row = Progress(document_id=document_id)
        session.add(row)
    row.step, row.pages_done, row.pages_total = step, done, total
