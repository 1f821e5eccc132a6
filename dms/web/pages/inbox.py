"""The inbox: what came in, how far it is, and what can be done to several documents at once."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dms.access.service import everywhere, payables_node
from dms.actor import Action
from dms.errors import DmsError, Invalid, NotFound
from dms.identity.models import OrgUnit
from dms.intake import quality
from dms.intake import queries as intake
from dms.intake.queries import View
from dms.intake.wording import reason
from dms.payables import queries as payable_queries
from dms.payables.approval import OPEN
from dms.platform import Platform
from dms.records import files
from dms.records import service as records
from dms.records.models import Document
from dms.web import choices
from dms.web.pages import filing
from dms.web.routing import GuardedRoute, ReadSession, TheActor, ThePlatform, WriteSession, requires
from dms.web.templating import done, fragment, page, pages_of
from dms.web.wording import error_text

router = APIRouter(route_class=GuardedRoute)
PAGE_SIZE = 50
MAX_UNDO = 20
"""So many documents fit into the cookie that carries the way back."""

Chosen = Annotated[list[UUID], Form(max_length=PAGE_SIZE)]


@router.get("/posteingang")
@requires(Action.INBOX_READ)
def inbox(
    request: Request,
    session: ReadSession,
    platform: ThePlatform,
    ansicht: str = View.WAITING.value,
    amt: UUID | None = None,
    seite: Annotated[int, Query(ge=1, le=10_000)] = 1,
    gewaehlt: Annotated[list[UUID] | None, Query(max_length=PAGE_SIZE)] = None,
) -> HTMLResponse:
    view = View(ansicht) if ansicht in set(View) else View.WAITING
    counts = intake.inbox_counts(session, amt)
    rows = intake.inbox(session, view, unit_id=amt, limit=PAGE_SIZE, offset=(seite - 1) * PAGE_SIZE)
    return page(
        request,
        "inbox/index.html",
        session=session,
        rows=rows,
        view=view,
        counts=counts,
        unit_id=amt,
        units=choices.units(session),
        number=seite,
        pages=pages_of(counts[view], PAGE_SIZE),
        since=platform.clock.now(),
        chosen=gewaehlt or [],
        is_reading=any(row.progress is not None and row.document.state == "processing" for row in rows),
        reason=reason,
        to_check=quality.waiting_count(session),
        frame={"active": "inbox"},
    )


@router.get("/posteingang/zeilen/{document_id}")
@requires(Action.INBOX_READ)
def row(request: Request, session: ReadSession, document_id: UUID) -> HTMLResponse:
    """One row again, while its document is being read."""
    records.document(session, document_id)
    found = intake.waiting(session, document_id)
    return fragment(request, "inbox/_row.html", row=found, reason=reason)


@router.get("/posteingang/neues")
@requires(Action.INBOX_READ)
def news(request: Request, session: ReadSession, seit: datetime, amt: UUID | None = None) -> HTMLResponse:
    """Whether something came in since the list was made."""
    query = select(func.count(Document.id)).where(Document.received_at > seit)
    count = session.scalar(query.where(Document.unit_id == amt) if amt else query) or 0
    return fragment(request, "inbox/_news.html", count=count, since=seit, unit_id=amt)


@router.post("/posteingang/weiterleiten")
@requires(Action.DOCUMENT_FILE)
def forward(
    session: WriteSession, platform: ThePlatform, unit: Annotated[str, Form()] = "", chosen: Chosen | None = None
) -> Response:
    """Hand the chosen documents to another unit."""
    target = session.get(OrgUnit, UUID(unit)) if unit else None
    if target is None:
        return _again(chosen, "Bitte wählen Sie das Amt aus, an das die Dokumente gehen.")

    def act(document: Document) -> None:
        node = payables_node(session, target.id) if document.is_invoice else target.id
        records.forward(session, document, unit=target, node_id=node, assignee=None, clock=platform.clock)

    return _each(session, chosen, act, f"weitergeleitet an {target.name}", "zurueckholen")


@router.post("/posteingang/ablegen")
@requires(Action.DOCUMENT_FILE)
def file_together(
    session: WriteSession, platform: ThePlatform, reference: Annotated[str, Form(max_length=90)] = "",
    chosen: Chosen | None = None,
) -> Response:  # fmt: skip
    """File the chosen documents into one case."""
    try:
        target = files.case_by_reference(session, reference)
    except NotFound as exc:
        return _again(chosen, error_text(exc))

    def act(document: Document) -> None:
        records.file_document(session, document, target, platform.clock)

    return _each(session, chosen, act, f"abgelegt in {target.case_reference}", "zurueck")


@router.post("/posteingang/verwerfen")
@requires(Action.DOCUMENT_FILE)
def discard(
    session: WriteSession, platform: ThePlatform, reason: Annotated[str, Form(max_length=500)] = "",
    chosen: Chosen | None = None,
) -> Response:  # fmt: skip
    """Take the chosen documents out of sight, with one reason for all."""

    def act(document: Document) -> None:
        payable = payable_queries.of_document(session, document.id)
        is_open = payable is not None and payable.state in OPEN
        records.discard(session, document, reason=reason, has_open_payable=is_open, clock=platform.clock)

    return _each(session, chosen, act, "verworfen", "wiederherstellen")


@router.post("/posteingang/rueckgaengig/{act}")
@requires(Action.DOCUMENT_FILE)
def undo(platform: ThePlatform, actor: TheActor, act: str, id: Annotated[list[UUID], Query()]) -> Response:
    """Take back what was done to several documents at once."""
    acts: dict[str, Callable[[Session, Platform, UUID], None]] = {
        "zurueckholen": filing.recall_one,
        "zurueck": filing.unfile_one,
        "wiederherstellen": filing.restore_one,
    }
    if act not in acts:
        raise Invalid({"act": "input.choice"})
    with platform.db.write(everywhere(actor) if act == "zurueckholen" else actor) as session:
        for document_id in id[:MAX_UNDO]:
            acts[act](session, platform, document_id)
    return done("/posteingang", f"{len(id)} Dokumente liegen wieder, wo sie waren.")


def _each(
    session: Session, chosen: list[UUID] | None, act: Callable[[Document], None], what: str, undo_act: str
) -> Response:
    """Do one act to every chosen document, or to none of them; the first refusal says why."""
    if not chosen:
        return _again(chosen, "Bitte wählen Sie zuerst Dokumente aus.")
    try:
        for document_id in chosen:
            act(records.document(session, document_id))
    except DmsError as exc:
        session.rollback()
        return _again(chosen, f"Nichts geändert. {error_text(exc)}")
    count = "1 Dokument" if len(chosen) == 1 else f"{len(chosen)} Dokumente"
    ids = "&".join(f"id={document_id}" for document_id in chosen)
    undo_url = f"/posteingang/rueckgaengig/{undo_act}?{ids}" if len(chosen) <= MAX_UNDO else None
    return done("/posteingang", f"{count} {what}.", undo_url=undo_url)


def _again(chosen: list[UUID] | None, sentence: str) -> Response:
    """Back to the list, with the same documents chosen."""
    ids = "&".join(f"gewaehlt={document_id}" for document_id in chosen or ())
    return done(f"/posteingang?{ids}", sentence, kind="danger")
