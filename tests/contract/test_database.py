"""What both databases must do for the application: SQLite and a real PostgreSQL, each test in its own."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from dms.actor import Actor
from dms.audit import service as audit
from dms.audit.models import AuditEvent
from dms.audit.seal import seal_new_leaves
from dms.audit.seal_file import SealFile
from dms.clock import FrozenClock
from dms.db import AuditMissing, Database
from dms.errors import Conflict, Rejected, Unavailable
from dms.identity.models import LegalEntity, LoginThrottle
from dms.ids import uuid7
from dms.jobs import service as jobs
from dms.jobs.models import Job
from dms.migrations import upgrade
from dms.models import Base
from dms.payables import checks, service
from dms.payables.constraints import APPEND_ONLY
from dms.payables.models import CodingLine
from dms.records import service as records
from dms.records.models import Document, DocumentState, ReferenceCounter
from dms.records.references import next_file_reference
from invoicing import check
from tests.factories import TEST
from tests.unit.payables.town import Town, town

LARGE = 123_456_789_012
NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def _at_once(act: Callable[[int], object], times: int, *, threads: int = 8) -> list[object]:
    """Run `act` in many threads that all begin at the same moment."""
    gate = threading.Barrier(threads)

    def begin() -> None:
        gate.wait(timeout=30)

    with ThreadPoolExecutor(threads, initializer=begin) as pool:
        return list(pool.map(act, range(times)))


def _document(**values: object) -> Document:
    unit = UUID("01900000-0000-7000-8000-000000000001")
    row = {
        "id": uuid7(), "state": DocumentState.INBOX.value, "unit_id": unit, "acl_node_id": unit, "title": "Brief",
        "document_kind": "letter", "received_at": NOW, "original_name": "ä.txt", "original_sha256": "0" * 64,
        "original_bytes": 3_000_000_000, "media_type": "text/plain", "hazards": [], "current_version": 1,
    }  # fmt: skip
    return Document(**{**row, **values})


def _add(db: Database, row: Document, *, actor: Actor = TEST) -> Document:
    with db.write(actor) as session:
        audit.record(session, "document.created", row)
        session.add(row)
    return row


def test_twenty_concurrent_increments_are_twenty(db: Database) -> None:
    with db.write(TEST) as session:
        session.add(ReferenceCounter(scope="probe", last=0))

    def increment(_: int) -> None:
        with db.write(TEST) as session:
            counter = session.get(ReferenceCounter, "probe", with_for_update=True)
            assert counter is not None
            counter.last += 1

    _at_once(increment, 20)
    with db.read(TEST) as session:
        assert session.scalars(select(ReferenceCounter.last)).one() == 20


def test_fifty_writers_get_numbers_without_gap_from_the_first_on(db: Database) -> None:
    def take(_: int) -> str:
        with db.write(TEST) as session:
            return next_file_reference(session, "20.30", 2026)

    found = _at_once(take, 50, threads=10)
    assert sorted(str(reference) for reference in found) == [f"20.30/2026-{number:04d}" for number in range(1, 51)]


def test_a_number_that_was_rolled_back_is_given_again(db: Database) -> None:
    def fail(session: Session) -> None:
        assert next_file_reference(session, "20.30", 2026) == "20.30/2026-0001"
        raise Rejected("probe")

    with pytest.raises(Rejected), db.write(TEST) as session:
        fail(session)
    with db.write(TEST) as session:
        assert next_file_reference(session, "20.30", 2026) == "20.30/2026-0001"


def test_each_job_is_claimed_once_whoever_runs_for_it(db: Database) -> None:
    with db.write(TEST) as session:
        ids = [jobs.enqueue(session, "probe", uuid7(), queue="ocr", now=NOW).id for _ in range(60)]
    clock = FrozenClock(NOW)

    def run(worker: int) -> list[UUID]:
        won = []
        for job_id in ids:
            with db.write(TEST) as session:
                if jobs.claim(session, job_id, worker=f"w{worker}", clock=clock) is not None:
                    won.append(job_id)
        return won

    won = [job_id for found in _at_once(run, 8) for job_id in found]  # type: ignore[attr-defined]
    assert sorted(won) == sorted(ids)
    with db.read(TEST) as session:
        assert set(session.scalars(select(Job.attempts))) == {1}


def test_a_job_asked_for_while_it_ends_runs_once_more(db: Database) -> None:
    subject, clock = uuid7(), FrozenClock(NOW)
    with db.write(TEST) as session:
        job_id = jobs.enqueue(session, "probe", subject, queue="index", now=NOW).id
    with db.write(TEST) as session:
        held = jobs.claim(session, job_id, worker="w", clock=clock)
    assert held is not None

    def finish() -> None:
        with db.write(TEST) as session:
            jobs.finish(session, held, clock)

    with ThreadPoolExecutor(1) as pool, db.write(TEST) as session:
        assert jobs.enqueue(session, "probe", subject, queue="index", now=NOW).id == job_id
        ending = pool.submit(finish)
        wait([ending], timeout=0.5)  # it must not get through before this transaction has ended
    ending.result()
    with db.read(TEST) as session:
        assert [found.job_id for found in jobs.due(session, NOW)] == [job_id]


def test_a_value_that_was_there_already_is_a_conflict(db: Database) -> None:
    with db.write(TEST) as session:
        session.add(LoginThrottle(key="same", failures=0, blocked_until=NOW))
    with pytest.raises(Conflict, match="stale"), db.write(TEST) as session:
        session.add(LoginThrottle(key="same", failures=0, blocked_until=NOW))


def test_a_broken_check_or_foreign_key_is_no_conflict(db: Database) -> None:
    job = Job(id=uuid7(), kind="x", subject_id=uuid7(), queue="ocr", state="nonsense", due_at=NOW, created_at=NOW)
    with pytest.raises(IntegrityError), db.write(TEST) as session:
        session.add(job)
    with pytest.raises(IntegrityError):
        _add(db, _document(unit_id=uuid4()))


def test_what_another_changed_meanwhile_is_a_conflict(db: Database) -> None:
    row_id = _add(db, _document()).id
    with db.read(TEST) as session:
        seen = session.get(Document, row_id)
    assert seen is not None
    with db.write(TEST) as session:
        _retitle(session, session.get_one(Document, row_id), "von jemand anderem")
    with pytest.raises(Conflict, match="stale"), db.write(TEST) as session:
        _retitle(session, seen, "zu spät")


def _retitle(session: Session, row: Document, title: str) -> None:
    session.add(row)
    audit.record(session, "document.edited", row)
    row.title = title


def test_values_come_back_as_they_went_in(db: Database) -> None:
    berlin = timezone(timedelta(hours=2))
    hazards = ["JavaScript", "Ümläut \N{GRINNING FACE}", "\\u0000 als Text"]
    row = _add(db, _document(received_at=datetime(2026, 7, 1, 1, 30, tzinfo=berlin), hazards=hazards))
    with db.read(TEST) as session:
        found = session.get(Document, row.id)
        assert found is not None
        assert (found.id, found.hazards, found.original_bytes) == (row.id, hazards, 3_000_000_000)
        assert found.received_at == datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
        assert found.received_at.tzinfo == UTC
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
        assert audit.leaf_sha256(event) == event.leaf_sha256


def test_an_instant_without_a_time_zone_is_refused(db: Database) -> None:
    with pytest.raises(StatementError, match="time zone"):
        _add(db, _document(received_at=datetime(2026, 1, 1)))  # noqa: DTZ001 - what is refused


@pytest.fixture
def ordered(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town that has evidence of every kind: certificates, one of them ended, an order, seals."""
    with town(tmp_path, database_url=database_url) as found:
        found.code()
        found.release()
        found.certify("anna")
        found.edit(payable_cents=LARGE, gross_cents=LARGE)
        found.code(LARGE)
        found.certify("anna")
        found.order("dora")
        found.act("desk", service.comment, text="Anmerkung")
        _judge(found)
        seal_new_leaves(found.platform.db, found.platform.store, found.platform.clock, SealFile(tmp_path / "seals"))
        yield found


def _judge(found: Town) -> None:
    with found.platform.db.write(TEST) as session:
        document = records.document(session, found.row().document_id)
        checks.keep(session, document, check(b"no invoice"), found.platform.clock)


def test_money_is_whole_cents_beyond_32_bits(ordered: Town) -> None:
    with ordered.platform.db.read(TEST) as session:
        assert ordered.row().gross_cents == LARGE
        assert sum(session.scalars(select(CodingLine.amount_cents))) == LARGE


def test_evidence_refuses_changes_whoever_writes(ordered: Town) -> None:
    engine = ordered.platform.db.engine
    for table in APPEND_ONLY:
        column = next(iter(Base.metadata.tables[table].primary_key.columns)).name
        for change in ("update {0} set {1} = {1}", "delete from {0}"):
            with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
                connection.exec_driver_sql(change.format(table, column))


def test_the_wrong_person_neither_certifies_nor_orders_by_hand(ordered: Town) -> None:
    for table, login, reason in (
        ("certificate", "dora", "four_eyes"),
        ("certificate", "till", "treasury"),
        ("payment_order", "anna", "four_eyes"),
        ("payment_order", "till", "treasury"),
    ):
        values = {"version": 99} if table == "payment_order" else {}
        with pytest.raises(IntegrityError, match=reason):
            _insert_again(ordered, table, ordered.people[login], **values)


def _insert_again(given: Town, table: str, person: Actor, **values: object) -> None:
    """A copy of evidence in another person's name, past all code of the application."""
    rows = Base.metadata.tables[table]
    with given.platform.db.engine.begin() as connection:
        row = dict(connection.execute(rows.select().limit(1)).mappings().one())
        connection.execute(rows.insert().values({**row, "id": uuid7(), "user_id": person.user_id, **values}))


def test_rows_and_audit_duty_are_guarded(db: Database) -> None:
    row = _add(db, _document())
    stranger = Actor(name="Fremd", origin="test")
    clerk = Actor(name="Amt", origin="test", nodes=frozenset({row.acl_node_id}))
    for actor, seen in ((stranger, None), (clerk, row.id), (stranger, None)):
        with db.read(actor) as session:
            assert session.scalars(select(Document.id)).first() == seen
            assert (session.get(Document, row.id) is None) == (seen is None)
    with pytest.raises(AuditMissing), db.write(TEST) as session:
        session.get_one(Document, row.id).title = "ohne Spur"
    with pytest.raises(AuditMissing), db.write(TEST) as session:
        session.execute(update(LegalEntity).values(name="alle"))


def test_a_reader_sees_one_state_however_long_it_reads(db: Database) -> None:
    with db.read(TEST) as session:
        before = session.scalars(select(Document.id)).all()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_add, db, _document()).result()
        assert session.scalars(select(Document.id)).all() == before == []
    with db.read(TEST) as session:
        assert len(session.scalars(select(Document.id)).all()) == 1


def test_what_fails_is_gone_and_wakes_nobody(db: Database) -> None:
    woken: list[tuple[str, UUID]] = []
    db.wake = lambda queue, job_id: woken.append((queue, job_id))

    def fail(session: Session) -> None:
        jobs.enqueue(session, "probe", uuid7(), queue="ocr", now=NOW)
        session.flush()
        raise Rejected("probe")

    with pytest.raises(Rejected), db.write(TEST) as session:
        fail(session)
    assert woken == []
    with db.write(TEST) as session:
        job_id = jobs.enqueue(session, "probe", uuid7(), queue="ocr", now=NOW).id
        assert woken == []
    assert woken == [("ocr", job_id)]


def test_migrations_make_what_the_models_say_and_twice_is_once(database_url: str) -> None:
    upgrade(database_url)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert len(inspect(connection).get_table_names()) > 30
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_may_migrate_an_empty_database_at_once(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    if kind == "postgresql":
        url = request.getfixturevalue("empty_postgres_url")
    command = [sys.executable, "-c", "import sys; from dms.migrations import upgrade; upgrade(sys.argv[1])", url]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.communicate(timeout=120)[1], process.returncode) for process in both] == [("", 0)] * 2
    database = Database(url)
    with database.read(TEST) as session:
        assert len(session.scalars(select(LegalEntity)).all()) == 1
    database.close()


def test_a_server_that_is_away_is_unavailable() -> None:
    url = "postgresql+psycopg://dms@127.0.0.1:1/nothing"
    with pytest.raises(Unavailable, match="database"):
        upgrade(url)
    database = Database(url)
    with pytest.raises(Unavailable, match="database"), database.read(TEST) as session:
        session.scalars(select(LegalEntity)).all()
    database.close()
