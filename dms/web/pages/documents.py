"""One document: its pages with their words, what is known about it, and what can be done with it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.edge.download import original_response
from dms.errors import Invalid, NotFound, Rejected
from dms.identity.models import OrgUnit, User
from dms.intake import long_scans, quality, readings
from dms.intake import queries as intake
from dms.intake.fields import TYPE
from dms.intake.models import Progress
from dms.intake.outcome import intake_of, is_partly_read, station_of
from dms.intake.wording import reason
from dms.payables import checks
from dms.payables import queries as payable_queries
from dms.payables.approval import OPEN
from dms.platform import Platform
from dms.records import arrangement, filing, queries, rules
from dms.records import service as records
from dms.records.arrangement import Leaf
from dms.records.models import Case, Document, DocumentState, ExtractedValue, File
from dms.records.wording import sentence
from dms.web import choices
from dms.web.format import date_numeric, parse_date
from dms.web.provenance import of_document
from dms.web.routing import GuardedRoute, ReadSession, ThePlatform, WriteSession, requires
from dms.web.templating import done, field_errors, fragment, page
from dms.web.viewer import viewer
from invoicing.witness_wording import why_invoice

router = APIRouter(route_class=GuardedRoute)
IMAGE_RELEASE = "image-1"
THUMBNAIL = "klein"
IMAGES = {"": (110, "image"), "gross": (150, "image-large"), THUMBNAIL: (30, "thumbnail")}
"""Size in the address → resolution in dpi and kind of the rendition that is kept."""
NO_PICTURE = "/static/no-page.svg"
"""In a row of thumbnails the place of a page of which none can be made; a large one is missed with its name."""


class Metadata(BaseModel):
    """What a person says about a document, as typed."""

    version: int
    title: str = Field("", max_length=300)
    sender: str = Field("", max_length=200)
    recipient: str = Field("", max_length=200)
    foreign_reference: str = Field("", max_length=120)
    document_date: str = Field("", max_length=20)


@router.get("/dokumente/{document_id}")
@requires(Action.DOCUMENT_READ)
def show(
    request: Request,
    session: ReadSession,
    platform: ThePlatform,
    document_id: UUID,
    feld: str = "",
    suche: Annotated[str, Query(max_length=400)] = "",
    seite: Annotated[int, Query(ge=1, le=100_000)] = 1,
    vorgang: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    row = records.document(session, document_id)
    view = viewer(session, platform, row, marked=feld, typed=suche, first=seite)
    return _page(request, session, platform, row, view, wanted=vorgang)


def _page(
    request: Request,
    session: Session,
    platform: Platform,
    row: Document,
    view: dict[str, Any],
    *,
    wanted: str = "",
    form: Metadata | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    payable, versions = payable_queries.of_document(session, row.id), queries.versions(session, row.id)
    is_open = payable is not None and payable.state in OPEN
    case = session.get(Case, row.case_id) if row.case_id else None
    return page(
        request,
        "documents/show.html",
        session=session,
        status=status,
        row=row,
        case=case,
        file=session.get(File, case.file_id) if case else None,
        view=view,
        form=form or _typed(row),
        errors=errors or {},
        layers=_layers(queries.layers(session, row.id)),
        prov=of_document(row, view["known"], versions),
        looks_like_invoice=_looks_like_invoice(session, row, view["known"]) if payable is None else [],
        proposals=_proposals(session, row),
        wanted=wanted,
        found=queries.find_cases(session, wanted) if wanted.strip() else [],
        recipients=choices.recipients(session),
        plan=choices.plan_units(session),
        unit=session.get(OrgUnit, row.unit_id),
        assignee=session.get(User, row.assignee_id) if row.assignee_id else None,
        versions=versions,
        payable=payable,
        arrival=intake_of(session, row.id),
        station=station_of(session, row.id),
        may_be_invoice=_may_be_invoice(row),
        first=session.get(Document, row.duplicate_of_id) if row.duplicate_of_id else None,
        main=session.get(Document, row.attached_to_id) if row.attached_to_id else None,
        check=quality.of_document(session, row.id),
        merged_into=_visible(session, row.merged_into_id),
        cut_from=_visible(session, row.part_of_id),
        attachments=queries.attachments(session, row.id),
        is_stopped=long_scans.is_stopped(session, row),
        parked=intake.parked_job(session, row.id),
        may_file=rules.may_file(row, None, None) is None,
        may_forward=rules.may_forward(row) is None,
        may_discard=rules.may_discard(row, has_open_payable=is_open),
        progress=session.get(Progress, row.id) if row.state == "processing" else None,
        reason=reason(row.reason_code) if row.reason_code else None,
        frame={"active": "files" if case else "inbox"},
    )


def _visible(session: Session, document_id: UUID | None) -> Document | None:
    """A document that another one came from or went into, where the actor may see it."""
    return session.scalars(select(Document).where(Document.id == document_id)).first() if document_id else None


def _typed(row: Document) -> Metadata:
    return Metadata(
        version=row.current_version,
        title=row.title,
        sender=row.sender or "",
        recipient=row.recipient or "",
        foreign_reference=row.foreign_reference or "",
        document_date=date_numeric(row.document_date),
    )


def _may_be_invoice(row: Document) -> bool:
    """It may be said of the document that it is an invoice."""
    return not row.is_invoice and (row.state in (DocumentState.INBOX, DocumentState.FILED) or is_partly_read(row))


def _looks_like_invoice(session: Session, row: Document, known: Mapping[str, ExtractedValue]) -> list[str]:
    """Why a letter should be treated as an invoice; empty where it says nothing of the kind."""
    if row.attached_to_id is not None or not _may_be_invoice(row):
        return []
    if checks.newest(session, row.id) is not None:
        return ["Es ist eine E-Rechnung."]
    said = ["Das Deckblatt oder die Scannerstation nennt es eine Rechnung."] if row.document_kind == "invoice" else []
    return said + (why_invoice(known[TYPE].witnesses) if TYPE in known else [])


def _proposals(session: Session, row: Document) -> list[tuple[Case, list[str]]]:
    """The cases where the document probably belongs, each with the sentences that say why."""
    found = filing.propose(session, row)
    return [(case, [sentence(why) for why in one.reasons]) for case, one in found if case.id != row.case_id]


def _layers(rows: Sequence[ExtractedValue]) -> dict[str, list[ExtractedValue]]:
    """Name → its earlier values, newest first; names with only one layer are left out."""
    found: dict[str, list[ExtractedValue]] = {}
    for row in reversed(rows):
        if row.superseded_by_id is not None:
            found.setdefault(row.name, []).append(row)
    return found


@router.get("/dokumente/{document_id}/stand")
@requires(Action.DOCUMENT_READ)
def progress(request: Request, session: ReadSession, document_id: UUID) -> Response:
    """How far the reading is; once it is through, htmx loads the whole page again."""
    row = records.document(session, document_id)
    if row.state != "processing":
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    return fragment(request, "documents/_progress.html", row=row, progress=session.get(Progress, row.id))


@router.get("/dokumente/{document_id}/seiten/{number}.jpg")
@requires(Action.DOCUMENT_READ)
def image(
    session: ReadSession,
    platform: ThePlatform,
    document_id: UUID,
    number: int,
    groesse: str = "",
    drehung: Annotated[int | None, Query(ge=0, le=270)] = None,
) -> Response:
    """A leaf as a picture, made in the jail on first view and kept; turned by `drehung` degrees from how it is stored,
    else as a person said, else as its file says."""
    row = records.document(session, document_id)
    leaf = next((leaf for leaf in arrangement.leaves_of(row) if leaf.number == number), None)
    upright = drehung if drehung is not None or leaf is None else leaf.upright
    if leaf is None or groesse not in IMAGES or upright not in (None, *arrangement.QUARTER_TURNS):
        raise NotFound("page.unknown")
    try:
        data = _image(platform, session, leaf, groesse, upright)
    except Rejected:
        if groesse != THUMBNAIL:
            raise
        return RedirectResponse(NO_PICTURE)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _image(platform: Platform, session: Session, leaf: Leaf, size: str, upright: int | None) -> bytes:
    dpi, name = IMAGES[size]
    kind = f"{name}-{leaf.page}" if upright is None else f"{name}-{leaf.page}-{upright}"
    known = queries.rendition(session, leaf.sha256, kind)
    if known is not None:
        with readings.original(platform, known.blob_sha256) as stream:
            return stream.read()
    result = readings.run(platform, "render_page", leaf.sha256, page=leaf.page, max_dpi=dpi, rotation=upright)
    data = result.files["page.jpg"]
    readings.save_bytes(platform, leaf.sha256, kind, IMAGE_RELEASE, data, "image/jpeg")
    return data


@router.get("/dokumente/{document_id}/original")
@requires(Action.DOCUMENT_READ)
def original(session: ReadSession, platform: ThePlatform, document_id: UUID) -> Response:
    """The original as a download, never shown by the browser."""
    row = records.document(session, document_id)
    return original_response(platform, row)


@router.post("/dokumente/{document_id}/angaben")
@requires(Action.DOCUMENT_EDIT)
def edit(
    request: Request,
    session: WriteSession,
    platform: ThePlatform,
    document_id: UUID,
    form: Annotated[Metadata, Form()],
) -> Response:
    """Change what is said about the document; what was typed stands there again when something is wrong."""
    row = records.document(session, document_id)
    try:
        if form.version != row.current_version:
            raise Invalid({"title": "document.changed"})
        version = records.edit(session, row, _values(form), platform.clock)
    except Invalid as exc:
        session.rollback()
        row = records.document(session, document_id)
        form.version = row.current_version
        errors = field_errors(exc)
        return _page(
            request, session, platform, row, viewer(session, platform, row), form=form, errors=errors, status=422
        )
    return done(f"/dokumente/{row.id}", "Angaben gespeichert." if version else "Nichts geändert.")


def _values(form: Metadata) -> dict[str, Any]:
    try:
        day = parse_date(form.document_date) if form.document_date.strip() else None
    except ValueError as exc:
        raise Invalid({"document_date": str(exc)}) from exc
    texts = {name: getattr(form, name).strip() or None for name in ("sender", "recipient", "foreign_reference")}
    return {"title": form.title, **texts, "document_date": day}
