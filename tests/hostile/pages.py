"""The pages of an installation over HTTP as a clerk sees them, and what in an HTML page would act."""

import re
import socket
import threading
from collections import Counter
from html.parser import HTMLParser

import httpx
import uvicorn

from dms.actor import Role
from dms.platform import Platform
from dms.web import session as sessions
from dms.web.server import create_app
from tests.factories import PASSWORD, add_person

_ACTING_TAGS = {"script", "iframe", "frame", "object", "embed", "applet", "base", "link", "style", "meta"}
_ADDRESSES = {"href", "src", "action", "formaction", "data", "xlink:href"}


class Clerk:
    """A person of the central inbox, logged in at a server of this process."""

    def __init__(self, platform: Platform) -> None:
        add_person(platform, "leserin", Role.CLERK)
        token = sessions.log_in(platform, "leserin", PASSWORD, "127.0.0.1")
        listener = socket.create_server(("127.0.0.1", 0))
        bind = f"127.0.0.1:{listener.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(create_app(platform, bind=bind), log_config=None, lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()
        cookies = {sessions.cookie_name(platform.settings): token}
        self._client = httpx.Client(base_url=f"http://{bind}", cookies=cookies, timeout=120)

    def get(self, path: str, **parameters: str) -> httpx.Response:
        return self._client.get(path, params=parameters)

    def close(self) -> None:
        self._client.close()
        self._server.should_exit = True
        self._thread.join()


class _Acting(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.tags = Counter[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        self.tags[tag] += 1
        if tag in _ACTING_TAGS:
            self.found.append(f"<{tag} {' '.join(sorted(names))}>")
        self.found += [f"{tag} {name}" for name in sorted(names) if name.startswith("on") or name == "style"]
        for name, value in attrs:
            address = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name in _ADDRESSES and re.match(r"[a-z][a-z0-9+.-]*:|//", address):
                self.found.append(f"{tag} {name}={address[:40]}")


def acting(html: str) -> list[str]:
    """Scripts, frames, handlers, styles and addresses of a page that a browser would act upon."""
    parser = _Acting()
    parser.feed(html)
    return parser.found


def tags(html: str) -> Counter[str]:
    """How often each tag begins in a page."""
    parser = _Acting()
    parser.feed(html)
    return parser.tags
