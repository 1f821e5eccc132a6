"""Extracted values → columns of a payable: typed, or left empty where the text is no date or amount."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from dms.money import to_cents
from dms.records.models import ExtractedValue

TEXTS = {
    "seller": ("seller_name", 200), "seller_vat_id": ("seller_vat_id", 40), "invoice_number": ("invoice_number", 120),
    "payee": ("payee_name", 200), "buyer_reference": ("buyer_reference", 120),
}  # fmt: skip
DATES = {"issue_date": "issued_on", "due_date": "due_on"}
AMOUNTS = {"net": "net_cents", "tax": "tax_cents", "gross": "gross_cents", "payable": "payable_cents"}
MAX_CENTS = 10**13


def columns_of(known: Mapping[str, ExtractedValue], cash_discounts: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The columns that the known values fill; the payee is the seller and the amount due the gross unless said.

    `cash_discounts` are the steps of BT-20 (``{"days", "percent", "base"}``); the most generous one is taken.
    """
    columns: dict[str, Any] = {}
    for name, (column, length) in TEXTS.items():
        if name in known:
            columns[column] = known[name].value[:length]
    columns |= {column: day for name, column in DATES.items() if (day := _day(known, name))}
    columns |= {column: cents for name, column in AMOUNTS.items() if (cents := _cents(known, name)) is not None}
    columns["type_code"] = _short(known, "type_code", r"\d{3}", "380")
    columns["currency"] = _short(known, "currency", r"[A-Z]{3}", "EUR")
    if iban := _iban(known):
        columns["iban"] = iban
    columns.setdefault("payable_cents", columns.get("gross_cents"))
    columns.setdefault("payee_name", columns.get("seller_name"))
    return columns | _discount(cash_discounts, columns)


def _discount(steps: Sequence[Mapping[str, Any]], columns: Mapping[str, Any]) -> dict[str, Any]:
    """Last day and amount of the discount (Skonto), counted from the invoice date; the base defaults to BT-115."""
    issued_on, payable_cents = columns.get("issued_on"), columns.get("payable_cents")
    if not steps or issued_on is None:
        return {}
    best = max(steps, key=lambda step: Decimal(step["percent"]))
    base = to_cents(Decimal(best["base"])) if best["base"] else payable_cents
    if base is None or abs(base) >= MAX_CENTS:
        return {}
    try:
        until = issued_on + timedelta(days=int(best["days"]))
    except OverflowError:
        return {}
    return {"discount_until": until, "discount_cents": to_cents(Decimal(base) * Decimal(best["percent"]) / 10_000)}


def _day(known: Mapping[str, ExtractedValue], name: str) -> date | None:
    try:
        return date.fromisoformat(known[name].value) if name in known else None
    except ValueError:
        return None


def _cents(known: Mapping[str, ExtractedValue], name: str) -> int | None:
    try:
        cents = to_cents(Decimal(known[name].value)) if name in known else None
    except (InvalidOperation, ValueError):
        return None
    return cents if cents is not None and abs(cents) < MAX_CENTS else None


def _short(known: Mapping[str, ExtractedValue], name: str, pattern: str, default: str) -> str:
    value = known[name].value if name in known else default
    return value if re.fullmatch(pattern, value) else default


def _iban(known: Mapping[str, ExtractedValue]) -> str | None:
    plain = re.sub(r"\s", "", known["iban"].value).upper() if "iban" in known else ""
    return plain if re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}", plain) else None
