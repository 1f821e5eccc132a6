"""Files (Akten) and cases (Vorgänge): opened with a reference, renamed, closed and opened again."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.audit import service as audit
from dms.clock import Clock, local_date
from dms.errors import NotFound, RuleViolation
from dms.ids import uuid7
from dms.records.models import Case, File, PlanUnit
from dms.records.references import next_case_reference, next_file_reference
from dms.records.service import required


def file(session: Session, file_id: UUID) -> File:
    """The file, if it exists for the actor; raises `NotFound` otherwise."""
    found = session.get(File, file_id)
    if found is None:
        raise NotFound("file.unknown")
    return found


def case(session: Session, case_id: UUID) -> Case:
    """The case, if it exists for the actor; raises `NotFound` otherwise."""
    found = session.get(Case, case_id)
    if found is None:
        raise NotFound("case.unknown")
    return found


def case_by_reference(session: Session, reference: str) -> Case:
    """The case with this reference, if it exists for the actor; raises `NotFound` otherwise."""
    found = session.scalars(select(Case).where(Case.case_reference == reference.strip())).first()
    if found is None:
        raise NotFound("case.unknown")
    return found


def create_file(
    session: Session, *, plan_unit_id: UUID, title: str, lead_unit_id: UUID, clock: Clock, node_id: UUID | None = None
) -> File:
    """Open a file with the next reference of its plan unit; `node_id` closes it off from the unit's other people."""
    plan_unit = session.get(PlanUnit, plan_unit_id)
    if plan_unit is None:
        raise NotFound("plan_unit.unknown")
    title = required(title, "title")
    row = File(
        id=uuid7(),
        plan_unit_id=plan_unit.id,
        file_reference=next_file_reference(session, plan_unit.key, local_date(clock.now()).year),
        title=title,
        lead_unit_id=lead_unit_id,
        opened_at=clock.now(),
        acl_node_id=node_id or lead_unit_id,
    )
    audit.record(session, "file.opened", row, reference=row.file_reference)
    session.add(row)
    session.flush()
    return row


def create_case(session: Session, parent: File, *, title: str, clock: Clock) -> Case:
    """Open a case in an open file, with the next reference in it."""
    if parent.closed_at is not None:
        raise RuleViolation("file.closed", reference=parent.file_reference)
    title = required(title, "title")
    row = Case(
        id=uuid7(),
        file_id=parent.id,
        case_reference=next_case_reference(session, parent.id, parent.file_reference),
        title=title,
        opened_at=clock.now(),
        acl_node_id=parent.acl_node_id,
    )
    audit.record(session, "case.opened", row, reference=row.case_reference)
    session.add(row)
    session.flush()
    return row


def rename(session: Session, row: File | Case, title: str) -> None:
    """Another title for a file or case that is open."""
    _open(row)
    title = required(title, "title")
    if title != row.title:
        audit.record(session, f"{_kind(row)}.renamed", row)
        row.title = title


def close(session: Session, row: File | Case, clock: Clock) -> None:
    """Nothing is filed into it any more (z.d.A.)."""
    _open(row)
    audit.record(session, f"{_kind(row)}.closed", row)
    row.closed_at = clock.now()


def reopen(session: Session, row: File | Case) -> None:
    """It takes documents again; a case only in an open file."""
    if row.closed_at is None:
        raise RuleViolation(f"{_kind(row)}.open")
    if isinstance(row, Case):
        parent = file(session, row.file_id)
        if parent.closed_at is not None:
            raise RuleViolation("file.closed", reference=parent.file_reference)
    audit.record(session, f"{_kind(row)}.reopened", row)
    row.closed_at = None


def _open(row: File | Case) -> None:
    if row.closed_at is not None:
        raise RuleViolation(f"{_kind(row)}.closed", reference=_reference(row))


def _kind(row: File | Case) -> str:
    return "file" if isinstance(row, File) else "case"


def _reference(row: File | Case) -> str:
    return row.file_reference if isinstance(row, File) else row.case_reference
