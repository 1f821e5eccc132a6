"""Every number on the pages that may be an amount, in German, English, French and Swiss notation.

A number can often be read in two ways ("1.234"); all are kept. One whose separators make no sense has no reading.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from invoicing.comparison.printed import Page, Spot
from invoicing.text_values import dates

CENT: Final = Decimal("0.01")
_CURRENCIES: Final = {"€": "EUR", "EURO": "EUR", "$": "USD", "£": "GBP", "FR.": "CHF", "SFR": "CHF"}
_CURRENCY: Final = r"EUR(?:O)?|CHF|SFR|USD|GBP|DKK|SEK|NOK|PLN|CZK|HUF|DEM|€|\$|£"
_FIGURE = re.compile(
    r"(?:(?<![\w.,'’/])(?<!\w-)|(?<=EUR)|(?<=CHF)|(?<=USD)|(?<=GBP))"
    r"(?P<number>\d(?:[\d.,'’]{0,24}\d)?)(?P<whole>[.,][-–—]{1,2})?"
    rf"(?!\d|[.,'’/]\d|-\w|\s?%)(?=\W|$|{_CURRENCY})",
    re.IGNORECASE,
)
_SPACED = re.compile(r"(?<![\d.,'’/])\d{1,3}(?: \d{3})+[.,]\d{2}(?![\d%]|[.,]\d|\s%)")
_ACCOUNT = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?\w{4}){3,7}(?: \w{1,3})?(?!\w)")
_BEFORE = re.compile(rf"({_CURRENCY})\s?[-–+]?\s?$", re.IGNORECASE)
_AFTER = re.compile(rf"\s?-?\s?({_CURRENCY})(?![A-Za-z])", re.IGNORECASE)
_GROUPED = re.compile(r"\d+|\d{1,3}(?:([.,'’ ])\d{3})(?:\1\d{3})*")


@dataclass(frozen=True)
class Figure:
    """A printed number: its possible values without sign, likeliest first; `currency` where one stands beside it."""

    spot: Spot
    values: tuple[Decimal, ...]
    is_money: bool
    currency: str | None

    @property
    def value(self) -> str:
        """The amount as EN 16931 writes it; as printed where it makes no sense."""
        return format(self.values[0], "f") if self.values else self.spot.text


def figures(pages: Sequence[Page]) -> Iterator[Figure]:
    """All numbers from the first page to the last, without dates, percentages and accounts."""
    for page in pages:
        for line in page.lines:
            taken = [(found.start, found.end) for found in dates(line.text)]
            taken += [match.span() for match in _ACCOUNT.finditer(line.text)]
            spaced = {match.end(): match for match in _SPACED.finditer(line.text)}
            taken += [(match.start(), match.end() - 1) for match in spaced.values()]
            for match in _FIGURE.finditer(line.text):
                if not any(start < match.end() <= end for start, end in taken):
                    yield _figure(Spot(page, line, match.start(), match.end()), match, spaced.get(match.end()))


def _figure(spot: Spot, match: re.Match[str], spaced: re.Match[str] | None) -> Figure:
    values = readings(match["number"])
    if spaced:
        values = (*readings(spaced[0]), *values)
        spot = spot.part(spaced.start(), spaced.end())
    text = spot.line.text
    before, after = _BEFORE.search(text[: spot.start]), _AFTER.match(text, spot.end)
    mark = before or after
    has_cents = bool(values) and values[0].as_tuple().exponent == -2
    return Figure(spot, values, has_cents or bool(match["whole"] or mark), _code(mark[1]) if mark else None)


def currency_named(text: str) -> str | None:
    """The currency that a label or a cell names."""
    found = re.search(rf"(?<![A-Za-z])({_CURRENCY})(?![A-Za-z])", text, re.IGNORECASE)
    return _code(found[1]) if found else None


def _code(mark: str) -> str:
    return _CURRENCIES.get(mark.upper(), mark.upper())


def readings(number: str) -> tuple[Decimal, ...]:
    """The values that digits with separators can mean, likeliest first; none where they are grouped wrongly."""
    marks = re.findall(r"\D", number)
    if not marks:
        return (Decimal(number),)
    head, _, tail = number.rpartition(marks[-1])
    as_decimal = marks[-1] in ".," and marks[-1] not in head and _GROUPED.fullmatch(head)
    digits = re.sub(r"\D", "", number)
    decimal = (Decimal(f"{digits[: -len(tail)]}.{tail}"),) if as_decimal else ()
    whole = (Decimal(digits),) if _GROUPED.fullmatch(number) else ()
    return (*decimal, *whole) if len(tail) != 3 else (*whole, *decimal)
