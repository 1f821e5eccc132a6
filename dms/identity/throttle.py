"""Slows down whoever guesses passwords or tokens: after three failures the wait doubles, up to five minutes.

Keys name what is slowed down (an account, an address); nobody is locked out by name alone for good.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dms.actor import Actor
from dms.clock import Clock
from dms.db import Database
from dms.errors import Throttled
from dms.identity.models import LoginThrottle

FREE_FAILURES = 3
MAX_DELAY_SECONDS = 300


def check(session: Session, keys: Sequence[str], clock: Clock) -> None:
    """Raise `Throttled` with the seconds to wait while one of the keys is slowed down."""
    now = clock.now()
    rows = [row for key in keys if (row := session.get(LoginThrottle, key)) is not None]
    waits = [int((row.blocked_until - now).total_seconds()) + 1 for row in rows if row.blocked_until > now]
    if waits:
        raise Throttled("login.throttled", seconds=max(waits))


def count_failure(database: Database, actor: Actor, keys: Sequence[str], clock: Clock) -> None:
    """Remember one more failure of every key; of two very first ones in the same moment one may go uncounted."""
    with suppress(IntegrityError), database.write(actor) as session:
        for key in keys:
            _count(session, key, clock)


def forgive(session: Session, keys: Sequence[str]) -> None:
    """Forget the failures of the keys: the right secret was shown."""
    for key in keys:
        if (row := session.get(LoginThrottle, key)) is not None:
            session.delete(row)


def _count(session: Session, key: str, clock: Clock) -> None:
    now = clock.now()
    row = session.get(LoginThrottle, key)
    if row is None:
        row = LoginThrottle(key=key, failures=0, blocked_until=now)
        session.add(row)
    row.failures += 1
    over = row.failures - FREE_FAILURES
    if over > 0:
        row.blocked_until = now + timedelta(seconds=min(MAX_DELAY_SECONDS, 2 ** min(over, 10)))
