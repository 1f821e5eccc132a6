"""Real processes of the application for tests: `dms` commands, served installations, certificates."""

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

DMS = [sys.executable, "-c", "from dms.cli.main import main; main()"]
START_SECONDS = 60.0


@dataclass(frozen=True)
class Tls:
    """A made-up authority and what it issued for one name, as files."""

    authority: Path
    cert: Path
    key: Path


def issue(folder: Path, name: str, **dates: object) -> Tls:
    """A certificate for `name` by an authority of its own; `dates` are trustme's ``not_before`` and ``not_after``."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    leaf = authority.issue_cert(name, **dates)  # type: ignore[arg-type]  # datetimes, as trustme wants them
    made = Tls(folder / "authority.pem", folder / "cert.pem", folder / "key.pem")
    authority.cert_pem.write_to_path(made.authority)
    made.cert.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    leaf.private_key_pem.write_to_path(made.key)
    return made


def environment(data: Path, **settings: object) -> dict[str, str]:
    """The surroundings of a command: nothing of the caller's own settings or terminal, an installation in `data`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DMS_") and name != "COLUMNS"}
    settings = {"recognition": "tesseract", **settings}  # the second engine takes seconds before its first page
    return {**own, "DMS_DATA": str(data), **{f"DMS_{name.upper()}": str(value) for name, value in settings.items()}}


def dms(
    data: Path,
    *arguments: str,
    stdin: str = "",
    seconds: float = 120,
    cwd: Path | None = None,
    **settings: object,
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, beside DATA unless told otherwise: the checkout's own `.env` is not read."""
    return subprocess.run(
        [*DMS, *arguments],
        env=environment(data, **settings),
        cwd=cwd or data.parent,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@contextmanager
def serving(
    data: Path, port: int, *, arguments: Sequence[str] = (), host: str = "127.0.0.1", **settings: object
) -> Iterator[subprocess.Popen[bytes]]:
    """`dms serve` until the block ends; it must have ended cleanly then. What it said stands in ``DATA.log``."""
    command = [*DMS, "serve", "--host", host, "--port", str(port), *arguments]
    log = data.with_suffix(".log")
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, env=environment(data, **settings), cwd=data.parent, stdout=stream, stderr=stream
        )
        try:
            wait_until_it_answers(process, host, port, log, tls="tls_cert" in settings)
            yield process
        finally:
            process.terminate()
            code = process.wait(timeout=60)
    assert code == 0, log.read_text(encoding="utf-8")


def wait_until_it_answers(process: subprocess.Popen[bytes], host: str, port: int, log: Path, *, tls: bool) -> None:
    """Until ``/health/live`` is answered; an assertion with what the process said when it never is."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if _is_live(host, port, tls=tls):
            return
        time.sleep(0.1)
    raise AssertionError(f"the server does not answer: {log.read_text(encoding='utf-8')}")


def _is_live(host: str, port: int, *, tls: bool) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only whether anybody answers
    try:
        plain = socket.create_connection((host, port), 5)
        with context.wrap_socket(plain) if tls else plain as connection:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b"200 OK" in connection.recv(200)
    except OSError:
        return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody had a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
