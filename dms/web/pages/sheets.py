"""Separator and cover sheets for the scanner, to choose and print."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from dms.actor import Action
from dms.edge.download import pdf_response
from dms.intake import printing
from dms.intake import queries as intake
from dms.web.routing import GuardedRoute, ReadSession, requires
from dms.web.templating import page

router = APIRouter(route_class=GuardedRoute)


@router.get("/trennblaetter")
@requires(Action.INTAKE_CREATE)
def choose(request: Request, session: ReadSession) -> HTMLResponse:
    """What the sheet is to say."""
    stations = [(station.key, station.name) for station in intake.stations(session)]
    return page(request, "inbox/sheets.html", session=session, stations=stations, frame={"active": "inbox"})


@router.get("/trennblaetter/blatt.pdf")
@requires(Action.INTAKE_CREATE)
def printed(
    session: ReadSession,
    station: Annotated[str, Query(max_length=200)] = "",
    art: Annotated[str, Query(pattern="^(letter|invoice|)$")] = "",
    vorgang: Annotated[str, Query(max_length=90)] = "",
) -> Response:
    """The sheet as a PDF page."""
    data = printing.sheet(session, station=station, kind=art, case_reference=vorgang)
    return pdf_response(data, "Deckblatt.pdf" if vorgang.strip() else "Trennblatt.pdf")
