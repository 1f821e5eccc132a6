"""The one way in, on both databases: each claim is one intake, whoever brings it and however often."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dms.audit.models import AuditEvent
from dms.errors import Conflict, Rejected
from dms.intake import receive as receiving
from dms.intake.limits import IntakeLimits
from dms.intake.models import Intake, Station
from dms.intake.receive import Arrival, Receipt, receive, refuse
from dms.jobs.models import Job
from dms.platform import Platform
from dms.records.models import Document
from tests.factories import TEST, opened


@pytest.fixture
def platform(tmp_path: Path, database_url: str) -> Iterator[Platform]:
    with opened(tmp_path / "data", workers=False, database_url=database_url) as platform:
        yield platform


def _arrival(claim: str = "test:1", **values: object) -> Arrival:
    return Arrival(channel="hotfolder", file_name="brief.txt", claim_id=claim, **values)  # type: ignore[arg-type]


def _count(platform: Platform, table: type) -> int:
    with platform.db.read(TEST) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _one_intake(platform: Platform) -> Intake:
    with platform.db.read(TEST) as session:
        return session.scalars(select(Intake)).one()


def _together(acts: list[Callable[[], Receipt]]) -> list[Receipt]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [found.result() for found in [pool.submit(act) for act in acts]]


def test_one_claim_brought_by_many_at_once_is_one_intake(platform: Platform) -> None:
    arrival = _arrival(station="neu")
    acts = [lambda: receive(platform, BytesIO(b"Guten Tag"), arrival, TEST)] * 8
    receipts = _together(acts)
    assert len({(receipt.intake_id, receipt.document_id) for receipt in receipts}) == 1
    assert [_count(platform, table) for table in (Intake, Document, Station, Job)] == [1, 1, 1, 1]


def test_the_same_bytes_brought_by_many_at_once_have_one_first(platform: Platform) -> None:
    acts = [
        lambda n=n: receive(platform, BytesIO(b"dasselbe"), _arrival(f"test:{n}", station=f"s{n % 2}"), TEST)
        for n in range(8)
    ]
    receipts = _together(acts)
    first = [receipt for receipt in receipts if receipt.duplicate_of_id is None]
    assert len(first) == 1
    assert {receipt.duplicate_of_id for receipt in receipts} == {None, first[0].document_id}


def test_a_repeated_claim_says_the_same_again(platform: Platform) -> None:
    receive(platform, BytesIO(b"dasselbe"), _arrival("test:0"), TEST)
    said = receive(platform, BytesIO(b"dasselbe"), _arrival(), TEST)
    assert said.duplicate_of_id is not None
    assert receive(platform, BytesIO(b"egal"), _arrival(), TEST) == said


@pytest.mark.parametrize(("data", "code", "size"), [(b"", "input.empty", 0), (b"x" * 11, "input.too_large", 11)])
def test_what_is_refused_is_an_intake_without_a_document(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, data: bytes, code: str, size: int
) -> None:
    monkeypatch.setattr(receiving, "LIMITS", IntakeLimits(file_bytes=10))
    numbers = set()
    for _ in range(2):
        with pytest.raises(Rejected, match=code) as refused:
            receive(platform, BytesIO(data), _arrival(station="rathaus"), TEST)
        numbers.add(refused.value.params["intake"])
    intake = _one_intake(platform)
    assert numbers == {str(intake.id)}
    assert (intake.outcome, intake.reason_code, intake.size_bytes, intake.document_id) == ("refused", code, size, None)
    with platform.db.read(TEST) as session:
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions == ["station.created", "intake.refused"]
    assert [_count(platform, table) for table in (Document, Job)] == [0, 0]


def test_an_input_that_could_not_be_opened_is_counted_too(platform: Platform) -> None:
    with pytest.raises(Rejected, match="unreadable"):
        refuse(platform, _arrival(), TEST, "input.unreadable")
    assert _one_intake(platform).outcome == "refused"


def test_what_changed_while_it_was_stored_leaves_no_row(platform: Platform) -> None:
    with pytest.raises(Conflict, match=r"input\.changed"):
        receive(platform, BytesIO(b"halb"), _arrival(), TEST, is_unchanged=lambda: False)
    with pytest.raises(Conflict, match=r"input\.changed"):
        receive(platform, BytesIO(b""), _arrival(), TEST, is_unchanged=lambda: False)
    assert _count(platform, Intake) == 0


def test_what_came_incomplete_is_kept_and_waits_for_a_person(platform: Platform) -> None:
    receipt = receive(platform, BytesIO(b"%PDF-1.4 halb"), _arrival(is_incomplete=True), TEST)
    intake = _one_intake(platform)
    assert (intake.outcome, intake.reason_code) == ("quarantined", "input.incomplete")
    with platform.db.read(TEST) as session:
        assert session.get_one(Document, receipt.document_id).state == "quarantined"
        assert session.scalars(select(Job.kind)).all() == ["index"]
