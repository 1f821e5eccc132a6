"""What the page of a hybrid PDF shows against what its XML says: a difference is a sign of fraud or of a defect.

`compare` is pure: business terms in, words of the pages in, a state for each term out. A value of the XML that is
printed in any recognisable form is equal; one that is not is contradicted only by a value of its kind that the page
announces as such, and otherwise not comparable. The XML stays the invoice: nothing here rejects one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from invoicing import messages
from invoicing.comparison.accounts import compare_accounts
from invoicing.comparison.amounts import compare_amounts
from invoicing.comparison.invoice_number import compare_number
from invoicing.comparison.issue_date import compare_issue_date
from invoicing.comparison.printed import printed_pages
from invoicing.comparison.result import Difference, DifferenceJson, State, TermComparison
from invoicing.comparison.seller import compare_seller
from invoicing.comparison.totals import Terms, read_totals
from invoicing.findings import Finding, Level
from invoicing.report import Report

__all__ = ["Comparison", "Difference", "State", "TermComparison", "compare", "pdf_differences", "report_differences"]


@dataclass(frozen=True)
class Comparison:
    """Every compared term, the greatest danger first: account, amounts, number, date, seller."""

    terms: tuple[TermComparison, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """All contradictions in that order."""
        return tuple(difference for term in self.terms for difference in term.differences)


def compare(terms: Terms, pages: Sequence[Mapping[str, Any]]) -> Comparison:
    """The terms of an invoice against its pages, each with `number`, `source` and `words` as `ocr` gives them.

    Compared are BT-84, BT-112, BT-115 (where it is not the gross amount), BT-109, BT-110, BT-1, BT-2 and BT-27.
    """
    shown = printed_pages(pages)
    return Comparison(
        (
            compare_accounts(terms, shown),
            *compare_amounts(read_totals(terms), shown),
            compare_number(terms, shown),
            compare_issue_date(terms, shown),
            compare_seller(terms, shown),
        )
    )


def pdf_differences(invoice: Mapping[str, Any], content: Mapping[str, Any]) -> list[DifferenceJson]:
    """The entries for the invoice page: `invoice` as `read_einvoice` gives it, `content` as the text step keeps it.

    `content` without `pages` (an XML file, an office file) has nothing to compare. Never raises on odd words.
    """
    terms = [(str(bt), str(value)) for bt, value in invoice["report"]["terms"]]
    found = compare(terms, content.get("pages") or ())
    return [difference.as_json() for difference in found.differences]


def report_differences(report: Report, pages: Sequence[Mapping[str, Any]], *, is_complete: bool) -> Report:
    """The report with its `pdf_differences` and a warning for each; the verdict of the rules is not touched.

    `is_complete`: whether all pages could be read; if not, the report says so.
    """
    found = compare([(term.bt, term.value) for term in report.terms], pages)
    findings = [_finding(difference) for difference in found.differences]
    if not is_complete:
        findings.append(Finding("comparison.not_read", Level.WARNING))
    differences = tuple(difference.as_json() for difference in found.differences)
    return replace(report, findings=(*report.findings, *findings), pdf_differences=differences)


def _finding(one: Difference) -> Finding:
    words = messages.difference(one.bt, one.xml, one.pdf, one.page)
    return Finding("comparison.differs", Level.WARNING, None, one.bt, words)
