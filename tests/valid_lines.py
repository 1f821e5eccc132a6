"""Lines that add up, for `valid_invoices`: quantities, prices, allowances, sub-lines; every choice from one seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import TypeVar

from invoicing.model import AllowanceCharge, Attribute, Identifier, Item, Line, LineTax, Period, Price

WORDS = (
    "Anstrich Turnhalle", "Kopierpapier A4, 80 g", "Winterdienst", "Heizöl EL", "Wartung Lichtsignalanlage",
    "Schulmöbel „Größe 5“", "Beratung & Planung", "Streusalz <lose>", "Reinigung Rathaus", "Lizenz O'Reilly",
)  # fmt: skip
_UNITS = ("C62", "H87", "HUR", "KGM", "MTR", "LTR", "KWH", "MTK", "LS", "XPP")
_CENT = Decimal("0.01")
_Choice = TypeVar("_Choice")


class Choices:
    """Choices that one random generator makes."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def _reference(self, prefix: str) -> str:
        return f"{prefix}-{self._random.randint(1, 9999)}"

    def _one(self, choices: str) -> str:
        return self._random.choice(choices.split())

    def _sometimes(self, share: float) -> bool:
        return self._random.random() < share

    def _maybe(self, make: Callable[[], _Choice]) -> _Choice | None:
        return make() if self._sometimes(0.5) else None

    def _several(self, make: Callable[[], _Choice], most: int) -> tuple[_Choice, ...]:
        return tuple(make() for _ in range(self._random.randint(0, most)))


class LineMaker(Choices):
    """Lines of one invoice, each net amount worked out from its parts."""

    def __init__(self, random: Random, period: Period) -> None:
        super().__init__(random)
        self._period = period

    def _line(self, number: str, tax: tuple[str, str | None]) -> Line:
        quantity = Decimal(self._random.randint(1, 200_000)) / self._random.choice([1, 10, 1000])
        if self._sometimes(0.15):
            quantity = -quantity
        unit = self._random.choice(_UNITS)
        price = self._price(unit)
        gross = cents(quantity * (price.net or 0) / (price.base_quantity or 1))
        allowances = self._several(
            lambda: self._reduction(gross, AllowanceCharge(reason_code="95", reason="Rabatt")), 2
        )
        charges = self._several(lambda: self._reduction(gross, AllowanceCharge(reason_code="FC", reason="Fracht")), 2)
        return Line(
            number=number,
            note=self._maybe(lambda: "Nachlieferung; siehe Lieferschein"),
            invoiced_object=self._maybe(self._object),
            quantity=quantity,
            unit=unit,
            net=gross - total(allowances) + total(charges),
            order_line=self._maybe(lambda: str(self._random.randint(1, 40))),
            buyer_accounting_reference=self._maybe(lambda: "4711.00"),
            period=self._maybe(lambda: self._period),
            allowances=allowances,
            charges=charges,
            price=price,
            tax=LineTax(tax[0], Decimal(tax[1]) if tax[1] else None),
            item=self._item(),
        )

    def _with_sub_lines(self, line: Line, depth: int) -> Line:
        """The same line split in two parts, the second split again; parts add up to the whole."""
        if depth == 0 or line.net is None:
            return line
        half = cents(line.net / 2)
        parts = [self._part(line, f"{line.number}.{n}", net) for n, net in ((1, half), (2, line.net - half))]
        return replace(line, sub_lines=(parts[0], self._with_sub_lines(parts[1], depth - 1)))

    def _part(self, line: Line, number: str, net: Decimal) -> Line:
        return Line(
            number=number,
            quantity=Decimal(1) if net >= 0 else Decimal(-1),
            unit=line.unit,
            net=net,
            price=Price(net=abs(net)),
            tax=line.tax,
            item=self._item(),
        )

    def _price(self, unit: str) -> Price:
        net = Decimal(self._random.randint(0, 99_999)) / self._random.choice([1, 100, 10000])
        discount = self._maybe(lambda: Decimal("0.05"))
        base = self._maybe(lambda: Decimal(self._random.choice([1, 10, 1000])))
        return Price(
            net=net,
            discount=discount,
            gross=net + discount if discount is not None else self._maybe(lambda: net),
            base_quantity=base,
            base_unit=unit if base is not None and self._sometimes(0.5) else None,
        )

    def _item(self) -> Item:
        name = self._random.choice(WORDS)
        return Item(
            name=name,
            description=self._maybe(lambda: f"{name}, wie angeboten\nin zwei Teilen"),
            seller_id=self._maybe(lambda: self._reference("A")),
            buyer_id=self._maybe(lambda: self._reference("EK")),
            standard_id=self._maybe(lambda: Identifier("4012345000009", "0160")),
            classifications=self._several(self._classification, 2),
            origin_country=self._maybe(lambda: "DE"),
            attributes=self._several(lambda: Attribute("Farbe", self._one("blau grün weiß")), 2),
        )

    def _classification(self) -> Identifier:
        return Identifier("27112501", self._random.choice(["STI", "HS", "TST"]), self._maybe(lambda: "20.1"))

    def _object(self) -> Identifier:
        return Identifier(self._reference("Z"), self._random.choice(["ABT", "AVE"]))

    def _reduction(self, base: Decimal, reason: AllowanceCharge) -> AllowanceCharge:
        """A percentage of `base` or a fixed amount, with its reason, its code or both."""
        named = self._random.choice([reason, replace(reason, reason=None), replace(reason, reason_code=None)])
        if self._sometimes(0.5):
            percent = Decimal(self._random.choice(["2", "2.5", "10.00"]))
            return replace(named, amount=cents(base * percent / 100), base=base, percent=percent)
        return replace(named, amount=Decimal(self._random.randint(1, 5000)) / 100)


def cents(value: Decimal) -> Decimal:
    """Rounded half away from zero to two decimals, as money is."""
    return value.quantize(_CENT, ROUND_HALF_UP)


def total(group: Sequence[AllowanceCharge]) -> Decimal:
    """The sum of the amounts."""
    return sum((one.amount or Decimal(0) for one in group), Decimal(0))


def vehicle(category: str, kind: str) -> Item:
    """An item as the Clean Vehicles Directive wants it named."""
    return Item("Kehrmaschine", classifications=(Identifier(category, "CVD"),), attributes=(Attribute("cva", kind),))
