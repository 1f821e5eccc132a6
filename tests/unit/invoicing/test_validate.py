"""The report: what is accepted, what is not, and the exit code that says so."""

import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest

from invoicing import Invoice, write_cii, write_ubl
from invoicing.model import ProcessControl
from invoicing.scenarios import EN_16931, XRECHNUNG
from invoicing.validate import check, exit_code

PdfMaker = Callable[[dict[str, bytes]], bytes]


@pytest.fixture
def pdf_with() -> PdfMaker:
    """A one-page PDF with the given files embedded."""

    def make(files: dict[str, bytes]) -> bytes:
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            for name, content in files.items():
                pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)
            written = BytesIO()
            pdf.save(written)
        return written.getvalue()

    return make


def _rules(report: dict[str, object]) -> list[str]:
    findings = report["findings"]
    assert isinstance(findings, list)
    return [finding["rule"] for finding in findings]


def _report(data: bytes) -> dict[str, object]:
    return check(data).as_json()


def test_without_official_rules_a_sound_invoice_is_not_checked_and_never_accepted(specimen: Invoice) -> None:
    report = _report(write_ubl(specimen))
    assert (report["syntax"], report["scenario"], report["xsd_valid"]) == ("ubl-invoice", "cius", True)
    assert report["accepted"] is None
    assert _rules(report) == ["rules.missing"]
    assert exit_code(report) == 3


def test_a_breach_of_the_schema_rejects(specimen: Invoice) -> None:
    report = _report(write_ubl(replace(specimen, currency=None)))
    assert report["accepted"] is False
    assert "xsd.invalid" in _rules(report)
    assert "rules.missing" not in _rules(report)
    assert exit_code(report) == 1


@pytest.mark.parametrize(
    "profile", [XRECHNUNG + " ", XRECHNUNG.upper(), EN_16931 + "#compliant#urn:factur-x.eu:1p0:basic"]
)
def test_an_unknown_specification_is_not_accepted(specimen: Invoice, profile: str) -> None:
    report = _report(write_cii(replace(specimen, process=ProcessControl(None, profile))))
    assert report["scenario"] is None
    assert "scenario.none" in _rules(report)
    assert exit_code(report) == 1


@pytest.mark.parametrize("profile", ["urn:factur-x.eu:1p0:minimum", "urn:factur-x.eu:1p0:basicwl"])
def test_minimum_and_basic_wl_are_no_e_invoices(specimen: Invoice, profile: str) -> None:
    report = _report(write_cii(replace(specimen, process=ProcessControl(None, profile))))
    assert report["accepted"] is False
    assert exit_code(report) == 4


@pytest.mark.parametrize("data", [b"<order/>", b"plain text", b"\x89PNG\r\n", b"PK\x03\x04"])
def test_files_of_other_kinds_are_no_e_invoices(data: bytes) -> None:
    report = _report(data)
    assert (report["syntax"], report["accepted"]) == (None, False)
    assert exit_code(report) == 4


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "input.empty"),
        (b"<a>", "input.malformed"),
        (b"<!DOCTYPE a><a/>", "input.doctype"),
        (b"%PDF-1.7", "input.broken"),
    ],
)
def test_unreadable_input_is_refused_with_its_reason(data: bytes, rule: str) -> None:
    report = _report(data)
    assert _rules(report) == [rule]
    assert exit_code(report) == 1


def test_an_encrypted_pdf_is_refused() -> None:
    written = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(written, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert _rules(_report(written.getvalue())) == ["input.encrypted"]


def test_the_invoice_of_a_hybrid_pdf_is_checked_and_all_files_are_named(specimen: Invoice, pdf_with: PdfMaker) -> None:
    report = _report(pdf_with({"factur-x.xml": write_cii(specimen), "aufmass.png": b"x"}))
    assert report["syntax"] == "cii"
    assert report["embedded"] == ["aufmass.png", "factur-x.xml"]
    assert exit_code(report) == 3


def test_two_different_invoices_in_one_pdf_are_rejected(specimen: Invoice, pdf_with: PdfMaker) -> None:
    other = replace(specimen, number="R-2026-18")
    report = _report(pdf_with({"factur-x.xml": write_cii(specimen), "xrechnung.xml": write_ubl(other)}))
    assert "pdf.several_invoices" in _rules(report)
    assert report["accepted"] is False
    assert dict(report["terms"])["BT-1"] == "R-2026-17"  # type: ignore[call-overload]  # a list of pairs, as JSON
    assert exit_code(report) == 1


def test_the_same_bytes_under_two_names_are_one_invoice(specimen: Invoice, pdf_with: PdfMaker) -> None:
    data = write_cii(specimen)
    report = _report(pdf_with({"factur-x.xml": data, "zugferd-invoice.xml": data}))
    assert "pdf.several_invoices" not in _rules(report)


def test_an_order_in_a_pdf_is_never_an_invoice(specimen: Invoice, pdf_with: PdfMaker) -> None:
    report = _report(pdf_with({"order-x.xml": write_cii(specimen)}))
    assert report["syntax"] is None
    assert exit_code(report) == 4


def test_an_announced_invoice_with_a_foreign_root_is_not_taken_for_no_invoice(pdf_with: PdfMaker) -> None:
    report = _report(pdf_with({"factur-x.xml": b"<Bestellung/>"}))
    assert _rules(report) == ["input.unknown_root"]
    assert exit_code(report) == 1


def test_a_ubl_invoice_under_another_name_is_found_and_remarked(specimen: Invoice, pdf_with: PdfMaker) -> None:
    report = _report(pdf_with({"rechnung.XML": write_ubl(specimen)}))
    assert report["syntax"] == "ubl-invoice"
    assert "pdf.unusual_name" in _rules(report)


def test_a_wrong_leitweg_id_iban_or_skonto_line_warns_without_rejecting(specimen: Invoice) -> None:
    data = write_ubl(replace(specimen, buyer_reference="04011000-12345-34", payment_terms="#SKONTO#TAGE=x#\n"))
    report = _report(data.replace(b"DE02120300000000202051", b"DE03120300000000202051"))
    assert {"leitweg.check_digits", "iban.check_digits", "skonto.form"} <= set(_rules(report))
    assert report["accepted"] is None


def test_the_report_has_all_keys_and_is_json(specimen: Invoice) -> None:
    keys = "file_sha256 syntax profile scenario rule_set xsd_valid accepted findings terms embedded pdf_differences"
    for data in (write_ubl(specimen), b"", b"no invoice"):
        report = _report(data)
        assert list(report) == keys.split()
        assert json.loads(json.dumps(report)) == report
