"""What both edges promise, asked over real HTTP."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy import select

from dms.actor import Action
from dms.edge.guard import GuardedRoute, ReadSession, WriteSession, requires
from dms.identity.models import LegalEntity
from dms.web import session as sessions
from tests.factories import PASSWORD, TEST, opened
from tests.served import listening, served
from tests.unit.payables.town import town

PEOPLE_AT_ONCE = 60
"""More than the threads of the server, so that waiting writers would keep out the one they wait for."""


def test_many_who_write_at_once_all_get_an_answer(tmp_path: Path) -> None:
    with town(tmp_path) as given, served(given.platform) as client:
        cookie = {"aktenlauf": sessions.log_in(given.platform, "desk", PASSWORD, "test")}
        form = {"seen": given.seen(), "budget_year": "2026", "product_account": "11.1.01.4431000"}

        def ask(number: int) -> int:
            with httpx.Client(base_url=client.base_url, cookies=cookie, timeout=60) as own:
                if number % 3 == 0:
                    return own.get("/rechnungen").status_code
                headers = {"Sec-Fetch-Site": "same-origin"}
                return own.post(f"/rechnungen/{given.payable_id}/kontieren", data=form, headers=headers).status_code

        with ThreadPoolExecutor(PEOPLE_AT_ONCE) as pool:
            answers = list(pool.map(ask, range(PEOPLE_AT_ONCE)))
    assert answers.count(200) == PEOPLE_AT_ONCE // 3
    assert answers.count(303) == 1, "one coding was seen as current"
    assert answers.count(409) == PEOPLE_AT_ONCE * 2 // 3 - 1, "the others looked at an old screen"


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


def test_nobody_is_told_of_a_success_before_it_is_committed(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform:
        app = FastAPI()
        app.state.platform = platform
        app.include_router(router)
        with listening(lambda address: app) as client:
            assert httpx.post(f"{client.base_url}/ohne-protokoll").status_code == 500
            assert httpx.get(f"{client.base_url}/name").json() == {"name": "Kommune", "path": "/name"}
