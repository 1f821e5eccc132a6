"""Skonto lines of BT-20 (BR-DE-18)."""

from decimal import Decimal

import pytest

from invoicing.cash_discount import CashDiscount, parse


def test_several_lines_are_steps_and_the_rest_is_text() -> None:
    terms = parse("#SKONTO#TAGE=7#PROZENT=3.00#\n#SKONTO#TAGE=14#PROZENT=2.25#BASISBETRAG=-10.00#\r\nSonst netto\n")
    assert terms.steps == (
        CashDiscount(7, Decimal("3.00"), None),
        CashDiscount(14, Decimal("2.25"), Decimal("-10.00")),
    )
    assert terms.text == "Sonst netto"
    assert terms.is_well_formed


@pytest.mark.parametrize(
    "text",
    [
        "#SKONTO#TAGE=14#PROZENT=2.25#",
        "#SKONTO#TAGE=14#PROZENT=2,25#\n",
        "#SKONTO#TAGE=14#PROZENT=2.255#\n",
        "#skonto#TAGE=14#PROZENT=2.25#\n",
        "#SKONTO#TAGE=14#PROZENT=2.25#ab heute\n",
        "#SKONTO# TAGE=14#PROZENT=2.25#\n",
        "#VERZUG#TAGE=14#PROZENT=2.25#\n",
    ],
)
def test_what_the_rule_forbids_is_not_well_formed(text: str) -> None:
    assert not parse(text).is_well_formed


@pytest.mark.parametrize("text", [None, "", "Zahlbar sofort", "Zahlbar sofort\n"])
def test_free_text_alone_is_well_formed(text: str | None) -> None:
    assert parse(text).is_well_formed
    assert parse(text).steps == ()
