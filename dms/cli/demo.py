"""`dms demo`: the fictitious Samtgemeinde, from an empty folder to a running system."""

import socket
import time
from dataclasses import asdict
from pathlib import Path

import click

from dms.app import Installation
from dms.cli.main import NOT_NOW, print_json, say
from dms.cli.serve import Background, serve_pages
from dms.cli.session import settings, wait_until
from dms.demo.seed import PASSWORD, fates, is_through, seed
from dms.intake.models import Outcome
from dms.platform import Platform
from dms.process_lock import WorkLock
from dms.web.wording import OUTCOMES

PEOPLE = {
    "posteingang": "nimmt an, legt ab, erfasst Rechnungen",
    "feststellung": "stellt sachlich und rechnerisch fest",
    "anordnung": "ordnet Zahlungen an",
    "pruefung": "sieht alles und ändert nichts",
}
WAIT_SECONDS = 600.0


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Ordner der Daten")
@click.option("--port", default=8080, type=click.IntRange(1, 65535))
@click.option("--exit", "leave", is_flag=True, help="nach der Verarbeitung enden und das Ergebnis als JSON ausgeben")
def demo(data: Path | None, port: int, leave: bool) -> None:
    """Zeigt Aktenlauf mit einer erfundenen Samtgemeinde."""
    chosen = settings(data)
    lock = WorkLock(chosen.folder)
    if not lock.try_acquire("demo"):
        say("Dieser Datenordner wird schon von einem anderen Prozess bearbeitet.")
        raise click.exceptions.Exit(NOT_NOW)
    installation = Installation(chosen)
    background = Background(installation.platform)
    installation.start_workers()
    background.start()
    try:
        _show(installation.platform, port, leave=leave)
    finally:
        background.stop()
        installation.close()
        lock.release()


def _show(platform: Platform, port: int, *, leave: bool) -> None:
    started = time.monotonic()
    dropped = seed(platform)
    expected = len(dropped) or len(fates(platform))
    say(f"{expected} Dokumente sind unterwegs …")
    is_done = wait_until(lambda: _report(platform, expected), seconds=WAIT_SECONDS)
    seconds = round(time.monotonic() - started, 1)
    if leave:
        print_json({"documents": [asdict(fate) for fate in fates(platform)], "seconds": seconds})
        raise click.exceptions.Exit(0 if is_done else NOT_NOW)
    _print_table(platform)
    serve_pages(platform, "127.0.0.1", _free_port(port))


def _report(platform: Platform, expected: int) -> bool:
    done = sum(fate.outcome != "pending" for fate in fates(platform))
    click.echo(f"\r{done} von {expected} gelesen", nl=False, err=True)
    return is_through(platform, expected)


def _print_table(platform: Platform) -> None:
    say("\n")
    for fate in fates(platform):
        kind = "Rechnung" if fate.kind == "invoice" else "Schreiben"
        say(f"  {fate.file:<32} {OUTCOMES[Outcome(fate.outcome)]:<14} {kind}")
    say("\nAnmelden können Sie sich als (Kennwort beim ersten Mal zu ändern):")
    for login, what in PEOPLE.items():
        say(f"  {login:<14} {PASSWORD}   {what}")


def _free_port(wanted: int) -> int:
    """The wanted port, or the next one that is free."""
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    return wanted
