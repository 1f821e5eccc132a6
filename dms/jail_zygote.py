"""The zygote of the jail: imports the tasks once, forks one limited child per request, watches the clock.

Started by `dms.jail` with a control socket; ends when that closes, and every child with it. Single-threaded, because it
forks. The parent's side and the protocol's reader stand in `dms/jail.py`.
"""

import contextlib
import ctypes
import encodings
import importlib
import json
import os
import pkgutil
import resource
import select
import shutil
import signal
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_THREAD = 0x40000000, 0x08000000, 0x10000000, 0x00010000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
NOBODY = 65534
FORBIDDEN = (
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "ptrace", "mount", "umount2",
    "unshare", "setns", "pivot_root", "chroot", "bpf", "keyctl", "add_key", "request_key", "perf_event_open",
    "process_vm_readv", "process_vm_writev", "userfaultfd", "io_uring_setup", "kexec_load", "init_module",
)  # fmt: skip

Task = Callable[..., Any]
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    declared = json.loads(sys.argv[2])
    tasks = {name: (_load(function), limits) for name, (function, limits) in declared.items()}
    tasks[""] = (
        _probe,
        {"cpu_seconds": 10, "wall_seconds": 20, "memory_bytes": 2**31, "written_bytes": 2**20, "may_exec": False},
    )
    _preload()
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    wake_in, wake_out = os.pipe()
    os.set_blocking(wake_out, False)
    signal.set_wakeup_fd(wake_out, warn_on_full_buffer=False)
    control.send(b"ready")
    Zygote(control, wake_in, tasks).serve()


def _load(function: str) -> Task:
    module, _, name = function.partition(":")
    loaded: Task = getattr(importlib.import_module(module), name)
    return loaded


def _preload() -> None:
    """What would be imported late: the child may not be able to read it (an interpreter below a 0700 home).

    Every codec of the standard library, and what a task's module loads in its own `preload()`.
    """
    names = [f"encodings.{module.name}" for module in pkgutil.iter_modules(encodings.__path__)]
    for name in ("pyseccomp", "traceback", "_strptime", *names):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for module in list(sys.modules.values()):
        is_ours = module.__name__.endswith((".tasks", ".content", ".office"))
        preload = vars(module).get("preload") if is_ours else None
        if callable(preload):
            preload()


class Zygote:
    """Forks, watches and buries the children."""

    def __init__(self, control: socket.socket, wake: int, tasks: Mapping[str, tuple[Task, Mapping[str, Any]]]) -> None:
        self._control, self._wake, self._tasks = control, wake, tasks
        self._children: dict[int, tuple[float, Path]] = {}

    def serve(self) -> None:
        while self._take_request():
            self._bury()
        for pid in list(self._children):
            _kill_group(pid)
        self._bury(wait=True)

    def _take_request(self) -> bool:
        """Wait for a request, a death or a deadline; False when the application is gone."""
        deadlines = [deadline for deadline, _ in self._children.values()]
        timeout = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        ready, _, _ = select.select([self._control.fileno(), self._wake], [], [], timeout)
        if self._wake in ready:
            os.read(self._wake, 512)
        if self._control.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(self._control, 65536, 2)
            if not message:
                return False
            self._fork(json.loads(message), descriptors)
        return True

    def _fork(self, request: Mapping[str, Any], descriptors: list[int]) -> None:
        task, limits = self._tasks[request["task"]]
        scratch = Path(tempfile.mkdtemp(prefix="jail-"))
        if os.geteuid() == 0:
            os.chown(scratch, NOBODY, NOBODY)
        pid = os.fork()
        if pid == 0:
            self._control.close()
            _child(task, limits, request["options"], descriptors, scratch)
        for descriptor in descriptors:
            os.close(descriptor)
        self._children[pid] = (time.monotonic() + limits["wall_seconds"], scratch)

    def _bury(self, *, wait: bool = False) -> None:
        now = time.monotonic()
        for pid, (deadline, scratch) in list(self._children.items()):
            if deadline <= now:
                _kill_group(pid)
            done, _ = os.waitpid(pid, 0 if wait or deadline <= now else os.WNOHANG)
            if done:
                _kill_group(pid)
                shutil.rmtree(scratch, ignore_errors=True)
                del self._children[pid]


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _child(
    task: Task, limits: Mapping[str, Any], options: Mapping[str, Any], descriptors: list[int], scratch: Path
) -> NoReturn:
    answer: dict[str, Any] = {"state": "crashed", "detail": "confinement"}
    files: list[bytes] = []
    try:
        os.setsid()
        os.chdir(scratch)
        confine(limits)
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        with os.fdopen(descriptors[1], "rb") as source:
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
    _send(descriptors[0], answer, files)
    os._exit(0)


class _ProcessorTime(BaseException):
    """The soft processor limit was reached."""


def _out_of_time(number: int, frame: object) -> None:
    raise _ProcessorTime


def _debug() -> None:
    if "DMS_JAIL_DEBUG" in os.environ:
        import traceback

        traceback.print_exc()


def _send(connection: int, answer: dict[str, Any], files: list[bytes]) -> None:
    """Write the answer; by plain write(), because the filter denies every call for sockets."""
    body = json.dumps(answer, ensure_ascii=False, default=str).encode("utf-8", "replace")
    with contextlib.suppress(OSError):
        for data in (len(body).to_bytes(8, "big"), body, *files):
            view = memoryview(data)
            while view:
                view = view[os.write(connection, view) :]


def _collect(scratch: Path) -> tuple[dict[str, int], list[bytes]]:
    """The plain files directly in the scratch folder; links and special files are left where they are."""
    sizes, contents = {}, []
    for path in sorted(scratch.iterdir()):
        if stat.S_ISREG(path.lstat().st_mode) and not path.name.startswith("."):
            data = path.read_bytes()
            sizes[path.name] = len(data)
            contents.append(data)
    return sizes, contents


def confine(limits: Mapping[str, Any]) -> None:
    """Give up everything that the task does not need, strongest first; a layer the kernel denies is left out."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGXCPU, _out_of_time)
    _leave_network()
    _limit(limits)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _filter_calls(may_exec=bool(limits["may_exec"]))


def _leave_network() -> None:
    namespaces = CLONE_NEWNET | CLONE_NEWIPC
    if os.geteuid() != 0:
        namespaces |= CLONE_NEWUSER
    _libc.unshare(namespaces)


def _limit(limits: Mapping[str, Any]) -> None:
    cpu = int(limits["cpu_seconds"])
    memory, written = int(limits["memory_bytes"]), int(limits["written_bytes"])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 2))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.geteuid() == 0:
        resource.setrlimit(resource.RLIMIT_NPROC, (64, 64))


def _filter_calls(*, may_exec: bool) -> None:
    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError, OSError):
        return
    denied = seccomp.ERRNO(1)
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in FORBIDDEN:
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            rules.add_rule(denied, name)
    if not may_exec:
        for name in ("execve", "execveat", "fork", "vfork"):
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                rules.add_rule(denied, name)
        rules.add_rule(seccomp.ERRNO(38), "clone3")
        rules.add_rule(denied, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, 0))
    rules.load()


def _probe(source: Any, scratch: Path) -> dict[str, bool]:
    """Try from inside what must not work."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return {
        "unprivileged": os.geteuid() != 0,
        "no_new_privileges": "NoNewPrivs:\t1" in status,
        "seccomp": "Seccomp:\t2" in status,
        "network_closed": not _can_connect(),
        "programs_closed": not _can_exec(),
        "limits": resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY,
    }


def _can_connect() -> bool:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
    except OSError:
        return False
    return True


def _can_exec() -> bool:
    try:
        pid = os.posix_spawn("/bin/true", ["true"], {})
    except OSError:
        return False
    os.waitpid(pid, 0)
    return True


if __name__ == "__main__":
    main()
