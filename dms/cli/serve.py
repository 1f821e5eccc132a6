"""`dms serve`, `worker`, `watch`: the processes of an installation."""

import logging
import signal
import sys
import threading
from pathlib import Path

import click
import uvicorn

from dms.app import Installation
from dms.audit.seal import SEAL_EVERY, seal_new_leaves
from dms.audit.seal_file import SealFile
from dms.cli.main import NOT_NOW, say
from dms.cli.session import settings
from dms.config import Settings
from dms.errors import DmsError
from dms.intake.hotfolder import HotFolder
from dms.platform import Platform
from dms.process_lock import WorkLock
from dms.server import create_app

log = logging.getLogger("dms.serve")

GRACE_SECONDS = 5
UNSAFE = {
    "config.public_url_missing": "DMS_PUBLIC_URL (https) fehlt",
    "config.tls_missing": "DMS_TLS_CERT und DMS_TLS_KEY oder DMS_TRUSTED_PROXY fehlen",
}


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Ordner der Daten")
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8080, type=click.IntRange(1, 65535))
def serve(data: Path | None, host: str, port: int) -> None:
    """Startet die Anwendung: Seiten, Verarbeitung, Scannerordner und Siegel in einem Prozess."""
    chosen = settings(data)
    _refuse_unsafe(chosen, host)
    lock = WorkLock(chosen.folder)
    if chosen.is_embedded and not lock.try_acquire("serve"):
        say("Dieser Datenordner wird schon von einem anderen Prozess bearbeitet.")
        raise click.exceptions.Exit(NOT_NOW)
    installation = Installation(chosen)
    background = Background(installation.platform)
    try:
        if chosen.is_embedded:
            installation.start_workers()
            background.start()
        serve_pages(installation.platform, host, port)
    finally:
        background.stop()
        installation.close()
        lock.release()


def _refuse_unsafe(chosen: Settings, host: str) -> None:
    missing = chosen.unsafe_for(host)
    if missing:
        say("Für andere Arbeitsplätze fehlt: " + "; ".join(UNSAFE[code] for code in missing))
        raise click.exceptions.Exit(NOT_NOW)


def serve_pages(platform: Platform, host: str, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM; what runs is given a few seconds to end."""
    chosen = platform.settings
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn sends it on after its own shutdown
    scheme = "https" if chosen.tls_cert else "http"
    say(f"Aktenlauf läuft unter {chosen.public_url or f'{scheme}://{host}:{port}'}")
    uvicorn.run(
        create_app(platform, bind=f"{host}:{port}"),
        host=host,
        port=port,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=chosen.tls_cert,
        ssl_keyfile=chosen.tls_key,
        forwarded_allow_ips=chosen.trusted_proxy or "",
        proxy_headers=chosen.trusted_proxy is not None,
    )


class Background:
    """The watcher of the hot folder and the sealer of one process."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._hotfolder = HotFolder(platform, is_alone=platform.settings.is_embedded)
        self._stopping = threading.Event()
        self._sealer = threading.Thread(target=self._seal, name="sealer", daemon=True)

    def start(self) -> None:
        self._hotfolder.start()
        self._sealer.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._sealer.is_alive():
            self._hotfolder.stop()
            self._sealer.join(timeout=10)

    def _seal(self) -> None:
        """Now, because a crash may have left something to mend; then regularly; and once more at the end."""
        seal_once(self._platform)
        while not self._stopping.wait(SEAL_EVERY.total_seconds()):
            seal_once(self._platform)
        seal_once(self._platform)


def seal_once(platform: Platform) -> None:
    """Seal what is new; what cannot be sealed now is sealed a minute later."""
    try:
        seal_new_leaves(platform.db, platform.store, platform.clock, SealFile(platform.settings.seal_file))
    except DmsError as exc:
        log.warning("seal waits", extra={"code": exc.code})
    except Exception:
        log.exception("seal waits")


@click.command()
def worker() -> None:
    """Arbeitet die Aufträge einer Server-Installation ab."""
    installation = Installation(settings())
    installation.start_workers()
    _until_told()
    installation.close()


@click.command()
def watch() -> None:
    """Beobachtet die Scannerordner und siegelt das Protokoll einer Server-Installation."""
    installation = Installation(settings())
    background = Background(installation.platform)
    background.start()
    _until_told()
    background.stop()
    installation.close()


def _until_told() -> None:
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    told.wait()
