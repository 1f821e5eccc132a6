"""Which requests reach the application at all: those meant for this installation that came by its own way.

A request with a foreign host name is somebody else's page talking to us (DNS rebinding) or a wrong link. Where a
reverse proxy ends TLS, a request that went past it came in the clear and could name any client it likes.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from dms.config import Settings

HEALTH = "/health/"
"""Asked by the machine itself and by probes under any name; reveals nothing (docs/operations.md)."""
OWN_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class FrontDoor:
    """Passes on what belongs here, with the client's address as the trusted proxy tells it; refuses the rest."""

    def __init__(self, app: ASGIApp, settings: Settings, *, own_address: str) -> None:
        self._settings = settings
        self._address = settings.public_url or own_address
        self._names = OWN_NAMES | {name for name in (settings.public_host, urlsplit(own_address).hostname) if name}
        self._app: ASGIApp = app
        if settings.trusted_proxy:
            self._app = ProxyHeadersMiddleware(app, trusted_hosts=settings.trusted_proxy)  # type: ignore[arg-type, assignment]  # its own, narrower names for the same shapes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" and not scope["path"].startswith(HEALTH) else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        if self._went_past_the_proxy(scope):
            return PlainTextResponse(f"Bitte rufen Sie Aktenlauf unter {self._address} auf.\n", 403)
        if _host_name(scope) not in self._names:
            return PlainTextResponse(f"Unter diesem Namen gibt es hier nichts. Aktenlauf: {self._address}\n", 421)
        return None

    def _went_past_the_proxy(self, scope: Scope) -> bool:
        if self._settings.tls_cert is not None or not self._settings.trusted_proxy:
            return False
        peer = ip_address(scope["client"][0]) if scope.get("client") else None
        return peer is None or not any(peer in network for network in self._settings.proxies)


def _host_name(scope: Scope) -> str | None:
    """The name that the client asked for, in lower case without the port; None when it named none or several."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    try:
        return urlsplit(f"//{hosts[0].decode('ascii')}").hostname if len(hosts) == 1 else None
    except ValueError:
        return None
