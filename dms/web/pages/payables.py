"""The list of invoices: what is on its way, with whom, what is late; filters, sums, weeks of payment, export."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.clock import Clock, local_date
from dms.payables import worklist
from dms.payables.approval import OPEN
from dms.payables.models import PayableInvoice, PayableState
from dms.payables.worklist import Filters, OpenStep, Overview, Totals
from dms.platform import Platform
from dms.spreadsheet import csv_text
from dms.web import choices
from dms.web.format import date_numeric, money_input, number
from dms.web.routing import GuardedRoute, ReadSession, ThePlatform, requires
from dms.web.templating import page, pages_of
from dms.web.wording import PAYABLE_STATES

router = APIRouter(route_class=GuardedRoute)
PAGE_SIZE = 50
EXPORT_ROWS = 20_000
EXPORT_COLUMNS = (
    "Rechnungssteller", "Rechnungsnummer", "Rechnungsdatum", "Brutto", "Zahlbetrag", "Währung", "Fällig am",
    "Skonto bis", "Skonto", "Stand", "Amt",
)  # fmt: skip
OVERDUE, ENDED = "ueberfaellig", "erledigt"
GROUPS: dict[str, frozenset[PayableState]] = {
    "offen": frozenset(OPEN),
    "erfassung": frozenset({PayableState.RECEIVED, PayableState.CAPTURE}),
    "pruefung": frozenset({PayableState.REVIEW}),
    "anordnung": frozenset({PayableState.ORDERING}),
    "angeordnet": frozenset({PayableState.ORDERED, PayableState.TRANSFERRED}),
    ENDED: frozenset({PayableState.SETTLED, PayableState.REJECTED, PayableState.VOID}),
}
"""Name in the address → states that the tab holds."""


@router.get("/rechnungen")
@requires(Action.PAYABLE_READ)
def index(
    request: Request,
    session: ReadSession,
    platform: ThePlatform,
    stand: str = "offen",
    amt: UUID | None = None,
    suche: Annotated[str, Query(max_length=200)] = "",
    seite: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    filters = _filters(stand, amt, suche, platform.clock)
    rows = worklist.payables(session, filters, limit=PAGE_SIZE, offset=(seite - 1) * PAGE_SIZE)
    today = local_date(platform.clock.now())
    ended = GROUPS.get(stand, GROUPS[ENDED]) & GROUPS[ENDED] | {PayableState.TRANSFERRED}
    overview = worklist.overview(session, _filters("", amt, suche, platform.clock), today, ended=ended)
    sums = _sums(overview, stand)
    kept = {"amt": amt, "suche": suche.strip() or None}
    return page(
        request,
        "payables/index.html",
        session=session,
        rows=rows,
        sums=sums,
        counted=_counted(sums),
        whereabouts=_whereabouts(session, rows, platform),
        tabs=_tabs(overview, kept, stand),
        active=_address(stand, kept),
        stand=stand,
        units=choices.units(session),
        unit_id=amt,
        typed=suche.strip(),
        today=today,
        weeks=_chart(worklist.due_weeks(session, today)),
        number=seite,
        pages=None if sums.is_more else pages_of(sums.count, PAGE_SIZE),
        has_next=len(rows) == PAGE_SIZE,
        frame={"active": "payables"},
    )


def _filters(stand: str, unit_id: UUID | None, text: str, clock: Clock) -> Filters:
    overdue_on = local_date(clock.now()) if stand == OVERDUE else None
    return Filters(states=GROUPS.get(stand, frozenset()), unit_id=unit_id, text=text.strip(), overdue_on=overdue_on)


def _tabs(overview: Overview, kept: Mapping[str, object], stand: str) -> list[tuple[str, str, str | None]]:
    """(label, address, number of invoices) of every tab; what has ended is counted where it is looked at only."""
    labels = {
        "offen": "Offen", "erfassung": "Erfassung", "pruefung": "In Prüfung", "anordnung": "Zur Anordnung",
        OVERDUE: "Überfällig", "angeordnet": "Angeordnet", ENDED: "Beendet",
    }  # fmt: skip
    uncounted = {ENDED} - {stand}
    return [
        (label, _address(name, kept), None if name in uncounted else _counted(_sums(overview, name)))
        for name, label in labels.items()
    ]


def _counted(sums: Totals) -> str:
    return f"über {number(sums.count)}" if sums.is_more else number(sums.count)


def _sums(overview: Overview, stand: str) -> Totals:
    return overview.overdue if stand == OVERDUE else overview.of(GROUPS.get(stand, PayableState))


def _address(stand: str, kept: Mapping[str, object]) -> str:
    return "/rechnungen?" + urlencode({"stand": stand, **{name: value for name, value in kept.items() if value}})


def _whereabouts(session: Session, rows: Sequence[PayableInvoice], platform: Platform) -> dict[UUID, OpenStep]:
    """Payable → the next step that is missing, with those who may take it."""
    steps = worklist.open_steps(session, rows, platform.clock)
    return {payable_id: found[0] for payable_id, found in steps.items() if found}


def _chart(weeks: Sequence[worklist.DueWeek]) -> dict[str, object]:
    """The weeks as bars: heights in percent of the largest."""
    most = max([week.payable_cents for week in weeks] + [1])
    bars = [(week, round(max(0, week.payable_cents) * 100 / most)) for week in weeks]
    return {"bars": bars, "total_cents": sum(week.payable_cents for week in weeks)}


@router.get("/rechnungen.csv")
@requires(Action.PAYABLE_READ)
def export(
    session: ReadSession,
    platform: ThePlatform,
    stand: str = "offen",
    amt: UUID | None = None,
    suche: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The list as a spreadsheet opens it: UTF-8 with a mark, semicolons, no cell that would be taken for a formula."""
    rows = worklist.payables(session, _filters(stand, amt, suche, platform.clock), limit=EXPORT_ROWS)
    units = dict(choices.units(session))
    text = csv_text([EXPORT_COLUMNS, *(_cells(row, units) for row in rows)])
    headers = {"Content-Disposition": 'attachment; filename="rechnungen.csv"'}
    return Response(f"\ufeff{text}", media_type="text/csv; charset=utf-8", headers=headers)


def _cells(row: PayableInvoice, units: dict[str, str]) -> list[str]:
    return [
        row.seller_name or "", row.invoice_number or "", date_numeric(row.issued_on), money_input(row.gross_cents),
        money_input(row.payable_cents), row.currency, date_numeric(row.due_on), date_numeric(row.discount_until),
        money_input(row.discount_cents), PAYABLE_STATES[PayableState(row.state)], units.get(str(row.unit_id), ""),
    ]  # fmt: skip
