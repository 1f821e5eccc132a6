"""A folder of backups: every content once, by its hash, and one small file a snapshot that names what belongs to it.

    aktenlauf-sicherung    says what the folder is
    contents/              originals, renditions, seals, and pieces of tables (a `storage` folder)
    snapshots/WHEN-HASH    written last, by one rename: what has no such file is no backup, and costs nothing but room

The name of a snapshot holds the hash of its text, so that a changed one is known.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from dms.errors import NotFound, Rejected, Unavailable
from dms.ops.faults import Fault
from dms.ops.rows import Shape, packed, unpacked
from storage import BlobCorrupt, BlobMissing, BlobRef, BlobStore, StorageError, StoreUnavailable, open_store

FORMAT = 1
_MARK, _SNAPSHOTS, _LOCK = "aktenlauf-sicherung", "snapshots", "lock"
_LINES = 20_000


class Pieces(BaseModel, frozen=True):
    """A long list, kept as contents: how many entries, and the hashes of the pieces in their order."""

    count: int
    hashes: tuple[str, ...]


class TableRows(BaseModel, frozen=True):
    """The rows of one table."""

    shape: Shape
    rows: Pieces


class Snapshot(BaseModel, frozen=True):
    """One state of the installation: what it takes to put it back."""

    format: int = FORMAT
    made_at: datetime
    software: str
    revision: str
    """Of the database's schema (Alembic)."""
    tables: tuple[TableRows, ...]
    """In the order in which they can be filled."""
    contents: Pieces
    """``[hash, bytes]`` of every content that a row speaks of."""
    contents_bytes: int
    handover: Pieces
    """``[path, hash, bytes]`` of the files of the hand-over folder."""
    seal_file: str | None
    faults: tuple[Fault, ...] = ()
    """What could not be copied because the installation itself lacks it."""


class Vault:
    """The folder, opened; raises `Unavailable("backup.target")` when it cannot be used."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        with self._reaching():
            if create:
                self._prepare()
            if not (folder / _MARK).is_file():
                raise NotFound("backup.none", folder=str(folder))
            self.contents: BlobStore = open_store(f"file://{folder.resolve() / 'contents'}")

    def names(self) -> list[str]:
        """The snapshots, oldest first."""
        with self._reaching():
            return sorted(path.name for path in (self.folder / _SNAPSHOTS).iterdir() if not path.name.startswith("."))

    def read(self, name: str | None = None) -> tuple[str, Snapshot]:
        """The newest snapshot, or the one whose name begins so; raises `NotFound`, `Rejected("backup.damaged")`."""
        found = [each for each in self.names() if each.startswith(name or "")]
        if not found:
            raise NotFound("backup.unknown" if name else "backup.none", folder=str(self.folder), name=name)
        with self._reaching():
            data = (self.folder / _SNAPSHOTS / found[-1]).read_bytes()
        if not found[-1].endswith(_fingerprint(data)):
            raise Rejected("backup.damaged", part=f"{_SNAPSHOTS}/{found[-1]}")
        try:
            return found[-1], Snapshot.model_validate_json(data)
        except ValidationError as exc:
            raise Rejected("backup.newer") from exc

    def write(self, snapshot: Snapshot) -> str:
        """Make it a backup: complete and on disk, or not there at all; its name."""
        data = snapshot.model_dump_json(indent=1).encode()
        name = f"{snapshot.made_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{_fingerprint(data)}"
        with self._reaching():
            write_whole(self.folder / _SNAPSHOTS / name, data)
        return name

    def keep(self, data: bytes) -> str:
        """Keep a content of the backup's own; its hash. What is there already is not written again."""
        sha256 = hashlib.sha256(data).hexdigest()
        try:
            if self.contents.stat(sha256).size == len(data):
                return sha256
        except BlobMissing:
            pass
        except StoreUnavailable as exc:
            raise self._unusable(exc) from exc
        return self.keep_stream(BytesIO(data)).sha256

    def keep_stream(self, stream: Any) -> BlobRef:
        """Keep what is left in `stream`."""
        try:
            return self.contents.put(stream)
        except StoreUnavailable as exc:
            raise self._unusable(exc) from exc

    def keep_list(self, values: list[Any]) -> Pieces:
        """Keep a long list."""
        parts = (values[start : start + _LINES] for start in range(0, len(values), _LINES))
        return Pieces(count=len(values), hashes=tuple(self.keep(packed(part)) for part in parts))

    def list_of(self, pieces: Pieces) -> Iterator[Any]:
        """The entries of a long list; raises `Rejected("backup.damaged")` when they are not all there unchanged."""
        found = 0
        for sha256 in pieces.hashes:
            for value in unpacked(self.content(sha256)):
                found += 1
                yield value
        if found != pieces.count:
            raise Rejected("backup.damaged", part=f"{pieces.count - found}")

    def content(self, sha256: str) -> bytes:
        """A content, proven by its hash; raises `Rejected("backup.damaged")`."""
        try:
            with self.contents.open(sha256, verify=True) as stream:
                return stream.read()
        except (BlobMissing, BlobCorrupt) as exc:
            raise Rejected("backup.damaged", part=sha256) from exc
        except StorageError as exc:
            raise self._unusable(exc) from exc

    def forget(self, age: timedelta, now: datetime) -> int:
        """Remove snapshots older than `age`, never the newest, and what no other one speaks of; how many snapshots."""
        read = [self.read(name) for name in self.names()]
        old = [name for name, snapshot in read[:-1] if now - snapshot.made_at > age]
        if not old:
            return 0
        kept = {sha256 for name, snapshot in read if name not in old for sha256 in self._spoken_of(snapshot)}
        with self._reaching():
            for name in old:
                (self.folder / _SNAPSHOTS / name).unlink()
            for blob in self.contents.iterate():
                if blob.sha256 not in kept:
                    self.contents.delete(blob.sha256)
        return len(old)

    def _spoken_of(self, snapshot: Snapshot) -> Iterator[str]:
        lists = [snapshot.contents, snapshot.handover, *(each.rows for each in snapshot.tables)]
        yield from (sha256 for pieces in lists for sha256 in pieces.hashes)
        yield from (str(sha256) for sha256, _ in self.list_of(snapshot.contents))
        yield from (str(sha256) for _, sha256, _ in self.list_of(snapshot.handover))
        if snapshot.seal_file is not None:
            yield snapshot.seal_file

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One backup at a time writes here; raises `Unavailable("backup.busy")`."""
        with self._reaching():
            file = (self.folder / _LOCK).open("a")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise Unavailable("backup.busy", folder=str(self.folder)) from exc
            yield

    def _prepare(self) -> None:
        """A new or empty folder becomes one of backups; any other that is none stays as it is."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.folder / _MARK).is_file():
            if any(self.folder.iterdir()):
                raise Rejected("backup.foreign", folder=str(self.folder))
            write_whole(self.folder / _MARK, f"{FORMAT}\n".encode())
        (self.folder / _SNAPSHOTS).mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (OSError, StoreUnavailable) as exc:
            raise self._unusable(exc) from exc

    def _unusable(self, exc: Exception) -> Unavailable:
        cause = getattr(exc, "strerror", None) or str(exc)
        return Unavailable("backup.target", folder=str(self.folder), cause=cause)


def _fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def write_whole(path: Path, data: bytes) -> None:
    """A file that is on disk complete, or not there at all."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
