"""Runs one job: claim, work, and on any error decide whether to wait, to try again or to ask a person."""

import logging
import os
import socket
import threading
import traceback
from uuid import UUID

from dms.actor import Actor, system
from dms.errors import Conflict, DmsError, Unavailable
from dms.jobs import service
from dms.jobs.service import Claim, LeaseLost
from dms.jobs.steps import Steps
from dms.platform import Platform

log = logging.getLogger("dms.jobs")


def worker_name() -> str:
    """Names this worker thread in the job row."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


def run_job(platform: Platform, steps: Steps, job_id: UUID) -> None:
    """Work on the job if it is ours to do. Never raises: whatever happens ends in the job row."""
    try:
        held = _claim(platform, job_id)
        if held is not None:
            _work(platform, steps, held)
    except DmsError as exc:
        log.warning("job not worked", extra={"job": str(job_id), "code": exc.code})
    except Exception:
        log.exception("job not worked", extra={"job": str(job_id)})


def _claim(platform: Platform, job_id: UUID) -> Claim | None:
    with platform.db.read(system("worker")) as session:
        if not service.is_claimable(session, job_id, platform.clock.now()):
            return None
    with platform.db.write(system("worker")) as session:
        return service.claim(session, job_id, worker=worker_name(), clock=platform.clock)


def _work(platform: Platform, steps: Steps, held: Claim) -> None:
    try:
        if held.attempts > service.MAX_CRASHES:
            _park(platform, steps, held, code="job.crashed", text=f"lease lost {held.attempts - 1} times")
            return
        steps[held.kind].run(platform, held)
    except LeaseLost:
        log.info("lease lost", extra={"job": str(held.job_id)})
    except Unavailable as exc:
        _postpone(platform, held, exc.code)
    except Conflict as exc:
        _postpone(platform, held, exc.code)
    except DmsError as exc:
        _park(platform, steps, held, code=exc.code, text=str(exc))
    except Exception as exc:
        log.exception("step failed", extra={"job": str(held.job_id), "kind": held.kind})
        _park(platform, steps, held, code="job.failed", text="".join(traceback.format_exception_only(exc)))


def _postpone(platform: Platform, held: Claim, code: str) -> None:
    with platform.db.write(_actor(held)) as session:
        service.postpone(session, held, platform.clock, code=code)


def _park(platform: Platform, steps: Steps, held: Claim, *, code: str, text: str) -> None:
    with platform.db.write(_actor(held)) as session:
        service.park(session, held, platform.clock, code=code, text=text)
        if held.kind in steps:
            steps[held.kind].on_park(session, held.subject_id, code, platform.clock)


def _actor(held: Claim) -> Actor:
    return system("worker", job_id=held.job_id)
