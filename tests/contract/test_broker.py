"""What the wake-ups must do over the in-process broker, a real Redis and a real RabbitMQ: the job row is the truth,
whatever happens to the messages."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import dramatiq
import pytest

from dms.errors import Conflict, Rejected, Unavailable
from dms.ids import uuid7
from dms.jobs import service
from dms.jobs.broker import WakeUps, Workers, open_broker
from dms.jobs.models import Job
from dms.jobs.service import Claim, LeaseLost
from dms.jobs.steps import Step
from dms.migrations import upgrade
from dms.platform import Platform
from dms.process_lock import WorkLock
from tests.factories import TEST, opened
from tests.servers import RabbitServer, RedisServer

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
"""The client of RabbitMQ leaves the socket of a thread that ended, or of a server that died, to the collector."""


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    server = RabbitServer(tmp_path_factory.mktemp("rabbitmq"))
    yield server
    server.kill()


@pytest.fixture(params=["memory", "redis", "rabbitmq"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "memory":
        return "memory://"
    server: RedisServer | RabbitServer = request.getfixturevalue(request.param)
    server.flush()
    return server.url


@dataclass
class Works:
    """Work to be done, who does it, and what was done."""

    platform: Platform
    url: str
    step: Callable[[Claim], None] = lambda held: None
    done: list[UUID] = field(default_factory=list)
    parked: list[str] = field(default_factory=list)
    _open: list[Workers] = field(default_factory=list)
    _brokers: list[dramatiq.Broker] = field(default_factory=list)

    def steps(self) -> dict[str, Step]:
        return {"probe": Step("interactive", self._run, self._on_park), "project": Step("index", self._run)}

    def _run(self, platform: Platform, held: Claim) -> None:
        self.step(held)
        with platform.db.write(TEST) as session:
            service.finish(session, held, platform.clock)
        self.done.append(held.subject_id)

    def _on_park(self, session: object, subject_id: UUID, code: str, clock: object) -> None:
        self.parked.append(code)

    def begin(self, *, index_lock: WorkLock | None = None) -> Workers:
        """A process of its own, as far as the broker can tell: own client, own threads."""
        broker = self._broker()
        wakeups = WakeUps(broker)
        self.platform.db.wake = wakeups
        workers = Workers(self.platform, self.steps(), broker, wakeups, index_lock=index_lock)
        workers.start()
        self._open.append(workers)
        return workers

    def send_only(self) -> None:
        """As the process that serves the pages does: its wake-ups go out, and nobody works."""
        self.platform.db.wake = WakeUps(self._broker())

    def _broker(self) -> dramatiq.Broker:
        self._brokers.append(open_broker(self.url))
        return self._brokers[-1]

    def end(self, workers: Workers) -> None:
        self._open.remove(workers)
        workers.stop()

    def end_all(self) -> None:
        for workers in list(self._open):
            self.end(workers)
        for broker in self._brokers:
            broker.close()

    def ask(self, count: int = 1, kind: str = "probe") -> list[UUID]:
        queue = self.steps()[kind].queue
        with self.platform.db.write(TEST) as session:
            return [service.enqueue(session, kind, uuid7(), queue=queue, now=self._now()).id for _ in range(count)]

    def job(self, job_id: UUID) -> Job:
        with self.platform.db.read(TEST) as session:
            return session.get_one(Job, job_id)

    def _now(self) -> datetime:
        return self.platform.clock.now()


@pytest.fixture
def works(url: str, tmp_path: Path) -> Iterator[Works]:
    database_url = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    upgrade(database_url)
    with opened(tmp_path / "data", workers=False, broker_url=url, database_url=database_url) as platform:
        found = Works(platform, url)
        yield found
        found.end_all()


def _until(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def test_each_job_is_worked_once(works: Works) -> None:
    works.begin()
    ids = works.ask(30)
    _until(lambda: len(works.done) == 30)
    assert len(set(works.done)) == 30
    assert {works.job(job_id).state for job_id in ids} == {"done"}
    assert {works.job(job_id).attempts for job_id in ids} == {1}


def test_many_wake_ups_for_one_job_are_one_run(works: Works) -> None:
    works.step = lambda held: time.sleep(0.05)
    works.begin()
    (job_id,) = works.ask()
    for _ in range(20):
        works.platform.db.wake("interactive", job_id)
    last = works.ask()
    _until(lambda: all(works.job(other).state == "done" for other in [job_id, *last]))
    assert len(works.done) == 2


def test_lost_messages_cost_time_and_no_work(works: Works, request: pytest.FixtureRequest) -> None:
    works.send_only()
    ids = works.ask(5)
    if not works.url.startswith("memory"):
        request.getfixturevalue("redis" if works.url.startswith("redis") else "rabbitmq").flush()
    works.begin()
    _until(lambda: sorted(works.done) == sorted(works.job(job_id).subject_id for job_id in ids))


@pytest.mark.parametrize("url", ["redis", "rabbitmq"], indirect=True)
def test_a_broker_that_dies_stops_nobody_and_loses_nothing(works: Works, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("redis" if works.url.startswith("redis") else "rabbitmq")
    works.begin()
    server.kill()
    ids = works.ask(3)
    server.start()
    _until(lambda: all(works.job(job_id).state == "done" for job_id in ids), seconds=60)
    assert len(works.done) == 3


def test_a_step_that_raises_waits_for_a_person(works: Works) -> None:
    def fail(held: Claim) -> None:
        raise ZeroDivisionError

    works.step = fail
    works.begin()
    (job_id,) = works.ask()
    _until(lambda: works.job(job_id).state == "parked")
    assert (works.job(job_id).last_error_code, works.parked) == ("job.failed", ["job.failed"])
    works.step = lambda held: None
    with works.platform.db.write(TEST) as session:
        service.retry(session, session.get_one(Job, job_id), works.platform.clock.now())
    _until(lambda: works.job(job_id).state == "done")


def test_a_neighbour_that_is_down_parks_nothing_and_costs_no_attempt(works: Works) -> None:
    tries: list[float] = []

    def fail(held: Claim) -> None:
        tries.append(time.monotonic())
        if len(tries) <= 2:
            raise Unavailable("storage")

    works.step = fail
    works.begin()
    (job_id,) = works.ask()
    _until(lambda: works.job(job_id).state == "done", seconds=60)
    assert (works.job(job_id).attempts, works.parked) == (1, [])
    assert min(after - before for before, after in pairwise(tries)) >= 1


def test_somebody_faster_is_tried_again_but_not_for_ever(works: Works) -> None:
    def fail(held: Claim) -> None:
        raise Conflict("stale")

    works.step = fail
    works.begin()
    (job_id,) = works.ask()
    _until(lambda: works.job(job_id).state == "parked", seconds=60)
    assert (works.job(job_id).attempts, works.job(job_id).last_error_code) == (service.MAX_CRASHES, "stale")


def test_what_was_asked_for_while_it_ran_runs_once_more(works: Works) -> None:
    started, go_on = threading.Event(), threading.Event()

    def block(held: Claim) -> None:
        started.set()
        assert go_on.wait(30)

    works.step = block
    works.begin()
    (job_id,) = works.ask()
    assert started.wait(30)
    subject = works.job(job_id).subject_id
    with works.platform.db.write(TEST) as session:
        now = works.platform.clock.now()
        assert service.enqueue(session, "probe", subject, queue="interactive", now=now).id == job_id
    go_on.set()
    _until(lambda: len(works.done) == 2)
    _until(lambda: works.job(job_id).state == "done")


def test_who_stops_gives_back_what_runs_and_writes_nothing_later(works: Works) -> None:
    started, go_on, lost = threading.Event(), threading.Event(), []

    def block(held: Claim) -> None:
        started.set()
        assert go_on.wait(60)
        try:
            with works.platform.db.write(TEST) as session:
                service.hold(session, held)
        except LeaseLost:
            lost.append(held.job_id)
            raise

    works.step = block
    workers = works.begin()
    (job_id,) = works.ask()
    assert started.wait(30)
    begun = time.monotonic()
    works.end(workers)
    assert time.monotonic() - begun < 15
    assert (works.job(job_id).state, works.job(job_id).attempts) == ("ready", 0)
    go_on.set()
    _until(lambda: lost == [job_id])
    works.step = lambda held: None
    works.begin()
    _until(lambda: works.job(job_id).state == "done")
    assert len(works.done) == 1


def test_what_fails_while_its_process_ends_is_not_to_blame(works: Works) -> None:
    """The parser of a document dies with the process that reads it."""
    started, ending = threading.Event(), threading.Event()

    def block(held: Claim) -> None:
        started.set()
        assert ending.wait(30)
        time.sleep(0.5)
        raise Rejected("content.crash")

    works.step = block
    workers = works.begin()
    (job_id,) = works.ask()
    assert started.wait(30)
    ending.set()
    works.end(workers)
    assert (works.job(job_id).state, works.job(job_id).attempts, works.parked) == ("ready", 0, [])


@pytest.mark.parametrize("url", ["redis", "rabbitmq"], indirect=True)
def test_one_process_at_a_time_works_the_index_and_the_next_takes_over(works: Works, tmp_path: Path) -> None:
    seen: list[str] = []
    works.step = lambda held: seen.append(threading.current_thread().name)
    first = works.begin(index_lock=WorkLock(tmp_path, "index.lock"))
    _until(lambda: _is_taken(tmp_path))
    works.begin(index_lock=WorkLock(tmp_path, "index.lock"))
    ids = works.ask(10, "project")
    _until(lambda: all(works.job(job_id).state == "done" for job_id in ids))
    assert len(set(seen)) == 1
    works.end(first)
    ids = works.ask(3, "project")
    _until(lambda: all(works.job(job_id).state == "done" for job_id in ids))


def _is_taken(folder: Path) -> bool:
    lock = WorkLock(folder, "index.lock")
    is_free = lock.try_acquire("probe")
    lock.release()
    return not is_free
