"""The commands as a script sees them: exit codes, and nothing but JSON on standard output."""

import json
import os
from pathlib import Path

import pytest

from tests.commands import dms
from tests.factories import bring, opened


def test_a_refused_file_is_exit_1_with_the_same_keys(tmp_path: Path) -> None:
    broken = tmp_path / "kaputt.pdf"
    broken.write_bytes(b"%PDF-1.4 kaputt")
    read = dms(tmp_path / "data", "read", str(broken), "--json")
    assert read.returncode == 1
    assert json.loads(read.stdout)["reason"] == "pdf.broken"
    checked = dms(tmp_path / "data", "check-invoice", str(broken), "--json")
    assert checked.returncode == 1
    assert json.loads(checked.stdout)["accepted"] is False


def test_an_invoice_without_rules_is_not_checked(tmp_path: Path, corpora: Path) -> None:
    invoice = corpora / "einvoice/kosit-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml"
    checked = dms(tmp_path / "data", "check-invoice", str(invoice), "--json", rules_dir=tmp_path / "rules")
    report = json.loads(checked.stdout)
    assert (checked.returncode, report["accepted"], report["xsd_valid"]) == (3, None, True)
    assert [finding["rule"] for finding in report["findings"]] == ["vat_id.check_digits", "rules.missing"]


def test_what_is_imported_is_found_and_verified(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "brief.txt").write_text("Es geht um die Hundesteuer.", encoding="utf-8")
    (folder / "leer.pdf").write_bytes(b"")
    data = tmp_path / "data"
    imported = dms(data, "import", str(folder), "--json", "--wait")
    items = {Path(item["path"]).name: item for item in json.loads(imported.stdout)["items"]}
    assert (imported.returncode, items["brief.txt"]["outcome"], items["leer.pdf"]["outcome"]) == (1, "inbox", "refused")
    _add_clerk(data)
    found = dms(data, "search", "Hundesteuer", "Xyzzyplugh", "--as", "anna", "--json")
    assert [json.loads(line)["total"] for line in found.stdout.splitlines()] == [1, 0]
    bundle = dms(data, "export", items["brief.txt"]["document_id"], "--to", str(tmp_path / "out"))
    assert bundle.returncode == 0
    assert (tmp_path / "out" / items["brief.txt"]["document_id"] / "manifest.json").exists()
    verified = dms(data, "verify", "--json", "--deep")
    assert (verified.returncode, json.loads(verified.stdout)["faults"]) == (0, [])
    next((data / "blobs").rglob(items["brief.txt"]["sha256"])).unlink()
    assert dms(data, "verify", "--json").returncode == 1


def _add_clerk(data: Path) -> None:
    added = dms(data, "user", "add", "anna", "--role", "clerk", stdin="ein langes Kennwort\n")
    assert added.returncode == 0


def test_wrong_use_is_exit_2_with_a_german_hint(tmp_path: Path) -> None:
    wrong = dms(tmp_path / "data", "serve", "--port", "viele")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--port: „viele“ ist keine ganze Zahl." in wrong.stderr
    assert "Hilfe:  dms serve --help" in wrong.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"DMS_WORKER_THREADS=zwei\n", "Einstellung DMS_WORKER_THREADS: „zwei“ ist keine ganze Zahl."),
        (b"DMS_JAIL=auto\nohne Gleichheitszeichen und = Name\n", "Zeile 2 der Datei .env ist nicht lesbar"),
        (b"DMS_PUBLIC_URL=\xff\n", "Die Datei .env lässt sich nicht lesen (kein UTF-8)."),
        (b"DMS_SECRET_FILE=/gibt/es/nicht\nDMS_BROKER_URL=redis://:{secret}@h/0\n", "Das Geheimnis /gibt/es/nicht"),
    ],
)
def test_a_broken_setting_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / ".env").write_bytes(content)
    told = dms(tmp_path / "data", "config")
    assert (told.returncode, told.stdout, len(told.stderr.splitlines())) == (2, "", 1)
    assert sentence in told.stderr


def test_the_settings_are_shown_without_secrets_and_with_doubts(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DMS_TLS_CRET=/x\n", encoding="utf-8")
    secret = tmp_path / "geheim"
    secret.write_text("streng-geheim", encoding="utf-8")
    secret.chmod(0o644)
    broker = "redis://dms:auch-geheim@127.0.0.1:1/0"
    shown = dms(tmp_path / "data", "config", secret_file=secret, broker_url=broker)
    assert shown.returncode == 0
    assert "geheim@" not in shown.stdout
    assert "DMS_BROKER_URL=redis://dms:***@127.0.0.1:1/0" in shown.stdout
    doubts = "".join(line for line in shown.stdout.splitlines() if line.startswith("#"))
    for doubt in ("DMS_PUBLIC_URL fehlt", "DMS_TLS_CERT und DMS_TLS_KEY", f"{secret} ist für andere", "DMS_TLS_CRET"):
        assert doubt in doubts


def test_a_password_that_is_too_short_says_so(tmp_path: Path) -> None:
    refused = dms(tmp_path / "data", "user", "add", "anna", "--role", "clerk", stdin="kurz\n")
    assert (refused.returncode, refused.stderr.strip()) == (1, "Das Kennwort braucht mindestens 10 Zeichen.")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "datei").write_text("", encoding="utf-8")
    refused = dms(tmp_path / "datei" / "data", "migrate", cwd=tmp_path)
    assert (refused.returncode, "Traceback" in refused.stderr) == (3, False)
    assert refused.stderr.startswith("Kein Zugriff auf")
    assert refused.stderr.endswith(": das ist kein Ordner.\n")


@pytest.mark.parametrize("command", ["read", "check-invoice"])
def test_a_pipe_is_no_file(tmp_path: Path, command: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused = dms(tmp_path / "data", command, "--json", str(tmp_path / "pipe"), seconds=30)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "ist keine gewöhnliche Datei" in refused.stderr


def test_a_pipe_is_not_imported(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    imported = dms(tmp_path / "data", "import", "--json", str(tmp_path / "pipe"), seconds=30)
    assert imported.returncode == 1
    assert json.loads(imported.stdout)["items"][0]["outcome"] == "refused"


@pytest.mark.parametrize("login", ["", "  ", "a" * 81])
def test_nobody_gets_a_login_that_no_page_accepts(tmp_path: Path, login: str) -> None:
    added = dms(tmp_path / "data", "user", "add", login, "--role", "clerk", stdin="ein langes Kennwort\n")
    assert (added.returncode, added.stderr) == (1, "Der Anmeldename braucht 1 bis 80 Zeichen.\n")


def test_what_is_not_utf_8_is_refused_in_words(tmp_path: Path) -> None:
    login = os.fsdecode(b"m\xfcller")
    added = dms(tmp_path / "data", "user", "add", login, "--role", "clerk", stdin="ein langes Kennwort\n")
    assert added.returncode == 2
    assert "nicht in UTF-8" in added.stderr
    assert "Traceback" not in added.stderr


def test_a_job_is_set_aside_and_tried_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with opened(data, workers=False) as platform:
        bring(platform, "brief.txt", b"Guten Tag")
    job_id = json.loads(dms(data, "jobs", "list", "--json").stdout)["jobs"][0]["id"]
    parked = dms(data, "jobs", "park", job_id, "--json")
    assert json.loads(parked.stdout) == {"id": job_id, "state": "parked"}
    again = dms(data, "jobs", "park", job_id)
    assert (again.returncode, again.stderr) == (1, "Diesen offenen Auftrag gibt es nicht.\n")
    listed = json.loads(dms(data, "jobs", "list", "--json").stdout)["jobs"]
    assert {(job["state"], job["code"]) for job in listed if job["id"] == job_id} == {("parked", "job.set_aside")}
    assert json.loads(dms(data, "jobs", "retry", job_id, "--json").stdout) == {"id": job_id, "state": "ready"}
