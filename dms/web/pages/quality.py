"""The queue of scans that a person looks at: fine, to be scanned again, or kept with a defect that is written down."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.errors import Invalid, RuleViolation
from dms.intake import quality
from dms.intake.models import CheckResult
from dms.intake.quality import Check
from dms.platform import Platform
from dms.web.routing import GuardedRoute, ReadSession, ThePlatform, WriteSession, requires
from dms.web.templating import done, page, pages_of
from dms.web.viewer import viewer
from dms.web.wording import CHECK_RESULTS, error_text

router = APIRouter(route_class=GuardedRoute)
ADDRESS = "/scanqualitaet"
PAGE_SIZE = 50
LAST_DECIDED = 20


@router.get(ADDRESS)
@requires(Action.INBOX_READ)
def index(request: Request, session: ReadSession, seite: Annotated[int, Query(ge=1, le=10_000)] = 1) -> HTMLResponse:
    total = quality.waiting_count(session)
    return page(
        request,
        "inbox/quality.html",
        session=session,
        checks=quality.waiting(session, limit=PAGE_SIZE, offset=(seite - 1) * PAGE_SIZE),
        decided=quality.decided(session, limit=LAST_DECIDED),
        total=total,
        number=seite,
        pages=pages_of(total, PAGE_SIZE),
        frame={"active": "inbox"},
    )


@router.get(f"{ADDRESS}/{{check_id}}")
@requires(Action.INBOX_READ)
def show(
    request: Request,
    session: ReadSession,
    platform: ThePlatform,
    check_id: UUID,
    seite: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    return _page(request, session, platform, quality.check(session, check_id), first=seite)


def _page(
    request: Request,
    session: Session,
    platform: Platform,
    found: Check,
    *,
    first: int = 1,
    reason: str = "",
    error: str | None = None,
) -> HTMLResponse:
    return page(
        request,
        "inbox/quality_check.html",
        session=session,
        status=422 if error else 200,
        check=found.row,
        row=found.document,
        station=found.station,
        view=viewer(session, platform, found.document, first=first),
        reason=reason,
        error=error,
        frame={"active": "inbox"},
    )


@router.post(f"{ADDRESS}/{{check_id}}")
@requires(Action.DOCUMENT_FILE)
def decide(
    request: Request,
    session: WriteSession,
    platform: ThePlatform,
    check_id: UUID,
    result: Annotated[str, Form(max_length=8)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Say what the scan is like; a defect needs its reason."""
    found = quality.check(session, check_id)
    if result not in set(CheckResult) - {CheckResult.OPEN}:
        raise Invalid({"result": "input.choice"})
    try:
        quality.decide(session, platform, found, CheckResult(result), reason)
    except Invalid:
        session.rollback()
        sentence = "Bitte beschreiben Sie den Mangel."
        return _page(request, session, platform, quality.check(session, check_id), reason=reason, error=sentence)
    except RuleViolation as exc:
        session.rollback()
        return done(f"{ADDRESS}/{check_id}", error_text(exc), kind="danger")
    sentence = f"{found.document.title}: {CHECK_RESULTS[CheckResult(result)]}."
    return done(ADDRESS, sentence, undo_url=f"{ADDRESS}/{check_id}/zurueck")


@router.post(f"{ADDRESS}/{{check_id}}/zurueck")
@requires(Action.DOCUMENT_FILE)
def reopen(session: WriteSession, platform: ThePlatform, check_id: UUID) -> Response:
    """The scan is looked at once more."""
    quality.reopen(session, quality.check(session, check_id), platform.clock)
    return done(f"{ADDRESS}/{check_id}", "Die Entscheidung ist zurückgenommen.")
