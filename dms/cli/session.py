"""Opens an installation for one command: works the queues itself when nobody else does, else enqueues and waits."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import ValidationError

from dms.app import Installation
from dms.cli.main import NOT_NOW, WRONG_USE, stop
from dms.cli.wording import secret_fault, setting_fault
from dms.config import SecretUnreadable, Settings
from dms.platform import Platform
from dms.process_lock import WorkLock

POLL_SECONDS = 0.2
ENV_FILE = Path(".env")


def settings(data: Path | None = None) -> Settings:
    """The settings of the environment, with another DATA folder when one is named.

    Ends the command with one sentence when a setting cannot be used or a secret cannot be read.
    """
    _check_env_file()
    try:
        chosen = Settings(data=data) if data is not None else Settings()
        for _ in (chosen.effective_database_url, chosen.effective_storage_url, chosen.effective_broker_url):
            pass
    except ValidationError as exc:
        stop(setting_fault(exc), WRONG_USE)
    except SecretUnreadable as exc:
        stop(secret_fault(exc), WRONG_USE)
    return chosen


def _check_env_file() -> None:
    """A line that cannot be read must not be passed over: it may be the one that names the key."""
    if not ENV_FILE.is_file():
        return
    try:
        with ENV_FILE.open(encoding="utf-8") as stream:
            broken = [binding.original.line for binding in parse_stream(stream) if binding.error]
    except (OSError, UnicodeDecodeError) as exc:
        cause = getattr(exc, "strerror", None) or "kein UTF-8"
        stop(f"Die Datei {ENV_FILE} lässt sich nicht lesen ({cause}).", WRONG_USE)
    if broken:
        stop(f"Zeile {broken[0]} der Datei {ENV_FILE} ist nicht lesbar; nötig ist NAME=WERT.", WRONG_USE)


def unknown_settings() -> list[str]:
    """Names in the environment and in `.env` that look like settings but are none."""
    known = {f"DMS_{name.upper()}" for name in Settings.model_fields} | {"DMS_JAIL_DEBUG"}
    names = {*os.environ, *dotenv_values(ENV_FILE)}
    return sorted(name for name in names if name.startswith("DMS_") and name not in known)


@contextmanager
def held(purpose: str, chosen: Settings) -> Iterator[None]:
    """The right to work this DATA folder; ends the command when another process has it."""
    lock = WorkLock(chosen.folder)
    if not lock.try_acquire(purpose):
        holder = lock.holder() or {}
        who = f"„dms {holder.get('purpose', '…')}“ (Prozess {holder.get('pid', '?')})"
        stop(f"Den Datenordner {chosen.folder} bearbeitet schon {who}.", NOT_NOW)
    try:
        yield
    finally:
        lock.release()


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
