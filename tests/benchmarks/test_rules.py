"""The official check beside a bare run of the same sheets, reading beside checking, many files in one command."""

import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from invoicing import Rulebook, RuleChecker, check, read
from invoicing.report import Report as InvoiceReport
from invoicing.rulesets import default_folder
from invoicing.validate import inspect, judge
from tests.benchmarks.processes import cpu_seconds
from tests.benchmarks.report import Report, Table, number
from tests.conftest import CORPORA

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3600)]
CASES = CORPORA / "einvoice/kosit-testsuite/business-cases/standard"
ROUNDS, WARMING = 15, 2
MANY, ROW = 200, 5000
BARE = """
import json, sys, time
from pathlib import Path
from saxonche import PySaxonProcessor
folder, texts = Path(sys.argv[1]), json.loads(sys.stdin.readline())
processor = PySaxonProcessor(license=False)
xslt = processor.new_xslt30_processor()
names = {"ubl": ("EN16931-UBL", "XRechnung-UBL"), "cii": ("EN16931-CII", "XRechnung-CII")}
sheets = {
    kind: [xslt.compile_stylesheet(stylesheet_file=str(folder / f"{name}-validation.xsl")) for name in both]
    for kind, both in names.items()
}
for _ in sys.stdin:
    cpu = time.process_time()
    for kind, text in texts:
        document = processor.parse_xml(xml_text=text)
        for sheet in sheets[kind]:
            assert sheet.transform_to_string(xdm_node=document)
    print(time.process_time() - cpu, flush=True)
"""


@pytest.fixture(scope="module")
def documents() -> list[bytes]:
    return [path.read_bytes() for path in sorted(CASES.glob("*.xml"))]


def test_checking_costs_little_more_than_the_bare_sheets(report: Report, documents: list[bytes]) -> None:
    rulebook = Rulebook(default_folder())
    checker = rulebook.checker(date(2026, 11, 24))
    assert checker is not None
    texts = [(found.report, found.text) for found in map(inspect, documents)]
    with _bare(checker, documents) as bare:
        acts = (
            bare,
            lambda: _cost(lambda: _judged(texts, checker)),
            lambda: _cost(lambda: _checked(documents, checker)),
            lambda: _cost(lambda: [read(data) for data in documents]),
        )
        rounds = [[act() for act in acts] for _ in range(WARMING + ROUNDS)][WARMING:]
    rulebook.close()
    count = len(documents)
    plain, rules, whole, read_only = (statistics.median(costs) / count for costs in zip(*rounds, strict=True))
    rows = (
        ("bare saxonche, same sheets", number(plain * 1000), "1 : 1"),
        ("official check", number(rules * 1000), f"{number(rules / plain)} : 1"),
        ("check, whole path", number(whole * 1000), f"{number(whole / plain)} : 1"),
        ("reading alone", number(read_only * 1000), f"{number(read_only / whole)} : 1 of the check"),
    )
    note = (
        f"{count} invoices of the public test suite (standard cases), medians of {ROUNDS} rounds in which each takes "
        "its turn. Bare: saxonche alone parses the same text and runs the same two sheets. Official check: from the "
        "invoice as text to the verdict, through the worker. Whole path: parse, XSD, terms, our own checks and the "
        "official one. CPU times, because other work changes times on the clock."
    )
    report.add(Table("The official check, warm", ("what", "CPU ms an invoice", "ratio"), rows, note))
    assert rules / plain <= 1.15
    assert whole / read_only >= 5


def _checked(documents: list[bytes], checker: RuleChecker) -> None:
    assert all(check(data, checker).accepted for data in documents)


def _judged(texts: list[tuple[InvoiceReport, str]], checker: RuleChecker) -> None:
    assert all(judge(report, text, checker).accepted for report, text in texts)


@contextmanager
def _bare(checker: RuleChecker, documents: list[bytes]) -> Iterator[Callable[[], float]]:
    """A call of the result is one round over all documents in a process of nothing but saxonche; its CPU seconds."""
    texts = [("cii" if b"CrossIndustryInvoice" in data[:3000] else "ubl", inspect(data).text) for data in documents]
    command = [sys.executable, "-c", BARE, str(checker.rule_set.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        orders, answers = process.stdin, process.stdout
        print(json.dumps(texts), file=orders, flush=True)

        def one_round() -> float:
            print(file=orders, flush=True)
            return float(answers.readline())

        yield one_round
        orders.close()


def _cost(act: Callable[[], Any]) -> float:
    before = cpu_seconds(os.getpid())
    act()
    return cpu_seconds(os.getpid()) - before


def _memory(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def test_many_files_in_one_command(report: Report, tmp_path: Path) -> None:
    paths = sorted(path for path in CASES.parent.rglob("*.xml"))
    chosen = [paths[number % len(paths)] for number in range(MANY)]
    one, many = _command(chosen[:1]), _command(chosen)
    rulebook = Rulebook(default_folder())
    checker = rulebook.checker(date(2026, 11, 24))
    assert checker is not None
    contents = [path.read_bytes() for path in chosen]
    check(contents[0], checker)
    warm = _cost(lambda: [check(data, checker) for data in contents])
    rulebook.close()
    rows = (
        ("one file", number(one), ""),
        (f"{MANY} warm checks", number(warm), ""),
        (f"{MANY} files", number(many), f"{number(many / (warm + one))} : 1 of the two together"),
    )
    note = "CPU of the command and all its processes. One file is start-up (jail, worker, sheets) and one check."
    report.add(Table(f"`dms check-invoice` with {MANY} files", ("what", "CPU s", "ratio"), rows, note))
    assert many <= 1.5 * (warm + one)


def _command(paths: list[Path]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(Path(sys.executable).with_name("dms")), "check-invoice", "--json", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.count('"accepted"') == len(paths), done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_worker_does_not_grow(report: Report, documents: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoicing.rules.RECYCLE_AFTER", 10**9)
    rulebook = Rulebook(default_folder())
    checker = rulebook.checker(date(2026, 11, 24))
    assert checker is not None
    most, seen, rows = 0.0, set(), []
    for done in range(1, ROW + 1):
        check(documents[done % len(documents)], checker)
        for pid in checker.processes():
            seen.add(pid)
            most = max(most, _memory(pid))
            if done in (1, 100, 1000, ROW):
                rows.append((str(done), number(_memory(pid))))
    rulebook.close()
    rows.append((f"most ({len(seen)} workers)", number(most)))
    note = "One worker, not replaced by count. It is replaced when it is larger than 380 MiB after a document."
    report.add(Table("Memory of a rule worker", ("documents", "RSS MiB"), rows, note))
    assert most <= 400
