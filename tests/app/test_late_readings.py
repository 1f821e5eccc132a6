"""A scan that was kept as unreadable, because no engine was there, is read when there is one."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from dms.finding import service as finding
from dms.intake import readings
from dms.intake.late_readings import LateReadings
from dms.intake.outcome import clarify
from dms.intake.receive import Receipt
from dms.platform import Platform
from dms.records import queries
from dms.records import service as records
from dms.records.models import Rendition
from tests.conftest import ON_BOTH_SETS
from tests.factories import TEST, bring, opened, wait_for_outcome
from tests.hybrids import PAGE, hybrid
from tests.stacks import DPI, letter, scanned, with_broken_frame

MISSED = {"pages": [], "failed": [[1, readings.ENGINE_MISSING]]}


def kept_before(platform: Platform, receipt: Receipt, content: dict[str, object]) -> None:
    """The scan as an earlier release left it: in the inbox and the index, with this reading and no other."""
    with platform.db.write(TEST) as session:
        session.execute(delete(Rendition).where(Rendition.input_sha256 == receipt.sha256))
    readings.save(platform, receipt.sha256, "text", readings.EARLIER_TEXT_RELEASE, content)
    finding.project(platform, receipt.document_id)


def found(platform: Platform, word: str) -> int:
    with platform.db.read(TEST) as session:
        return len(finding.search(platform, session, TEST, word).found)


@ON_BOTH_SETS
def test_a_scan_without_an_engine_is_read_when_there_is_one(
    tmp_path: Path, installation: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "data", **installation) as platform:
        receipts = [bring(platform, "scan.pdf", scanned(letter(word))) for word in ("Hundesteuer", "Spielplatz")]
        for receipt in receipts:
            wait_for_outcome(platform, receipt.document_id)
        missed, well_read = receipts
        known = readings.content(platform, well_read.sha256)
        kept_before(platform, missed, MISSED)
        kept_before(platform, well_read, {"pages": known["pages"], "failed": []})
        assert (found(platform, "Hundesteuer"), found(platform, "Spielplatz")) == (0, 1)
        watch = LateReadings(platform)
        with monkeypatch.context() as nothing:
            nothing.setenv("PATH", str(tmp_path))
            assert watch.look() == 0, "no engine, no job"
        assert [watch.look(), watch.look(), watch.look()] == [1, 0, 0]
        wait_for_outcome(platform, missed.document_id)
        words = [word[0] for word in readings.content(platform, missed.sha256)["pages"][0]["words"]]
        assert "Hundesteuer" in words
        assert found(platform, "Hundesteuer") == 1
        assert LateReadings(platform).look() == 0, "nor once more after a start"


def test_a_late_reading_with_a_failed_page_makes_a_klaerfall(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    letter("eins").save(path, dpi=(DPI, DPI), save_all=True, append_images=[letter("zwei")], compression="tiff_deflate")
    with opened(tmp_path / "data") as platform:
        receipt = bring(platform, "scan.tif", with_broken_frame(path, 1))
        wait_for_outcome(platform, receipt.document_id)
        with platform.db.write(TEST) as session:
            clarify(session, records.document(session, receipt.document_id), platform.clock)
        kept_before(platform, receipt, MISSED)
        assert LateReadings(platform).look() == 1
        wait_for_outcome(platform, receipt.document_id)
        with platform.db.read(TEST) as session:
            row = records.document(session, receipt.document_id)
        assert (row.state, row.reason_code) == ("quarantined", "pages.failed")


def test_the_xml_of_an_invoice_counts_whatever_its_pages_are_read_as(tmp_path: Path) -> None:
    page = PAGE.replace("R-2026-17", "R-2026-99").replace("05.11.2026", "06.11.2026")
    file = hybrid(tmp_path / "a.pdf", page, scanned=True)
    with opened(tmp_path / "data") as platform:
        receipt = bring(platform, "a.pdf", file.read_bytes())
        wait_for_outcome(platform, receipt.document_id)
        known = values(platform, receipt)
        assert known["invoice_number"] == ("R-2026-17", "xml")
        kept_before(platform, receipt, MISSED)
        assert LateReadings(platform).look() == 1
        wait_for_outcome(platform, receipt.document_id)
        assert readings.content(platform, receipt.sha256)["pages"][0]["words"]
        assert values(platform, receipt) == known


def values(platform: Platform, receipt: Receipt) -> dict[str, tuple[str, str]]:
    with platform.db.read(TEST) as session:
        found = queries.values(session, receipt.document_id)
        return {name: (value.value, value.source) for name, value in found.items()}


def test_a_kept_reading_that_is_lost_holds_up_no_other(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as platform:
        receipts = [bring(platform, f"{word}.pdf", scanned(letter(word))) for word in ("Hundesteuer", "Spielplatz")]
        for number, receipt in enumerate(receipts):
            wait_for_outcome(platform, receipt.document_id)
            kept_before(platform, receipt, {**MISSED, "reader": str(number)})
        with platform.db.read(TEST) as session:
            lost = queries.rendition(session, receipts[0].sha256, "text")
        assert lost is not None
        platform.store.delete(lost.blob_sha256)
        assert LateReadings(platform).look() == 1
        wait_for_outcome(platform, receipts[1].document_id)
