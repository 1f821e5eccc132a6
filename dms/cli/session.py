"""Opens an installation for one command: works the queues itself when nobody else does, else enqueues and waits."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dms.app import Installation
from dms.config import Settings
from dms.platform import Platform
from dms.process_lock import WorkLock

POLL_SECONDS = 0.2


def settings(data: Path | None = None) -> Settings:
    """The settings of the environment, with another DATA folder when one is named."""
    return Settings(data=data) if data is not None else Settings()


@contextmanager
def opened(data: Path | None = None) -> Iterator[Platform]:
    """The platform, without workers: for commands that only read or write rows."""
    installation = Installation(settings(data))
    try:
        yield installation.platform
    finally:
        installation.close()


@contextmanager
def working(purpose: str, data: Path | None = None) -> Iterator[Platform]:
    """The platform with its queues worked: by the process that holds the DATA folder, or by this one."""
    chosen = settings(data)
    lock = WorkLock(chosen.folder)
    installation = Installation(chosen)
    try:
        if chosen.is_embedded and lock.try_acquire(purpose):
            installation.start_workers()
        yield installation.platform
    finally:
        installation.close()
        lock.release()


def wait_until(done: Callable[[], bool], *, seconds: float) -> bool:
    """Ask until it is done; False when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(POLL_SECONDS)
    return done()
