"""The hot folder: one subfolder a scanner station; every file becomes an intake or lies in `.fehler/` with a reason.

A file is claimed by an atomic rename into `.arbeit/`, stored, committed, and only then moved to `.erledigt/`. Polling
is the truth; file events only shorten the wait, because network shares raise none.
"""

import errno
import logging
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from dms.actor import system
from dms.errors import DmsError, Rejected, Unavailable
from dms.ids import uuid7
from dms.intake.models import Intake, Outcome
from dms.intake.receive import Arrival, find_claim, receive
from dms.intake.wording import reason
from dms.jobs.service import count_open
from dms.platform import Platform

log = logging.getLogger("dms.hotfolder")

WORK, DONE, FAILED = ".arbeit", ".erledigt", ".fehler"
IGNORED_ENDINGS = (".tmp", ".part", ".done")
GIVE_UP_SECONDS = 600.0
LEASE_SECONDS = 60.0
CLAIMS_A_PASS = 20
MAX_OPEN_JOBS = 500
TAIL_BYTES = 2048
WATCHER = system("watch")


@dataclass
class Sample:
    """What a file looked like at the last passes, to tell a finished one from one that still grows."""

    first_seen: float
    size: int
    mtime_ns: int
    equal: int = 0


class HotFolder:
    """Watches the stations below one folder; `poll` is one pass, `run` repeats it until stopped."""

    def __init__(
        self, platform: Platform, *, give_up_seconds: float = GIVE_UP_SECONDS, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        self._platform = platform
        self._root = platform.settings.hotfolder_path
        self._give_up, self._lease = give_up_seconds, lease_seconds
        self._samples: dict[Path, Sample] = {}
        self._immovable: set[str] = set()
        self._event = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._root.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Take up what a crashed watcher left, then watch in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="hotfolder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._event.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def run(self) -> None:
        observer = self._observe()
        try:
            while not self._stopping.is_set():
                self._pass()
                self._event.wait(self._platform.settings.poll_seconds)
                self._event.clear()
        finally:
            if observer is not None:
                observer.stop()
                observer.join(timeout=5)

    def _pass(self) -> None:
        try:
            self.poll()
        except Unavailable as exc:
            log.warning("hot folder waits", extra={"code": exc.code})
        except Exception:
            log.exception("hot folder pass failed")

    def _observe(self) -> BaseObserver | None:
        try:
            observer = Observer()
            observer.schedule(_Wake(self._event), str(self._root), recursive=True)
            observer.start()
        except OSError:
            return None
        return observer

    def poll(self) -> int:
        """One pass over all stations in turn, at most `CLAIMS_A_PASS` files each; how many were taken in."""
        taken = 0
        for station in self._stations():
            taken += self._resume(station)
            for path in self._complete_files(station):
                if self._is_full():
                    return taken
                taken += self._take(station, path)
        self._move_failed()
        return taken

    def _is_full(self) -> bool:
        with self._platform.db.read(WATCHER) as session:
            return count_open(session) > MAX_OPEN_JOBS

    def _stations(self) -> list[Path]:
        return sorted(path for path in self._root.iterdir() if _is_folder(path) and not path.name.startswith("."))

    def _complete_files(self, station: Path) -> Iterator[Path]:
        seen = set()
        ready = []
        for entry in sorted(os.scandir(station), key=lambda entry: entry.name):
            path = Path(entry.path)
            if _is_ignored(entry.name) or not entry.is_file(follow_symlinks=False):
                continue
            seen.add(path)
            if self._is_complete(path, entry.stat(follow_symlinks=False)):
                ready.append(path)
        for path in [path for path in self._samples if path.parent == station and path not in seen]:
            del self._samples[path]
        yield from ready[:CLAIMS_A_PASS]

    def _is_complete(self, path: Path, found: os.stat_result) -> bool:
        """A marker ``NAME.done`` says so at once; else the file must stand still and end like its type.

        A file whose end cannot be told needs four equal samples; one that never completes is given up after a time.
        """
        if path.with_name(path.name + ".done").exists():
            return True
        now = time.monotonic()
        sample = self._samples.get(path)
        if sample is None or (sample.size, sample.mtime_ns) != (found.st_size, found.st_mtime_ns):
            first = sample.first_seen if sample else now
            self._samples[path] = Sample(first, found.st_size, found.st_mtime_ns)
            return False
        sample.equal += 1
        if now - sample.first_seen > self._give_up:
            return True
        if found.st_size == 0:
            return False
        ended = has_end(path, found.st_size)
        return ended is True or (ended is None and sample.equal >= 3)

    def _take(self, station: Path, path: Path) -> int:
        claim_id = str(uuid7())
        target = station / WORK / claim_id / path.name
        try:
            target.parent.mkdir(parents=True)
            path.rename(target)
        except FileNotFoundError:
            target.parent.rmdir()
            return 0
        except OSError as exc:
            return self._take_immovable(station, path, exc)
        self._samples.pop(path, None)
        path.with_name(path.name + ".done").unlink(missing_ok=True)
        return self._work(station, target, claim_id)

    def _resume(self, station: Path) -> int:
        """Claims older than the lease, of a watcher that died: the claim id makes taking them again harmless."""
        work = station / WORK
        if not work.is_dir():
            return 0
        oldest = time.time() - self._lease
        return sum(
            self._resume_claim(station, folder) for folder in sorted(work.iterdir()) if _is_older(folder, oldest)
        )

    def _resume_claim(self, station: Path, folder: Path) -> int:
        try:
            files = [path for path in folder.iterdir() if path.is_file()]
            if not files:
                folder.rmdir()
            return sum(self._work(station, path, folder.name) for path in files)
        except FileNotFoundError:
            return 0

    def _work(self, station: Path, path: Path, claim_id: str) -> int:
        before = path.stat()
        done = _free_name(station / DONE, path.name, claim_id)
        arrival = Arrival(
            channel="hotfolder",
            file_name=path.name,
            claim_id=f"hot:{claim_id}",
            station=station.name,
            source_path=str(done),
        )
        try:
            with path.open("rb") as stream:
                receive(self._platform, stream, arrival, WATCHER)
        except Rejected as exc:
            _put_aside(path, station / FAILED, claim_id, reason(exc.code))
            return 0
        if _signature(path) != (before.st_size, before.st_mtime_ns):
            log.warning("file changed while it was read", extra={"file": path.name})
        path.rename(done)
        path.parent.rmdir()
        return 1

    def _take_immovable(self, station: Path, path: Path, error: OSError) -> int:
        """A source that may not be moved: taken in once, again only when its size or time changes; one warning."""
        if error.errno in (errno.EBUSY, errno.ETXTBSY):
            return 0
        size, mtime_ns = _signature(path)
        claim_id = f"fix:{station.name}/{path.name}:{size}:{mtime_ns}"[:160]
        if claim_id in self._immovable or find_claim(self._platform, claim_id, WATCHER) is not None:
            self._immovable.add(claim_id)
            return 0
        arrival = Arrival(channel="hotfolder", file_name=path.name, claim_id=claim_id, station=station.name)
        try:
            with path.open("rb") as stream:
                receive(self._platform, stream, arrival, WATCHER)
        except (DmsError, OSError) as exc:
            log.warning("source can be neither moved nor read", extra={"file": path.name, "cause": str(exc)})
            self._immovable.add(claim_id)
            return 0
        log.warning("source cannot be moved", extra={"file": path.name})
        self._immovable.add(claim_id)
        return 1

    def _move_failed(self) -> None:
        """Sources of documents that became a Klärfall move on from `.erledigt/` to `.fehler/`, the reason beside."""
        with self._platform.db.read(WATCHER) as session:
            rows = session.scalars(
                select(Intake).where(Intake.outcome == Outcome.QUARANTINED, Intake.source_path.is_not(None)).limit(200)
            ).all()
        for row in rows:
            self._move_one_failed(row.id, Path(row.source_path or ""), row.reason_code or "")

    def _move_one_failed(self, intake_id: UUID, source: Path, code: str) -> None:
        if source.parent.name != DONE or not source.is_file():
            return
        _put_aside(source, source.parent.parent / FAILED, str(intake_id), reason(code), number=str(intake_id))


class _Wake(FileSystemEventHandler):
    """Any change only shortens the wait."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in ("created", "moved", "closed"):
            self._event.set()


def has_end(path: Path, size: int) -> bool | None:
    """True when the file ends as its type must, False when it does not (yet), None for types without such an end."""
    with path.open("rb") as stream:
        head = stream.read(16)
        stream.seek(max(0, size - TAIL_BYTES))
        tail = stream.read()
    if head.startswith(b"%PDF-"):
        return b"%%EOF" in tail
    if head.startswith(b"\xff\xd8\xff"):
        return tail.rstrip(b"\x00").endswith(b"\xff\xd9")
    if head.startswith(b"\x89PNG"):
        return b"IEND" in tail
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return tail.rstrip().endswith(b">")
    return None


def _signature(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_older(folder: Path, instant: float) -> bool:
    """True for a claim folder that nobody has touched since `instant` (Unix time)."""
    try:
        return _is_folder(folder) and folder.stat().st_mtime <= instant
    except FileNotFoundError:
        return False


def _is_ignored(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(IGNORED_ENDINGS)


def _free_name(folder: Path, name: str, claim_id: str) -> Path:
    folder.mkdir(exist_ok=True)
    target = folder / name
    return target if not target.exists() else folder / f"{target.stem}-{claim_id}{target.suffix}"


def _put_aside(path: Path, folder: Path, claim_id: str, reason: str, *, number: str = "") -> None:
    """The source to `.fehler/`, beside it the German reason, with the time and the intake number."""
    target = _free_name(folder, path.name, claim_id)
    stamp = time.strftime("%d.%m.%Y %H:%M")
    lines = [reason, f"Zeitpunkt: {stamp}", *([f"Eingangsnummer: {number}"] if number else [])]
    target.with_name(target.name + ".txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.rename(target)
    if path.parent.parent.name == WORK:
        path.parent.rmdir()
