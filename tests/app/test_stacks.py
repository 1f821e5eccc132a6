"""A scanned stack becomes documents: each of its own, traceable to pages of the untouched original, whatever fails."""

import io
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select

from dms.actor import Role
from dms.errors import Conflict
from dms.finding import service as finding
from dms.intake import readings, stacks
from dms.intake.models import Intake
from dms.ops.verify import verify
from dms.payables import service as payables
from dms.payables.models import PayableInvoice
from dms.platform import Platform
from dms.records import files
from dms.records import service as records
from dms.records.models import Document
from ocr import Sheet
from tests.conftest import ON_BOTH_SETS
from tests.factories import TEST, add_person, bring, open_case, opened, wait_for_outcome
from tests.stacks import A4, letter, scanned, sheet

BLANK = Image.new("L", A4, 255)


def parts_of(platform: Platform, stack_id: UUID, count: int) -> Sequence[Document]:
    """The parts of a stack in order, once each has its outcome."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        with platform.db.read(TEST) as session:
            query = select(Document).where(Document.part_of_id == stack_id)
            rows = sorted(session.scalars(query), key=lambda row: row.part_pages or [])
        if len(rows) == count:
            for row in rows:
                wait_for_outcome(platform, row.id)
            with platform.db.read(TEST) as session:
                return [records.document(session, row.id) for row in rows]
        time.sleep(0.1)
    raise AssertionError(f"not {count} parts")


@ON_BOTH_SETS
@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_stack_becomes_documents_of_its_pages(tmp_path: Path, installation: dict[str, str], kind: str) -> None:
    pages = (
        letter("Hundesteuer"),
        sheet(Sheet("", "letter")),
        BLANK,
        letter("Spielplatz"),
        BLANK,
        letter("Zweitblatt"),
    )
    data = scanned(*pages, kind=kind)
    with opened(tmp_path, **installation) as platform:
        receipt = bring(platform, "stapel.pdf", data, station="rathaus")
        first, second = parts_of(platform, receipt.document_id, 2)
        assert (first.part_pages, second.part_pages) == ([1], [4, 5, 6])
        assert (first.state, second.state) == ("inbox", "inbox")
        assert second.original_name == "stapel, Seiten 4-6.pdf"
        with platform.db.read(TEST) as session:
            stack = records.document(session, receipt.document_id)
            arrivals = session.scalars(select(Intake.channel)).all()
        assert (stack.state, stack.original_sha256, sorted(arrivals)) == (
            "discarded",
            receipt.sha256,
            ["import", "stack", "stack"],
        )
        with (
            readings.original(platform, receipt.sha256) as original,
            readings.original(platform, second.original_sha256) as part,
        ):
            assert original.read() == data
            assert len(pikepdf.open(io.BytesIO(part.read())).pages) == 3
        content = readings.content(platform, second.original_sha256)
        assert [(page["number"], page["source"] == "blank") for page in content["pages"]] == [
            (1, False),
            (2, True),
            (3, False),
        ]
        clerk = add_person(platform, "clerk", Role.CLERK)
        with platform.db.read(clerk) as session:
            found = finding.search(platform, session, clerk, "Spielplatz").found
            assert [hit.document.id for hit in found] == [second.id]
        assert verify(platform, deep=True)["faults"] == []


def test_a_stack_put_aside_can_be_had_again(tmp_path: Path) -> None:
    with opened(tmp_path) as platform:
        receipt = bring(platform, "stapel.pdf", scanned(sheet(Sheet()), letter("Hundesteuer")), station="rathaus")
        parts_of(platform, receipt.document_id, 1)
        with platform.db.write(TEST) as session:
            stack = records.document(session, receipt.document_id)
            records.restore(session, stack, platform.clock)
            assert stack.state == "inbox"


def test_a_cover_sheet_files_what_a_station_scanned(tmp_path: Path) -> None:
    with opened(tmp_path) as platform:
        case = open_case(platform)
        covers = (sheet(Sheet(case_reference=case.case_reference)), sheet(Sheet(case_reference="gibt/es/nicht")))
        data = scanned(
            covers[0], letter("Hundesteuer"), covers[1], letter("Spielplatz"), sheet(Sheet()), letter("Zaun")
        )
        receipt = bring(platform, "stapel.pdf", data, station="rathaus")
        filed, unknown, plain = parts_of(platform, receipt.document_id, 3)
        assert (filed.state, filed.case_id) == ("filed", case.id)
        assert (unknown.state, unknown.reason_code) == ("quarantined", "stack.unknown_case")
        assert (plain.state, plain.case_id) == ("inbox", None)


def test_an_invoice_behind_an_unknown_or_closed_case_is_nobodys_to_pay_before_a_person_decides(tmp_path: Path) -> None:
    with opened(tmp_path) as platform:
        case = open_case(platform)
        with platform.db.write(TEST) as session:
            files.close(session, files.case(session, case.id), platform.clock)
        covers = [Sheet("", "invoice", reference) for reference in ("gibt/es/nicht", case.case_reference)]
        data = scanned(sheet(covers[0]), letter("Rechnung"), sheet(covers[1]), letter("Gutschrift"))
        receipt = bring(platform, "stapel.pdf", data, station="rathaus")
        rows = parts_of(platform, receipt.document_id, 2)
        assert [row.reason_code for row in rows] == ["stack.unknown_case", "stack.closed_case"]
        with platform.db.read(TEST) as session:
            assert session.scalars(select(PayableInvoice.id)).all() == []
        assert [row.is_invoice for row in rows] == [False, False]
        clerk = add_person(platform, "clerk", Role.CLERK)
        with platform.db.write(clerk) as session:
            files.reopen(session, files.case(session, case.id))
            row = records.document(session, rows[1].id)
            records.file_document(session, row, files.case(session, case.id), platform.clock)
            payable = payables.open_for_document(session, row, {}, None, platform.clock)
        assert (payable.state, payable.document_id) == ("capture", rows[1].id)


def test_a_cover_sheet_from_outside_files_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as platform:
        case = open_case(platform)
        data = scanned(sheet(Sheet(case_reference=case.case_reference)), letter("Hundesteuer"))
        receipt = bring(platform, "stapel.pdf", data)
        (part,) = parts_of(platform, receipt.document_id, 1)
        assert (part.state, part.case_id) == ("inbox", None)


def test_a_crash_between_two_parts_makes_none_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step fails after the first part, and begins anew."""
    real, calls = stacks._bring, []

    def failing(*arguments: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Conflict("gone")
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(stacks, "_bring", failing)
    with opened(tmp_path) as platform:
        data = scanned(letter("Hundesteuer"), sheet(Sheet()), letter("Spielplatz"))
        receipt = bring(platform, "stapel.pdf", data, station="rathaus")
        assert [row.part_pages for row in parts_of(platform, receipt.document_id, 2)] == [[1], [3]]
        assert len(calls) > 3
