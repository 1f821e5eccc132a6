"""The guard of the pages: who acts is known by cookie, and a foreign page cannot make a browser act.

It refuses foreign unsafe requests (Sec-Fetch-Site, else Origin: the algorithm of Go 1.25), sends people without a
session to the login, and asks whether their roles grant the route's action.
"""

from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from dms.actor import Action, Actor
from dms.edge import guard
from dms.edge.guard import ReadSession, TheActor, ThePlatform, WriteSession, actor_of, platform_of, public, requires
from dms.errors import Forbidden
from dms.web import session as sessions

__all__ = [
    "LOGIN", "OWN_PASSWORD", "GuardedRoute", "ReadSession", "TheActor", "ThePlatform", "WriteSession", "actor_of",
    "platform_of", "public", "requires",
]  # fmt: skip

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOGIN = "/anmelden"
OWN_PASSWORD = "/konto/kennwort"  # noqa: S105 - an address


class GuardedRoute(guard.GuardedRoute):
    """A page: what its rule forbids to whoever is logged in ends here."""

    async def admit(self, request: Request) -> Response | None:
        _refuse_foreign(request)
        return _admit(request, self.rule) if self.rule is not None else None


def _admit(request: Request, rule: Action) -> Response | None:
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
        is_own = origin == _own_origin(request)
    else:
        is_own = sessions.cookie_name(platform_of(request).settings) not in request.cookies
    if not is_own:
        raise Forbidden("csrf")


def _own_origin(request: Request) -> str:
    settings = platform_of(request).settings
    return settings.public_url or f"{'https' if settings.tls_cert else 'http'}://{request.app.state.bind}"
