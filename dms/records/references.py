"""File and case references: gap-free numbers per scope, never reused.

Template: plan key, slash, year, dash, four digits (``20.30.01/2026-0042``); a case adds a dot and its number in the
file (``20.30.01/2026-0042.3``).
"""

from uuid import UUID

from sqlalchemy.orm import Session

from dms.db import take_turns
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
    """One more in `scope`, one transaction at a time; a rolled-back transaction gives its number back."""
    take_turns(session, f"reference:{scope}")
    counter = session.get(ReferenceCounter, scope, populate_existing=True)
    if counter is None:
        counter = ReferenceCounter(scope=scope, last=0)
        session.add(counter)
    counter.last += 1
    session.flush()
    return counter.last
