"""A served installation: the real application behind a real HTTP server on loopback, in a thread of the test."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.types import ASGIApp

from dms.cli.listening import open_port
from dms.identity import service as identity
from dms.identity import tokens
from dms.intake.receive import ensure_station
from dms.platform import Platform
from dms.server import create_app
from tests.factories import TEST


@contextmanager
def served(platform: Platform) -> Iterator[httpx.Client]:
    """A client of the whole application; the server ends with the block."""
    with listening(lambda address: create_app(platform, bind=address)) as client:
        yield client


@contextmanager
def listening(app_at: Callable[[str], ASGIApp]) -> Iterator[httpx.Client]:
    """A client of any application, made for the address at which it is served."""
    with open_port("127.0.0.1", 0) as bound:
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app_at(address), log_config=None, timeout_graceful_shutdown=5))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="server")
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            with httpx.Client(base_url=f"http://{address}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(timeout=60)


def bearer(platform: Platform, login: str, *, days: int = 1) -> dict[str, str]:
    """The header of a person's new token."""
    with platform.db.write(TEST) as session:
        user = identity.user_by_login(session, login)
        assert user is not None
        return _header(tokens.issue_for_user(session, user, platform.clock, days=days))


def station_bearer(platform: Platform, key: str) -> dict[str, str]:
    """The header of a station's new token."""
    with platform.db.write(TEST) as session:
        station = ensure_station(session, key)
        return _header(tokens.issue_for_station(session, station.id, platform.clock))


def _header(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
