"""Scans that a person looks at: every n-th of a station, all badly readable ones; who decides, what waits for it."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from PIL import ImageFilter
from sqlalchemy import select

from dms.actor import Role
from dms.audit.models import AuditEvent
from dms.errors import Invalid, RuleViolation
from dms.identity.setup_file import StationSpec
from dms.intake import quality, readings
from dms.intake.archiving import record_kind
from dms.intake.models import CheckResult, ScanCheck
from dms.intake.setup import save_station
from dms.ops.verify import verify
from dms.payables import queries as payable_queries
from dms.payables import service as payables
from dms.platform import Platform
from dms.records import files, queries
from dms.records import service as records
from dms.records.models import Document
from ocr import Sheet
from tests.conftest import ON_BOTH_SETS
from tests.factories import PASSWORD, TEST, add_person, bring, open_case, opened, wait_for_outcome
from tests.served import served
from tests.stacks import DPI, letter, scanned, sheet, with_broken_frame
from tests.typeset import letter_pdf


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path / "data") as platform:
        yield platform


def station(platform: Platform, *, check_every: int, substitutive: bool = False, kind: str = "letter") -> None:
    spec = StationSpec(key="rathaus", check_every=check_every, substitutive=substitutive, kind=kind)
    with platform.db.write(TEST) as session:
        save_station(session, spec)


def scan(platform: Platform, *words: str, blurred: bool = False) -> UUID:
    pages = [letter(word) for word in words]
    if blurred:
        pages[-1] = pages[-1].filter(ImageFilter.GaussianBlur(4))
    receipt = bring(platform, "scan.pdf", scanned(*pages), station="rathaus")
    wait_for_outcome(platform, receipt.document_id)
    return receipt.document_id


def asked(platform: Platform) -> list[tuple[UUID, str, list[int]]]:
    with platform.db.read(TEST) as session:
        return [(one.row.document_id, one.row.mode, one.row.pages) for one in quality.waiting(session, limit=9)]


def row_of(platform: Platform, document_id: UUID) -> Document:
    with platform.db.read(TEST) as session:
        return records.document(session, document_id)


def record_of(platform: Platform, document_id: UUID) -> dict[str, object]:
    row = row_of(platform, document_id)
    with platform.db.read(TEST) as session:
        newest = queries.rendition(session, row.original_sha256, record_kind(row))
    assert newest is not None
    return dict(readings.read_json(platform, newest))


def test_every_second_scan_and_each_poor_one_is_looked_at_and_nobody_waits(platform: Platform) -> None:
    station(platform, check_every=2)
    first = scan(platform, "eins")
    born_digital = bring(platform, "brief.pdf", letter_pdf("Laterne"), station="rathaus").document_id
    wait_for_outcome(platform, born_digital)
    second, third = scan(platform, "zwei"), scan(platform, "drei", "vier", blurred=True)
    assert asked(platform) == [(second, "sample", []), (third, "poor", [2])]
    assert "quality_check" in record_of(platform, first)["not_supplied"]  # type: ignore[operator]
    case = open_case(platform)
    with platform.db.write(TEST) as session:
        records.file_document(session, records.document(session, second), files.case(session, case.id), platform.clock)
    assert row_of(platform, second).state == "filed"


def test_a_page_that_could_not_be_read_is_looked_at(tmp_path: Path, platform: Platform) -> None:
    station(platform, check_every=1000)
    path = tmp_path / "scan.tif"
    letter("eins").save(path, dpi=(DPI, DPI), save_all=True, append_images=[letter("zwei")], compression="tiff_deflate")
    document_id = bring(platform, "scan.tif", with_broken_frame(path, 1), station="rathaus").document_id
    wait_for_outcome(platform, document_id)
    assert asked(platform) == [(document_id, "poor", [2])]
    row = row_of(platform, document_id)
    assert (row.state, row.reason_code) == ("quarantined", "pages.failed")


def test_a_scan_with_a_failed_page_in_place_of_paper_waits_again_when_its_check_is_taken_back(
    tmp_path: Path, platform: Platform
) -> None:
    station(platform, check_every=1, substitutive=True)
    path = tmp_path / "scan.tif"
    letter("eins").save(path, dpi=(DPI, DPI), save_all=True, append_images=[letter("zwei")], compression="tiff_deflate")
    document_id = bring(platform, "scan.tif", with_broken_frame(path, 1), station="rathaus").document_id
    wait_for_outcome(platform, document_id)
    check_id = _decide(platform, document_id, CheckResult.PASSED)
    assert not row_of(platform, document_id).awaits_check
    with platform.db.write(TEST) as session:
        quality.reopen(session, quality.check(session, check_id), platform.clock)
    assert row_of(platform, document_id).awaits_check


def test_a_station_that_wants_none_has_none(platform: Platform) -> None:
    station(platform, check_every=0)
    scan(platform, "eins", blurred=True)
    assert asked(platform) == []


@ON_BOTH_SETS
def test_a_scan_in_place_of_paper_waits_for_the_person_and_goes_on_then(
    tmp_path: Path, installation: dict[str, str]
) -> None:
    with opened(tmp_path / "data", **installation) as platform:
        station(platform, check_every=1, substitutive=True)
        case, clerk = open_case(platform), add_person(platform, "anna", Role.CLERK)
        data = scanned(sheet(Sheet(case_reference=case.case_reference)), letter("Hundesteuer"))
        bring(platform, "stapel.pdf", data, station="rathaus")
        part = _part(platform)
        assert (row_of(platform, part).state, row_of(platform, part).awaits_check) == ("inbox", True)
        with platform.db.write(clerk) as session:
            row, target = records.document(session, part), files.case(session, case.id)
            with pytest.raises(RuleViolation, match=r"document\.awaits_check"):
                records.file_document(session, row, target, platform.clock)
        check_id = _decide(platform, part, CheckResult.PASSED)
        assert (row_of(platform, part).state, row_of(platform, part).case_id) == ("filed", case.id)
        with platform.db.write(clerk) as session, pytest.raises(RuleViolation, match=r"quality\.decided"):
            quality.decide(session, platform, quality.check(session, check_id), CheckResult.RESCAN, "")
        assert verify(platform, deep=True)["faults"] == []


def _part(platform: Platform) -> UUID:
    """The one document of the stack that was brought."""
    for _ in range(600):
        with platform.db.read(TEST) as session:
            found = session.scalars(select(Document.id).where(Document.part_of_id.is_not(None))).first()
        if found is not None:
            wait_for_outcome(platform, found)
            return found
        time.sleep(0.1)
    raise AssertionError("no part")


def _decide(platform: Platform, document_id: UUID, result: CheckResult, reason: str = "") -> UUID:
    with platform.db.write(TEST) as session:
        check = session.scalars(select(ScanCheck).where(ScanCheck.document_id == document_id)).one()
        quality.decide(session, platform, quality.check(session, check.id), result, reason)
    wait_for_outcome(platform, document_id)
    return check.id


def test_an_invoice_in_place_of_paper_is_not_released_before(platform: Platform) -> None:
    station(platform, check_every=1, substitutive=True, kind="invoice")
    document_id = scan(platform, "Rechnung")
    with platform.db.read(TEST) as session:
        payable = payable_queries.of_document(session, document_id)
        assert payable is not None
        refused = payables.awaits_check(session, payable)
        assert refused is not None
        assert refused.code == "document.awaits_check"
    _decide(platform, document_id, CheckResult.RESCAN)
    assert row_of(platform, document_id).awaits_check, "a scan that is not good enough goes no further"


def test_what_was_said_stands_in_the_scan_record_with_who_and_when(platform: Platform) -> None:
    station(platform, check_every=1)
    document_id = scan(platform, "eins", "zwei", blurred=True)
    before = record_of(platform, document_id)["quality_check"]
    assert (before["mode"], before["result"], before["badly_readable_pages"]) == ("all", "open", [2])  # type: ignore[index]
    with platform.db.write(TEST) as session:
        found = quality.check(session, session.scalars(select(ScanCheck.id)).one())
        with pytest.raises(Invalid):
            quality.decide(session, platform, found, CheckResult.DEFECT, " ")
    check_id = _decide(platform, document_id, CheckResult.DEFECT, "Stempel abgeschnitten")
    said = record_of(platform, document_id)["quality_check"]
    assert said["result"] == "defect"  # type: ignore[index]
    assert (said["person"], said["defects"]) == ("System", "Stempel abgeschnitten")  # type: ignore[index]
    assert said["decided_at"]  # type: ignore[index]
    with platform.db.write(TEST) as session:
        quality.reopen(session, quality.check(session, check_id), platform.clock)
    wait_for_outcome(platform, document_id)
    assert record_of(platform, document_id)["quality_check"] == before
    with platform.db.read(TEST) as session:
        query = select(AuditEvent.action).where(AuditEvent.subject == f"scan_check:{check_id}")
        actions = session.scalars(query.order_by(AuditEvent.id)).all()
    assert actions == ["scan_check.asked", "scan_check.defect", "scan_check.reopened"]


def test_the_queue_shows_decides_and_takes_back(platform: Platform) -> None:
    station(platform, check_every=1)
    add_person(platform, "anna", Role.CLERK)
    add_person(platform, "rita", Role.AUDITOR)
    document_id = scan(platform, "eins")
    with served(platform) as client:
        client.headers["Origin"] = str(client.base_url)
        _log_in(client, "anna")
        assert "Scanqualität (1)" in client.get("/posteingang").text
        assert "Scan wartet auf Prüfung" in client.get(f"/dokumente/{document_id}").text
        [check_id] = [one.row.id for one in _waiting(platform)]
        address = f"/scanqualitaet/{check_id}"
        assert "jeder Scan der Station" in client.get("/scanqualitaet").text
        wrong = client.post(address, data={"result": "defect", "reason": ""})
        assert (wrong.status_code, "Bitte beschreiben Sie den Mangel." in wrong.text) == (422, True)
        assert client.post(address, data={"result": "open"}).status_code == 422
        assert client.post(address, data={"result": "passed"}).status_code == 303
        assert "Kein Scan zu prüfen" in client.get("/scanqualitaet").text
        assert client.post(f"{address}/zurueck").status_code == 303
        _log_in(client, "rita")
        assert "Entscheiden kann, wer" in client.get(address).text
        assert client.post(address, data={"result": "passed"}).status_code == 403


def _waiting(platform: Platform) -> list[quality.Check]:
    with platform.db.read(TEST) as session:
        return quality.waiting(session, limit=9)


def _log_in(client: httpx.Client, login: str) -> None:
    assert client.post("/anmelden", data={"login": login, "password": PASSWORD}).status_code == 303
