"""Hybrid invoices that are not what they seem, through the whole pipeline: a person decides, or is warned."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pikepdf
import pytest

from dms.platform import Platform
from dms.records.models import Document
from invoicing import write_cii
from invoicing.model import Invoice, Party, ProcessControl, Totals
from invoicing.scenarios import XRECHNUNG
from tests.factories import TEST, bring, opened, wait_for_outcome

INVOICE = Invoice(
    number="4711",
    issue_date=date(2026, 11, 5),
    type_code="380",
    currency="EUR",
    process=ProcessControl(None, XRECHNUNG),
    seller=Party("Pinsel"),
    totals=Totals(gross=Decimal("100.00"), payable=Decimal("100.00")),
)
OTHER = replace(INVOICE, totals=Totals(gross=Decimal("900.00"), payable=Decimal("900.00")))
XXE = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with opened(tmp_path_factory.mktemp("data")) as platform:
        yield platform


def _pdf(**files: bytes) -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        for name, content in files.items():
            file_name = name.replace("__", "-").replace("_", ".")
            pdf.attachments[file_name] = pikepdf.AttachedFileSpec(pdf, content, filename=file_name)
        written = io.BytesIO()
        pdf.save(written)
    return written.getvalue()


def _ends(platform: Platform, data: bytes) -> tuple[str, str | None, list[str]]:
    receipt = bring(platform, "rechnung.pdf", data)
    intake = wait_for_outcome(platform, receipt.document_id)
    with platform.db.read(TEST) as session:
        return intake.outcome, intake.reason_code, session.get_one(Document, receipt.document_id).hazards


def test_one_invoice_is_no_hazard(platform: Platform) -> None:
    assert _ends(platform, _pdf(factur__x_xml=write_cii(INVOICE))) == ("inbox", None, [])


def test_two_invoices_with_different_totals_wait_for_a_person(platform: Platform) -> None:
    data = _pdf(factur__x_xml=write_cii(INVOICE), xrechnung_xml=write_cii(OTHER))
    assert _ends(platform, data) == ("quarantined", "pdf.several_invoices", [])


def test_an_entity_in_the_embedded_invoice_waits_for_a_person(platform: Platform) -> None:
    trap = write_cii(INVOICE).replace(b"?>", b"?>" + XXE, 1)
    assert _ends(platform, _pdf(factur__x_xml=trap)) == ("quarantined", "xml.doctype", [])


def test_a_program_beside_the_invoice_is_named(platform: Platform, tmp_path: Path) -> None:
    data = _pdf(factur__x_xml=write_cii(INVOICE), mahnung_exe=b"MZ\x90\x00")
    assert _ends(platform, data) == ("inbox", None, ["embedded-program"])
