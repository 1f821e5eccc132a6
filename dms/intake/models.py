"""Tables of the intake: stations and every input that ever arrived."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Integer,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from dms.db import Audited, Base, Sha256


class Outcome(StrEnum):
    """How an input ended; `PENDING` while it is on its way, then exactly one of the others."""

    PENDING = "pending"
    FILED = "filed"
    INBOX = "inbox"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


class Station(Audited, Base):
    """A scanner station: the provenance of a document, with its default unit and kind."""

    __tablename__ = "station"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("org_unit.id"))
    document_kind: Mapped[str] = mapped_column(String(20), default="letter")
    """``letter`` or ``invoice``: what its scans are taken for."""
    legal_entity_id: Mapped[UUID | None] = mapped_column(ForeignKey("legal_entity.id"))
    check_every: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """A person looks at every n-th scan and at all that are badly readable; 0 = at none."""
    is_substitutive: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Its scans take the place of the paper: what is to be looked at goes no further before."""


class ScanCount(Base):
    """How many scans a station brought since somebody looks at them, to find every n-th one."""

    __tablename__ = "scan_count"

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), primary_key=True)
    scans: Mapped[int] = mapped_column(Integer)


class CheckResult(StrEnum):
    """What a person said of a scan."""

    OPEN = "open"
    PASSED = "passed"
    RESCAN = "rescan"
    DEFECT = "defect"


class ScanCheck(Audited, Base):
    """A scan that a person looks at, or looked at; one a document."""

    __tablename__ = "scan_check"
    __table_args__ = (CheckConstraint("result in ('open', 'passed', 'rescan', 'defect')", name="result"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), unique=True)
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    mode: Mapped[str] = mapped_column(String(8))
    """Why: ``all`` scans of the station, ``sample`` (every n-th), or only because it is ``poor``."""
    pages: Mapped[list[int]] = mapped_column(JSON)
    """Its pages that are badly readable, from 1."""
    asked_at: Mapped[datetime]
    result: Mapped[str] = mapped_column(String(8), index=True, default=CheckResult.OPEN.value)
    reason: Mapped[str | None] = mapped_column(String(500))
    person_id: Mapped[UUID | None]
    person_name: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None]


class Intake(Audited, Base):
    """One input, from arrival to outcome; `claim_id` makes a repeated arrival the same one."""

    __tablename__ = "intake"
    __table_args__ = (
        CheckConstraint("outcome in ('pending', 'filed', 'inbox', 'quarantined', 'refused')", name="outcome"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(String(160), unique=True)
    channel: Mapped[str] = mapped_column(String(12))
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(300))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    """Counted; of an input that is too large, one more than the limit: the rest was not read."""
    sha256: Mapped[str | None] = mapped_column(Sha256(), index=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(12), index=True)
    reason_code: Mapped[str | None] = mapped_column(String(80))
    document_id: Mapped[UUID | None] = mapped_column(index=True)
    case_reference: Mapped[str | None] = mapped_column(String(90))
    """The case into which its cover sheet sends it."""
    source_path: Mapped[str | None] = mapped_column(String(1000))
    """Hot folder: where the source lies or was about to be moved to, until it is gone (`dms.intake.aside`)."""


class Progress(Base):
    """How far a document is on its way, for the people who watch; says nothing once the outcome stands."""

    __tablename__ = "intake_progress"

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(String(12))
    pages_done: Mapped[int] = mapped_column(Integer, default=0)
    pages_total: Mapped[int] = mapped_column(Integer, default=0)


class LayoutExample(Base):
    """Where a sender printed a value that a person corrected (`invoicing.layout_memory`); one a document and field."""

    __tablename__ = "layout_example"
    __table_args__ = (UniqueConstraint("document_id", "field"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    seller_key: Mapped[str] = mapped_column(String(220), index=True)
    field: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(200))
    """The words beside the value as they are compared; empty where it stands alone."""
    place: Mapped[str] = mapped_column(String(8))
    x: Mapped[float] = mapped_column(Float)
    y: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime]
