"""The sheets that people lay into a stack, ready to print: they say to people what their code says to the system."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.errors import NotFound
from dms.intake.models import Station
from dms.intake.stacks import KINDS
from dms.records import files
from ocr import Sheet
from ocr.sheet_page import sheet_page

MOST_LETTERS = 58
"""What fits on one line of a sheet."""
KIND_LINES = {"letter": "Es folgt ein Schreiben.", "invoice": "Es folgt eine Rechnung."}


def sheet(session: Session, *, station: str = "", kind: str = "", case_reference: str = "") -> bytes:
    """A separator sheet as a PDF page, a cover sheet where a case is named; what is empty is left to the stack.

    Raises NotFound for a station that does not exist and for a case that the actor may not see.
    """
    lines = ["Vor das Dokument legen und mitscannen."]
    if station:
        lines.append(f"Geht an: {_station(session, station).name}")
    if kind in KINDS:
        lines.append(KIND_LINES[kind])
    reference = ""
    if case_reference.strip():
        case = files.case_by_reference(session, case_reference)
        reference = case.case_reference
        lines += [f"Wird abgelegt in {reference}", case.title]
    said = Sheet(station, kind if kind in KINDS else "", reference)
    return sheet_page(said, "Deckblatt" if reference else "Trennblatt", tuple(map(_fitting, lines)))


def _station(session: Session, key: str) -> Station:
    found = session.scalars(select(Station).where(Station.key == key)).first()
    if found is None:
        raise NotFound("station.unknown")
    return found


def _fitting(line: str) -> str:
    return line if len(line) <= MOST_LETTERS else line[: MOST_LETTERS - 1] + "…"
