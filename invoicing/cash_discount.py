"""Skonto in the payment terms (BT-20) as XRechnung writes it: one `#SKONTO#` line a step (BR-DE-18)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

_STEP = re.compile(
    r"#SKONTO#TAGE=(?P<days>\d{1,4})#PROZENT=(?P<percent>\d{1,3}\.\d{2})"
    r"(?:#BASISBETRAG=(?P<base>-?\d{1,15}\.\d{2}))?#",
    re.ASCII,
)
_LINE_END = re.compile(r"\r?\n")


class CashDiscount(NamedTuple):
    """One step: within `days` after the invoice date, `percent` less of `base` (None: the amount payable, BT-115)."""

    days: int
    percent: Decimal
    base: Decimal | None


class PaymentTerms(NamedTuple):
    """What BT-20 says: the steps, the free text between them, and whether every structured line has the right form."""

    steps: tuple[CashDiscount, ...]
    text: str
    is_well_formed: bool


def parse(terms: str | None) -> PaymentTerms:
    """Reads BT-20, white space as sent. A wrong line is kept as text and makes the whole not well-formed.

    So does a missing line end after the last structured line, which the official rule demands.
    """
    lines = _LINE_END.split(terms or "")
    steps: list[CashDiscount] = []
    text: list[str] = []
    well_formed = not lines[-1].startswith("#")
    for line in lines:
        found = _STEP.fullmatch(line)
        if found:
            steps.append(_step(found))
            continue
        well_formed = well_formed and not line.strip().startswith("#")
        text.append(line)
    return PaymentTerms(tuple(steps), "\n".join(text).strip(" \t\r\n"), well_formed)


def _step(found: re.Match[str]) -> CashDiscount:
    base = found["base"]
    return CashDiscount(int(found["days"]), Decimal(found["percent"]), Decimal(base) if base else None)
