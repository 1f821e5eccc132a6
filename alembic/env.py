"""Runs migrations on the database of the configuration (`dms.migrations`): all of them or none."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, event, pool

from dms.db import patient_url
from dms.models import Base

config = context.config


def run() -> None:
    engine = create_engine(patient_url(config.get_main_option("sqlalchemy.url") or ""), poolclass=pool.NullPool)
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:
        _in_one_transaction(engine)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=is_sqlite,
            transactional_ddl=True,
            user_module_prefix="dms.db.",
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def _in_one_transaction(engine: Any) -> None:
    """SQLite can roll tables back, but its driver commits before each statement of DDL unless it is told to keep out:
    a first start that was killed half-way would leave tables without a revision, and never start again."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


run()
