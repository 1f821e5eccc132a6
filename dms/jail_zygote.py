"""The zygote of the jail: imports the tasks once, forks one limited child per request, watches the clock.

Started by `dms.jail` with a control socket; ends when that closes, and every child with it. Single-threaded, because it
forks. The walls stand in `dms/jail_walls.py`, the parent's side and the protocol's reader in `dms/jail.py`.
"""

import contextlib
import encodings
import gc
import importlib
import json
import math
import os
import pkgutil
import resource
import select
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from dms.jail_probe import probe
from dms.jail_walls import Walls, leave

PROBE_LIMITS = {
    "cpu_seconds": 10, "wall_seconds": 20, "memory_bytes": 2**31, "written_bytes": 2**20, "may_exec": False,
}  # fmt: skip
WATCH_SECONDS = 0.2
ANSWER, SOURCE = 3, 4
"""The only descriptors of a child beside the three of every process."""

Task = Callable[..., Any]


def main() -> None:
    namespaces = leave()
    control = socket.socket(fileno=int(sys.argv[1]))
    declared = json.loads(sys.argv[2])
    tasks = {name: (_load(function), limits) for name, (function, limits, _) in declared.items()}
    tasks[""] = (probe, PROBE_LIMITS)
    warm_ups = {name: warm_up for name, (_, _, warm_up) in declared.items() if warm_up}
    _preload()
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    wake_in, wake_out = os.pipe()
    os.set_blocking(wake_out, False)
    signal.set_wakeup_fd(wake_out, warn_on_full_buffer=False)
    walls = Walls(namespaces)
    _freeze()
    control.send(json.dumps({"ready": True, "lacking": walls.lacking}).encode())
    Zygote(control, wake_in, tasks, walls, warm_ups).serve()


def _freeze() -> None:
    """A collection in a child would copy every page of what is loaded."""
    gc.collect()
    gc.freeze()


def _load(function: str) -> Task:
    module, _, name = function.partition(":")
    loaded: Task = getattr(importlib.import_module(module), name)
    return loaded


def _preload() -> None:
    """What would be imported late: the child may not be able to read it (an interpreter below a 0700 home).

    Every codec of the standard library, and what a task's module loads in its own `preload()`.
    """
    names = [f"encodings.{module.name}" for module in pkgutil.iter_modules(encodings.__path__)]
    for name in ("traceback", "_strptime", *names):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for module in list(sys.modules.values()):
        is_ours = module.__name__.endswith((".tasks", ".content", ".office"))
        preload = vars(module).get("preload") if is_ours else None
        if callable(preload):
            preload()


@dataclass
class _Child:
    """A running child; `verdict` is where the application hears how it ended, which the child cannot write to."""

    deadline: float
    limits: Mapping[str, Any]
    scratch: Path
    verdict: int
    is_late: bool = False


class Zygote:
    """Forks, watches and buries the children."""

    def __init__(
        self,
        control: socket.socket,
        wake: int,
        tasks: Mapping[str, tuple[Task, Mapping[str, Any]]],
        walls: Walls,
        warm_ups: Mapping[str, str],
    ) -> None:
        self._control, self._wake, self._tasks, self._walls = control, wake, tasks, walls
        self._cold = dict(warm_ups)
        self._children: dict[int, _Child] = {}
        self._waiting = select.poll()
        self._waiting.register(control, select.POLLIN)
        self._waiting.register(wake, select.POLLIN)

    def serve(self) -> None:
        while self._take_request():
            self._end_late()
            self._bury()
        self._leave()

    def _leave(self) -> None:
        """End all children without a verdict: it is not their content's fault."""
        for pid, child in self._children.items():
            os.close(child.verdict)
            _kill_group(pid)
        for pid in self._children:
            os.waitpid(pid, 0)
        self._walls.close()

    def _take_request(self) -> bool:
        """Wait for a request, a death or a deadline; False when the application is gone."""
        deadlines = [child.deadline for child in self._children.values()]
        if deadlines and self._walls.must_watch_disk:
            deadlines.append(time.monotonic() + WATCH_SECONDS)
        next_deadline = min(deadlines, default=math.inf)
        timeout = max(0.0, next_deadline - time.monotonic()) * 1000 if next_deadline < math.inf else None
        ready = {descriptor for descriptor, _ in self._waiting.poll(timeout)}
        if self._wake in ready:
            os.read(self._wake, 512)
        if self._control.fileno() in ready:
            try:
                message, descriptors, _, _ = socket.recv_fds(self._control, 65536, 3)
            except ConnectionError:
                return False
            if not message:
                return False
            self._start(json.loads(message), *descriptors)
        return True

    def _start(self, request: Mapping[str, Any], answer: int, source: int, verdict: int) -> None:
        task, limits = self._tasks[request["task"]]
        self._warm_up(request["task"], request["options"])
        try:
            scratch = self._walls.new_scratch()
            pid = self._walls.fork()
        except OSError as exc:
            _tell(verdict, "unavailable", str(exc))
        else:
            if pid == 0:
                _keep_only(answer, source)
                _child(task, limits, request["options"], scratch, self._walls)
            deadline = time.monotonic() + limits["wall_seconds"]
            self._children[pid] = _Child(deadline, limits, scratch, verdict)
        os.close(answer)
        os.close(source)

    def _warm_up(self, name: str, options: Mapping[str, Any]) -> None:
        """Load what the task needs, once; what fails here fails in the child, where it can be told."""
        warm_up = self._cold.get(name)
        if warm_up is None:
            return
        with contextlib.suppress(Exception):
            if not _load(warm_up)(**options):
                return
        del self._cold[name]
        _freeze()

    def _end_late(self) -> None:
        """End the children whose time is up, and those that write too much where no mount of their own stops them."""
        now = time.monotonic()
        for pid, child in self._children.items():
            if child.deadline <= now:
                child.is_late, child.deadline = True, math.inf
                _kill_group(pid)
            elif self._walls.must_watch_disk and _written(child.scratch) > 2 * child.limits["written_bytes"]:
                _kill_group(pid)

    def _bury(self) -> None:
        """Take leave of every child that is dead, and of orphans that a child left behind."""
        while (ended := _next_dead()) is not None:
            pid, status, used = ended
            child = self._children.pop(pid, None)
            if child is not None:
                _kill_group(pid)
                self._walls.remove(child.scratch)
                code = os.waitstatus_to_exitcode(status)
                is_late = child.is_late or (
                    code == -signal.SIGKILL and _cpu_seconds(used) >= child.limits["cpu_seconds"]
                )
                _tell(child.verdict, "late" if is_late else "ended", f"signal {-code}" if code < 0 else "")


def _next_dead() -> tuple[int, int, resource.struct_rusage] | None:
    try:
        pid, status, used = os.wait4(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, status, used) if pid else None


def _written(scratch: Path) -> int:
    """Bytes on the disk in a scratch folder, which may change under our eyes."""
    total = 0
    for folder, _, names in os.walk(scratch):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(folder) / name).lstat().st_blocks * 512
    return total


def _cpu_seconds(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


def _tell(verdict: int, end: str, detail: str) -> None:
    with contextlib.suppress(OSError):
        os.write(verdict, json.dumps({"end": end, "detail": detail[:200]}).encode())
    os.close(verdict)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _keep_only(answer: int, source: int) -> None:
    """Close every descriptor but the answer and the source: the others speak to the application or to neighbours."""
    moved = os.dup(answer), os.dup(source)
    os.dup2(moved[0], ANSWER)
    os.dup2(moved[1], SOURCE)
    os.closerange(SOURCE + 1, os.sysconf("SC_OPEN_MAX"))


def _child(task: Task, limits: Mapping[str, Any], options: Mapping[str, Any], scratch: Path, walls: Walls) -> NoReturn:
    answer: dict[str, Any] = {"state": "crashed", "detail": "confinement"}
    files: list[bytes] = []
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGXCPU, _out_of_time)
        walls.confine(scratch, limits)
        with os.fdopen(SOURCE, "rb") as source:
            value = task(source, scratch, **options)
        sizes, files = _collect(scratch)
        answer = {"state": "done", "value": value, "files": sizes}
    except MemoryError:
        answer = {"state": "refused", "code": "content.too_much_memory", "detail": ""}
    except _ProcessorTime:
        answer = {"state": "timeout"}
    except BaseException as exc:
        code = getattr(exc, "code", None)
        state = "refused" if isinstance(code, str) else "crashed"
        answer = {"state": state, "code": code, "detail": f"{type(exc).__name__}: {exc}"[:500]}
        _debug()
    try:
        _send(answer, files)
    finally:
        os._exit(0)


class _ProcessorTime(BaseException):
    """The soft processor limit was reached."""


def _out_of_time(number: int, frame: object) -> None:
    raise _ProcessorTime


def _debug() -> None:
    if "DMS_JAIL_DEBUG" in os.environ:
        import traceback

        traceback.print_exc()


def _send(answer: dict[str, Any], files: list[bytes]) -> None:
    """Write the answer; by plain write(), because the filter denies every call for sockets."""
    body = json.dumps(answer, ensure_ascii=False, default=str).encode("utf-8", "replace")
    with contextlib.suppress(OSError):
        for data in (len(body).to_bytes(8, "big"), body, *files):
            view = memoryview(data)
            while view:
                view = view[os.write(ANSWER, view) :]


def _collect(scratch: Path) -> tuple[dict[str, int], list[bytes]]:
    """The plain files directly in the scratch folder; links and special files are left where they are."""
    sizes, contents = {}, []
    for path in sorted(scratch.iterdir()):
        if stat.S_ISREG(path.lstat().st_mode) and not path.name.startswith("."):
            data = path.read_bytes()
            sizes[path.name] = len(data)
            contents.append(data)
    return sizes, contents


if __name__ == "__main__":
    main()
