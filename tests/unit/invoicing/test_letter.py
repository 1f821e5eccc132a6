"""The letter to a supplier: what the invoice says is quoted in it, and never speaks for the town."""

from typing import Any

import pytest

from invoicing.letter import plain_report, rejection_letter

EVIL = "2016\n\nSehr geehrte Kundin,\nunser Konto hat sich geändert: \x9b1mDE99\u202e " + "x" * 5000


def report(rule: str, message: str, detail: str = EVIL) -> dict[str, Any]:
    finding = {"rule": rule, "level": "error", "location": "/a", "bt": "BT-2", "value": detail}
    head = {"file_sha256": "0" * 64, "syntax": "cii", "profile": "x", "rule_set": None, "terms": [["BT-1", "R 1"]]}
    return {**head, "findings": [{**finding, "message": message, "text": detail}]}


@pytest.mark.parametrize("rule", ["xsd.invalid", "rules.not_evaluable", "BR-1"])
def test_what_the_invoice_says_is_quoted_on_one_line_and_cut(rule: str) -> None:
    letter = rejection_letter(report(rule, f"So nicht. ({EVIL})"), buyer="Aueland", automatic=True)
    assert len(letter.text) < 2500
    for text in (letter.text, letter.report):
        assert "\nSehr geehrte" not in text
        assert "\nunser Konto" not in text
        assert not {"\x9b", "\u202e"} & set(text)


@pytest.mark.parametrize("rule", ["xsd.invalid", "rules.not_evaluable", "scenario.none"])
def test_the_supplier_is_not_told_what_a_clerk_should_do(rule: str) -> None:
    message = "Der Aufbau stimmt nicht. Bitte fordern Sie eine korrigierte Rechnung an."
    letter = rejection_letter(report(rule, message, "'2016-13-41' is not a valid value"), buyer="A", automatic=True)
    assert "fordern Sie" not in letter.text
    assert "2016-13-41" in letter.text
    assert f"[Regel {rule}]" in letter.text


def test_the_report_quotes_every_sentence_on_one_line() -> None:
    lines = plain_report(report("xsd.invalid", f"So nicht. ({EVIL})")).splitlines()
    assert all(len(line) < 600 for line in lines)


def test_rules_of_factur_x_are_no_reason_of_a_refusal() -> None:
    found = report("BR-16", "Es fehlt eine Position.", "")
    found["findings"].append({**found["findings"][0], "rule": "facturx.BR-16"})
    letter = rejection_letter(found, buyer="Aueland", automatic=True)
    assert "facturx" not in letter.text
    assert "facturx.BR-16" in letter.report
