"""A long scan can be stopped, goes on where it was, and no death of a process makes a finished page be read again."""

import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from dms.errors import RuleViolation
from dms.intake import long_scans, readings
from dms.intake.models import Intake, Progress
from dms.jobs.models import Job
from dms.platform import Platform
from dms.records import service as records
from dms.records.models import Document, Rendition
from tests.conftest import ROOT
from tests.factories import TEST, bring, opened, wait_for_outcome
from tests.stacks import DPI, letter

PAGES = 8


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "lang.tif"
    first, *others = (letter(f"Blatt {number}") for number in range(1, PAGES + 1))
    first.save(path, dpi=(DPI, DPI), save_all=True, append_images=others)
    return path


def pages_read(platform: Platform) -> dict[str, datetime]:
    """When each page was read."""
    with platform.db.read(TEST) as session:
        rows = session.execute(select(Rendition.kind, Rendition.created_at).where(Rendition.kind.like("page-%")))
        return dict(rows.all())


def await_pages(platform: Platform, count: int) -> None:
    end = time.monotonic() + 120
    while len(pages_read(platform)) < count:
        assert time.monotonic() < end, "no page was read"
        time.sleep(0.02)


def text_job(platform: Platform, document_id: UUID) -> Job:
    with platform.db.read(TEST) as session:
        return session.scalars(select(Job).where(Job.subject_id == document_id, Job.kind == "text")).one()


def test_a_killed_process_leaves_its_pages_to_the_next(tmp_path: Path, scan: Path) -> None:
    """`kill -9` by the process itself, right after its third page was read and kept."""
    data = tmp_path / "data"
    command = [sys.executable, "-m", "tests.crash.points", "text.page_read:3", "import", str(scan), "--wait", "--json"]
    environment = {**os.environ, "DMS_DATA": str(data), "DMS_RECOGNITION": "tesseract"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=200, check=False)
    assert ended.returncode == -9, ended.stderr[-2000:]
    with opened(data) as platform:
        with platform.db.read(TEST) as session:
            document_id = session.scalars(select(Document.id)).one()
            progress = session.get(Progress, document_id)
            assert progress is not None
            assert 0 < progress.pages_done < progress.pages_total == PAGES
        before = {kind: at for kind, at in pages_read(platform).items() if kind in ("page-1", "page-2", "page-3")}
        assert len(before) == 3
        assert wait_for_outcome(platform, document_id, seconds=200).outcome == "inbox"
        after = pages_read(platform)
        assert len(after) == PAGES
        assert {kind: after[kind] for kind in before} == before


def test_a_reading_that_a_person_stops_ends_and_goes_on_where_it_was(tmp_path: Path, scan: Path) -> None:
    with opened(tmp_path / "data") as platform:
        receipt = bring(platform, "lang.tif", scan.read_bytes())
        await_pages(platform, 2)
        with platform.db.write(TEST) as session:
            long_scans.cancel(session, records.document(session, receipt.document_id), platform.clock)
        stopped = wait_for_outcome(platform, receipt.document_id)
        assert (stopped.outcome, stopped.reason_code) == ("quarantined", "text.cancelled")
        assert text_job(platform, receipt.document_id).state == "cancelled"
        assert not readings.content(platform, receipt.sha256)
        before = pages_read(platform)
        assert len(before) < PAGES
        with platform.db.write(TEST) as session:
            long_scans.resume(session, records.document(session, receipt.document_id), platform.clock)
        await_outcome(platform, receipt.document_id, "inbox")
        after = pages_read(platform)
        assert len(after) == PAGES
        assert {kind: after[kind] for kind in before} == before


def await_outcome(platform: Platform, document_id: UUID, outcome: str) -> None:
    end = time.monotonic() + 200
    while time.monotonic() < end:
        with platform.db.read(TEST) as session:
            if session.scalars(select(Intake.outcome).where(Intake.document_id == document_id)).one() == outcome:
                return
        time.sleep(0.05)
    raise AssertionError(f"not {outcome}")


def test_what_is_not_being_read_can_neither_be_stopped_nor_resumed(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as platform:
        receipt = bring(platform, "brief.txt", b"Guten Tag")
        wait_for_outcome(platform, receipt.document_id)
        for act in (long_scans.cancel, long_scans.resume):
            with platform.db.write(TEST) as session, pytest.raises(RuleViolation):
                act(session, records.document(session, receipt.document_id), platform.clock)
