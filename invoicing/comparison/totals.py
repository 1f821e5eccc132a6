"""The totals that the XML states, which other amounts it explains, and what would make its sums work out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Final

from invoicing.comparison.figures import CENT
from invoicing.values import parse_number

NET, TAX, GROSS, PAYABLE = "BT-109", "BT-110", "BT-112", "BT-115"
_OTHER_AMOUNTS: Final = frozenset(
    f"BT-{number}" for number in (92, 93, 99, 100, 106, 107, 108, 111, 113, 114, 116, 117)
) | {"BT-DEX-002"}
_AMOUNTS_OF_LINES: Final = frozenset(f"BT-{number}" for number in (131, 136, 137, 141, 142, 146, 147, 148))
_MOST_LINES: Final = 60
"""Of longer invoices only running totals are explained, not the sum of every stretch of lines."""
_PERCENT = re.compile(r"(\d{1,2}(?:[.,]\d{1,3})?)\s?%|PROZENT=(\d{1,2}(?:\.\d{1,3})?)")

Terms = Sequence[tuple[str, str]]
"""Business terms in the order of the standard, as `read_einvoice` reports them."""


@dataclass(frozen=True)
class Totals:
    """Amounts without sign, in cents: what is stated by term, what the XML explains besides (as amounts of the whole
    invoice, as amounts of its lines), what would repair a sum.
    """

    stated: Mapping[str, Decimal]
    explained: frozenset[Decimal]
    of_lines: frozenset[Decimal]
    repairs: Mapping[str, frozenset[Decimal]]
    currency: str | None

    def explains(self, term: str, value: Decimal, *, of_line: bool = True) -> bool:
        """Whether the value has another meaning than `term`: it is given elsewhere and does not repair this sum."""
        if value in self.repairs[term]:
            return False
        if value in self.explained or (of_line and value in self.of_lines):
            return True
        return any(value == other for bt, other in self.stated.items() if bt != term)


def read_totals(terms: Terms) -> Totals:
    """From the terms of an invoice; a payable amount that equals the gross amount is no term of its own."""
    amounts = _amounts(terms)
    signed = {bt: amounts[bt][0] for bt in (NET, TAX, GROSS, PAYABLE) if amounts.get(bt)}
    stated = {bt: abs(value).quantize(CENT) for bt, value in signed.items()}
    if stated.get(PAYABLE) == stated.get(GROSS):
        stated.pop(PAYABLE, None)
    repairs = {bt: frozenset(abs(v).quantize(CENT) for v in _repairs(bt, signed, amounts)) for bt in stated}
    repairs = {bt: values - {stated[bt]} for bt, values in repairs.items()}
    explained = _in_cents(_explained(terms, amounts, stated))
    of_lines = _in_cents(_of_lines(amounts))
    currency = next((value for bt, value in terms if bt == "BT-5" and value), None)
    return Totals(stated, explained, of_lines, repairs, currency)


def _in_cents(values: Iterator[Decimal]) -> frozenset[Decimal]:
    return frozenset(abs(value).quantize(CENT) for value in values)


def _amounts(terms: Terms) -> dict[str, list[Decimal]]:
    amounts: dict[str, list[Decimal]] = {}
    for bt, text in terms:
        if bt in _OTHER_AMOUNTS or bt in _AMOUNTS_OF_LINES or bt in (NET, TAX, GROSS, PAYABLE, "BT-152"):
            value = parse_number(text)
            if value is not None and abs(value) < 10**15:
                amounts.setdefault(bt, []).append(value)
    return amounts


def _repairs(term: str, signed: Mapping[str, Decimal], amounts: Mapping[str, list[Decimal]]) -> Iterator[Decimal]:
    """Values that another sum of the XML demands for this term (BR-CO-10 to BR-CO-16)."""

    def one(bt: str) -> Decimal:
        return amounts[bt][0] if amounts.get(bt) else Decimal(0)

    net, tax, gross, payable = (signed.get(bt) for bt in (NET, TAX, GROSS, PAYABLE))
    if term == NET:
        if gross is not None and tax is not None:
            yield gross - tax
        if amounts.get("BT-106"):
            yield one("BT-106") - one("BT-107") + one("BT-108")
        yield from _sum(amounts.get("BT-116"))
    elif term == TAX:
        if gross is not None and net is not None:
            yield gross - net
        yield from _sum(amounts.get("BT-117"))
    elif term == GROSS:
        if net is not None and tax is not None:
            yield net + tax
        if payable is not None:
            yield payable + one("BT-113") - one("BT-114")
    elif gross is not None:
        yield gross - one("BT-113") + one("BT-114")


def _sum(values: Sequence[Decimal] | None) -> Iterator[Decimal]:
    if values:
        yield sum(values, Decimal(0))


def _explained(terms: Terms, amounts: Mapping[str, list[Decimal]], stated: Mapping[str, Decimal]) -> Iterator[Decimal]:
    for bt in _OTHER_AMOUNTS & amounts.keys():
        yield from amounts[bt]
    yield from map(sum, zip(amounts.get("BT-116", []), amounts.get("BT-117", []), strict=False))  # gross of a rate
    for percent in _percentages(terms):
        for bt in (GROSS, PAYABLE, NET, TAX):
            if bt in stated:
                yield from (stated[bt] * percent / 100, stated[bt] * (100 - percent) / 100)


def _of_lines(amounts: Mapping[str, list[Decimal]]) -> Iterator[Decimal]:
    """Amounts and prices of lines, with their tax, and sums of lines: of one rate, and of neighbours."""
    for bt in _AMOUNTS_OF_LINES & amounts.keys():
        yield from amounts[bt]
    lines, rates = amounts.get("BT-131", []), amounts.get("BT-152", [])
    if len(lines) == len(rates):
        of_rate: dict[Decimal, Decimal] = {}
        for line, rate in zip(lines, rates, strict=True):
            of_rate[rate] = of_rate.get(rate, Decimal(0)) + line
            yield from (line * rate / 100, line * (1 + rate / 100))
        yield from of_rate.values()
    for start in range(len(lines)) if len(lines) <= _MOST_LINES else (0,):
        yield from accumulate(lines[start:])


def _percentages(terms: Terms) -> Iterator[Decimal]:
    """Of a cash discount (BT-20)."""
    for bt, text in terms:
        if bt == "BT-20":
            for match in _PERCENT.finditer(text):
                yield Decimal((match[1] or match[2]).replace(",", "."))
