"""Recognition against the truth of simulated scans: each engine by itself, and what it costs beside the bare command.

Errors and recall are those of the corpus's own scorer; the processor time is that of `dms read` with everything it does
(jail, decoding, codes, preparation, recognition, quality figures, fields) beside the `tesseract` command on the same
files.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from tests.benchmarks.report import Report, Table, number
from tests.conftest import ROOT, skip_loudly

SCANS = ROOT.parent / "shared/corpora/scans"
PROFILES = ("clean300", "office300", "office200", "color200", "rot300", "shadow300", "low150", "fax200")
ENGINES = ("cascade", "tesseract", "rapidocr")
HEADS = ("scans", "engine", "CER %", "recall %", "precision %", "fields %", "CPU s a page", "CPU / bare command")

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(7200)]


@pytest.fixture(scope="module")
def rows(report: Report) -> Iterator[list[list[str]]]:
    """One a run of an engine over a profile; together a table."""
    if not SCANS.is_dir():
        skip_loudly("no simulated scans beside the checkout (../shared/corpora/scans)")
    measured: list[list[str]] = []
    yield measured
    if measured:
        report.add(Table("Recognition of simulated scans", HEADS, measured, __doc__ or ""))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("profile", PROFILES)
def test_reading_of_simulated_scans(rows: list[list[str]], profile: str, engine: str, tmp_path: Path) -> None:
    files = _files(profile)
    cpu, answers = _read(engine, files, tmp_path)
    words = next(line for line in _scored("words", answers, tmp_path) if line[0] == profile)
    fields = [line for line in _scored("fields", answers, tmp_path) if line[1] == profile]
    shares = " / ".join(f"{line[0]} {line[3]}" for line in fields)
    ratio = f"{cpu / _bare(profile):.2f} : 1"
    rows.append([profile, engine, words[2], words[4], words[6], shares, number(cpu), ratio])


def _files(profile: str) -> list[str]:
    manifest = [json.loads(line) for line in (SCANS / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    return [scan["file"] for scan in manifest if scan["profile"] == profile]


@cache
def _bare(profile: str) -> float:
    """Seconds of processor time a page of the bare command."""
    files = _files(profile)
    return _cpu_of(*(["tesseract", file, "-", "-l", "deu", "tsv"] for file in files)) / len(files)


def _read(engine: str, files: Sequence[str], folder: Path) -> tuple[float, list[dict[str, object]]]:
    """Seconds of processor time a page, and for each file the words and fields in the form of the scorer."""
    command = [str(Path(sys.executable).with_name("dms")), "read", "--json", "--pixels", "--engine", engine]
    answers = folder / "answers.jsonl"
    with answers.open("wb") as out:
        before = _children()
        subprocess.run([*command, *files], cwd=SCANS, stdout=out, check=True)
        cpu = (_children() - before) / len(files)
    return cpu, [_prediction(json.loads(line)) for line in answers.read_text(encoding="utf-8").splitlines()]


def _prediction(answer: dict[str, object]) -> dict[str, object]:
    pages, fields = cast(list[dict[str, list[Any]]], answer["pages"]), cast(dict[str, dict[str, Any]], answer["fields"])
    return {
        "file": answer["file"],
        "words": [word[:5] for page in pages for word in page["words"]],
        "fields": {name: field["value"] for name, field in fields.items()},
    }


def _scored(what: str, answers: Sequence[dict[str, object]], folder: Path) -> list[list[str]]:
    """The lines that the scorer prints, in their words."""
    predictions = folder / "predictions.jsonl"
    predictions.write_text("".join(json.dumps(answer) + "\n" for answer in answers), encoding="utf-8")
    score = [sys.executable, str(SCANS / "score.py"), what, str(predictions)]
    printed = subprocess.run(score, capture_output=True, text=True, check=True).stdout
    return [line.split() for line in printed.splitlines()]


def _cpu_of(*commands: Sequence[str]) -> float:
    before = _children()
    for command in commands:
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        subprocess.run(command, cwd=SCANS, env=environment, capture_output=True, check=True)
    return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
