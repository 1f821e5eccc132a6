"""What an invented invoice says: seller, buyer, positions, sums, dates and terms, drawn by seed.

VAT ids and IBANs pass their checksums, the sums are computed per rate as EN 16931 demands.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from tests.invoices import stock

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Bank:
    """An account of the seller."""

    name: str
    iban: str
    bic: str


@dataclass(frozen=True)
class Seller:
    """Who sends the invoice."""

    name: str
    trade: str
    street: str
    post_code: str
    city: str
    phone: str
    host: str
    vat_id: str
    tax_number: str
    register: str
    banks: tuple[Bank, ...]


@dataclass(frozen=True)
class Buyer:
    """Who pays it."""

    name: str
    department: str
    street: str
    post_code: str
    city: str
    leitweg_id: str


@dataclass(frozen=True)
class Item:
    """A position."""

    number: str
    text: str
    quantity: Decimal
    unit: str
    price: Decimal
    rate: int

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Facts:
    """One invoice; amounts of a credit note are given as printed (see `sign`)."""

    seed: int
    seller: Seller
    buyer: Buyer
    type_code: str
    number: str
    issued: date
    period: tuple[date, date]
    days: int
    order_number: str
    ordered: date
    customer_number: str
    items: tuple[Item, ...]
    prepaid: Decimal
    corrects: str
    discount: tuple[int, int]
    sign: int = 1

    @property
    def due(self) -> date:
        return self.issued + timedelta(days=self.days)

    @property
    def rates(self) -> tuple[int, ...]:
        return tuple(sorted({item.rate for item in self.items}, reverse=True))

    def net_at(self, rate: int) -> Decimal:
        return self.sign * sum((item.amount for item in self.items if item.rate == rate), Decimal(0))

    def tax_at(self, rate: int) -> Decimal:
        return (self.net_at(rate) * rate / 100).quantize(CENT, ROUND_HALF_UP)

    @property
    def net(self) -> Decimal:
        return sum((self.net_at(rate) for rate in self.rates), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return sum((self.tax_at(rate) for rate in self.rates), Decimal(0))

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax

    @property
    def payable(self) -> Decimal:
        return self.gross - self.prepaid

    @property
    def truth(self) -> dict[str, str]:
        """Every field under the names of the field reader, as it would be printed."""
        return {
            "invoice_number": self.number,
            "type_code": self.type_code,
            "issue_date": self.issued.isoformat(),
            "due_date": self.due.isoformat(),
            "seller_name": self.seller.name,
            "buyer_name": self.buyer.name,
            "seller_vat_id": self.seller.vat_id,
            "seller_tax_no": self.seller.tax_number,
            "iban": self.seller.banks[0].iban,
            "net": f"{self.net:.2f}",
            "tax": f"{self.tax:.2f}",
            "gross": f"{self.gross:.2f}",
            "payable": f"{self.payable:.2f}",
            "tax_rates": " ".join(f"{rate}:{self.tax_at(rate):.2f}" for rate in sorted(self.rates)),
            "currency": "EUR",
            "buyer_reference": self.buyer.leitweg_id,
            "order_number": self.order_number,
        }


def seller(seed: int) -> Seller:
    """A company; the same seed is the same company."""
    draw = Random(f"seller {seed}")
    trade = draw.choice(stock.TRADES)
    family, city = draw.choice(stock.FAMILIES), draw.choice(stock.CITIES)
    name = draw.choice(trade.names).format(family=family, other=draw.choice(stock.FAMILIES), city=city.name)
    host = "".join(char for char in name.lower().translate(stock.ASCII) if char.isalpha())[:18]
    return Seller(
        name=f"{name} {draw.choice(trade.forms)}".strip(),
        trade=trade.name,
        street=f"{draw.choice(stock.STREETS)} {draw.randint(1, 180)}{draw.choice(['', '', '', 'a', 'b'])}",
        post_code=city.post_code,
        city=city.name,
        phone=f"{city.dialling} {draw.randint(1000, 999999)}-{draw.randint(0, 99)}",
        host=f"{host}.example",
        vat_id=vat_id(draw),
        tax_number=f"{draw.randint(10, 99)}/{draw.randint(100, 999)}/{draw.randint(10000, 99999)}",
        register=f"Amtsgericht {city.name} HR{draw.choice('AB')} {draw.randint(1000, 299999)}",
        banks=tuple(bank(draw) for _ in range(draw.choice((1, 1, 2, 2, 3)))),
    )


def vat_id(draw: Random) -> str:
    """A German VAT id whose check digit is right (ISO 7064 mod 11, 10)."""
    digits = [draw.randint(1, 9), *(draw.randint(0, 9) for _ in range(7))]
    product = 10
    for digit in digits:
        product = 2 * ((digit + product) % 10 or 10) % 11
    return f"DE{''.join(map(str, digits))}{(11 - product) % 10}"


def bank(draw: Random) -> Bank:
    """An account at an invented branch with a right IBAN checksum."""
    city = draw.choice(stock.CITIES)
    kind = draw.choice(stock.BANKS)
    account = f"{draw.choice(kind.codes)}{draw.randint(0, 10**10 - 1):010d}"
    check = 98 - int(f"{account}131400") % 97
    bic = f"{kind.bic}{''.join(draw.choices('ABCDEFGHKLMNPRSTUVWXZ', k=3))}"
    return Bank(kind.name.format(city=city.name), f"DE{check:02d}{account}", bic)


def buyer(draw: Random) -> Buyer:
    """A municipality."""
    city = draw.choice(stock.CITIES)
    base = f"{draw.randint(1, 16):02d}{draw.randint(0, 999999):06d}-{draw.randint(10000, 99999)}"
    check = 98 - int(f"{base.replace('-', '')}00") % 97
    return Buyer(
        name=f"{draw.choice(stock.MUNICIPALITIES)} {draw.choice(stock.TOWNS)}",
        department=draw.choice(stock.DEPARTMENTS),
        street=f"{draw.choice(stock.STREETS)} {draw.randint(1, 60)}",
        post_code=city.post_code,
        city=city.name,
        leitweg_id=f"{base}-{check:02d}",
    )


def facts(seed: int, *, seller_seed: int, type_code: str = "380", rates: tuple[int, ...] = (19,), items: int = 0,
          prepaid: bool = False, sign: int = 1) -> Facts:  # fmt: skip
    """One invoice; `items` = number of positions (0: a few), `prepaid` = instalments are deducted."""
    draw = Random(f"invoice {seed}")
    by = seller(seller_seed)
    issued = date(2024, 1, 8) + timedelta(days=draw.randint(0, 1050))
    begins = issued - timedelta(days=draw.randint(20, 45))
    positions = tuple(_item(draw, by.trade, n, rates) for n in range(items or draw.randint(1, 6)))
    total = sum(item.amount for item in positions)
    return Facts(
        seed=seed,
        seller=by,
        buyer=buyer(draw),
        type_code=type_code,
        number=_number(draw, issued),
        issued=issued,
        period=(begins, begins + timedelta(days=draw.randint(1, 15))),
        days=draw.choice((7, 10, 14, 14, 21, 30, 30)),
        order_number=draw.choice(("B-{}", "{}", "45{}", "BE{}", "VG-2025-{}")).format(draw.randint(1000, 99999)),
        ordered=begins - timedelta(days=draw.randint(3, 40)),
        customer_number=str(draw.randint(10000, 999999)),
        items=positions,
        prepaid=(total / 2).quantize(Decimal(5)) * sign if prepaid else Decimal(0),
        corrects=_number(draw, begins),
        discount=(draw.choice((7, 8, 10)), draw.choice((2, 3))),
        sign=sign,
    )


def _item(draw: Random, trade: str, position: int, rates: tuple[int, ...]) -> Item:
    text, unit, low, high = draw.choice(stock.ITEMS[trade])
    quantity = Decimal(draw.randint(1, 40)) if unit != "h" else Decimal(draw.randint(2, 60)) / 4
    price = (Decimal(draw.randint(low, high)) / 100).quantize(CENT)
    rate = rates[position % len(rates)]
    return Item(f"{draw.randint(1000, 99999)}", text, quantity, unit, price, rate)


def _number(draw: Random, day: date) -> str:
    n = draw.randint(1, 99999)
    return draw.choice(
        (f"{day.year}-{n:05d}", f"RE-{day.year}-{n:04d}", f"RE{n:06d}", f"{day:%y}{n:06d}", f"{n + 100000}",
         f"{day.year}/{n}", f"R{day:%y%m}-{n:04d}", f"{day:%Y%m%d}-{n % 100:02d}", f"AR-{n:05d}/{day:%y}")
    )  # fmt: skip
