"""The file of seals beside the database: one line a seal, appended only, for an administrator to copy to another host.

A crash can leave half a line. It stays where it is, says nothing, and its seal is appended again behind it.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

TAIL_BYTES = 64 * 1024


class SealFile:
    """Any number of processes may append; each sees what the others wrote."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[int, str]:
        """Number → seal hash of every whole line; of two lines of one number the later one. Empty without a file."""
        return dict(_seals(self._path.read_bytes())) if self._path.exists() else {}

    def last_number(self) -> int:
        """The number of the last whole line, 0 when there is none."""
        if not self._path.exists():
            return 0
        with self._path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            tail = dict(_seals(file.read()))
        return list(tail or self.read() or [0])[-1]

    def append(self, line: bytes) -> None:
        """Bring one whole line to disk, on a line of its own whatever stood there before."""
        with self._path.open("ab+") as file:
            if file.tell() > 0:
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One process at a time looks at the end and appends."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _seals(data: bytes) -> Iterable[tuple[int, str]]:
    """The whole lines; what is no seal is left out, and missed by `dms verify` where a seal should be."""
    for line in data.splitlines():
        try:
            seal = json.loads(line)
            yield int(seal["number"]), str(seal["seal_sha256"])
        except (ValueError, KeyError, TypeError):
            continue
