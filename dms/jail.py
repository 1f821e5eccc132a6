"""The jail: runs a named pure function on untrusted bytes in a forked, limited, network-less child; returns data.

A pre-imported zygote without database, store or secrets (`dms/jail_zygote.py`) forks one child per call. The source
goes in as a file descriptor, the result comes out as length-capped JSON and files; a child that crashes, hangs or eats
memory takes nothing with it. Measured costs and the reasons: docs/architecture.md, "Jail".
"""

import array
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

MEBIBYTE = 1024 * 1024
MAX_JSON_BYTES = 64 * MEBIBYTE
MAX_FILES_BYTES = 64 * MEBIBYTE
MAX_REQUEST_BYTES = 32 * 1024
START_SECONDS = 60
_FILE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")


@dataclass(frozen=True)
class JailLimits:
    """What one child may use. `may_exec` lets it start programs (Tesseract) under the same limits."""

    cpu_seconds: int = 10
    wall_seconds: float = 30.0
    memory_bytes: int = 2048 * MEBIBYTE
    written_bytes: int = 64 * MEBIBYTE
    may_exec: bool = False


PARSE = JailLimits()
PAGE = JailLimits(cpu_seconds=25, may_exec=True)


@dataclass(frozen=True)
class JailTask:
    """A function ``module:name`` of the shape ``(source, scratch, **options) -> JSON`` and its limits."""

    function: str
    limits: JailLimits = PARSE


@dataclass(frozen=True)
class JailResult:
    """What the child found: a JSON value, and the files it left in its scratch folder by name."""

    value: Any
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class JailStrength:
    """Which layers hold on this machine, as tried from inside."""

    unprivileged: bool
    no_new_privileges: bool
    seccomp: bool
    network_closed: bool
    programs_closed: bool
    limits: bool

    @property
    def is_full(self) -> bool:
        return all(asdict(self).values())


class JailError(Exception):
    """The task gave no result."""


class JailRefused(JailError):
    """The task looked at the content and refused it; `code` says why."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


class JailCrashed(JailError):
    """The child died or answered nonsense: the content is to blame until proven otherwise."""


class JailTimeout(JailError):
    """The child used up its wall-clock or processor time."""


class JailUnavailable(JailError):
    """No child can be started on this machine now."""


class Jail:
    """One zygote and at most as many children at a time as there are processors; safe for many threads."""

    def __init__(self, tasks: Mapping[str, JailTask], *, required: bool = False) -> None:
        self._tasks = dict(tasks)
        self._required = required
        self._slots = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        self._lock = threading.Lock()
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

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
        with self._slots, _as_file(b"") as file:
            value = self._answer({"task": "", "options": {}}, file, PARSE).value
        return JailStrength(**value)

    def check(self) -> None:
        """Raise `JailUnavailable` when full strength is required and not given."""
        if self._required and not self.strength().is_full:
            raise JailUnavailable("jail below full strength")

    def close(self) -> None:
        """End the zygote and every child."""
        with self._lock:
            self._stop()

    def _answer(self, request: Mapping[str, Any], file: BinaryIO, limits: JailLimits) -> JailResult:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._send(json.dumps(request).encode(), [theirs.fileno(), file.fileno()])
            ours.settimeout(limits.wall_seconds + 5)
            try:
                return _read_result(ours)
            except TimeoutError as exc:
                raise JailTimeout("no answer") from exc

    def _send(self, message: bytes, descriptors: list[int]) -> None:
        with self._lock:
            for attempt in (1, 2):
                control = self._running()
                try:
                    control.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))])
                    return
                except OSError as exc:
                    self._stop()
                    if attempt == 2:
                        raise JailUnavailable("zygote does not answer") from exc

    def _running(self) -> socket.socket:
        if self._control is not None and self._zygote is not None and self._zygote.poll() is None:
            return self._control
        self._stop()
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
        ours.settimeout(START_SECONDS)
        try:
            if ours.recv(16) != b"ready":
                raise JailUnavailable("zygote did not start")
        except OSError as exc:
            raise JailUnavailable("zygote did not start") from exc
        self._control = ours
        return ours

    def _declaration(self) -> str:
        return json.dumps({name: [task.function, asdict(task.limits)] for name, task in self._tasks.items()})

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


def _read_result(connection: socket.socket) -> JailResult:
    header = _exactly(connection, 8)
    size = int.from_bytes(header, "big")
    if size > MAX_JSON_BYTES:
        raise JailCrashed("answer too large")
    try:
        answer = json.loads(_exactly(connection, size))
        if answer["state"] == "refused":
            raise JailRefused(str(answer["code"])[:80], str(answer["detail"])[:500])
        if answer["state"] == "timeout":
            raise JailTimeout("processor time")
        if answer["state"] != "done":
            raise JailCrashed(str(answer.get("detail", ""))[:500])
        return JailResult(answer["value"], _read_files(connection, answer["files"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise JailCrashed("nonsense answer") from exc


def _read_files(connection: socket.socket, sizes: Mapping[str, int]) -> dict[str, bytes]:
    if sum(sizes.values()) > MAX_FILES_BYTES or any(size < 0 for size in sizes.values()):
        raise JailCrashed("files too large")
    if not all(_FILE_NAME.fullmatch(name) for name in sizes):
        raise JailCrashed("file name")
    return {name: _exactly(connection, size) for name, size in sizes.items()}


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        chunk = connection.recv(min(MEBIBYTE, size - len(parts)))
        if not chunk:
            raise JailCrashed("child died")
        parts += chunk
    return bytes(parts)
