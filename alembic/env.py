"""Runs migrations on the database of the configuration (`dms.migrations`)."""

from alembic import context
from sqlalchemy import create_engine, pool

from dms.models import Base

config = context.config


def run() -> None:
    engine = create_engine(config.get_main_option("sqlalchemy.url") or "", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            user_module_prefix="dms.db.",
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
