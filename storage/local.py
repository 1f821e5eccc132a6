"""Contents as read-only files in a folder, as safe against crashes as the file system's own fsync.

blobs/ab/cd/<sha256>       the contents
incoming/                  unfinished copies, never visible as contents
retained/ab/cd/<sha256>    until when a content must stay (ISO 8601)
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from storage.base import (
    BlobMissing,
    BlobRef,
    BlobRetained,
    StoreUnavailable,
    checked,
    checked_instant,
    copy_hashed,
    require_content,
    unavailable_on_os_error,
)

_STALE_SECONDS = 3600
_FILE_MODE = 0o440
_FOLDER_MODE = 0o750


def _now() -> datetime:
    return datetime.now(UTC)


class LocalStore:
    """`BlobStore` in one folder; any number of processes and threads may use it at once.

    Retention is kept by this program alone: whoever owns the folder can still delete files in it.
    """

    def __init__(self, root: Path, *, now: Callable[[], datetime] = _now) -> None:
        self._root, self._now = root, now
        self._incoming = root / "incoming"
        with unavailable_on_os_error():
            for folder in (self._incoming, root / "blobs", root / "retained"):
                folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            _sync_folder(root)
            _sync_folder(root.parent)
        self._swept_at = -float(_STALE_SECONDS)
        self._sweep()

    def put(self, stream: BinaryIO, *, limit_bytes: int | None = None) -> BlobRef:
        """See `BlobStore.put`. A damaged copy of the same content is replaced by the intact bytes."""
        self._sweep()
        with self._unfinished() as (sink, temporary):
            blob = copy_hashed(stream, sink, limit_bytes=limit_bytes)
            _publish(sink, temporary, self._blob(blob.sha256))
        return blob

    def open(self, sha256: str, *, verify: bool = False) -> BinaryIO:
        """See `BlobStore.open`."""
        path = self._blob(checked(sha256))
        with _reading(sha256):
            source = path.open("rb")
        try:
            if verify:
                require_content(source, sha256)
                source.seek(0)
        except BaseException:
            source.close()
            raise
        return source

    def stat(self, sha256: str) -> BlobRef:
        """See `BlobStore.stat`."""
        path = self._blob(checked(sha256))
        with _reading(sha256):
            size = path.stat().st_size
        return BlobRef(sha256, size, self._retained_until(sha256))

    def delete(self, sha256: str) -> None:
        """See `BlobStore.delete`."""
        path = self._blob(checked(sha256))
        with self._retention_lock(sha256), unavailable_on_os_error():
            until = self._retained_until(sha256)
            if until and until > self._now():
                raise BlobRetained(f"{sha256} until {until.isoformat()}")
            if path.exists():
                path.unlink()
                _sync_folder(path.parent)
            self._retention(sha256).unlink(missing_ok=True)

    def iterate(self) -> Iterator[BlobRef]:
        """See `BlobStore.iterate`."""
        with unavailable_on_os_error():
            for outer in sorted((self._root / "blobs").iterdir()):
                for inner in sorted(outer.iterdir()):
                    yield from _contents(inner)

    def retain(self, sha256: str, until: datetime) -> None:
        """See `BlobStore.retain`."""
        checked_instant(until)
        self.stat(sha256)
        with self._retention_lock(sha256):
            promised = self._retained_until(sha256)
            if promised and until < promised:
                raise BlobRetained(f"{sha256} until {promised.isoformat()}")
            with self._unfinished() as (sink, temporary):
                copy_hashed(BytesIO(until.astimezone(UTC).isoformat().encode()), sink, limit_bytes=None)
                _publish(sink, temporary, self._retention(sha256))

    def _blob(self, sha256: str) -> Path:
        return self._root / "blobs" / sha256[:2] / sha256[2:4] / sha256

    def _retention(self, sha256: str) -> Path:
        return self._root / "retained" / sha256[:2] / sha256[2:4] / sha256

    def _retained_until(self, sha256: str) -> datetime | None:
        path = self._retention(sha256)
        with unavailable_on_os_error():
            return datetime.fromisoformat(path.read_text()) if path.exists() else None

    @contextmanager
    def _unfinished(self) -> Iterator[tuple[BinaryIO, Path]]:
        """A new file beside the contents, gone afterwards unless it was published under another name."""
        with unavailable_on_os_error():
            handle, name = tempfile.mkstemp(dir=self._incoming)
        temporary = Path(name)
        try:
            sink = os.fdopen(handle, "wb")
            try:
                yield sink, temporary
            finally:
                with suppress(OSError):  # what was published is on disk already; the rest is thrown away
                    sink.close()
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _retention_lock(self, sha256: str) -> Iterator[None]:
        """One thread of one process at a time decides on retention and deletion of contents that begin alike, so that
        neither slips between the other's steps; the disk gathers what others write meanwhile."""
        folder = self._retention(sha256).parents[1]
        with unavailable_on_os_error():
            folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _sweep(self) -> None:
        """Remove what crashed copies left, at most once an hour; a file still being written has a young mtime."""
        if time.monotonic() - self._swept_at < _STALE_SECONDS:
            return
        self._swept_at = time.monotonic()
        with unavailable_on_os_error():
            for path in self._incoming.iterdir():
                _remove_if_stale(path)


@contextmanager
def _reading(sha256: str) -> Iterator[None]:
    """An absent file means an absent content; any other failure may pass."""
    try:
        yield
    except FileNotFoundError as exc:
        raise BlobMissing(sha256) from exc
    except OSError as exc:
        raise StoreUnavailable(exc.strerror or type(exc).__name__) from exc


def _contents(folder: Path) -> Iterator[BlobRef]:
    for path in sorted(folder.iterdir()):
        with suppress(FileNotFoundError):  # deleted since the folder was listed
            yield BlobRef(path.name, path.stat().st_size)


def _publish(sink: BinaryIO, temporary: Path, target: Path) -> None:
    """Bytes to disk, then the name, then the folder that holds the name: in this order nothing half-written shows."""
    with unavailable_on_os_error():
        sink.flush()
        os.fchmod(sink.fileno(), _FILE_MODE)
        os.fsync(sink.fileno())
        target.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        temporary.replace(target)
        # All three levels each time: another thread may have made a folder and not yet synced the one above it.
        for folder in target.parents[:3]:
            _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_if_stale(path: Path) -> None:
    with suppress(FileNotFoundError):  # published or removed by its own process meanwhile
        if time.time() - path.stat().st_mtime > _STALE_SECONDS:
            path.unlink()
