"""The walls around a jail child: what the zygote leaves once for all, and what each child gives up.

Every wall may be missing on a machine (no namespaces in a container, an old kernel, no libseccomp). What is there is
used, and most things are kept away by two of them:

- files: a root of its own that holds system programs alone (mount namespace); Landlock
- processes: a process namespace for each child; Landlock and seccomp (no signals); another user where root started us
- network: an empty network namespace; seccomp; Landlock
- programs: seccomp; Landlock
"""

import contextlib
import os
import resource
import shutil
import signal
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dms import jail_kernel as kernel

NOBODY = 65534
MOST_PROCESSES = 16
"""Processes and threads of one child; Tesseract needs two beside it."""
MOST_PROCESSES_TOGETHER = 64
_OWN_PIDS = Path("/proc/self/ns/pid")
SCRATCH = Path("/scratch")
_SCRATCH_FILES = 1024
_SCRATCH_MARGIN = 1024 * 1024
_MOST_OPEN_FILES = 64
_KILLED_FIRST = "500"
"""When memory runs out the kernel shall take the zygote and its children before the application and the database."""

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts")
_SITES = ("site-packages", "dist-packages")
_NAMESPACES = {
    "mounts": kernel.NEW_MOUNTS, "network": kernel.NEW_NETWORK, "ipc": kernel.NEW_IPC, "processes": kernel.NEW_PIDS,
}  # fmt: skip
_PROGRAM_FOLDERS = ("bin", "lib", "lib64", "share")

_DENIED = (
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "sendmmsg",
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_open", "pidfd_getfd",
    "pidfd_send_signal", "setsid", "setpgid", "setpriority", "ioprio_set", "sched_setaffinity", "sched_setattr",
    "sched_setparam", "sched_setscheduler", "migrate_pages", "move_pages",
    "mount", "umount2", "pivot_root", "chroot", "mount_setattr", "move_mount", "open_tree", "fsopen", "fsmount",
    "fsconfig", "fspick", "unshare", "setns", "mknod", "mknodat", "name_to_handle_at", "open_by_handle_at",
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat", "setxattr", "lsetxattr",
    "fsetxattr", "utime", "utimes", "utimensat", "futimesat",
    "shmget", "msgget", "semget", "mq_open", "memfd_create", "memfd_secret",
    "bpf", "keyctl", "add_key", "request_key", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "fanotify_init", "inotify_init", "inotify_init1", "vmsplice", "personality", "quotactl",
    "quotactl_fd", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "swapon",
    "swapoff", "acct", "syslog", "sethostname", "setdomainname", "settimeofday", "clock_settime", "adjtimex",
    "clock_adjtime", "lookup_dcookie", "iopl", "ioperm", "modify_ldt", "uselib", "vhangup", "nfsservctl",
)  # fmt: skip
"""By subject: network, other processes, mounts and devices, marks on the original behind the descriptor, shared memory,
and large parts of the kernel that no parser needs."""
_SIGNALS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")


def leave() -> frozenset[int]:
    """Go into namespaces of our own, each as far as the kernel grants it; to be called before any large import.

    An ordinary user needs a user namespace first, in which the others are his to make. With a process namespace this
    process stays behind as its keeper and returns in a child: when either ends, everything inside ends with it.
    """
    _be_killed_first()
    granted = {kernel.NEW_USERS} if os.geteuid() != 0 and _own_users() else set()
    if _OWN_PIDS.exists():  # without /proc there is no way back from the namespace of one child
        granted |= {namespace for namespace in _NAMESPACES.values() if _try(kernel.unshare, namespace)}
    if kernel.NEW_PIDS in granted:
        inside = os.fork()
        if inside:
            os.closerange(0, os.sysconf("SC_OPEN_MAX"))
            _, status = os.waitpid(inside, 0)
            os._exit(os.waitstatus_to_exitcode(status) & 255)
        kernel.die_with_parent(signal.SIGKILL)
    with contextlib.suppress(OSError):
        kernel.adopt_orphans()
    return frozenset(granted)


class Walls:
    """The walls as this machine grants them; built by the zygote once everything is loaded that a task may need."""

    def __init__(self, namespaces: frozenset[int]) -> None:
        self._is_root = os.geteuid() == 0
        self._shares_users = not self._is_root and kernel.NEW_USERS not in namespaces
        self._landlock = kernel.landlock_version()
        may_signal = kernel.NEW_PIDS in namespaces or self._landlock >= kernel.SIGNALS_SINCE
        denied = _DENIED if may_signal else (*_DENIED, *_SIGNALS)
        self._filters = {may_exec: kernel.compiled(denied, may_exec=may_exec) for may_exec in (False, True)}
        self._readable = [Path(path) for path in (*_libraries(), *_FONTS)]
        self._programs = [Path(path) for path in (*_SYSTEM, *_tesseract())]
        self._pids = os.open(_OWN_PIDS, os.O_RDONLY) if kernel.NEW_PIDS in namespaces else None
        self._base = None
        has_root = kernel.NEW_MOUNTS in namespaces and _own_root([*self._programs, *self._readable])
        if not has_root:
            self._base = _common_base()
        lacking = {name for name, namespace in _NAMESPACES.items() if namespace not in namespaces}
        lacking |= set() if has_root else {"mounts"}
        lacking |= set() if self._landlock else {"landlock"}
        lacking |= set() if all(self._filters.values()) else {"seccomp"}
        self.lacking = sorted(lacking)
        """What this machine does not grant: mounts, network, ipc, processes (namespaces), landlock, seccomp."""

    def fork(self) -> int:
        """As `os.fork`; the child is the first of a process namespace of its own, and all end with it."""
        if self._pids is None:
            return os.fork()
        kernel.unshare(kernel.NEW_PIDS)
        pid = -1
        try:
            pid = os.fork()
        finally:
            if pid != 0:
                kernel.join(self._pids, kernel.NEW_PIDS)
        return pid

    def new_scratch(self) -> Path:
        """The folder of the next child: it mounts its own, or gets one here where mounts are not granted."""
        if self._base is None:
            return SCRATCH
        scratch = Path(tempfile.mkdtemp(dir=self._base))
        if self._is_root:
            os.chown(scratch, NOBODY, NOBODY)
        return scratch

    def remove(self, scratch: Path) -> None:
        """Remove what a child left; a folder that it mounted itself went with it."""
        if self._base is not None:
            shutil.rmtree(scratch, ignore_errors=True)

    @property
    def must_watch_disk(self) -> bool:
        """Whether nothing but the zygote limits what a child writes in all."""
        return self._base is not None

    def close(self) -> None:
        """Remove the folder of all scratch folders."""
        if self._base is not None:
            shutil.rmtree(self._base, ignore_errors=True)

    def confine(self, scratch: Path, limits: Mapping[str, Any]) -> None:
        """In the child: give up everything that the task does not need, for good; what is not granted is left out."""
        if self._base is None:
            self._mount_scratch(limits)
        os.chdir(scratch)
        tempfile.tempdir = os.environ["TMPDIR"] = os.environ["HOME"] = str(scratch)
        self._limit(limits)
        if self._is_root:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        self._limit_processes()
        kernel.drop_capabilities()
        kernel.die_with_parent(signal.SIGKILL)
        kernel.forbid_new_privileges()
        self._lock(scratch, may_exec=bool(limits["may_exec"]))

    def _mount_scratch(self, limits: Mapping[str, Any]) -> None:
        kernel.unshare(kernel.NEW_MOUNTS)
        owner = NOBODY if self._is_root else os.geteuid()
        group = NOBODY if self._is_root else os.getegid()
        size = f"size={limits['written_bytes'] + _SCRATCH_MARGIN},nr_inodes={_SCRATCH_FILES}"
        flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
        kernel.mount("none", str(SCRATCH), "tmpfs", flags, f"mode=700,uid={owner},gid={group},{size}")

    def _limit(self, limits: Mapping[str, Any]) -> None:
        cpu = int(limits["cpu_seconds"])
        memory, written = int(limits["memory_bytes"]), int(limits["written_bytes"])
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 2))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
        resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_OPEN_FILES, _MOST_OPEN_FILES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def _limit_processes(self) -> None:
        """Counted for this child alone in a user namespace of its own, else for all that run as its user."""
        if _try(kernel.unshare, kernel.NEW_USERS):
            most = MOST_PROCESSES
        else:
            most = MOST_PROCESSES_TOGETHER + (_processes_of_user() if self._shares_users or self._is_root else 0)
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))

    def _lock(self, scratch: Path, *, may_exec: bool) -> None:
        if self._landlock:
            programs = self._programs if may_exec else ()
            devices = [Path(path) for path in _DEVICES]
            with contextlib.suppress(OSError):  # the kernel stacks at most 16 of them; `strength` will tell
                kernel.landlock(
                    self._landlock, scratch=scratch, devices=devices, readable=self._readable, executable=programs
                )
        if (rules := self._filters[may_exec]) is not None:
            with contextlib.suppress(OSError):
                rules.apply()


def _try(call: Callable[[int], None], argument: int) -> bool:
    try:
        call(argument)
    except OSError:
        return False
    return True


def _own_users() -> bool:
    """A user namespace in which we keep our ids and may make the other namespaces."""
    ids = f"{os.geteuid()} {os.geteuid()} 1", f"{os.getegid()} {os.getegid()} 1"
    if not _try(kernel.unshare, kernel.NEW_USERS):
        return False
    with contextlib.suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(ids[0], encoding="ascii")
        Path("/proc/self/gid_map").write_text(ids[1], encoding="ascii")
    return True


def _be_killed_first() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_KILLED_FIRST, encoding="ascii")


def _libraries() -> list[str]:
    """Where the interpreter's own modules lie, and those that are loaded, for what they read or import late."""
    found = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    packages = [module for name, module in sys.modules.items() if "." not in name and hasattr(module, "__path__")]
    for folder in (Path(place) for package in packages for place in package.__path__):
        found.add(str(folder.parent if folder.parent.name in _SITES else folder))
    return sorted(found)


def _tesseract() -> list[str]:
    """Where Tesseract lies, if not among the system's programs, and its language data."""
    found = shutil.which("tesseract")
    prefix = Path(found).parent.parent if found else Path("/usr")
    folders = [] if prefix.is_relative_to("/usr") else [str(prefix / name) for name in _PROGRAM_FOLDERS]
    return folders + ([data] if (data := os.environ.get("TESSDATA_PREFIX")) else [])


def _own_root(shown: Sequence[Path]) -> bool:
    """Move to an empty, read-only root in which only `shown` and three devices are seen; False where that fails.

    There is no /proc in it: without it no process can be listed.
    """
    place = tempfile.gettempdir()
    try:
        kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
        sources = {path: os.open(path, os.O_PATH) for path in (*shown, *map(Path, _DEVICES)) if path.exists()}
        kernel.mount("none", place, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m")
    except OSError:
        return False
    try:
        for path, source in sources.items():
            _show(path, source, Path(place))
        _below(Path(place), SCRATCH).mkdir()
        kernel.make_read_only(place, recursive=False)
        kernel.change_root(place)
    except OSError:
        kernel.unmount(place)
        return False
    finally:
        for source in sources.values():
            os.close(source)
    return True


def _show(path: Path, source: int, root: Path) -> None:
    """Bind what lies behind `source` to the same path below `root`, read-only; links of the system stay links."""
    target = _below(root, path)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() and str(path) in _SYSTEM:
        target.symlink_to(path.readlink())
        return
    target.mkdir() if path.is_dir() else target.touch()
    kernel.mount(f"/proc/self/fd/{source}", str(target), "", kernel.MS_BIND | kernel.MS_REC)
    kernel.make_read_only(str(target), devices=str(path) in _DEVICES)


def _below(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def _common_base() -> Path:
    """Where scratch folders lie without mounts of our own: nobody but us can list it."""
    base = Path(tempfile.mkdtemp(prefix="jail-"))
    base.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return base


def _processes_of_user() -> int:
    """Threads that run as our user on this machine, all of which the kernel counts against the limit."""
    count, own, processes = 0, os.geteuid(), Path("/proc")
    for folder in processes.iterdir() if processes.is_dir() else ():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                count += sum(1 for _ in (folder / "task").iterdir()) if folder.stat().st_uid == own else 0
    return count
