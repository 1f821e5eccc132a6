"""Servers and processes of a test's own, which it may kill: a real Redis, and the commands of the application."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pika

from tests.benchmarks.processes import family, is_alive
from tests.conftest import ROOT, skip_loudly


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """A real Redis that keeps nothing on disk: a kill loses every message, as in production without a log."""

    def __init__(self, folder: Path) -> None:
        self._program = shutil.which("redis-server")
        if self._program is None:
            skip_loudly("no Redis here: apt-get install redis-server")
        self._folder, self.port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [
            str(self._program),
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._process = subprocess.Popen(
            [*command, "--dir", str(self._folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 20
        while b"+PONG" not in self._ask(b"PING\r\n"):
            assert time.monotonic() < end, "Redis does not answer"
            time.sleep(0.05)

    def flush(self) -> None:
        """Forget every message of every queue."""
        assert b"+OK" in self._ask(b"FLUSHALL\r\n")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _ask(self, command: bytes) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
                connection.sendall(command)
                return connection.recv(100)
        except OSError:
            return b""


class RabbitServer:
    """A real RabbitMQ in a folder of its own, started as `make services` does."""

    def __init__(self, folder: Path) -> None:
        if not Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists():
            skip_loudly("no RabbitMQ here: apt-get install rabbitmq-server")
        self._folder, self._ports = folder, [free_port() for _ in range(3)]
        (folder / "password").write_text("geheim", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"amqp://dms:geheim@127.0.0.1:{self._ports[0]}"

    def start(self) -> None:
        command = ["bash", str(ROOT / "scripts/rabbitmq.sh"), str(self._folder), *map(str, self._ports)]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + 120
        while not self._answers():
            assert time.monotonic() < end, (self._folder / "server.log").read_text(encoding="utf-8")
            time.sleep(0.2)

    def flush(self) -> None:
        """Forget every message of every queue."""
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            for queue in ("interactive", "ocr", "index", "mail"):
                connection.channel().queue_delete(queue)
                connection.channel().queue_delete(f"{queue}.DQ")

    def kill(self) -> None:
        """At once, and all that belongs to it."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True


_URLS = {"postgres": "DMS_TEST_POSTGRES_URL", "weed": "DMS_TEST_S3_URL", "opensearch": "DMS_TEST_OPENSEARCH_URL"}


class ServiceSet:
    """Servers that `scripts/services.sh` started for one test; each can be killed and started again as it was.

    Redis and RabbitMQ are not among `servers`: the classes above can kill theirs.
    """

    def __init__(self, folder: Path) -> None:
        self._state = folder / "services"
        self._run("start")
        lines = (self._state / "env").read_text(encoding="utf-8").splitlines()
        pairs = (line.removeprefix("export ").split("=", 1) for line in lines)
        self.urls = {name: value.strip("'") for name, value in pairs}
        self.servers = {
            path.stem: Server(path, self._port(path.stem)) for path in self._state.glob("*.pid") if path.stem in _URLS
        }

    def close(self) -> None:
        for server in self.servers.values():
            server.kill()
        self._run("stop")

    def _port(self, name: str) -> int:
        return urlsplit(self.urls[_URLS[name]]).port or 0

    def _run(self, what: str) -> None:
        command = ["bash", str(ROOT / "scripts/services.sh"), what]
        subprocess.run(command, check=True, env={**os.environ, "DMS_SERVICES": str(self._state)}, timeout=300)


class Server:
    """One server process with all below it, as /proc tells how it was started."""

    def __init__(self, pid_file: Path, port: int) -> None:
        self._pid, self._port = int(pid_file.read_text(encoding="ascii")), port
        self._log = pid_file.with_suffix(".log")
        place = Path(f"/proc/{self._pid}")
        self._command = [part.decode() for part in (place / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")]
        lines = (place / "environ").read_bytes().rstrip(b"\0").split(b"\0")
        self._environment = dict(line.decode().split("=", 1) for line in lines)
        self._user, self._folder = place.stat().st_uid, (place / "cwd").readlink()
        self._process: subprocess.Popen[bytes] | None = None

    def kill(self) -> None:
        """No chance to say goodbye, for none of its processes."""
        members = family(self._pid)
        for member in members:
            with suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        end = time.monotonic() + 20
        while any(is_alive(member) for member in members):
            assert time.monotonic() < end, self._command
            time.sleep(0.02)

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, cwd=self._folder, user=self._user, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._pid = self._process.pid

    def await_port(self) -> None:
        """Until it takes connections; started again where the remains of its predecessor were in the way."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 2):
                return
            if self._process is not None and self._process.poll() is not None:
                self.start()
            time.sleep(0.2)
        raise AssertionError(self._log.read_text(encoding="utf-8", errors="replace")[-2000:])
