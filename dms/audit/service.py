"""Writes the leaves of the audit trail, in the transaction of the act they prove."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from dms.audit.models import AuditEvent
from dms.clock import SystemClock
from dms.db import Audited, actor_of, mark_audited
from dms.ids import uuid7

_CLOCK = SystemClock()


def record(
    session: Session,
    action: str,
    subject: Audited,
    *,
    version_id: UUID | None = None,
    content_sha256: str | None = None,
    deputy_for_id: UUID | None = None,
    at: datetime | None = None,
    **details: str | int | None,
) -> AuditEvent:
    """Record that the session's actor did `action` (e.g. ``cert.given``) to `subject`, before the change is flushed.

    `details` are references and codes, never personal data: values are found through `version_id`.
    """
    event = record_key(
        session,
        action,
        subject.audit_key(),
        version_id=version_id,
        content_sha256=content_sha256,
        deputy_for_id=deputy_for_id,
        at=at,
        details=details,
    )
    mark_audited(session, subject.audit_key())
    return event


def record_key(
    session: Session,
    action: str,
    subject: str,
    *,
    version_id: UUID | None = None,
    content_sha256: str | None = None,
    deputy_for_id: UUID | None = None,
    at: datetime | None = None,
    details: Mapping[str, str | int | None] | None = None,
) -> AuditEvent:
    """Record an act on something that has no audited row: a login, a search in closed files, a start of the system."""
    actor = actor_of(session)
    event = AuditEvent(
        uid=uuid7(),
        at=at or _CLOCK.now(),
        action=action,
        subject=subject,
        actor_id=actor.user_id,
        actor_name=actor.name,
        deputy_for_id=deputy_for_id,
        origin=actor.origin,
        request_id=actor.request_id,
        job_id=actor.job_id,
        version_id=version_id,
        content_sha256=content_sha256,
        details={name: value for name, value in (details or {}).items() if value is not None},
        nonce=secrets.token_hex(16),
    )
    event.leaf_sha256 = leaf_sha256(event)
    session.add(event)
    return event


def leaf_sha256(event: AuditEvent) -> str:
    """The hash of a leaf: SHA-256 over 0x00 and the canonical JSON of everything the event says."""
    return hashlib.sha256(b"\x00" + canonical_json(_leaf(event))).hexdigest()


def canonical_json(value: Any) -> bytes:
    """One byte form for equal values: sorted keys, no blanks, UTF-8 (the base of every content hash)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()


def content_sha256(value: Any) -> str:
    """SHA-256 of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _leaf(event: AuditEvent) -> dict[str, Any]:
    names = [column.key for column in AuditEvent.__table__.columns if column.key not in ("id", "leaf_sha256")]
    return {name: getattr(event, name) for name in names}


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return str(value)
