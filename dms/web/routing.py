"""The guarded edge: every route says who may use it, knows who asks, and refuses requests from other sites."""

It refuses foreign unsafe requests (Sec-Fetch-Site, else Origin; as Go 1.25's CrossOriginProtection does), finds
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from dms.actor import Action, Actor
from dms.config import LOOPBACK
from dms.errors import Forbidden
from dms.platform import Platform
from dms.web.session import cookie_name, who

PUBLIC = "public"
OWN_ACCOUNT_PAGE = "/konto/kennwort"
_WITHOUT_OWN_PASSWORD = frozenset({OWN_ACCOUNT_PAGE, "/abmelden"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class GoElsewhere(Exception):
    """The request must be made at another page first: log in, choose an own password."""

    def __init__(self, href: str) -> None:
        super().__init__(href)
        self.href = href


def requires(action: Action) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint as open to actors with this action."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.rule = action.value  # type: ignore[attr-defined]  # a mark on the function, read at registration
        return endpoint

    return mark


def public(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint as open to everybody."""
    endpoint.rule = PUBLIC  # type: ignore[attr-defined]  # a mark on the function, read at registration
    return endpoint


class GuardedRoute(APIRoute):
    """A route that cannot be registered without a rule; `TypeError` says which endpoint lacks it."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        rule: str | None = getattr(endpoint, "rule", None)
        if rule is None:
            raise TypeError(f"{path}: {endpoint.__name__} needs @requires(Action.X) or @public")
        self.rule = rule
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            await run_in_threadpool(_admit, request, self.rule)
            return await answer(request)

        return guarded


def guarded_router(prefix: str = "") -> APIRouter:
    """A router for pages: every route on it is guarded and answers HTML."""
    return APIRouter(prefix=prefix, route_class=GuardedRoute, include_in_schema=False)


def _admit(request: Request, rule: str) -> None:
    _refuse_other_sites(request)
    if rule == PUBLIC:
        return
    known = who(platform_of(request), session_token(request), request.state.request_id)
    if known is None:
        raise GoElsewhere(f"/anmelden?weiter={quote(_way_back(request))}")
    request.state.actor, user = known
    if user.must_change_password and request.url.path not in _WITHOUT_OWN_PASSWORD:
        raise GoElsewhere(OWN_ACCOUNT_PAGE)
    if not request.state.actor.may(Action(rule)):
        raise Forbidden("role.missing")


def _way_back(request: Request) -> str:
    if request.method not in _SAFE:
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _refuse_other_sites(request: Request) -> None:
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        allowed = site in ("same-origin", "none")
    elif origin is not None:
        allowed = _is_own_origin(request, origin)
    else:
        allowed = session_token(request) is None
    if not allowed:
        raise Forbidden("csrf")


def _is_own_origin(request: Request, origin: str) -> bool:
    own = platform_of(request).settings.public_url
    asked = urlsplit(origin)
    if own is not None:
        return asked.netloc.lower() == urlsplit(own).netloc.lower()
    _, port = request.scope.get("server") or ("", None)
    return asked.hostname in LOOPBACK and (asked.port or 80) == port


def platform_of(request: Request) -> Platform:
    platform: Platform = request.app.state.platform
    return platform


def session_token(request: Request) -> str | None:
    """The token in the session cookie of this request."""
    return request.cookies.get(cookie_name(platform_of(request).settings))


def actor_of_request(request: Request) -> Actor:
    actor: Actor = request.state.actor
    return actor


def _read_session(request: Request) -> Iterator[Session]:
    with platform_of(request).db.read(actor_of_request(request)) as session:
        yield session


def _write_session(request: Request) -> Iterator[Session]:
    with platform_of(request).db.write(actor_of_request(request)) as session:
        yield session


ReadSession = Annotated[Session, Depends(_read_session, scope="function")]
WriteSession = Annotated[Session, Depends(_write_session, scope="function")]
"""Committed before the answer is sent, so that a failing commit is never answered as a success."""
PlatformOf = Annotated[Platform, Depends(platform_of)]
ActorOf = Annotated[Actor, Depends(actor_of_request)]
