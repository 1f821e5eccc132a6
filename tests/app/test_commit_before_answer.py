"""A page says "done" only after the commit: over real HTTP, with a database that refuses at the last moment (T1)."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from dms.actor import Role
from dms.db import Database
from dms.web.routing import LOGIN, OWN_PASSWORD
from dms.web.server import create_app
from tests.factories import PASSWORD, add_person, opened

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
REFUSAL = {
    "sqlite": (
        "create table nobody (id integer primary key)",
        "create table refusal (id integer references nobody (id) deferrable initially deferred)",
        "create trigger refuse after update on user_account begin insert into refusal values (1); end",
    ),
    "postgresql": (
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$",
        "create constraint trigger refuse after update on user_account deferrable initially deferred "
        "for each row execute function refuse()",
    ),
}


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[tuple[httpx.Client, Database]]:
    """A browser that is logged in as a clerk, and the database behind."""
    with opened(tmp_path / "data", workers=False, database_url=database_url) as platform:
        add_person(platform, "anna", Role.CLERK)
        listener = socket.create_server(("127.0.0.1", 0))
        bind = f"127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(create_app(platform, bind=bind), log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://{bind}", headers=SAME_ORIGIN) as client:
                assert _log_in(client).status_code == 303
                yield client, platform.db
        finally:
            server.should_exit = True
            thread.join()


def _log_in(client: httpx.Client) -> httpx.Response:
    return client.post(LOGIN, data={"login": "anna", "password": PASSWORD})


def _change_password(client: httpx.Client) -> httpx.Response:
    new = "ein anderes Kennwort"
    return client.post(OWN_PASSWORD, data={"current": PASSWORD, "new": new, "again": new})


def test_a_commit_that_fails_is_never_answered_with_done(served: tuple[httpx.Client, Database]) -> None:
    client, database = served
    with database.engine.begin() as connection:
        for statement in REFUSAL["sqlite" if database.is_sqlite else "postgresql"]:
            connection.exec_driver_sql(statement)
    assert _change_password(client).status_code == 500
    assert _log_in(client).status_code == 303


def test_the_same_request_is_done_when_the_commit_is(served: tuple[httpx.Client, Database]) -> None:
    client, _ = served
    assert _change_password(client).status_code == 303
    assert _log_in(client).status_code == 403
