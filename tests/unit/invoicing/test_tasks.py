"""What the jail hands back."""

import json
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from invoicing import Invoice, Refused, write_cii, write_ubl
from invoicing.documents import read
from invoicing.report import Report
from invoicing.tasks import check, read_einvoice, xml_text


def test_reading_gives_the_fields_of_the_approval_with_their_terms(specimen: Invoice, tmp_path: Path) -> None:
    answer = read_einvoice(BytesIO(write_ubl(specimen)), tmp_path)
    assert isinstance(answer, dict)
    fields = answer["fields"]
    assert isinstance(fields, dict)
    assert fields["seller"] == {"value": "Malerei Pinsel GmbH", "bt": "BT-27"}
    assert fields["gross"] == {"value": "1190.00", "bt": "BT-112"}
    assert fields["due_date"] == {"value": "2026-12-05", "bt": "BT-9"}
    assert fields["seller_electronic_address"] == {"value": "rechnung@pinsel.example", "bt": "BT-34"}
    assert [one["value"] for one in answer["ibans"]] == ["DE02120300000000202051", "DE02500105170137075030"]  # type: ignore[index,union-attr,call-overload]  # JSON, of any shape to the checker
    assert answer["cash_discounts"] == [{"days": 14, "percent": "2.25", "base": None}]
    assert Report.load(json.loads(json.dumps(answer["report"]))).xsd_valid is True
    assert json.loads(json.dumps(answer)) == answer
    assert [path.name for path in tmp_path.iterdir()] == ["invoice.xml"]


def test_the_invoice_of_a_hybrid_pdf_is_handed_back_for_the_rules(specimen: Invoice, tmp_path: Path) -> None:
    data, pdf_bytes = write_cii(specimen), BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["factur-x.xml"] = pikepdf.AttachedFileSpec(pdf, data, filename="factur-x.xml")
        pdf.save(pdf_bytes)
    pdf_bytes.seek(0)
    answer = read_einvoice(pdf_bytes, tmp_path)
    assert isinstance(answer, dict)
    assert Report.load(answer["report"]).embedded == ("factur-x.xml",)  # type: ignore[arg-type]  # JSON, of any shape to the checker
    assert read((tmp_path / "invoice.xml").read_bytes()).invoice == specimen


def test_a_file_that_is_no_e_invoice_is_an_answer_not_an_error(tmp_path: Path) -> None:
    answer = read_einvoice(BytesIO(b"<Brief/>"), tmp_path)
    assert isinstance(answer, dict)
    assert (answer["syntax"], answer["fields"], answer["html"]) == (None, {}, None)


def test_dangerous_content_is_refused_with_a_code(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        read_einvoice(BytesIO(b"<!DOCTYPE x><x/>"), tmp_path)
    assert refusal.value.code == "xml.doctype"


def test_checking_never_raises_for_what_the_file_is(tmp_path: Path) -> None:
    report = Report.load(check(BytesIO(b"<!DOCTYPE x><x/>"), tmp_path))  # type: ignore[arg-type]  # JSON, of any shape to the checker
    assert report.accepted is False
    assert [finding.rule for finding in report.findings] == ["input.doctype"]


def test_the_text_of_any_safe_xml_can_be_indexed(tmp_path: Path) -> None:
    assert xml_text(BytesIO("<a x='1'>Straße <b>7</b><!-- nein --></a>".encode()), tmp_path) == "Straße\n7"
