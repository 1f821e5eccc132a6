"""The jail over time: many callers, a killed zygote, a killed application; nothing leaks or is left behind."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dms.jail import Jail, JailTask, JailTimeout, JailUnavailable
from tests.conftest import ROOT
from tests.hostile import attacks

CALLS = 200


@pytest.fixture
def jail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jail]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    jail = Jail(attacks.TASKS)
    yield jail
    jail.close()


def _alive(pids: set[int]) -> set[int]:
    """Those of the processes that still run."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except OSError:
            continue
        found |= {pid} if state != "Z" else set()
    return found


def _below(parent: int) -> list[int]:
    """The processes that descend from one, nearest first."""
    found = []
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split():
        found += [int(child), *_below(int(child))]
    return found


def _open_files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _wait_for(condition: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.02)
    raise AssertionError("did not come about")


def _zygote_of(jail: Jail) -> int:
    assert jail.run("echo", b"x").value == "done"
    assert jail._zygote is not None
    return jail._zygote.pid


def test_hundreds_of_calls_from_many_threads_leak_nothing(jail: Jail, tmp_path: Path) -> None:
    zygote = _zygote_of(jail)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: jail.run("echo", b"warm"), range(8)))
        descriptors = _open_files(os.getpid())
        inside = [_open_files(pid) for pid in (zygote, *_below(zygote))]
        answers = list(pool.map(lambda number: jail.run("echo", f"call {number}".encode()).files, range(CALLS)))
    assert answers == [{"copy": f"call {number}".encode()} for number in range(CALLS)]
    assert _open_files(os.getpid()) <= descriptors
    assert sum(_open_files(pid) for pid in (zygote, *_below(zygote))) < sum(inside) + 10
    assert list(tmp_path.iterdir()) == []


def test_an_application_with_thousands_of_open_files_uses_it_too(jail: Jail) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        assert jail.run("echo", b"x").files["copy"] == b"x"
    finally:
        for descriptor in opened:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_calls_that_fail_leak_nothing_either(jail: Jail) -> None:
    zygote = _zygote_of(jail)
    descriptors = _open_files(os.getpid())
    for task in ("crash", "answer_half", "answer_nonsense", "refuse", "sleep"):
        with pytest.raises(Exception, match=r"."):
            jail.run(task, b"", **({"seconds": 60} if task == "sleep" else {}))
    assert _open_files(os.getpid()) == descriptors
    assert _zygote_of(jail) == zygote
    _wait_for(lambda: len(_below(zygote)) <= 1)


def test_calls_go_on_while_the_zygote_is_killed_again_and_again(jail: Jail) -> None:
    killed = [_zygote_of(jail)]
    answers: list[bool] = []

    def call(number: int) -> None:
        while len(killed) < 4:
            try:
                answers.append(jail.run("echo", f"{number}".encode()).files["copy"] == f"{number}".encode())
            except JailUnavailable:
                time.sleep(0.05)

    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(call, number) for number in range(4)]
        while len(killed) < 4:
            heard = len(answers)
            _wait_for(lambda heard=heard: len(answers) > heard + 10)
            killed.append(_zygote_of(jail))
            os.kill(killed[-1], signal.SIGKILL)
    assert [call.result() for call in calls] == [None] * 4
    assert all(answers)
    assert len(set(killed)) >= 3
    assert jail.run("echo", b"after").files["copy"] == b"after"


def test_a_call_is_tried_once_more_when_the_zygote_dies_with_it(jail: Jail) -> None:
    first = _zygote_of(jail)
    answers: list[str] = []
    caller = threading.Thread(target=lambda: answers.append(jail.run("keep_a_secret", b"", seconds=0.5).value))
    caller.start()
    _wait_for(lambda: len(_below(first)) > 1)
    os.kill(first, signal.SIGKILL)
    caller.join()
    assert answers == [attacks.SECRET.decode()]
    assert _zygote_of(jail) != first


def test_a_zygote_without_memory_is_replaced(jail: Jail) -> None:
    """It dies of a request that it cannot hold; the caller gets its answer from the next one."""
    first = _zygote_of(jail)
    for pid in (first, *_below(first)):
        resource.prlimit(pid, resource.RLIMIT_AS, (1024, resource.RLIM_INFINITY))
    big = "x" * 30_000
    try:
        answers = [jail.run("list_folder", b"", path=big).value for _ in range(50)]
    except JailUnavailable:
        answers = []
    assert set(answers) <= {"ENAMETOOLONG"}
    assert jail.run("echo", b"after").files["copy"] == b"after"


def test_a_zygote_that_hangs_is_replaced(jail: Jail) -> None:
    first = _zygote_of(jail)
    stopped = [first, *_below(first)]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    with pytest.raises(JailTimeout, match="no answer"):
        jail.run("sleep", b"", seconds=0.1)
    assert _zygote_of(jail) != first
    _wait_for(lambda: not _alive(set(stopped)))


def test_a_zygote_that_cannot_start_is_unavailable_not_a_crash() -> None:
    jail = Jail({"none": JailTask("dms.no_such_module:task")})
    with pytest.raises(JailUnavailable):
        jail.run("none", b"")
    jail.close()


_APPLICATION = """
import sys, threading
from dms.jail import Jail
from tests.hostile import attacks
jail = Jail(attacks.TASKS)
jail.run("echo", b"x")
for task in ("spin", "outlive_with_exec"):
    options = {"seconds": 60, "mark": "killedwithapp"} if "outlive" in task else {}
    threading.Thread(target=jail.run, args=(task, b""), kwargs=options).start()
print("ready", flush=True)
"""


def test_nothing_survives_an_application_that_is_killed() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    application = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", _APPLICATION], stdout=subprocess.PIPE, env=environment
    )
    assert application.stdout is not None
    with application, application.stdout:
        assert application.stdout.readline() == b"ready\n"
        _wait_for(lambda: len(_below(application.pid)) >= 6)
        inside = set(_below(application.pid))
        application.kill()
        application.wait()
    _wait_for(lambda: not _alive(inside))


def test_a_task_is_warmed_up_until_all_is_loaded() -> None:
    jail = Jail({"warmth": JailTask("tests.hostile.warmth:warmth", warm_up="tests.hostile.warmth:warm_up")})
    try:
        calls = [jail.run("warmth", b"", all_loaded=all_loaded).value for all_loaded in (False, False, True, True)]
    finally:
        jail.close()
    assert calls == [1, 2, 3, 3]


def test_closing_the_jail_ends_every_process_and_the_calls_at_work(jail: Jail) -> None:
    zygote = _zygote_of(jail)
    ended: list[str] = []

    def call() -> None:
        try:
            jail.run("keep_a_secret", b"", seconds=60)
        except JailUnavailable as exc:
            ended.append(str(exc))

    caller = threading.Thread(target=call)
    caller.start()
    _wait_for(lambda: len(_below(zygote)) > 1)
    inside = {zygote, *_below(zygote)}
    jail.close()
    caller.join()
    assert ended == ["closed"]
    _wait_for(lambda: not _alive(inside))
