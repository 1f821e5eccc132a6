"""The one way in: every channel hands its bytes to `receive()`, which answers only after the commit.

Promises: the bytes are in the store before any row speaks of them, and the input, its document, the audit events and
the first job appear in one transaction. The same claim received twice is one intake. What is refused is an intake too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, NoReturn
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Actor
from dms.audit import service as audit
from dms.db import take_turns
from dms.errors import Conflict, Rejected, Unavailable
from dms.identity.service import central_unit
from dms.ids import uuid7
from dms.intake.limits import IntakeLimits
from dms.intake.models import Intake, Outcome, Station
from dms.intake.outcome import quarantine
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
    attached_to_id: UUID | None = None
    """The document that brought this one along; it belongs where that one belongs."""
    part_of_id: UUID | None = None
    part_pages: tuple[int, ...] = ()
    """The stack and the pages of it that this input is (`dms.intake.stacks`), or the document that was cut and the
    leaves of it (`dms.intake.arranging`)."""
    acl_node_id: UUID | None = None
    """Who may see it from the beginning, where that is not its unit."""
    is_deliberate: bool = False
    """A person made it: the same bytes as before are no duplicate to be asked about."""
    case_reference: str | None = None
    """The case into which it goes by its cover sheet."""
    is_incomplete: bool = False
    """It does not end as its type must: kept as it came, and a Klärfall at once."""


@dataclass(frozen=True)
class Receipt:
    """What the sender is told: the intake, its document and the earlier document with the same bytes, if any."""

    intake_id: UUID
    document_id: UUID
    sha256: str
    duplicate_of_id: UUID | None


def receive(
    platform: Platform,
    stream: BinaryIO,
    arrival: Arrival,
    actor: Actor,
    *,
    is_unchanged: Callable[[], bool] = lambda: True,
) -> Receipt:
    """Take in one input; `is_unchanged` is asked when its bytes are stored, before any row is written.

    Raises `Rejected` (``input.empty``, ``input.too_large``; the parameter ``intake`` is the number of the refusal),
    `Conflict("input.changed")`, or `Unavailable("storage")`.
    """
    known = find_claim(platform, arrival.claim_id, actor)
    if known is not None:
        return known
    code, blob = _store(platform, stream)
    if not is_unchanged():
        raise Conflict("input.changed")
    if code is not None:
        refuse(platform, arrival, actor, code, size_bytes=blob.size)
    with platform.db.write(actor) as session:
        return take_in(session, platform, blob, arrival)


def take_in(session: Session, platform: Platform, blob: BlobRef, arrival: Arrival) -> Receipt:
    """Take in what the store holds already, in the caller's transaction; the same claim again is the same intake."""
    take_turns(session, f"claim:{arrival.claim_id}")
    return _find(session, arrival.claim_id) or _add(session, platform, blob, arrival)


def refuse(platform: Platform, arrival: Arrival, actor: Actor, code: str, *, size_bytes: int = 0) -> NoReturn:
    """Write down that an input was refused, and raise `Rejected` for whoever brought it."""
    number = None
    with platform.db.write(actor) as session:
        take_turns(session, f"claim:{arrival.claim_id}")
        if _find(session, arrival.claim_id) is None:
            station = ensure_station(session, arrival.station) if arrival.station else None
            intake = _intake(platform, arrival, station, size_bytes)
            intake.outcome, intake.reason_code, intake.source_path = Outcome.REFUSED.value, code, None
            audit.record(session, "intake.refused", intake, channel=arrival.channel, reason=code)
            session.add(intake)
            number = str(intake.id)
    raise Rejected(code, limit=LIMITS.file_bytes, intake=number)


def find_claim(platform: Platform, claim_id: str, actor: Actor) -> Receipt | None:
    """The receipt that was given for this claim before."""
    with platform.db.read(actor) as session:
        return _find(session, claim_id)


def ensure_station(session: Session, key: str) -> Station:
    """The station of this name; a new one belongs to the central inbox until somebody says otherwise."""
    query = select(Station).where(Station.key == key)
    if (station := session.scalars(query).first()) is not None:
        return station
    take_turns(session, f"station:{key}")
    if (station := session.scalars(query).first()) is not None:
        return station
    station = Station(id=uuid7(), key=key, name=key, unit_id=central_unit(session).id, document_kind="letter")
    audit.record(session, "station.created", station)
    session.add(station)
    session.flush()
    return station


def _store(platform: Platform, stream: BinaryIO) -> tuple[str | None, BlobRef]:
    """Why the input is refused, if it is, and what was kept of it (then: nothing, and how many bytes were counted)."""
    try:
        blob = platform.store.put(stream, limit_bytes=LIMITS.file_bytes)
    except BlobTooLarge:
        return "input.too_large", BlobRef("", LIMITS.file_bytes + 1)
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc
    return ("input.empty" if blob.size == 0 else None), blob


def _find(session: Session, claim_id: str) -> Receipt | None:
    """What was said to this claim before; raises `Rejected` again when that was a refusal."""
    intake = session.scalars(select(Intake).where(Intake.claim_id == claim_id)).first()
    if intake is None:
        return None
    if intake.document_id is None or intake.sha256 is None:
        raise Rejected(intake.reason_code or "", limit=LIMITS.file_bytes, intake=str(intake.id))
    document = session.get(Document, intake.document_id)
    return Receipt(intake.id, intake.document_id, intake.sha256, document.duplicate_of_id if document else None)


def _add(session: Session, platform: Platform, blob: BlobRef, arrival: Arrival) -> Receipt:
    station = ensure_station(session, arrival.station) if arrival.station else None
    take_turns(session, f"original:{blob.sha256}")
    document = _document(session, platform, blob, arrival, station)
    records.register(session, document, platform.clock)
    intake = _intake(platform, arrival, station, blob.size)
    intake.sha256, intake.document_id = blob.sha256, document.id
    audit.record(session, "intake.received", intake, content_sha256=blob.sha256, channel=arrival.channel)
    session.add(intake)
    if arrival.is_incomplete:
        session.flush()
        quarantine(session, document.id, "input.incomplete", platform.clock)
    else:
        enqueue(session, "identify", document.id, queue="interactive", now=intake.received_at)
    return Receipt(intake.id, document.id, blob.sha256, document.duplicate_of_id)


def _document(
    session: Session, platform: Platform, blob: BlobRef, arrival: Arrival, station: Station | None
) -> Document:
    main = session.get(Document, arrival.attached_to_id) if arrival.attached_to_id else None
    unit_id = arrival.unit_id or (station.unit_id if station else central_unit(session).id)
    name = clean_name(arrival.file_name)
    return Document(
        id=uuid7(),
        state=DocumentState.PROCESSING.value,
        unit_id=main.unit_id if main else unit_id,
        acl_node_id=main.acl_node_id if main else arrival.acl_node_id or unit_id,
        is_invoice=False,
        title=name,
        document_kind=arrival.document_kind or (station.document_kind if station else "letter"),
        received_at=platform.clock.now(),
        original_name=name,
        original_sha256=blob.sha256,
        original_bytes=blob.size,
        media_type="application/octet-stream",
        hazards=[],
        duplicate_of_id=None if main or arrival.is_deliberate else first_with(session, blob.sha256),
        attached_to_id=main.id if main else None,
        part_of_id=arrival.part_of_id,
        part_pages=list(arrival.part_pages) or None,
    )


def _intake(platform: Platform, arrival: Arrival, station: Station | None, size_bytes: int) -> Intake:
    return Intake(
        id=uuid7(),
        claim_id=arrival.claim_id,
        channel=arrival.channel,
        station_id=station.id if station else None,
        file_name=clean_name(arrival.file_name),
        size_bytes=size_bytes,
        received_at=platform.clock.now(),
        outcome=Outcome.PENDING.value,
        source_path=arrival.source_path,
        case_reference=arrival.case_reference,
    )


def first_with(session: Session, sha256: str) -> UUID | None:
    """The earliest document with exactly these bytes that the actor may see; attachments are none of their own."""
    same = Document.original_sha256 == sha256, Document.attached_to_id.is_(None)
    query = select(Document.id).where(*same).order_by(Document.received_at, Document.id)
    return session.scalars(query.limit(1)).first()


def clean_name(name: str) -> str:
    """A file name as metadata: last path part, no control characters, never empty, at most `MAX_NAME` characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in last).strip()
    return printable[-MAX_NAME:] if printable.strip(".") else "ohne Namen"
