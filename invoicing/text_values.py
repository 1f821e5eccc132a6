"""Dates, amounts, IBANs and VAT ids as people print them, found in a line of text.

Every finder gives (value in the form of EN 16931, start, end, witnesses). Checksums by python-stdnum.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Final

from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_vat

from invoicing.page_layout import fold

_MONTHS: Final = {
    "jan": 1, "feb": 2, "mar": 3, "mrz": 3, "apr": 4, "mai": 5, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9,
    "okt": 10, "oct": 10, "nov": 11, "dez": 12, "dec": 12, "fev": 2, "avr": 4,
    "juin": 6, "juil": 7, "aou": 8,
}  # fmt: skip
_NUMERIC_DATE = re.compile(r"(?<![\d.,/-])(\d{1,2})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d{2})(?![\d/-]|[.,]\d)")
_SMUDGED_DATE = re.compile(r"(?<![\d.,/-])(\d{1,2})[.,] ?(\d{1,2})[.,] ?(\d{4})(?![\d/-])")
"""A comma for a point."""
_ISO_DATE = re.compile(r"(?<![\d.,/-])(\d{4})([-/.])(\d{2})\2(\d{2})(?![\d-])")
_NAMED_DATE = re.compile(r"(?<![\d.,])(\d{1,2})(?:\.|,|st|nd|rd|th)?[\s-]?([a-z]{3,9})\.?,?[\s-](\d{4}|\d{2})(?!\d)")
_MONTH_FIRST = re.compile(r"(?<![a-z])([a-z]{3,9})\.?\s(\d{1,2})(?:st|nd|rd|th)?(?:,\s?|\s)(\d{4})(?!\d)")
_EARLIEST: Final = date(1990, 1, 1)
_LATEST: Final = date(2099, 12, 31)
_AMOUNT = re.compile(
    r"(?:(?<=EUR)|(?<![\w.,/-]))(?P<sign>[-−–]\s?)?(?:"
    r"(?P<comma>\d{1,3}(?:[. ’']\d{3})+,\s?\d{2}|\d{1,9},\s?\d{2})|"
    r"(?P<point>\d{1,3}(?:[, ’']\d{3})+\.\d{2}|\d{1,9}\.\d{2}))"
    r"(?P<after>-)?(?![\d%])(?!\s?%)(?![.,]\d)(?!\s?(?:kg|km|std|stk|m2|m3)\b)",
    re.IGNORECASE,
)
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]{2}|0E)\s?[0-9OIlSB]{2}(?=[\s0-9A-Z|l])")
_ALL_DIGITS: Final = frozenset({"DE", "AT", "BE", "DK", "PL"})
"""Countries whose account numbers hold no letters."""
_IBAN_LENGTHS: Final = {
    "DE": 22,
    "AT": 20,
    "CH": 21,
    "FR": 27,
    "NL": 18,
    "BE": 16,
    "LU": 20,
    "PL": 28,
    "IT": 27,
    "DK": 18,
}
_LONGEST_IBAN: Final = 34
_VAT_ID = re.compile(r"(?<![A-Za-z0-9])(?:AT\s?U|[A-Z]{2})\s?[0-9A-Z]{0,2}[0-9OI](?:[ .]?[0-9OI]){6,11}(?![0-9])")
_GERMAN_VAT_ID = re.compile(
    r"(?<![A-Za-z0-9])(?:DE|0E|OE)[ .]{0,2}((?:[0-9OoDQIli|SsBZG][ .]?){8}[0-9OoDQIli|SsBZG])(?![0-9A-Za-z])"
)
_TAX_NUMBER = re.compile(
    r"(?<![\d/])(\d{2,3} ?[/ ] ?\d{3,4} ?[/ ] ?\d{4,5}(?:/\d)?|\d{4,5}/\d{4,5}|\d{10,13})(?![\d/])"
)
_IDENTIFIER = re.compile(r"(?<![\w.,/-])[A-Za-z0-9][\w.]*(?:[-/_+][\w.]*|[-/] (?=\d))*")
_LONGEST_IDENTIFIER: Final = 40
_MOST_REPAIRS: Final = 6
_MISREAD: Final = {
    "O": "0",
    "o": "0",
    "D": "0",
    "Q": "0",
    "I": "1",
    "l": "1",
    "i": "1",
    "|": "1",
    "S": "5",
    "s": "5",
    "B": "8",
    "Z": "2",
    "G": "6",
}
"""Letters that stand for a digit where only digits can be."""


@dataclass(frozen=True)
class Value:
    """A value and the stretch of text it was read from; `witnesses` name what besides the print speaks for it."""

    value: str
    start: int
    end: int
    witnesses: tuple[str, ...] = ()


def dates(text: str) -> list[Value]:
    """Dates in order of appearance: 1.2.2024, 01/02/24, 2024-02-01, 1. Februar 2024, February 1, 2024; as ISO values.

    Of two numbers the first is the day unless only the month comes first makes a date; years 1990 to 2099.
    """
    folded = fold(text)
    found = [
        *(_numeric_date(match) for match in _NUMERIC_DATE.finditer(folded)),
        *(_date(match, match[1], match[3], match[4]) for match in _ISO_DATE.finditer(folded)),
        *(_date(match, match[3], _month(match[2]), match[1]) for match in _NAMED_DATE.finditer(folded)),
        *(_date(match, match[3], _month(match[1]), match[2]) for match in _MONTH_FIRST.finditer(folded)),
    ]
    if "," in folded:
        found += [_date(match, match[3], match[2], match[1], "repaired") for match in _SMUDGED_DATE.finditer(folded)]
    return _apart(value for value in found if value)


def _apart(values: Iterable[Value]) -> list[Value]:
    """The values from left to right, of two that overlap the first one found."""
    chosen: list[Value] = []
    for value in values:
        if all(value.end <= other.start or value.start >= other.end for other in chosen):
            chosen.append(value)
    return sorted(chosen, key=lambda value: value.start)


def _numeric_date(match: re.Match[str]) -> Value | None:
    day_first = _date(match, match[3], match[2], match[1])
    return day_first or (_date(match, match[3], match[1], match[2]) if "/" in match[0] else None)


def _month(name: str) -> str:
    name = name.replace("rn", "m")
    return str(_MONTHS.get(name[:4]) or _MONTHS.get(name[:3]) or 0)


def _date(match: re.Match[str], year: str, month: str, day: str, *witnesses: str) -> Value | None:
    number = int(year) + (2000 if len(year) == 2 else 0)
    try:
        found = date(number, int(month), int(day))
    except ValueError:
        return None
    return Value(found.isoformat(), match.start(), match.end(), witnesses) if _EARLIEST <= found <= _LATEST else None


def amounts(text: str) -> list[Value]:
    """Amounts with two decimals in German or English notation, sign as printed; no percentages, no weights."""
    found = []
    for match in _AMOUNT.finditer(text):
        digits = match["comma"] or match["point"]
        cents = re.sub(r"\D", "", digits)
        sign = "-" if match["sign"] or match["after"] else ""
        value = (Decimal(int(cents)) / 100).quantize(Decimal("0.01"))
        found.append(Value(f"{sign}{value}", match.start(), match.end()))
    return found


def ibans(text: str) -> list[Value]:
    """IBANs without blanks. One that fails its checksum is still given, without the witness `checksum`."""
    return [value for match in _IBAN_START.finditer(text) if (value := _iban(text, match.start()))]


def _iban(text: str, start: int) -> Value | None:
    compact, ends = _compact(text, start)
    if compact[:2] in ("0E", "OE"):
        compact = f"DE{compact[2:]}"
    length = _IBAN_LENGTHS.get(compact[:2])
    lengths = [length] if length else range(15, min(len(compact), _LONGEST_IBAN) + 1)
    for size in lengths:
        if len(compact) < size:
            break
        repaired = repair(compact[:size], stdnum_iban.is_valid, digits_from=2 if compact[:2] in _ALL_DIGITS else None)
        if repaired:
            return Value(repaired[0], start, ends[size - 1], ("checksum", *repaired[1]))
    return _unproven_iban(start, compact, ends, length)


def _unproven_iban(start: int, compact: str, ends: list[int], length: int | None) -> Value | None:
    digits = re.match(r"[A-Z]{2}[0-9]{12,32}", compact)
    if not digits:
        return None
    size = min(digits.end(), length or digits.end())
    return Value(compact[:size], start, ends[size - 1])


def _compact(text: str, start: int) -> tuple[str, list[int]]:
    """Letters and digits from `start` without single blanks, and where each one ends; stops at anything else."""
    compact, ends, gap = "", [], 0
    for at in range(start, min(len(text), start + 2 * _LONGEST_IBAN)):
        char = text[at]
        if char == " ":
            gap += 1
            if gap > 2:
                break
        elif char == "|" or (char.isascii() and char.isalnum()):
            compact, gap = compact + char, 0
            ends.append(at + 1)
        else:
            break
    return compact, ends


def vat_ids(text: str) -> list[Value]:
    """VAT ids without blanks; one that fails its checksum is still given, without the witness `checksum`."""
    found = []
    for match in _GERMAN_VAT_ID.finditer(text):
        compact = "DE" + re.sub(r"[ .]", "", match[1])
        repaired = repair(compact, stdnum_vat.is_valid, digits_from=2)
        value, witnesses = (repaired[0], ("checksum", *repaired[1])) if repaired else (compact, ())
        if repaired or compact[2:].isdigit():
            found.append(Value(value, match.start(), match.end(), witnesses))
    for match in _VAT_ID.finditer(text):
        compact = re.sub(r"[ .]", "", match[0])
        repaired = repair(compact, stdnum_vat.is_valid)
        value, witnesses = (repaired[0], ("checksum", *repaired[1])) if repaired else (compact, ())
        found.append(Value(value, match.start(), match.end(), witnesses))
    return _apart(found)


def tax_numbers(text: str) -> list[Value]:
    """German tax numbers as printed; nothing but their form speaks for them."""
    return [Value(match[1], match.start(1), match.end(1)) for match in _TAX_NUMBER.finditer(text)]


def identifiers(text: str, taken: Iterable[Value] = ()) -> list[Value]:
    """Words that hold a digit and may name an invoice or an order; what other values have taken is left out."""
    used = list(taken)
    return [
        Value(match[0].rstrip("._-/"), match.start(), match.start() + len(match[0].rstrip("._-/")))
        for match in _IDENTIFIER.finditer(text)
        if len(match[0]) <= _LONGEST_IDENTIFIER
        and any(char.isdigit() for char in match[0])
        and not any(match.start() < other.end and match.end() > other.start for other in used)
    ]


def repair(
    text: str, is_valid: Callable[[str], bool], *, digits_from: int | None = None
) -> tuple[str, tuple[str, ...]] | None:
    """The text if it passes its checksum, else the only reading of its letters as digits that does, marked so.

    Where only digits can stand from `digits_from` on, every letter there is read as the digit that it resembles.
    """
    if is_valid(text):
        return text, ()
    if digits_from is not None:
        forced = text[:digits_from] + "".join(_MISREAD.get(char, char) for char in text[digits_from:])
        return (forced, ("repaired",)) if forced != text and is_valid(forced) else None
    doubtful = [at for at, char in enumerate(text) if at >= 2 and char in "OIl"]
    if not 0 < len(doubtful) <= _MOST_REPAIRS:
        return None
    passing = [candidate for candidate in _readings(text, doubtful) if is_valid(candidate)]
    return (passing[0], ("repaired",)) if len(passing) == 1 else None


def _readings(text: str, doubtful: list[int]) -> Iterator[str]:
    for choice in product((False, True), repeat=len(doubtful)):
        chars = list(text)
        for at, swap in zip(doubtful, choice, strict=True):
            chars[at] = _MISREAD[chars[at]] if swap else chars[at]
        yield "".join(chars)
