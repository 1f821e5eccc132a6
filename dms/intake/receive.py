"""The one way in: every channel hands its bytes to `receive()`, which answers only after the commit.

Promises: the bytes are in the store before any row speaks of them, and the input, its document, the audit events and
the first job appear in one transaction. The same claim received twice is one intake.
"""

from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dms.actor import Actor
from dms.audit import service as audit
from dms.errors import Rejected, Unavailable
from dms.identity.service import central_unit
from dms.ids import uuid7
from dms.intake.limits import IntakeLimits
from dms.intake.models import Intake, Outcome, Station
from dms.jobs.service import enqueue
from dms.platform import Platform
from dms.records import service as records
from dms.records.models import Document, DocumentState
from storage import BlobRef, BlobTooLarge, StoreUnavailable

LIMITS = IntakeLimits()
MAX_NAME = 250


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One input on its way in. `claim_id` is unique per input and equal when the same input is brought again."""

    channel: str
    file_name: str
    claim_id: str
    station: str | None = None
    unit_id: UUID | None = None
    document_kind: str | None = None
    """``letter`` or ``invoice`` where the sender says so; else what the station's scans are taken for."""
    source_path: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What the sender is told: the intake, its document and the earlier document with the same bytes, if any."""

    intake_id: UUID
    document_id: UUID
    sha256: str
    duplicate_of_id: UUID | None


def receive(platform: Platform, stream: BinaryIO, arrival: Arrival, actor: Actor) -> Receipt:
    """Take in one input; raises `Rejected` (``input.empty``, ``input.too_large``) or `Unavailable("storage")`."""
    known = find_claim(platform, arrival.claim_id, actor)
    if known is not None:
        return known
    blob = _store(platform, stream)
    try:
        with platform.db.write(actor) as session:
            return _find(session, arrival.claim_id) or _commit(session, platform, blob, arrival)
    except IntegrityError:  # two servers took in the same claim at the same moment, and the other one was faster
        known = find_claim(platform, arrival.claim_id, actor)
        if known is None:
            raise
        return known


def find_claim(platform: Platform, claim_id: str, actor: Actor) -> Receipt | None:
    """The receipt that was given for this claim before."""
    with platform.db.read(actor) as session:
        return _find(session, claim_id)


def ensure_station(session: Session, key: str) -> Station:
    """The station of this name; a new one belongs to the central inbox until somebody says otherwise."""
    station = session.scalars(select(Station).where(Station.key == key)).first()
    if station is not None:
        return station
    station = Station(id=uuid7(), key=key, name=key, unit_id=central_unit(session).id, document_kind="letter")
    audit.record(session, "station.created", station)
    session.add(station)
    session.flush()
    return station


def _store(platform: Platform, stream: BinaryIO) -> BlobRef:
    try:
        blob = platform.store.put(stream, limit_bytes=LIMITS.file_bytes)
    except BlobTooLarge as exc:
        raise Rejected("input.too_large", limit=LIMITS.file_bytes) from exc
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc
    if blob.size == 0:
        raise Rejected("input.empty")
    return blob


def _find(session: Session, claim_id: str) -> Receipt | None:
    intake = session.scalars(select(Intake).where(Intake.claim_id == claim_id)).first()
    if intake is None or intake.document_id is None or intake.sha256 is None:
        return None
    first = session.scalars(select(Document.duplicate_of_id).where(Document.id == intake.document_id)).first()
    return Receipt(intake.id, intake.document_id, intake.sha256, first)


def _commit(session: Session, platform: Platform, blob: BlobRef, arrival: Arrival) -> Receipt:
    station = ensure_station(session, arrival.station) if arrival.station else None
    unit_id = arrival.unit_id or (station.unit_id if station else central_unit(session).id)
    now = platform.clock.now()
    first = first_with(session, blob.sha256)
    name = clean_name(arrival.file_name)
    document = Document(
        id=uuid7(),
        state=DocumentState.PROCESSING.value,
        unit_id=unit_id,
        acl_node_id=unit_id,
        is_invoice=False,
        title=name,
        document_kind=arrival.document_kind or (station.document_kind if station else "letter"),
        received_at=now,
        original_name=name,
        original_sha256=blob.sha256,
        original_bytes=blob.size,
        media_type="application/octet-stream",
        hazards=[],
        duplicate_of_id=first,
    )
    records.register(session, document, platform.clock)
    intake = Intake(
        id=uuid7(),
        claim_id=arrival.claim_id,
        channel=arrival.channel,
        station_id=station.id if station else None,
        file_name=name,
        size_bytes=blob.size,
        sha256=blob.sha256,
        received_at=now,
        outcome=Outcome.PENDING.value,
        document_id=document.id,
        source_path=arrival.source_path,
    )
    audit.record(session, "intake.received", intake, content_sha256=blob.sha256, channel=arrival.channel)
    session.add(intake)
    enqueue(session, "identify", document.id, queue="interactive", now=now)
    return Receipt(intake.id, document.id, blob.sha256, first)


def first_with(session: Session, sha256: str) -> UUID | None:
    """The earliest document with exactly these bytes that the actor may see."""
    query = select(Document.id).where(Document.original_sha256 == sha256).order_by(Document.received_at, Document.id)
    return session.scalars(query.limit(1)).first()


def clean_name(name: str) -> str:
    """A file name as metadata: last path part, no control characters, never empty, at most `MAX_NAME` characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in last).strip()
    return printable[-MAX_NAME:] or "ohne Namen"
