"""Money as whole cents; `Decimal` only at the borders, `float` never."""

from decimal import ROUND_HALF_UP, Decimal


def to_cents(amount: Decimal) -> int:
    """Cents of an amount in euros, rounded half up (EN 16931-1, two decimals)."""
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def from_cents(cents: int) -> Decimal:
    """The amount in euros with exactly two decimals."""
    return Decimal(cents).scaleb(-2).quantize(Decimal("0.01"))
