"""One TOML file that turns an empty installation into a town's own; repeatable, tells what it changes.

Sections: ``[[entities]]``, ``[[units]]``, ``[[users]]`` with ``roles`` and ``limits``. Plan and stations of the same
file belong to `dms/intake/setup.py`, which knows their tables. Documented in docs/operations.md.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Role
from dms.errors import Invalid
from dms.identity import service
from dms.identity.models import LegalEntity, OrgUnit, User

MOST_EUROS = 10**12
"""Of a limit: more than any invoice, and in cents less than a column holds."""


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

    login: str = Field(min_length=1, max_length=service.MAX_LOGIN_LENGTH)
    name: str = Field(min_length=1, max_length=200)
    email: str | None = None
    unit: str | None = None
    roles: list[Role]
    limits: dict[str, Annotated[int, Field(ge=0, le=MOST_EUROS)]] = {}
    password: str | None = None


class StationSpec(_Strict):
    """A scanner station with what its scans are taken for; its key is the name of its folder."""

    key: str = Field(min_length=1, max_length=60, pattern=r"^[^./\x00-\x1f][^/\x00-\x1f]*$")
    name: str | None = None
    unit: str | None = None
    kind: str = Field(default="letter", pattern="^(letter|invoice)$")
    entity: str | None = None
    check_every: int = Field(default=0, ge=0, le=100_000)
    substitutive: bool = False


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
        found = SetupFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise Invalid({"file": "setup.syntax"}, "setup.invalid", place=str(exc)) from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid({place: "setup.value"}, "setup.invalid", place=f"{place}: {first['msg']}") from exc
    for place in _twice(found):
        raise Invalid({place: "setup.twice"}, "setup.invalid", place=f"{place} steht zweimal darin")
    return found


def _twice(setup: SetupFile) -> Iterator[str]:
    """What the file says more than once, where the last word would silently win."""
    keys = [f"[[entities]] {entity.key}" for entity in setup.entities]
    keys += [f"[[units]] {unit.key}" for unit in setup.units]
    keys += [f"[[stations]] {station.key}" for station in setup.stations]
    keys += [f"[[plan]] {unit.key}" for unit in setup.plan]
    keys += [f"[[users]] {user.login}" for user in setup.users]
    keys += ["central = true" for unit in setup.units if unit.central]
    return (key for key, count in Counter(keys).items() if count > 1)


def apply_people(
    session: Session, setup: SetupFile, *, today: date, create_nodes: Callable[[Session, UUID], None]
) -> list[str]:
    """Bring entities, units and people to what the file says; returns one German line a change.

    `create_nodes` makes the ACL nodes of a new unit (`dms.access.service.create_unit_nodes`). Nobody is removed: a
    person who leaves is retired by hand.
    """
    changes: list[str] = []
    for entity in setup.entities:
        changes += _entity(session, entity)
    for unit in setup.units:
        changes += _unit(session, unit, create_nodes)
    session.flush()
    for user in setup.users:
        changes += _user(session, user, today)
    return changes


def _entity(session: Session, spec: EntitySpec) -> list[str]:
    row = session.scalars(select(LegalEntity).where(LegalEntity.key == spec.key)).first()
    unnamed = _unnamed_entity(session) if row is None else None
    if row is not None:
        changed = service.change(session, row, name=spec.name, buyer_reference=spec.buyer_reference)
        return [f"Mandant {spec.name} geändert"] if changed else []
    if unnamed is not None:
        service.change(session, unnamed, key=spec.key, name=spec.name, buyer_reference=spec.buyer_reference)
        session.flush()
    else:
        service.add_entity(session, key=spec.key, name=spec.name, buyer_reference=spec.buyer_reference)
    return [f"Mandant {spec.name} angelegt"]


def _unnamed_entity(session: Session) -> LegalEntity | None:
    """The legal entity of an empty installation while nobody has named it: the first of the file takes it over."""
    query = select(LegalEntity).where(LegalEntity.key == "kommune", LegalEntity.name == "Kommune")
    return session.scalars(query).first()


def _unit(session: Session, spec: UnitSpec, create_nodes: Callable[[Session, UUID], None]) -> list[str]:
    row = session.scalars(select(OrgUnit).where(OrgUnit.key == spec.key)).first()
    if spec.central and (row is None or not row.is_central):
        row = service.central_unit(session)
    if row is not None:
        return [f"Amt {spec.name} geändert"] if service.change(session, row, key=spec.key, name=spec.name) else []
    create_nodes(session, service.add_unit(session, key=spec.key, name=spec.name).id)
    return [f"Amt {spec.name} angelegt"]


def _user(session: Session, spec: UserSpec, today: date) -> list[str]:
    service.check_roles(spec.roles)
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
        is_changed = service.change(session, row, name=spec.name, email=spec.email, unit_id=unit.id)
        changes = [f"Person {spec.name} geändert"] if is_changed else []
        if service.set_roles(session, row, spec.roles):
            changes.append(f"Rollen von {spec.name} geändert")
    return changes + _limits(session, row, spec, today)


def _limits(session: Session, user: User, spec: UserSpec, today: date) -> list[str]:
    """The authority that the file says; where it names limits, those that it does not name end."""
    if "limits" not in spec.model_fields_set:
        return []
    wanted = {service.entity_by_key(session, key).id: euros * 100 for key, euros in spec.limits.items()}
    changes: list[str] = []
    for entity in session.scalars(select(LegalEntity).order_by(LegalEntity.key)):
        cents = wanted.get(entity.id)
        if service.set_limit(session, user, entity, cents, today):
            amount = f"{cents // 100} Euro" if cents is not None else "beendet"
            changes.append(f"Anordnungsbefugnis von {user.name} für {entity.name}: {amount}")
    return changes
