"""System calls that Python does not know: namespaces, mounts, capabilities, Landlock, seccomp filters.

Thin: every function raises `OSError` where the kernel denies the call; what to do then is decided in `jail_walls`.
"""

import ctypes
import os
import platform
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

CLONE_THREAD = 0x00010000
NEW_MOUNTS, NEW_CGROUP, NEW_UTS, NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEW_USERS, NEW_PIDS, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x8, 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTR_READ_ONLY, _ATTR_NOSUID, _ATTR_NODEV = 0x1, 0x2, 0x4

_PR_SET_PDEATHSIG, _PR_GET_SECCOMP, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER = 1, 21, 22, 36
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39
_SECCOMP_MODE_FILTER = 2
_CAPABILITIES_VERSION_3 = 0x20080522

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MOUNT_SETATTR, _LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 442, 444, 445, 446  # the same on every machine

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def unshare(namespaces: int) -> None:
    """Leave the namespaces of the parent (of pids: for children to come)."""
    _checked(_libc.unshare(namespaces))


def join(namespace: int, kind: int) -> None:
    """Enter the namespace behind a descriptor."""
    _checked(_libc.setns(namespace, kind))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    _checked(
        _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode() or None)
    )


def make_read_only(path: str, *, recursive: bool = True, devices: bool = False) -> None:
    """Make the mounts at and below `path` read-only, without set-uid programs or, unless asked for, devices."""
    attributes = _ATTR_READ_ONLY | _ATTR_NOSUID | (0 if devices else _ATTR_NODEV)
    asked = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    _checked(
        _libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, path.encode(), flags, asked, ctypes.c_size_t(ctypes.sizeof(asked)))
    )


def change_root(folder: str) -> None:
    """Make a mounted folder the root and let go of the former one, as pivot_root(2) describes it."""
    number = _PIVOT_ROOT.get(platform.machine())
    if number is None:
        raise OSError("pivot_root is not known for this machine")
    os.chdir(folder)
    _checked(_libc.syscall(number, b".", b"."))
    _checked(_libc.umount2(b".", MNT_DETACH))
    os.chdir("/")


def unmount(path: str) -> None:
    _checked(_libc.umount2(path.encode(), MNT_DETACH))


def die_with_parent(signal: int) -> None:
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0))


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies."""
    _checked(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))


def forbid_new_privileges() -> None:
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def has_no_new_privileges() -> bool:
    return bool(_libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)


def has_filter() -> bool:
    return bool(_libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) == _SECCOMP_MODE_FILTER)


def drop_capabilities() -> None:
    """Give up every capability for good (no program can bring one back: no new privileges)."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0)
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)()))


# Landlock, https://docs.kernel.org/userspace-api/landlock.html

EXECUTE, WRITE_FILE, READ_FILE, READ = 1 << 0, 1 << 1, 1 << 2, 1 << 2 | 1 << 3
"""`READ` reads files and lists folders."""
SIGNALS_SINCE = 6
_MAKE_AND_REMOVE = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8  # remove folder, file; make folder, regular file
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE
_NETWORK_SINCE = 4
_RULE_PATH_BENEATH = 1


def landlock_version() -> int:
    """The version of Landlock that the kernel offers, 0 where it offers none."""
    version = int(_libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1))
    return max(version, 0)


def landlock(
    version: int, *, scratch: Path, devices: Iterable[Path], readable: Iterable[Path], executable: Iterable[Path]
) -> None:
    """Leave this process only these paths, no TCP, and (version 6) no signal to a process outside; cannot be undone."""
    handled = (1 << 13) - 1
    handled |= _REFER if version >= 2 else 0
    handled |= _TRUNCATE if version >= 3 else 0
    handled |= _IOCTL_DEVICE if version >= 5 else 0
    size = 8 if version < _NETWORK_SINCE else 16 if version < SIGNALS_SINCE else 24
    ruleset = _checked(_libc.syscall(_LANDLOCK_CREATE, (ctypes.c_uint64 * 3)(handled, 3, 3), ctypes.c_size_t(size), 0))
    try:
        _allow(ruleset, scratch, (READ | WRITE_FILE | _MAKE_AND_REMOVE | _TRUNCATE) & handled)
        for path in devices:
            _allow(ruleset, path, READ | WRITE_FILE)
        for path in readable:
            _allow(ruleset, path, READ)
        for path in executable:
            _allow(ruleset, path, READ | EXECUTE)
        _checked(_libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, access: int) -> None:
    """Allow `access` at and below a path; one that does not exist needs no rule."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        granted = access if path.is_dir() else access & _OF_FILES
        rule = granted.to_bytes(8, sys.byteorder) + descriptor.to_bytes(4, sys.byteorder)
        _checked(_libc.syscall(_LANDLOCK_ADD, ruleset, _RULE_PATH_BENEATH, rule, 0))
    finally:
        os.close(descriptor)


class Filter:
    """A compiled filter of system calls: made once, put on in microseconds."""

    def __init__(self, program: bytes) -> None:
        self._instructions = ctypes.create_string_buffer(program, len(program))

    def apply(self) -> None:
        """From now on the kernel denies what the filter denies, to this process and all that come of it."""
        program = _Program(len(self._instructions) // 8, ctypes.addressof(self._instructions))
        _checked(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def compiled(denied: Iterable[str], *, may_exec: bool) -> Filter | None:
    """A filter that denies these calls, and new namespaces by clone; None where libseccomp is missing.

    Without `may_exec` also every new process and program (threads stay possible).
    """
    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError, OSError):
        return None
    refused = seccomp.ERRNO(1)
    rules = seccomp.SyscallFilter(seccomp.ALLOW)

    def deny(name: str, *conditions: object, action: int = refused) -> None:
        try:
            rules.add_rule(action, name, *conditions)
        except (OSError, ValueError, RuntimeError):  # a call that this machine or this libseccomp does not know
            return

    for name in denied:
        deny(name)
    deny("clone3", action=seccomp.ERRNO(38))  # its flags lie in memory: "not there" makes libc take clone
    deny("prlimit64", seccomp.Arg(0, seccomp.NE, 0))
    if may_exec:
        for bit in (NEW_MOUNTS, NEW_CGROUP, NEW_UTS, NEW_IPC, NEW_USERS, NEW_PIDS, NEW_NETWORK):
            deny("clone", seccomp.Arg(0, seccomp.MASKED_EQ, bit, bit))
    else:
        for name in ("execve", "execveat", "fork", "vfork"):
            deny(name)
        deny("clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, 0))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return Filter(file.read())


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
