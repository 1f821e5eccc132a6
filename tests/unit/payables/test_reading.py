"""What was read becomes columns, the discount included; what is no date or amount stays empty."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from dms.payables.reading import columns_of

KNOWN: dict[str, Any] = {
    name: SimpleNamespace(value=value)
    for name, value in {"issue_date": "2026-11-20", "gross": "1190.00", "payable": "1000.00", "iban": "DE02"}.items()
}
STEPS = (
    {"days": 7, "percent": "2.25", "base": None},
    {"days": 14, "percent": "3.00", "base": "800.00"},
    {"days": 30, "percent": "1.00", "base": None},
)


@pytest.mark.parametrize(
    ("steps", "until", "cents"),
    [
        (STEPS[:1], date(2026, 11, 27), 2250),
        (STEPS, date(2026, 12, 4), 2400),
        ((), None, None),
        (({"days": 9999999, "percent": "2.00", "base": None},), None, None),
        (({"days": 1, "percent": "2.00", "base": "9" * 15},), None, None),
    ],
    ids=["one step", "the most generous of three", "none", "a day beyond the calendar", "a base beyond all budgets"],
)
def test_the_discount_follows_from_the_payment_terms(steps: Any, until: date | None, cents: int | None) -> None:
    columns = columns_of(KNOWN, steps)
    assert (columns.get("discount_until"), columns.get("discount_cents")) == (until, cents)
    assert "iban" not in columns


def test_without_an_invoice_date_there_is_no_discount() -> None:
    assert "discount_until" not in columns_of({"payable": KNOWN["payable"]}, STEPS)
