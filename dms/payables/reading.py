"""Extracted values → columns of a payable: typed, or left empty where the text is no date or amount."""

import re
from collections.abc import Mapping
from datetime import date
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


def columns_of(known: Mapping[str, ExtractedValue]) -> dict[str, Any]:
    """The columns that the known values fill; the payee is the seller and the amount due the gross unless said."""
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
    return columns


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
