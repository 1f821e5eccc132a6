"""The audit trail as the auditor reads it: every act in order, filtered, with its seal, and as a table to keep."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.audit.models import AuditEvent, Seal, SealedLeaf
from dms.spreadsheet import csv_text
from dms.web.format import date_numeric, local
from dms.web.routing import GuardedRoute, ReadSession, requires
from dms.web.templating import page
from dms.web.wording import HISTORY

router = APIRouter(route_class=GuardedRoute)
PAGE_SIZE = 100
EXPORT_ROWS = 100_000
LINKS = {"document": "/dokumente/", "payable_invoice": "/rechnungen/", "file": "/akten/", "case_record": "/vorgaenge/"}
"""Table of a subject → where its page is."""

Text = Annotated[str, Query(max_length=200)]


@router.get("/protokoll")
@requires(Action.AUDIT_READ)
def index(
    request: Request, session: ReadSession, wer: Text = "", was: Text = "", vor: Annotated[int, Query(ge=0)] = 0
) -> HTMLResponse:
    query = _filtered(wer, was)
    rows = session.scalars((query.where(AuditEvent.id < vor) if vor else query).limit(PAGE_SIZE + 1)).all()
    shown = rows[:PAGE_SIZE]
    ids = [row.id for row in shown]
    seals = dict(
        session.execute(select(SealedLeaf.event_id, SealedLeaf.seal_number).where(SealedLeaf.event_id.in_(ids))).all()
    )
    kept = urlencode({name: value for name, value in (("wer", wer), ("was", was)) if value})
    return page(
        request,
        "audit/index.html",
        session=session,
        rows=[(row, _link(row.subject)) for row in shown],
        seals=seals,
        seal=session.scalars(select(Seal).order_by(Seal.number.desc()).limit(1)).first(),
        total=session.scalar(select(func.count(AuditEvent.id))),
        actions=sorted({(action, HISTORY.get(action, action)) for action in _actions(session)}, key=lambda one: one[1]),
        who=wer,
        what=was,
        kept=kept,
        older=shown[-1].id if len(rows) > PAGE_SIZE else None,
        frame={"active": "audit"},
    )


def _filtered(who: str, what: str) -> Select[AuditEvent]:
    query = select(AuditEvent).order_by(AuditEvent.id.desc())
    if who.strip():
        query = query.where(AuditEvent.actor_name.icontains(who.strip(), autoescape=True))
    return query.where(AuditEvent.action == what) if what else query


def _actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).distinct()))


def _link(subject: str) -> str | None:
    table, _, row_id = subject.partition(":")
    try:
        return f"{LINKS[table]}{UUID(row_id)}" if table in LINKS else None
    except ValueError:
        return None


@router.get("/protokoll.csv")
@requires(Action.AUDIT_READ)
def export(session: ReadSession, wer: Text = "", was: Text = "") -> Response:
    rows = session.scalars(_filtered(wer, was).limit(EXPORT_ROWS))
    header = ["Nummer", "Datum", "Uhrzeit", "Wer", "Über", "Was", "Gegenstand", "Einzelheiten", "Prüfsumme"]
    text = csv_text([header, *(_cells(row) for row in rows)])
    headers = {"Content-Disposition": 'attachment; filename="protokoll.csv"'}
    return Response(f"\ufeff{text}", media_type="text/csv; charset=utf-8", headers=headers)


def _cells(row: AuditEvent) -> list[str]:
    details: dict[str, Any] = row.details
    said = ", ".join(f"{name}={value}" for name, value in sorted(details.items()))
    return [
        str(row.id), date_numeric(row.at), f"{local(row.at):%H:%M:%S}", row.actor_name, row.origin,
        HISTORY.get(row.action, row.action), row.subject, said, row.leaf_sha256,
    ]  # fmt: skip
