"""Logins of browsers: throttled, opaque, stored hashed, ended on the server."""

import hashlib
import secrets
from datetime import timedelta

from dms.access import actors
from dms.actor import Actor, system
from dms.audit import service as audit
from dms.config import Settings
from dms.errors import Forbidden
from dms.identity import throttle
from dms.identity.models import User, WebSession
from dms.identity.passwords import verify_password
from dms.identity.service import user_by_login
from dms.platform import Platform

IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=10)
TOUCH_EVERY = timedelta(minutes=1)
EDGE = system("web")


def cookie_name(settings: Settings) -> str:
    """``__Host-`` binds the cookie to this host where TLS is on; browsers refuse the prefix without TLS."""
    return "__Host-aktenlauf" if settings.has_tls else "aktenlauf"


def log_in(platform: Platform, login: str, password: str, address: str) -> str:
    """A new session id for the right password; raises `Forbidden` ``login.failed`` or `Throttled`."""
    keys = [f"login:{login.strip().lower()[:80]}", f"address:{address}"]
    with platform.db.read(EDGE) as session:
        throttle.check(session, keys, platform.clock)
        user = user_by_login(session, login)
    usable = user if user is not None and user.retired_at is None else None
    is_right = verify_password(usable.password_hash if usable else None, password)
    if usable is None or not is_right:
        throttle.count_failure(platform.db, EDGE, keys, platform.clock)
        raise Forbidden("login.failed")
    return _begin(platform, usable, keys)


def _begin(platform: Platform, user: User, keys: list[str]) -> str:
    token = secrets.token_urlsafe(32)
    now = platform.clock.now()
    with platform.db.write(EDGE) as session:
        throttle.forgive(session, keys)
        audit.record_key(session, "login.succeeded", user.audit_key())
        session.add(WebSession(id_sha256=_hash(token), user_id=user.id, created_at=now, last_seen_at=now))
    return token


def log_out(platform: Platform, token: str) -> None:
    """End the session on the server."""
    with platform.db.write(EDGE) as session:
        row = session.get(WebSession, _hash(token))
        if row is not None:
            session.delete(row)


def who(platform: Platform, token: str, request_id: str) -> tuple[Actor, bool] | None:
    """The actor behind a session id and whether the password must be changed; None when it is not valid any more."""
    now = platform.clock.now()
    with platform.db.read(EDGE) as session:
        row = session.get(WebSession, _hash(token))
        if row is None or now - row.created_at > ABSOLUTE or now - row.last_seen_at > IDLE:
            return None
        user = session.get(User, row.user_id)
        if user is None or user.retired_at is not None:
            return None
        actor = actors.person(session, user, origin="web", clock=platform.clock, request_id=request_id)
    if now - row.last_seen_at > TOUCH_EVERY:
        _touch(platform, row.id_sha256)
    return actor, user.must_change_password


def _touch(platform: Platform, id_sha256: str) -> None:
    with platform.db.write(EDGE) as session:
        row = session.get(WebSession, id_sha256)
        if row is not None:
            row.last_seen_at = platform.clock.now()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
