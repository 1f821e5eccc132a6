"""The file plan, files, cases and what is in them."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from dms.actor import Action
from dms.errors import NotFound
from dms.records import queries
from dms.records.models import File, PlanUnit
from dms.web.routing import GuardedRoute, ReadSession, requires
from dms.web.templating import page

router = APIRouter(route_class=GuardedRoute)


@router.get("/akten")
@requires(Action.FILE_READ)
def plan(request: Request, session: ReadSession, einheit: UUID | None = None) -> HTMLResponse:
    units = session.scalars(select(PlanUnit).order_by(PlanUnit.key)).all()
    files = queries.files_of(session, einheit) if einheit else []
    counts = queries.file_counts(session)
    return page(
        request, "files/plan.html", session=session, units=units, files=files, counts=counts, chosen=einheit,
        frame={"active": "files"},
    )  # fmt: skip


@router.get("/akten/{file_id}")
@requires(Action.FILE_READ)
def show(request: Request, session: ReadSession, file_id: UUID) -> HTMLResponse:
    file = session.get(File, file_id)
    if file is None:
        raise NotFound("file.unknown")
    cases = [(case, queries.documents_of(session, case.id)) for case in queries.cases_of(session, file.id)]
    plan_unit = session.get(PlanUnit, file.plan_unit_id)
    return page(
        request,
        "files/show.html",
        session=session,
        file=file,
        cases=cases,
        plan_unit=plan_unit,
        frame={"active": "files"},
    )
