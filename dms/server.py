"""The whole HTTP side of one installation: the pages and, below `/api`, the JSON edge."""

from starlette.types import ASGIApp

from dms.platform import Platform
from dms.web.server import create_app as create_pages


def create_app(platform: Platform, *, bind: str) -> ASGIApp:
    """What a server serves; `bind` is the own ``host:port`` where no public address is set."""
    return create_pages(platform, bind=bind)
