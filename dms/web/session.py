"""Logins of people in a browser: opaque ids, stored hashed, that end by themselves; failed attempts slow down."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dms.access import actors
from dms.actor import Actor, system
from dms.config import Settings
from dms.errors import Invalid
from dms.identity.models import LoginThrottle, User, WebSession
from dms.identity.passwords import verify_password
from dms.identity.service import user_by_login
from dms.platform import Platform

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=10)
FREE_FAILURES = 3
LONGEST_DELAY = 300
FORGET_FAILURES = timedelta(hours=1)
WEB = system("web")


def cookie_name(settings: Settings) -> str:
    """The session cookie; browsers accept the `__Host-` prefix over TLS only."""
    return "__Host-aktenlauf" if settings.has_tls else "aktenlauf"


def log_in(platform: Platform, login: str, password: str, address: str, *, old_token: str | None = None) -> str:
    """The token of a new session; an earlier one of this browser ends.

    Raises `Invalid` with ``login.failed`` or ``login.throttled`` (parameter `seconds`).
    """
    keys = _throttle_keys(login, address)
    with platform.db.read(WEB) as session:
        _refuse_throttled(session, keys, platform.clock.now())
        user = user_by_login(session, login)
    usable = user is not None and user.retired_at is None
    if not verify_password(user.password_hash if user and usable else None, password) or user is None:
        _count_failure(platform, keys)
        raise Invalid({"login": "login.failed"}, "login.failed")
    return _open(platform, user, keys[0], old_token)


def log_out(platform: Platform, token: str | None) -> None:
    """End the session behind the token, if there is one."""
    if token is None:
        return
    with platform.db.write(WEB) as session:
        _end(session, token)


def who(platform: Platform, token: str | None, request_id: str) -> tuple[Actor, User] | None:
    """The actor behind a session token, with the account; None when the session is unknown or over."""
    if token is None:
        return None
    now = platform.clock.now()
    with platform.db.read(WEB) as session:
        row = session.get(WebSession, _digest(token))
        user = session.get(User, row.user_id) if row else None
        if row is None or user is None or user.retired_at is not None or not _is_alive(row, now):
            return None
        actor = actors.person(session, user, origin="web", clock=platform.clock, request_id=request_id)
    if now - row.last_seen_at > timedelta(minutes=1):
        _touch(platform, row.id_sha256, now)
    return actor, user


def _is_alive(row: WebSession, now: datetime) -> bool:
    return now - row.last_seen_at < IDLE and now - row.created_at < ABSOLUTE


def _touch(platform: Platform, id_sha256: str, now: datetime) -> None:
    with platform.db.write(WEB) as session:
        row = session.get(WebSession, id_sha256)
        if row is not None:
            row.last_seen_at = now


def _open(platform: Platform, user: User, throttle_key: str, old_token: str | None) -> str:
    token, now = secrets.token_urlsafe(32), platform.clock.now()
    with platform.db.write(WEB) as session:
        if old_token is not None:
            _end(session, old_token)
        throttle = session.get(LoginThrottle, throttle_key)
        if throttle is not None:
            session.delete(throttle)
        session.add(WebSession(id_sha256=_digest(token), user_id=user.id, created_at=now, last_seen_at=now))
    return token


def _end(session: Session, token: str) -> None:
    row = session.get(WebSession, _digest(token))
    if row is not None:
        session.delete(row)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _throttle_keys(login: str, address: str) -> tuple[str, str]:
    account = hashlib.sha256(login.strip().lower().encode()).hexdigest()
    return f"account:{account}", f"address:{address}"[:120]


def _refuse_throttled(session: Session, keys: Iterable[str], now: datetime) -> None:
    rows = [row for key in keys if (row := session.get(LoginThrottle, key)) is not None]
    seconds = max((int((row.blocked_until - now).total_seconds()) for row in rows), default=0)
    if any(row.blocked_until > now for row in rows):
        raise Invalid({"login": "login.throttled"}, "login.throttled", seconds=seconds + 1)


def _count_failure(platform: Platform, keys: Iterable[str]) -> None:
    now = platform.clock.now()
    with platform.db.write(WEB) as session:
        for key in keys:
            row = session.get(LoginThrottle, key)
            if row is None:
                row = LoginThrottle(key=key, failures=0, blocked_until=now)
                session.add(row)
            earlier = 0 if now - row.blocked_until > FORGET_FAILURES else row.failures
            row.failures = earlier + 1
            row.blocked_until = now + timedelta(seconds=_delay(row.failures))


def _delay(failures: int) -> int:
    return 0 if failures < FREE_FAILURES else min(2 ** min(failures - FREE_FAILURES + 1, 20), LONGEST_DELAY)
