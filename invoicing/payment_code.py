"""What a GiroCode (EPC QR code) says: the payee, account, amount and purpose of a transfer (EPC069-12, version 3)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from stdnum import iban as stdnum_iban

_LONGEST: Final = 331
"""Bytes that the guideline allows a code."""
_AMOUNT = re.compile(r"EUR(\d{1,9}(?:\.\d{1,2})?)")


@dataclass(frozen=True)
class PaymentCode:
    """A transfer; `amount` in euros with two decimals, empty where the payer fills it in. A code can be forged."""

    payee: str
    iban: str
    amount: str
    purpose: str


def first(texts: Iterable[str]) -> PaymentCode | None:
    """The first transfer among the texts of a document's codes."""
    return next((found for text in texts if (found := parse(text))), None)


def parse(text: str) -> PaymentCode | None:
    """The transfer a code's text asks for, None for any other text and for an account that fails its checksum."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n")]
    if len(text.encode()) > _LONGEST or len(lines) < 7 or lines[0] != "BCD" or lines[3] != "SCT":
        return None
    account = re.sub(r"\s", "", lines[6]).upper()
    if not stdnum_iban.is_valid(account):
        return None
    lines += [""] * (12 - len(lines))
    amount = _AMOUNT.fullmatch(lines[7])
    return PaymentCode(
        payee=lines[5],
        iban=account,
        amount=f"{Decimal(amount[1]):.2f}" if amount else "",
        purpose=" ".join(part for part in lines[9:11] if part),
    )
