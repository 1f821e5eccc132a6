"""Why a value was read: German for every witness that the acceptance of a reading rests on."""

from invoicing.acceptance import RULES
from invoicing.witness_wording import why, why_invoice


def test_every_witness_that_counts_has_a_sentence() -> None:
    names = {name for rules in RULES.values() for rule in rules for name in rule.needs} - {"layout"}
    assert [name for name in names if not why([name])] == []


def test_layouts_say_how_often_they_were_seen_and_come_first() -> None:
    assert why(["label", "layout", "examples-3"]) == [
        "Er steht, wo er auf 3 früheren Rechnungen dieses Absenders stand.",
        "Die Beschriftung steht davor.",
    ]


def test_only_what_speaks_for_an_invoice_is_said() -> None:
    assert why_invoice(["heading", "no-total"]) == ["Die Überschrift nennt eine Rechnung."]
