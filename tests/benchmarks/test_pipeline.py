"""What a document costs from the hot folder to the inbox and the index, beside the bare work on its bytes."""

import io
import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from lxml import etree

from dms.demo.specimens import letter, scan, specimens
from tests.benchmarks.processes import cpu_seconds, memory_mebibytes
from tests.benchmarks.report import Cost, Report, Table, median_cost, number, repeated
from tests.commands import free_port, serving

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3600)]
ALONE, TOGETHER, BARE_RUNS = 7, 24, 5
MEMORY_AFTER = 50
IDLE_SECONDS = 30
PARAGRAPH = (
    "in der vorbezeichneten Angelegenheit nehme ich Bezug auf Ihr Schreiben und teile Ihnen mit, dass die Arbeiten an "
    "der Straßenbeleuchtung im Birkenweg bis zum Ende des Monats abgeschlossen werden. Die Abrechnung erfolgt nach "
    "Aufmaß. Für Rückfragen stehen wir Ihnen unter der Rufnummer 05171 1234 zur Verfügung. Bitte prüfen Sie auch die "
    "beigefügte Aufstellung der Stunden und bestätigen Sie uns die Richtigkeit bis zum 30. November 2026. "
)


@dataclass(frozen=True)
class Kind:
    """A kind of document: how to make the n-th one (other bytes, same work), and the bare work on it."""

    name: str
    ending: str
    make: Callable[[int], bytes]
    bare_name: str
    bare: Callable[[bytes, Path], None]


def _pdf(n: int) -> bytes:
    return PDF + f"\n% {n}\n".encode()


def _jpeg(n: int) -> bytes:
    comment = f"{n:08d}".encode()
    return JPEG[:2] + b"\xff\xfe\x00\x0a" + comment + JPEG[2:]


def _xml(n: int) -> bytes:
    return XML + f"<!-- {n} -->".encode()


def _pdfium(data: bytes, folder: Path) -> None:
    document = pypdfium2.PdfDocument(data)
    assert all(len(page.get_textpage().get_text_bounded()) > 100 for page in document)
    document.close()


def _tesseract(data: bytes, folder: Path) -> None:
    image = folder / "page.jpg"
    image.write_bytes(data)
    command = ["tesseract", str(image), "-", "-l", "deu", "tsv"]
    done = subprocess.run(command, env={**os.environ, "OMP_THREAD_LIMIT": "1"}, capture_output=True, check=True)
    assert len(done.stdout) > 1000


def _lxml(data: bytes, folder: Path) -> None:
    assert etree.parse(io.BytesIO(data)).getroot() is not None


PDF = letter("Straßenbeleuchtung", "Elektro Sander GmbH, Aueland", PARAGRAPH * 6)
JPEG = scan(PDF, 1)
XML = next(one.data for one in specimens(date(2026, 11, 24)) if one.name.startswith("xrechnung"))
KINDS = (
    Kind("PDF with text", "pdf", _pdf, "pdfium: text of the same pages", _pdfium),
    Kind("scan, recognised", "jpg", _jpeg, "tesseract command on the same image", _tesseract),
    Kind("XRechnung", "xml", _xml, "lxml: parse of the same file", _lxml),
)


class Served:
    """A served embedded installation with its own settings unchanged, fed through the hot folder."""

    def __init__(self, data: Path, pid: int) -> None:
        self.data, self.pid = data, pid
        self._station = data / "hotfolder/rathaus"
        self._station.mkdir(parents=True, exist_ok=True)
        self.dropped = 0

    def cost_of(self, kind: Kind, count: int) -> Cost:
        """Drop `count` documents at once and wait until all are in the inbox and in the index; cost per document."""
        named = [(f"{kind.name}-{self.dropped + n}", kind.make(self.dropped + n)) for n in range(count)]
        self.dropped += count
        cpu, started = cpu_seconds(self.pid), time.perf_counter()
        for name, data in named:
            self._drop(f"{name}.{kind.ending}", data)
        self._wait()
        return Cost((time.perf_counter() - started) / count, (cpu_seconds(self.pid) - cpu) / count)

    def _drop(self, name: str, data: bytes) -> None:
        """With the marker that says "complete", so that the rule about files at rest is not what is measured."""
        part = self._station / f"{name}.part"
        part.write_bytes(data)
        (self._station / f"{name}.done").touch()
        part.rename(self._station / name)

    def _wait(self) -> None:
        with sqlite3.connect(f"file:{self.data / 'aktenlauf.sqlite'}?mode=ro", uri=True) as connection:
            while not self._is_through(connection):
                time.sleep(0.01)
        connection.close()

    def _is_through(self, connection: sqlite3.Connection) -> bool:
        inbox = "select count(*) from intake where outcome = 'inbox'"
        open_jobs = "select count(*) from job where state in ('ready', 'running')"
        parked = "select count(*) from job where state = 'parked'"
        found, waiting, failed = (connection.execute(query).fetchone()[0] for query in (inbox, open_jobs, parked))
        assert failed == 0
        return bool(found == self.dropped and waiting == 0)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("benchmark") / "data"
    with serving(data, free_port()) as process:
        yield Served(data, process.pid)


def _bare(kind: Kind, folder: Path) -> Cost:
    """The bare work in this process (its programs included), `BARE_RUNS` times."""
    data = kind.make(0)

    def work() -> Cost:
        cpu, started = _own_cpu(), time.perf_counter()
        kind.bare(data, folder)
        return Cost(time.perf_counter() - started, _own_cpu() - cpu)

    return repeated(work, BARE_RUNS)


def _own_cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def test_what_the_pipeline_costs(served: Served, report: Report, tmp_path: Path) -> None:
    started = memory_mebibytes(served.pid)
    rows = []
    for kind in KINDS:
        served.cost_of(kind, 2)
        bare = _bare(kind, tmp_path)
        alone = median_cost([served.cost_of(kind, 1) for _ in range(ALONE)])
        together = served.cost_of(kind, TOGETHER)
        bare = median_cost([bare, _bare(kind, tmp_path)])
        ratio = together / bare
        rows.append([
            kind.name, kind.bare_name, number(bare.seconds), number(bare.cpu_seconds),
            number(alone.seconds), number(together.seconds), number(together.cpu_seconds),
            f"{number(ratio.seconds)} : 1", f"{number(ratio.cpu_seconds)} : 1",
        ])  # fmt: skip
    heads = ["document", "bare work", "bare s", "bare CPU s", "alone s", "s", "CPU s", "s / bare", "CPU / bare"]
    note = (
        "From the hot folder (with `.done` marker) through all steps to inbox and index of `dms serve`, embedded, "
        f"settings as delivered. *alone*: one document in an idle system, median of {ALONE}; *s* and *CPU s*: per "
        f"document of {TOGETHER} dropped together. CPU of the server, the jail's zygote, its children and their "
        "Tesseract, from /proc (utime, stime, cutime, cstime). "
        f"Bare: median of {BARE_RUNS} runs before and after, in the benchmark's own process."
    )
    report.add(Table("The pipeline", heads, rows, note))
    _report_memory(served, report, started)


def _report_memory(served: Served, report: Report, started: tuple[float, float]) -> None:
    while served.dropped < MEMORY_AFTER:
        served.cost_of(KINDS[served.dropped % len(KINDS)], 1)
    time.sleep(5)
    cpu = cpu_seconds(served.pid)
    time.sleep(IDLE_SECONDS)
    idle = (cpu_seconds(served.pid) - cpu) / IDLE_SECONDS
    later = memory_mebibytes(served.pid)
    moments = (("after the start", started), (f"after {served.dropped} documents", later))
    rows = [[when, number(rss), number(pss)] for when, (rss, pss) in moments]
    note = f"The server and the jail's zygote, nothing at work. Idle it uses {idle * 100:.1f} % of one processor."
    report.add(Table("Memory of the idle system", ["when", "RSS MiB", "PSS MiB"], rows, note))
