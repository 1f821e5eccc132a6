"""Who did what to an invoice: the acts of the audit trail with what was written and changed, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from dms.audit.models import AuditEvent
from dms.payables import queries
from dms.payables.models import PayableInvoice
from dms.web.wording import HISTORY


@dataclass(frozen=True)
class Entry:
    """One line of the history; `changes` are {field, old, new}."""

    title: str
    who: str
    at: datetime
    text: str
    changes: Sequence[Mapping[str, Any]]


def timeline(session: Session, row: PayableInvoice) -> list[Entry]:
    """Every act on the invoice."""
    notes = {str(note.id): note.text for note in queries.notes(session, row.id)}
    changes = {version.id: version.changes for version in queries.versions(session, row.id)}
    return [_entry(event, notes, changes) for event in reversed(queries.history(session, row))]


def _entry(event: AuditEvent, notes: Mapping[str, str], changes: Mapping[UUID, Sequence[Mapping[str, Any]]]) -> Entry:
    detail = event.details.get("kind") or event.details.get("to")
    return Entry(
        title=HISTORY.get(f"{event.action}.{detail}") or HISTORY.get(event.action, event.action),
        who=event.actor_name,
        at=event.at,
        text=notes.get(str(event.details.get("note")), ""),
        changes=changes.get(event.version_id, ()) if event.version_id else (),
    )
