"""Named SELECTs over records; rows are already limited to the actor's by the session."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, or_, select
from sqlalchemy.orm import Session

from dms.db import actor_of
from dms.records.arrangement import shown_numbers
from dms.records.models import (
    UNFILED,
    Case,
    Document,
    DocumentState,
    ExtractedValue,
    File,
    PlanUnit,
    Rendition,
    Version,
)

WAITING = (DocumentState.PROCESSING, DocumentState.INBOX, DocumentState.QUARANTINED)


def needs_attention() -> ColumnElement[bool]:
    """Leaves out attachments, which go with their document, unless one of them is a Klärfall itself."""
    return or_(Document.attached_to_id.is_(None), Document.state == DocumentState.QUARANTINED)


def unfiled(*states: DocumentState) -> tuple[ColumnElement[bool], ...]:
    """Documents of an inbox in one of the states, by way of the index over them."""
    return literal_column(f"document.{UNFILED}"), Document.state.in_(states), needs_attention()


def inbox_count(session: Session) -> int:
    """How many documents wait in the inbox of the actor's own unit."""
    query = select(func.count()).select_from(Document).where(Document.unit_id == actor_of(session).unit_id)
    return session.scalar(query.where(*unfiled(*WAITING))) or 0


def assigned(session: Session, user_id: UUID) -> Sequence[Document]:
    """Waiting documents that were handed to this person, oldest first."""
    query = select(Document).where(*_assigned_to(user_id))
    return session.scalars(query.order_by(Document.received_at, Document.id)).all()


def assigned_count(session: Session) -> int:
    """How many waiting documents were handed to the actor."""
    user_id = actor_of(session).user_id
    query = select(func.count()).select_from(Document)
    return (session.scalar(query.where(*_assigned_to(user_id))) or 0) if user_id else 0


def _assigned_to(user_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Document.assignee_id == user_id, *unfiled(*WAITING)


def attachments(session: Session, document_id: UUID) -> Sequence[Document]:
    """What a document brought along, in its order."""
    query = select(Document).where(Document.attached_to_id == document_id)
    return session.scalars(query.order_by(Document.received_at, Document.id)).all()


def versions(session: Session, document_id: UUID) -> Sequence[Version]:
    """Every version of a document, newest first; the document must be visible to the actor (load it first)."""
    return session.scalars(
        select(Version).where(Version.document_id == document_id).order_by(Version.number.desc())
    ).all()


def values(session: Session, document_id: UUID) -> dict[str, ExtractedValue]:
    """What is known about a document now: name → the layer on top.

    What stands on a page that is hidden or was cut off is not known of it, and what a person said comes first.
    """
    in_sight = shown_numbers(session.get(Document, document_id))
    known = [
        row
        for row in layers(session, document_id)
        if row.superseded_by_id is None and (row.page is None or in_sight is None or row.page in in_sight)
    ]
    return {row.name: row for row in sorted(known, key=lambda row: row.source == "person")}


def layers(session: Session, document_id: UUID) -> Sequence[ExtractedValue]:
    """Everything that was ever known about a document, oldest first."""
    return session.scalars(
        select(ExtractedValue)
        .where(ExtractedValue.document_id == document_id)
        .order_by(ExtractedValue.at, ExtractedValue.id)
    ).all()


def rendition(session: Session, input_sha256: str, kind: str) -> Rendition | None:
    """The newest rendition of a kind made from an original."""
    return session.scalars(
        select(Rendition)
        .where(Rendition.input_sha256 == input_sha256, Rendition.kind == kind)
        .order_by(Rendition.created_at.desc())
    ).first()


def rendition_blobs(session: Session, input_sha256s: Collection[str], kind: str) -> dict[str, str]:
    """Hash of an original → blob of its newest rendition of a kind, where there is one."""
    query = select(Rendition.input_sha256, Rendition.blob_sha256).where(
        Rendition.input_sha256.in_(input_sha256s), Rendition.kind == kind
    )
    return dict(session.execute(query.order_by(Rendition.created_at)).all()) if input_sha256s else {}


def plan(session: Session) -> Sequence[PlanUnit]:
    """The whole file plan, by key."""
    return session.scalars(select(PlanUnit).order_by(PlanUnit.key)).all()


def files_of(session: Session, plan_unit_id: UUID) -> Sequence[File]:
    """The files of a plan unit, newest first."""
    return session.scalars(
        select(File).where(File.plan_unit_id == plan_unit_id).order_by(File.opened_at.desc(), File.id.desc())
    ).all()


def find_files(session: Session, text: str, *, limit: int = 50) -> Sequence[File]:
    """Files whose reference or title holds the text, newest first."""
    query = select(File).where(
        or_(File.file_reference.icontains(text, autoescape=True), File.title.icontains(text, autoescape=True))
    )
    return session.scalars(query.order_by(File.opened_at.desc(), File.id.desc()).limit(limit)).all()


def find_cases(session: Session, text: str, *, limit: int = 10) -> Sequence[Case]:
    """Open cases in open files whose reference or title (or that of their file) holds the text, newest first."""
    columns = (Case.case_reference, Case.title, File.title)
    query = (
        select(Case)
        .join(File, File.id == Case.file_id)
        .where(Case.closed_at.is_(None), File.closed_at.is_(None))
        .where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
        .order_by(Case.opened_at.desc(), Case.id.desc())
    )
    return session.scalars(query.limit(limit)).all()


def cases_of(session: Session, file_id: UUID, *, limit: int, offset: int = 0) -> Sequence[Case]:
    """The cases of a file, oldest first."""
    query = select(Case).where(Case.file_id == file_id).order_by(Case.opened_at, Case.id)
    return session.scalars(query.limit(limit).offset(offset)).all()


def case_count(session: Session, file_id: UUID) -> int:
    """How many cases a file has."""
    return session.scalar(select(func.count()).select_from(Case).where(Case.file_id == file_id)) or 0


def documents_of(session: Session, case_ids: Sequence[UUID], *, limit: int, offset: int = 0) -> Sequence[Document]:
    """The documents of the cases together, newest first.

    The ids come from the index alone, so that a page far back costs no more rows than the first one.
    """
    order = (Document.received_at.desc(), Document.id.desc())
    ids = select(Document.id).where(Document.case_id.in_(case_ids)).order_by(*order).limit(limit).offset(offset)
    return session.scalars(select(Document).where(Document.id.in_(ids.correlate(None))).order_by(*order)).all()


def document_counts(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Case → number of its documents that the actor sees; nothing for one without."""
    query = select(Document.case_id, func.count()).where(Document.case_id.in_(case_ids)).group_by(Document.case_id)
    return {case_id: count for case_id, count in session.execute(query) if case_id is not None}


def file_counts(session: Session) -> dict[UUID, int]:
    """Plan unit → number of files that the actor sees in it."""
    rows = session.execute(select(File.plan_unit_id, func.count(File.id)).group_by(File.plan_unit_id))
    return dict(rows.all())
