"""`dms serve` as an operator meets it: what keeps it from starting, what it says, how it ends."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.commands import DMS, Tls, dms, environment, free_port, issue, serving

HOST = "akten.example.test"
PUBLIC = f"https://{HOST}"


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    return issue(tmp_path / "tls", HOST)


def _refused(tmp_path: Path, *arguments: str, **settings: object) -> str:
    """What `dms serve` says when it does not start, in German sentences without a traceback."""
    done = dms(tmp_path / "data", "serve", "--port", str(free_port()), *arguments, seconds=30, **settings)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_other_desks_are_not_served_without_tls(tmp_path: Path) -> None:
    said = _refused(tmp_path, "--host", "0.0.0.0")  # noqa: S104 - it is refused
    assert "DMS_PUBLIC_URL fehlt" in said
    assert "DMS_TLS_CERT und DMS_TLS_KEY" in said


def test_a_public_address_without_tls_is_refused(tmp_path: Path, tls: Tls) -> None:
    said = _refused(tmp_path, public_url=f"http://{HOST}", tls_cert=tls.cert, tls_key=tls.key)
    assert "Nötig ist https://" in said


def test_a_certificate_that_browsers_refuse_is_refused(tmp_path: Path, tls: Tls) -> None:
    other = f"https://anders.example.test:{free_port()}"
    said = _refused(tmp_path, public_url=other, tls_cert=tls.cert, tls_key=tls.key)
    assert f"Das Zertifikat {tls.cert} gilt nicht für anders.example.test" in said


def test_only_this_machine_by_its_own_names_is_answered_without_tls(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path / "data", port):
        asked = {
            host: httpx.get(f"http://127.0.0.1:{port}/anmelden", headers={"Host": host})
            for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", f"rebound.example.test:{port}")
        }
    assert [answer.status_code for answer in asked.values()] == [200, 200, 200, 421]
    assert f"http://127.0.0.1:{port}" in asked[f"rebound.example.test:{port}"].text


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_taken_port_is_said(tmp_path: Path, taken_port: int) -> None:
    assert f"Port {taken_port} ist schon belegt" in _refused(tmp_path, "--port", str(taken_port))


def test_a_foreign_address_is_said(tmp_path: Path, tls: Tls) -> None:
    said = _refused(tmp_path, "--host", "192.0.2.1", public_url=PUBLIC, tls_cert=tls.cert, tls_key=tls.key)
    assert "192.0.2.1 ist keine Adresse dieses Rechners" in said


def test_one_folder_is_worked_by_one_process(tmp_path: Path) -> None:
    with serving(tmp_path / "data", free_port()) as first:
        assert f"„dms serve“ (Prozess {first.pid})" in _refused(tmp_path)


def test_an_installation_without_people_says_what_to_type(tmp_path: Path) -> None:
    data = tmp_path / "eigene daten"
    with serving(data, free_port(), arguments=["--data", str(data)]):
        pass
    said = data.with_suffix(".log").read_text(encoding="utf-8")
    assert f"DMS_DATA='{data}' dms user add NAME --role admin" in said
    assert dms(data, "user", "add", "anna", "--role", "admin", stdin="ein langes Kennwort\n").returncode == 0
    with serving(data, free_port()):
        pass
    assert "user add" not in data.with_suffix(".log").read_text(encoding="utf-8")


@pytest.mark.crash
def test_a_demonstration_that_was_killed_shows_its_table_takes_the_next_port_and_goes_on_later(
    tmp_path: Path, taken_port: int
) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    command = [*DMS, "demo", "--port", str(taken_port)]
    for seconds in (2.0, 3.0, 4.0, 6.0):
        process = subprocess.Popen(
            command, env=environment(data), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with log.open("wb") as stream:
        process = subprocess.Popen(command, env=environment(data), cwd=tmp_path, stdout=stream, stderr=stream)
        while "läuft unter" not in log.read_text(encoding="utf-8") and process.poll() is None:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=180) == 0
    lines = log.read_text(encoding="utf-8").splitlines()
    address = next(line for line in lines if "läuft unter" in line)
    assert not address.endswith(f":{taken_port}")
    assert not [line for line in lines if line.startswith("{") or "Traceback" in line]
    later = dms(data, "demo", "--exit")
    documents = json.loads(later.stdout)["documents"]
    assert (later.returncode, len(later.stdout.splitlines())) == (0, 1)
    assert len(documents) == len({document["file"] for document in documents}) == 13
    assert {document["outcome"] for document in documents} == {"inbox"}
    for document in documents:
        assert set(document) == {"file", "outcome", "document_id", "kind", "state"}
        assert any(line.startswith(f"{document['file']} ") for line in lines)


def test_server_processes_say_what_is_missing(tmp_path: Path, redis_url: str) -> None:
    alone = dms(tmp_path / "data", "worker", seconds=30)
    assert (alone.returncode, "DMS_BROKER_URL" in alone.stderr) == (2, True)
    old = dms(tmp_path / "data", "serve", "--port", str(free_port()), seconds=30, broker_url=redis_url)
    assert (old.returncode, old.stderr.strip()) == (
        3,
        "Die Datenbank passt nicht zu dieser Fassung. Bitte einmal „dms migrate“ eingeben.",
    )


def test_an_index_that_was_lost_is_filled_again_at_the_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "in").mkdir()
    (tmp_path / "in/brief.txt").write_text("Es geht um die Hundesteuer.", encoding="utf-8")
    assert dms(data, "import", str(tmp_path / "in"), "--wait").returncode == 0
    dms(data, "user", "add", "anna", "--role", "clerk", stdin="ein langes Kennwort\n")
    shutil.rmtree(data / "index")
    with serving(data, free_port()):
        end = time.monotonic() + 60
        while '"total": 1' not in (found := dms(data, "search", "Hundesteuer", "--as", "anna", "--json").stdout):
            assert time.monotonic() < end, found
