"""`dms check-invoice` on hybrid PDFs, real files through the jail: what the page shows against what the XML says."""

import base64
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from invoicing import write_cii, write_ubl
from invoicing.model import ProcessControl, Totals
from invoicing.rulesets import default_folder, installed
from tests.conftest import skip_loudly
from tests.hybrids import IBAN, INVOICE, OTHER, PAGE, hybrid


def check(tmp_path: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from dms.cli.main import main; main()", "check-invoice", *map(str, arguments)]
    environment = {**os.environ, "DMS_DATA": str(tmp_path / "data"), "DMS_RECOGNITION": "tesseract"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def reports(tmp_path: Path, *files: Path) -> list[dict[str, Any]]:
    shown = check(tmp_path, *files, "--json")
    return [json.loads(line) for line in shown.stdout.splitlines()]


def differences(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["bt"], one["xml"], one["pdf"]) for one in report["pdf_differences"]]


def comparisons(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["rule"], one["level"]) for one in report["findings"] if one["rule"].startswith("comparison")]


@pytest.fixture(scope="module")
def report_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The report of each file by its name, all from one run: most of a run's time is its start."""
    folder = tmp_path_factory.mktemp("checked")
    other_account = PAGE.replace("DE02 1203 0000 0000 2020 51", OTHER)
    totals = Totals(net=Decimal(1000), tax=Decimal(190), gross=Decimal("1190.01"), payable=Decimal("1190.01"))
    unknown = replace(INVOICE, process=ProcessControl(None, "urn:nobody:knows"))
    files = [
        hybrid(folder / "same.pdf"),
        hybrid(folder / "page.pdf", other_account.replace("1.190,00", "1.790,00")),
        hybrid(folder / "xml.pdf", invoice=replace(INVOICE, totals=totals)),
        hybrid(folder / "rejected.pdf", PAGE.replace("R-2026-17", "R-2026-71"), unknown),
        _without_pages(hybrid(folder / "unread.pdf")),
        folder / "alone.xml",
    ]
    files[-1].write_bytes(write_cii(INVOICE))
    if shutil.which("tesseract"):
        files += [
            hybrid(folder / "same-scan.pdf", scanned=True),
            hybrid(folder / "page-scan.pdf", other_account, scanned=True),
        ]
    return {Path(report["file"]).name: report for report in reports(folder, *files)}


def _without_pages(path: Path) -> Path:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.Root.Pages.Kids = pikepdf.Array([])
        pdf.save(path)
    return path


def test_the_same_on_page_and_in_the_xml_is_no_difference_and_a_change_on_either_side_is(
    report_of: dict[str, dict[str, Any]],
) -> None:
    same, page = report_of["same.pdf"], report_of["page.pdf"]
    assert differences(same) == []
    assert differences(page) == [("BT-84", IBAN, OTHER), ("BT-112", "1190.00", "1790.00")]
    assert differences(report_of["xml.pdf"]) == [("BT-112", "1190.01", "1190.00")]
    assert comparisons(page) == [("comparison.differs", "warning")] * 2
    assert page["accepted"] == same["accepted"]
    place = page["pdf_differences"][0]
    assert place["page"] == 1
    assert 0 < place["box"][0] < place["box"][2] < 595


def test_a_rejected_invoice_is_compared_too(report_of: dict[str, dict[str, Any]]) -> None:
    report = report_of["rejected.pdf"]
    assert report["accepted"] is False
    assert differences(report) == [("BT-1", "R-2026-17", "R-2026-71")]


def test_a_scan_inside_is_recognised_and_compared(report_of: dict[str, dict[str, Any]]) -> None:
    if "same-scan.pdf" not in report_of:
        skip_loudly("no Tesseract here: apt-get install tesseract-ocr tesseract-ocr-deu")
    assert differences(report_of["same-scan.pdf"]) == []
    assert differences(report_of["page-scan.pdf"]) == [("BT-84", IBAN, OTHER)]


def test_an_xml_file_has_no_page_to_compare(report_of: dict[str, dict[str, Any]]) -> None:
    report = report_of["alone.xml"]
    assert (differences(report), comparisons(report)) == ([], [])


def test_pages_that_cannot_be_read_are_named(report_of: dict[str, dict[str, Any]]) -> None:
    report = report_of["unread.pdf"]
    assert [rule for rule, _ in comparisons(report)] == ["comparison.not_read"]
    assert differences(report) == []


def test_fifteen_megabytes_with_attachments_are_accepted(tmp_path: Path, corpora: Path) -> None:
    if not installed(default_folder()):
        skip_loudly("no rule sheets here: run `make setup`")
    case = corpora / "einvoice/kosit-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml"
    content = base64.b64encode(os.urandom(2_900_000)).decode()
    attached = "".join(
        f"<cac:AdditionalDocumentReference><cbc:ID>{number}</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject "
        f'mimeCode="application/pdf" filename="{number}.pdf">{content}</cbc:EmbeddedDocumentBinaryObject>'
        "</cac:Attachment></cac:AdditionalDocumentReference>"
        for number in range(4)
    )
    before = "<cac:AccountingSupplierParty>"
    whole = case.read_text(encoding="utf-8").replace(before, f"{attached}{before}", 1)
    (tmp_path / "gross.xml").write_text(whole, encoding="utf-8")
    assert len(whole) > 15_000_000
    (report,) = reports(tmp_path, tmp_path / "gross.xml")
    assert report["accepted"] is True


def test_small_files_in_a_row_are_judged_as_each_alone(tmp_path: Path) -> None:
    contents = {
        "a.xml": write_cii(INVOICE),
        "b.xml": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "c.xml": write_cii(replace(INVOICE, number="R-2")),
        "d.xml": b"<not><closed>",
        "e.txt": b"no XML",
        "f.xml": write_ubl(INVOICE),
    }
    files = [tmp_path / name for name in contents]
    for file, data in zip(files, contents.values(), strict=True):
        file.write_bytes(data)
    together = reports(tmp_path, *files)
    assert [Path(report["file"]).name for report in together] == list(contents)
    no_row = tmp_path / "e.txt"
    apart = [file for each in files for file in (each, no_row)]
    assert together == reports(tmp_path, *apart)[::2]
    assert [report["findings"][0]["rule"] for report in together[1:4:2]] == ["input.doctype", "input.malformed"]


def test_a_report_in_german_names_differences_and_lets_no_invoice_command_the_terminal(tmp_path: Path) -> None:
    evil = "urn:evil\x9b2J\u202e\u2028\nfremd.xml: angenommen"
    file = tmp_path / "a.xml"
    file.write_bytes(write_ubl(replace(INVOICE, process=ProcessControl(None, evil))))
    forged = hybrid(tmp_path / "a.pdf", PAGE.replace("05.11.2026", "11.05.2026"))
    read, listed = (check(tmp_path, file, forged, *options).stdout for options in ([], ["--json"]))
    assert "Rechnungsdatum: XML 05.11.2026, Seite 1 11.05.2026" in read
    for output in (read, listed):
        assert not {"\x9b", "\u202e", "\u2028"} & set(output)
        assert not any(line.startswith("fremd") for line in output.splitlines())
    assert json.loads(listed.splitlines()[0])["profile"] == evil
