"""Every role at every route of the JSON edge, on what is theirs and what is not: nothing forgotten, nothing leaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from dms.access.matrix import actions_of
from dms.access.service import FINANCE
from dms.actor import Role
from dms.api.server import create_app
from dms.identity.setup_file import SetupFile, StationSpec, UnitSpec
from dms.intake.setup import apply_setup
from dms.payables import service as payables
from dms.platform import Platform
from dms.records import service as records
from tests.factories import TEST, add_person, bring, opened
from tests.routes import Route, routes_of
from tests.served import bearer, served, station_bearer

COMMAND = {"event": "void", "payload": {"reason": "x"}, "expected_version": 99}
SEES_EVERYTHING = {Role.AUDITOR}


@dataclass(frozen=True)
class Rows:
    """What lies with one unit: a letter, its input, an invoice."""

    document_id: UUID
    intake_id: UUID
    payable_id: UUID

    def address(self, path: str) -> str:
        return path.format(document_id=self.document_id, intake_id=self.intake_id, payable_id=self.payable_id)


@dataclass(frozen=True)
class Case:
    """One question of one caller, and which answers are right."""

    who: str
    route: Route
    whose: str
    right: frozenset[int]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path, workers=False) as platform:
        for role in Role:
            add_person(platform, role.value, role)
        yield platform


def _rows(platform: Platform, station: str) -> Rows:
    letter = bring(platform, "brief.txt", f"Brief {station}".encode(), station=station)
    invoice = bring(platform, "rechnung.txt", f"Rechnung {station}".encode(), station=station)
    with platform.db.write(TEST) as session:
        document = records.document(session, invoice.document_id)
        payable_id = payables.open_for_document(session, document, {}, None, platform.clock).id
    return Rows(letter.document_id, letter.intake_id, payable_id)


def _other_unit(platform: Platform) -> None:
    setup = SetupFile(units=[UnitSpec(key="bau", name="Bauamt")], stations=[StationSpec(key="bau", unit="bau")])
    with platform.db.write(TEST) as session:
        apply_setup(session, setup, folder=Path(), today=platform.clock.now().date())


def _right(role: Role, route: Route, whose: str) -> frozenset[int]:
    """What this role is told: 403 without the action, 404 for what it cannot see, else an answer of the act."""
    if route.rule is not None and route.rule not in actions_of([role]):
        return frozenset({403})
    is_payable = "{payable_id}" in route.path
    sees = whose == "own" or role in SEES_EVERYTHING or (is_payable and role in FINANCE) or "{" not in route.path
    return frozenset({200, 201, 409}) if sees else frozenset({404})


def _cases(routes: list[Route]) -> Iterator[Case]:
    for route in routes:
        yield Case("nobody", route, "own", frozenset({401} if route.rule else {200}))
        brings = route.rule is not None and route.rule.value == "intake:create"
        yield Case("station", route, "own", frozenset({201} if brings else {403} if route.rule else {200}))
        for role in Role:
            for whose in ("own", "other"):
                yield Case(role.value, route, whose, _right(role, route, whose))


def test_every_caller_at_every_route(platform: Platform) -> None:
    _other_unit(platform)
    rows = {"own": _rows(platform, "rathaus"), "other": _rows(platform, "bau")}
    headers = {role.value: bearer(platform, role.value) for role in Role}
    headers |= {"nobody": {}, "station": station_bearer(platform, "rathaus")}
    routes, _ = routes_of(create_app(platform))
    cases = list(_cases(routes))
    assert len(cases) >= 160
    with served(platform) as client:
        answers = [(case, _ask(client, case, rows[case.whose], headers[case.who])) for case in cases]
    wrong = [(case.who, str(case.route), case.whose, status) for case, status in answers if status not in case.right]
    assert wrong == []
    told = {status for _, status in answers}
    assert told >= {200, 201, 401, 403, 404, 409}, "the questions reach the acts behind the guard"


def _ask(client: httpx.Client, case: Case, rows: Rows, header: dict[str, str]) -> int:
    address = rows.address(case.route.path)
    if case.route.method == "GET":
        query = {"q": "Brief"} if address.endswith("/search") else {}
        return client.get(address, headers=header, params=query).status_code
    if address.endswith("/intake"):
        return client.post(address, headers=header, files={"file": ("a.txt", b"Guten Tag")}).status_code
    return client.post(address, headers={**header, "Idempotency-Key": case.who}, json=COMMAND).status_code


def test_lists_and_search_hold_only_what_the_caller_sees(platform: Platform) -> None:
    _other_unit(platform)
    own, other = _rows(platform, "rathaus"), _rows(platform, "bau")
    with served(platform) as client:
        for role, expected in (
            (Role.CLERK, {str(own.payable_id)}),
            (Role.INVOICE_DESK, {str(own.payable_id), str(other.payable_id)}),
        ):
            found = client.get("/api/v1/payables", headers=bearer(platform, role.value)).json()
            assert {item["payable_id"] for item in found["items"]} == expected
            assert found["total"] == len(expected)
