"""Tells a file that has arrived from one that a scanner still writes: by its name, its end, how long it stands still.

Looks at a few bounded bytes only: whether the content is sound is found out in the jail.
"""

import errno
import os
import re
import stat
import struct
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

MARKER = ".done"
HEAD_BYTES = 16 * 1024
TAIL_BYTES = 2048
MAX_TIFF_NUMBERS = 4_000_000
"""Offsets and sizes that are looked at in one file: 2,000 pages of 1,000 strips."""
REMEMBERED_RENAMES = 20_000
_PROLOG = rb"(?>\s+|<\?.*?\?>|<!--.*?-->)*+"
_ROOT = re.compile(_PROLOG + rb"<([^\s<>/!?]+)", re.DOTALL)
_CLOSED = re.compile(rb"</([^\s<>]+)\s*>" + _PROLOG + rb"$", re.DOTALL)
_ALONE = re.compile(_PROLOG + rb"<[^<>]+/>" + _PROLOG + rb"$", re.DOTALL)


class Verdict(Enum):
    """What is to be done with a file now."""

    WAIT = "wait"
    TAKE = "take"
    GIVE_UP = "give up"
    """Take it as it is: it has stood still for long and does not end as its type must."""


@dataclass
class _Sample:
    size: int
    mtime_ns: int
    since: float
    latest: float
    equal: int = 1


class Completeness:
    """Remembers what files looked like. A rename into the folder or a marker ``NAME.done`` makes a file complete at
    once; else it must look the same twice, `sample_seconds` apart, and end as its type must, or four times where the
    type has no such end. After `give_up_seconds` without a change it is given up. `now` counts seconds."""

    def __init__(self, *, sample_seconds: float, give_up_seconds: float, now: Callable[[], float]) -> None:
        self._sample_seconds, self._give_up_seconds, self._now = sample_seconds, give_up_seconds, now
        self._samples: dict[Path, _Sample] = {}
        self._renamed: set[Path] = set()
        self._returned: set[Path] = set()
        self._lock = threading.Lock()

    def note_rename(self, path: Path) -> None:
        """The file came whole, by a rename; called by the thread that hears of it."""
        with self._lock:
            if len(self._renamed) < REMEMBERED_RENAMES:
                self._renamed.add(path)

    def note_return(self, path: Path) -> None:
        """The file is about to be put back by ourselves, which is a rename that says nothing about it."""
        with self._lock:
            self._returned.add(path)

    def judge(self, path: Path, found: os.stat_result) -> Verdict:
        """Look at the file once more."""
        if os.path.exists(marker_of(path)):  # noqa: PTH110 - a name of 255 bytes has no marker, and that is no error
            return Verdict.TAKE
        now, sample = self._now(), self._samples.get(path)
        if sample is None or (sample.size, sample.mtime_ns) != (found.st_size, found.st_mtime_ns):
            sample = self._samples[path] = _Sample(found.st_size, found.st_mtime_ns, now, now)
        elif now - sample.latest >= self._sample_seconds:
            sample.equal, sample.latest = sample.equal + 1, now
        if found.st_size > 0 and self._is_whole(path, found.st_size, sample.equal):
            return Verdict.TAKE
        return Verdict.GIVE_UP if now - sample.since > self._give_up_seconds else Verdict.WAIT

    def forget(self, folder: Path, *, but: Collection[Path]) -> None:
        """Drop what is known of files of this folder that lie there no more."""
        for path in [path for path in self._samples if path.parent == folder and path not in but]:
            del self._samples[path]
        with self._lock:
            for paths in (self._renamed, self._returned):
                paths -= {path for path in paths if path.parent == folder and path not in but}

    def _is_whole(self, path: Path, size: int, equal: int) -> bool:
        with self._lock:
            was_renamed = path in self._renamed and path not in self._returned
        if equal < 2 and not was_renamed:
            return False
        ended = has_end(path, size)
        return ended is True or (ended is None and (was_renamed or equal >= 4))


def marker_of(path: Path) -> Path:
    """The file by which a scanner says that another one is complete."""
    return path.with_name(path.name + MARKER)


def open_regular(path: Path) -> BufferedReader:
    """The file for reading; raises `OSError` with ELOOP for a link, a pipe or anything else that is no regular file.

    Whoever may write into the folder may have exchanged it since it was listed.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ELOOP, "not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def has_end(path: Path, size: int) -> bool | None:
    """True when the file ends as its type must, False when it does not (yet), None when that cannot be told."""
    try:
        with open_regular(path) as stream:
            return _has_end(stream, size)
    except OSError:
        return None


def _has_end(stream: BinaryIO, size: int) -> bool | None:
    head = stream.read(HEAD_BYTES)
    stream.seek(max(0, size - TAIL_BYTES))
    tail = stream.read(TAIL_BYTES)
    if head.startswith(b"%PDF-"):
        return b"%%EOF" in tail
    if head.startswith(b"\xff\xd8\xff"):
        return tail.rstrip(b"\x00").endswith(b"\xff\xd9")
    if head.startswith(b"\x89PNG"):
        return b"IEND" in tail
    if head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return _tiff_is_whole(stream, size, head)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return _xml_is_closed(head, tail)
    return None


def _xml_is_closed(head: bytes, tail: bytes) -> bool | None:
    """True when the last tag closes the first; None for what only looks like XML (a web page may end unclosed)."""
    root = _ROOT.match(head.removeprefix(b"\xef\xbb\xbf"))
    closed = _CLOSED.search(tail)
    if root is not None and closed is not None and closed[1] == root[1]:
        return True
    if len(head) < HEAD_BYTES and _ALONE.match(head.removeprefix(b"\xef\xbb\xbf")):
        return True
    return False if root is not None and (b"<?xml" in head[:10] or b"xmlns" in head) else None


def _tiff_is_whole(stream: BinaryIO, size: int, head: bytes) -> bool:
    """True when the chain of image folders ends and all of them, and the image data they name, lie inside the file."""
    try:
        return _Tiff(stream, head).end() <= size
    except (struct.error, ValueError, OverflowError, OSError):
        return False


class _Tiff:
    """Where the last part of a TIFF or BigTIFF ends (TIFF 6.0, sections 2, 3 and 15), under a budget."""

    def __init__(self, stream: BinaryIO, head: bytes) -> None:
        self._stream, self._left = stream, MAX_TIFF_NUMBERS
        self._order = "<" if head[:1] == b"I" else ">"
        self._is_big = b"+" in head[2:4]
        self._count, self._entry, self._offset = ("Q", "HHQ8s", "Q") if self._is_big else ("H", "HHI4s", "I")

    def end(self) -> int:
        """Raises `ValueError` or `struct.error` where the chain is endless or not there yet."""
        (offset,) = self._numbers(8 if self._is_big else 4, self._offset)
        last, seen = 0, set()
        while offset:
            if offset in seen:
                raise ValueError("endless chain")
            seen.add(offset)
            after, entries = self._folder(offset)
            last = max(last, after + struct.calcsize(self._offset), self._data_end(entries))
            (offset,) = self._numbers(after, self._offset)
        if not last:
            raise ValueError("no image folder yet")
        return last

    def _folder(self, offset: int) -> tuple[int, dict[int, tuple[int, int, bytes]]]:
        """Where the entries end; by tag: kind, count, and the bytes that are the value or say where it is."""
        (count,) = self._numbers(offset, self._count)
        start, size = offset + struct.calcsize(self._count), struct.calcsize(self._order + self._entry)
        self._spend(count)
        self._stream.seek(start)
        block = self._stream.read(count * size)
        if len(block) < count * size:
            raise ValueError("entries not there yet")
        entries = struct.iter_unpack(self._order + self._entry, block)
        return start + count * size, {tag: (kind, length, value) for tag, kind, length, value in entries}

    def _data_end(self, entries: dict[int, tuple[int, int, bytes]]) -> int:
        """Where the last strip (tags 273, 279) or tile (324, 325) ends."""
        ends = [0]
        for offsets, sizes in ((273, 279), (324, 325)):
            if offsets in entries and sizes in entries:
                pairs = zip(self._values(entries[offsets]), self._values(entries[sizes]), strict=False)
                ends += [offset + size for offset, size in pairs]
        return max(ends)

    def _values(self, entry: tuple[int, int, bytes]) -> tuple[int, ...]:
        kind, count, value = entry
        code = {3: "H", 4: "I", 16: "Q"}.get(kind)
        if code is None:
            raise ValueError("unexpected kind of numbers")
        size = struct.calcsize(code) * count
        if size <= len(value):
            return struct.unpack(f"{self._order}{count}{code}", value[:size])
        (place,) = struct.unpack(self._order + self._offset, value)
        return self._numbers(place, code, count)

    def _numbers(self, offset: int, code: str, count: int = 1) -> tuple[int, ...]:
        self._spend(count)
        what = f"{self._order}{count}{code}"
        self._stream.seek(offset)
        return struct.unpack(what, self._stream.read(struct.calcsize(what)))

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise ValueError("too many numbers")
