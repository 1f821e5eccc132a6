"""One document: look at it, file it, forward it, discard it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.access.service import payables_node
from dms.actor import Action
from dms.errors import Invalid, NotFound
from dms.identity.models import OrgUnit
from dms.intake import fields, readings
from dms.intake.pipeline import TEXT_RELEASE
from dms.intake.wording import reason
from dms.payables import queries as payable_queries
from dms.payables import service as payables
from dms.payables.approval import OPEN
from dms.platform import Platform
from dms.records import queries, rules
from dms.records import service as records
from dms.records.models import Case, Document, PlanUnit
from dms.web.routing import GuardedRoute, ReadSession, ThePlatform, WriteSession, requires
from dms.web.templating import done, page

router = APIRouter(route_class=GuardedRoute)
IMAGE_DPI = 110
IMAGE_RELEASE = "image-1"


@router.get("/dokumente/{document_id}")
@requires(Action.DOCUMENT_READ)
def show(
    request: Request, session: ReadSession, platform: ThePlatform, document_id: UUID, feld: str = ""
) -> HTMLResponse:
    row = records.document(session, document_id)
    content = readings.load(platform, row.original_sha256, "text", TEXT_RELEASE) or {}
    known = queries.values(session, row.id)
    case = session.get(Case, row.case_id) if row.case_id else None
    return page(
        request,
        "documents/show.html",
        session=session,
        row=row,
        case=case,
        pages=[_page_view(number, read, known) for number, read in enumerate(content.get("pages") or [], 1)],
        text=content.get("text"),
        known=known,
        marked=feld,
        proposals=queries.proposed_cases(session, row),
        units=session.scalars(select(OrgUnit).order_by(OrgUnit.name)).all(),
        plan=session.scalars(select(PlanUnit).order_by(PlanUnit.key)).all(),
        versions=queries.versions(session, row.id),
        payable=payable_queries.of_document(session, row.id),
        may_file=rules.may_file(row, None, None) is None,
        reason=reason(row.reason_code) if row.reason_code else None,
        frame={"active": "inbox"},
    )


def _page_view(number: int, read: dict[str, Any], known: Any) -> dict[str, Any]:
    words = [
        {"text": word[0], "x": word[1], "y": word[2], "w": word[3] - word[1], "h": word[4] - word[2]}
        for word in read["words"] or []
    ]
    regions = [
        {"id": name, "label": value.value, "x": box[0], "y": box[1], "w": box[2] - box[0], "h": box[3] - box[1]}
        for name, value in known.items()
        if value.page == number and (box := value.box)
    ]
    return {
        "number": number, "words": words, "regions": regions, "width": read["width_pt"], "height": read["height_pt"],
    }  # fmt: skip


@router.get("/dokumente/{document_id}/seiten/{number}.jpg")
@requires(Action.DOCUMENT_READ)
def image(session: ReadSession, platform: ThePlatform, document_id: UUID, number: int) -> Response:
    """A page as a picture, made in the jail on first view and kept."""
    row = records.document(session, document_id)
    if not 1 <= number <= (row.page_count or 0):
        raise NotFound("page.unknown")
    data = _image(platform, session, row, number)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _image(platform: Platform, session: Session, row: Document, number: int) -> bytes:
    known = queries.rendition(session, row.original_sha256, f"image-{number}")
    if known is not None:
        with readings.original(platform, known.blob_sha256) as stream:
            return stream.read()
    result = readings.run(platform, "render_page", row.original_sha256, page=number, max_dpi=IMAGE_DPI)
    data = result.files["page.jpg"]
    readings.save_bytes(platform, row.original_sha256, f"image-{number}", IMAGE_RELEASE, data, "image/jpeg")
    return data


@router.get("/dokumente/{document_id}/original")
@requires(Action.DOCUMENT_READ)
def original(session: ReadSession, platform: ThePlatform, document_id: UUID) -> Response:
    """The original as a download, never shown by the browser."""
    row = records.document(session, document_id)
    stream = readings.original(platform, row.original_sha256)
    name = "".join(char if char.isalnum() or char in "._- " else "_" for char in row.original_name)
    safe = name.encode("ascii", "replace").decode().replace("?", "_")
    headers = {"Content-Disposition": f'attachment; filename="{safe}"', "Content-Security-Policy": "sandbox"}
    return StreamingResponse(stream, media_type="application/octet-stream", headers=headers)


@router.post("/dokumente/{document_id}/ablegen")
@requires(Action.DOCUMENT_FILE)
def file_it(
    session: WriteSession,
    platform: ThePlatform,
    document_id: UUID,
    case: Annotated[str, Form()] = "",
    reference: Annotated[str, Form(max_length=90)] = "",
    plan_unit: Annotated[str, Form()] = "",
    title: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """File into the proposed case, into the one with a reference, or into a new case of a new file."""
    row = records.document(session, document_id)
    target = _target(session, platform, row, case, reference, plan_unit, title)
    records.file_document(session, row, target, platform.clock)
    return done(
        f"/dokumente/{row.id}", f"Abgelegt in {target.case_reference}.", undo_url=f"/dokumente/{row.id}/zurueck"
    )


def _target(
    session: Session, platform: Platform, row: Document, case: str, reference: str, plan_unit: str, title: str
) -> Case:
    if case:
        found = session.get(Case, UUID(case))
    elif reference.strip():
        found = session.scalars(select(Case).where(Case.case_reference == reference.strip())).first()
    elif plan_unit:
        name = title or row.title
        file = records.create_file(
            session, plan_unit_id=UUID(plan_unit), title=name, lead_unit_id=row.unit_id, clock=platform.clock
        )
        return records.create_case(session, file, title=name, clock=platform.clock)
    else:
        raise Invalid({"case": "input.choice"})
    if found is None:
        raise NotFound("case.unknown")
    return found


@router.post("/dokumente/{document_id}/zurueck")
@requires(Action.DOCUMENT_FILE)
def unfile(session: WriteSession, platform: ThePlatform, document_id: UUID) -> Response:
    records.unfile_document(session, records.document(session, document_id), platform.clock)
    return done(f"/dokumente/{document_id}", "Das Dokument liegt wieder im Posteingang.")


@router.post("/dokumente/{document_id}/weiterleiten")
@requires(Action.DOCUMENT_FILE)
def forward(session: WriteSession, platform: ThePlatform, document_id: UUID, unit: Annotated[UUID, Form()]) -> Response:
    row = records.document(session, document_id)
    target = session.get(OrgUnit, unit)
    if target is None:
        raise NotFound("unit.unknown")
    node = payables_node(session, target.id) if row.is_invoice else target.id
    records.forward(session, row, unit=target, node_id=node, assignee=None, clock=platform.clock)
    return done("/posteingang", f"Weitergeleitet an {target.name}.")


@router.post("/dokumente/{document_id}/rechnung")
@requires(Action.DOCUMENT_FILE)
def is_invoice(session: WriteSession, platform: ThePlatform, document_id: UUID) -> Response:
    row = records.document(session, document_id)
    payables.open_for_document(session, row, fields.read(session, row.id), None, platform.clock)
    return done(f"/dokumente/{row.id}", "Das Dokument ist jetzt eine Rechnung in Prüfung.")


@router.post("/dokumente/{document_id}/verwerfen")
@requires(Action.DOCUMENT_FILE)
def discard(
    session: WriteSession,
    platform: ThePlatform,
    document_id: UUID,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    row = records.document(session, document_id)
    payable = payable_queries.of_document(session, row.id)
    is_open = payable is not None and payable.state in OPEN
    records.discard(session, row, reason=reason, has_open_payable=is_open, clock=platform.clock)
    return done(f"/dokumente/{row.id}", "Verworfen. Das Dokument bleibt aufbewahrt.")


@router.post("/dokumente/{document_id}/wiederherstellen")
@requires(Action.DOCUMENT_FILE)
def restore(session: WriteSession, platform: ThePlatform, document_id: UUID) -> Response:
    records.restore(session, records.document(session, document_id), platform.clock)
    return done(f"/dokumente/{document_id}", "Das Dokument liegt wieder im Posteingang.")
