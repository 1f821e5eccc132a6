"""A long scan that a person stops, and lets go on: what was read of it is kept page by page.

The worker notices at its next page that the job is no longer its own, and writes nothing more.
"""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from dms.clock import Clock
from dms.errors import RuleViolation
from dms.intake.outcome import quarantine
from dms.jobs import service as jobs
from dms.jobs.models import Job
from dms.records.models import Document

CANCELLED = "text.cancelled"


def cancel(session: Session, document: Document, clock: Clock) -> None:
    """Stop the reading of a document, which becomes a Klärfall with that reason.

    Raises RuleViolation("document.not_reading") when it is not being read.
    """
    open_text = select(Job).where(Job.kind == "text", Job.subject_id == document.id, Job.state.in_(jobs.OPEN))
    job = session.scalars(open_text.with_for_update()).first()
    if job is None:
        raise RuleViolation("document.not_reading")
    jobs.cancel(session, job, clock.now())
    quarantine(session, document.id, CANCELLED, clock)


def resume(session: Session, document: Document, clock: Clock) -> None:
    """Let a stopped reading go on where it was. Raises RuleViolation("document.not_cancelled")."""
    job = session.scalars(_stopped(document).with_for_update()).first()
    if job is None or document.reason_code != CANCELLED:
        raise RuleViolation("document.not_cancelled")
    jobs.retry(session, job, clock.now())


def is_stopped(session: Session, document: Document) -> bool:
    """Whether a person stopped the reading of a document, and it can go on."""
    return document.reason_code == CANCELLED and session.scalars(_stopped(document)).first() is not None


def _stopped(document: Document) -> Select[Job]:
    return select(Job).where(Job.kind == "text", Job.subject_id == document.id, Job.state == "cancelled")
