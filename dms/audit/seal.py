"""Seals the new leaves every minute: a Merkle root, chained to the seal before, written to database, store and file.

Design and measurements: docs/architecture.md, "Audit". Leaves are 0x00-prefixed hashes, inner nodes 0x01-prefixed
(RFC 6962, section 2.1), so that a leaf can never be passed off as a node.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from dms import __version__
from dms.actor import system
from dms.audit.models import AuditEvent, Seal, SealedLeaf
from dms.audit.seal_file import SealFile
from dms.audit.service import canonical_json
from dms.clock import Clock
from dms.db import Database
from dms.errors import Unavailable
from storage import BlobStore, StoreUnavailable

BATCH = 10_000
SEAL_EVERY = timedelta(seconds=60)


def merkle_root(leaves: Sequence[str]) -> str:
    """The root over leaf hashes (hexadecimal, in order); an odd node moves up unchanged. Needs at least one leaf."""
    level = [bytes.fromhex(leaf) for leaf in leaves]
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex()


def seal_sha256(seal: Seal) -> str:
    """The hash that chains a seal: over everything it says, the previous seal included."""
    return hashlib.sha256(canonical_json(_statement(seal))).hexdigest()


def seal_new_leaves(database: Database, store: BlobStore, clock: Clock, seal_file: SealFile) -> Seal | None:
    """Seal what is not sealed yet, at most `BATCH` leaves, and anchor it; None when there is nothing new.

    The database has the seal first. Store and file get what they lack at every call, so that a crash or a failure
    between the three is mended by the next one. Raises `Unavailable`.
    """
    seal = add_seal(database, clock)
    anchor(database, store, seal_file)
    return seal


def add_seal(database: Database, clock: Clock) -> Seal | None:
    """Write the next seal into the database, over at most `BATCH` new leaves; None when there are none."""
    with database.write(system("sealer")) as session:
        events = _unsealed(session, database.is_sqlite)
        if not events:
            return None
        seal = _next_seal(session, events, clock)
        session.add(seal)
        for position, event in enumerate(events):
            session.add(SealedLeaf(event_id=event.id, seal_number=seal.number, position=position))
    return seal


def anchor(database: Database, store: BlobStore, seal_file: SealFile) -> None:
    """Put every seal that the file lacks into the store and then into the file: what the file has, the store has."""
    with seal_file.turn():
        with database.read(system("sealer")) as session:
            lacking = select(Seal).where(Seal.number > seal_file.last_number()).order_by(Seal.number)
            seals = session.scalars(lacking).all()
        for seal in seals:
            line = seal_line(seal)
            try:
                store.put(BytesIO(line))
            except StoreUnavailable as exc:
                raise Unavailable("storage") from exc
            seal_file.append(line)


def seal_line(seal: Seal) -> bytes:
    """What store and file keep of a seal: one line of canonical JSON."""
    return canonical_json({**_statement(seal), "seal_sha256": seal.seal_sha256}) + b"\n"


def _unsealed(session: Session, is_sqlite: bool) -> list[AuditEvent]:
    """Leaves after the last sealed one. SQLite has one writer; on PostgreSQL a table lock first waits for the writers
    that are under way, so that no smaller id can be committed later (ids alone would leave gaps)."""
    if not is_sqlite:
        session.connection().execute(text("LOCK TABLE audit_event IN SHARE ROW EXCLUSIVE MODE"))
    last = session.scalar(select(func.max(SealedLeaf.event_id))) or 0
    return list(session.scalars(select(AuditEvent).where(AuditEvent.id > last).order_by(AuditEvent.id).limit(BATCH)))


def _next_seal(session: Session, events: Sequence[AuditEvent], clock: Clock) -> Seal:
    previous = session.scalars(select(Seal).order_by(Seal.number.desc()).limit(1)).first()
    seal = Seal(
        number=previous.number + 1 if previous else 1,
        previous_sha256=previous.seal_sha256 if previous else None,
        root_sha256=merkle_root([event.leaf_sha256 for event in events]),
        leaf_count=len(events),
        sealed_at=clock.now(),
        software=__version__,
    )
    seal.seal_sha256 = seal_sha256(seal)
    return seal


def _statement(seal: Seal) -> dict[str, object]:
    names = ("number", "previous_sha256", "root_sha256", "leaf_count", "sealed_at", "software")
    return {name: getattr(seal, name) for name in names}


def subject_id(subject: str) -> UUID:
    """The row id inside an audit subject (``table:id``)."""
    return UUID(subject.rpartition(":")[2])
