"""A report as JSON: what a finding says about the value it concerns, also when there are thousands of both."""

import time

from invoicing.findings import Finding, Level
from invoicing.reader import Term
from invoicing.report import Report


def test_a_finding_names_the_value_of_its_term_where_that_is_one_value() -> None:
    terms = (Term("BT-1", "R 1"), Term("BT-131", "1.00"), Term("BT-131", "2.00"))
    findings = [Finding("a.b", Level.WARNING, None, bt) for bt in ("BT-1", "BT-131", "BT-2", None)]
    plain = Report("0" * 64, findings=tuple(findings), terms=terms).as_json()
    assert [finding["value"] for finding in plain["findings"]] == ["R 1", None, None, None]


def test_ten_thousand_findings_about_ten_thousand_lines_take_no_time_worth_mentioning() -> None:
    terms = tuple(Term(bt, "1") for _ in range(10_000) for bt in ("BT-126", "BT-129", "BT-131", "BT-146"))
    report = Report(
        "0" * 64, findings=(Finding("arithmetic.line", Level.WARNING, None, "BT-131"),) * 10_000, terms=terms
    )
    begun = time.process_time()
    assert len(report.as_json()["findings"]) == 10_000
    assert time.process_time() - begun < 5
