"""Whole tables as lines of JSON, and back: the same form from SQLite and PostgreSQL, so that either can take it in.

Rows come in the order of their primary keys, in pieces of a fixed number of rows. Keys grow with time, so all pieces of
a table that only grows are those of the day before, but for the last: a backup that keeps pieces by their hash is
incremental without knowing it.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    String,
    Table,
    TableClause,
    Uuid,
    column,
    delete,
    insert,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from dms.db import UtcDateTime

PIECE_ROWS = 5000
_KINDS: dict[str, TypeEngine[Any]] = {
    "uuid": Uuid(as_uuid=True),
    "instant": UtcDateTime(),
    "day": Date(),
    "json": JSON(none_as_null=True),
    "flag": Boolean(),
    "whole": BigInteger(),
    "real": Float(),
    "text": String(),
}
_CLASSES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Uuid, "uuid"), (UtcDateTime, "instant"), (Date, "day"), (JSON, "json"), (Boolean, "flag"), (Integer, "whole"),
    (Float, "real"), (String, "text"),
)  # fmt: skip
_READ: dict[str, Callable[[Any], Any]] = {
    "uuid": UUID, "instant": datetime.fromisoformat, "day": date.fromisoformat,
}  # fmt: skip


class Shape(BaseModel, frozen=True):
    """A table as a backup knows it: its columns with their kinds, whatever the models say by the time it is read."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, source: Table) -> "Shape":
        return cls(name=source.name, columns=tuple((each.name, _kind(each)) for each in source.columns))

    def clause(self) -> TableClause:
        return table(self.name, *(column(name, _KINDS[kind]) for name, kind in self.columns))


def _kind(source: Column[Any]) -> str:
    return next(kind for known, kind in _CLASSES if isinstance(source.type, known))


def pieces(connection: Connection, source: Table) -> Iterator[tuple[int, bytes]]:
    """The rows of a table as compressed pieces, each with how many it holds; equal rows give equal bytes."""
    query = select(source).order_by(*source.primary_key.columns)
    rows = connection.execute(query, execution_options={"yield_per": PIECE_ROWS})
    for part in rows.partitions():
        yield len(part), packed(list(row) for row in part)


def packed(values: Iterable[Any]) -> bytes:
    """One JSON value a line, compressed; equal values give equal bytes."""
    lines = (json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain) for value in values)
    return gzip.compress("\n".join(lines).encode(), compresslevel=6, mtime=0)


def unpacked(data: bytes) -> list[Any]:
    """The values of `packed`."""
    lines = gzip.decompress(data).decode()
    return [json.loads(line) for line in lines.split("\n") if line]


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


@contextmanager
def filling(connection: Connection, shapes: Iterable[Shape]) -> Iterator[None]:
    """Let rows be put back as they were: emptied tables, no trigger that judges acts, references checked at the end.

    A person who works in the treasury today may have signed yesterday; the triggers would refuse the signature.
    """
    names = [shape.name for shape in shapes]
    is_sqlite = connection.dialect.name == "sqlite"
    with (_sqlite_at_rest if is_sqlite else _postgresql_at_rest)(connection, names):
        for name in reversed(names):
            connection.execute(delete(table(name)))
        yield
        if not is_sqlite:
            _go_on_counting(connection, names)


def put_back(connection: Connection, shape: Shape, piece: bytes) -> int:
    """Insert the rows of one piece; how many."""
    read = [(name, _READ.get(kind, _as_it_is)) for name, kind in shape.columns]
    rows = [
        {name: None if value is None else make(value) for (name, make), value in zip(read, values, strict=True)}
        for values in unpacked(piece)
    ]
    if rows:
        connection.execute(insert(shape.clause()), rows)
    return len(rows)


def _as_it_is(value: Any) -> Any:
    return value


@contextmanager
def _sqlite_at_rest(connection: Connection, names: list[str]) -> Iterator[None]:
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    found = connection.execute(text("select name, sql from sqlite_master where type = 'trigger'")).all()
    for name, _ in found:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, statement in found:
        connection.exec_driver_sql(statement)


@contextmanager
def _postgresql_at_rest(connection: Connection, names: list[str]) -> Iterator[None]:
    """Tables come in the order of their references; only one that a table has to itself must wait for all its rows."""
    own = [
        (name, key["name"], key["constrained_columns"][0], key["referred_columns"][0])
        for name in names
        for key in inspect(connection).get_foreign_keys(name)
        if key["referred_table"] == name
    ]
    for name, key, _, _ in own:
        connection.exec_driver_sql(f"ALTER TABLE {name} DROP CONSTRAINT {key}")
    for name in names:
        connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    yield
    for name in names:
        connection.exec_driver_sql(f"ALTER TABLE {name} ENABLE TRIGGER USER")
    for name, key, source, target in own:
        connection.exec_driver_sql(
            f"ALTER TABLE {name} ADD CONSTRAINT {key} FOREIGN KEY ({source}) REFERENCES {name} ({target})"
        )


def _go_on_counting(connection: Connection, names: list[str]) -> None:
    """Numbers that the database gives go on behind those that were put back."""
    for name in names:
        for key in inspect(connection).get_pk_constraint(name)["constrained_columns"]:
            counter = connection.scalar(text("select pg_get_serial_sequence(:name, :key)"), {"name": name, "key": key})
            if counter is not None:
                last = f"(select coalesce(max({key}), 1) from {name})"  # noqa: S608 - names of our own tables
                connection.execute(text(f"select setval(:counter, {last})"), {"counter": counter})
