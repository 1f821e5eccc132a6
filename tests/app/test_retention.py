"""The store's promises follow the rows: at once for what is new, longer for what is filed and closed, never shorter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from dms.audit import service as audit
from dms.clock import FrozenClock
from dms.identity import service as identity
from dms.ids import uuid7
from dms.ops import health
from dms.ops.verify import verify
from dms.platform import Platform
from dms.records import service as records
from dms.records.models import Case, Document, File, PlanUnit
from dms.records.retention import LONGEST_YEARS, Retention, kept_until
from dms.web.wording import health_sentence
from storage import BlobRetained
from tests.factories import TEST, opened
from tests.holdings import grow

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MONTH = timedelta(days=35)


def _new_year(year: int) -> datetime:
    """In Berlin it begins an hour before it does in UTC."""
    return datetime(year - 1, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("received_at", "years", "closed_at", "until"),
    [
        (NOON, None, None, NOON + MONTH),
        (NOON, None, NOON + timedelta(days=900), NOON + MONTH),
        (NOON, 0, None, max(NOON + MONTH, _new_year(2027))),
        (NOON, 10, None, _new_year(2037)),
        (NOON, 10, datetime(2029, 3, 1, tzinfo=UTC), _new_year(2040)),
        (NOON, 10, datetime(2029, 12, 31, 22, 59, tzinfo=UTC), _new_year(2040)),
        (NOON, 10, datetime(2029, 12, 31, 23, 0, tzinfo=UTC), _new_year(2041)),
        (NOON, 9999, None, _new_year(2026 + LONGEST_YEARS + 1)),
    ],
)
def test_the_longest_period_counts_from_the_end_of_the_year(
    received_at: datetime, years: int | None, closed_at: datetime | None, until: datetime
) -> None:
    assert kept_until(received_at, minimum=MONTH, years=years, closed_at=closed_at) == until


@pytest.fixture
def platform(tmp_path: Path, database_url: str) -> Iterator[Platform]:
    with opened(tmp_path / "data", workers=False, database_url=database_url) as found:
        yield replace(found, clock=FrozenClock(found.clock.now()))


def _held(platform: Platform, document_id: UUID) -> datetime | None:
    return platform.store.stat(_row(platform, document_id).original_sha256).retained_until


def _row(platform: Platform, document_id: UUID) -> Document:
    with platform.db.read(TEST) as session:
        return records.document(session, document_id)


def _filed(platform: Platform, document_id: UUID, years: int) -> Case:
    """The document in a case of a plan unit with that period."""
    with platform.db.write(TEST) as session:
        unit = identity.central_unit(session)
        plan = PlanUnit(id=uuid7(), key=f"20.{uuid7().hex[-8:]}", title="Steuern", retention_years=years)
        file = File(
            id=uuid7(), plan_unit_id=plan.id, file_reference=plan.key, title="Akte", lead_unit_id=unit.id,
            opened_at=platform.clock.now(), acl_node_id=unit.id,
        )  # fmt: skip
        case = Case(
            id=uuid7(), file_id=file.id, case_reference=f"{plan.key}-1", title="Vorgang", acl_node_id=unit.id,
            opened_at=platform.clock.now(),
        )  # fmt: skip
        for row in (plan, file, case):
            audit.record(session, "test.made", row)
            session.add(row)
            session.flush()
        records.file_document(session, records.document(session, document_id), case, platform.clock)
    return case


def _close(platform: Platform, case: Case) -> None:
    with platform.db.write(TEST) as session:
        row = session.get_one(Case, case.id)
        audit.record(session, "case.closed", row)
        row.closed_at = platform.clock.now()


def test_promises_follow_the_life_of_a_document(platform: Platform) -> None:
    clock, retention = platform.clock, Retention(platform)
    assert isinstance(clock, FrozenClock)
    document_id, other_id = grow(platform, 2)
    received_at = _row(platform, document_id).received_at
    assert (retention.follow(), retention.follow()) == (2, 0)
    assert _held(platform, document_id) == received_at + MONTH
    with pytest.raises(BlobRetained):
        platform.store.delete(_row(platform, document_id).original_sha256)
    case = _filed(platform, document_id, years=6)
    clock.advance(timedelta(days=1, minutes=1))
    assert retention.follow() == 1
    assert _held(platform, document_id) == _new_year(received_at.year + 7)
    clock.advance(timedelta(days=800))
    _close(platform, case)
    later = grow(platform, 1, seed=3)[0]
    retention.follow()
    assert _held(platform, document_id) == _new_year(clock.now().year + 7)
    assert _held(platform, other_id) == received_at + MONTH
    assert _held(platform, later) == clock.now() + MONTH
    assert verify(platform)["faults"] == []


def test_a_move_to_a_shorter_period_shortens_nothing(platform: Platform) -> None:
    (document_id,) = grow(platform, 1)
    _filed(platform, document_id, years=30)
    Retention(platform).follow()
    held = _held(platform, document_id)
    _filed(platform, document_id, years=2)
    Retention(platform).follow()
    assert _held(platform, document_id) == held
    assert [fault["kind"] for fault in verify(platform)["faults"] if fault["kind"].startswith("retention")] == []


def test_a_promise_that_the_store_lost_is_a_fault(platform: Platform) -> None:
    (document_id,) = grow(platform, 1)
    Retention(platform).follow()
    sha256 = _row(platform, document_id).original_sha256
    next((platform.settings.folder / "blobs/retained").rglob(sha256)).unlink()
    assert [(fault["kind"], fault["subject"]) for fault in verify(platform)["faults"]] == [("retention.short", sha256)]


def test_what_is_not_locked_shows_on_the_health_page(platform: Platform) -> None:
    assert isinstance(platform.clock, FrozenClock)
    grow(platform, 2)
    platform.clock.advance(timedelta(hours=2))
    assert _health(platform) == "unlocked"
    Retention(platform).follow()
    assert _health(platform) == "locked"


def test_a_store_without_locks_stops_nothing(tmp_path: Path, s3_url: str) -> None:
    with opened(tmp_path / "data", workers=False, storage_url=s3_url) as platform:
        grow(platform, 2)
        assert Retention(platform).follow() == 0
        later = replace(platform, clock=FrozenClock(platform.clock.now() + timedelta(hours=2)))
        assert _health(later) == "unlocked"


def test_the_locked_bucket_locks_with_the_key_of_the_application(tmp_path: Path, s3_app_url: str) -> None:
    with opened(tmp_path / "data", workers=False, storage_url=s3_app_url, retain_days=1) as platform:
        (document_id,) = grow(platform, 1, seed=uuid7().int)
        assert Retention(platform).follow() == 1
        held = _held(platform, document_id)
        assert held is not None
        assert held >= _row(platform, document_id).received_at + timedelta(days=1)
        assert verify(platform, deep=True)["faults"] == []


def _health(platform: Platform) -> str:
    part = next(part for part in health.parts(platform) if part.name == "retention")
    assert health_sentence(part)
    return part.code
