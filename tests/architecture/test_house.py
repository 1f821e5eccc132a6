"""The house keeps its promises: one migration head, models equal migrations, triggers equal their source."""

import importlib.metadata
import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from dms.config import Settings
from dms.migrations import alembic_config, upgrade
from dms.models import Base
from dms.payables.constraints import statements

ROOT = Path(__file__).resolve().parent.parent.parent
REVISIONS = ROOT / "alembic/versions"


def test_there_is_one_migration_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()) == 1


def test_models_equal_migrations_on_sqlite(tmp_path: Path) -> None:
    _compare(f"sqlite:///{tmp_path / 'a.sqlite'}")


def _compare(url: str) -> None:
    upgrade(url)
    upgrade(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert len(inspect(connection).get_table_names()) > 30
    engine.dispose()


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_triggers_of_the_migration_are_those_of_the_code(dialect: str) -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in REVISIONS.glob("*.py"))
    for statement in statements(dialect):
        assert statement in written


def test_the_five_packages_belong_to_us_alone() -> None:
    owners = importlib.metadata.packages_distributions()
    for package in ("dms", "invoicing", "ocr", "search", "storage"):
        assert set(owners.get(package, ["aktenlauf"])) == {"aktenlauf"}


def test_every_setting_is_described_for_operators() -> None:
    described = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"`DMS_{name.upper()}`" not in described]
    assert missing == []


def test_no_absolute_path_of_a_machine_stands_in_the_code() -> None:
    pattern = re.compile(r"(?<![\w./-])/(?:work|root|home)/")
    sources = [
        path for folder in ("dms", "invoicing", "ocr", "search", "storage") for path in (ROOT / folder).rglob("*.py")
    ]
    assert [path.name for path in sources if pattern.search(path.read_text(encoding="utf-8"))] == []
