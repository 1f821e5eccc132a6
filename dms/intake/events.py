"""File events of the hot folder: they shorten the wait and tell a rename from a slow copy; nothing depends on them."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers.api import ObservedWatch
from watchdog.observers.inotify import InotifyObserver

log = logging.getLogger("dms.hotfolder")


class FileEvents:
    """While open, sets `wake` when something has changed in a followed folder and calls `renamed` with each file that
    came by a rename. Where the system gives no events (a network share, too many watches), nothing happens."""

    def __init__(self, wake: threading.Event, renamed: Callable[[Path], None]) -> None:
        self._handler = _Handler(wake, renamed)
        self._observer: InotifyObserver | None = None
        self._followed: dict[Path, tuple[int, ObservedWatch | None]] = {}

    def __enter__(self) -> "FileEvents":
        try:
            # Without full events a rename from elsewhere looks like a new file.
            self._observer = InotifyObserver(generate_full_events=True)
            self._observer.start()
        except OSError as exc:
            log.warning("no file events, polling alone", extra={"cause": exc.strerror})
        return self

    def __exit__(self, *error: object) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(timeout=5)

    def follow(self, folder: Path) -> None:
        """Hear of changes directly in this folder, also when another one took its name since the last call.

        Not of what lies below: claims come and go there many times a second.
        """
        number = folder.stat().st_ino
        known, watch = self._followed.get(folder, (None, None))
        if known == number or self._observer is None:
            return
        self._followed[folder] = number, None
        if watch is not None:
            self._observer.unschedule(watch)
        try:
            self._followed[folder] = number, self._observer.schedule(self._handler, str(folder), recursive=False)
        except OSError as exc:
            log.warning("no file events, polling alone", extra={"cause": exc.strerror})


class _Handler(FileSystemEventHandler):
    def __init__(self, wake: threading.Event, renamed: Callable[[Path], None]) -> None:
        self._wake, self._renamed = wake, renamed

    def on_any_event(self, event: FileSystemEvent) -> None:
        path = Path(str(event.dest_path or event.src_path))
        if event.event_type not in ("created", "moved", "closed") or path.name.startswith("."):
            return
        if event.event_type == "moved" and not event.is_directory:
            self._renamed(path)
        self._wake.set()
