"""`dms backup` and `dms restore`: out of a working installation, into an empty one, and the proof that it works."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from dms.actor import system
from dms.app import Installation
from dms.audit import service as audit
from dms.cli.main import AS_JSON, REFUSED, print_json
from dms.cli.session import held, opened, settings
from dms.cli.terminal import Progress
from dms.cli.wording import AT_WORK
from dms.config import Settings
from dms.errors import Unavailable
from dms.ops.backup import Report, back_up
from dms.ops.copying import Progress as Told
from dms.ops.faults import Fault
from dms.ops.restore import complete, restore
from dms.ops.vault import Snapshot, Vault
from dms.platform import Platform
from dms.web.format import size as readable

CLI = system("cli")
GIB = 1024**3
ROOM = 1.2
"""What a drill needs beside the contents: rows, index, and what grows while it runs."""
DRILL_DATA = "data"
FOLDER = click.argument("folder", metavar="ORDNER", type=click.Path(file_okay=False, path_type=Path))


@click.command()
@FOLDER
@AS_JSON
@click.option("--deep", is_flag=True, help="auch lesen, was schon gesichert ist, und Beschädigtes erneuern")
@click.option("--drill", is_flag=True, help="danach zur Probe zurückholen und alles prüfen")
@click.option("--scratch", type=click.Path(path_type=Path), help="wo die Probe Platz hat, sonst TMPDIR")
@click.option("--keep-days", type=click.IntRange(1, 36500), help="Sicherungen danach entfernen; die neueste bleibt")
def backup(folder: Path, as_json: bool, deep: bool, drill: bool, scratch: Path | None, keep_days: int | None) -> None:
    """Sichert Datenbank, Dokumente und Siegel nach ORDNER; im laufenden Betrieb, nur was neu ist."""
    with opened() as platform:
        with shown_progress() as progress:
            report = back_up(platform, folder, progress, deep=deep)
        answer = _answer(report)
        if keep_days is not None:
            vault = Vault(folder)
            with vault.turn():
                answer["removed"] = vault.forget(timedelta(days=keep_days), platform.clock.now())
        if drill:
            answer["drill"] = _drill(platform, folder, report.name, scratch)
    print_json(answer) if as_json else _print_backup(answer, report)
    faults = [*report.copied.faults, *(answer["drill"]["faults"] if drill else ())]
    raise click.exceptions.Exit(REFUSED if faults else 0)


def _answer(report: Report) -> dict[str, Any]:
    return {
        "snapshot": report.name,
        "rows": report.rows,
        "contents": report.contents,
        "copied": report.copied.contents,
        "copied_bytes": report.copied.size,
        "seconds": round(report.seconds, 3),
        "faults": list(report.copied.faults),
    }


def _print_backup(answer: dict[str, Any], report: Report) -> None:
    click.echo(
        f"Gesichert: {report.rows} Zeilen und {report.contents} Inhalte, davon neu {report.copied.contents} "
        f"({readable(report.copied.size)}), in {report.seconds:.1f} s. Name: {report.name}"
    )
    _print_faults(report.copied.faults, "Das fehlt schon in der Installation selbst und daher auch in der Sicherung:")
    if "drill" in answer:
        found = answer["drill"]
        click.echo(
            f"Probe: {found['objects']} Objekte und {found['events']} Protokolleinträge zurückgeholt und geprüft, "
            f"{len(found['faults'])} Fehler, {found['seconds']:.1f} s."
        )
        _print_faults(found["faults"], "Die Probe fand:")


def _print_faults(faults: Any, heading: str) -> None:
    if faults:
        click.echo(heading)
    for found in faults:
        click.echo(f"  {found['kind']}: {found['subject']} {found['detail']}")


def _drill(platform: Platform, folder: Path, name: str, scratch: Path | None) -> dict[str, Any]:
    """Put the snapshot into a folder to be thrown away, verify all of it, and note the outcome for the health page."""
    started = time.monotonic()
    vault = Vault(folder)
    name, snapshot = vault.read(name)
    with _room_for(snapshot, scratch) as place, shown_progress() as progress:
        found = bring_back(settings_below(place / DRILL_DATA), vault, name, snapshot, progress)
    seconds = time.monotonic() - started
    details = {"snapshot": name, "objects": found["objects"], "faults": len(found["faults"]), "seconds": round(seconds)}
    with platform.db.write(CLI) as session:
        audit.record_key(session, "system.drilled", "system", details=details)
    return {**found, "seconds": round(seconds, 3)}


@contextmanager
def _room_for(snapshot: Snapshot, scratch: Path | None) -> Iterator[Path]:
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="aktenlauf-probe-", dir=scratch) as place:
        needed, free = int(snapshot.contents_bytes * ROOM), shutil.disk_usage(place).free
        if free < needed:
            whole = {"needed": -(-needed // GIB), "free": free // GIB}
            raise Unavailable("backup.no_room", folder=str(Path(place).parent), **whole)
        yield Path(place)


def settings_below(data: Path) -> Settings:
    """Everything in one folder, whatever the environment says: a drill never comes near the installation itself."""
    return Settings(  # type: ignore[call-arg]  # pydantic-settings takes _env_file
        _env_file=None,
        data=data,
        database_url=f"sqlite:///{data / 'aktenlauf.sqlite'}",
        storage_url=f"file://{data / 'blobs'}",
        search_url=f"embedded://{data / 'index'}",
        broker_url="memory://",
        hotfolder=data / "hotfolder",
    )


@click.command(name="restore")
@FOLDER
@AS_JSON
@click.option("--snapshot", "name", help="eine bestimmte Sicherung, deren Name so beginnt; sonst die neueste")
@click.option("--data", type=click.Path(path_type=Path), help="Ordner der Daten, sonst DMS_DATA oder ./data")
@click.option("--list", "only_list", is_flag=True, help="nur zeigen, welche Sicherungen es gibt")
def restore_(folder: Path, as_json: bool, name: str | None, data: Path | None, only_list: bool) -> None:
    """Holt eine Sicherung aus ORDNER in eine leere Installation zurück und prüft jedes Byte."""
    vault = Vault(folder)
    if only_list:
        print_json({"snapshots": vault.names()}) if as_json else click.echo("\n".join(vault.names()))
        return
    name, snapshot = vault.read(name)
    chosen = settings(data)
    with held("restore", chosen) if chosen.is_embedded else nullcontext(), shown_progress() as progress:
        found = bring_back(chosen, vault, name, snapshot, progress)
    if as_json:
        print_json({"snapshot": name, "made_at": snapshot.made_at.isoformat(), **found})
    else:
        made_at = snapshot.made_at.astimezone()
        click.echo(
            f"Zurückgeholt ist der Stand vom {made_at:%d.%m.%Y %H:%M:%S}: {found['objects']} Objekte, "
            f"{found['events']} Protokolleinträge, {len(found['faults'])} Fehler."
        )
        _print_faults(found["faults"], "Die Prüfung fand:")
    raise click.exceptions.Exit(REFUSED if found["faults"] else 0)


def bring_back(chosen: Settings, vault: Vault, name: str, snapshot: Snapshot, progress: Told) -> dict[str, Any]:
    """What `verify` says of the restored installation, with what was damaged in the backup itself."""
    copied = restore(chosen, vault, name, snapshot, progress)
    installation = Installation(chosen)
    try:
        result = complete(installation.platform, progress)
    finally:
        installation.close()
    faults: list[Fault] = [each for each in copied.faults if each not in result["faults"]]
    return {**result, "faults": [*faults, *result["faults"]]}


class ShownProgress:
    """Tells a person how far it is, a few times a second at most."""

    def __init__(self) -> None:
        self._line, self._shown_at, self._shown = Progress(), 0.0, ""

    def __call__(self, at_work: str, done: int, total: int) -> None:
        now = time.monotonic()
        if at_work == self._shown and now - self._shown_at < 1 and done < total:
            return
        self._shown_at, self._shown = now, at_work
        share = f" {done} von {total}" if total > 1 else ""
        self._line.show(f"{AT_WORK[at_work]}{share}")

    def end(self) -> None:
        self._line.end()


@contextmanager
def shown_progress() -> Iterator[ShownProgress]:
    progress = ShownProgress()
    try:
        yield progress
    finally:
        progress.end()
