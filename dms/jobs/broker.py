"""dramatiq as a wake-up: one actor a queue that looks at a job row, and the workers and sweeper of this process."""

import logging
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import ShutdownNotifications, TimeLimit

from dms.actor import system
from dms.errors import Unavailable
from dms.jobs import service
from dms.jobs.runner import run_job
from dms.jobs.steps import QUEUES, Steps
from dms.platform import Platform

log = logging.getLogger("dms.jobs")

STEP_LIMIT_MS = 30 * 60 * 1000


def open_broker(url: str) -> dramatiq.Broker:
    """The broker behind `url` (``memory://`` or ``redis://…``), without retries: those live in the job row."""
    middleware = [TimeLimit(time_limit=STEP_LIMIT_MS), ShutdownNotifications()]
    scheme = urlsplit(url).scheme
    if scheme == "memory":
        return StubBroker(middleware=middleware)
    if scheme in ("redis", "rediss"):
        return RedisBroker(url=url, middleware=middleware)  # type: ignore[no-untyped-call]  # dramatiq leaves it untyped
    raise ValueError(f"no broker for {scheme}://")


class WakeUps:
    """Sends wake-ups through a broker; each job is announced once per lease, lost messages are sent again then."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker
        self._sent: dict[UUID, float] = {}
        self._lock = threading.Lock()
        self._actors: dict[str, dramatiq.Actor[[str], None]] = {}
        self.declare(_look_nowhere)

    def declare(self, look_at: Callable[[str], None]) -> None:
        """Bind the one actor of each queue to `look_at` (job id as text)."""
        for queue in QUEUES:
            self._broker.actors.pop(f"look_{queue}", None)
            declare = dramatiq.actor(actor_name=f"look_{queue}", queue_name=queue, broker=self._broker)
            self._actors[queue] = declare(look_at)

    def __call__(self, queue: str, job_id: UUID) -> None:
        try:
            self._actors[queue].send(str(job_id))
        except (dramatiq.errors.ConnectionError, OSError) as exc:
            log.warning("broker not reached, the sweeper tries again", extra={"cause": type(exc).__name__})

    def repeat(self, queue: str, job_id: UUID) -> None:
        """Announce a job that the sweeper found, unless that was done within this lease."""
        now = time.monotonic()
        with self._lock:
            if now - self._sent.get(job_id, -1e9) < service.LEASE.total_seconds() / 4:
                return
            self._sent[job_id] = now
            if len(self._sent) > 50_000:
                self._sent = {key: at for key, at in self._sent.items() if now - at < service.LEASE.total_seconds()}
        self(queue, job_id)


def _look_nowhere(job_id: str) -> None:
    """This process only sends."""


class Workers:
    """The worker threads and the sweeper of one process."""

    def __init__(self, platform: Platform, steps: Steps, broker: dramatiq.Broker, wakeups: WakeUps) -> None:
        self._platform, self._wakeups = platform, wakeups
        wakeups.declare(lambda job_id: run_job(platform, steps, UUID(job_id)))
        self._worker = dramatiq.Worker(broker, worker_threads=platform.settings.worker_threads, worker_timeout=200)
        self._stop = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweeper", daemon=True)

    def start(self) -> None:
        self._worker.start()
        self._sweeper.start()

    def stop(self) -> None:
        """Finish what runs, take nothing new."""
        self._stop.set()
        self._sweeper.join(timeout=10)
        self._worker.stop(timeout=30_000)

    def _sweep(self) -> None:
        pause = 1.0 if self._platform.settings.is_embedded else 5.0
        while not self._stop.is_set():
            try:
                self._announce_due()
            except Unavailable:
                log.warning("sweeper: database not reached")
            except Exception:
                log.exception("sweeper")
            self._stop.wait(pause)

    def _announce_due(self) -> None:
        with self._platform.db.read(system("worker")) as session:
            waiting = service.due(session, self._platform.clock.now())
        for queue, job_id in waiting:
            self._wakeups.repeat(queue, job_id)
