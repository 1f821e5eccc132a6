"""Brings a database up to date; safe to start twice at once, because the run takes a lock."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from dms.db import migrations_dir
from dms.errors import Unavailable

LOCK_KEY = 4_711_001
"""Any number that no other user of the PostgreSQL server's advisory locks picks."""


def alembic_config(url: str) -> Config:
    """Alembic's configuration for a database, wherever the scripts lie."""
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate to the newest revision (or an earlier one, for what was backed up at it); a new database is created empty
    with one legal entity and the central inbox.

    Raises `Unavailable("database")` when the database cannot be reached or opened.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with _reaching(), _locked(url):
        command.upgrade(alembic_config(url), revision)


def is_current(engine: Engine) -> bool:
    """True when the database is at the newest revision; raises `Unavailable("database")`."""
    with _reaching(), engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    return set(found) == set(ScriptDirectory.from_config(alembic_config("")).get_heads())


def revision_of(url: str) -> str | None:
    """The revision of a database, None when it has no tables of ours; raises `Unavailable("database")`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return None
    engine = create_engine(url)
    try:
        with _reaching(), engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except OperationalError as exc:
        raise Unavailable("database") from exc


@contextmanager
def _locked(url: str) -> Iterator[None]:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".migrating").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    engine = create_engine(url)
    try:
        connection = engine.connect()
    except OperationalError as exc:
        raise Unavailable("database") from exc
    with connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        yield
    engine.dispose()
