"""Runs jobs: claim, work, and on any error decide whether to wait, to try again or to ask a person."""

import logging
import os
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from dms.actor import Actor, system
from dms.errors import Conflict, DmsError, Unavailable
from dms.jobs import service
from dms.jobs.service import Claim, LeaseLost
from dms.jobs.steps import Steps
from dms.platform import Platform

log = logging.getLogger("dms.jobs")

RENEW_SECONDS = service.LEASE.total_seconds() / 3


class Runner:
    """Works on the jobs of one process, as many at a time as threads ask for."""

    def __init__(self, platform: Platform, steps: Steps, *, renew_seconds: float = RENEW_SECONDS) -> None:
        self._platform, self._steps, self._renew_seconds = platform, steps, renew_seconds
        self._held: dict[UUID, tuple[Claim, float]] = {}
        self._lock = threading.Lock()
        self._is_closing = threading.Event()

    def look_at(self, job_id: UUID) -> None:
        """Work on the job if it is ours to do. Never raises: whatever happens ends in the job row."""
        if self._is_closing.is_set():
            return
        try:
            held = self._claim(job_id)
            if held is None:
                return
            with self._holding(held):
                if self._is_closing.is_set():
                    self._give_back(held)
                else:
                    self._work(held)
        except DmsError as exc:
            log.warning("job not worked", extra={"job": str(job_id), "code": exc.code})
        except Exception:
            log.exception("job not worked", extra={"job": str(job_id)})

    def renew_leases(self) -> None:
        """Say that this process lives and works on what it holds; to be called every few seconds."""
        latest = time.monotonic() - self._renew_seconds
        for held, renewed_at in list(self._held.values()):
            if renewed_at <= latest:
                self._renew(held)

    def close(self, *, grace_seconds: float) -> None:
        """Take nothing new, let what runs finish in time, give back the rest: its steps can write nothing then."""
        self._is_closing.set()
        end = time.monotonic() + grace_seconds
        while self._held and time.monotonic() < end:
            time.sleep(0.05)
        for held, _ in list(self._held.values()):
            self._give_back(held)

    def _claim(self, job_id: UUID) -> Claim | None:
        clock = self._platform.clock
        with self._platform.db.read(system("worker")) as session:
            if not service.is_claimable(session, job_id, clock.now()):
                return None
        with self._platform.db.write(system("worker")) as session:
            return service.claim(session, job_id, worker=f"{socket.gethostname()[:24]}:{os.getpid()}", clock=clock)

    @contextmanager
    def _holding(self, held: Claim) -> Iterator[None]:
        with self._lock:
            self._held[held.job_id] = held, time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(held.job_id, None)

    def _work(self, held: Claim) -> None:
        try:
            step = self._steps[held.kind]
            if held.attempts > step.max_crashes:
                self._park(held, code="job.crashed", text=f"lease lost {held.attempts - 1} times")
                return
            step.run(self._platform, held)
        except LeaseLost:
            log.info("lease lost", extra={"job": str(held.job_id)})
        except Unavailable as exc:
            self._postpone(held, exc.code)
        except Conflict as exc:
            self._repeat(held, exc.code)
        except DmsError as exc:
            self._park(held, code=exc.code, text=str(exc))
        except Exception as exc:
            log.exception("step failed", extra={"job": str(held.job_id), "kind": held.kind})
            self._park(held, code="job.failed", text="".join(traceback.format_exception_only(exc)))

    def _postpone(self, held: Claim, code: str) -> None:
        with self._platform.db.write(_actor(held)) as session:
            service.postpone(session, held, self._platform.clock, code=code)

    def _repeat(self, held: Claim, code: str) -> None:
        if held.attempts >= service.MAX_CRASHES:
            self._park(held, code=code, text=f"{held.attempts} conflicts")
            return
        with self._platform.db.write(_actor(held)) as session:
            service.repeat(session, held, self._platform.clock, code=code)

    def _park(self, held: Claim, *, code: str, text: str) -> None:
        if self._is_closing.is_set():  # whatever failed may have failed because its neighbours are being let go
            self._give_back(held)
            return
        with self._platform.db.write(_actor(held)) as session:
            service.park(session, held, self._platform.clock, code=code, text=text)
            if held.kind in self._steps:
                self._steps[held.kind].on_park(session, held.subject_id, code, self._platform.clock)

    def _renew(self, held: Claim) -> None:
        try:
            with self._platform.db.write(_actor(held)) as session:
                service.renew(session, held, self._platform.clock)
        except LeaseLost:
            log.info("lease lost", extra={"job": str(held.job_id)})
            return
        with self._lock:
            if held.job_id in self._held:
                self._held[held.job_id] = held, time.monotonic()

    def _give_back(self, held: Claim) -> None:
        try:
            with self._platform.db.write(_actor(held)) as session:
                service.give_back(session, held, self._platform.clock)
        except DmsError as exc:
            log.info("not given back, its lease runs out", extra={"job": str(held.job_id), "code": exc.code})


def _actor(held: Claim) -> Actor:
    return system("worker", job_id=held.job_id)
