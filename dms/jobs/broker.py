"""dramatiq as a wake-up: one actor a queue that looks at a job row, and the workers and sweeper of this process."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import ShutdownNotifications, TimeLimit

from dms.actor import system
from dms.errors import Unavailable
from dms.jobs import service
from dms.jobs.runner import Runner
from dms.jobs.service import Due
from dms.jobs.steps import INDEX_QUEUE, QUEUES, Steps
from dms.platform import Platform
from dms.process_lock import WorkLock

log = logging.getLogger("dms.jobs")

STEP_LIMIT_MS = 30 * 60 * 1000
GRACE_SECONDS = 5.0
STOP_MS = 1000
IDLE_MS = 200
SOCKET_SECONDS = 5
REPEAT_SECONDS = 15.0
REMEMBERED = 50_000


def open_broker(url: str) -> dramatiq.Broker:
    """The broker behind `url` (``memory://``, ``redis://…``, ``amqp://…``), without retries: the job row has them."""
    middleware = [TimeLimit(time_limit=STEP_LIMIT_MS), ShutdownNotifications()]
    scheme = urlsplit(url).scheme
    if scheme == "memory":
        return StubBroker(middleware=middleware)
    if scheme in ("redis", "rediss"):
        return _redis(url, middleware)
    if scheme in ("amqp", "amqps"):
        return _rabbitmq(url, middleware)
    raise ValueError(f"no broker for {scheme}://")


def _redis(url: str, middleware: list[dramatiq.Middleware]) -> dramatiq.Broker:
    """A client that gives up on a silent server: a page that has committed must not wait for its wake-up."""
    from dramatiq.brokers import redis  # the clients of both servers load slowly, and most use neither

    client = redis.redis.Redis.from_url(  # type: ignore[attr-defined]
        url, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=SOCKET_SECONDS
    )
    broker: dramatiq.Broker = redis.RedisBroker(client=client, middleware=middleware)  # type: ignore[no-untyped-call]
    return broker


def _rabbitmq(url: str, middleware: list[dramatiq.Middleware]) -> dramatiq.Broker:
    """As for Redis; dramatiq itself tries six times, so each try is short."""
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    limits = {"connection_attempts": 1, "socket_timeout": 1, "stack_timeout": 2, "blocked_connection_timeout": 2}
    joined = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(limits)}"
    broker: dramatiq.Broker = RabbitmqBroker(url=joined, middleware=middleware)
    return broker


def _absences(broker: dramatiq.Broker) -> tuple[type[Exception], ...]:
    """What sending raises when the broker is away; dramatiq lets errors of the clients and of the network through."""
    known = (dramatiq.errors.BrokerConnectionError, OSError)
    if isinstance(broker, StubBroker):
        return known
    from dramatiq.brokers import redis

    return (*known, redis.redis.RedisError)  # type: ignore[attr-defined]


class WakeUps:
    """Sends wake-ups through a broker; one that may be lost is sent again after a while."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker, self._absences = broker, _absences(broker)
        self._sent: dict[UUID, tuple[datetime, float]] = {}
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
        except self._absences as exc:
            log.warning("broker not reached, the sweeper tries again", extra={"cause": type(exc).__name__})

    def repeat(self, found: Due) -> None:
        """Announce a job that the sweeper found: at once when it has newly fallen due, then now and again."""
        now = time.monotonic()
        with self._lock:
            since, at = self._sent.get(found.job_id, (None, 0.0))
            if since == found.since and now - at < REPEAT_SECONDS:
                return
            self._sent[found.job_id] = found.since, now
            if len(self._sent) > REMEMBERED:
                self._sent = {key: sent for key, sent in self._sent.items() if now - sent[1] < REPEAT_SECONDS}
        self(found.queue, found.job_id)


def _look_nowhere(job_id: str) -> None:
    """This process only sends."""


class Workers:
    """The worker threads and the sweeper of one process.

    With an `index_lock`, the index can be written by one process only: the queue `index` is worked by whichever process
    holds the lock, with one thread, and the next one takes it over when that process ends, however it ends.
    """

    def __init__(
        self,
        platform: Platform,
        steps: Steps,
        broker: dramatiq.Broker,
        wakeups: WakeUps,
        *,
        index_lock: WorkLock | None = None,
    ) -> None:
        self._platform, self._wakeups, self._index_lock = platform, wakeups, index_lock
        self._runner = Runner(platform, steps)
        wakeups.declare(self._look_at)
        queues = set(QUEUES) if index_lock is None else set(QUEUES) - {INDEX_QUEUE}
        threads = platform.settings.worker_threads
        self._worker = dramatiq.Worker(broker, queues=queues, worker_threads=threads, worker_timeout=IDLE_MS)
        self._indexer: dramatiq.Worker | None = None
        self._stop = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweeper", daemon=True)

    def start(self) -> None:
        self._worker.start()
        self._sweeper.start()

    def stop(self) -> None:
        """Take nothing new, finish what ends within seconds, give back the rest."""
        self._stop.set()
        self._runner.close(grace_seconds=GRACE_SECONDS)
        self._sweeper.join(timeout=GRACE_SECONDS)
        self._worker.stop(timeout=STOP_MS)
        if self._indexer is not None:
            self._indexer.stop(timeout=STOP_MS)
            self._indexer.broker.close()
        if self._index_lock is not None:
            self._index_lock.release()

    def _look_at(self, job_id: str) -> None:
        self._runner.look_at(UUID(job_id))

    def _sweep(self) -> None:
        pause = 1.0 if self._platform.settings.is_embedded else 5.0
        while not self._stop.is_set():
            try:
                self._take_over_index()
                self._runner.renew_leases()
                self._announce_due()
            except Unavailable:
                log.warning("sweeper: database not reached")
            except Exception:
                log.exception("sweeper")
            self._stop.wait(pause)

    def _take_over_index(self) -> None:
        """Work the index queue too, through a client of its own (dramatiq wants one worker a broker object)."""
        if self._index_lock is None or self._indexer is not None or not self._index_lock.try_acquire("index"):
            return
        broker = open_broker(self._platform.settings.effective_broker_url)
        WakeUps(broker).declare(self._look_at)
        self._indexer = dramatiq.Worker(broker, queues={INDEX_QUEUE}, worker_threads=1, worker_timeout=IDLE_MS)
        self._indexer.start()

    def _announce_due(self) -> None:
        with self._platform.db.read(system("worker")) as session:
            waiting = service.due(session, self._platform.clock.now())
        for found in waiting:
            self._wakeups.repeat(found)
