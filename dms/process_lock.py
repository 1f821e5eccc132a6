"""Who works a DATA folder or writes its index: one process at a time; the kernel lets go when it dies."""

import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import IO


class WorkLock:
    """The right to work the queues and write the index of one DATA folder; as ``index.lock``, the latter alone."""

    def __init__(self, data: Path, name: str = "work.lock") -> None:
        self._path = data / name
        self._file: IO[str] | None = None

    def try_acquire(self, purpose: str) -> bool:
        """Take the lock if nobody has it; `purpose` (the command) is what `holder` tells others."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.truncate(0)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(json.dumps({"pid": os.getpid(), "purpose": purpose, "started": started}))
        file.flush()
        self._file = file
        return True

    def holder(self) -> dict[str, str | int] | None:
        """Process id, purpose and start of whoever holds the lock; None when nobody does."""
        if self._file is None and self.try_acquire("probe"):
            self.release()
            return None
        try:
            found: dict[str, str | int] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {"purpose": "unknown"}
        return found

    def release(self) -> None:
        """Let go; does nothing when the lock is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None
