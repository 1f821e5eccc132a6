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
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.benchmarks.report import Report, Table, number
from tests.conftest import ROOT, skip_loudly

SCANS = ROOT.parent / "shared/corpora/scans"
PROFILES = ("office300", "office200", "color200", "rot300", "shadow300", "low150", "fax200")
ENGINES = ("cascade", "tesseract", "rapidocr")


@pytest.mark.benchmark
@pytest.mark.timeout(7200)
def test_reading_of_simulated_scans(report: Report, tmp_path: Path) -> None:
    if not SCANS.is_dir():
        skip_loudly("no simulated scans beside the checkout (../shared/corpora/scans)")
    manifest = [json.loads(line) for line in (SCANS / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = []
    for profile in PROFILES:
        files = [scan["file"] for scan in manifest if scan["profile"] == profile]
        bare = _cpu_of(*(["tesseract", file, "-", "-l", "deu", "tsv"] for file in files)) / len(files)
        for engine in ENGINES:
            cpu, scores = _read(engine, files, tmp_path)
            rows.append([profile, engine, *scores[profile], number(cpu), f"{cpu / bare:.2f} : 1"])
    heads = ["scans", "engine", "CER %", "recall %", "precision %", "CPU s a page", "CPU / bare command"]
    report.add(Table("Recognition of simulated scans", heads, rows, __doc__ or ""))


def _read(engine: str, files: Sequence[str], folder: Path) -> tuple[float, dict[str, list[str]]]:
    """Seconds of processor time a page, and error rate, recall and precision by profile."""
    dms = [str(Path(sys.executable).with_name("dms")), "read", "--json", "--pixels", "--engine", engine]
    answers = folder / "answers.jsonl"
    with answers.open("wb") as out:
        before = _children()
        subprocess.run([*dms, *files], cwd=SCANS, stdout=out, check=True)
        cpu = (_children() - before) / len(files)
    predictions = folder / "predictions.jsonl"
    with predictions.open("w", encoding="utf-8") as out:
        for line in answers.read_text(encoding="utf-8").splitlines():
            answer = json.loads(line)
            words = [word[:5] for page in answer["pages"] for word in page["words"]]
            out.write(json.dumps({"file": answer["file"], "words": words}) + "\n")
    score = [sys.executable, str(SCANS / "score.py"), "words", str(predictions)]
    printed = subprocess.run(score, capture_output=True, text=True, check=True).stdout
    fields = (line.split() for line in printed.splitlines())
    return cpu, {line[0]: [line[2], line[4], line[6]] for line in fields}


def _cpu_of(*commands: Sequence[str]) -> float:
    before = _children()
    for command in commands:
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        subprocess.run(command, cwd=SCANS, env=environment, capture_output=True, check=True)
    return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
