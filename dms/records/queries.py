"""Named SELECTs over records; rows are already limited to the actor's by the session."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from dms.db import actor_of
from dms.records.models import Case, Document, DocumentState, ExtractedValue, File, PlanUnit, Rendition, Version

WAITING = (DocumentState.PROCESSING, DocumentState.INBOX, DocumentState.QUARANTINED)


def inbox(session: Session, *, unit_id: UUID | None = None, limit: int = 200, offset: int = 0) -> Sequence[Document]:
    """What waits for a person, newest first; of one unit, or of all that the actor sees."""
    query = select(Document).where(Document.state.in_(WAITING)).order_by(Document.received_at.desc(), Document.id)
    if unit_id is not None:
        query = query.where(Document.unit_id == unit_id)
    return session.scalars(query.limit(limit).offset(offset)).all()


def inbox_count(session: Session) -> int:
    """How many documents wait in the inbox of the actor's own unit."""
    unit_id = actor_of(session).unit_id
    query = select(func.count(Document.id)).where(Document.state.in_(WAITING), Document.unit_id == unit_id)
    return session.scalar(query) or 0


def versions(session: Session, document_id: UUID) -> Sequence[Version]:
    """Every version of a document, newest first; the document must be visible to the actor (load it first)."""
    return session.scalars(
        select(Version).where(Version.document_id == document_id).order_by(Version.number.desc())
    ).all()


def values(session: Session, document_id: UUID) -> dict[str, ExtractedValue]:
    """What is known about a document now: name → the layer on top."""
    rows = session.scalars(
        select(ExtractedValue)
        .where(ExtractedValue.document_id == document_id, ExtractedValue.superseded_by_id.is_(None))
        .order_by(ExtractedValue.at)
    )
    return {row.name: row for row in rows}


def rendition(session: Session, input_sha256: str, kind: str) -> Rendition | None:
    """The newest rendition of a kind made from an original."""
    return session.scalars(
        select(Rendition)
        .where(Rendition.input_sha256 == input_sha256, Rendition.kind == kind)
        .order_by(Rendition.created_at.desc())
    ).first()


def plan_children(session: Session, parent_id: UUID | None) -> Sequence[PlanUnit]:
    return session.scalars(select(PlanUnit).where(PlanUnit.parent_id == parent_id).order_by(PlanUnit.key)).all()


def files_of(session: Session, plan_unit_id: UUID) -> Sequence[File]:
    return session.scalars(
        select(File).where(File.plan_unit_id == plan_unit_id).order_by(File.file_reference.desc())
    ).all()


def cases_of(session: Session, file_id: UUID) -> Sequence[Case]:
    return session.scalars(select(Case).where(Case.file_id == file_id).order_by(Case.opened_at)).all()


def documents_of(session: Session, case_id: UUID) -> Sequence[Document]:
    return session.scalars(
        select(Document).where(Document.case_id == case_id).order_by(Document.received_at.desc())
    ).all()


def file_counts(session: Session) -> dict[UUID, int]:
    """Plan unit → number of files that the actor sees in it."""
    rows = session.execute(select(File.plan_unit_id, func.count(File.id)).group_by(File.plan_unit_id))
    return dict(rows.all())


def proposed_cases(session: Session, document: Document, *, limit: int = 3) -> list[tuple[Case, str]]:
    """Cases where this document probably belongs, best first, each with the code of its reason.

    A named reference counts most, then the case into which the sender's documents were filed before.
    """
    found: dict[UUID, tuple[Case, str]] = {}
    if document.foreign_reference:
        for case in session.scalars(select(Case).where(Case.case_reference == document.foreign_reference)):
            found.setdefault(case.id, (case, "proposal.reference"))
    if document.sender:
        for case in session.scalars(_cases_of_sender(document.sender).limit(limit)):
            found.setdefault(case.id, (case, "proposal.sender"))
    if len(found) < limit:
        for case in session.scalars(_recent_cases(document.unit_id).limit(limit)):
            found.setdefault(case.id, (case, "proposal.recent"))
    return list(found.values())[:limit]


def _cases_of_sender(sender: str) -> Select[Case]:
    return (
        select(Case)
        .join(Document, Document.case_id == Case.id)
        .where(Document.sender == sender, Case.closed_at.is_(None))
        .group_by(Case.id)
        .order_by(func.count(Document.id).desc())
    )


def _recent_cases(unit_id: UUID) -> Select[Case]:
    return (
        select(Case)
        .join(File, File.id == Case.file_id)
        .where(File.lead_unit_id == unit_id, Case.closed_at.is_(None), File.closed_at.is_(None))
        .order_by(Case.opened_at.desc())
    )
