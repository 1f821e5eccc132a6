"""One TOML file that turns an empty installation into a town's own; repeatable, tells what it changes.

Sections: ``[[entities]]``, ``[[units]]``, ``[[users]]`` with ``roles`` and ``limits``. Plan and stations of the same
file belong to `dms/intake/setup.py`, which knows their tables. Documented in docs/operations.md.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Role
from dms.audit import service as audit
from dms.errors import Invalid
from dms.identity import service
from dms.identity.models import LegalEntity, OrgUnit, PaymentAuthority, User
from dms.ids import uuid7


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class EntitySpec(_Strict):
    """A legal entity (Mandant)."""

    key: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=200)
    buyer_reference: str | None = None


class UnitSpec(_Strict):
    """An org unit; `central` marks the one where documents without a station arrive."""

    key: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=200)
    central: bool = False


class UserSpec(_Strict):
    """A person; `limits` is legal entity key → largest invoice gross in euros; the password is for the first login."""

    login: str = Field(min_length=1, max_length=80)
    name: str = Field(min_length=1, max_length=200)
    email: str | None = None
    unit: str | None = None
    roles: list[Role]
    limits: dict[str, int] = {}
    password: str | None = None


class StationSpec(_Strict):
    """A scanner station with what its scans are taken for."""

    key: str = Field(min_length=1, max_length=60)
    name: str | None = None
    unit: str | None = None
    kind: str = Field(default="letter", pattern="^(letter|invoice)$")
    entity: str | None = None


class PlanSpec(_Strict):
    """A unit of the file plan; its parent is the longest key that it begins with."""

    key: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=1, max_length=200)
    retention_years: int | None = None


class SetupFile(_Strict):
    """The whole file."""

    entities: list[EntitySpec] = []
    units: list[UnitSpec] = []
    users: list[UserSpec] = []
    stations: list[StationSpec] = []
    plan: list[PlanSpec] = []
    plan_csv: str | None = None


def read_setup(path: Path) -> SetupFile:
    """Parse and check the file; raises `Invalid("setup.invalid")` with the place of the first fault."""
    try:
        return SetupFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise Invalid({"file": "setup.syntax"}, "setup.invalid", place=str(exc)) from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid({place: "setup.value"}, "setup.invalid", place=f"{place}: {first['msg']}") from exc


def apply_people(session: Session, setup: SetupFile, *, today: date, create_nodes: Any) -> list[str]:
    """Bring entities, units and people to what the file says; returns one German line a change.

    `create_nodes` makes the ACL nodes of a new unit (`dms.access.service.create_unit_nodes`). Nobody is removed: a
    person who leaves is retired by hand.
    """
    changes: list[str] = []
    for entity in setup.entities:
        changes += _entity(session, entity)
        session.flush()
    for unit in setup.units:
        changes += _unit(session, unit, create_nodes)
    session.flush()
    for user in setup.users:
        changes += _user(session, user, today)
    return changes


def _entity(session: Session, spec: EntitySpec) -> list[str]:
    row = session.scalars(select(LegalEntity).where(LegalEntity.key == spec.key)).first()
    if row is None and (unnamed := _unnamed_entity(session)) is not None:
        values = {"key": spec.key, "name": spec.name, "buyer_reference": spec.buyer_reference}
        _update(session, unnamed, "", **values)
        return [f"Mandant {spec.name} angelegt"]
    if row is None:
        row = LegalEntity(id=uuid7(), key=spec.key, name=spec.name, buyer_reference=spec.buyer_reference)
        audit.record(session, "legal_entity.created", row)
        session.add(row)
        return [f"Mandant {spec.name} angelegt"]
    return _update(session, row, f"Mandant {spec.name}", name=spec.name, buyer_reference=spec.buyer_reference)


def _unnamed_entity(session: Session) -> LegalEntity | None:
    """The legal entity of an empty installation while nobody has named it: the first of the file takes it over."""
    query = select(LegalEntity).where(LegalEntity.key == "kommune", LegalEntity.name == "Kommune")
    return session.scalars(query).first()


def _unit(session: Session, spec: UnitSpec, create_nodes: Any) -> list[str]:
    row = session.scalars(select(OrgUnit).where(OrgUnit.key == spec.key)).first()
    if spec.central and (row is None or not row.is_central):
        row = service.central_unit(session)
        return _update(session, row, f"Amt {spec.name}", key=spec.key, name=spec.name)
    if row is None:
        row = OrgUnit(id=uuid7(), key=spec.key, name=spec.name, is_central=False)
        audit.record(session, "unit.created", row)
        session.add(row)
        session.flush()
        create_nodes(session, row.id)
        return [f"Amt {spec.name} angelegt"]
    return _update(session, row, f"Amt {spec.name}", name=spec.name)


def _user(session: Session, spec: UserSpec, today: date) -> list[str]:
    unit = service.unit_by_key(session, spec.unit) if spec.unit else service.central_unit(session)
    row = service.user_by_login(session, spec.login)
    if row is None:
        if spec.password is None:
            raise Invalid({f"users.{spec.login}.password": "setup.password_missing"}, "setup.invalid", place=spec.login)
        row = service.add_user(
            session, login=spec.login, name=spec.name, password=spec.password, unit_id=unit.id, roles=spec.roles,
            email=spec.email, must_change_password=True,
        )  # fmt: skip
        changes = [f"Person {spec.name} angelegt"]
    else:
        changes = _update(session, row, f"Person {spec.name}", name=spec.name, email=spec.email, unit_id=unit.id)
        if service.set_roles(session, row, spec.roles):
            changes.append(f"Rollen von {spec.name} geändert")
    for key, euros in spec.limits.items():
        changes += _limit(session, row, service.entity_by_key(session, key), euros * 100, today)
    return changes


def _limit(session: Session, user: User, entity: LegalEntity, limit_cents: int, today: date) -> list[str]:
    if service.limits_of(session, user.id, today).get(entity.id) == limit_cents:
        return []
    query = select(PaymentAuthority).where(
        PaymentAuthority.user_id == user.id, PaymentAuthority.legal_entity_id == entity.id
    )
    for old in session.scalars(query.where(PaymentAuthority.valid_to.is_(None))):
        audit.record(session, "authority.ended", old)
        session.delete(old)
    row = PaymentAuthority(
        id=uuid7(), user_id=user.id, legal_entity_id=entity.id, limit_cents=limit_cents, valid_from=today
    )
    audit.record(session, "authority.given", row, limit_cents=limit_cents)
    session.add(row)
    session.flush()
    return [f"Anordnungsbefugnis von {user.name} für {entity.name}: {limit_cents // 100} Euro"]


def _update(session: Session, row: Any, what: str, **values: Any) -> list[str]:
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return []
    audit.record(session, f"{row.__tablename__}.changed", row, fields=",".join(sorted(changed)))
    for name, value in changed.items():
        setattr(row, name, value)
    return [f"{what} geändert"]
