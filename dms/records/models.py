"""Tables of the electronic file: plan, file, case, document, version, rendition, what is known about a document."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from dms.db import Audited, Base, Scoped, Sha256


class DocumentState(StrEnum):
    """Where a document stands; every one is in exactly one of these."""

    PROCESSING = "processing"
    INBOX = "inbox"
    FILED = "filed"
    QUARANTINED = "quarantined"
    DISCARDED = "discarded"


UNFILED = "state in ('processing', 'inbox', 'quarantined', 'discarded')"
"""The few documents that an inbox may show. Its index holds all that the lists and their counts ask, and is used by
whatever says the condition in these very words (`records.queries.unfiled`)."""
_ASSIGNED = f"{UNFILED} and assignee_id is not null"


class PlanUnit(Audited, Base):
    """A unit of the file plan (Aktenplaneinheit), by key, e.g. ``20.30.01``."""

    __tablename__ = "plan"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("plan.id"), index=True)
    retention_years: Mapped[int | None] = mapped_column(Integer)


class File(Scoped, Audited, Base):
    """A file (Akte) under a plan unit; its reference is unique and never reused."""

    __tablename__ = "file"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_unit_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), index=True)
    file_reference: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    lead_unit_id: Mapped[UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    lock_version: Mapped[int] = mapped_column(Integer, default=1)
    __mapper_args__ = {"version_id_col": lock_version}  # noqa: RUF012 - SQLAlchemy reads it as it stands


class Case(Scoped, Audited, Base):
    """A case (Vorgang) in a file: the level at which clerks work."""

    __tablename__ = "case_record"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("file.id"), index=True)
    case_reference: Mapped[str] = mapped_column(String(90), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    lock_version: Mapped[int] = mapped_column(Integer, default=1)
    __mapper_args__ = {"version_id_col": lock_version}  # noqa: RUF012 - SQLAlchemy reads it as it stands


class ReferenceCounter(Base):
    """The last number given in a scope (plan unit and year, or file): gap-free under concurrency."""

    __tablename__ = "reference_counter"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class Document(Scoped, Audited, Base):
    """A document: one immutable original with versions of what is said about it."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("state in ('processing', 'inbox', 'filed', 'quarantined', 'discarded')", name="state"),
        Index(
            "ix_document_unfiled", "received_at", "id", "acl_node_id", "unit_id", "state", "attached_to_id",
            "assignee_id", sqlite_where=text(UNFILED), postgresql_where=text(UNFILED),
        ),
        Index(
            "ix_document_unfiled_unit", "unit_id", "received_at", "id", "acl_node_id", "state", "attached_to_id",
            sqlite_where=text(UNFILED), postgresql_where=text(UNFILED),
        ),
        Index(
            "ix_document_unfiled_assignee", "assignee_id", "received_at", "id", "acl_node_id", "state",
            "attached_to_id", sqlite_where=text(_ASSIGNED), postgresql_where=text(_ASSIGNED),
        ),
        Index("ix_document_case", "case_id", "received_at", "id", "acl_node_id"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    reason_code: Mapped[str | None] = mapped_column(String(80))
    """Why it is quarantined or was discarded."""
    reason_text: Mapped[str | None] = mapped_column(String(500))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_record.id"))
    is_invoice: Mapped[bool] = mapped_column(Boolean, default=False)
    title: Mapped[str] = mapped_column(String(300))
    document_kind: Mapped[str] = mapped_column(String(20), default="letter")
    sender: Mapped[str | None] = mapped_column(String(200))
    recipient: Mapped[str | None] = mapped_column(String(200))
    foreign_reference: Mapped[str | None] = mapped_column(String(120))
    document_date: Mapped[date | None]
    received_at: Mapped[datetime] = mapped_column(index=True)
    original_name: Mapped[str] = mapped_column(String(300))
    original_sha256: Mapped[str] = mapped_column(Sha256(), index=True)
    original_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    page_count: Mapped[int | None] = mapped_column(Integer)
    hazards: Mapped[list[str]] = mapped_column(JSON, default=list)
    duplicate_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    attached_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"), index=True)
    """The document that brought this one along (BT-125); an attachment goes wherever that one goes."""
    part_of_id: Mapped[UUID | None] = mapped_column(index=True)
    """The stack that this document was a part of; its original is the stack's, untouched."""
    part_pages: Mapped[list[int] | None] = mapped_column(JSON)
    """Which pages of the stack's original these are, from 1; of a document that was cut, which of its leaves."""
    arrangement: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    """How its pages lie (`records.arrangement`); None while they lie as they were received."""
    merged_into_id: Mapped[UUID | None] = mapped_column(index=True)
    """The document that shows the pages of this one now; it is put aside meanwhile."""
    awaits_check: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """It takes the place of paper and goes no further before a person has looked at the scan."""
    current_version: Mapped[int] = mapped_column(Integer, default=1)
    lock_version: Mapped[int] = mapped_column(Integer, default=1)
    __mapper_args__ = {"version_id_col": lock_version}  # noqa: RUF012 - SQLAlchemy reads it as it stands


class Version(Base):
    """What was said about a document at one time, and what changed; insert-only.

    `properties` is the whole metadata, `changes` a list of {field, old, new} (xdomea HistorienProtokollInformation).
    """

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(64))
    properties: Mapped[dict[str, Any]] = mapped_column(JSON)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    content_sha256: Mapped[str] = mapped_column(Sha256())


class Rendition(Base):
    """A blob made from an original: text pages, page image, e-invoice reading. Re-made at will, kept by input hash."""

    __tablename__ = "rendition"
    __table_args__ = (UniqueConstraint("input_sha256", "kind", "step_release"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    input_sha256: Mapped[str] = mapped_column(Sha256(), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    """``text``, ``einvoice``, ``page-N`` (text of a page), ``image-N``, ``thumbnail``, ``archive``, ``record-ID``,
    ``arranged-…`` and ``archive-…`` (of an arrangement)."""
    step_release: Mapped[str] = mapped_column(String(60))
    blob_sha256: Mapped[str] = mapped_column(Sha256())
    blob_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]


class RetentionLock(Base):
    """Until when the store has promised to keep an original; follows the rows a little later (`records.retention`)."""

    __tablename__ = "retention_lock"

    sha256: Mapped[str] = mapped_column(Sha256(), primary_key=True)
    until: Mapped[datetime]


class ExtractedValue(Base):
    """One layer of what is known about a document: never overwritten, only superseded."""

    __tablename__ = "extracted_value"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(2000))
    source: Mapped[str] = mapped_column(String(12))
    """``xml``, ``reading``, ``master`` or ``person``."""
    page: Mapped[int | None] = mapped_column(Integer)
    """The leaf on which it stands (`records.arrangement`): the page, while nobody arranged the pages."""
    box: Mapped[list[float] | None] = mapped_column(JSON)
    confidence: Mapped[float | None] = mapped_column(Float)
    witnesses: Mapped[list[str]] = mapped_column(JSON, default=list)
    actor_name: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]
    superseded_by_id: Mapped[UUID | None]
