"""Documents through the whole pipeline with real parts: jail, Tesseract, index, approval."""

import json
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

from dms.actor import Role
from dms.errors import Conflict, Forbidden, RuleViolation
from dms.finding import service as finding
from dms.intake import readings
from dms.intake.archiving import ARCHIVE_KIND, ARCHIVE_RELEASE, RECORD_RELEASE, record_kind
from dms.intake.readings import content as content_of
from dms.intake.receive import Receipt
from dms.jobs.models import Job
from dms.ops import health
from dms.ops.verify import verify
from dms.payables import evidence
from dms.payables import service as payables
from dms.payables.models import PayableInvoice, PayableState
from dms.platform import Platform
from dms.records import queries
from dms.records import service as records
from tests.commands import dms
from tests.conftest import ON_BOTH_SETS
from tests.factories import TEST, add_person, as_actor, bring, opened, wait_for_outcome
from tests.stacks import with_foreign_code


@ON_BOTH_SETS
def test_every_input_ends_in_exactly_one_outcome(tmp_path: Path, corpora: Path, installation: dict[str, str]) -> None:
    invoice = corpora / "einvoice/kosit-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml"
    inputs = {
        "brief.txt": (b"Guten Tag, es geht um die Hundesteuer.", "inbox"),
        "rechnung.xml": (invoice.read_bytes(), "inbox"),
        "kaputt.pdf": (b"%PDF-1.4 kaputt", "quarantined"),
        "programm.pdf": (b"\x7fELF" + bytes(200), "quarantined"),
    }
    with opened(tmp_path, **installation) as platform:
        receipts = {name: bring(platform, name, data) for name, (data, _) in inputs.items()}
        outcomes = {name: wait_for_outcome(platform, receipt.document_id) for name, receipt in receipts.items()}
        assert {name: row.outcome for name, row in outcomes.items()} == {name: end for name, (_, end) in inputs.items()}
        assert outcomes["kaputt.pdf"].reason_code == "pdf.broken"
        assert outcomes["programm.pdf"].reason_code == "content.program"
        clerk = add_person(platform, "clerk", Role.CLERK)
        with platform.db.read(clerk) as session:
            answer = finding.search(platform, session, clerk, "Hundesteuer")
            assert [hit.document.original_name for hit in answer.found] == ["brief.txt"]
        assert verify(platform, deep=True)["faults"] == []


@ON_BOTH_SETS
def test_a_scan_is_read_and_found_by_a_word_of_it(tmp_path: Path, installation: dict[str, str]) -> None:
    data = _scan(tmp_path, "Antrag auf Sperrung\nder Gemeindestrasse\nam Dorfplatz")
    with opened(tmp_path / "data", **installation) as platform:
        receipt = bring(platform, "scan.tif", data)
        assert wait_for_outcome(platform, receipt.document_id).outcome == "inbox"
        clerk = add_person(platform, "clerk", Role.CLERK)
        with platform.db.read(clerk) as session:
            assert finding.search(platform, session, clerk, "Dorfplatz").total == 1
            assert finding.search(platform, session, clerk, "Zwetschgenknödel").total == 0


def test_a_document_is_indexed_once_when_it_can_be_found(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as platform:
        receipt = bring(platform, "brief.txt", b"Es geht um die Hundesteuer.")
        wait_for_outcome(platform, receipt.document_id)
        with platform.db.read(TEST) as session:
            jobs = session.scalars(select(Job.kind).where(Job.subject_id == receipt.document_id)).all()
        assert sorted(jobs) == ["einvoice", "identify", "index", "route", "text"]
        assert platform.index.versions() == {str(receipt.document_id): 3}


PAYMENT_CODE = "BCD\n002\n1\nSCT\n\nMaler Berg\nDE89370400440532013000\nEUR119.00\n\n\nRE-2026-17\n"


def test_the_payment_code_of_a_scanned_invoice_is_a_witness_and_fills_what_is_not_printed(tmp_path: Path) -> None:
    page = _written("Rechnung\n\nRechnungsnummer: RE-2026-17\nRechnungsdatum: 02.11.2026\n\nZahlbetrag: 119,00 EUR")
    page.paste(
        with_foreign_code(Image.new("L", page.size, 255), PAYMENT_CODE).crop((700, 1200, 1240, 1754)), (700, 1200)
    )
    page.save(target := tmp_path / "rechnung.png", dpi=(150, 150))
    with opened(tmp_path / "data") as platform:
        receipt = bring(platform, "rechnung.png", target.read_bytes())
        wait_for_outcome(platform, receipt.document_id)
        with platform.db.read(TEST) as session:
            known = queries.values(session, receipt.document_id)
        assert (known["iban"].value, known["iban"].box) == ("DE89370400440532013000", None)
        assert known["payable"].value == "119.00"
        assert all("code" in known[name].witnesses for name in ("iban", "payable", "invoice_number"))
    read = json.loads(dms(tmp_path / "data", "read", str(target), "--engine", "tesseract", "--json").stdout)["fields"]
    assert {name: read[name]["value"] for name in ("iban", "payable")} == {
        name: known[name].value for name in ("iban", "payable")
    }
    assert all("code" in read[name]["witnesses"] for name in ("iban", "payable", "invoice_number"))


def test_the_same_bytes_again_are_shown_as_a_duplicate(tmp_path: Path) -> None:
    with opened(tmp_path) as platform:
        first = bring(platform, "a.txt", b"dasselbe")
        second = bring(platform, "b.txt", b"dasselbe")
        assert second.duplicate_of_id == first.document_id
        assert wait_for_outcome(platform, second.document_id).outcome == "inbox"


@pytest.fixture
def approval(tmp_path: Path, corpora: Path, installation: dict[str, str]) -> object:
    invoice = corpora / "einvoice/kosit-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml"
    with opened(tmp_path, **installation) as platform:
        receipt = bring(platform, "rechnung.xml", invoice.read_bytes())
        wait_for_outcome(platform, receipt.document_id)
        add_person(platform, "desk", Role.INVOICE_DESK)
        add_person(platform, "ben", Role.CERTIFIER, Role.ORDERER, limit_cents=10**9)
        add_person(platform, "dora", Role.ORDERER, limit_cents=10**9)
        add_person(platform, "cem", Role.ORDERER, limit_cents=100)
        yield platform


def _payable(session: object) -> PayableInvoice:
    return session.scalars(select(PayableInvoice)).one()  # type: ignore[attr-defined]


def _written(text: str) -> Image.Image:
    page = Image.new("L", (1240, 1754), 255)
    ImageDraw.Draw(page).multiline_text((120, 200), text, fill=0, font=ImageFont.load_default(size=40))
    return page


def _scan(folder: Path, *pages: str) -> bytes:
    images = [_written(text) for text in pages]
    target = folder / "scan.tif"
    images[0].save(target, dpi=(150, 150), save_all=True, append_images=images[1:])
    return target.read_bytes()


@ON_BOTH_SETS
def test_a_scan_waits_for_an_engine_and_is_read_once_there_is_one(
    tmp_path: Path, installation: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = _scan(tmp_path, "Antrag auf Sperrung")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with opened(tmp_path / "data", alone=True, **installation, recognition="tesseract") as platform:
        receipt = bring(platform, "scan.tif", data)
        job = _job_that_waits(platform, receipt.document_id)
        assert (job.kind, job.last_error_code, job.state) == ("text", "recognition", "ready")
        assert _recognition(platform) == "failed"
    monkeypatch.undo()
    with opened(tmp_path / "data", **installation, recognition="tesseract") as platform:
        _make_due(platform, receipt.document_id)
        assert wait_for_outcome(platform, receipt.document_id).outcome == "inbox"
        content = content_of(platform, receipt.sha256)
        assert [word[0] for word in content["pages"][0]["words"]] == ["Antrag", "auf", "Sperrung"]
        assert content["failed"] == []
        assert _recognition(platform) == "ok"


def _job_that_waits(platform: Platform, document_id: UUID) -> Job:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with platform.db.read(TEST) as session:
            query = select(Job).where(Job.subject_id == document_id, Job.last_error_code.is_not(None))
            if (job := session.scalars(query).first()) is not None:
                return job
        time.sleep(0.05)
    raise AssertionError("no job waits")


def _recognition(platform: Platform) -> str:
    return next(part.state.value for part in health.parts(platform) if part.name == "recognition")


def _make_due(platform: Platform, document_id: UUID) -> None:
    with platform.db.write(TEST) as session:
        for job in session.scalars(select(Job).where(Job.subject_id == document_id, Job.state == "ready")):
            job.due_at = platform.clock.now()


def _seen(platform: Platform) -> str:
    with platform.db.read(TEST) as session:
        return evidence.current_content(session, _payable(session)).all_sha256


def _act(platform: Platform, login: str, act: object, *args: object, **kwargs: object) -> None:
    with platform.db.write(as_actor(platform, login)) as session:
        act(session, _payable(session), *args, clock=platform.clock, **kwargs)  # type: ignore[operator]


def _prepare(platform: Platform) -> None:
    with platform.db.read(TEST) as session:
        amount = _payable(session).payable_cents
    line = {"budget_year": 2026, "product_account": "11.1.01.4431000", "amount_cents": amount}
    _act(platform, "desk", payables.set_coding, [line], seen=None)
    _act(platform, "desk", payables.release, seen=_seen(platform))
    _act(platform, "ben", payables.certify, "substance", seen=_seen(platform))
    _act(platform, "ben", payables.certify, "arithmetic", seen=_seen(platform))


def test_what_the_xml_says_stands_in_the_payable(approval: Platform) -> None:
    with approval.db.read(TEST) as session:
        row = _payable(session)
        assert (row.state, row.seller_name, row.invoice_number) == (PayableState.CAPTURE, "[Seller name]", "123456XX")
        assert (row.issued_on, row.gross_cents) == (date(2016, 4, 4), int(Decimal("336.9") * 100))


@ON_BOTH_SETS
def test_the_certifier_cannot_order_the_payment_and_another_can(approval: Platform) -> None:
    _prepare(approval)
    with pytest.raises(RuleViolation, match=r"approval\.same_person"):
        _act(approval, "ben", payables.order_payment, seen=_seen(approval))
    with pytest.raises(RuleViolation, match=r"approval\.over_limit"):
        _act(approval, "cem", payables.order_payment, seen=_seen(approval))
    _act(approval, "dora", payables.order_payment, seen=_seen(approval))
    _wait_for_hand_over(approval)


def _wait_for_hand_over(platform: Platform) -> None:
    folder = platform.settings.handover_path
    for _ in range(600):
        with platform.db.read(TEST) as session:
            if _payable(session).state == PayableState.TRANSFERRED:
                break
        time.sleep(0.05)
    manifest = list(folder.glob("*/*/manifest.json"))
    assert len(manifest) == 1
    names = {path.name for path in manifest[0].parent.iterdir()}
    assert {"order.json", "order.csv", "original.xml", "view.html", "protocol.html", "manifest.json"} == names


def test_an_edit_ends_the_certificates_and_the_old_screen_is_refused(approval: Platform) -> None:
    _prepare(approval)
    before = _seen(approval)
    _act(approval, "desk", payables.edit, {"payee_name": "Andere GmbH"}, seen=None)
    with approval.db.read(TEST) as session:
        assert _payable(session).state == PayableState.REVIEW
    with pytest.raises(Conflict, match=r"approval\.stale"):
        _act(approval, "dora", payables.order_payment, seen=before)
    with pytest.raises(RuleViolation, match=r"approval\.state\.review"):
        _act(approval, "dora", payables.order_payment, seen=_seen(approval))


def test_who_is_no_certifier_cannot_certify(approval: Platform) -> None:
    with pytest.raises(Forbidden):
        _act(approval, "dora", payables.certify, "substance", seen=_seen(approval))


@ON_BOTH_SETS
def test_a_scan_gets_an_archive_copy_and_a_scan_record(tmp_path: Path, installation: dict[str, str]) -> None:
    data = _scan(tmp_path, "Antrag auf Sperrung", "", "Zweite Seite")
    with opened(tmp_path / "data", **installation, recognition="cascade") as platform:
        receipt = bring(platform, "scan.tif", data)
        assert wait_for_outcome(platform, receipt.document_id).outcome == "inbox"
        note = _wait_for_record(platform, receipt)
        copy = readings.find(platform, receipt.sha256, ARCHIVE_KIND, ARCHIVE_RELEASE)
        assert copy is not None
        with readings.original(platform, copy.blob_sha256) as stream:
            assert b"pdfaid:part" in stream.read()
        with readings.original(platform, receipt.sha256) as stream:
            assert stream.read() == data
    assert note["original"]["sha256"] == receipt.sha256
    assert note["archive_copy"]["sha256"] == copy.blob_sha256
    assert (note["blank_pages"], [page["number"] for page in note["pages"]]) == ([2], [1, 2, 3])
    assert note["pages"][0]["quality"]["verdict"] == "good"
    assert "operator" in note["not_supplied"]
    assert "rapidocr" in note["software"]["recognition"]


def _wait_for_record(platform: Platform, receipt: Receipt) -> dict[str, Any]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with platform.db.read(TEST) as session:
            document = records.document(session, receipt.document_id)
        note: dict[str, Any] | None = readings.load(platform, receipt.sha256, record_kind(document), RECORD_RELEASE)
        if note is not None:
            return note
        time.sleep(0.05)
    raise AssertionError("no scan record")
