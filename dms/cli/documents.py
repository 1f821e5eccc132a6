"""`dms import`, `search`, `export`, `reindex`, `verify`: documents from the command line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import click
from sqlalchemy import select

from dms.access import actors
from dms.actor import Actor, system
from dms.api.schemas import SearchAnswer
from dms.audit import service as audit
from dms.cli.main import AS_JSON, NOT_NOW, REFUSED, print_json, say, sentence
from dms.cli.session import opened, wait_until, working
from dms.errors import DmsError, NotFound, Rejected
from dms.exchange.bundle import export_document
from dms.finding import service as finding
from dms.identity.service import user_by_login
from dms.ids import parse_uuid, uuid7
from dms.intake.models import Intake, Outcome
from dms.intake.receive import Arrival, Receipt, receive, refuse
from dms.intake.wording import reason
from dms.jobs.models import Job
from dms.ops.verify import verify as verify_installation
from dms.platform import Platform
from dms.records import service as records

CLI = system("cli")


@click.command(name="import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@AS_JSON
@click.option("--wait", is_flag=True, help="warten, bis jedes Dokument sein Ergebnis hat")
@click.option("--wait-seconds", default=3600.0, hidden=True)
def import_(paths: tuple[Path, ...], as_json: bool, wait: bool, wait_seconds: float) -> None:
    """Nimmt jede Datei unter PATH auf; die Quellen bleiben unverändert."""
    with working("import") as platform:
        items = [_take(platform, path) for path in _files(paths)]
        if wait:
            pending = [UUID(item["document_id"]) for item in items if item["document_id"]]
            if not wait_until(lambda: _all_through(platform, pending), seconds=wait_seconds):
                say("Noch nicht alle Dokumente sind verarbeitet; sie werden weiter bearbeitet.")
        items = [_with_outcome(platform, item) for item in items]
    _show(items, as_json)
    raise click.exceptions.Exit(REFUSED if any(item["outcome"] == Outcome.REFUSED for item in items) else 0)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (found for found in sorted(path.rglob("*")) if found.is_file() and not found.is_symlink())
        else:
            yield path


def _take(platform: Platform, path: Path) -> dict[str, Any]:
    item: dict[str, Any] = {"path": str(path), "sha256": None, "outcome": Outcome.REFUSED, "document_id": None}
    item |= {"duplicate_of": None, "reason": None}
    arrival = Arrival(channel="import", file_name=path.name, claim_id=f"import:{uuid7()}")
    try:
        with _opened(platform, path, arrival) as stream:
            receipt = receive(platform, stream, arrival, CLI)
    except Rejected as exc:
        return item | {"reason": reason(exc.code)}
    return item | _received(receipt)


def _opened(platform: Platform, path: Path, arrival: Arrival) -> BinaryIO:
    try:
        if path.is_file():  # from a pipe that nobody writes to it would be read for ever
            return path.open("rb")
    except OSError:
        pass
    refuse(platform, arrival, CLI, "input.unreadable")


def _received(receipt: Receipt) -> dict[str, Any]:
    duplicate = str(receipt.duplicate_of_id) if receipt.duplicate_of_id else None
    document_id = str(receipt.document_id)
    return {"sha256": receipt.sha256, "document_id": document_id, "duplicate_of": duplicate, "outcome": Outcome.INBOX}


def _all_through(platform: Platform, document_ids: Sequence[UUID]) -> bool:
    """Every outcome stands and no job of these documents is open (so what can be found is found)."""
    wanted = set(document_ids)
    with platform.db.read(CLI) as session:
        pending = session.scalars(select(Intake.document_id).where(Intake.outcome == Outcome.PENDING))
        if wanted & set(pending):
            return False
        return not wanted & set(session.scalars(select(Job.subject_id).where(Job.state.in_(("ready", "running")))))


def _with_outcome(platform: Platform, item: dict[str, Any]) -> dict[str, Any]:
    if item["document_id"] is None:
        return item
    with platform.db.read(CLI) as session:
        intake = session.scalars(select(Intake).where(Intake.document_id == UUID(item["document_id"]))).one()
    outcome = Outcome.INBOX if intake.outcome == Outcome.PENDING else intake.outcome
    return item | {"outcome": outcome, "reason": reason(intake.reason_code) if intake.reason_code else None}


def _show(items: Sequence[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json({"items": items})
        return
    for item in items:
        click.echo(f"{item['outcome']:<12} {item['path']}  {item['reason'] or ''}")


@click.command()
@click.argument("queries", nargs=-1, required=True)
@click.option("--as", "login", required=True, help="als wer gesucht wird (Anmeldename)")
@AS_JSON
@click.option("--limit", default=10, type=click.IntRange(1, 200), help="höchstens so viele Treffer, sonst 10")
def search(queries: tuple[str, ...], login: str, as_json: bool, limit: int) -> None:
    """Sucht wie die Person LOGIN: nur was sie sehen darf."""
    with opened() as platform:
        actor = _person(platform, login)
        for query in queries:
            answer = _answer(platform, actor, query, limit)
            print_json(answer) if as_json else _print_hits(answer)


def _person(platform: Platform, login: str) -> Actor:
    with platform.db.read(CLI) as session:
        user = user_by_login(session, login)
        if user is None or user.retired_at is not None:
            raise NotFound("user.unknown", login=login)
        return actors.person(session, user, origin="cli", clock=platform.clock)


def _answer(platform: Platform, actor: Actor, query: str, limit: int) -> dict[str, Any]:
    started = platform.clock.now()
    with platform.db.read(actor) as session:
        answer = finding.search(platform, session, actor, query, limit=limit)
    seconds = (platform.clock.now() - started).total_seconds()
    return SearchAnswer.of(query, answer, seconds).model_dump(mode="json")


def _print_hits(answer: dict[str, Any]) -> None:
    click.echo(f"{answer['query']}: {answer['total']} Treffer")
    for hit in answer["hits"]:
        click.echo(f"  {hit['title']}  {hit['file_reference'] or ''}\n    {hit['snippet']}")


@click.command()
@click.argument("document_id")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="wohin; wird angelegt")
def export(document_id: str, folder: Path) -> None:
    """Legt Original, Fassungen, Metadaten und Prüfsummen eines Dokuments in einen Ordner."""
    wanted = parse_uuid(document_id)
    with opened() as platform, platform.db.read(CLI) as session:
        if wanted is None:
            raise NotFound("document.unknown")
        target = export_document(platform, session, records.document(session, wanted), folder)
    say(f"Ausgegeben nach {target}")


@click.command()
def reindex() -> None:
    """Baut den Suchindex neu auf und schaltet dann um."""
    with opened() as platform:
        say(f"{finding.reindex(platform)} Dokumente im Index")


@click.command()
@AS_JSON
@click.option("--deep", is_flag=True, help="jedes gespeicherte Byte lesen und prüfen")
def verify(as_json: bool, deep: bool) -> None:
    """Prüft Originale, Protokoll, Siegel und Suchindex."""
    try:
        with opened() as platform:
            result = verify_installation(platform, deep=deep)
            with platform.db.write(CLI) as session:
                details = {"faults": len(result["faults"]), "objects": result["objects"], "deep": int(deep)}
                audit.record_key(session, "system.verified", "system", details=details)
    except DmsError as exc:
        say(sentence(exc))
        raise click.exceptions.Exit(NOT_NOW) from exc
    if as_json:
        print_json(result)
    else:
        click.echo(f"{result['objects']} Objekte, {result['events']} Protokolleinträge, {len(result['faults'])} Fehler")
        for fault in result["faults"]:
            click.echo(f"  {fault['kind']}: {fault['subject']} {fault['detail']}")
    raise click.exceptions.Exit(REFUSED if result["faults"] else 0)
