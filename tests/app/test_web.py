"""The web edge over a real installation: login, throttle, other sites, commits before answers, routes with rules."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from dms.actor import Action, Role
from dms.db import after_commit
from dms.platform import Platform
from dms.web.routing import WriteSession, guarded_router, requires
from dms.web.server import create_app
from tests.factories import PASSWORD, add_person, bring, opened

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the client announces a move to another HTTP library than the one installed
    from fastapi.testclient import TestClient

SAME = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path, workers=False) as platform:
        yield platform


@pytest.fixture
def app(platform: Platform) -> FastAPI:
    add_person(platform, "brandt", Role.CLERK)
    add_person(platform, "kasse", Role.TREASURY)
    return create_app(platform)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def _log_in(client: TestClient, login: str = "brandt", password: str = PASSWORD) -> int:
    form = {"login": login, "password": password, "weiter": "/posteingang"}
    return client.post("/anmelden", data=form, headers=SAME).status_code


def test_a_clerk_logs_in_and_sees_what_came_in(client: TestClient, platform: Platform) -> None:
    bring(platform, "anfrage-spielplatz.txt", b"Guten Tag")
    assert _log_in(client) == 303
    answer = client.get("/posteingang")
    assert answer.status_code == 200
    assert "anfrage-spielplatz.txt" in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_without_login_every_page_leads_to_the_login(client: TestClient) -> None:
    answer = client.get("/posteingang")
    assert (answer.status_code, answer.headers["location"]) == (303, "/anmelden?weiter=/posteingang")


def test_the_way_back_never_leads_to_another_site(client: TestClient) -> None:
    form = {"login": "brandt", "password": PASSWORD, "weiter": "//example.org/"}
    assert client.post("/anmelden", data=form, headers=SAME).headers["location"] == "/"


def test_failed_logins_slow_down_even_for_the_right_password(client: TestClient) -> None:
    assert [_log_in(client, password="falsch") for _ in range(3)] == [422, 422, 422]
    assert _log_in(client) == 429


def test_an_act_from_another_site_is_refused(client: TestClient) -> None:
    _log_in(client)
    assert client.post("/abmelden", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post("/abmelden", headers={"origin": "https://example.org"}).status_code == 403
    assert client.post("/abmelden").status_code == 403
    assert client.get("/posteingang").status_code == 200


def test_logging_out_ends_the_session(client: TestClient) -> None:
    _log_in(client)
    token = client.cookies["aktenlauf"]
    assert client.post("/abmelden", headers=SAME).status_code == 303
    client.cookies.set("aktenlauf", token)
    assert client.get("/posteingang").status_code == 303


def test_a_role_without_the_action_is_refused(client: TestClient) -> None:
    _log_in(client, "kasse")
    assert client.get("/posteingang").status_code == 403


def test_an_endpoint_without_a_rule_cannot_be_registered() -> None:
    with pytest.raises(TypeError, match="needs @requires"):
        guarded_router().get("/offen")(lambda: None)


def test_a_failing_commit_is_not_answered_as_success(app: FastAPI, client: TestClient) -> None:
    router = guarded_router()

    @router.post("/probe")
    @requires(Action.ACCOUNT_OWN)
    def probe(session: WriteSession) -> dict[str, bool]:
        after_commit(session, _fail)
        return {"saved": True}

    app.include_router(router)
    _log_in(client)
    assert client.post("/probe", headers=SAME).status_code == 500


def _fail() -> None:
    raise OSError("the disk is full")


def test_an_unknown_page_is_a_german_page_with_its_number(client: TestClient) -> None:
    answer = client.get("/gibt-es-nicht")
    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht." in answer.text
    assert answer.headers["x-request-id"] in answer.text
