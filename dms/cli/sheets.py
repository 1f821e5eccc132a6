"""`dms sheets`: separator and cover sheets for the scanner, as a PDF file."""

from pathlib import Path

import click

from dms.actor import system
from dms.cli.main import say
from dms.cli.session import opened
from dms.intake import printing
from dms.intake.stacks import KINDS

CLI = system("cli")


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--station", default="", help="Station, an deren Amt das Dokument geht")
@click.option("--kind", default="", type=click.Choice(["", *KINDS]), help="Schreiben oder Rechnung")
@click.option("--case", "case_reference", default="", help="Zeichen des Vorgangs, in den das Dokument gleich kommt")
def sheets(target: Path, station: str, kind: str, case_reference: str) -> None:
    """Schreibt ein Trennblatt, mit --case ein Deckblatt, als PDF-Datei nach TARGET."""
    with opened() as platform, platform.db.read(CLI) as session:
        data = printing.sheet(session, station=station, kind=kind, case_reference=case_reference)
    target.write_bytes(data)
    say(f"Geschrieben: {target}. Das Blatt lässt sich beliebig oft verwenden.")
