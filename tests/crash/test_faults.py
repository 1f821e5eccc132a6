"""The network between the application and each server goes wrong: nothing is lost, nobody is flooded, nothing parked.

A sample is part of `make test` (marker ``crash``), every fault of every server is `make torture`.
"""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.conftest import skip_loudly
from tests.crash.documents import KINDS, Input, one
from tests.crash.judgement import judge
from tests.crash.siege import Siege, embedded, server
from tests.crash.test_crash import SEED
from tests.crash.wire import Fault, Wire
from tests.servers import RedisServer

SERVERS = ("database_url", "storage_url", "search_url", "broker_url")
HEAL_SECONDS = 60
DISK_BYTES = 48 << 20
STORM = 3
"""So many times as much as in peace may be asked of a server in trouble."""
READABLE = [kind for kind in KINDS if kind not in ("duplicate", "empty")]


@dataclass
class Trouble:
    """An installation whose ways to its servers can be made bad, by the name of their setting."""

    siege: Siege
    wires: dict[str, Wire]
    token: str
    numbers: Iterator[int]

    def inputs(self, number: int) -> list[Input]:
        return [one(READABLE[n % len(READABLE)], n) for _, n in zip(range(number), self.numbers, strict=False)]


@pytest.fixture
def trouble(tmp_path: Path, empty_postgres_url: str, s3_url: str, own_opensearch_url: str) -> Iterator[Trouble]:
    redis = RedisServer(tmp_path)
    with ExitStack() as stack:
        urls = zip(SERVERS, (empty_postgres_url, s3_url, own_opensearch_url, redis.url), strict=True)
        wires = {name: stack.enter_context(Wire(url, SEED)) for name, url in urls}
        ways = {name: wire.url for name, wire in wires.items()}
        siege = stack.enter_context(server(tmp_path, SEED, redis, **ways))
        assert siege.run("migrate").returncode == 0
        token = siege.run("token", "add", "netz")
        assert token.returncode == 0, token.stderr
        siege.start_missing()
        siege.await_answer()
        yield Trouble(siege, wires, token.stdout.strip(), count(7000))


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_a_sample_of_faults_loses_nothing(trouble: Trouble) -> None:
    with _uploading(trouble, trouble.inputs(4)):
        for name, fault in (("database_url", Fault.LOST_ANSWER), ("storage_url", Fault.RESET)):
            trouble.wires[name].fault = fault
            time.sleep(2)
            trouble.wires[name].fault = None
    assert_nothing_lost(trouble.siege)


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", SERVERS)
def test_every_fault_of_a_server_loses_nothing(trouble: Trouble, name: str) -> None:
    wire = trouble.wires[name]
    peace = _rate(trouble, wire, seconds=30)
    trouble.siege.settle(seconds=120)
    for fault in Fault:
        wire.fault = fault
        rate = _rate(trouble, wire, seconds=30)
        wire.fault = None
        healed = trouble.siege.settle(seconds=HEAL_SECONDS)
        print(f"{name} {fault}: {rate / peace:.2f} times as busy as in peace, through {healed:.1f} s after")  # noqa: T201
        assert rate <= STORM * peace
    assert_nothing_lost(trouble.siege)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder], check=False)
    if mounted.returncode != 0:
        skip_loudly("no file system can be mounted here: run as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_a_full_disk_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    with embedded(tmp_path, SEED, data=str(small_disk), hotfolder=str(tmp_path / "hotfolder")) as siege:
        siege.start_missing()
        siege.await_answer()
        token = siege.run("token", "add", "netz").stdout.strip()
        trouble = Trouble(siege, {}, token, count(8000))
        for _ in range(3):
            _drop(trouble, 12)
            siege.settle(seconds=120)
            ballast = _fill(small_disk)
            with _uploading(trouble, trouble.inputs(3)):
                _drop(trouble, 12)
                time.sleep(20)
                ballast.unlink()
            assert_nothing_lost(siege)
            siege.start_missing()
            siege.await_answer()


def _drop(trouble: Trouble, number: int) -> None:
    for given in trouble.inputs(number):
        trouble.siege.drop(given)


def _fill(disk: Path) -> Path:
    """Takes all room that is left, to the last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    return ballast


def assert_nothing_lost(siege: Siege) -> None:
    """Every input in its one outcome, which is that of a good day: nothing was parked because a neighbour was away."""
    judgement = judge(siege, siege.settle(seconds=HEAL_SECONDS), SEED)
    print(judgement.table())  # noqa: T201 - what `make torture` is for
    assert judgement.is_clean
    assert not [outcome for outcome in judgement.outcomes if "job.crashed" in outcome]


def _rate(trouble: Trouble, wire: Wire, *, seconds: float) -> float:
    """What the application asks of the server in a second, while documents come in both ways."""
    before, begun = wire.connections + wire.pieces, time.monotonic()
    given = trouble.inputs(24)
    with _uploading(trouble, given[::3]):
        for one_input in given[1::3] + given[2::3]:
            trouble.siege.drop(one_input)
            time.sleep(seconds / len(given))
        time.sleep(max(0.0, begun + seconds - time.monotonic()))
        found = (wire.connections + wire.pieces - before) / (time.monotonic() - begun)
        if wire.fault is not None:
            wire.fault = None
    return found


@contextmanager
def _uploading(trouble: Trouble, given: list[Input]) -> Iterator[None]:
    """Documents that a scanner sends meanwhile, each again until it is acknowledged."""
    failed: list[BaseException] = []

    def send() -> None:
        try:
            for one_input in given:
                _send(trouble, one_input)
        except BaseException as exc:
            failed.append(exc)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        sender.join()
    trouble.siege.imported += given
    assert not failed, failed


def _send(trouble: Trouble, given: Input) -> None:
    url = f"http://127.0.0.1:{trouble.siege.roles['serve'][2]}/api/v1/intake"
    headers = {"Authorization": f"Bearer {trouble.token}", "Idempotency-Key": given.name}
    end = time.monotonic() + 180
    while time.monotonic() < end:
        try:
            answer = httpx.post(url, headers=headers, files={"file": (given.name, given.data)}, timeout=60)
        except httpx.HTTPError:
            continue
        if answer.status_code == 201:
            return
        assert answer.status_code == 503, (answer.status_code, answer.text)
        time.sleep(0.5)
    raise AssertionError(f"{given.name} was never acknowledged")
