"""Puts work into the queue and takes it out again: plain row changes, safe under crashes and many workers."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from dms.audit import service as audit
from dms.clock import Clock
from dms.db import wake_after_commit
from dms.errors import Conflict
from dms.ids import uuid7
from dms.jobs.models import Job

LEASE = timedelta(seconds=30)
"""How long a job stays with a worker that says nothing; a living one renews it (`jobs.runner`)."""
MAX_CRASHES = 3
MAX_BACKOFF = timedelta(seconds=30)
OPEN = ("ready", "running")
SET_ASIDE = "job.set_aside"


class LeaseLost(Conflict):
    """Another worker took the job over: whatever this one found must not be written."""

    def __init__(self) -> None:
        super().__init__("job.lease_lost")


@dataclass(frozen=True)
class Claim:
    """A job this worker holds. `token` is the fencing token that `hold` compares: unlike `attempts`, which are given
    back and begin anew, no two claims ever share one."""

    job_id: UUID
    kind: str
    subject_id: UUID
    queue: str
    attempts: int
    token: str


@dataclass(frozen=True)
class Due:
    """A job that waits for a worker, `since` it fell due or its worker's lease ran out."""

    queue: str
    job_id: UUID
    since: datetime


def enqueue(session: Session, kind: str, subject_id: UUID, *, queue: str, now: datetime) -> Job:
    """Add the job to the caller's transaction and wake a worker after the commit.

    There is at most one open job of a kind and subject: a waiting one is returned, a running one runs once more when it
    is through, because what it has read may be older than this call. The row lock keeps a worker from finishing it
    between the look and the mark.
    """
    waiting = select(Job).where(Job.kind == kind, Job.subject_id == subject_id, Job.state.in_(OPEN))
    open_job = session.scalars(waiting.with_for_update()).first()
    if open_job is not None:
        open_job.again = open_job.state == "running"
        return open_job
    job = Job(
        id=uuid7(), kind=kind, subject_id=subject_id, queue=queue, state="ready", due_at=now, created_at=now, attempts=0
    )
    session.add(job)
    wake_after_commit(session, queue, job.id)
    return job


def claim(session: Session, job_id: UUID, *, worker: str, clock: Clock) -> Claim | None:
    """Take the job if it is due or its lease ran out, by compare-and-swap; None when another worker has it.

    `worker` names the process (at most 40 characters are kept), for whoever looks at the row.
    """
    now = clock.now()
    token = f"{worker[:40]}:{secrets.token_hex(16)}"
    job = session.get(Job, job_id)
    if job is None or not _is_claimable(job, now):
        return None
    result = session.execute(
        update(Job)
        .where(
            Job.id == job_id,
            Job.attempts == job.attempts,
            _claimable_at(now),
        )
        .values(state="running", attempts=job.attempts + 1, lease_until=now + LEASE, worker=token)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE always answers with a cursor result
        return None
    return Claim(job_id, job.kind, job.subject_id, job.queue, job.attempts + 1, token)


def is_claimable(session: Session, job_id: UUID, now: datetime) -> bool:
    """A cheap look before the claiming write: duplicate wake-ups must not become a write storm."""
    job = session.get(Job, job_id)
    return job is not None and _is_claimable(job, now)


def _is_claimable(job: Job, now: datetime) -> bool:
    if job.state == "ready":
        return job.due_at <= now
    return job.state == "running" and job.lease_until is not None and job.lease_until <= now


def _claimable_at(now: datetime) -> ColumnElement[bool]:
    """The same as `_is_claimable`, for the database to ask."""
    return or_(and_(Job.state == "ready", Job.due_at <= now), and_(Job.state == "running", Job.lease_until <= now))


def hold(session: Session, held: Claim) -> Job:
    """The job row, if this claim still holds it; raises `LeaseLost` otherwise. Every result is written behind it."""
    job = session.get(Job, held.job_id, with_for_update=True)
    if job is None or job.state != "running" or job.worker != held.token:
        raise LeaseLost
    return job


def renew(session: Session, held: Claim, clock: Clock) -> None:
    """Extend the lease of a long step."""
    hold(session, held).lease_until = clock.now() + LEASE


def finish(session: Session, held: Claim, clock: Clock) -> None:
    """Mark the job done, in the transaction that writes its result."""
    job = hold(session, held)
    if job.again:
        job.state, job.again, job.attempts, job.due_at, job.lease_until = "ready", False, 0, clock.now(), None
        wake_after_commit(session, job.queue, job.id)
        return
    job.state, job.finished_at, job.lease_until = "done", clock.now(), None


def postpone(session: Session, held: Claim, clock: Clock, *, code: str) -> None:
    """A neighbour is down: give the attempt back and try again, later each time, at most `MAX_BACKOFF` apart."""
    job = hold(session, held)
    age = clock.now() - job.created_at
    delay = min(MAX_BACKOFF, max(timedelta(seconds=1), age / 4))
    job.state, job.attempts, job.lease_until = "ready", job.attempts - 1, None
    job.due_at, job.last_error_code = clock.now() + delay, code


def repeat(session: Session, held: Claim, clock: Clock, *, code: str) -> None:
    """Somebody else was faster: read again and try once more, soon; the attempt counts."""
    job = hold(session, held)
    job.state, job.lease_until = "ready", None
    job.due_at, job.last_error_code = clock.now() + timedelta(seconds=1), code


def give_back(session: Session, held: Claim, clock: Clock) -> None:
    """This process ends: whoever comes next takes the job at once, and the attempt does not count."""
    job = hold(session, held)
    job.state, job.attempts, job.lease_until, job.due_at = "ready", job.attempts - 1, None, clock.now()
    wake_after_commit(session, job.queue, job.id)


def end_leases(session: Session, now: datetime) -> None:
    """Let go of what runs, for the one process that works an installation alone and has just begun: whoever held these
    leases is dead.

    The jobs go to the end of the queue, and one that died before waits besides: a start that took up the same jobs
    every time would blame them for whatever ends the process, and keep all others waiting.
    """
    for attempts, due_at in ((Job.attempts <= 1, now), (Job.attempts > 1, now + LEASE)):
        left = update(Job).where(Job.state == "running", attempts)
        session.execute(left.values(state="ready", due_at=due_at, lease_until=None))


def park(session: Session, held: Claim, clock: Clock, *, code: str, text: str) -> None:
    """Give the job to a person (Klärfall): `code` finds the German reason, `text` is for the log."""
    job = hold(session, held)
    job.state, job.finished_at, job.lease_until = "parked", clock.now(), None
    job.last_error_code, job.last_error_text = code, text[:2000]


def set_aside(session: Session, job: Job, now: datetime) -> None:
    """A person takes an open job out of its queue (Klärfall), until somebody tries it again."""
    audit.record_key(session, "job.set_aside", f"job:{job.id}")
    job.state, job.finished_at, job.lease_until, job.worker = "parked", now, None, None
    job.last_error_code, job.last_error_text = SET_ASIDE, ""


def cancel(session: Session, job: Job, now: datetime) -> None:
    """A person stops an open job; whoever works on it writes nothing more."""
    audit.record_key(session, "job.cancelled", f"job:{job.id}")
    job.state, job.finished_at, job.lease_until, job.worker = "cancelled", now, None, None


def retry(session: Session, job: Job, now: datetime) -> None:
    """Put a parked or cancelled job back into its queue with a clean slate."""
    audit.record_key(session, "job.retried", f"job:{job.id}")
    job.state, job.attempts, job.due_at, job.finished_at = "ready", 0, now, None
    wake_after_commit(session, job.queue, job.id)


def due(session: Session, now: datetime, *, limit: int = 200) -> list[Due]:
    """Jobs that wait or whose worker died, oldest first."""
    rows = session.execute(
        select(Job.queue, Job.id, Job.state, Job.due_at, Job.lease_until)
        .where(_claimable_at(now))
        .order_by(Job.due_at)
        .limit(limit)
    )
    return [
        Due(queue, job_id, lease if state == "running" and lease else at) for queue, job_id, state, at, lease in rows
    ]


def count_open(session: Session) -> int:
    """How many jobs are not finished."""
    return session.scalar(select(func.count()).select_from(Job).where(Job.state.in_(OPEN))) or 0
