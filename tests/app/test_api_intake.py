"""Documents brought over the JSON interface: kept once, answered after the commit, refused without a trace."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from dms.actor import Role
from dms.identity.models import OrgUnit
from dms.intake.models import Intake, Outcome, Station
from dms.platform import Platform
from dms.records.models import Document
from tests.factories import TEST, add_person, opened, wait_for_outcome
from tests.served import bearer, served, station_bearer

INTAKE = "/api/v1/intake"
LETTER = {"file": ("brief.txt", b"Guten Tag, es geht um die Hundesteuer.")}


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path, workers=False) as platform:
        add_person(platform, "anna", Role.CLERK)
        yield platform


@pytest.fixture
def client(platform: Platform) -> Iterator[httpx.Client]:
    with served(platform) as client:
        yield client


def _count(platform: Platform) -> int:
    """How many documents came in; what was refused is an input, too."""
    with platform.db.read(TEST) as session:
        return session.scalar(select(func.count()).where(Intake.outcome != Outcome.REFUSED)) or 0


def test_what_is_brought_is_read_filed_and_found(tmp_path: Path) -> None:
    with opened(tmp_path) as platform, served(platform) as client:
        add_person(platform, "anna", Role.CLERK)
        header = bearer(platform, "anna")
        answer = client.post(INTAKE, files=LETTER, headers=header)
        receipt = answer.json()
        assert answer.status_code == 201
        assert receipt["sha256"] == hashlib.sha256(LETTER["file"][1]).hexdigest()
        assert receipt["duplicate_of"] is None
        wait_for_outcome(platform, _uuid(platform, receipt["document_id"]))
        state = client.get(f"{INTAKE}/{receipt['intake_id']}", headers=header).json()
        assert (state["outcome"], state["channel"], state["file_name"]) == ("inbox", "api", "brief.txt")
        found = client.get("/api/v1/search", params={"q": "Hundesteuer"}, headers=header).json()
        assert [hit["document_id"] for hit in found["hits"]] == [receipt["document_id"]]
        assert found.keys() == {"query", "total", "seconds", "hits", "suggestion"}
        assert (found["query"], found["total"]) == ("Hundesteuer", 1)
        year = client.get("/api/v1/search", params={"q": "Hundesteuer", "year": 1999}, headers=header).json()
        assert year["total"] == 0
        kind = client.get("/api/v1/search", params={"q": "Hundesteuer", "kind": "letter"}, headers=header).json()
        assert kind["total"] == 1


def _uuid(platform: Platform, text: str) -> object:
    with platform.db.read(TEST) as session:
        return next(found for found in session.scalars(select(Document.id)) if str(found) == text)


def test_a_klaerfall_says_why(tmp_path: Path) -> None:
    with opened(tmp_path) as platform, served(platform) as client:
        add_person(platform, "anna", Role.CLERK)
        header = bearer(platform, "anna")
        receipt = client.post(INTAKE, files={"file": ("x.exe", b"MZ" + bytes(600))}, headers=header).json()
        wait_for_outcome(platform, _uuid(platform, receipt["document_id"]))
        state = client.get(f"{INTAKE}/{receipt['intake_id']}", headers=header).json()
        assert state["outcome"] == Outcome.QUARANTINED
        assert state["reason"]["code"].startswith("content.")
        assert state["reason"]["text"].endswith(".")


def test_a_station_brings_in_its_own_name_and_reads_nothing_back(platform: Platform, client: httpx.Client) -> None:
    header = station_bearer(platform, "rathaus")
    first = client.post(INTAKE, files=LETTER, headers=header)
    assert first.status_code == 201
    again = client.post(INTAKE, files=LETTER, headers=header).json()
    assert again["duplicate_of"] is None, "a station does not learn what is there already"
    receipt = first.json()
    with platform.db.read(TEST) as session:
        key = select(Station.key).join(Intake, Intake.station_id == Station.id)
        assert (
            session.scalars(key.where(Intake.document_id == _uuid(platform, receipt["document_id"]))).one() == "rathaus"
        )
    for path in (
        f"intake/{receipt['intake_id']}", f"documents/{receipt['document_id']}", "search?q=Hundesteuer", "payables",
        f"documents/{receipt['document_id']}/original", f"documents/{receipt['document_id']}/versions",
    ):  # fmt: skip
        refused = client.get(f"/api/v1/{path}", headers=header)
        assert (refused.status_code, refused.json()["code"]) == (403, "role.missing")
    other = client.post(INTAKE, files=LETTER, data={"station": "bauhof"}, headers=header)
    assert (other.status_code, other.json()["code"]) == (403, "station.other")


def test_a_person_may_name_the_station_it_came_from(platform: Platform, client: httpx.Client) -> None:
    station_bearer(platform, "rathaus")
    header = bearer(platform, "anna")
    unknown = client.post(INTAKE, files=LETTER, data={"station": "gibtsnicht"}, headers=header)
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "station.unknown")
    assert _count(platform) == 0
    assert client.post(INTAKE, files=LETTER, data={"station": "rathaus"}, headers=header).status_code == 201
    with platform.db.read(TEST) as session:
        assert session.scalars(select(Intake.station_id)).one() == session.scalars(select(Station.id)).one()
        assert session.scalars(select(Document.unit_id)).one() == session.scalars(select(OrgUnit.id)).one()


def test_the_same_key_is_one_intake_with_the_same_answer(platform: Platform, client: httpx.Client) -> None:
    header = bearer(platform, "anna")
    client.post(INTAKE, files=LETTER, headers=header)
    keyed = {**header, "Idempotency-Key": "scan-1"}
    first = client.post(INTAKE, files=LETTER, headers=keyed)
    again = client.post(INTAKE, files=LETTER, headers=keyed)
    assert first.json()["duplicate_of"] is not None
    assert (again.status_code, again.json()) == (201, first.json())
    for name, data in (("brief.txt", b"anderer Brief"), ("anders.txt", LETTER["file"][1])):
        other = client.post(INTAKE, files={"file": (name, data)}, headers=keyed)
        assert (other.status_code, other.json()["code"]) == (409, "idempotency.other")
    assert _count(platform) == 2
    station = {**station_bearer(platform, "rathaus"), "Idempotency-Key": "scan-1"}
    assert client.post(INTAKE, files=LETTER, headers=station).json()["intake_id"] != first.json()["intake_id"]


def test_the_same_key_at_the_same_moment_is_one_intake(platform: Platform, client: httpx.Client) -> None:
    header = {**bearer(platform, "anna"), "Idempotency-Key": "scan-1"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post(INTAKE, files=LETTER, headers=header).json(), range(16)))
    assert len({str(answer) for answer in answers}) == 1
    assert _count(platform) == 1


@pytest.mark.parametrize("key", ["", "ein schlüssel", "x" * 101, "zwei teile"])
def test_an_unusable_key_is_refused(platform: Platform, client: httpx.Client, key: str) -> None:
    header = {**bearer(platform, "anna"), "Idempotency-Key": key.encode()}
    answer = client.post(INTAKE, files=LETTER, headers=header)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert _count(platform) == 0


def test_nothing_in_it_is_refused(platform: Platform, client: httpx.Client) -> None:
    header = bearer(platform, "anna")
    empty = client.post(INTAKE, files={"file": ("leer.pdf", b"")}, headers=header)
    assert (empty.status_code, empty.json()["code"]) == (422, "input.empty")
    missing = client.post(INTAKE, data={"station": "x"}, headers=header)
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (422, "file")
    text = client.post(INTAKE, data={"file": "kein Datei"}, headers=header)
    assert (text.status_code, text.json()["errors"][0]["field"]) == (422, "file")
    assert _count(platform) == 0


def test_two_files_in_one_request_are_refused_and_none_is_dropped(platform: Platform, client: httpx.Client) -> None:
    both = [("file", ("a.txt", b"eins")), ("file", ("b.txt", b"zwei"))]
    answer = client.post(INTAKE, files=both, headers=bearer(platform, "anna"))
    assert (answer.status_code, answer.json()["code"]) == (400, "request.unreadable")
    assert _count(platform) == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\Temp\\x.txt", "a\x00b.txt", "x" * 2000, "ü.txt", '"; x="'])
def test_any_name_is_only_a_name(platform: Platform, client: httpx.Client, name: str) -> None:
    header = bearer(platform, "anna")
    answer = client.post(INTAKE, files={"file": (name, b"Guten Tag")}, headers=header)
    assert answer.status_code == 201
    shown = client.get(f"/api/v1/documents/{answer.json()['document_id']}", headers=header).json()
    assert 0 < len(shown["original_name"]) <= 250
    assert not {"/", "\\", "\x00"} & set(shown["original_name"])
