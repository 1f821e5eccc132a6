"""`dms serve`, `worker`, `watch`: the processes of an installation."""

import ctypes
import gc
import logging
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import click
import uvicorn

from dms.actor import system
from dms.api.idempotency import forget_old
from dms.app import Installation
from dms.audit.seal import SEAL_EVERY, seal_new_leaves
from dms.audit.seal_file import SealFile
from dms.cli.listening import CertificateUnusable, PortUnavailable, check_certificate, open_port
from dms.cli.main import NOT_NOW, WRONG_USE, say, stop
from dms.cli.session import held, settings
from dms.cli.wording import CERTIFICATE, PORT, UNSAFE
from dms.clock import Clock
from dms.config import Settings
from dms.errors import DmsError
from dms.finding.projection import refill
from dms.identity.service import user_count
from dms.intake.einvoices import RuleWatch
from dms.intake.hotfolder import HotFolder
from dms.intake.late_readings import LateReadings
from dms.payables.receipts import collect_receipts
from dms.platform import Platform
from dms.records.retention import Retention
from dms.server import create_app
from dms.web.front_door import FrontDoor

log = logging.getLogger("dms.serve")

M_ARENA_MAX = -8
"""The parameter of mallopt(3) for the number of heaps (malloc.h)."""
CLOSING_SECONDS = 5
"""How long open requests may go on once the server was told to stop."""


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Ordner der Daten, sonst DMS_DATA oder ./data")
@click.option("--host", default="127.0.0.1", help="Adresse, auf der gewartet wird; 0.0.0.0 für andere Arbeitsplätze")
@click.option("--port", default=8080, type=click.IntRange(1, 65535), help="Port, sonst 8080")
def serve(data: Path | None, host: str, port: int) -> None:
    """Startet die Anwendung: Seiten, Verarbeitung, Scannerordner und Siegel in einem Prozess."""
    chosen = settings(data)
    refuse_unsafe(chosen, host)
    prepare_process()
    with held("serve", chosen) if chosen.is_embedded else nullcontext(), listen(host, port) as listener:
        installation = Installation(chosen)
        background = Background(installation.platform)
        try:
            if chosen.is_embedded:
                installation.start_workers()
                background.start()
            _tell_first_steps(installation.platform, data)
            serve_pages(installation.platform, listener)
        finally:
            background.stop()
            installation.close()


def refuse_unsafe(chosen: Settings, host: str) -> None:
    """End the command when others could listen in, or when the certificate is not usable."""
    unsafe = chosen.unsafe_for(host)
    if unsafe:
        stop("So wird nicht gestartet:\n" + "\n".join(f"  - {UNSAFE[code]}." for code in unsafe), NOT_NOW)
    try:
        check_certificate(chosen)
    except CertificateUnusable as exc:
        stop(f"So wird nicht gestartet: {CERTIFICATE[exc.code].format(**exc.params)}", NOT_NOW)


def listen(host: str, port: int, *, attempts: int = 1) -> socket.socket:
    """The open port, or the end of the command with the reason."""
    try:
        return open_port(host, port, attempts=attempts)
    except PortUnavailable as exc:
        stop(PORT[exc.code].format(host=host, port=port), NOT_NOW)


def prepare_process() -> None:
    """What a process that stays needs: a clean end, and no more memory than its work.

    SIGTERM, which `kill` and container engines send, and Ctrl-C end it alike: everything closed, nothing lost. glibc
    gives each of many threads its own heap and keeps what was freed there: after 100 documents 399 MiB resident
    instead of 201 with two heaps (measured 24 November 2026, 2 cores).
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    with suppress(AttributeError, OSError):  # not glibc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def settle() -> None:
    """Spare the garbage collector what was loaded and stays: it looked through it once in 60 pages and made the page
    that it fell on wait for 150 ms (measured 29 November 2026, 214,000 objects; 1 ms since).
    """
    gc.collect()
    gc.freeze()


def _end(number: int, frame: object) -> NoReturn:
    sys.exit(0)


def _tell_first_steps(platform: Platform, data: Path | None) -> None:
    """An installation without people cannot be used: say what to type."""
    with platform.db.read(system("cli")) as session:
        if user_count(session):
            return
    command = sys.argv[0] if Path(sys.argv[0]).is_file() else "dms"
    where = f"DMS_DATA={shlex.quote(str(data))} " if data else ""
    say("\nNoch ist niemand eingetragen. In einem zweiten Fenster eingeben (das Kennwort wird dann erfragt):")
    say(f"  {where}{command} user add NAME --role admin")
    say("Oder die ganze Kommune aus einer Datei einrichten (docs/operations.md, „A town of your own“):")
    say(f"  {where}{command} setup kommune.toml\n")


def serve_pages(platform: Platform, listener: socket.socket) -> None:
    """Serve on an open port until Ctrl-C."""
    chosen = platform.settings
    host, port = listener.getsockname()[:2]
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    own = f"{'https' if chosen.tls_cert else 'http'}://{bind}"
    say(
        f"Aktenlauf läuft unter {chosen.public_url} (wartet auf {own})"
        if chosen.public_url
        else f"Aktenlauf läuft unter {own}"
    )
    say("Beenden mit Strg+C.")
    app = FrontDoor(create_app(platform, bind=bind), chosen, own_address=own)
    settle()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        ssl_certfile=chosen.tls_cert,
        ssl_keyfile=chosen.tls_key,
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
    try:
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        say("\nAktenlauf wird beendet …")


class Background:
    """The watcher of the hot folder and the housekeeper of one process."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._hotfolder = HotFolder(platform, is_alone=platform.settings.is_embedded)
        self._stopping = threading.Event()
        self._chores = chores(platform)
        self._housekeeper = threading.Thread(target=self._keep_house, name="housekeeper", daemon=True)

    def start(self) -> None:
        self._hotfolder.start()
        self._housekeeper.start()
        if self._platform.settings.is_embedded:
            threading.Thread(target=lambda: keep_house({"refill": self._refill}), name="refill", daemon=True).start()

    def _refill(self) -> None:
        if count := refill(self._platform):
            log.info("index filled again", extra={"documents": count})

    def stop(self) -> None:
        self._stopping.set()
        if self._housekeeper.is_alive():
            self._hotfolder.stop()
            self._housekeeper.join(timeout=10)

    def _keep_house(self) -> None:
        """Now, because a crash may have left something to mend; then regularly; and once more at the end."""
        keep_house(self._chores)
        while not self._stopping.wait(SEAL_EVERY.total_seconds()):
            keep_house(self._chores)
        keep_house(self._chores)


def chores(platform: Platform) -> Mapping[str, Callable[[], object]]:
    """What is to be done every minute: seal, take in receipts, ask new rules, read late, lock, forget, learn."""
    seal_file = SealFile(platform.settings.seal_file)
    return {
        "seal": lambda: seal_new_leaves(platform.db, platform.store, platform.clock, seal_file),
        "receipts": lambda: collect_receipts(platform),
        "rules": RuleWatch(platform).look,
        "readings": LateReadings(platform).look,
        "retention": Retention(platform).follow,
        "answers": lambda: forget_old(platform.db, platform.clock),
        "statistics": Hourly(platform.db.learn, platform.clock).look,
    }


class Hourly:
    """A chore that need not be done every minute."""

    def __init__(self, chore: Callable[[], object], clock: Clock) -> None:
        self._chore, self._clock = chore, clock
        self._done_at: datetime | None = None

    def look(self) -> None:
        now = self._clock.now()
        if self._done_at is None or now - self._done_at >= timedelta(hours=1):
            self._chore()
            self._done_at = now


def keep_house(chores: Mapping[str, Callable[[], object]]) -> None:
    """Do each; what cannot be done now is done a minute later."""
    for name, chore in chores.items():
        try:
            chore()
        except DmsError as exc:
            log.warning("chore waits", extra={"chore": name, "code": exc.code})
        except Exception:
            log.exception("chore waits", extra={"chore": name})


@click.command()
def worker() -> None:
    """Arbeitet die Aufträge einer Server-Installation ab."""
    prepare_process()
    installation = Installation(_server_settings())
    installation.start_workers()
    _until_told()
    installation.close()


@click.command()
def watch() -> None:
    """Beobachtet die Scannerordner und siegelt das Protokoll einer Server-Installation."""
    prepare_process()
    installation = Installation(_server_settings())
    background = Background(installation.platform)
    background.start()
    _until_told()
    background.stop()
    installation.close()


def _server_settings() -> Settings:
    chosen = settings()
    if chosen.is_embedded:
        stop("Ohne DMS_BROKER_URL macht „dms serve“ diese Arbeit selbst.", WRONG_USE)
    return chosen


def _until_told() -> None:
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    told.wait()
