"""What both edges promise, asked over real HTTP."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy import select, text

from dms.actor import Action, Role
from dms.edge.guard import GuardedRoute, ReadSession, WriteSession, requires
from dms.identity.models import LegalEntity
from dms.platform import Platform
from dms.records.references import next_file_reference
from tests.factories import PASSWORD, TEST, add_person, opened
from tests.served import listening, served

PEOPLE_AT_ONCE = 60
"""More than the threads of the server, so that waiting writers would keep out the one they wait for."""


class Open(GuardedRoute):
    """Lets everybody in as the system: here only the session is looked at."""

    async def admit(self, request: Request) -> Response | None:
        request.state.actor = TEST
        return None


router = APIRouter(route_class=Open)


@router.post("/ohne-protokoll")
@requires(Action.SYSTEM_MANAGE)
def unaudited(session: WriteSession) -> dict[str, bool]:
    """A change that the guards of the database refuse when it is committed."""
    session.scalars(select(LegalEntity)).one().name = "Anders"
    return {"saved": True}


@router.get("/name")
@requires(Action.SYSTEM_MANAGE)
def name(request: Request, session: ReadSession) -> dict[str, str]:
    return {"name": session.scalars(select(LegalEntity.name)).one(), "path": request.url.path}


@router.post("/nummer")
@requires(Action.SYSTEM_MANAGE)
def number(session: WriteSession) -> str:
    return next_file_reference(session, "20.30", 2026)


def _app(platform: Platform) -> FastAPI:
    app = FastAPI()
    app.state.platform = platform
    app.include_router(router)
    return app


def test_many_who_write_at_once_all_get_an_answer(tmp_path: Path) -> None:
    """Readers in between take the threads that writers come from: what enters in one may find itself in another."""
    with opened(tmp_path, workers=False) as platform, listening(lambda address: _app(platform)) as client:

        def ask(at: int) -> str:
            with httpx.Client(base_url=client.base_url, timeout=60) as own:
                return own.get("/name").text if at % 3 == 0 else str(own.post("/nummer").json())

        with ThreadPoolExecutor(PEOPLE_AT_ONCE) as pool:
            answers = sorted(pool.map(ask, range(PEOPLE_AT_ONCE)))
    writers = PEOPLE_AT_ONCE * 2 // 3
    assert answers[:writers] == [f"20.30/2026-{at:04d}" for at in range(1, writers + 1)]


def test_nobody_is_told_of_a_success_before_it_is_committed(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform, listening(lambda address: _app(platform)) as client:
        assert httpx.post(f"{client.base_url}/ohne-protokoll").status_code == 500
        assert httpx.get(f"{client.base_url}/name").json() == {"name": "Kommune", "path": "/name"}


def test_a_page_says_that_the_database_does_not_answer(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform, served(platform) as client:
        with platform.db.engine.begin() as connection:
            connection.execute(text("DROP TABLE web_session"))
        client.cookies.set("aktenlauf", "whatever")
        answer = client.get("/eingang")
    assert answer.status_code == 503
    assert "Die Datenbank ist zurzeit nicht erreichbar." in answer.text


def test_under_tls_every_cookie_is_secure_and_only_the_own_origin_acts(tmp_path: Path) -> None:
    own = "https://dms.gemeinde.example"
    login = {"login": "chef", "password": PASSWORD}
    with (
        opened(tmp_path, workers=False, public_url=own, trusted_proxy="127.0.0.1") as platform,
        served(platform) as client,
    ):
        add_person(platform, "chef", Role.ADMIN)
        for foreign in ("http://dms.gemeinde.example", "https://dms.gemeinde.example:8443", "https://evil.example"):
            assert client.post("/anmelden", data=login, headers={"Origin": foreign}).status_code == 403
        answer = client.post("/anmelden", data=login, headers={"Origin": own})
        cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0], "Origin": own}
        told = client.post("/verwaltung/aemter/mandant", headers=cookie)
    assert (answer.status_code, told.status_code) == (303, 303)
    cookies = [*answer.headers.get_list("set-cookie"), *told.headers.get_list("set-cookie")]
    assert len(cookies) == 2
    assert all("; secure" in cookie.lower() for cookie in cookies)
