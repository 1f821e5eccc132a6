"""The town's structure: legal entities, org units, scanner stations and the file plan."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from sqlalchemy import select

from dms.access.service import create_unit_nodes
from dms.actor import Action
from dms.errors import DmsError, NotFound
from dms.identity import service as identity
from dms.identity.models import LegalEntity, OrgUnit
from dms.identity.setup_file import PlanSpec, StationSpec
from dms.intake import queries as intake
from dms.intake.setup import parse_plan, save_plan_unit, save_station
from dms.records import queries
from dms.web import choices
from dms.web.routing import GuardedRoute, ReadSession, WriteSession, requires
from dms.web.templating import done, page
from dms.web.wording import error_text

router = APIRouter(route_class=GuardedRoute)
UNITS, STATIONS, PLAN = "/verwaltung/aemter", "/verwaltung/stationen", "/verwaltung/plan"
MAX_PLAN_BYTES = 4 * 1024 * 1024
Key = Annotated[str, Form(max_length=60)]
Name = Annotated[str, Form(max_length=200)]


@router.get(UNITS)
@requires(Action.SYSTEM_MANAGE)
def show_units(request: Request, session: ReadSession) -> HTMLResponse:
    return page(
        request,
        "admin/units.html",
        session=session,
        entities=session.scalars(select(LegalEntity).order_by(LegalEntity.id)).all(),
        units=session.scalars(select(OrgUnit).order_by(OrgUnit.name)).all(),
        active=UNITS,
        frame={"active": "system"},
    )


@router.post(f"{UNITS}/mandant")
@requires(Action.SYSTEM_MANAGE)
def save_entity(
    session: WriteSession, key: Key = "", name: Name = "", buyer_reference: Name = "", id: Annotated[str, Form()] = ""
) -> Response:
    if not name.strip() or not (id or key.strip()):
        return done(UNITS, "Ein Mandant braucht Kürzel und Namen.", kind="danger")
    reference = buyer_reference.strip()[:46] or None
    if id:
        row = session.get(LegalEntity, UUID(id))
        if row is None:
            raise NotFound("legal_entity.unknown")
        identity.change(session, row, name=name.strip(), buyer_reference=reference)
    else:
        identity.add_entity(session, key=key.strip()[:40], name=name.strip(), buyer_reference=reference)
    return done(UNITS, f"Mandant {name.strip()} ist gespeichert.")


@router.post(f"{UNITS}/amt")
@requires(Action.SYSTEM_MANAGE)
def save_unit(session: WriteSession, key: Key = "", name: Name = "", id: Annotated[str, Form()] = "") -> Response:
    if not name.strip() or not (id or key.strip()):
        return done(UNITS, "Ein Amt braucht Kürzel und Namen.", kind="danger")
    if id:
        row = session.get(OrgUnit, UUID(id))
        if row is None:
            raise NotFound("unit.unknown")
        identity.change(session, row, name=name.strip())
    else:
        create_unit_nodes(session, identity.add_unit(session, key=key.strip()[:40], name=name.strip()).id)
    return done(UNITS, f"Amt {name.strip()} ist gespeichert.")


@router.get(STATIONS)
@requires(Action.SYSTEM_MANAGE)
def show_stations(request: Request, session: ReadSession) -> HTMLResponse:
    return page(
        request,
        "admin/stations.html",
        session=session,
        stations=intake.stations(session),
        units=[(row.key, row.name) for row in session.scalars(select(OrgUnit).order_by(OrgUnit.name))],
        entities=[(row.key, row.name) for row in session.scalars(select(LegalEntity).order_by(LegalEntity.name))],
        names=dict(choices.units(session)) | dict(choices.legal_entities(session)),
        active=STATIONS,
        frame={"active": "system"},
    )


@router.post(STATIONS)
@requires(Action.SYSTEM_MANAGE)
def save_one_station(
    session: WriteSession, key: Key = "", name: Name = "", unit: Key = "", kind: Key = "letter", entity: Key = "",
    check_every: Key = "0", substitutive: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """A new station, or another unit, kind or entity for the one with this folder name."""
    if not key.strip() or key.strip().startswith(".") or "/" in key:
        return done(
            STATIONS, "Die Station braucht einen Ordnernamen ohne Schrägstrich und Punkt am Anfang.", kind="danger"
        )
    try:
        spec = StationSpec(
            key=key, name=name or None, unit=unit or None, kind=kind, entity=entity or None,
            check_every=int(check_every.strip() or 0), substitutive=substitutive,
        )  # fmt: skip
    except (ValidationError, ValueError):
        return done(STATIONS, "Bitte prüfen Sie Ordnername, Art und die Zahl der Stichprobe.", kind="danger")
    save_station(session, spec)
    return done(
        STATIONS, f"Station {spec.key} ist gespeichert. Neue Dokumente folgen der Änderung, alte bleiben, wo sie sind."
    )


@router.get(PLAN)
@requires(Action.SYSTEM_MANAGE)
def show_plan(request: Request, session: ReadSession) -> HTMLResponse:
    return page(
        request,
        "admin/plan.html",
        session=session,
        units=queries.plan(session),
        counts=queries.file_counts(session),
        active=PLAN,
        frame={"active": "system"},
    )


@router.post(PLAN)
@requires(Action.SYSTEM_MANAGE)
def save_one_plan_unit(session: WriteSession, key: Key = "", title: Name = "", years: Key = "") -> Response:
    try:
        spec = PlanSpec(key=key, title=title, retention_years=int(years) if years.strip() else None)
    except (ValidationError, ValueError):
        return done(
            PLAN, "Bitte geben Sie Kennzahl, Titel und (in Zahlen) die Jahre der Aufbewahrung an.", kind="danger"
        )
    save_plan_unit(session, spec)
    return done(PLAN, f"{spec.key} {spec.title} ist gespeichert.")


@router.post(f"{PLAN}/einlesen")
@requires(Action.SYSTEM_MANAGE)
def read_plan(session: WriteSession, datei: Annotated[UploadFile, File()]) -> Response:
    """A whole plan from a CSV: adds and renames, removes nothing."""
    try:
        specs = parse_plan(datei.file.read(MAX_PLAN_BYTES))
    except DmsError as exc:
        return done(PLAN, error_text(exc), kind="danger")
    results = [save_plan_unit(session, spec) for spec in sorted(specs, key=lambda spec: spec.key)]
    return done(PLAN, f"Eingelesen: {results.count('added')} neu, {results.count('changed')} geändert.")
