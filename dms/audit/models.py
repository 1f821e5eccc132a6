"""Tables of the audit trail: append-only leaves and the seals over them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from dms.db import Base, Sha256


class AuditEvent(Base):
    """One act, as a leaf: written in the transaction of the act, never changed, sealed within a minute.

    `details` holds references and codes, never personal data; values are found through `version_id` and proven by
    `content_sha256`. `leaf_sha256` is the hash of the canonical JSON of all other columns.
    """

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    uid: Mapped[UUID] = mapped_column(unique=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(128), index=True)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    deputy_for_id: Mapped[UUID | None]
    origin: Mapped[str] = mapped_column(String(16))
    request_id: Mapped[str | None] = mapped_column(String(64))
    job_id: Mapped[UUID | None]
    version_id: Mapped[UUID | None]
    content_sha256: Mapped[str | None] = mapped_column(Sha256())
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    nonce: Mapped[str] = mapped_column(String(32))
    leaf_sha256: Mapped[str] = mapped_column(Sha256())


class Seal(Base):
    """One Merkle root over the leaves that were new, chained to the seal before it."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    previous_sha256: Mapped[str | None] = mapped_column(Sha256())
    root_sha256: Mapped[str] = mapped_column(Sha256())
    leaf_count: Mapped[int] = mapped_column(Integer)
    sealed_at: Mapped[datetime]
    software: Mapped[str] = mapped_column(String(32))
    seal_sha256: Mapped[str] = mapped_column(Sha256())


class SealedLeaf(Base):
    """Which seal covers a leaf and at which place; leaves without a row here are not sealed yet."""

    __tablename__ = "audit_sealed_leaf"

    event_id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    seal_number: Mapped[int] = mapped_column(Integer, index=True)
    position: Mapped[int] = mapped_column(Integer)
