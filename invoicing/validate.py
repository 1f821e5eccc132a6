"""The verdict about a file in two steps: what it is (`inspect`, on untrusted bytes), what the rules say (`judge`).

A report never says "valid" without a check: rules that are missing, altered or failed to run leave it open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from io import BytesIO
from typing import Any

from invoicing import documents, schemas, xml, zugferd
from invoicing.anchors import Anchors, xpaths
from invoicing.detect import Format, Syntax
from invoicing.documents import Document
from invoicing.errors import NotAnInvoice, Refused
from invoicing.findings import Finding, Level
from invoicing.locations import term_at
from invoicing.model import Invoice
from invoicing.plausibility import plausibility_findings
from invoicing.report import Report
from invoicing.rules import Fired, Results, RuleChecker, RulesUnavailable
from invoicing.scenarios import BUILT_IN, Scenario, facturx_sheet, is_full_invoice, scenario_for

_REFUSING = ("input.", "scenario.none", "xsd.invalid", "pdf.several_invoices", "rules.not_evaluable")
_NOT_CHECKED = ("rules.missing", "rules.altered", "rules.crashed", "rules.timeout", "schema.missing")
_ORIENTATION = Scenario("", ("cen",), {})
"""What runs where no scenario exists: the rules of the norm, with their own levels, for the person who decides."""
_LEVELS = {"warning": Level.WARNING, "information": Level.INFORMATION, "info": Level.INFORMATION}
FACTURX = "facturx."


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

    @property
    def text(self) -> str:
        """The invoice as the rules get it: serialised anew from the tree, so that nothing unsafe is left in it."""
        return xml.serialise_text(self.document.root) if self.document else ""


def check(data: bytes, checker: RuleChecker | None = None) -> Report:
    """The report about an XML or PDF file; never raises for what the bytes are. Without rules it stays open."""
    inspection = inspect(data)
    return judge(inspection.report, inspection.text, checker)


class Verdict(StrEnum):
    """What a report comes to."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCHECKED = "unchecked"
    NO_EINVOICE = "no_einvoice"
    """No invoice inside, or one that the law does not count as an e-invoice (MINIMUM, BASIC WL, ZUGFeRD 1.x)."""


_EXIT_CODES = {Verdict.ACCEPTED: 0, Verdict.REJECTED: 1, Verdict.UNCHECKED: 3, Verdict.NO_EINVOICE: 4}


def verdict(report: Mapping[str, Any]) -> Verdict:
    """Of a report as JSON; refused files count as rejected."""
    rules = {finding["rule"] for finding in report["findings"]}
    if any(rule.startswith("input.") for rule in rules):
        return Verdict.REJECTED
    if report["accepted"] is None:
        return Verdict.UNCHECKED
    if report["syntax"] is None or ("profile.no_invoice" in rules and "pdf.several_invoices" not in rules):
        return Verdict.NO_EINVOICE
    return Verdict.ACCEPTED if report["accepted"] else Verdict.REJECTED


def exit_code(report: Mapping[str, Any]) -> int:
    """For a report as JSON: 0 accepted, 1 rejected or refused, 3 could not be checked, 4 not an e-invoice."""
    return _EXIT_CODES[verdict(report)]


def inspect(data: bytes) -> Inspection:
    """The report before any rule and the invoice that it is about; refusals become findings `input.<reason>`."""
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
    return Inspection(_read_report(document, report), document, data)


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
    return Inspection(_read_report(document, report, tuple(findings)), document, first.file.content, files)


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


def _read_report(document: Document, report: Report, before: tuple[Finding, ...] = ()) -> Report:
    xsd_valid, violations = _schema_verdict(document)
    found = document.format
    products = plausibility_findings(document.invoice, xpaths(document.reading.places))
    return replace(
        report,
        syntax=found.syntax,
        profile=found.profile,
        xsd_valid=xsd_valid,
        accepted=None,
        findings=(*before, *document.reading.findings, *products, *violations),
        terms=document.reading.terms,
        places=document.reading.places,
    )


def _schema_verdict(document: Document) -> tuple[bool | None, list[Finding]]:
    try:
        errors = schemas.schema_errors(document.root, document.format.syntax)
    except schemas.SchemaMissing:
        return None, [Finding("schema.missing", Level.WARNING)]
    syntax, anchors = document.format.syntax, Anchors(document.reading.places)
    return not errors, [
        Finding("xsd.invalid", Level.ERROR, one.path, term_at(syntax, one.path, "", anchors.term(one.path)), one.text)
        for one in errors
    ]


def _input_finding(code: str) -> Finding:
    return Finding(f"input.{code.partition('.')[2]}", Level.ERROR)


def judge(report: Report, text: str, checker: RuleChecker | None) -> Report:
    """The report with its verdict: scenario, rules with the scenario's levels, acceptance. `text` is the invoice.

    XSD first: a document that breaks the schema is rejected and the rules are skipped.
    """
    if report.syntax is None:
        return report
    found = Format(report.syntax, report.profile, "")
    scenario = scenario_for(found, checker.rule_set.scenarios if checker else BUILT_IN)
    is_full = is_full_invoice(found)
    findings = list(report.findings)
    if not is_full:
        findings.append(Finding("profile.no_invoice", Level.WARNING, None, "BT-24", report.profile or ""))
    elif scenario is None:
        findings.append(Finding("scenario.none", Level.ERROR, None, "BT-24", report.profile or ""))
    if report.xsd_valid and report.syntax is not Syntax.ZUGFERD_1:
        findings += _ruled(report, found, scenario or _ORIENTATION, text, checker)
    return replace(
        report,
        scenario=scenario.name if scenario else None,
        rule_set=checker.rule_set.label if checker else None,
        accepted=_accepted(findings, is_full),
        findings=tuple(findings),
    )


def _ruled(report: Report, found: Format, scenario: Scenario, text: str, checker: RuleChecker | None) -> list[Finding]:
    if checker is None:
        return [Finding("rules.missing", Level.WARNING)]
    family = "cii" if found.syntax is Syntax.CII else "ubl"
    kinds = [f"{kind}-{family}" for kind in scenario.sheets]
    extra = facturx_sheet(found, is_hybrid=bool(report.embedded))
    if extra in checker.rule_set.sheets:
        kinds.append(extra)
    try:
        results = checker.run(kinds, text)
    except RulesUnavailable as error:
        return [Finding(error.code, Level.WARNING)]
    anchors = Anchors(report.places)
    return [finding for kind in kinds for finding in _findings(kind, results, found.syntax, scenario, anchors)]


def _findings(kind: str, results: Results, syntax: Syntax, scenario: Scenario, anchors: Anchors) -> Iterator[Finding]:
    fired, is_extra = results[kind], kind.startswith("facturx-")
    if fired is None:
        if not is_extra:
            yield Finding("rules.not_evaluable", Level.ERROR, None, None, kind)
        return
    for one in fired:
        level = _own_level(one, is_extra=is_extra)
        rule = one.rule or "unnamed"
        bt = term_at(syntax, one.location, one.text, anchors.term(one.location))
        if is_extra:
            yield Finding(f"{FACTURX}{rule}", level, one.location, bt, one.text)
        else:
            yield Finding(rule, scenario.overrides.get(rule, level), one.location, bt, one.text)


def _own_level(fired: Fired, *, is_extra: bool) -> Level:
    """The level of the sheet: everything but a warning or an information is an error.

    A Factur-X report without id or flag ("marked as not used") is a warning: as an error it would fail correct samples.
    """
    if is_extra and fired.element == "report" and not (fired.rule and fired.flag):
        return Level.WARNING
    return _LEVELS.get((fired.flag or "").lower(), Level.ERROR)


def _accepted(findings: list[Finding], is_full: bool) -> bool | None:
    """No error of the official rules, nothing that refuses by itself; None where something could not be checked."""
    is_refused = any(
        finding.rule.startswith(_REFUSING) or (finding.level is Level.ERROR and "." not in finding.rule)
        for finding in findings
    )
    if not is_full or is_refused:
        return False
    return None if any(finding.rule in _NOT_CHECKED for finding in findings) else True
