"""One document: what is known about it, its original, its versions."""

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.api.caller import TokenRoute
from dms.api.problem import documented
from dms.api.schemas import DocumentView, Reason, VersionList, VersionView, plain_changes
from dms.edge.download import original_response
from dms.edge.guard import ReadSession, ThePlatform, requires
from dms.intake.wording import reason
from dms.payables import queries as payable_queries
from dms.records import queries
from dms.records import service as records
from dms.records.models import Case, Document, DocumentState

router = APIRouter(route_class=TokenRoute, tags=["documents"])
BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


@router.get("/documents/{document_id}", responses=documented(404))
@requires(Action.DOCUMENT_READ)
def show(session: ReadSession, document_id: UUID) -> DocumentView:
    """What is known about a document."""
    row = records.document(session, document_id)
    case = session.get(Case, row.case_id) if row.case_id else None
    payable = payable_queries.of_document(session, row.id)
    return DocumentView(
        document_id=row.id,
        version=row.current_version,
        state=DocumentState(row.state),
        reason=Reason(code=row.reason_code, text=reason(row.reason_code)) if row.reason_code else None,
        title=row.title,
        document_kind=row.document_kind,
        is_invoice=row.is_invoice,
        sender=row.sender,
        recipient=row.recipient,
        foreign_reference=row.foreign_reference,
        document_date=row.document_date,
        received_at=row.received_at,
        unit_id=row.unit_id,
        case_reference=case.case_reference if case else None,
        original_name=row.original_name,
        sha256=row.original_sha256,
        size_bytes=row.original_bytes,
        media_type=row.media_type,
        page_count=row.page_count,
        hazards=row.hazards,
        duplicate_of=_visible(session, row.duplicate_of_id),
        payable_id=payable.id if payable else None,
    )


def _visible(session: Session, document_id: UUID | None) -> UUID | None:
    """The id, if that document exists for the actor: an id alone already says that there is one."""
    return session.scalars(select(Document.id).where(Document.id == document_id)).first() if document_id else None


@router.get("/documents/{document_id}/original", response_class=Response, responses={200: BYTES, **documented(404)})
@requires(Action.DOCUMENT_READ)
def original(session: ReadSession, platform: ThePlatform, document_id: UUID) -> Response:
    """The document byte for byte as it came, as a download."""
    return original_response(platform, records.document(session, document_id))


@router.get("/documents/{document_id}/versions", responses=documented(404))
@requires(Action.DOCUMENT_READ)
def versions(session: ReadSession, document_id: UUID) -> VersionList:
    """What was done to a document, the newest first."""
    row = records.document(session, document_id)
    found = [
        VersionView(
            number=version.number,
            at=version.at,
            action=version.action,
            actor=version.actor_name,
            changes=plain_changes(version.changes),
            content_sha256=version.content_sha256,
        )
        for version in queries.versions(session, row.id)
    ]
    return VersionList(document_id=row.id, versions=found)
