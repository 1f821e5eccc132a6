"""The registry of steps: job kind → what to do and in which queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from dms.clock import Clock
from dms.jobs.service import MAX_CRASHES, Claim
from dms.platform import Platform

INDEX_QUEUE = "index"
QUEUES = ("interactive", "ocr", INDEX_QUEUE, "mail")


MANY_CRASHES = 20


def _nothing(session: Session, subject_id: UUID, code: str, clock: Clock) -> None:
    """A parked job of this kind changes nothing else."""


@dataclass(frozen=True)
class Step:
    """One kind of job.

    `run` works outside any transaction and writes its result in one that begins with `jobs.service.hold` (or ends with
    `finish`), so that a worker whose lease was lost writes nothing. `on_park` runs in the transaction that parks it.
    `max_crashes` leases may end with their process before a person is asked: few where a document may be to blame, many
    where the input is our own and it is rather the machine that was restarted again and again.
    """

    queue: str
    run: Callable[[Platform, Claim], None]
    on_park: Callable[[Session, UUID, str, Clock], None] = _nothing
    max_crashes: int = MAX_CRASHES


Steps = Mapping[str, Step]
