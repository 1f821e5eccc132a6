"""The commands as a script sees them: exit codes, and nothing but JSON on standard output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def _dms(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from dms.cli.main import main; main()", *arguments]
    environment = {**os.environ, "DMS_DATA": str(data)}
    return subprocess.run(
        command, env=environment, cwd=data.parent, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_refused_file_is_exit_1_with_the_same_keys(tmp_path: Path) -> None:
    broken = tmp_path / "kaputt.pdf"
    broken.write_bytes(b"%PDF-1.4 kaputt")
    read = _dms(tmp_path / "data", "read", str(broken), "--json")
    assert read.returncode == 1
    assert json.loads(read.stdout)["reason"] == "pdf.broken"
    checked = _dms(tmp_path / "data", "check-invoice", str(broken), "--json")
    assert checked.returncode == 1
    assert json.loads(checked.stdout)["accepted"] is False


def test_an_invoice_without_rules_is_not_checked(tmp_path: Path, corpora: Path) -> None:
    invoice = corpora / "einvoice/kosit-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml"
    checked = _dms(tmp_path / "data", "check-invoice", str(invoice), "--json")
    report = json.loads(checked.stdout)
    assert (checked.returncode, report["accepted"], report["xsd_valid"]) == (3, None, True)
    assert [finding["rule"] for finding in report["findings"]] == ["rules.missing"]


def test_what_is_imported_is_found_and_verified(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "brief.txt").write_text("Es geht um die Hundesteuer.", encoding="utf-8")
    (folder / "leer.pdf").write_bytes(b"")
    data = tmp_path / "data"
    imported = _dms(data, "import", str(folder), "--json", "--wait")
    items = {Path(item["path"]).name: item for item in json.loads(imported.stdout)["items"]}
    assert (imported.returncode, items["brief.txt"]["outcome"], items["leer.pdf"]["outcome"]) == (1, "inbox", "refused")
    _add_clerk(data)
    found = _dms(data, "search", "Hundesteuer", "Xyzzyplugh", "--as", "anna", "--json")
    assert [json.loads(line)["total"] for line in found.stdout.splitlines()] == [1, 0]
    bundle = _dms(data, "export", items["brief.txt"]["document_id"], "--to", str(tmp_path / "out"))
    assert bundle.returncode == 0
    assert (tmp_path / "out" / items["brief.txt"]["document_id"] / "manifest.json").exists()
    verified = _dms(data, "verify", "--json", "--deep")
    assert (verified.returncode, json.loads(verified.stdout)["faults"]) == (0, [])
    next((data / "blobs").rglob(items["brief.txt"]["sha256"])).unlink()
    assert _dms(data, "verify", "--json").returncode == 1


def _add_clerk(data: Path) -> None:
    command = [sys.executable, "-c", "from dms.cli.main import main; main()", "user", "add", "anna", "--role", "clerk"]
    environment = {**os.environ, "DMS_DATA": str(data)}
    subprocess.run(command, env=environment, input="ein langes Kennwort\n", text=True, check=True, capture_output=True)


@pytest.mark.parametrize("arguments", [["gibtsnicht"], ["search"]])
def test_wrong_use_is_exit_2(tmp_path: Path, arguments: list[str]) -> None:
    assert _dms(tmp_path / "data", *arguments).returncode == 2


def test_the_help_names_every_command(tmp_path: Path) -> None:
    from dms.cli.main import COMMANDS

    shown = _dms(tmp_path / "data", "--help")
    assert shown.returncode == 0
    assert all(f"  {name} " in shown.stdout for name in COMMANDS)


def test_the_demonstration_ends_with_every_document_through(tmp_path: Path) -> None:
    shown = _dms(tmp_path / "data", "demo", "--exit")
    answer = json.loads(shown.stdout)
    assert shown.returncode == 0
    assert len(answer["documents"]) >= 10
    assert {document["outcome"] for document in answer["documents"]} == {"inbox"}
    assert sum(document["state"] == "capture" for document in answer["documents"]) == 5
