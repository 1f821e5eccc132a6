"""File and case references: gap-free numbers per scope, never reused.

Template: plan key, slash, year, dash, four digits (``20.30.01/2026-0042``); a case adds a dot and its number in the
file (``20.30.01/2026-0042.3``).
"""

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dms.errors import Conflict
from dms.records.models import ReferenceCounter


def next_file_reference(session: Session, plan_key: str, year: int) -> str:
    """The next reference under a plan unit in a year; given only when the file is registered in this transaction."""
    return f"{plan_key}/{year}-{_next(session, f'file:{plan_key}:{year}'):04d}"


def next_case_reference(session: Session, file_id: UUID, file_reference: str) -> str:
    """The next case reference inside a file."""
    return f"{file_reference}.{_next(session, f'case:{file_id}')}"


def next_order_number(session: Session, year: int) -> str:
    """The next number of a payment order in a year, e.g. ``AO-2026-00017``."""
    return f"AO-{year}-{_next(session, f'order:{year}'):05d}"


def _next(session: Session, scope: str) -> int:
    """One more in `scope`, under a row lock; a rolled-back transaction gives its number back."""
    counter = session.get(ReferenceCounter, scope, with_for_update=True)
    if counter is None:
        counter = ReferenceCounter(scope=scope, last=0)
        session.add(counter)
        _flush_new(session)
    counter.last += 1
    session.flush()
    return counter.last


def _flush_new(session: Session) -> None:
    """Two first numbers at once: the loser's unique violation becomes a conflict that the edge tries again."""
    try:
        session.flush()
    except IntegrityError as exc:
        raise Conflict("reference.race") from exc
