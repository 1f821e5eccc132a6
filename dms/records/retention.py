"""How long an original must stay, and the promise of the store to keep it so long (WORM).

The store is asked after the commit, by whoever keeps the house: new documents every minute, all documents once a day,
so that filing, closing and a changed plan prolong what was promised. A promise is never shortened; what a document is
owed after it moved to a shorter period is what it was promised before.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.clock import BERLIN
from dms.errors import Unavailable
from dms.platform import Platform
from dms.records.arrangement import from_json, originals
from dms.records.models import Case, Document, File, PlanUnit, RetentionLock
from dms.threads import some_at_once
from storage import BlobMissing, BlobRetained, BlobStore, RetentionUnsupported, StoreUnavailable

log = logging.getLogger("dms.retention")

LONGEST_YEARS = 99
"""A mistyped period must not lock bytes for millennia; servers refuse more than a hundred years anyway."""
LOOK_BACK = timedelta(minutes=10)
"""A document can be committed this much after it was received."""
EVERYTHING_EVERY = timedelta(days=1)
_BATCH = 500
SYSTEM = system("worker")


def kept_until(received_at: datetime, *, minimum: timedelta, years: int | None, closed_at: datetime | None) -> datetime:
    """The longest applicable period: `minimum` from the receipt on, and that of the file plan.

    The plan's `years` run from the end of the calendar year in which the case or file was closed. While it is open they
    have not begun; then the year of the receipt counts, than which no closing is earlier.
    """
    shortest = received_at + minimum
    if years is None:
        return shortest
    start = (closed_at or received_at).astimezone(BERLIN).year
    return max(shortest, datetime(start + min(years, LONGEST_YEARS) + 1, 1, 1, tzinfo=BERLIN))


class Retention:
    """Has the store promise what the rows demand; remembers how far it looked."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._looked_at: datetime | None = None
        self._all_at: datetime | None = None

    def follow(self) -> int:
        """Lock what is new, and all that must stay longer once a day; how many. Raises `Unavailable("storage")`.

        A store without retention locks nothing; the log says so at every full look, the health page always.
        """
        now = self._platform.clock.now()
        is_full = self._all_at is None or now - self._all_at >= EVERYTHING_EVERY
        since = None if is_full or self._looked_at is None else self._looked_at - LOOK_BACK
        try:
            count = sum(self._lock(batch) for batch in self._wanted(since))
        except RetentionUnsupported:
            if is_full:
                log.warning("the store keeps no retention: originals are not locked")
            count = 0
        self._looked_at, self._all_at = now, now if is_full else self._all_at
        return count

    def _wanted(self, since: datetime | None) -> Iterator[dict[str, datetime]]:
        """Originals whose promise is missing or too short, some at a time; nothing is locked inside a transaction."""
        with self._platform.db.read(SYSTEM) as session:
            minimum = timedelta(days=self._platform.settings.retain_days)
            owed = list(_owed(session, minimum, since, self._platform.clock.now()))
        for start in range(0, len(owed), _BATCH):
            yield dict(owed[start : start + _BATCH])

    def _lock(self, wanted: dict[str, datetime]) -> int:
        held = some_at_once(lambda owed: _promise(self._platform.store, *owed), wanted.items())
        promised = {sha256: until for sha256, until in zip(wanted, held, strict=True) if until}
        with self._platform.db.write(SYSTEM) as session:
            locks = session.scalars(select(RetentionLock).where(RetentionLock.sha256.in_(promised)))
            known = {lock.sha256: lock for lock in locks}
            for sha256, until in promised.items():
                if sha256 in known:
                    known[sha256].until = until
                else:
                    session.add(RetentionLock(sha256=sha256, until=until))
        return len(promised)


def unlocked(session: Session, after: datetime, before: datetime) -> int:
    """How many documents that were received between these have an original without any promise."""
    locks = select(RetentionLock.sha256)
    query = select(func.count(Document.id)).where(
        Document.received_at.between(after, before), Document.original_sha256.not_in(locks)
    )
    return session.scalar(query) or 0


def _owed(
    session: Session, minimum: timedelta, since: datetime | None, now: datetime
) -> Iterator[tuple[str, datetime]]:
    query = (
        select(
            Document.original_sha256, Document.arrangement, Document.received_at, PlanUnit.retention_years,
            Case.closed_at, File.closed_at, RetentionLock.until,
        )
        .outerjoin(Case, Case.id == Document.case_id)
        .outerjoin(File, File.id == Case.file_id)
        .outerjoin(PlanUnit, PlanUnit.id == File.plan_unit_id)
        .outerjoin(RetentionLock, RetentionLock.sha256 == Document.original_sha256)
    )  # fmt: skip
    if since is not None:
        query = query.where(Document.received_at >= since)
    owed: dict[str, datetime] = {}
    for sha256, entries, received_at, years, case_closed_at, file_closed_at, promised in session.execute(query):
        closed_at = max(filter(None, (case_closed_at, file_closed_at)), default=None)
        until = kept_until(received_at, minimum=minimum, years=years, closed_at=closed_at)
        if until > now and (promised is None or promised < until):
            owed[sha256] = max(until, owed.get(sha256, until))
        for other in originals(from_json(entries or ())):
            if other != sha256 and until > now and _promised(session, other) < until:
                owed[other] = max(until, owed.get(other, until))
    yield from owed.items()


def _promised(session: Session, sha256: str) -> datetime:
    """Until when an original is promised to be kept whose pages were appended to another document."""
    lock = session.get(RetentionLock, sha256)
    return lock.until if lock else datetime.min.replace(tzinfo=BERLIN)


def _promise(store: BlobStore, sha256: str, until: datetime) -> datetime | None:
    """Until when the store keeps the original now; None for one that it lacks, which `dms verify` names."""
    try:
        store.retain(sha256, until)
    except BlobRetained:
        return store.stat(sha256).retained_until
    except BlobMissing:
        return None
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc
    return until
