"""The hot folder: one subfolder a scanner station; every file becomes an intake or lies in `.fehler/` with a reason.

A file is claimed by an atomic rename into `.arbeit/`, stored, committed, and only then moved to `.erledigt/`. Polling
is the truth; file events only shorten the wait, because network shares raise none.
"""

import errno
import hashlib
import logging
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dms.errors import Conflict, Rejected, Unavailable
from dms.ids import parse_uuid, uuid7
from dms.intake.aside import (
    DONE,
    WATCHER,
    WORK,
    empty_done,
    move_failed,
    own_folder,
    put_done,
    put_failed,
    rename_new,
    sha256_of,
)
from dms.intake.completeness import MARKER, Completeness, Verdict, marker_of, open_regular
from dms.intake.events import FileEvents
from dms.intake.left_alone import Notice, tell
from dms.intake.receive import Arrival, clean_name, find_claim, receive, refuse
from dms.jobs.service import count_open
from dms.platform import Platform

log = logging.getLogger("dms.hotfolder")

IGNORED_ENDINGS = (".tmp", ".part", MARKER)
GIVE_UP_SECONDS = 600.0
LEASE_SECONDS = 60.0
HOUSEKEEPING_SECONDS = 3600.0
CLAIMS_A_PASS = 20
MAX_OPEN_JOBS = 500
MAX_STATION_NAME = 60
MAX_NAME_BYTES = 180
"""So that a claim id and ``.txt`` behind it stay within the 255 bytes of a name."""
BUSY = (errno.EBUSY, errno.ETXTBSY)
IMMOVABLE = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True)
class _Claim:
    """A file that is ours: where it lies, the station it came from, and the id that makes it one intake."""

    station: Path
    path: Path
    id: str
    is_incomplete: bool = False
    is_resumed: bool = False

    def arrival(self) -> Arrival:
        return Arrival(
            channel="hotfolder",
            file_name=self.path.name,
            claim_id=f"hot:{self.id}",
            station=self.station.name,
            source_path=str(self.station / DONE / self.path.name),
            is_incomplete=self.is_incomplete,
        )


class HotFolder:
    """Watches the stations below one folder; `poll` is one pass, `run` repeats it until stopped.

    With `is_alone`, no other watcher lives, and the first pass takes up what a dead one left without waiting for the
    lease. `now` counts seconds.
    """

    def __init__(
        self,
        platform: Platform,
        *,
        is_alone: bool = False,
        give_up_seconds: float = GIVE_UP_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._platform, self._root = platform, platform.settings.hotfolder_path
        self._lease, self._now = lease_seconds, now
        self._takes_all = is_alone
        sample_seconds = 0.9 * platform.settings.poll_seconds
        self._files = Completeness(sample_seconds=sample_seconds, give_up_seconds=give_up_seconds, now=now)
        self._immovable: dict[Path, tuple[tuple[int, int], str]] = {}
        self._notices: set[Notice] = set()
        self._noticed: set[Notice] = set()
        self._has_told = False
        self._waits_for: str | None = None
        self._housekept_at: float | None = None
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._events: FileEvents | None = None
        self._thread: threading.Thread | None = None
        self._root.mkdir(parents=True, exist_ok=True)

    @property
    def notices(self) -> list[Notice]:
        """What the last pass left alone and a person should see."""
        return sorted(self._notices)

    def start(self) -> None:
        """Watch in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="hotfolder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the file that is being taken in."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def run(self) -> None:
        with FileEvents(self._wake, self._files.note_rename) as self._events:
            while not self._stopping.is_set():
                self._wake.clear()
                self._pass()
                self._wake.wait(self._platform.settings.poll_seconds)

    def _pass(self) -> None:
        try:
            self.poll()
        except Unavailable as exc:
            if exc.code != self._waits_for:  # said once, however many passes wait
                log.warning("hot folder waits", extra={"code": exc.code})
            self._waits_for = exc.code
        except Exception:
            log.exception("hot folder pass failed")
        else:
            if self._waits_for:
                log.warning("hot folder goes on")
            self._waits_for = None

    def poll(self) -> int:
        """One pass over all stations in turn, at most `CLAIMS_A_PASS` files each; how many were taken in.

        Raises `Unavailable` when nothing can be taken in now; the files wait where they were.
        """
        self._noticed = set()
        taken = sum(self._serve(station) for station in self._stations())
        self._takes_all = False
        self._tell_notices()
        move_failed(self._platform)
        if self._housekept_at is None or self._now() - self._housekept_at >= HOUSEKEEPING_SECONDS:
            self._housekept_at = self._now()
            empty_done(self._platform)
        return taken

    def _tell_notices(self) -> None:
        if self._noticed != self._notices or not self._has_told:
            tell(self._platform.settings.folder, self._relative())
        self._notices, self._has_told = self._noticed, True

    def _relative(self) -> Iterator[Notice]:
        return (Notice(one.path.removeprefix(f"{self._root}/"), one.code) for one in self._noticed)

    def _stations(self) -> Iterator[Path]:
        self._follow(self._root)
        for entry in sorted(os.scandir(self._root), key=lambda entry: entry.name):
            if entry.name.startswith("."):
                continue
            if not entry.is_dir(follow_symlinks=False):
                self._notice("hotfolder.no_station", entry.path)
            elif not entry.name.isprintable() or len(entry.name) > MAX_STATION_NAME:
                self._notice("hotfolder.station_name", entry.path)
            else:
                yield Path(entry.path)

    def _serve(self, station: Path) -> int:
        """A station that cannot be read or written does not hold up the others."""
        try:
            self._follow(station)
            return self._resume(station) + self._take_complete(station)
        except OSError as exc:
            self._notice("hotfolder.station", str(station), cause=exc.strerror)
            return 0

    def _follow(self, folder: Path) -> None:
        if self._events is not None:
            self._events.follow(folder)

    def _take_complete(self, station: Path) -> int:
        taken = 0
        count = 0
        for path, verdict in self._complete_files(station):
            if self._stopping.is_set() or self._is_full():
                break
            if count == CLAIMS_A_PASS:
                self._wake.set()
                break
            count += path not in self._immovable
            taken += self._take(station, path, is_incomplete=verdict is Verdict.GIVE_UP)
        return taken

    def _is_full(self) -> bool:
        with self._platform.db.read(WATCHER) as session:
            return count_open(session) > MAX_OPEN_JOBS

    def _complete_files(self, station: Path) -> list[tuple[Path, Verdict]]:
        """The files of a station that have arrived, by name; every file is looked at in every pass."""
        judged = {}
        for entry in sorted(os.scandir(station), key=lambda entry: entry.name):
            if entry.name.startswith((".", "~$")) or entry.name.lower().endswith(IGNORED_ENDINGS):
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(found.st_mode):
                judged[Path(entry.path)] = self._files.judge(Path(entry.path), found)
            else:
                self._notice(_kind(found.st_mode), entry.path)
        self._files.forget(station, but=judged)
        for path in [path for path in self._immovable if path.parent == station and path not in judged]:
            del self._immovable[path]
        return [(path, verdict) for path, verdict in judged.items() if verdict is not Verdict.WAIT]

    def _take(self, station: Path, path: Path, *, is_incomplete: bool) -> int:
        try:
            claim = self._claim(station, path, is_incomplete)
        except FileNotFoundError:
            return 0  # another watcher was faster, or its owner took it away
        except OSError as exc:
            if exc.errno in IMMOVABLE:
                return self._take_immovable(station, path)
            if exc.errno not in BUSY:
                self._notice("hotfolder.file", str(path), cause=exc.strerror)
            return 0
        return self._work(claim)

    def _claim(self, station: Path, path: Path, is_incomplete: bool) -> _Claim:
        claim_id = str(uuid7())
        folder = own_folder(station, WORK) / claim_id
        folder.mkdir()
        claim = _Claim(station, folder / _safe_name(path.name), claim_id, is_incomplete)
        try:
            path.rename(claim.path)
        except OSError:
            folder.rmdir()
            raise
        with suppress(OSError):
            if not marker_of(path).is_dir():  # a folder of that name is nothing of ours
                marker_of(path).rename(marker_of(claim.path))
        return claim

    def _resume(self, station: Path) -> int:
        """Claims older than the lease, of a watcher that died: the claim id makes taking them again harmless."""
        if not (station / WORK).is_dir():
            return 0
        oldest = time.time() - self._lease
        folders = [Path(entry.path) for entry in os.scandir(own_folder(station, WORK))]
        return sum(
            self._resume_claim(station, folder)
            for folder in sorted(folders)
            if self._takes_all or _is_older(folder, oldest)
        )

    def _resume_claim(self, station: Path, folder: Path) -> int:
        if parse_uuid(folder.name) is None or folder.is_symlink() or not folder.is_dir():
            self._notice("hotfolder.claim", str(folder))
            return 0
        files = [Path(entry.path) for entry in os.scandir(folder) if not entry.name.endswith(MARKER)]
        if not files:
            _remove_claim(folder)
        return sum(self._work(_Claim(station, path, folder.name, is_resumed=True)) for path in files)

    def _work(self, claim: _Claim) -> int:
        """Store, commit, put aside. What cannot be taken in now goes back to where it came from."""
        try:
            if self._receive(claim):
                put_done(claim.path, claim.station, claim.id)
                return 1
            self._give_back(claim)
        except Rejected as exc:
            self._fail(claim, exc)
        except Conflict:
            self._give_back(claim)
        except Unavailable:
            self._give_back(claim)
            if not os.path.lexists(claim.path):
                with suppress(OSError):  # who said that it is complete need not say so again
                    marker_of(claim.path).rename(marker_of(claim.station / claim.path.name))
            raise
        except FileNotFoundError:
            self._notice("hotfolder.gone", str(claim.path))
        except OSError as exc:
            self._notice("hotfolder.file", str(claim.path), cause=exc.strerror)
        finally:
            if not os.path.lexists(claim.path):  # else the lease takes it up again
                _remove_claim(claim.path.parent)
        return 0

    def _receive(self, claim: _Claim) -> bool:
        """False when the file has become another one since its bytes were stored: it comes in again, as a new one."""
        try:
            stream = open_regular(claim.path)
        except PermissionError:
            refuse(self._platform, claim.arrival(), WATCHER, "input.unreadable")
        except OSError as exc:
            if exc.errno != errno.ELOOP:
                raise
            refuse(self._platform, claim.arrival(), WATCHER, "input.not_regular")
        with stream:
            before = _signature(stream)
            receipt = receive(
                self._platform, stream, claim.arrival(), WATCHER, is_unchanged=lambda: _signature(stream) == before
            )
            is_same = _signature(stream) == before
        return is_same and not (claim.is_resumed and sha256_of(claim.path) != receipt.sha256)

    def _give_back(self, claim: _Claim) -> None:
        self._files.note_return(claim.station / claim.path.name)
        try:
            rename_new(claim.path, claim.station / claim.path.name)
        except FileExistsError:
            os.utime(claim.path.parent)  # a namesake lies there already: the lease takes this one up again
        except OSError as exc:
            self._notice("hotfolder.file", str(claim.path), cause=exc.strerror)

    def _fail(self, claim: _Claim, why: Rejected) -> None:
        number, at = str(why.params.get("intake") or ""), self._platform.clock.now()
        put_failed(claim.path, claim.station, claim.id, why.code, number=number, at=at)

    def _take_immovable(self, station: Path, path: Path) -> int:
        """A source that may not be moved: taken in once, and again only when its size or time changes."""
        try:
            with open_regular(path) as stream:
                seen = _signature(stream)
                if path not in self._immovable or self._immovable[path][0] != seen:
                    taken, code = self._receive_immovable(station, path, stream)
                    self._immovable[path] = seen, code
                else:
                    taken, code = 0, self._immovable[path][1]
        except Conflict:
            return 0
        except OSError as exc:
            self._notice("hotfolder.file", str(path), cause=exc.strerror)
            return 0
        self._notice(code, str(path))
        return taken

    def _receive_immovable(self, station: Path, path: Path, stream: BinaryIO) -> tuple[int, str]:
        """Whether it came in anew (1 or 0), and what is to be said of it from now on."""
        size, mtime_ns = seen = _signature(stream)
        name = hashlib.sha256(os.fsencode(path)).hexdigest()[:40]
        claim_id = f"fix:{name}:{size}:{mtime_ns}"
        arrival = Arrival(channel="hotfolder", file_name=path.name, claim_id=claim_id, station=station.name)
        is_known = find_claim(self._platform, claim_id, WATCHER) is not None
        try:
            receive(self._platform, stream, arrival, WATCHER, is_unchanged=lambda: _signature(stream) == seen)
        except Rejected as exc:
            return 0, exc.code
        return (0 if is_known else 1), "hotfolder.immovable"

    def _notice(self, code: str, path: str, *, cause: str | None = None) -> None:
        """Say it once in the log, however many passes see it."""
        notice = Notice(path, code)
        if notice not in self._notices | self._noticed:
            log.warning("left alone", extra={"code": code, "file": path, "cause": cause})
        self._noticed.add(notice)


def _signature(stream: BinaryIO) -> tuple[int, int]:
    found = os.fstat(stream.fileno())
    return found.st_size, found.st_mtime_ns


def _remove_claim(folder: Path) -> None:
    """The folder of a claim whose file has gone on, and the marker that came with it."""
    with suppress(OSError):
        for marker in folder.glob(f"*{MARKER}"):
            marker.unlink()
        folder.rmdir()


def _is_older(folder: Path, instant: float) -> bool:
    """True for a claim folder that nobody has touched since `instant` (Unix time)."""
    try:
        return folder.lstat().st_mtime <= instant
    except FileNotFoundError:
        return False


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "hotfolder.link"
    return "hotfolder.folder" if stat.S_ISDIR(mode) else "hotfolder.special"


def _safe_name(name: str) -> str:
    """The name as it can be printed, stored and written to any of our folders; a long one keeps its end."""
    clean = clean_name(name)
    while len(clean.encode()) > MAX_NAME_BYTES:
        clean = clean[1:]
    return clean
