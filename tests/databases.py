"""Databases that are migrated already: a copy takes milliseconds, the migrations half a second."""

import tempfile
from functools import cache
from pathlib import Path

from dms.migrations import upgrade

DATABASE = "aktenlauf.sqlite"
"""The name of the embedded database in DATA."""


def begin_migrated(path: Path) -> None:
    """An empty SQLite database at the newest revision, unless there is one already."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.sqlite"
        upgrade(f"sqlite:///{path}")
        return path.read_bytes()
