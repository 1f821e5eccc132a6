"""What select fields offer: (value, text) pairs, in the order people expect."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.identity.models import LegalEntity, OrgUnit, User
from dms.records import queries

Choices = list[tuple[str, str]]


def units(session: Session) -> Choices:
    """Every org unit, by name."""
    return [(str(unit.id), unit.name) for unit in session.scalars(select(OrgUnit).order_by(OrgUnit.name))]


def legal_entities(session: Session) -> Choices:
    """Every legal entity (Mandant), by name."""
    return [(str(row.id), row.name) for row in session.scalars(select(LegalEntity).order_by(LegalEntity.name))]


def people(session: Session) -> Choices:
    """Everybody who works here now, by name."""
    query = select(User).where(User.retired_at.is_(None)).order_by(User.name)
    return [(str(user.id), user.name) for user in session.scalars(query)]


def recipients(session: Session) -> list[tuple[str, Choices]]:
    """Units and the people in them, each as ``unit:<id>`` or ``user:<id>``."""
    names = dict(units(session))
    everybody = [
        (f"user:{user.id}", f"{user.name} ({names[str(user.unit_id)]})")
        for user in session.scalars(select(User).where(User.retired_at.is_(None)).order_by(User.name))
    ]
    return [("Ämter", [(f"unit:{key}", name) for key, name in names.items()]), ("Personen", everybody)]


def plan_units(session: Session) -> Choices:
    """Every unit of the file plan, by key."""
    return [(str(unit.id), f"{unit.key} {unit.title}") for unit in queries.plan(session)]
