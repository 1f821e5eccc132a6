"""A value of the model as a German text: numbers and days as people write them, codes in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from invoicing import cash_discount, wording
from invoicing.model import Binary, Identifier, Kind

_IN_WORDS: dict[str, Callable[[str], str]] = {
    "BT-3": wording.invoice_type,
    "BT-8": wording.tax_point,
    "BT-21": wording.note_subject,
    "BT-81": wording.payment_means,
    **dict.fromkeys(("BT-95", "BT-102", "BT-118", "BT-151"), wording.tax_category),
    **dict.fromkeys(("BT-98", "BT-140"), wording.allowance_reason),
    **dict.fromkeys(("BT-105", "BT-145"), wording.charge_reason),
    **dict.fromkeys(("BT-130", "BT-150"), wording.unit),
    **dict.fromkeys(("BT-40", "BT-55", "BT-69", "BT-80", "BT-159"), wording.country),
}
_PERCENTAGES = frozenset({"BT-94", "BT-96", "BT-101", "BT-103", "BT-119", "BT-138", "BT-143", "BT-152"})


class Shown(NamedTuple):
    """A text, the code that it puts in words ("" where it is the value itself), and the currency of an amount."""

    text: str
    code: str = ""
    suffix: str = ""


def shown(bt: str, kind: Kind, value: object, currency: str) -> Shown:
    """How the value of a term reads; control characters that could turn or hide text are made visible."""
    match value:
        case Identifier():
            return Shown(wording.visible(wording.identifier(value)))
        case Binary():
            return Shown(wording.visible(wording.attachment(value)))
        case date():
            return Shown(wording.day(value))
        case Decimal() if kind is Kind.AMOUNT:
            return Shown(wording.amount(value), suffix=f" {currency}" if currency else "")
        case Decimal():
            return Shown(wording.percent(value) if bt in _PERCENTAGES else wording.number(value))
    text = str(value)
    if bt == "BT-20":
        return Shown(wording.visible(_payment_terms(text, currency)))
    words = _IN_WORDS[bt](text) if bt in _IN_WORDS else text
    return Shown(wording.visible(words), wording.visible(text) if words != text else "")


def _payment_terms(text: str, currency: str) -> str:
    terms = cash_discount.parse(text)
    steps = [wording.cash_discount(step.days, step.percent, step.base, currency) for step in terms.steps]
    return "\n".join((*steps, *filter(None, [terms.text])))
