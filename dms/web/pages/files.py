"""The file plan, files and cases: where things are, and opening, renaming, closing them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from dms.access import service as access
from dms.actor import Action
from dms.errors import Forbidden, Invalid
from dms.identity.models import OrgUnit
from dms.records import files, queries
from dms.records.models import Case, File, PlanUnit
from dms.web import choices
from dms.web.routing import GuardedRoute, ReadSession, TheActor, ThePlatform, WriteSession, requires
from dms.web.templating import done, field_errors, page, pages_of

router = APIRouter(route_class=GuardedRoute)
Kind = Literal["akten", "vorgaenge"]
PageNumber = Annotated[int, Query(ge=1, le=10_000)]
PAGE_SIZE = 50
NEWEST = 100
"""So many documents are shown with a file; the others with their cases."""


@router.get("/akten")
@requires(Action.FILE_READ)
def plan(
    request: Request,
    session: ReadSession,
    einheit: UUID | None = None,
    suche: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    return _plan(request, session, chosen=einheit, typed=suche.strip())


def _plan(
    request: Request,
    session: Session,
    *,
    chosen: UUID | None,
    typed: str = "",
    title: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    unit = session.get(PlanUnit, chosen) if chosen else None
    rows = queries.find_files(session, typed) if typed else queries.files_of(session, unit.id) if unit else []
    units = queries.plan(session)
    return page(
        request,
        "files/plan.html",
        session=session,
        status=status,
        tree=_tree(units, queries.file_counts(session)),
        has_plan=bool(units),
        unit=unit,
        path=_path(unit, {one.id: one for one in units}),
        files=rows,
        lead_units=dict(choices.units(session)),
        people=choices.people(session),
        typed=typed,
        title=title,
        errors=errors or {},
        frame={"active": "files"},
    )


@dataclass
class Node:
    """A unit of the plan with those below it; `count` is the number of files in all of them that the person sees."""

    unit: PlanUnit
    below: list["Node"]
    count: int


def _tree(units: Sequence[PlanUnit], counts: Mapping[UUID, int]) -> list[Node]:
    """The plan from its top; parents come before their children, because a child's key begins with its parent's."""
    nodes = {unit.id: Node(unit, [], counts.get(unit.id, 0)) for unit in units}
    parents = {unit.id: nodes[unit.parent_id] for unit in units if unit.parent_id in nodes}
    for unit in reversed(units):
        if unit.id in parents:
            parents[unit.id].count += nodes[unit.id].count
            parents[unit.id].below.insert(0, nodes[unit.id])
    return [nodes[unit.id] for unit in units if unit.id not in parents]


def _path(unit: PlanUnit | None, by_id: Mapping[UUID, PlanUnit]) -> list[PlanUnit]:
    """The unit and what it lies under, from the top."""
    found: list[PlanUnit] = []
    while unit is not None:
        found.insert(0, unit)
        unit = by_id.get(unit.parent_id) if unit.parent_id else None
    return found


@router.post("/akten")
@requires(Action.FILE_CREATE)
def create(
    request: Request,
    session: WriteSession,
    platform: ThePlatform,
    actor: TheActor,
    plan_unit: Annotated[UUID, Form()],
    title: Annotated[str, Form(max_length=300)] = "",
    closed: Annotated[str, Form()] = "",
    readers: Annotated[list[UUID] | None, Form(max_length=500)] = None,
) -> Response:
    """Open a file; a closed-off one (personnel) is seen by the named people and whoever opened it alone."""
    if actor.unit_id is None:
        raise Forbidden("role.missing")
    try:
        node = access.create_closed_node(session, _principals(actor.user_id, readers)) if closed else None
        file = files.create_file(
            session, plan_unit_id=plan_unit, title=title, lead_unit_id=actor.unit_id, clock=platform.clock, node_id=node
        )
    except Invalid as exc:
        session.rollback()
        return _plan(request, session, chosen=plan_unit, title=title, errors=field_errors(exc), status=422)
    return done(f"/akten/{file.id}", f"Akte {file.file_reference} angelegt.")


def _principals(owner: UUID | None, readers: list[UUID] | None) -> list[str]:
    return [f"user:{user_id}" for user_id in (owner, *(readers or [])) if user_id]


@router.get("/akten/{file_id}")
@requires(Action.FILE_READ)
def show(request: Request, session: ReadSession, file_id: UUID, seite: PageNumber = 1) -> HTMLResponse:
    """A file with its cases, under each those of the newest documents of all of them that are its own."""
    file = files.file(session, file_id)
    cases = queries.cases_of(session, file.id, limit=PAGE_SIZE, offset=(seite - 1) * PAGE_SIZE)
    ids, case_count = [case.id for case in cases], queries.case_count(session, file.id)
    newest = queries.documents_of(session, ids, limit=NEWEST)
    units = {one.id: one for one in queries.plan(session)}
    return page(
        request,
        "files/show.html",
        session=session,
        file=file,
        cases=cases,
        case_count=case_count,
        documents={case_id: [one for one in newest if one.case_id == case_id] for case_id in ids},
        counts=queries.document_counts(session, ids),
        number=seite,
        pages=pages_of(case_count, PAGE_SIZE),
        path=_path(units.get(file.plan_unit_id), units),
        lead_unit=session.get(OrgUnit, file.lead_unit_id),
        readers=access.readers(session, file.acl_node_id),
        frame={"active": "files"},
    )


@router.get("/vorgaenge/{case_id}")
@requires(Action.FILE_READ)
def show_case(request: Request, session: ReadSession, case_id: UUID, seite: PageNumber = 1) -> HTMLResponse:
    case = files.case(session, case_id)
    file = files.file(session, case.file_id)
    units = {one.id: one for one in queries.plan(session)}
    count = queries.document_counts(session, [case.id]).get(case.id, 0)
    return page(
        request,
        "files/case.html",
        session=session,
        case=case,
        file=file,
        documents=queries.documents_of(session, [case.id], limit=PAGE_SIZE, offset=(seite - 1) * PAGE_SIZE),
        count=count,
        number=seite,
        pages=pages_of(count, PAGE_SIZE),
        path=_path(units.get(file.plan_unit_id), units),
        frame={"active": "files"},
    )


@router.post("/akten/{file_id}/vorgaenge")
@requires(Action.FILE_CREATE)
def create_case(
    session: WriteSession, platform: ThePlatform, file_id: UUID, title: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    file = files.file(session, file_id)
    if not title.strip():
        return done(f"/akten/{file.id}", "Bitte nennen Sie den Betreff des Vorgangs.", kind="danger")
    case = files.create_case(session, file, title=title, clock=platform.clock)
    return done(f"/vorgaenge/{case.id}", f"Vorgang {case.case_reference} angelegt.")


@router.post("/{kind}/{row_id}/titel")
@requires(Action.FILE_CREATE)
def rename(
    session: WriteSession, kind: Kind, row_id: UUID, title: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    row = _row(session, kind, row_id)
    if not title.strip():
        return done(f"/{kind}/{row.id}", "Bitte nennen Sie den neuen Titel.", kind="danger")
    before = row.title
    files.rename(session, row, title)
    return done(f"/{kind}/{row.id}", f"Der Titel ist geändert (vorher: {before}).")


@router.post("/{kind}/{row_id}/schliessen")
@requires(Action.FILE_CREATE)
def close(session: WriteSession, platform: ThePlatform, kind: Kind, row_id: UUID) -> Response:
    row = _row(session, kind, row_id)
    files.close(session, row, platform.clock)
    address = f"/{kind}/{row.id}"
    return done(address, "Geschlossen (zu den Akten). Es wird nichts mehr abgelegt.", undo_url=f"{address}/oeffnen")


@router.post("/{kind}/{row_id}/oeffnen")
@requires(Action.FILE_CREATE)
def reopen(session: WriteSession, kind: Kind, row_id: UUID) -> Response:
    row = _row(session, kind, row_id)
    files.reopen(session, row)
    return done(f"/{kind}/{row.id}", "Wieder geöffnet.")


def _row(session: Session, kind: Kind, row_id: UUID) -> File | Case:
    return files.file(session, row_id) if kind == "akten" else files.case(session, row_id)
