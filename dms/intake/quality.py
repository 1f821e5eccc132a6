"""Scan quality: which scans of a station a person looks at, what was said of them, and what waits for it.

With `Station.check_every` = n every n-th scan and each one with badly readable pages is put into the queue (TR-03138
RESISCAN: quality assurance of all scans or of a sample). Nobody waits for it, unless the station's scans take the place
of the paper: then the document is neither filed nor released as an invoice before. What a person says goes into the
scan record, which is written anew beside the earlier one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from dms.audit import service as audit
from dms.clock import Clock
from dms.db import actor_of, take_turns
from dms.errors import NotFound, RuleViolation
from dms.ids import uuid7
from dms.intake.arranging import CHANNEL as CUT
from dms.intake.models import CheckResult, ScanCheck, ScanCount, Station
from dms.intake.outcome import intake_of, station_of
from dms.intake.stacks import file_by_cover
from dms.jobs.service import enqueue
from dms.platform import Platform
from dms.records import service as records
from dms.records.models import Document, DocumentState

POOR = "rescan"
"""The verdict of `ocr.quality` on a page that should be scanned again."""
_ACTIONS = {
    CheckResult.PASSED: "scan_check.passed", CheckResult.RESCAN: "scan_check.rescan",
    CheckResult.DEFECT: "scan_check.defect",
}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One entry of the queue, with the document and the station that it is about."""

    row: ScanCheck
    document: Document
    station: Station


def poor_pages(content: Mapping[str, Any]) -> list[int]:
    """The numbers of the pages that were scanned so badly that they should be scanned again."""
    return [page["number"] for page in content.get("pages") or () if (page.get("quality") or {}).get("verdict") == POOR]


def _pages_to_scan_again(content: Mapping[str, Any]) -> list[int]:
    """Those that are badly readable and those that nobody could read at all."""
    return sorted({*poor_pages(content), *(number for number, _ in content.get("failed") or ())})


def ask_for(session: Session, row: Document, content: Mapping[str, Any], clock: Clock) -> None:
    """Put a scan that was read into the queue where its station wants it."""
    station = station_of(session, row.id)
    if station is None or station.check_every == 0 or intake_of(session, row.id).channel == CUT:
        return
    if of_document(session, row.id) is not None:
        return
    is_chosen, poor = _count(session, station) % station.check_every == 0, _pages_to_scan_again(content)
    if not is_chosen and not poor:
        return
    mode = "poor" if not is_chosen else "all" if station.check_every == 1 else "sample"
    check = ScanCheck(
        id=uuid7(), document_id=row.id, station_id=station.id, mode=mode, pages=poor, asked_at=clock.now(),
        result=CheckResult.OPEN.value,
    )  # fmt: skip
    audit.record(session, "scan_check.asked", check, document=str(row.id), mode=mode)
    session.add(check)
    if station.is_substitutive:
        records.change(session, row, "document.check_awaited", {"awaits_check": True}, clock)


def _count(session: Session, station: Station) -> int:
    """The number of this scan among those of its station."""
    take_turns(session, f"scans:{station.id}")
    counted = session.get(ScanCount, station.id, with_for_update=True)
    if counted is None:
        counted = ScanCount(station_id=station.id, scans=0)
        session.add(counted)
    counted.scans += 1
    return counted.scans


def _checks() -> Select[ScanCheck, Document, Station]:
    return (
        select(ScanCheck, Document, Station)
        .join(Document, Document.id == ScanCheck.document_id)
        .join(Station, Station.id == ScanCheck.station_id)
    )


def waiting(session: Session, *, limit: int, offset: int = 0) -> list[Check]:
    """What a person still has to look at, the oldest first; of documents in sight."""
    query = _checks().where(ScanCheck.result == CheckResult.OPEN, Document.state != DocumentState.DISCARDED)
    order = (ScanCheck.asked_at, ScanCheck.id)
    return [Check(*found) for found in session.execute(query.order_by(*order).limit(limit).offset(offset))]


def waiting_count(session: Session) -> int:
    """How many scans wait to be looked at."""
    query = (
        select(func.count(ScanCheck.id))
        .join(Document, Document.id == ScanCheck.document_id)
        .where(ScanCheck.result == CheckResult.OPEN, Document.state != DocumentState.DISCARDED)
    )
    return session.scalar(query) or 0


def decided(session: Session, *, limit: int) -> list[Check]:
    """What was said last."""
    query = _checks().where(ScanCheck.result != CheckResult.OPEN)
    return [Check(*found) for found in session.execute(query.order_by(ScanCheck.decided_at.desc()).limit(limit))]


def check(session: Session, check_id: UUID) -> Check:
    """One entry, if its document is in sight; raises NotFound("page.unknown") otherwise."""
    found = session.execute(_checks().where(ScanCheck.id == check_id)).first()
    if found is None:
        raise NotFound("page.unknown")
    return Check(*found)


def of_document(session: Session, document_id: UUID) -> ScanCheck | None:
    """What was asked, and said, about the scan of a document."""
    return session.scalars(select(ScanCheck).where(ScanCheck.document_id == document_id)).first()


def decide(session: Session, platform: Platform, found: Check, result: CheckResult, reason: str) -> None:
    """Write down what a person says of a scan; what waited for it goes on, unless it is to be scanned again.

    Raises `Invalid` for a defect without a reason, RuleViolation("quality.decided") when somebody was faster.
    """
    row, clock = found.row, platform.clock
    session.refresh(row, with_for_update=True)
    if row.result != CheckResult.OPEN or result == CheckResult.OPEN:
        raise RuleViolation("quality.decided")
    said = records.required(reason, "reason") if result == CheckResult.DEFECT else reason.strip() or None
    actor = actor_of(session)
    audit.record(session, _ACTIONS[result], row, document=str(row.document_id))
    row.result, row.reason, row.decided_at = result.value, said, clock.now()
    row.person_id, row.person_name = actor.user_id, actor.name
    if found.document.awaits_check and result != CheckResult.RESCAN:
        records.change(session, found.document, "document.check_passed", {"awaits_check": False}, clock)
        file_by_cover(session, found.document, platform)
    _write_record(session, found.document, clock)


def reopen(session: Session, found: Check, clock: Clock) -> None:
    """Take back what was said: the scan is looked at once more; what was filed meanwhile stays where it is."""
    row = found.row
    session.refresh(row, with_for_update=True)
    if row.result == CheckResult.OPEN:
        raise RuleViolation("quality.open")
    audit.record(session, "scan_check.reopened", row, document=str(row.document_id))
    row.result, row.reason, row.decided_at = CheckResult.OPEN.value, None, None
    row.person_id, row.person_name = None, None
    if found.station.is_substitutive and found.document.state in (DocumentState.INBOX, DocumentState.QUARANTINED):
        records.change(session, found.document, "document.check_awaited", {"awaits_check": True}, clock)
    _write_record(session, found.document, clock)


def _write_record(session: Session, document: Document, clock: Clock) -> None:
    enqueue(session, "archive", document.id, queue="ocr", now=clock.now())


def as_record(row: ScanCheck) -> dict[str, Any]:
    """What the scan record says of it."""
    return {
        "mode": row.mode,
        "badly_readable_pages": row.pages,
        "asked_at": row.asked_at.isoformat(),
        "result": row.result,
        "person": row.person_name,
        "decided_at": row.decided_at and row.decided_at.isoformat(),
        "defects": row.reason,
    }
