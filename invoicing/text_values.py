"""Dates, amounts, IBANs and VAT ids as people print them, found in a line of text.

Every finder gives (value in the form of EN 16931, start, end, witnesses). Checksums by python-stdnum.
"""

import re
from collections.abc import Callable, Iterator
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
_NUMERIC_DATE = re.compile(r"(?<![\d.,/-])(\d{1,2})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d{2})(?![\d/-])")
_ISO_DATE = re.compile(r"(?<![\d.,/-])(\d{4})([-/.])(\d{2})\2(\d{2})(?![\d-])")
_NAMED_DATE = re.compile(r"(?<![\d.,])(\d{1,2})\.?[\s-]?([a-z]{3,9})\.?,?[\s-](\d{4}|\d{2})(?!\d)")
_MONTH_FIRST = re.compile(r"(?<![a-z])([a-z]{3,9})\.?\s(\d{1,2})(?:st|nd|rd|th)?,?\s(\d{4})(?!\d)")
_EARLIEST: Final = date(1990, 1, 1)
_LATEST: Final = date(2099, 12, 31)
_AMOUNT = re.compile(
    r"(?<![\w.,/-])(?P<sign>-\s?)?(?:"
    r"(?P<comma>\d{1,3}(?:[. ’']\d{3})+,\s?\d{2}|\d{1,9},\s?\d{2})|"
    r"(?P<point>\d{1,3}(?:[, ’']\d{3})+\.\d{2}|\d{1,9}\.\d{2}))"
    r"(?P<after>-)?(?![\d%])(?!\s?%)(?![.,]\d)(?!\s?(?:kg|km|std|stk|m2|m3)\b)",
    re.IGNORECASE,
)
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\s?[0-9OI]{2}(?=[\s0-9A-Z])")
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
_MISREAD: Final = {"O": "0", "I": "1", "l": "1"}
_MOST_REPAIRS: Final = 6


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
    return sorted((value for value in found if value), key=lambda value: value.start)


def _numeric_date(match: re.Match[str]) -> Value | None:
    day_first = _date(match, match[3], match[2], match[1])
    return day_first or (_date(match, match[3], match[1], match[2]) if "/" in match[0] else None)


def _month(name: str) -> str:
    return str(_MONTHS.get(name[:4]) or _MONTHS.get(name[:3]) or 0)


def _date(match: re.Match[str], year: str, month: str, day: str) -> Value | None:
    number = int(year) + (2000 if len(year) == 2 else 0)
    try:
        found = date(number, int(month), int(day))
    except ValueError:
        return None
    return Value(found.isoformat(), match.start(), match.end()) if _EARLIEST <= found <= _LATEST else None


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
    length = _IBAN_LENGTHS.get(text[start : start + 2])
    compact, ends = _compact(text, start)
    lengths = [length] if length else range(15, min(len(compact), _LONGEST_IBAN) + 1)
    for size in lengths:
        if len(compact) < size:
            break
        repaired = repair(compact[:size], stdnum_iban.is_valid)
        if repaired:
            return Value(repaired[0], start, ends[size - 1], ("checksum", *repaired[1]))
    return _unproven_iban(text, start, compact, ends, length)


def _unproven_iban(text: str, start: int, compact: str, ends: list[int], length: int | None) -> Value | None:
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
        elif char.isascii() and char.isalnum():
            compact, gap = compact + char, 0
            ends.append(at + 1)
        else:
            break
    return compact, ends


def vat_ids(text: str) -> list[Value]:
    """VAT ids without blanks; one that fails its checksum is still given, without the witness `checksum`."""
    found = []
    for match in _VAT_ID.finditer(text):
        compact = re.sub(r"[ .]", "", match[0])
        repaired = repair(compact, stdnum_vat.is_valid)
        value, witnesses = (repaired[0], ("checksum", *repaired[1])) if repaired else (compact, ())
        found.append(Value(value, match.start(), match.end(), witnesses))
    return found


def repair(text: str, is_valid: Callable[[str], bool]) -> tuple[str, tuple[str, ...]] | None:
    """The text if it passes its checksum, else the only reading of its O and I (as 0 and 1) that does, marked so."""
    if is_valid(text):
        return text, ()
    doubtful = [at for at, char in enumerate(text) if at >= 2 and char in _MISREAD]
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
