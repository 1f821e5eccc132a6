"""`dms token`: keys of stations and people for the JSON interface."""

from datetime import datetime

import click
from sqlalchemy.orm import Session

from dms.actor import system
from dms.cli.main import AS_JSON, print_json, say
from dms.cli.session import opened
from dms.errors import NotFound
from dms.identity import service as identity
from dms.identity import tokens
from dms.identity.models import ApiToken, User
from dms.intake.models import Station
from dms.intake.receive import ensure_station

CLI = system("cli")
DAYS_OF_A_PERSON = 365
"""A station stands in the building and must not fall silent by itself; a person's key lies who knows where."""


@click.group()
def token() -> None:
    """Zugangsschlüssel für Scannerstationen und Personen."""


@token.command()
@click.argument("station", required=False)
@click.option("--user", "login", help="Schlüssel einer Person: kann, was sie kann")
@click.option("--days", type=click.IntRange(1, 3650), help="gültig so viele Tage (Person: 365, Station: unbegrenzt)")
def add(station: str | None, login: str | None, days: int | None) -> None:
    """Gibt einen neuen Schlüssel für STATION oder eine Person aus; er ist nur dieses eine Mal zu sehen."""
    if (station is None) == (login is None):
        raise click.UsageError("Entweder STATION oder --user LOGIN angeben.")
    with opened() as platform, platform.db.write(CLI) as session:
        if login is not None:
            user = identity.user_by_login(session, login)
            if user is None:
                raise NotFound("user.unknown")
            value = tokens.issue_for_user(session, user, platform.clock, days=days or DAYS_OF_A_PERSON)
        else:
            row = ensure_station(session, str(station))
            value = tokens.issue_for_station(session, row.id, platform.clock, days=days)
    click.echo(value)


@token.command(name="list")
@AS_JSON
def list_tokens(as_json: bool) -> None:
    """Zeigt alle Schlüssel mit Besitzer, Ende und letzter Benutzung."""
    with opened() as platform, platform.db.read(CLI) as session:
        rows = [_line(session, row, platform.clock.now()) for row in tokens.all_tokens(session)]
    if as_json:
        print_json({"tokens": rows})
        return
    for row in rows:
        state = "gültig" if row["is_valid"] else "ungültig"
        click.echo(f"{row['prefix']}  {state:<8}  {row['owner']}  bis {row['expires_at'] or 'auf Weiteres'}")


def _line(session: Session, row: ApiToken, now: datetime) -> dict[str, str | bool | None]:
    user = session.get(User, row.user_id) if row.user_id else None
    station = session.get(Station, row.station_id) if row.station_id else None
    times = {name: getattr(row, name) for name in ("created_at", "expires_at", "revoked_at", "last_used_at")}
    return {
        "prefix": row.prefix,
        "owner": f"user:{user.login}" if user else f"station:{station.key}" if station else None,
        "is_valid": tokens.is_alive(row, now) and (user is None or user.retired_at is None),
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }


@token.command()
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Sperrt den Schlüssel, der mit PREFIX beginnt (siehe `dms token list`)."""
    with opened() as platform, platform.db.write(CLI) as session:
        row = tokens.revoke(session, prefix, platform.clock)
    say(f"Der Schlüssel {row.prefix} ist gesperrt.")
