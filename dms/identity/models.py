"""Tables of people and where they belong."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dms.db import Audited, Base, Cents, Sha256


class LegalEntity(Audited, Base):
    """A municipality whose budget is charged (Mandant)."""

    __tablename__ = "legal_entity"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    buyer_reference: Mapped[str | None] = mapped_column(String(46))
    """Leitweg-ID, or its coarse part, that invoices to this entity carry (BT-10)."""
    rejects_automatically: Mapped[bool] = mapped_column(Boolean, default=True)
    """Whether an e-invoice that breaks the official rules goes back to its sender by itself (§ 4 (2) NERechVO)."""


class OrgUnit(Audited, Base):
    """An org unit; its id is also the id of its ACL node (`dms/access/models.py`)."""

    __tablename__ = "org_unit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    is_central: Mapped[bool] = mapped_column(Boolean, default=False)


class User(Audited, Base):
    """A person who can log in; `retired_at` ends that for good, the name stays in every record."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(200))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("org_unit.id"))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False)
    retired_at: Mapped[datetime | None]


class UserRole(Base):
    """A role that a person holds (`dms.actor.Role`); changes are audited as changes of the person."""

    __tablename__ = "user_role"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class PaymentAuthority(Audited, Base):
    """Up to which invoice gross a person may order payments for a legal entity (Anordnungsbefugnis)."""

    __tablename__ = "payment_authority"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    legal_entity_id: Mapped[UUID] = mapped_column(ForeignKey("legal_entity.id"))
    limit_cents: Mapped[int] = mapped_column(Cents)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class WebSession(Base):
    """A login in a browser: the id is stored hashed, the cookie holds it in clear."""

    __tablename__ = "web_session"

    id_sha256: Mapped[str] = mapped_column(Sha256(), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class ApiToken(Base):
    """A bearer token, stored hashed: of a scanner station (intake only) or of a person (what the person may)."""

    __tablename__ = "api_token"

    token_sha256: Mapped[str] = mapped_column(Sha256(), primary_key=True)
    prefix: Mapped[str] = mapped_column(String(12))
    station_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class LoginThrottle(Base):
    """Failed logins per account or address; the delay grows, nobody is locked out by name alone."""

    __tablename__ = "login_throttle"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    blocked_until: Mapped[datetime]


class IdempotencyKey(Base):
    """The stored answer to a request that may be sent again (unique per caller and key)."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("caller", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    caller: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(120))
    request_sha256: Mapped[str] = mapped_column(Sha256())
    status: Mapped[int] = mapped_column(Integer)
    answer: Mapped[str]
    created_at: Mapped[datetime]
