"""A stack that separator sheets cut into documents: each part comes in by the one way in, as an input of its own.

The untouched original stays with the stack's document, which is put aside and can be restored; a part is a PDF of some
of its pages, remembers which, and brings along what was read of them, so that nothing is recognised twice. A claim is
unique per part: after a crash the parts that are there stay, the others follow (ADR 15).
"""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.errors import NotFound, RuleViolation
from dms.intake import pages, readings
from dms.intake.models import Intake, Outcome, Station
from dms.intake.outcome import intake_of, quarantine, set_outcome, station_of
from dms.intake.receive import Arrival, take_in
from dms.intake.separate import Part, separated
from dms.jobs.service import Claim, finish, hold, renew
from dms.platform import Platform
from dms.records import files
from dms.records import service as records
from dms.records.arrangement import leaves_of
from dms.records.models import Document, DocumentState

CHANNEL = "stack"
KINDS = ("letter", "invoice")


def parts_of(document: Document, content: Mapping[str, Any]) -> tuple[Part, ...] | None:
    """The parts into which a read document falls; None for one that no sheet separates, or that is a part itself."""
    if document.part_of_id is not None or content.get("failed"):
        return None
    return separated(content.get("pages") or ())


def split(platform: Platform, held: Claim) -> None:
    """Bring in every part, then put the stack aside."""
    with platform.db.read(system("worker", job_id=held.job_id)) as session:
        stack = records.document(session, held.subject_id)
        arrived, station = intake_of(session, stack.id), station_of(session, stack.id)
        known = set(session.scalars(select(Station.key)))
    content = readings.content(platform, stack.original_sha256)
    for part in parts_of(stack, content) or ():
        arrival = _arrival(stack, part, arrived, station, known)
        _bring(platform, stack, part, content, arrival)
        with platform.db.write(system("worker", job_id=held.job_id)) as session:
            renew(session, held, platform.clock)
    with platform.db.write(system("worker", job_id=held.job_id)) as session:
        hold(session, held)
        row = records.document(session, held.subject_id)
        values = {"state": DocumentState.DISCARDED.value}
        records.change(session, row, "document.separated", values, platform.clock)
        set_outcome(session, row.id, Outcome.INBOX)
        finish(session, held, platform.clock)


def _arrival(stack: Document, part: Part, arrived: Intake, station: Station | None, known: set[str]) -> Arrival:
    """The part as an input: where its sheet sends it, if that place exists, else where the stack came from.

    Only a scanner station's sheet may name a case: anybody can send a picture of a sheet.
    """
    sheet, own = part.sheet, station.key if station else None
    named = sheet.station if sheet and sheet.station in known else None
    kind = sheet.document_kind if sheet and sheet.document_kind in KINDS else stack.document_kind
    return Arrival(
        channel=CHANNEL,
        file_name=_name(stack, part),
        claim_id=f"{CHANNEL}:{stack.id}:{part.pages[0]}",
        station=named or own,
        unit_id=None if named else stack.unit_id,
        document_kind=kind,
        part_of_id=stack.id,
        part_pages=part.pages,
        case_reference=(sheet.case_reference or None) if sheet and arrived.station_id else None,
    )


def _name(stack: Document, part: Part) -> str:
    first, last = part.pages[0], part.pages[-1]
    pages = f"Seite {first}" if first == last else f"Seiten {first}-{last}"
    return f"{PurePath(stack.original_name).stem}, {pages}.pdf"


def _bring(platform: Platform, stack: Document, part: Part, content: Mapping[str, Any], arrival: Arrival) -> None:
    by_number = {leaf.page: leaf for leaf in leaves_of(stack)}
    leaves = [by_number[number] for number in part.pages]
    blob = pages.put_file(platform, leaves, {stack.original_sha256: content})
    with platform.db.write(system("worker")) as session:
        take_in(session, platform, blob, arrival)


def file_by_cover(session: Session, row: Document, platform: Platform) -> None:
    """File a part into the case that its cover sheet names; a case that is not there makes a Klärfall of it.

    A scan that a person must look at first waits: whoever has looked at it lets it go on (`dms.intake.quality`).
    """
    reference = intake_of(session, row.id).case_reference
    if reference is None or row.state != DocumentState.INBOX or row.awaits_check:
        return
    try:
        records.file_document(session, row, files.case_by_reference(session, reference), platform.clock)
    except NotFound:
        quarantine(session, row.id, "stack.unknown_case", platform.clock)
        return
    except RuleViolation:
        quarantine(session, row.id, "stack.closed_case", platform.clock)
        return
    set_outcome(session, row.id, Outcome.FILED)
