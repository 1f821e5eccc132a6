"""The whole HTTP side of one installation: the pages, and below `/api` the JSON edge.

Two applications side by side rather than one: each recognises its people and tells its errors in its own way, and a
cookie or a token never crosses over.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from dms.api.server import create_app as create_api
from dms.platform import Platform
from dms.web.server import create_app as create_pages


def create_app(platform: Platform, *, bind: str) -> ASGIApp:
    """What a server serves; `bind` is the own ``host:port`` where no public address is set."""
    pages, api = create_pages(platform, bind=bind), create_api(platform)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        is_api = f"{scope.get('path', '')}/".startswith("/api/")
        await (api if is_api else pages)(scope, receive, send)

    return serve
