"""One installation under fire: its real processes are killed and started again while documents come in."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from dms.config import Settings
from dms.db import Database
from dms.errors import Unavailable
from dms.intake.models import Intake, Outcome
from dms.jobs.service import count_open
from tests.conftest import ROOT
from tests.crash.documents import Input
from tests.factories import TEST
from tests.servers import RedisServer, Server, free_port

DMS = ["-c", "from dms.cli.main import main; main()"]
NOT_NOW = 3
"""Exit code of a command that found DATA taken, or a server away."""
RECOVERY_SECONDS = 60.0


@dataclass
class Siege:
    """`roles` are the processes of the installation by name, with the arguments of `dms`."""

    folder: Path
    settings: dict[str, str]
    roles: dict[str, list[str]]
    random: random.Random
    redis: RedisServer | None = None
    servers: Mapping[str, Server] = field(default_factory=dict)
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: list[Input] = field(default_factory=list)
    imported: list[Input] = field(default_factory=list)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chosen = Settings(data=self.data, _env_file=None, **self.urls)  # type: ignore[call-arg, arg-type]
        self.station = self.chosen.hotfolder_path / "rathaus"
        self._database: Database | None = None

    @property
    def urls(self) -> dict[str, str]:
        """The settings other than DATA, by their names in `Settings`."""
        return {name.removeprefix("DMS_").lower(): value for name, value in self.settings.items() if name != "DMS_DATA"}

    @property
    def data(self) -> Path:
        return Path(self.settings["DMS_DATA"])

    @property
    def database(self) -> Database:
        """Read beside the processes, to see what they have written."""
        if self._database is None:
            self._database = Database(self.chosen.effective_database_url)
        return self._database

    def command(self, *arguments: str, at: str | None = None) -> list[str]:
        return [sys.executable, *(["-m", "tests.crash.points", at] if at else DMS), *arguments]

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command to its end, unharmed."""
        return subprocess.run(
            self.command(*arguments), env=self._environment(), cwd=self.folder, capture_output=True, text=True,
            timeout=600, check=False,
        )  # fmt: skip

    def start(self, name: str, *, at: str | None = None) -> None:
        """One of the processes, or any other command; with `at` it dies at the named step (`tests.crash.points`)."""
        self.running[name] = self._spawn(name, *self.roles.get(name, [name]), at=at)

    def start_missing(self, *, but: str | None = None) -> None:
        """Every process that does not run; one that ended by itself must have found the DATA folder taken."""
        for name in self.roles:
            process = self.running.get(name)
            if process is not None and process.poll() is not None:
                assert process.returncode in (-signal.SIGKILL, NOT_NOW), (name, process.returncode, self.tail(name))
            if name != but and (process is None or process.poll() is not None):
                self.start(name)

    def answers(self) -> bool:
        """True when the pages can be asked for."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.roles['serve'][2]}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def await_answer(self) -> None:
        """Until the pages can be asked for, starting what ended because the DATA folder was taken."""
        end = time.monotonic() + 120
        while not self.answers():
            assert time.monotonic() < end, self.tail("serve")
            self.start_missing()
            time.sleep(0.1)

    def kill(self, name: str, step: str = "at random") -> None:
        """No chance to say goodbye."""
        process = self.running[name]
        if process.poll() is None:
            process.kill()
            self.kills[name, step] += 1
        process.wait()

    def kill_server(self, name: str, *, away_seconds: float) -> None:
        """One of `servers`; it comes back by itself, as an ordinary machine would see to."""
        self.servers[name].kill()
        self.kills[name, "at random"] += 1
        time.sleep(away_seconds)
        self.servers[name].start()

    def await_servers(self) -> None:
        """Until all of them answer; only who counts the inputs needs that."""
        for server in self.servers.values():
            server.await_port()
        end = time.monotonic() + RECOVERY_SECONDS
        while not self._database_answers():
            assert time.monotonic() < end, "the database does not come back"
            time.sleep(0.1)

    def _database_answers(self) -> bool:
        """Not yet true where the port answers, but what was written last is still being read again."""
        try:
            self.names()
        except Unavailable:
            return False
        return True

    def await_death(self, name: str, step: str, *, seconds: float = 90) -> None:
        """The process reaches the step it was armed for."""
        try:
            self.running[name].wait(timeout=seconds)
        except subprocess.TimeoutExpired as exc:
            raise AssertionError(f"{name} never reached {step}: {self.tail(name)}") from exc
        assert self.running[name].returncode == -signal.SIGKILL, (step, self.tail(name))
        self.kills[name, step] += 1

    def stop(self) -> None:
        """The orderly way."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(timeout=60)
        self.running.clear()

    def end(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
        if self._database is not None:
            self._database.close()

    def drop(self, given: Input) -> None:
        """Put a file into the station's folder as scanners do: whole by a rename, with a marker, or bit by bit."""
        self.station.mkdir(parents=True, exist_ok=True)
        self.dropped.append(given)
        target, way = self.station / given.name, self.random.choice(("rename", "marker", "copy"))
        if way == "rename" and given.data:
            beside = target.with_name(given.name + ".part")
            beside.write_bytes(given.data)
            beside.rename(target)
            return
        with target.open("wb", buffering=0) as file:
            for begin in range(0, len(given.data), 4096):
                file.write(given.data[begin : begin + 4096])
        if way == "marker" or not given.data:
            target.with_name(given.name + ".done").touch()

    def bring(self, given: Sequence[Input], *, at: str | None = None, kill_after: float | None = None) -> None:
        """Through `dms import`; what a killed import had not taken in yet is brought again, as a person would."""
        self.imported += given
        folder = self.folder / "import"
        while missing := [one for one in given if one.name not in self.names()]:
            folder.mkdir(exist_ok=True)
            for one in missing:
                (folder / one.name).write_bytes(one.data)
            self._import(folder, at=at, kill_after=kill_after)
            for path in folder.iterdir():
                path.unlink()
            at = kill_after = None

    def _import(self, folder: Path, *, at: str | None, kill_after: float | None) -> None:
        arguments = ["import", str(folder), "--json", *(["--wait"] if at else [])]
        self.running["import"] = self._spawn("import", *arguments, at=at)
        if at is not None:
            self.await_death("import", at)
        elif kill_after is not None:
            time.sleep(kill_after)
            self.kill("import")
        else:
            assert self.running["import"].wait(timeout=300) in (0, 1, NOT_NOW), self.tail("import")
        del self.running["import"]

    def names(self) -> Counter[str]:
        """How many intakes there are of each file name."""
        with self.database.read(TEST) as session:
            rows = session.execute(select(Intake.file_name, func.count()).group_by(Intake.file_name))
            return Counter(dict(rows.all()))

    def settle(self, *, seconds: float) -> float:
        """Nobody is killed any more: until everything has its outcome. How long that took."""
        begun = time.monotonic()
        while not self.is_settled():
            self.start_missing()
            assert time.monotonic() - begun < seconds, f"not through after {seconds} s: {self.state()}"
            time.sleep(0.3)
        return time.monotonic() - begun

    def is_settled(self) -> bool:
        return not any(self.state().values())

    def state(self) -> dict[str, int]:
        """What is still on its way."""
        with self.database.read(TEST) as session:
            count = select(func.count()).select_from(Intake)
            expected = len(self.dropped) + len(self.imported)
            return {
                "not in": expected - (session.scalar(count) or 0),
                "pending": session.scalar(count.where(Intake.outcome == Outcome.PENDING)) or 0,
                "jobs": count_open(session),
                "in the folder": sum(path.is_file() for path in self.station.glob("*")),
                "claimed": sum(path.is_file() for path in self.station.glob(".arbeit/*/*")),
                "not moved on": session.scalar(
                    count.where(Intake.outcome == Outcome.QUARANTINED, Intake.source_path.contains("/.erledigt/"))
                )
                or 0,
            }

    def tail(self, name: str) -> str:
        """The end of what a process said."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def _spawn(self, name: str, *arguments: str, at: str | None) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                self.command(*arguments, at=at), env=self._environment(), cwd=self.folder, stdout=log, stderr=log
            )

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DMS_")}
        return {**inherited, **self.settings, "PYTHONPATH": str(ROOT)}


@contextmanager
def embedded(folder: Path, seed: int, **others: str) -> Iterator[Siege]:
    """Everything in one process, SQLite, a folder, tantivy; `others` are further settings (``hotfolder``, …)."""
    chosen = {f"DMS_{name.upper()}": value for name, value in others.items()}
    settings = {"DMS_DATA": str(folder / "data"), "DMS_POLL_SECONDS": "0.3", **chosen}
    siege = Siege(folder, settings, {"serve": ["serve", "--port", str(free_port())]}, random.Random(seed))
    try:
        yield siege
    finally:
        siege.end()


@contextmanager
def server(folder: Path, seed: int, redis: RedisServer, **urls: str) -> Iterator[Siege]:
    """Web, worker and watcher apart; `urls` are those of the servers (``database_url``, …), else all is embedded.

    The Redis may be killed; unless the URLs name another way to it, it is the broker.
    """
    chosen = {f"DMS_{name.upper()}": url for name, url in {"broker_url": redis.url, **urls}.items()}
    settings = {"DMS_DATA": str(folder / "data"), "DMS_POLL_SECONDS": "0.3", **chosen}
    roles = {"serve": ["serve", "--port", str(free_port())], "worker": ["worker"], "watch": ["watch"]}
    siege = Siege(folder, settings, roles, random.Random(seed), redis)
    try:
        yield siege
    finally:
        siege.end()
        redis.kill()


def verify(siege: Siege) -> dict[str, object]:
    """What `dms verify --deep` says."""
    run = siege.run("verify", "--json", "--deep")
    assert run.returncode in (0, 1), run.stderr
    found: dict[str, object] = json.loads(run.stdout)
    return found
