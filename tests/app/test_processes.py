"""The processes of an installation: what each does, how it ends when told to, and who takes over."""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from dms.intake.models import Intake
from dms.jobs.models import Job
from tests.crash.documents import one
from tests.crash.siege import Siege, embedded, server, verify
from tests.factories import TEST
from tests.servers import RedisServer, free_port


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[Siege]:
    with embedded(tmp_path, 1) as siege:
        yield siege


@pytest.fixture
def apart(tmp_path: Path, own_postgres_url: str, s3_url: str) -> Iterator[Siege]:
    with server(tmp_path, 1, RedisServer(tmp_path), database_url=own_postgres_url, storage_url=s3_url) as siege:
        siege.roles["second"] = ["worker"]
        yield siege


def _until(condition: Callable[[], bool], siege: Siege, *, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, {name: siege.tail(name) for name in siege.running}
        time.sleep(0.05)


def _jobs(siege: Siege, kind: str) -> list[str]:
    with siege.database.read(TEST) as session:
        return list(session.scalars(select(Job.state).where(Job.kind == kind)))


def test_serve_ends_within_seconds_and_gives_back_what_it_reads(lone: Siege) -> None:
    lone.start("serve")
    lone.await_answer()
    for number in range(6):
        lone.drop(one("scan", number))
    _until(lambda: "running" in _jobs(lone, "text"), lone)
    process, begun = lone.running.pop("serve"), time.monotonic()
    process.terminate()
    assert process.wait(timeout=60) == 0
    assert time.monotonic() - begun < 30
    with lone.database.read(TEST) as session:
        assert session.scalars(select(Job.id).where(Job.state.in_(("running", "parked")))).all() == []
        assert session.scalars(select(Job.id).where(Job.state == "ready", Job.attempts > 0)).all() == []
        assert session.scalars(select(Intake.id).where(Intake.outcome == "quarantined")).all() == []
    assert [fault for fault in verify(lone)["faults"] if "index" not in fault["kind"]] == []
    lone.settle(seconds=120)
    with lone.database.read(TEST) as session:
        assert set(session.scalars(select(Intake.outcome))) == {"inbox"}
        assert max(session.scalars(select(Job.attempts))) == 1


def test_with_redis_serve_is_web_and_api_alone(apart: Siege) -> None:
    apart.start("serve")
    _until(apart.answers, apart)
    apart.drop(one("text", 1))
    apart.bring([one("text", 2)])
    time.sleep(3)
    assert (_jobs(apart, "identify"), len(list(apart.station.glob("*.txt")))) == (["ready"], 1)
    apart.start("watch")
    _until(lambda: len(_jobs(apart, "identify")) == 2, apart)
    assert _jobs(apart, "identify") == ["ready"] * 2
    apart.settle(seconds=120)


def test_when_the_worker_of_the_index_dies_another_takes_over(apart: Siege) -> None:
    apart.start("worker")
    apart.start("second")
    lock = apart.data / "index.lock"
    _until(lambda: lock.exists() and lock.stat().st_size > 0, apart)
    names = {process.pid: name for name, process in apart.running.items()}
    holder = names.pop(json.loads(lock.read_text())["pid"])
    apart.bring([one("text", 1)])
    _until(lambda: _jobs(apart, "index").count("done") == 1, apart)
    apart.kill(holder)
    apart.bring([one("text", 2)])
    _until(lambda: set(_jobs(apart, "index")) == {"done"} and len(_jobs(apart, "index")) > 1, apart)
    assert [json.loads(lock.read_text())["pid"]] == list(names)
    assert verify(apart)["faults"] == []


def test_without_its_database_a_command_says_so(lone: Siege) -> None:
    lone.settings["DMS_DATABASE_URL"] = "postgresql+psycopg://dms@127.0.0.1:1/nothing"
    for command in (["serve", "--port", str(free_port())], ["verify", "--json"], ["migrate"]):
        _assert_not_now(lone.run(*command))


def test_a_database_that_never_answers_is_given_up(lone: Siege) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        lone.settings["DMS_DATABASE_URL"] = f"postgresql+psycopg://dms@127.0.0.1:{silent.getsockname()[1]}/nothing"
        _assert_not_now(lone.run("migrate"))


def _assert_not_now(run: subprocess.CompletedProcess[str]) -> None:
    assert (run.returncode, run.stdout) == (3, ""), run.stderr
    assert "Traceback" not in run.stderr
