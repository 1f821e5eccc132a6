"""The JSON edge over real HTTP: who gets in, how refusals look, what a station may not learn."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from dms.access.service import create_unit_nodes
from dms.actor import Role
from dms.audit import service as audit
from dms.audit.models import AuditEvent
from dms.clock import FrozenClock
from dms.errors import Conflict, NotFound
from dms.identity import service as identity
from dms.identity import tokens
from dms.identity.models import ApiToken, OrgUnit
from dms.ids import uuid7
from dms.platform import Platform
from dms.web import session as sessions
from tests.factories import PASSWORD, TEST, add_person, bring, opened
from tests.served import bearer, served, station_bearer

API = "/api/v1"
PROBLEM = "application/problem+json"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def platform(tmp_path: Path, clock: FrozenClock) -> Iterator[Platform]:
    with opened(tmp_path, workers=False, clock=clock) as platform:
        add_person(platform, "anna", Role.CLERK)
        yield platform


@pytest.fixture
def client(platform: Platform) -> Iterator[httpx.Client]:
    with served(platform) as client:
        yield client


def _is_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["title"]
    assert body["detail"].endswith((".", ")"))


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}])
def test_without_a_token_nothing_is_answered(client: httpx.Client, header: dict[str, str]) -> None:
    answer = client.get(f"{API}/payables", headers=header)
    _is_problem(answer, 401, "token.missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="Aktenlauf"'


def test_a_token_is_dead_when_wrong_revoked_expired_or_its_person_gone(
    platform: Platform, client: httpx.Client, clock: FrozenClock
) -> None:
    header = bearer(platform, "anna")
    assert client.get(f"{API}/payables", headers=header).status_code == 200
    _is_problem(client.get(f"{API}/payables", headers={"Authorization": "Bearer dms_x"}), 401, "token.invalid")
    clock.advance(timedelta(days=1))
    _is_problem(client.get(f"{API}/payables", headers=header), 401, "token.invalid")
    header = bearer(platform, "anna")
    with platform.db.write(TEST) as session:
        tokens.revoke(session, header["Authorization"].removeprefix("Bearer "), clock)
    answer = client.get(f"{API}/payables", headers=header)
    _is_problem(answer, 401, "token.invalid")
    assert answer.headers["www-authenticate"] == 'Bearer realm="Aktenlauf", error="invalid_token"'
    header = bearer(platform, "anna")
    with platform.db.write(TEST) as session:
        user = identity.user_by_login(session, "anna")
        assert user is not None
        identity.retire(session, user, clock)
    _is_problem(client.get(f"{API}/payables", headers=header), 401, "token.invalid")
    with pytest.raises(Conflict, match=r"user\.retired"):
        bearer(platform, "anna")


def test_a_person_may_by_token_what_they_may_now(platform: Platform, client: httpx.Client) -> None:
    header = bearer(platform, "anna")
    for words in ("x", "wort " * 2_000):
        assert client.get(f"{API}/search", params={"q": words}, headers=header).status_code == 200
    with platform.db.write(TEST) as session:
        user = identity.user_by_login(session, "anna")
        assert user is not None
        identity.set_roles(session, user, [Role.ADMIN])
    _is_problem(client.get(f"{API}/search", params={"q": "x"}, headers=header), 403, "role.missing")


def test_guessed_tokens_are_slowed_down_by_address(
    platform: Platform, client: httpx.Client, clock: FrozenClock
) -> None:
    good = bearer(platform, "anna")
    for number in range(4):
        _is_problem(client.get(f"{API}/payables", headers={"Authorization": f"Bearer {number}"}), 401, "token.invalid")
    answer = client.get(f"{API}/payables", headers=good)
    _is_problem(answer, 429, "login.throttled")
    assert 1 <= int(answer.headers["retry-after"]) <= 3
    clock.advance(timedelta(seconds=int(answer.headers["retry-after"])))
    assert client.get(f"{API}/payables", headers=good).status_code == 200
    assert client.get(f"{API}/payables", headers={"Authorization": "Bearer 9"}).status_code == 401
    assert client.get(f"{API}/payables", headers=good).status_code == 200


def test_a_device_with_a_revoked_token_slows_nobody_down(platform: Platform, client: httpx.Client) -> None:
    dead, good = station_bearer(platform, "alt"), bearer(platform, "anna")
    with platform.db.write(TEST) as session:
        tokens.revoke(session, dead["Authorization"].removeprefix("Bearer "), platform.clock)
    for _ in range(8):
        _is_problem(client.post(f"{API}/intake", headers=dead), 401, "token.invalid")
    assert client.get(f"{API}/payables", headers=good).status_code == 200


def test_the_last_use_of_a_token_is_known(platform: Platform, client: httpx.Client) -> None:
    header = bearer(platform, "anna")
    client.get(f"{API}/payables", headers=header)
    with platform.db.read(TEST) as session:
        assert session.scalars(select(ApiToken.last_used_at)).one() == platform.clock.now()


def test_a_cookie_is_no_token_and_a_token_no_cookie(platform: Platform, client: httpx.Client) -> None:
    cookie = {"aktenlauf": sessions.log_in(platform, "anna", PASSWORD, "test")}
    answer = httpx.get(f"{client.base_url}{API}/payables", cookies=cookie)
    _is_problem(answer, 401, "token.missing")
    page = client.get("/rechnungen", headers=bearer(platform, "anna"))
    assert (page.status_code, page.headers["location"]) == (303, "/anmelden?weiter=/rechnungen")
    assert httpx.get(f"{client.base_url}/rechnungen", cookies=cookie).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/gibtsnicht", 404, "address.unknown"),
        ("GET", "/api/v1", 404, "address.unknown"),
        ("GET", "/api", 404, "address.unknown"),
        ("GET", "/api/v2/payables", 404, "address.unknown"),
        ("GET", "/api/v1/payables/", 404, "address.unknown"),
        ("DELETE", "/api/v1/payables", 405, "request.method"),
        ("GET", "/api/v1/documents/keine-id", 422, "input.invalid"),
        ("GET", "/api/v1/documents/01234567-89ab-7def-8123-456789abcdef", 404, "document.unknown"),
        ("GET", "/api/v1/intake/01234567-89ab-7def-8123-456789abcdef", 404, "intake.unknown"),
        ("GET", "/api/v1/payables/01234567-89ab-7def-8123-456789abcdef", 404, "payable.unknown"),
        ("GET", "/api/v1/search", 422, "input.invalid"),
        ("GET", "/api/v1/search?q=x&limit=1000", 422, "input.invalid"),
    ],
)
def test_every_refusal_is_a_problem_document(
    platform: Platform, client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path, headers=bearer(platform, "anna"))
    _is_problem(answer, status, code)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ("allow" in answer.headers) == (status == 405)


def test_a_field_that_cannot_be_used_is_named_with_its_reason(platform: Platform, client: httpx.Client) -> None:
    answer = client.get(f"{API}/search", params={"limit": "viele"}, headers=bearer(platform, "anna"))
    assert answer.json()["errors"] == [
        {"field": "q", "code": "input.missing", "detail": "Bitte füllen Sie dieses Feld aus."},
        {
            "field": "limit",
            "code": "input.number",
            "detail": "Bitte geben Sie eine ganze Zahl im zulässigen Bereich an.",
        },
    ]


def test_a_failure_says_nothing_but_its_number(platform: Platform, client: httpx.Client, tmp_path: Path) -> None:
    document_id = bring(platform, "a.txt", b"Guten Tag").document_id
    header = bearer(platform, "anna")
    for blob in [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]:
        blob.unlink()
    answer = client.get(f"{API}/documents/{document_id}/original", headers=header)
    _is_problem(answer, 422, "storage.damaged")
    platform.db.engine.dispose()
    (tmp_path / "aktenlauf.sqlite").write_bytes(b"keine Datenbank")
    answer = client.get(f"{API}/documents/{document_id}", headers=header)
    _is_problem(answer, 500, "server.failed")
    assert "database" not in answer.text


def test_what_belongs_to_another_unit_does_not_exist(platform: Platform, client: httpx.Client) -> None:
    receipt = bring(platform, "geheim.txt", b"Geheim")
    with platform.db.write(TEST) as session:
        _other_unit(session)
    stranger = bearer(platform, "fremd")
    for path in (f"documents/{receipt.document_id}", f"intake/{receipt.intake_id}"):
        assert client.get(f"{API}/{path}", headers=bearer(platform, "anna")).status_code == 200
        assert client.get(f"{API}/{path}", headers=stranger).status_code == 404
    for part in ("original", "versions"):
        path = f"{API}/documents/{receipt.document_id}/{part}"
        assert client.get(path, headers=stranger).status_code == 404


def _other_unit(session: object) -> None:
    unit = OrgUnit(id=uuid7(), key="bau", name="Bauamt", is_central=False)
    audit.record(session, "unit.created", unit)  # type: ignore[arg-type]
    session.add(unit)  # type: ignore[attr-defined]
    session.flush()  # type: ignore[attr-defined]
    create_unit_nodes(session, unit.id)  # type: ignore[arg-type]
    identity.add_user(
        session,
        login="fremd",
        name="Fremd",
        password=PASSWORD,
        unit_id=unit.id,
        roles=[Role.CLERK],  # type: ignore[arg-type]
    )


def test_a_document_tells_itself_its_original_and_its_history(platform: Platform, client: httpx.Client) -> None:
    data = b"%PDF-1.4 <script>alert(1)</script>"
    receipt = bring(platform, 'Übersicht "1".html', data)
    header = bearer(platform, "anna")
    shown = client.get(f"{API}/documents/{receipt.document_id}", headers=header).json()
    assert (shown["state"], shown["original_name"], shown["sha256"]) == (
        "processing", "Übersicht \"1\".html", receipt.sha256,
    )  # fmt: skip
    original = client.get(f"{API}/documents/{receipt.document_id}/original", headers=header)
    assert original.content == data
    assert original.headers["content-type"] == "application/octet-stream"
    assert original.headers["content-security-policy"] == "sandbox"
    assert original.headers["x-content-type-options"] == "nosniff"
    assert original.headers["content-disposition"] == (
        "attachment; filename=\"_bersicht _1_.html\"; filename*=UTF-8''%C3%9Cbersicht%20%221%22.html"
    )
    versions = client.get(f"{API}/documents/{receipt.document_id}/versions", headers=header).json()["versions"]
    assert [(version["number"], version["action"]) for version in versions] == [(1, "document.created")]


def test_the_id_of_a_duplicate_is_told_only_to_those_who_may_see_it(platform: Platform, client: httpx.Client) -> None:
    first = bring(platform, "a.txt", b"doppelt")
    with platform.db.write(TEST) as session:
        _other_unit(session)
    theirs = client.post(f"{API}/intake", files={"file": ("b.txt", b"doppelt")}, headers=bearer(platform, "fremd"))
    assert theirs.json()["duplicate_of"] is None
    ours = client.post(f"{API}/intake", files={"file": ("b.txt", b"doppelt")}, headers=bearer(platform, "anna"))
    assert ours.json()["duplicate_of"] == str(first.document_id)


def test_issuing_and_revoking_are_in_the_audit_trail(platform: Platform) -> None:
    header = station_bearer(platform, "rathaus")
    with platform.db.write(TEST) as session:
        tokens.revoke(session, header["Authorization"][7:15], platform.clock)
        with pytest.raises(NotFound):
            tokens.revoke(session, "dms_gibtsnicht", platform.clock)
    with platform.db.read(TEST) as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject.startswith("api_token:"))).all()
        row = session.scalars(select(ApiToken)).one()
    assert [event.action for event in events] == ["token.issued", "token.revoked"]
    assert {event.subject for event in events} == {f"api_token:{row.prefix}"}
    assert row.token_sha256 not in str([event.details for event in events])


def test_the_description_is_public_and_names_every_error(client: httpx.Client) -> None:
    described = client.get(f"{API}/openapi.json").json()
    assert described["openapi"].startswith("3.")
    routes = {(path, method): found for path, found_ in described["paths"].items() for method, found in found_.items()}
    assert len(routes) >= 9
    for found in routes.values():
        assert found["security"] == [{"HTTPBearer": []}]
        assert {"401", "403", "422", "429", "503"} <= found["responses"].keys()
        refused = [answer for status, answer in found["responses"].items() if status >= "400"]
        assert all(list(answer["content"]) == [PROBLEM] for answer in refused)
    schemas = described["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    assert set(schemas["Problem"]["properties"]) >= {"title", "status", "detail", "code", "request_id", "errors"}
