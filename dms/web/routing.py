"""The edge's guard: a route without a rule cannot be registered, and every request passes it before its page runs.

It refuses foreign unsafe requests (Sec-Fetch-Site, else Origin: the algorithm of Go 1.25), finds out who acts, and asks
whether their roles grant the route's action.
"""

from collections.abc import Callable, Coroutine, Iterator
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from dms.actor import Action, Actor
from dms.errors import Forbidden
from dms.platform import Platform
from dms.web import session as sessions

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOGIN = "/anmelden"
OWN_PASSWORD = "/konto/kennwort"  # noqa: S105 - an address


def requires(action: Action) -> Callable[[Endpoint], Endpoint]:
    """Declare which action a route needs."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.access_rule = action  # type: ignore[attr-defined]  # read again by GuardedRoute
        return endpoint

    return mark


def public(endpoint: Endpoint) -> Endpoint:
    """Declare that a route needs no login."""
    endpoint.access_rule = None  # type: ignore[attr-defined]  # read again by GuardedRoute
    return endpoint


class GuardedRoute(APIRoute):
    """Refuses at import what nobody said a rule for, and at run time what the rule forbids."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if not hasattr(endpoint, "access_rule"):
            raise TypeError(f"{path}: say @requires(Action.…) or @public")
        self.rule: Action | None = endpoint.access_rule
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            _refuse_foreign(request)
            if self.rule is not None and (elsewhere := _admit(request, self.rule)) is not None:
                return elsewhere
            return await handler(request)

        return guarded


def _admit(request: Request, rule: Action) -> Response | None:
    """None when the request may go on, else where it has to go first; raises `Forbidden`."""
    actor: Actor | None = getattr(request.state, "actor", None)
    if actor is None:
        return RedirectResponse(f"{LOGIN}?weiter={quote(request.url.path)}", 303)
    if request.state.must_change_password and request.url.path not in (OWN_PASSWORD, "/abmelden"):
        return RedirectResponse(OWN_PASSWORD, 303)
    if not actor.may(rule):
        raise Forbidden("role.missing")
    return None


def _refuse_foreign(request: Request) -> None:
    if request.method in SAFE:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        is_own = site in ("same-origin", "none")
    elif origin is not None:
        is_own = urlsplit(origin).netloc == _own_host(request)
    else:
        is_own = sessions.cookie_name(platform_of(request).settings) not in request.cookies
    if not is_own:
        raise Forbidden("csrf")


def _own_host(request: Request) -> str:
    public_url = platform_of(request).settings.public_url
    return urlsplit(public_url).netloc if public_url else str(request.app.state.bind)


def platform_of(request: Request) -> Platform:
    """The installation that this application serves."""
    platform: Platform = request.app.state.platform
    return platform


def actor_of(request: Request) -> Actor:
    """Who acts in a request that passed its guard."""
    actor: Actor = request.state.actor
    return actor


def _read(request: Request) -> Iterator[Session]:
    with platform_of(request).db.read(actor_of(request)) as session:
        yield session


def _write(request: Request) -> Iterator[Session]:
    with platform_of(request).db.write(actor_of(request)) as session:
        yield session


ReadSession = Annotated[Session, Depends(_read, scope="function")]
"""Rows of the request's actor, read only."""
WriteSession = Annotated[Session, Depends(_write, scope="function")]
"""One write transaction, committed before the response is sent (scope="function")."""
ThePlatform = Annotated[Platform, Depends(platform_of)]
TheActor = Annotated[Actor, Depends(actor_of)]
