"""Our own warnings about public invoices that the official rules accept: none but where the invoice is really off."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from invoicing import check

pytestmark = pytest.mark.corpus
LINES_OFF = {
    # The base quantity (BT-149) repeats the price where it should say 1, or the quantity.
    "CII_business_example_01.xml": 5,
    "CII_example8.xml": 10,
    "CII_example9.xml": 1,
    # The last line is negative, its quantity and its price are not.
    "CII_example1.xml": 1,
    "guide-example1.xml": 1,
    "ubl-tc434-example1.xml": 1,
    "ubl-tc434-example10.xml": 1,
    # Two pieces at 1,273.00 or 800.00 are billed as one, or as a half.
    "guide-example2.xml": 1,
    "guide-example3.xml": 2,
    "ubl-tc434-example2.xml": 1,
    "ubl-tc434-example3.xml": 2,
    # The price includes insurance tax that the line adds as a charge once more, or the line includes it without one.
    "XRechnung-O.xml": 2,
    "EN16931_Kraftfahrversicherung_Bruttopreise.cii.xml": 2,
    "EN16931_Sachversicherung_berechneter_Steuersatz.cii.xml": 1,
    # 20 x 2.7700 is 55.40; billed are 55.46.
    "EN16931_1_Teilrechnung.cii.xml": 1,
    # Parts of a line with quantities and prices of other parts.
    "ubl-inv-br-dex-02-some-invoicelines-with-sub.xml": 4,
}
WRONG_VAT_IDS = {
    # letters, blanks, strokes or a length that the country does not know
    "DE12345ABC", "DE124567", "DE123", "DE12345677", "DE12345464867", "DE3949053", "DE/12/345/67890", "DEU123456789",
    "ATU123456789", "DK123456789MVA", "NL16356706", "IE394838894",
    # invented: the check digit does not fit
    "DE123456789", "DE 123456789", "DE234567891", "DE987654321", "DE152138634", "DE152338654", "DK16356706",
    "DK16356607", "DK16356609",
}  # fmt: skip
WRONG_IBANS = {
    # invented: the check digits do not fit
    "DK1212341234123412", "SE1212341234123412", "IT1212341234123412", "DE12123456781234567890", "DE1212344321987600",
    "DE12123456789012345678", "DE091111222233334444",
}  # fmt: skip


@pytest.fixture(scope="module")
def findings(corpora: Path) -> list[tuple[str, dict[str, Any]]]:
    """Of every accepted original."""
    folder = corpora / "einvoice"
    rows = [json.loads(line) for line in (folder / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]
    files = [folder / row["file"] for row in rows if row["accepted"]]
    assert len(files) == 210
    return [(file.name, one) for file in files for one in check(file.read_bytes()).as_json()["findings"]]


def test_only_lines_that_are_really_off_are_named(findings: list[tuple[str, dict[str, Any]]]) -> None:
    found = Counter(name for name, one in findings if one["rule"].startswith("arithmetic."))
    assert found == LINES_OFF


def test_only_vat_ids_and_accounts_that_cannot_exist_are_named(findings: list[tuple[str, dict[str, Any]]]) -> None:
    named = {rule: {one["text"] for _, one in findings if one["rule"] == rule} for rule in _CHECKS}
    assert named == _CHECKS


_CHECKS = {"vat_id.check_digits": WRONG_VAT_IDS, "iban.check_digits": WRONG_IBANS}


def test_every_finding_about_a_value_leads_to_it(findings: list[tuple[str, dict[str, Any]]]) -> None:
    about_values = [one for _, one in findings if one["rule"].partition(".")[0] in ("arithmetic", "vat_id", "iban")]
    assert about_values
    for one in about_values:
        assert one["bt"].lower() in (one["anchor"] or "")
