"""`dms demo`: the fictitious Samtgemeinde, from an empty folder to a running system."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import click

from dms.app import Installation
from dms.cli.main import NOT_NOW, print_json, say
from dms.cli.serve import Background, listen, prepare_process, refuse_unsafe, serve_pages
from dms.cli.session import held, settings, wait_until
from dms.cli.terminal import Progress, table
from dms.demo.seed import PASSWORD, Fate, fates, is_through, seed, waiting
from dms.intake.models import Outcome
from dms.intake.wording import reason
from dms.payables.models import PayableState
from dms.platform import Platform
from dms.records.models import DocumentState
from dms.web.wording import DOCUMENT_STATES, OUTCOMES, PAYABLE_STATES

PEOPLE = {
    "posteingang": "nimmt an, legt ab, erfasst Rechnungen",
    "feststellung": "stellt sachlich und rechnerisch fest",
    "anordnung": "ordnet Zahlungen an",
    "pruefung": "sieht alles und ändert nichts",
}
HOST = "127.0.0.1"
PORTS_TRIED = 100
WAIT_SECONDS = 600.0


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Ordner der Daten, sonst DMS_DATA oder ./data")
@click.option("--port", default=8080, type=click.IntRange(1, 65535), help="Port, sonst 8080 oder der nächste freie")
@click.option("--exit", "leave", is_flag=True, help="nach der Verarbeitung enden und das Ergebnis als JSON ausgeben")
def demo(data: Path | None, port: int, leave: bool) -> None:
    """Zeigt Aktenlauf mit einer erfundenen Samtgemeinde."""
    chosen = settings(data)
    refuse_unsafe(chosen, HOST)
    prepare_process()
    with held("demo", chosen):
        installation = Installation(chosen)
        background = Background(installation.platform)
        try:
            _show(installation, background, port, leave=leave)
        finally:
            background.stop()
            installation.close()


def _show(installation: Installation, background: Background, port: int, *, leave: bool) -> None:
    platform, started = installation.platform, time.monotonic()
    seed(platform)
    expected = waiting(platform) + len(fates(platform))
    installation.start_workers()
    background.start()
    is_done = _watch(platform, expected)
    found, seconds = fates(platform), round(time.monotonic() - started, 1)
    if leave:
        print_json({"documents": [_as_json(fate) for fate in found], "seconds": seconds})
        raise click.exceptions.Exit(0 if is_done else NOT_NOW)
    _print_table(found)
    _print_what_is_missing()
    _print_people()
    with listen(HOST, port, attempts=PORTS_TRIED) as listener:
        serve_pages(platform, listener)


def _watch(platform: Platform, expected: int) -> bool:
    """Show how many documents are read until all are, or the time is over."""
    progress = Progress()

    def look() -> bool:
        done = sum(fate.outcome != Outcome.PENDING for fate in fates(platform))
        progress.show(f"{done} von {expected} Dokumenten sind gelesen")
        return is_through(platform)

    is_done = wait_until(look, seconds=WAIT_SECONDS)
    progress.end()
    return is_done


def _as_json(fate: Fate) -> dict[str, str]:
    return {
        "file": fate.file,
        "outcome": fate.outcome,
        "document_id": str(fate.document_id),
        "kind": fate.kind,
        "state": fate.state,
    }


def _print_table(found: Sequence[Fate]) -> None:
    rows = [[fate.file, OUTCOMES[Outcome(fate.outcome)], _kind(fate), _about(fate), _state(fate)] for fate in found]
    say("\n" + "\n".join(table(("Datei", "Ergebnis", "Art", "Absender und Betreff", "Stand"), rows)))


def _print_what_is_missing() -> None:
    if shutil.which("tesseract") is None:
        say("\nDie Scans sind ungelesen, denn Tesseract fehlt: sudo apt-get install tesseract-ocr tesseract-ocr-deu")


def _kind(fate: Fate) -> str:
    return "Rechnung" if fate.kind == "invoice" else "Schreiben"


def _about(fate: Fate) -> str:
    if fate.reason_code:
        return reason(fate.reason_code)
    subject = fate.title if fate.title != fate.file else None
    return ": ".join(part for part in (fate.sender, subject) if part)


def _state(fate: Fate) -> str:
    if fate.kind == "invoice" and fate.state in {state.value for state in PayableState}:
        return PAYABLE_STATES[PayableState(fate.state)]
    return DOCUMENT_STATES[DocumentState(fate.state)]


def _print_people() -> None:
    say("\nAnmelden können Sie sich als (das Kennwort ist beim ersten Mal zu ändern):")
    say("\n".join(table(("Anmeldename", "Kennwort", "Aufgabe"), [[name, PASSWORD, PEOPLE[name]] for name in PEOPLE])))
    say("")
