"""The verdict about a file: what it is, whether its schema holds, and a report that never says "valid" without a check.

Without the official Schematron rules a schema-valid e-invoice is "not checked" (`rules.missing`, exit code 3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from invoicing import documents, messages, schemas, xml, zugferd
from invoicing.detect import Syntax
from invoicing.documents import Document
from invoicing.errors import NotAnInvoice, Refused
from invoicing.findings import Finding, Level
from invoicing.model import Invoice
from invoicing.plausibility import plausibility_findings
from invoicing.reader import Term
from invoicing.scenarios import is_full_invoice, scenario_for

_TOUCHES_ACCEPTANCE = ("input.", "scenario.none", "xsd.invalid", "pdf.several_invoices")
_NOT_CHECKED = ("rules.missing", "schema.missing")


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict about one file; `accepted` is None where it could not be checked."""

    file_sha256: str
    syntax: Syntax | None = None
    profile: str | None = None
    scenario: str | None = None
    rule_set: dict[str, str] | None = None
    xsd_valid: bool | None = None
    accepted: bool | None = False
    findings: tuple[Finding, ...] = ()
    terms: tuple[Term, ...] = ()
    embedded: tuple[str, ...] = ()
    pdf_differences: tuple[dict[str, object], ...] = field(default=())

    def as_json(self) -> dict[str, object]:
        """The object that `check-invoice` prints, without the name of the file."""
        return {
            "file_sha256": self.file_sha256,
            "syntax": self.syntax.value if self.syntax else None,
            "profile": self.profile,
            "scenario": self.scenario,
            "rule_set": self.rule_set,
            "xsd_valid": self.xsd_valid,
            "accepted": self.accepted,
            "findings": [finding_as_json(finding) for finding in self.findings],
            "terms": [[term.bt, term.value] for term in self.terms],
            "embedded": list(self.embedded),
            "pdf_differences": list(self.pdf_differences),
        }


@dataclass(frozen=True, slots=True)
class Inspection:
    """A report with what was read for it: `document` where there is an invoice, `xml` its bytes, `files` beside it.

    `refusal` is the code of the reason why the file was not read.
    """

    report: Report
    document: Document | None = None
    xml: bytes = b""
    files: tuple[zugferd.Embedded, ...] = ()
    refusal: str | None = None


def finding_as_json(finding: Finding) -> dict[str, object]:
    """A finding with its German sentence."""
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "location": finding.location,
        "bt": finding.bt,
        "message": messages.sentence(finding),
    }


def check(data: bytes) -> Report:
    """The report about an XML or PDF file; never raises for what the bytes are."""
    return inspect(data).report


def exit_code(report: Mapping[str, Any]) -> int:
    """For a report as JSON: 0 accepted, 1 rejected or refused, 3 could not be checked, 4 not an e-invoice."""
    rules = {finding["rule"] for finding in report["findings"]}
    if any(rule.startswith("input.") for rule in rules):
        return 1
    if report["syntax"] is None or ("profile.no_invoice" in rules and "pdf.several_invoices" not in rules):
        return 4
    if report["accepted"] is None:
        return 3
    return 0 if report["accepted"] else 1


def inspect(data: bytes) -> Inspection:
    """The report and the invoice that it is about; refusals become findings `input.<reason>`."""
    report = Report(hashlib.sha256(data).hexdigest())
    try:
        return _inspect_pdf(data, report) if zugferd.is_pdf(data[:1024]) else _inspect_xml(data, report)
    except Refused as error:
        return Inspection(replace(report, findings=(_input_finding(error.code),)), refusal=error.code)
    except NotAnInvoice as error:
        return Inspection(replace(report, findings=(Finding(error.code, Level.INFORMATION),)))


def _inspect_xml(data: bytes, report: Report) -> Inspection:
    if not xml.looks_like_xml(data):
        raise NotAnInvoice("invoice.none")
    document = documents.read(data)
    return Inspection(_judge(document, report), document, data)


def _inspect_pdf(data: bytes, report: Report) -> Inspection:
    files = tuple(zugferd.embedded_files(BytesIO(data)))
    report = replace(report, embedded=tuple(file.name for file in files))
    candidates = zugferd.invoice_candidates(list(files))
    if not candidates:
        return Inspection(replace(report, findings=(Finding("invoice.none", Level.INFORMATION),)), files=files)
    first, *others = candidates
    if first.refusal is not None:
        refused = replace(report, findings=(_input_finding(first.refusal),))
        return Inspection(refused, files=files, refusal=first.refusal)
    document = documents.read(first.file.content)
    findings = (
        [] if first.has_known_name else [Finding("pdf.unusual_name", Level.INFORMATION, None, None, first.file.name)]
    )
    findings += [_compare(document, other) for other in others]
    judged = _judge(document, report, tuple(findings))
    return Inspection(judged, document, first.file.content, files)


def _compare(document: Document, other: zugferd.Candidate) -> Finding:
    """A second invoice is harmless only as the ZUGFeRD 1.0 copy that says the same."""
    if other.format is not None and other.format.syntax is Syntax.ZUGFERD_1 and document.format.syntax is Syntax.CII:
        copy = documents.read(other.file.content)
        if _essence(copy.invoice) == _essence(document.invoice):
            return Finding("pdf.legacy_copy", Level.WARNING, None, None, other.file.name)
    return Finding("pdf.several_invoices", Level.ERROR, None, None, other.file.name)


def _essence(invoice: Invoice) -> tuple[object, ...]:
    gross = invoice.totals.gross if invoice.totals else None
    ibans = {account.iban for means in invoice.payment_instructions for account in means.accounts}
    return invoice.number, invoice.issue_date, gross, ibans


def _judge(document: Document, report: Report, before: tuple[Finding, ...] = ()) -> Report:
    scenario = scenario_for(document.format)
    findings = [*before, *document.reading.findings, *plausibility_findings(document.invoice)]
    xsd_valid, violations = _schema_verdict(document)
    findings += violations
    if not is_full_invoice(document.format):
        findings.append(Finding("profile.no_invoice", Level.WARNING, None, "BT-24", document.format.profile or ""))
    elif scenario is None:
        findings.append(Finding("scenario.none", Level.ERROR, None, "BT-24", document.format.profile or ""))
    if xsd_valid and document.format.syntax is not Syntax.ZUGFERD_1:
        findings.append(Finding("rules.missing", Level.WARNING))
    return replace(
        report,
        syntax=document.format.syntax,
        profile=document.format.profile,
        scenario=scenario.name if scenario else None,
        xsd_valid=xsd_valid,
        accepted=_accepted(findings, is_full_invoice(document.format)),
        findings=tuple(findings),
        terms=document.reading.terms,
    )


def _schema_verdict(document: Document) -> tuple[bool | None, list[Finding]]:
    try:
        errors = schemas.schema_errors(document.root, document.format.syntax)
    except schemas.SchemaMissing:
        return None, [Finding("schema.missing", Level.WARNING)]
    return not errors, [Finding("xsd.invalid", Level.ERROR, error.path, None, error.text) for error in errors]


def _accepted(findings: list[Finding], is_full: bool) -> bool | None:
    rules = [finding.rule for finding in findings]
    if not is_full or any(rule.startswith(_TOUCHES_ACCEPTANCE) for rule in rules):
        return False
    return None if any(rule in _NOT_CHECKED for rule in rules) else True


def _input_finding(code: str) -> Finding:
    return Finding(f"input.{code.partition('.')[2]}", Level.ERROR)
