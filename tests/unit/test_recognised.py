"""What is recognised begins where a number begins, and nowhere within one."""

import pytest

from search import german

IBAN = "DE89 3704 0044 0532 0130 00"
COMPACT = "i:de89370400440532013000"


@pytest.mark.parametrize(
    ("text", "mark", "is_there"),
    [
        ("zu zahlen: 1.234,56 €", "a:123456", True),
        ("1,234,56", "a:23456", False),
        ("x12,50", "a:1250", False),
        ("12,505", "a:1250", False),
        ("am 5. 11. 2026 in Neustadt", "d:20261105", True),
        ("am 5. Stock, 11. 2026", "d:20261105", False),
        ("am 115.11.2026", "d:20261115", False),
        ("am 2026-11-05", "d:20261105", True),
        ("am 12026-11-05", "d:20261105", False),
        ("am 5. November 2026", "d:20261105", True),
        ("am 105. November 2026", "d:20261105", False),
        (f"Konto {IBAN}.", COMPACT, True),
        (f"{IBAN}, {IBAN.replace('89', '90')}", "i:de90370400440532013000", True),
        (f"x{IBAN}", COMPACT, False),
        ("GB33 BUKB 2020 1555 5555 55", "i:gb33bukb20201555555555", True),
        ("Nr. 000123", "n:123", True),
        ("Nr. 0007", "n:07", True),
        ("Nr. A123", "n:123", False),
        ("Az. 2026/0042", "r:2026-42", True),
        ("RE-00123", "r:re-123", True),
        ("Rechnung an info@stadt.example", "m:info@stadt.example", True),
    ],
)
def test_marks_begin_and_end_with_what_they_stand_for(text: str, mark: str, is_there: bool) -> None:
    assert (mark in german.marks(text)) is is_there


def test_hyphened_words_are_one_too_and_nothing_joins_across_a_blank() -> None:
    assert german.joined("die E-Rechnung, das Bürger\u2010Büro - und mehr-") == ["erechnung", "buergerbuero"]


def test_amounts_and_days_are_those_among_the_marks() -> None:
    found = german.recognise("12,50 € und 3.000,00 EUR bis 1.2.2026")
    assert (found.amounts, [f"{day:%d.%m.%Y}" for day in found.days]) == ([1250, 300_000], ["01.02.2026"])
    assert {"a:1250", "a:300000", "d:20260201"} <= found.marks
