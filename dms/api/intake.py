"""Bring a document in, and ask what became of it."""

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Action, Actor
from dms.api.caller import TokenRoute
from dms.api.idempotency import OptionalKeyHeader, caller
from dms.api.problem import documented
from dms.api.schemas import IntakeReceipt, IntakeState, Reason, Text
from dms.edge.guard import ReadSession, TheActor, ThePlatform, requires
from dms.edge.limits import UPLOAD_BYTES
from dms.errors import Conflict, Forbidden, Invalid, NotFound
from dms.ids import uuid7
from dms.intake.models import Intake, Outcome, Station
from dms.intake.receive import Arrival, Receipt, clean_name, receive
from dms.intake.wording import reason
from dms.platform import Platform
from dms.records import service as records

router = APIRouter(route_class=TokenRoute, tags=["intake"])


@router.post(
    "/intake",
    status_code=201,
    responses=documented(400, 409, 413),
    max_body_size=UPLOAD_BYTES,
    form_limits={"max_files": 1, "max_fields": 8},
)
@requires(Action.INTAKE_CREATE)
def bring(
    platform: ThePlatform,
    actor: TheActor,
    file: Annotated[UploadFile, File(description="At most 200 MiB; its name is kept as it is")],
    station: Annotated[
        Text | None, Form(max_length=60, description="For persons: the station that it came from")
    ] = None,
    key: OptionalKeyHeader = None,
) -> IntakeReceipt:
    """Take in one document. The answer comes when it is safe: stored, recorded, its reading queued."""
    arrival = Arrival(
        channel="api",
        file_name=file.filename or "",
        claim_id=f"api:{caller(actor)}:{key or uuid7()}",
        station=_station(platform, actor, station),
        unit_id=actor.unit_id if station is None else None,
    )
    sent_sha256 = _sha256(file) if key else None
    receipt = receive(platform, file.file, arrival, actor)
    if sent_sha256 is not None and not _is_of(platform, actor, receipt, arrival, sent_sha256):
        raise Conflict("idempotency.other")
    return IntakeReceipt(
        intake_id=receipt.intake_id,
        document_id=receipt.document_id,
        sha256=receipt.sha256,
        duplicate_of=receipt.duplicate_of_id,
    )


def _station(platform: Platform, actor: Actor, named: str | None) -> str | None:
    """Key of the station that a document comes from: a station's own, or one that a person names."""
    with platform.db.read(actor) as session:
        own = session.get(Station, actor.station_id) if actor.station_id else None
        if own is not None and named not in (None, own.key):
            raise Forbidden("station.other")
        if own is None and named is not None and not _is_known(session, named):
            raise Invalid({"station": "station.unknown"})
    return own.key if own is not None else named


def _is_known(session: Session, key: str) -> bool:
    return session.scalars(select(Station.id).where(Station.key == key)).first() is not None


def _sha256(file: UploadFile) -> str:
    digest = hashlib.file_digest(file.file, "sha256").hexdigest()  # type: ignore[arg-type]  # spooled, has readinto
    file.file.seek(0)
    return digest


def _is_of(platform: Platform, actor: Actor, receipt: Receipt, arrival: Arrival, sha256: str) -> bool:
    """True when the receipt is for what was sent now, and not for something else under the same key before."""
    with platform.db.read(actor) as session:
        row = session.get_one(Intake, receipt.intake_id)
        station = session.get(Station, row.station_id) if row.station_id else None
    known = (row.sha256, row.file_name, station.key if station else None)
    return known == (sha256, clean_name(arrival.file_name), arrival.station)


@router.get("/intake/{intake_id}", responses=documented(404))
@requires(Action.DOCUMENT_READ)
def state(session: ReadSession, intake_id: UUID) -> IntakeState:
    """What became of an input so far; of those whose document the person may see."""
    row = session.get(Intake, intake_id)
    if row is None or row.document_id is None or row.sha256 is None:
        raise NotFound("intake.unknown")
    records.document(session, row.document_id)
    return IntakeState(
        intake_id=row.id,
        document_id=row.document_id,
        outcome=Outcome(row.outcome),
        reason=Reason(code=row.reason_code, text=reason(row.reason_code)) if row.reason_code else None,
        channel=row.channel,
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        received_at=row.received_at,
    )
