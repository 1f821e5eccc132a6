"""`dms verify` finds whatever was damaged or changed behind the application's back, names it, and nothing else."""

import json
import os
import random
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from dms.audit import service as audit
from dms.audit.models import AuditEvent
from dms.audit.seal import add_seal
from dms.audit.service import leaf_sha256
from dms.clock import FrozenClock, SystemClock
from dms.finding.service import project
from dms.ids import uuid7
from dms.ops.verify import leaf_faults, seal_faults, verify
from dms.platform import Platform
from dms.records import service as records
from search import SearchDocument
from tests.factories import TEST, opened
from tests.holdings import grow, seal

Named = set[tuple[str, str]]
SEALED = 6
ROUNDS = 10
TORTURE_ROUNDS = 101
DOCUMENTS = 40
LEAVES, BYTES_OF_A_LEAF = 12_000, 2_000
"""A row of the audit trail in memory is larger than that."""


@dataclass
class Holdings:
    """An installation, its files, its database as somebody with the password sees it, and dice."""

    platform: Platform
    rows: sqlite3.Connection
    rng: random.Random
    documents: list[UUID]

    def blob(self, sha256: str) -> Path:
        return self.platform.settings.folder / "blobs/blobs" / sha256[:2] / sha256[2:4] / sha256

    def ask(self, query: str, *values: Any) -> Any:
        return self.rows.execute(query, values).fetchone()[0]

    def blobs(self) -> list[str]:
        """Hashes of originals and texts in any order, each once."""
        found = [row[0] for row in self.rows.execute("select original_sha256 from document")]
        found += [row[0] for row in self.rows.execute("select blob_sha256 from rendition")]
        return self.rng.sample(found, len(found))

    @contextmanager
    def edited(self, table: str, key: str, value: Any, **changes: Any) -> Iterator[None]:
        """Columns of one row changed, for a while."""
        names = list(changes)
        before = self.rows.execute(f"select {', '.join(names)} from {table} where {key} = ?", (value,)).fetchone()  # noqa: S608
        self._set(table, key, value, changes)
        yield
        self._set(table, key, value, dict(zip(names, before, strict=True)))

    def _set(self, table: str, key: str, value: Any, changes: dict[str, Any]) -> None:
        columns = ", ".join(f"{name} = ?" for name in changes)
        self.rows.execute(f"update {table} set {columns} where {key} = ?", (*changes.values(), value))  # noqa: S608

    @contextmanager
    def removed(self, table: str, key: str, value: Any) -> Iterator[None]:
        """One row away, for a while."""
        before = self.rows.execute(f"select * from {table} where {key} = ?", (value,)).fetchone()  # noqa: S608
        self.rows.execute(f"delete from {table} where {key} = ?", (value,))  # noqa: S608
        yield
        self.rows.execute(f"insert into {table} values ({', '.join('?' * len(before))})", before)  # noqa: S608


@pytest.fixture
def holdings(tmp_path: Path) -> Iterator[Holdings]:
    with opened(tmp_path / "data", workers=False) as platform:
        documents = [each for number in range(SEALED) for each in grow(platform, DOCUMENTS // SEALED, seed=number)]
        later = replace(platform, clock=FrozenClock(platform.clock.now() + timedelta(hours=1)))
        rows = sqlite3.connect(tmp_path / "data/aktenlauf.sqlite", isolation_level=None)
        for (name,) in rows.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            rows.execute(f"drop trigger {name}")
        yield Holdings(later, rows, random.Random(20), documents)
        rows.close()


@contextmanager
def _bytes_of(path: Path, damaged: bytes | None) -> Iterator[None]:
    before = path.read_bytes()
    path.chmod(0o600)
    path.unlink() if damaged is None else path.write_bytes(damaged)
    yield
    path.write_bytes(before)


def _flipped(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def _damage(given: Holdings, sha256: str, how: Callable[[bytes], bytes | None]) -> ExitStack:
    stack, path = ExitStack(), given.blob(sha256)
    stack.enter_context(_bytes_of(path, how(path.read_bytes())))
    return stack


@contextmanager
def _five_damaged_contents(given: Holdings) -> Iterator[list[Named]]:
    flipped, cut, emptied, gone, one, other = given.blobs()[:6]
    rng, first, second = given.rng, given.blob(one).read_bytes(), given.blob(other).read_bytes()
    with (
        _damage(given, flipped, lambda data: _flipped(data, rng)),
        _damage(given, cut, lambda data: data[: rng.randrange(len(data) - 1) + 1]),
        _damage(given, emptied, lambda data: b""),
        _damage(given, gone, lambda data: None),
        _damage(given, one, lambda data: second),
        _damage(given, other, lambda data: first),
    ):
        yield [
            {("blob.corrupt", flipped)},
            {("blob.size", cut)},
            {("blob.size", emptied)},
            {("blob.missing", gone)},
            {("blob.corrupt", one), ("blob.size", one), ("blob.corrupt", other), ("blob.size", other)},
        ]


@contextmanager
def _a_stale_entry(given: Holdings, document_id: UUID) -> Iterator[list[Named]]:
    kind = given.rng.choice(("stale", "missing", "surplus"))
    stranger = str(uuid4())
    if kind == "stale":
        with given.platform.db.write(TEST) as session:
            row = records.document(session, document_id)
            records.change(session, row, "document.edited", {"title": f"Neu {uuid4()}"}, given.platform.clock)
        seal(replace(given.platform, clock=SystemClock()))  # an hour ago for whoever verifies
    elif kind == "missing":
        given.platform.index.delete([str(document_id)])
    else:
        given.platform.index.upsert([SearchDocument(document_id=stranger, version=1, acl_node="", title="", body="")])
    yield [{(f"index.{kind}", stranger if kind == "surplus" else str(document_id))}]
    given.platform.index.delete([stranger])
    project(given.platform, document_id)


@contextmanager
def _an_edited_document(given: Holdings, document_id: UUID) -> Iterator[list[Named]]:
    changes: dict[str, Any] = given.rng.choice(
        ({"title": "Anders"}, {"sender": "X"}, {"state": "discarded"}, {"unit_id": uuid4().hex}, {"page_count": 77})
    )
    with given.edited("document", "id", document_id.hex, **changes):
        named = {("document.altered", str(document_id))}
        yield [named | ({("index.surplus", str(document_id))} if "state" in changes else set())]


@contextmanager
def _an_edited_version(given: Holdings, document_id: UUID) -> Iterator[list[Named]]:
    version_id, properties = given.rows.execute(
        "select id, properties from document_version where document_id = ? order by number desc", (document_id.hex,)
    ).fetchone()
    text = json.dumps({**json.loads(properties), "title": "Gefälscht"})
    with given.edited("document_version", "id", version_id, properties=text):
        named = {("version.altered", str(UUID(version_id))), ("document.altered", str(document_id))}
        yield [named]


@contextmanager
def _a_removed_document(given: Holdings, document_id: UUID) -> Iterator[list[Named]]:
    """Row and versions gone, as if it had never come in."""
    versions = given.rows.execute(
        "select id from document_version where document_id = ?", (document_id.hex,)
    ).fetchall()
    with ExitStack() as stack:
        for (version_id,) in versions:
            stack.enter_context(given.removed("document_version", "id", version_id))
        stack.enter_context(given.removed("document", "id", document_id.hex))
        yield [
            {("version.removed", str(UUID(version_id))) for (version_id,) in versions}
            | {("index.surplus", str(document_id))}
        ]


def _a_leaf(given: Holdings) -> tuple[int, int]:
    leaves = given.rows.execute("select event_id, seal_number from audit_sealed_leaf order by event_id").fetchall()
    found: tuple[int, int] = given.rng.choice(leaves)
    return found


@contextmanager
def _an_edited_leaf(given: Holdings) -> Iterator[list[Named]]:
    """Once as it is, once with the hash of the leaf made to fit."""
    event_id, number = _a_leaf(given)
    changes = {"actor_name": "niemand"}
    fits = given.rng.random() < 0.5
    if fits:
        with given.platform.db.read(TEST) as session:
            event = session.get_one(AuditEvent, event_id)
            event.actor_name = "niemand"
            changes["leaf_sha256"] = leaf_sha256(event)
            session.expunge(event)
    with given.edited("audit_event", "id", event_id, **changes):
        yield [{("seal.root", str(number)) if fits else ("audit.leaf", str(event_id))}]


@contextmanager
def _a_removed_leaf(given: Holdings) -> Iterator[list[Named]]:
    event_id, number = _a_leaf(given)
    with given.removed("audit_event", "id", event_id):
        yield [{("audit.removed", str(number))}]


@contextmanager
def _an_inserted_leaf(given: Holdings) -> Iterator[list[Named]]:
    """Back-dated, with a hash that fits."""
    event_id = -given.rng.randrange(1, 1000)
    with given.platform.db.read(TEST) as session:
        before = session.get_one(AuditEvent, given.ask("select min(id) from audit_event"))
        names = [column.key for column in AuditEvent.__table__.columns]
        event = AuditEvent(**{name: getattr(before, name) for name in names} | {"id": event_id, "uid": uuid7()})
        event.version_id = None
        event.leaf_sha256 = leaf_sha256(event)
    with given.platform.db.write(TEST) as session:
        session.add(event)
    yield [{("audit.inserted", str(event_id))}]
    given.rows.execute("delete from audit_event where id = ?", (event_id,))


@contextmanager
def _a_removed_seal(given: Holdings) -> Iterator[list[Named]]:
    number = given.rng.randrange(1, given.ask("select max(number) from audit_seal") + 1)
    with given.removed("audit_seal", "number", number):
        yield [{("seal.removed", str(number)), ("seal.chain", str(number + 1))}]


@contextmanager
def _an_edited_seal(given: Holdings) -> Iterator[list[Named]]:
    number = given.rng.randrange(1, given.ask("select max(number) from audit_seal") + 1)
    with given.edited("audit_seal", "number", number, software="0.0"):
        yield [{("seal.altered", str(number)), ("seal.not_in_store", str(number))}]


@contextmanager
def _a_seal_lost_at_its_anchors(given: Holdings) -> Iterator[list[Named]]:
    path = given.platform.settings.seal_file
    lines = path.read_bytes().splitlines(keepends=True)
    number = given.rng.randrange(len(lines))
    with _bytes_of(path, b"".join(lines[:number] + lines[number + 1 :])):
        yield [{("seal.not_in_file", str(json.loads(lines[number])["number"]))}]


SEALS = (
    _an_edited_leaf, _a_removed_leaf, _an_inserted_leaf, _a_removed_seal, _an_edited_seal, _a_seal_lost_at_its_anchors,
)  # fmt: skip


def _one_round(given: Holdings, number: int) -> int:
    """Seed a dozen faults of all kinds at once; each must be named, and nothing else. How many there were."""
    stale, edited, altered, removed = given.rng.sample(given.documents, 4)
    with ExitStack() as stack:
        seeded = stack.enter_context(_a_stale_entry(given, stale))
        seeded += stack.enter_context(_five_damaged_contents(given))
        seeded += stack.enter_context(_an_edited_document(given, edited))
        seeded += stack.enter_context(_an_edited_version(given, altered))
        seeded += stack.enter_context(SEALS[number % len(SEALS)](given))
        found = {(fault["kind"], fault["subject"]) for fault in verify(given.platform, deep=True)["faults"]}
        assert [named for named in seeded if not named & found] == []
        assert found - set().union(*seeded) == set()
    with _a_removed_document(given, removed) as gone:
        found = {(fault["kind"], fault["subject"]) for fault in verify(given.platform)["faults"]}
        assert found == gone[0]
    return len(seeded) + len(gone)


def test_a_hundred_seeded_faults_are_found_and_nothing_else(holdings: Holdings) -> None:
    assert sum(_one_round(holdings, number) for number in range(ROUNDS)) >= 100
    assert verify(holdings.platform, deep=True)["faults"] == []


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_a_thousand_seeded_faults_are_found_and_nothing_else(holdings: Holdings) -> None:
    assert sum(_one_round(holdings, number) for number in range(TORTURE_ROUNDS)) >= 1000


def test_two_thousand_clean_objects_have_no_fault(tmp_path: Path) -> None:
    _clean(tmp_path, 2000)


@pytest.mark.torture
@pytest.mark.timeout(4 * 3600)
def test_a_hundred_thousand_clean_objects_have_no_fault(tmp_path: Path) -> None:
    _clean(tmp_path, int(os.environ.get("DMS_TORTURE_OBJECTS", "100000")))


def _clean(tmp_path: Path, objects: int) -> None:
    with opened(tmp_path / "data", workers=False) as platform:
        grow(platform, objects // 2)
        found = verify(platform, deep=True)
        assert (found["objects"], found["faults"]) == (objects, [])


def test_a_long_audit_trail_is_read_a_part_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path / "data", workers=False) as platform:
        for start in range(0, LEAVES, 1000):
            with platform.db.write(TEST) as session:
                for number in range(start, start + 1000):
                    audit.record_key(session, "login.succeeded", f"user_account:{number}")
        while add_seal(platform.db, platform.clock):
            pass
        with platform.db.read(TEST) as session:
            tracemalloc.start()
            faults = [*leaf_faults(session), *seal_faults(session)]
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert faults == []
        assert verify(platform)["events"] >= LEAVES
    assert peak < LEAVES * BYTES_OF_A_LEAF / 2
