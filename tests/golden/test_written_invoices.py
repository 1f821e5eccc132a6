"""What we write keeps the official rules: said by the official sheets and by a second judge that nobody here wrote."""

from collections import Counter
from pathlib import Path

import pytest

from invoicing import Invoice, NotExpressible, check, write_cii, write_ubl
from invoicing.findings import Level
from invoicing.rules import RuleChecker
from invoicing.scenarios import CLEAN_VEHICLES
from tests.arbitrary_invoices import ALL_TERMS
from tests.judges import SECONDS, phive
from tests.valid_invoices import REGIMES, SCENARIOS, valid_invoice

INVOICES = 200
KNOWN_WARNINGS = {
    # Both count over the whole document what the norm allows once per supporting document (BG-24).
    "CII-SR-475", "CII-SR-476",
}  # fmt: skip
NO_CVD_RULES = {"BR-CL-13"}
"""phive has no rules for clean vehicles, whose scenario turns this error into an information."""


@pytest.fixture(scope="module")
def invoices() -> list[Invoice]:
    return [valid_invoice(seed) for seed in range(INVOICES)]


@pytest.fixture(scope="module")
def written(invoices: list[Invoice], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every invoice in every syntax that can express it."""
    folder = tmp_path_factory.mktemp("written")
    return [
        path
        for number, invoice in enumerate(invoices)
        for name, write in (("ubl", write_ubl), ("cii", write_cii))
        if (path := _written(folder / f"{number:03}-{name}.xml", write, invoice))
    ]


def _written(path: Path, write: object, invoice: Invoice) -> Path | None:
    assert callable(write)
    try:
        path.write_bytes(write(invoice))
    except NotExpressible:
        assert invoice.third_party_payments or any(line.sub_lines for line in invoice.lines)
        return None
    return path


def test_the_official_rules_accept_everything(written: list[Path], checker: RuleChecker) -> None:
    found: Counter[tuple[str | None, str]] = Counter()
    for path in written:
        report = check(path.read_bytes(), checker)
        assert report.accepted, (path.name, report.findings)
        spoken = {one.rule for one in report.findings if one.level is not Level.INFORMATION}
        assert spoken <= KNOWN_WARNINGS, (path.name, report.findings)
        found[report.scenario, str(report.syntax)] += 1
    assert {scenario for scenario, _ in found} == set(SCENARIOS)
    assert {syntax for _, syntax in found} == {"ubl-invoice", "ubl-creditnote", "cii"}
    assert found.total() > 1.7 * INVOICES


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.torture)])
def test_a_second_judge_accepts_everything(written: list[Path], every: int) -> None:
    judged = written[::every]
    verdicts = phive(judged)
    assert set(verdicts) == set(judged)
    for path, verdict in verdicts.items():
        known = NO_CVD_RULES if verdict["profile"] == CLEAN_VEHICLES else set()
        assert not set(verdict["rules"]) - known, (path.name, verdict)
        assert verdict.get("xsd"), (path.name, verdict)


def test_the_batch_says_every_term_of_the_norm_and_of_the_extension(
    written: list[Path], invoices: list[Invoice]
) -> None:
    said = {term.bt for path in written for term in check(path.read_bytes()).terms}
    assert {term for term in ALL_TERMS if term.startswith("BT-")} - said == set()
    assert any(line.sub_lines for invoice in invoices for line in invoice.lines)
    categories = {one.category for invoice in invoices for one in invoice.tax_breakdown}
    assert categories == {tax[0] for regime in REGIMES for tax in regime.taxes}
