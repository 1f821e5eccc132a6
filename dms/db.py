"""Tables, types and sessions: the one place that talks to the database.

Promises three things that nobody can forget: a session without an actor cannot select, a select returns only rows
whose ACL node the actor may see, and a change of an `Audited` row without an audit event cannot be flushed.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    URL,
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    TypeDecorator,
    Uuid,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import (
    DeclarativeBase,
    LoaderCriteriaOption,
    Mapped,
    ORMExecuteState,
    Session,
    UOWTransaction,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.orm.exc import StaleDataError

from dms.actor import Actor
from dms.errors import Conflict, Unavailable

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""How PostgreSQL gives a reader one consistent state; SQLite does so by itself."""

ANALYSED = 20_000
"""Entries of an index that SQLite looks at: enough to tell a unit's documents from those that wait in an inbox."""
SQLITE_DUPLICATE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in UTC in Python, on both databases; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Cents = BigInteger
"""Column type of money: whole cents of the invoice currency."""


def Sha256() -> String:
    """Column type of a SHA-256 in lower-case hexadecimal."""
    return String(64)


class Base(DeclarativeBase):
    """Every table of the application."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, UUID: Uuid(as_uuid=True)}


class Scoped:
    """A row that exists only for actors who may see its ACL node."""

    acl_node_id: Mapped[UUID] = mapped_column(Uuid(as_uuid=True), index=True)


class Audited:
    """A row whose every change needs an audit event in the same transaction."""

    def audit_key(self) -> str:
        """What names this row in the audit trail: table and primary key."""
        return f"{self.__tablename__}:{self.id}"  # type: ignore[attr-defined]  # every Audited class is a table with an id


class AuditMissing(AssertionError):
    """A change of an audited row was about to be written without its audit event: a bug in the calling service."""


class ActorMissing(AssertionError):
    """A session was used without saying who acts: a bug in the caller."""


class Database:
    """The connection pool and its two kinds of sessions.

    `threads` is how many threads may hold a session at once (web threadpool and workers); the pool has room for all.
    """

    def __init__(self, url: str, *, threads: int = 48) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url, threads) if self.is_sqlite else _server_engine(url, threads)
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(**SNAPSHOT)
        self._writer = threading.RLock()
        self.wake: Callable[[str, UUID], None] = _nobody_to_wake
        """Called after the commit for every job of the transaction: (queue, job id)."""

    @contextmanager
    def read(self, actor: Actor) -> Iterator[Session]:
        """A session that sees one consistent state and writes nothing; its rows stay readable after it."""
        with _translated(), self._session(self._reader, actor) as session:
            yield session

    @contextmanager
    def write(self, actor: Actor) -> Iterator[Session]:
        """One write transaction: committed at the end, rolled back on any error; then its after-commit calls run.

        SQLite takes the write lock at once (BEGIN IMMEDIATE), so that read-modify-write never loses an update; within
        one process writers also queue at a lock, because SQLite's own waiting is unfair.
        """
        engine = self.engine.execution_options(dms_write=True)
        turn = self._writer if self.is_sqlite else nullcontext()
        with turn, _translated(), self._session(engine, actor) as session:
            yield session
            session.commit()
            calls: list[Callable[[], None]] = session.info.pop("after_commit", [])
        for call in calls:
            call()

    def learn(self) -> None:
        """Let the planner know how the rows are spread; without, it reads them all for a list of few. Quick.

        SQLite looks at a part of each index, and each connection learns when it is opened.
        """
        with self.engine.execution_options(dms_write=True).begin() as connection:
            if self.is_sqlite:
                connection.execute(text(f"pragma analysis_limit={ANALYSED}"))
            connection.execute(text("analyze"))
        self.engine.dispose()

    def close(self) -> None:
        self.engine.dispose()

    def _session(self, engine: Engine, actor: Actor) -> Session:
        info = {"actor": actor, "audited": set(), "wake": self.wake}
        return GuardedSession(engine, expire_on_commit=False, info=info)


class GuardedSession(Session):
    """A session with the guards of this module."""


def after_commit(session: Session, call: Callable[[], None]) -> None:
    """Run `call` once the session's transaction is committed; never when it is rolled back."""
    session.info.setdefault("after_commit", []).append(call)


def wake_after_commit(session: Session, queue: str, job_id: UUID) -> None:
    """Tell a worker about a job once its row is committed."""
    after_commit(session, partial(session.info["wake"], queue, job_id))


def _nobody_to_wake(queue: str, job_id: UUID) -> None:
    """The sweeper of whoever works this installation finds the row."""


def take_turns(session: Session, name: str) -> None:
    """Let one transaction at a time go on for `name`, until it ends: before a look that decides about an insert.

    SQLite has one writer anyway; on PostgreSQL this is an advisory lock, because there is no row yet to lock.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def actor_of(session: Session) -> Actor:
    """Whoever this session acts for."""
    actor: Actor | None = session.info.get("actor")
    if actor is None:
        raise ActorMissing("session without an actor")
    return actor


def mark_audited(session: Session, key: str) -> None:
    """Say that an audit event for the row `key` (see `Audited.audit_key`) stands in this transaction."""
    session.info["audited"].add(key)


@event.listens_for(GuardedSession, "do_orm_execute")
def _filter_rows(state: ORMExecuteState) -> None:
    actor = actor_of(state.session)
    if state.is_update or state.is_delete:
        _refuse_bulk_change(state)
    if actor.nodes is None or state.is_column_load or state.is_relationship_load:
        return
    if "visible" not in state.session.info:
        state.session.info["visible"] = _visible_to(actor.nodes)
    state.statement = state.statement.options(*state.session.info["visible"])


def _refuse_bulk_change(state: ORMExecuteState) -> None:
    mapper = state.bind_mapper
    if mapper is not None and issubclass(mapper.class_, Audited):
        raise AuditMissing(f"bulk change of {mapper.class_.__name__} would bypass the audit trail")


def _visible_to(nodes: Iterable[UUID]) -> list[LoaderCriteriaOption]:
    """What limits the rows of every scoped entity to the nodes, whichever way a statement reaches it."""
    scoped = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)]
    allowed = sorted(nodes)
    return [with_loader_criteria(one, one.acl_node_id.in_(allowed), include_aliases=True) for one in scoped]


@event.listens_for(GuardedSession, "before_flush")
def _demand_audit(session: Session, context: UOWTransaction, instances: Any) -> None:
    actor_of(session)
    changed = [*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))]
    for row in changed:
        if isinstance(row, Audited) and row.audit_key() not in session.info["audited"]:
            raise AuditMissing(f"change of {row.audit_key()} without an audit event")


@contextmanager
def _translated() -> Iterator[None]:
    """Around the whole life of a session: its end speaks with the server, too."""
    try:
        yield
    except StaleDataError as exc:
        raise Conflict("stale") from exc
    except (OperationalError, PoolTimeout) as exc:
        raise Unavailable("database") from exc
    except IntegrityError as exc:
        if is_duplicate(exc):
            raise Conflict("stale") from exc
        raise
    except DBAPIError as exc:
        if exc.connection_invalidated:
            raise Unavailable("database") from exc
        raise


def is_duplicate(error: IntegrityError) -> bool:
    """True when a unique value was there already; checks, triggers and foreign keys are bugs of the caller instead."""
    state = getattr(error.orig, "sqlstate", None)
    return state == "23505" or getattr(error.orig, "sqlite_errorcode", None) in SQLITE_DUPLICATE


def _sqlite_engine(url: str, threads: int) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=threads, max_overflow=8, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("dms_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    @event.listens_for(engine, "checkin")
    def let_go(connection: Any, record: Any) -> None:
        """A COMMIT that failed leaves the transaction open, and with it the write lock of the whole installation."""
        if connection is not None and connection.in_transaction:
            connection.rollback()

    return engine


_PATIENCE = {
    "connect_timeout": "10", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}  # fmt: skip
"""For libpq, in seconds (the last: ms): a server that went silent is given up, not waited for until TCP does."""


def patient_url(url: str) -> URL:
    """The address of a database; that of a server with limits for its silence where it does not set its own."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return parsed
    return parsed.update_query_dict({name: value for name, value in _PATIENCE.items() if name not in parsed.query})


def _server_engine(url: str, threads: int) -> Engine:
    return create_engine(patient_url(url), pool_size=threads, max_overflow=8, pool_pre_ping=True)


def migrations_dir() -> Path:
    """Where the Alembic scripts lie: beside the packages in a checkout, inside `dms` in a wheel."""
    bundled = Path(__file__).parent / "_migrations"
    return bundled if bundled.is_dir() else Path(__file__).parent.parent / "alembic"
