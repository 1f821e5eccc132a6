"""The official rules as a service: a few worker processes that own the XSLT processor, restarted when they fail.

What a worker says is never the last word about an invoice by itself: `invoicing.validate.judge` applies the levels of
the scenario. A rule that could not be run is never a pass.
"""

from __future__ import annotations

import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from invoicing import rulesets
from invoicing.rule_worker import LENGTH_BYTES, MAX_FRAME_BYTES, write_frame
from invoicing.rulesets import RuleSet, RuleSetError

START_SECONDS = 90.0
DOCUMENT_SECONDS = 60.0
PIPE_BYTES = 1 << 20
"""So that most invoices cross in one piece."""
RECYCLE_AFTER = 2000
RECYCLE_BYTES = 380 * 1024 * 1024
_COMMAND = (sys.executable, "-m", "invoicing.rule_worker")
_ALWAYS_COMPILED = ("cen-ubl", "cen-cii", "xrechnung-ubl", "xrechnung-cii")


class RulesUnavailable(Exception):
    """The rules could not be asked: `code` is ``rules.crashed``, ``rules.timeout`` or ``rules.altered``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Fired(NamedTuple):
    """One rule that spoke: as the sheet says it, levels not yet applied."""

    rule: str | None
    flag: str | None
    element: str
    location: str
    text: str


Results = Mapping[str, Sequence[Fired] | None]
"""Kind of sheet → what fired; None where the sheet met an error of its own while running."""


class RuleChecker:
    """Runs the sheets of one rule set; safe for many threads, each document goes to one of `workers` processes.

    A worker that dies, hangs or answers nonsense is replaced and the document tried once more.
    """

    def __init__(self, rule_set: RuleSet, *, workers: int = 1) -> None:
        self.rule_set = rule_set
        self._free: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._all: set[_Worker] = set()
        for _ in range(workers):
            self._free.put(None)

    def run(self, kinds: Sequence[str], xml_text: str, *, seconds: float = DOCUMENT_SECONDS) -> Results:
        """What the sheets say about a document; raises `RulesUnavailable`."""
        worker = self._free.get()
        try:
            for attempt in (1, 2):
                try:
                    worker = worker or self._start()
                    return worker.run(kinds, xml_text, seconds)
                except RulesUnavailable as error:
                    self._end(worker)
                    worker = None
                    if attempt == 2 or error.code == "rules.altered":
                        raise
            raise RulesUnavailable("rules.crashed")
        finally:
            if worker is not None and worker.is_worn:
                self._end(worker)
                worker = None
            self._free.put(worker)

    def processes(self) -> list[int]:
        """The process ids of the running workers."""
        with self._lock:
            return [worker.pid for worker in self._all]

    def close(self) -> None:
        """End every worker; a later `run` starts them again."""
        with self._lock:
            for worker in self._all:
                worker.end()
            self._all.clear()

    def _start(self) -> _Worker:
        try:
            self.rule_set.verify()
        except RuleSetError as error:
            raise RulesUnavailable(error.code) from error
        worker = _Worker(self.rule_set)
        with self._lock:
            self._all.add(worker)
        return worker

    def _end(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.end()
            with self._lock:
                self._all.discard(worker)


class Rulebook:
    """All rule sets of a folder, asked by day; one that is installed meanwhile counts from the next document on.

    Each set in use has worker processes of its own, started with its first document.
    """

    def __init__(self, folder: Path, *, workers: int = 1) -> None:
        self._folder, self._workers = folder, workers
        self._lock = threading.Lock()
        self._checkers: dict[Path, RuleChecker] = {}

    def checker(self, on: date) -> RuleChecker | None:
        """The rules that were in force on that day; None where none are installed."""
        try:
            rule_set = rulesets.choose(rulesets.installed(self._folder), on)
        except RuleSetError:
            return None
        with self._lock:
            known = self._checkers.get(rule_set.folder)
            if known is None or known.rule_set != rule_set:
                known = self._checkers[rule_set.folder] = RuleChecker(rule_set, workers=self._workers)
            return known

    def close(self) -> None:
        """End every worker process."""
        with self._lock:
            for checker in self._checkers.values():
                checker.close()
            self._checkers.clear()


class _Worker:
    """One process; used by one thread at a time."""

    def __init__(self, rule_set: RuleSet) -> None:
        kinds = [kind for kind in _ALWAYS_COMPILED if kind in rule_set.sheets]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*_COMMAND, str(rule_set.folder), json.dumps(dict(rule_set.sheets)), json.dumps(kinds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=PIPE_BYTES,
            stderr=subprocess.DEVNULL,  # the processor prints the values it stumbles over
            env=_environment(),
        )
        self._documents = self._resident_bytes = 0
        self._read(time.monotonic() + START_SECONDS)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_worn(self) -> bool:
        """After many documents, or when it has grown: the processor's memory is not ours to free."""
        return self._documents >= RECYCLE_AFTER or self._resident_bytes > RECYCLE_BYTES

    def run(self, kinds: Sequence[str], xml_text: str, seconds: float) -> Results:
        self._documents += 1
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - a pipe was asked for
        try:
            write_frame(stdin, json.dumps(list(kinds)).encode(), xml_text.encode())  # type: ignore[arg-type]  # IO[bytes] writes bytes
        except (BrokenPipeError, ValueError) as error:
            raise RulesUnavailable("rules.crashed") from error
        answer = self._read(time.monotonic() + seconds)
        self._resident_bytes = answer["resident_bytes"]
        if answer["state"] != "done":
            return dict.fromkeys(kinds)
        return {
            kind: None if rows is None else [Fired(row[0], row[1], row[2], row[3] or "", row[4]) for row in rows]
            for kind, rows in answer["results"].items()
        }

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was still to be written has nobody to read it
        self._process.wait()

    def _read(self, deadline: float) -> Any:
        size = int.from_bytes(self._exactly(LENGTH_BYTES, deadline), "big")
        if size > MAX_FRAME_BYTES:
            raise RulesUnavailable("rules.crashed")
        try:
            return json.loads(self._exactly(size, deadline))
        except ValueError as error:
            raise RulesUnavailable("rules.crashed") from error

    def _exactly(self, size: int, deadline: float) -> bytes:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - a pipe was asked for
        found = bytearray()
        while len(found) < size:
            ready, _, _ = select.select([stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise RulesUnavailable("rules.timeout")
            chunk = os.read(stdout.fileno(), min(1 << 20, size - len(found)))
            if not chunk:
                raise RulesUnavailable("rules.crashed")
            found += chunk
        return bytes(found)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "HOME") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
