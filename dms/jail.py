"""The jail: runs a named pure function on untrusted bytes in a forked, limited, network-less child; returns data.

A pre-imported zygote without database, store or secrets (`dms/jail_zygote.py`) forks one child per call. The source
goes in as a file descriptor, the result comes out as length-capped JSON and files; a child that crashes, hangs or eats
memory takes nothing with it. A call returns when its child is dead. The walls: `dms/jail_walls.py`; measured costs and
the reasons: docs/architecture.md, "Jail".
"""

import array
import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from dms.errors import Unavailable
from dms.jail_answer import (
    JailCrashed,
    JailError,
    JailRefused,
    JailResult,
    JailTimeout,
    JailUnavailable,
    ZygoteGone,
    read_result,
)

__all__ = [
    "ARCHIVE",
    "PAGE",
    "PARSE",
    "Jail",
    "JailCrashed",
    "JailError",
    "JailLimits",
    "JailRefused",
    "JailResult",
    "JailStrength",
    "JailTask",
    "JailTimeout",
    "JailUnavailable",
]

log = logging.getLogger("dms.jail")

MEBIBYTE = 1024 * 1024
MAX_REQUEST_BYTES = 32 * 1024
START_SECONDS = 60
GRACE_SECONDS = 5
"""How long after a child's deadline the zygote may take to end it."""


@dataclass(frozen=True)
class JailLimits:
    """What one child may use. `may_exec` lets it start programs (Tesseract) under the same limits."""

    cpu_seconds: int = 10
    wall_seconds: float = 30.0
    memory_bytes: int = 2048 * MEBIBYTE
    written_bytes: int = 64 * MEBIBYTE
    may_exec: bool = False


PARSE = JailLimits()
PAGE = JailLimits(cpu_seconds=50, wall_seconds=180.0, may_exec=True)
"""One page, which two engines may read: what it may cost is processor time, the clock is for what hangs."""
ARCHIVE = JailLimits(written_bytes=128 * MEBIBYTE)
"""The archive copy contains the scan, and is written once more to be checked."""


@dataclass(frozen=True)
class JailTask:
    """A function ``module:name`` of the shape ``(source, scratch, **options) -> JSON`` and its limits.

    `warm_up` = a function ``module:name`` that the zygote calls with the options of a call before it forks, until it
    says that it loaded all there is: for what loads slowly and lies in memory once for all children.
    """

    function: str
    limits: JailLimits = PARSE
    warm_up: str | None = None


@dataclass(frozen=True)
class JailStrength:
    """Which layers hold on this machine, as tried from inside (`dms/jail_probe.py`).

    `other_user` is had only where root started the application; what it protects the other layers name one by one, so
    that full strength does without it.
    """

    other_user: bool
    no_new_privileges: bool
    seccomp: bool
    network_closed: bool
    programs_closed: bool
    files_closed: bool
    scratch_private: bool
    processes_closed: bool
    limits: bool
    disk_limited: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """The layers that full strength needs and that do not hold."""
        return tuple(name for name, holds in asdict(self).items() if not holds and name != "other_user")

    @property
    def is_full(self) -> bool:
        return not self.missing


class Jail:
    """One zygote and at most as many children at a time as there are processors; safe for many threads."""

    def __init__(self, tasks: Mapping[str, JailTask], *, required: bool = False) -> None:
        self._tasks = dict(tasks)
        self._required = required
        self._slots = _Slots(max(2, os.cpu_count() or 2))
        self._lock = threading.Lock()
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._is_closed = False

    def run(
        self, name: str, source: BinaryIO | Path | bytes, /, **options: str | int | float | bool | None
    ) -> JailResult:
        """Run task `name` on `source`; raises `JailRefused`, `JailCrashed`, `JailTimeout` or `JailUnavailable`."""
        task = self._tasks[name]
        request = {"task": name, "options": options}
        if len(json.dumps(request)) > MAX_REQUEST_BYTES:
            raise JailRefused("input.too_large", "options")
        with self._slots, _as_file(source) as file:
            return self._answer(request, file, task.limits)

    def strength(self) -> JailStrength:
        """Try every layer from inside a child."""
        with tempfile.NamedTemporaryFile() as canary, self._slots, _as_file(b"") as file:
            os.fchmod(canary.fileno(), 0o644)
            options = {"canary": str(Path(canary.name).absolute()), "application": os.getpid()}
            found = self._answer({"task": "", "options": options}, file, PARSE).value
        return JailStrength(other_user=os.geteuid() == 0, **found)

    def check(self) -> None:
        """Raise `Unavailable("jail.weak")`, naming what is missing, when full strength is required and not given."""
        if not self._required:
            return
        try:
            missing = self.strength().missing
        except JailUnavailable as exc:
            raise Unavailable("jail") from exc
        if missing:
            raise Unavailable("jail.weak", missing=",".join(missing))

    def close(self) -> None:
        """End the zygote and every child, for good."""
        with self._lock:
            self._is_closed = True
            self._stop()

    def _answer(self, request: Mapping[str, Any], file: BinaryIO, limits: JailLimits) -> JailResult:
        """The child's answer; a zygote that died with it is not the content's fault, so the call is tried once more."""
        for _ in range(2):
            file.seek(0)
            with contextlib.suppress(ZygoteGone):
                return self._ask(json.dumps(request).encode(), file, limits)
        raise JailUnavailable("zygote died")

    def _ask(self, request: bytes, file: BinaryIO, limits: JailLimits) -> JailResult:
        ours, theirs = socket.socketpair()
        verdict, verdict_in = os.pipe()
        with ours, os.fdopen(verdict, "rb", buffering=0) as verdict_out:
            try:
                asked = self._send(request, [theirs.fileno(), file.fileno(), verdict_in])
            finally:
                theirs.close()
                os.close(verdict_in)
            end = time.monotonic() + limits.wall_seconds + GRACE_SECONDS
            try:
                return read_result(ours, verdict_out, end)
            except TimeoutError as exc:  # the zygote did not even end the child: it hangs
                self._end(asked)
                raise JailTimeout("no answer") from exc

    def _send(self, message: bytes, descriptors: list[int]) -> subprocess.Popen[bytes]:
        """Hand a request to the zygote, which is started when there is none; returns the one that took it."""
        with self._lock:
            for _ in range(2):
                zygote, control = self._running()
                try:
                    control.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))])
                except OSError:
                    self._stop()
                else:
                    return zygote
        raise JailUnavailable("zygote does not answer")

    def _end(self, zygote: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if self._zygote is zygote:
                zygote.kill()
                self._stop()

    def _running(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        if self._control is not None and self._zygote is not None and self._zygote.poll() is None:
            return self._zygote, self._control
        self._stop()
        if self._is_closed:
            raise JailUnavailable("closed")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._zygote = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "dms.jail_zygote", str(theirs.fileno()), self._declaration()],
                env=_clean_environment(),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL if "DMS_JAIL_DEBUG" not in os.environ else None,
                start_new_session=True,
            )
        self._control = ours
        ours.settimeout(START_SECONDS)
        try:
            lacking = json.loads(ours.recv(1024))["lacking"]
        except (OSError, ValueError) as exc:
            self._zygote.kill()
            self._stop()
            raise JailUnavailable("zygote did not start") from exc
        if lacking:
            log.warning("the jail runs without %s", ", ".join(lacking))
        return self._zygote, ours

    def _declaration(self) -> str:
        return json.dumps(
            {name: [task.function, asdict(task.limits), task.warm_up] for name, task in self._tasks.items()}
        )

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._zygote is not None:
            try:
                self._zygote.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._zygote.kill()
                self._zygote.wait()
        self._control = self._zygote = None


class _Slots:
    """Places for children, given out in the order in which callers came (a semaphore starves those who wait)."""

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._free = count
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def __exit__(self, *error: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


class _as_file:
    """The source as an open file with a descriptor; closed again only if it was opened here."""

    def __init__(self, source: BinaryIO | Path | bytes) -> None:
        self._source = source
        self._opened: BinaryIO | None = None

    def __enter__(self) -> BinaryIO:
        if isinstance(self._source, Path):
            self._opened = self._source.open("rb")
        elif isinstance(self._source, bytes):
            self._opened = _temporary(BytesIO(self._source))
        elif not _has_descriptor(self._source):
            self._opened = _temporary(self._source)
        else:
            self._source.seek(0)
            return self._source
        return self._opened

    def __exit__(self, *error: object) -> None:
        if self._opened is not None:
            self._opened.close()


def _has_descriptor(source: BinaryIO) -> bool:
    try:
        source.fileno()
    except OSError:
        return False
    return not isinstance(source, tempfile.SpooledTemporaryFile)


def _temporary(source: BinaryIO) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `_as_file`
    while chunk := source.read(MEBIBYTE):
        file.write(chunk)
    file.seek(0)
    return file


def _clean_environment() -> dict[str, str]:
    keep = {
        name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX", "TMPDIR", "DMS_JAIL_DEBUG") if name in os.environ
    }
    threads = dict.fromkeys(("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {
        **keep,
        **threads,
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
