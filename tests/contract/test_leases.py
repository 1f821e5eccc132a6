"""What a worker may do to a job row that another one took over, under a clock that stands still."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from dms.clock import FrozenClock, SystemClock
from dms.ids import uuid7
from dms.jobs import service
from dms.jobs.models import Job
from dms.jobs.runner import Runner
from dms.jobs.service import Claim, LeaseLost
from dms.jobs.steps import Step
from dms.platform import Platform
from tests.factories import TEST, opened


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[Platform]:
    """A platform whose clock stands still, without workers."""
    with opened(tmp_path / "frozen", workers=False) as platform:
        yield replace(platform, clock=FrozenClock(SystemClock().now()))


def _claim(platform: Platform, job_id: UUID) -> Claim | None:
    with platform.db.write(TEST) as session:
        return service.claim(session, job_id, worker="somebody", clock=platform.clock)


def _enqueue(platform: Platform) -> UUID:
    with platform.db.write(TEST) as session:
        return service.enqueue(session, "probe", uuid7(), queue="ocr", now=platform.clock.now()).id


def _advance(platform: Platform, delta: timedelta) -> None:
    assert isinstance(platform.clock, FrozenClock)
    platform.clock.advance(delta)


def _finish(platform: Platform, held: Claim) -> None:
    with platform.db.write(TEST) as session:
        service.finish(session, held, platform.clock)


def test_a_worker_whose_lease_ran_out_writes_nothing(frozen: Platform) -> None:
    job_id = _enqueue(frozen)
    first = _claim(frozen, job_id)
    assert first is not None
    assert _claim(frozen, job_id) is None
    _advance(frozen, service.LEASE)
    second = _claim(frozen, job_id)
    assert second is not None
    assert second.attempts == 2
    with pytest.raises(LeaseLost):
        _finish(frozen, first)
    _finish(frozen, second)


def test_a_token_is_never_given_twice_even_if_attempts_begin_anew(frozen: Platform) -> None:
    job_id = _enqueue(frozen)
    stalled = _claim(frozen, job_id)
    assert stalled is not None
    _advance(frozen, service.LEASE)
    second = _claim(frozen, job_id)
    assert second is not None
    with frozen.db.write(TEST) as session:
        service.park(session, second, frozen.clock, code="x", text="x")
    with frozen.db.write(TEST) as session:
        service.retry(session, session.get_one(Job, job_id), frozen.clock.now())
    third = _claim(frozen, job_id)
    assert third is not None
    assert third.attempts == stalled.attempts == 1
    with pytest.raises(LeaseLost):
        _finish(frozen, stalled)
    _finish(frozen, third)


def test_three_crashes_are_enough(frozen: Platform) -> None:
    job_id, tried = _enqueue(frozen), []
    runner = Runner(frozen, {"probe": Step("ocr", lambda platform, held: tried.append(held.attempts))})
    for _ in range(service.MAX_CRASHES):
        assert _claim(frozen, job_id) is not None
        _advance(frozen, service.LEASE)
    runner.look_at(job_id)
    with frozen.db.read(TEST) as session:
        job = session.get_one(Job, job_id)
        assert (job.state, job.last_error_code, tried) == ("parked", "job.crashed", [])


def test_a_long_step_keeps_its_lease_while_its_process_lives(frozen: Platform) -> None:
    started, go_on = threading.Event(), threading.Event()

    def block(platform: Platform, held: Claim) -> None:
        started.set()
        assert go_on.wait(30)
        _finish(platform, held)

    job_id = _enqueue(frozen)
    runner = Runner(frozen, {"probe": Step("ocr", block)}, renew_seconds=0)
    thread = threading.Thread(target=runner.look_at, args=(job_id,))
    thread.start()
    assert started.wait(30)
    for _ in range(5):
        _advance(frozen, service.LEASE / 2)
        runner.renew_leases()
        assert _claim(frozen, job_id) is None
    go_on.set()
    thread.join()
    with frozen.db.read(TEST) as session:
        assert session.get_one(Job, job_id).state == "done"


def test_the_only_worker_takes_up_at_once_what_a_dead_one_held_but_only_the_first_time(frozen: Platform) -> None:
    job_id = _enqueue(frozen)
    assert _claim(frozen, job_id) is not None
    _end_leases(frozen)
    found = _claim(frozen, job_id)
    assert found is not None
    assert found.attempts == 2
    _end_leases(frozen)
    assert _claim(frozen, job_id) is None
    _advance(frozen, service.LEASE)
    assert _claim(frozen, job_id) is not None


def _end_leases(platform: Platform) -> None:
    with platform.db.write(TEST) as session:
        service.end_leases(session, platform.clock.now())
