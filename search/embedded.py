"""The embedded index: a folder of tantivy with one writer, and the file of its words beside it.

A new index is filled in a folder of its own and switched to by one rename of a pointer file, so that a crash leaves
either the old or the new one; searches and changes go on meanwhile. Entries are replaced by version: an older one never
overwrites a newer.
"""

import shutil
import threading
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from search import german
from search.base import IndexUnavailable, Page, Query, Scope, SearchDocument
from search.query import parse
from search.shelf import Shelf

SCHEMA_RELEASE = "3"
_OWN = f"index-{SCHEMA_RELEASE}-"
T = TypeVar("T")


class EmbeddedIndex:
    """One index folder; writing from two processes at once raises `IndexLocked`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._one_rebuild = threading.Lock()
        self._meanwhile: list[Callable[[Shelf], None]] | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._shelf = Shelf(self._current())
        except (OSError, ValueError) as exc:
            raise IndexUnavailable(str(exc)) from exc

    def _current(self) -> Path:
        """Where the pointer points to; a fresh folder when there is none, or it is of another release."""
        pointer = self._folder / "current"
        if pointer.exists():
            path = self._folder / pointer.read_text(encoding="utf-8")
            if path.is_dir() and path.name.startswith(_OWN):
                return path
        path = self._new_folder()
        self._point_to(path)
        return path

    def _new_folder(self) -> Path:
        path = self._folder / f"{_OWN}{uuid.uuid4().hex[:8]}"
        path.mkdir()
        return path

    def _point_to(self, path: Path) -> None:
        temporary = self._folder / "current.new"
        temporary.write_text(path.name, encoding="utf-8")
        temporary.rename(self._folder / "current")

    def upsert(self, documents: Iterable[SearchDocument]) -> None:
        wanted = list(documents)
        self._change(lambda shelf: shelf.upsert(wanted))

    def delete(self, document_ids: Iterable[str]) -> None:
        wanted = list(document_ids)
        self._change(lambda shelf: shelf.delete(wanted))

    def _change(self, change: Callable[[Shelf], None]) -> None:
        with self._lock:
            change(self._followed())
            if self._meanwhile is not None:
                self._meanwhile.append(change)

    def _followed(self) -> Shelf:
        """The shelf that the pointer points to: another process may have rebuilt the index."""
        with self._lock:
            path = self._current()
            if path != self._shelf.path:
                self._shelf = Shelf(path)
            return self._shelf

    def versions(self) -> dict[str, int]:
        return self._reading(lambda shelf: shelf.versions())

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        with self._one_rebuild:
            fresh = Shelf(self._new_folder())
            try:
                self._fill(fresh, documents)
            except BaseException:
                shutil.rmtree(fresh.path, ignore_errors=True)
                raise
            finally:
                self._meanwhile = None

    def _fill(self, fresh: Shelf, documents: Iterable[SearchDocument]) -> None:
        """What changes meanwhile goes into the old index at once and into the new one before the switch."""
        with self._lock:
            self._meanwhile = []
        fresh.fill(documents)
        with self._lock:
            for change in self._meanwhile:
                change(fresh)
            old, self._shelf = self._shelf, fresh
            self._point_to(fresh.path)
        for path in (old.path, *self._of_other_releases()):
            shutil.rmtree(path, ignore_errors=True)

    def _of_other_releases(self) -> list[Path]:
        """What an upgrade has left, no longer needed once this release has an index."""
        return [path for path in self._folder.glob("index-*") if not path.name.startswith(_OWN)]

    def search(self, query: Query) -> Page:
        parsed = parse(query.text)
        return self._reading(lambda shelf: shelf.search(parsed, query))

    def suggest(self, text: str, scope: Scope) -> list[str]:
        found = german.words(text)
        return self._reading(lambda shelf: shelf.suggest(found[-1], scope)) if found else []

    def _reading(self, read: Callable[[Shelf], T]) -> T:
        """Once more when the folder was switched away under the reader's hands."""
        shelf = self._followed()
        try:
            return read(shelf.reloaded())
        except (OSError, ValueError) as exc:
            again = self._followed()
            if again is shelf:
                raise IndexUnavailable(str(exc)) from exc
            return read(again.reloaded())
