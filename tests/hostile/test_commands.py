"""`dms read` and `dms check-invoice` on hostile files: one line a file with the same keys, the promised exit code."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.hostile import corpus

pytestmark = pytest.mark.corpus
READ_KEYS = {"file", "file_sha256", "pages", "codes", "fields"}
CHECK_KEYS = {
    "file", "file_sha256", "syntax", "profile", "scenario", "rule_set", "xsd_valid", "accepted", "findings", "terms",
    "embedded", "pdf_differences",
}  # fmt: skip
QUICK = ("generated", "upload-bypass", "xml-entity-attack", "codec-fuzz-seed")


def _dms(command: str, files: list[Path]) -> tuple[int, list[dict[str, Any]]]:
    arguments = [sys.executable, "-c", "from dms.cli.main import main; main()", command, "--json", *map(str, files)]
    environment = {**os.environ, "DMS_RECOGNITION": "tesseract"}
    ended = subprocess.run(
        arguments, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=4 * 3600, check=False
    )
    assert "Traceback" not in ended.stderr
    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [answer["file"] for answer in answers] == [str(file) for file in files]
    assert all(answer["file_sha256"] == _sha256(Path(answer["file"])) for answer in answers)
    return ended.returncode, answers


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _check_read(files: list[Path]) -> None:
    code, answers = _dms("read", files)
    for answer in answers:
        assert set(answer) - {"reason", "failed_pages"} == READ_KEYS, answer["file"]
        assert not (answer.get("reason") and (answer["pages"] or answer["fields"])), answer["file"]
    reasons = [answer["reason"] for answer in answers if "reason" in answer]
    engine = any(reason.startswith("engine.") for reason in reasons)
    assert code == (3 if engine else 1 if reasons else 0)
    assert not {"jail.unavailable", "engine.unavailable"} & set(reasons)


def _check_invoices(files: list[Path]) -> None:
    code, answers = _dms("check-invoice", files)
    for answer in answers:
        assert set(answer) == CHECK_KEYS, answer["file"]
        assert answer["accepted"] in (False, None), answer["file"]
        assert all(finding["message"] for finding in answer["findings"]), answer["file"]
    assert code == (3 if any(answer["accepted"] is None for answer in answers) else 1)


def _files(corpora: Path, *classes: str) -> list[Path]:
    folder = corpora / "hostile"
    items = [item for item in corpus.listed(folder) if not classes or item.hostile_class in classes]
    return [folder / item.file for item in items]


def test_hostile_files_are_read_or_refused(corpora: Path) -> None:
    _check_read(_files(corpora, "generated", "xml-entity-attack"))


def test_hostile_files_are_no_accepted_invoices(corpora: Path) -> None:
    _check_invoices(_files(corpora, *QUICK, "pdf-encrypted"))


@pytest.mark.torture
@pytest.mark.timeout(4 * 3600)
def test_the_whole_corpus_is_read_or_refused(corpora: Path) -> None:
    _check_read(_files(corpora))


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_the_whole_corpus_holds_no_accepted_invoice(corpora: Path) -> None:
    _check_invoices(_files(corpora))
