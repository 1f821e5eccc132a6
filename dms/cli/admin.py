"""`dms migrate`, `setup`, `config`, `user`, `jobs`: for the IT person."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Role, system
from dms.app import STEPS
from dms.cli.listening import CertificateUnusable, check_certificate
from dms.cli.main import AS_JSON, parts, print_json, say
from dms.cli.session import opened, settings, unknown_settings
from dms.cli.wording import CERTIFICATE, UNSAFE
from dms.clock import local_date
from dms.config import Settings
from dms.errors import NotFound
from dms.identity import service as identity
from dms.identity.models import User
from dms.identity.setup_file import read_setup
from dms.ids import parse_uuid
from dms.intake.setup import apply_setup
from dms.intake.wording import reason
from dms.jobs import service as job_service
from dms.jobs.models import Job
from dms.migrations import upgrade

CLI = system("cli")


@click.command()
def migrate() -> None:
    """Bringt die Datenbank auf den neuesten Stand."""
    upgrade(settings().effective_database_url)
    say("Die Datenbank ist auf dem neuesten Stand.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def setup(file: Path) -> None:
    """Richtet Mandanten, Ämter, Personen, Stationen und Aktenplan aus einer TOML-Datei ein (wiederholbar)."""
    spec = read_setup(file)
    with opened() as platform, platform.db.write(CLI) as session:
        today = local_date(platform.clock.now())
        changes = apply_setup(session, spec, folder=file.parent, today=today)
    for change in changes or ["Nichts zu ändern."]:
        click.echo(change)


@click.command()
def config() -> None:
    """Zeigt die wirksamen Einstellungen, ohne Geheimnisse, und was daran unsicher ist."""
    chosen = settings()
    for name, value in sorted(chosen.redacted().items()):
        click.echo(f"{name}={value}")
    for doubt in _doubts(chosen):
        click.echo(f"# {doubt}")


def _doubts(chosen: Settings) -> Iterator[str]:
    """What a careful person would ask about these settings."""
    yield from (f"für andere Arbeitsplätze unsicher: {UNSAFE[code]}." for code in chosen.unsafe_for("0.0.0.0"))  # noqa: S104 - asked, not opened
    try:
        check_certificate(chosen)
    except CertificateUnusable as exc:
        yield CERTIFICATE[exc.code].format(**exc.params)
    for path in (chosen.tls_key, chosen.secret_file):
        if path is not None and path.is_file() and path.stat().st_mode & 0o077:
            yield f"unsicher: {path} ist für andere Benutzer dieses Rechners lesbar (chmod 600)."
    yield from (f"unbekannt und ohne Wirkung: {name}" for name in unknown_settings())


@click.group()
def user() -> None:
    """Personen anlegen, zurücksetzen, stilllegen."""


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    while True:
        first, again = (
            str(click.prompt(f"Kennwort{what}", hide_input=True, err=True)) for what in ("", " wiederholen")
        )
        if first == again:
            return first
        say("Die beiden Eingaben sind verschieden.")


@user.command()
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, help="clerk, invoice_desk, certifier, orderer …")
@click.option("--unit", help="Kürzel des Amtes; ohne: zentraler Posteingang")
@click.option("--full-name", help="Name, wie er in Akten steht")
def add(name: str, roles: tuple[str, ...], unit: str | None, full_name: str | None) -> None:
    """Legt eine Person an; das Kennwort kommt von der Standardeingabe."""
    try:
        wanted = [Role(role) for role in parts(roles)]
    except ValueError as exc:
        raise click.BadParameter(f"Rollen sind: {', '.join(Role)}") from exc
    password = _password()
    with opened() as platform, platform.db.write(CLI) as session:
        home = identity.unit_by_key(session, unit) if unit else identity.central_unit(session)
        identity.add_user(session, login=name, name=full_name or name, password=password, unit_id=home.id, roles=wanted)
    say(f"{name} ist angelegt.")


@user.command()
@click.argument("name")
def reset(name: str) -> None:
    """Setzt ein neues Kennwort (Standardeingabe), das bei der nächsten Anmeldung zu ändern ist."""
    password = _password()
    with opened() as platform, platform.db.write(CLI) as session:
        identity.set_password(session, _user(identity.user_by_login(session, name)), password, by_owner=False)
    say(f"{name} hat ein neues Kennwort.")


@user.command()
@click.argument("name")
def retire(name: str) -> None:
    """Legt das Konto einer Person still, die geht; ihr Name bleibt in allen Akten."""
    with opened() as platform, platform.db.write(CLI) as session:
        identity.retire(session, _user(identity.user_by_login(session, name)), platform.clock)
    say(f"{name} ist stillgelegt.")


def _user(found: User | None) -> User:
    if found is None:
        raise NotFound("user.unknown")
    return found


@click.group()
def jobs() -> None:
    """Aufträge im Hintergrund."""


@jobs.command(name="list")
@AS_JSON
def list_jobs(as_json: bool) -> None:
    """Zeigt offene Aufträge und Klärfälle."""
    with opened() as platform, platform.db.read(CLI) as session:
        query = select(Job).where(Job.state.in_(("ready", "running", "parked"))).order_by(Job.created_at)
        rows = [
            {
                "id": str(job.id),
                "kind": job.kind,
                "state": job.state,
                "attempts": job.attempts,
                "code": job.last_error_code,
            }
            for job in session.scalars(query)
        ]
    if as_json:
        print_json({"jobs": rows})
        return
    for row in rows:
        click.echo(f"{row['id']} {row['kind']:<10} {row['state']:<8} {reason(str(row['code'])) if row['code'] else ''}")


@jobs.command()
@click.argument("job_id")
@AS_JSON
def retry(job_id: str, as_json: bool) -> None:
    """Versucht einen Klärfall noch einmal."""
    with opened() as platform, platform.db.write(CLI) as session:
        job = _job(session, job_id, "parked")
        if job is None:
            raise NotFound("job.unknown")
        job_service.retry(session, job, platform.clock.now())
        _show(job, "Der Auftrag wird noch einmal versucht.", as_json)


@jobs.command()
@click.argument("job_id")
@AS_JSON
def park(job_id: str, as_json: bool) -> None:
    """Hält einen offenen Auftrag an; er wird zum Klärfall."""
    with opened() as platform, platform.db.write(CLI) as session:
        job = _job(session, job_id, *job_service.OPEN)
        if job is None:
            raise NotFound("job.not_open")
        job_service.set_aside(session, job, platform.clock.now())
        STEPS[job.kind].on_park(session, job.subject_id, job_service.SET_ASIDE, platform.clock)
        _show(job, "Der Auftrag ist angehalten.", as_json)


def _job(session: Session, job_id: str, *states: str) -> Job | None:
    known = parse_uuid(job_id)
    job = session.get(Job, known, with_for_update=True) if known else None
    return job if job is not None and job.state in states else None


def _show(job: Job, sentence: str, as_json: bool) -> None:
    if as_json:
        print_json({"id": str(job.id), "state": job.state})
    else:
        say(sentence)
