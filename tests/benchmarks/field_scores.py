"""Counts which printed fields were read right, and which of those taken without asking were."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from invoicing.text_fields import Field

AMOUNTS = ("net", "tax", "gross", "payable")
CODES = ("iban", "seller_vat_id", "invoice_number", "seller_tax_no", "buyer_reference", "order_number")


def normal(name: str, value: str) -> str:
    """The form in which two readings of a field count as the same."""
    if name in AMOUNTS:
        try:
            return str(Decimal(value).quantize(Decimal("0.01")))
        except InvalidOperation:
            return value
    text = " ".join(value.split())
    return "".join(char for char in text.upper() if char.isalnum()) if name in CODES else text.casefold()


@dataclass
class Score:
    """Right and printed fields by name, and what became of the accepted ones."""

    printed: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    accepted_wrong: Counter[str] = field(default_factory=Counter)

    def add(
        self, truth: Mapping[str, str], found: Mapping[str, Field], *, unprinted: Mapping[str, str] | None
    ) -> list[str]:
        """Count one document; gives the names read wrong.

        `unprinted` are the true values that do not stand on the page: nothing else may be accepted for them. None where
        the page says other things than the truth does.
        """
        wrong = []
        for name, value in truth.items():
            read = found.get(name)
            is_right = read is not None and normal(name, read["value"]) == normal(name, value)
            self.printed[name] += 1
            self.right[name] += is_right
            if read is not None and read["accepted"]:
                self.accepted[name] += 1
                self.accepted_wrong[name] += not is_right
            if not is_right:
                wrong.append(name)
        for name in found.keys() - truth.keys() if unprinted is not None else ():
            is_odd = found[name]["accepted"] and normal(name, found[name]["value"]) != normal(
                name, unprinted.get(name, "")
            )
            self.accepted_wrong[f"{name} (not printed)"] += is_odd
        return wrong

    @property
    def right_share(self) -> float:
        return self.right.total() / max(1, self.printed.total())

    @property
    def accepted_share(self) -> float:
        return self.accepted.total() / max(1, self.printed.total())

    @property
    def precision(self) -> float:
        return 1 - self.accepted_wrong.total() / max(1, self.accepted.total())

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.printed + other.printed, self.right + other.right, self.accepted + other.accepted,
            self.accepted_wrong + other.accepted_wrong,
        )  # fmt: skip
