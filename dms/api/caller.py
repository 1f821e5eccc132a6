"""Who calls: a bearer token becomes the station or person that it stands for at this moment.

There is no other way in: a cookie counts for nothing here, so a foreign page cannot make a browser act, and a token
counts for nothing on the pages.
"""

from fastapi import Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from dms.access import actors
from dms.actor import Actor, system
from dms.edge.guard import GuardedRoute, platform_of
from dms.errors import Forbidden, Unauthenticated
from dms.identity import throttle, tokens
from dms.identity.models import ApiToken, User
from dms.intake.models import Station
from dms.platform import Platform

EDGE = system("api")


class TokenRoute(GuardedRoute):
    """A route of the JSON edge: asks for a token, then whether its owner may."""

    async def admit(self, request: Request) -> Response | None:
        if self.rule is None:
            return None
        actor = await run_in_threadpool(_caller, request)
        if not actor.may(self.rule):
            raise Forbidden("role.missing")
        request.state.actor = actor
        return None


def _caller(request: Request) -> Actor:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise Unauthenticated("token.missing")
    address = request.client.host if request.client else "unknown"
    return identify(platform_of(request), value.strip(), address, request.state.request_id)


def identify(platform: Platform, value: str, address: str, request_id: str) -> Actor:
    """The actor behind a token; raises `Unauthenticated`, or `Throttled` where too many unknown ones came from.

    A token that was ours once is no guess: a forgotten device with a revoked one does not slow down its neighbours.
    """
    now, keys = platform.clock.now(), [f"token:{address}"]
    with platform.db.read(EDGE) as session:
        throttle.check(session, keys, platform.clock)
        row = tokens.find(session, value)
        actor = _owner(session, platform, row, request_id) if row and tokens.is_alive(row, now) else None
    if row is None:
        throttle.count_failure(platform.db, EDGE, keys, platform.clock)
    if row is None or actor is None:
        raise Unauthenticated("token.invalid")
    if not tokens.is_touched(row, now):
        with platform.db.write(EDGE) as session:
            throttle.forgive(session, keys)
            tokens.touch(session, row.token_sha256, now)
    return actor


def _owner(session: Session, platform: Platform, row: ApiToken, request_id: str) -> Actor | None:
    """The station or person as of now; None for somebody who is gone."""
    if row.station_id is not None:
        station = session.get(Station, row.station_id)
        return actors.station(station.id, station.key, request_id=request_id) if station else None
    user = session.get(User, row.user_id)
    if user is None or user.retired_at is not None:
        return None
    return actors.person(session, user, origin="api", clock=platform.clock, request_id=request_id)
