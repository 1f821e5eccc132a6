"""Bearer tokens of stations and people: shown once when issued, kept as a hash, dead at once when revoked.

A token is found by the SHA-256 of what was sent: nothing is compared byte by byte that an answer's time could tell.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.audit import service as audit
from dms.clock import Clock
from dms.errors import Conflict, NotFound
from dms.identity.models import ApiToken, User

MARK = "dms_"
"""Begins every token, so that a lost one is recognised wherever it turns up."""
SHOWN_CHARACTERS = 12
TOUCH_EVERY = timedelta(minutes=1)


def issue_for_station(session: Session, station_id: UUID, clock: Clock, *, days: int | None = None) -> str:
    """A new token that may bring documents in and do nothing else; `days` until it ends, for good without."""
    return _issue(session, ApiToken(station_id=station_id), clock, days)


def issue_for_user(session: Session, user: User, clock: Clock, *, days: int | None) -> str:
    """A new token that may do what the person may at the time of use."""
    if user.retired_at is not None:
        raise Conflict("user.retired")
    return _issue(session, ApiToken(user_id=user.id), clock, days)


def _issue(session: Session, row: ApiToken, clock: Clock, days: int | None) -> str:
    value = MARK + secrets.token_urlsafe(32)
    row.token_sha256, row.prefix, row.created_at = _hash(value), value[:SHOWN_CHARACTERS], clock.now()
    row.expires_at = clock.now() + timedelta(days=days) if days is not None else None
    owner = f"user:{row.user_id}" if row.user_id else f"station:{row.station_id}"
    audit.record_key(session, "token.issued", _subject(row), details={"owner": owner, "days": days})
    session.add(row)
    return value


def find(session: Session, value: str) -> ApiToken | None:
    """The token that was sent, whatever became of it."""
    return session.get(ApiToken, _hash(value))


def is_alive(row: ApiToken, now: datetime) -> bool:
    """Neither revoked nor expired; whether its person is still there is for the caller to see."""
    return row.revoked_at is None and (row.expires_at is None or now < row.expires_at)


def touch(session: Session, token_sha256: str, now: datetime) -> None:
    """Remember the last use."""
    row = session.get(ApiToken, token_sha256)
    if row is not None:
        row.last_used_at = now


def is_touched(row: ApiToken, now: datetime) -> bool:
    """The last use is known closely enough; a write a request would be too much."""
    return row.last_used_at is not None and now - row.last_used_at <= TOUCH_EVERY


def revoke(session: Session, prefix: str, clock: Clock) -> ApiToken:
    """End the one token that begins so (or is it); raises `NotFound` or `Conflict` when none or several do."""
    shown = prefix[:SHOWN_CHARACTERS]
    rows = session.scalars(select(ApiToken).where(ApiToken.prefix.startswith(shown, autoescape=True))).all()
    if not rows:
        raise NotFound("token.unknown")
    if len(rows) > 1:
        raise Conflict("token.ambiguous", prefix=prefix)
    if rows[0].revoked_at is None:
        audit.record_key(session, "token.revoked", _subject(rows[0]))
        rows[0].revoked_at = clock.now()
    return rows[0]


def all_tokens(session: Session) -> Sequence[ApiToken]:
    """Every token that was ever issued, the newest last."""
    return session.scalars(select(ApiToken).order_by(ApiToken.created_at, ApiToken.prefix)).all()


def _subject(row: ApiToken) -> str:
    return f"{ApiToken.__tablename__}:{row.prefix}"


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
