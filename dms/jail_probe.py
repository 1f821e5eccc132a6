"""Tries from inside a jail child what must not work: run as the task without a name, for `Jail.strength`."""

import errno
import os
import resource
import socket
from pathlib import Path
from typing import BinaryIO

from dms import jail_kernel as kernel
from dms.jail_walls import SCRATCH

_LARGEST_SCRATCH_BYTES = 1 << 30
_PROGRAMS = ("/usr/bin/true", "/bin/true")


def probe(source: BinaryIO, scratch: Path, canary: str, application: int) -> dict[str, bool]:
    """Each layer that can be tried and whether it holds.

    `canary` is a file that any user of the machine may read, `application` the process that asks.
    """
    return {
        "no_new_privileges": kernel.has_no_new_privileges() and os.geteuid() != 0,
        "seccomp": kernel.has_filter(),
        "network_closed": not _can_connect(),
        "programs_closed": not _can_start_programs(),
        "files_closed": not _can_read(Path(canary)),
        "scratch_private": not _sees_neighbours(scratch),
        "processes_closed": not _reaches(application),
        "limits": resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY,
        "disk_limited": _size(scratch) <= _LARGEST_SCRATCH_BYTES,
    }


def _can_connect() -> bool:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attempt:
            attempt.connect(("192.0.2.1", 9))
    except OSError:
        return False
    return True


def _can_start_programs() -> bool:
    """A program that is not there proves nothing: only a denial counts as closed."""
    for program in _PROGRAMS:
        try:
            os.waitpid(os.posix_spawn(program, ["true"], {}), 0)
        except OSError as exc:
            if exc.errno in (errno.EPERM, errno.EACCES):
                return False
        else:
            return True
    return True


def _can_read(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def _sees_neighbours(scratch: Path) -> bool:
    """Whether the folder of scratch folders can be listed; where each child mounts its own there is none."""
    if scratch == SCRATCH:
        return False
    try:
        list(scratch.parent.iterdir())
    except OSError:
        return False
    return True


def _reaches(process: int) -> bool:
    """Whether a process outside can be looked into or signalled."""
    if _can_read(Path(f"/proc/{process}/stat")):
        return True
    if os.getpid() == 1:  # the number means another process here, or none
        return False
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def _size(folder: Path) -> int:
    state = os.statvfs(folder)
    return state.f_blocks * state.f_frsize
