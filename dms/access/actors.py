"""Turns a person, a station token or a command-line name into the actor of a request."""

from uuid import UUID

from sqlalchemy.orm import Session

from dms.access.matrix import actions_of
from dms.access.service import visible_nodes
from dms.actor import Action, Actor
from dms.clock import Clock, local_date
from dms.identity.models import User
from dms.identity.service import limits_of, roles_of


def person(session: Session, user: User, *, origin: str, clock: Clock, request_id: str | None = None) -> Actor:
    """The actor that this person is now: roles, visible nodes and payment authority as they stand today."""
    roles = roles_of(session, user.id)
    return Actor(
        name=user.name,
        login=user.login,
        user_id=user.id,
        unit_id=user.unit_id,
        origin=origin,
        roles=roles,
        nodes=visible_nodes(session, user_id=user.id, unit_id=user.unit_id, roles=roles),
        actions=actions_of(roles),
        limits=limits_of(session, user.id, local_date(clock.now())),
        request_id=request_id,
    )


def station(station_id: UUID, key: str, *, request_id: str | None = None) -> Actor:
    """A scanner station: it may bring documents in and read nothing back."""
    return Actor(
        name=f"Station {key}",
        origin="api",
        station_id=station_id,
        actions=frozenset({Action.INTAKE_CREATE}),
        request_id=request_id,
    )
