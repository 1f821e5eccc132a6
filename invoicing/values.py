"""Text of an invoice to typed values and back: exact, locale-free, and without guessing."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})", re.ASCII)
_TIME_ZONE = re.compile(r"(?:Z|[+-]\d{2}:\d{2})$", re.ASCII)
_DIGITS = {"%Y%m%d": re.compile(r"\d{8}", re.ASCII), "%Y-%m-%d": re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)}


def parse_number(text: str) -> Decimal | None:
    """The number as written, its trailing zeros kept; None unless `text` is an xs:decimal (no exponent, no comma)."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def parse_date(text: str, form: str) -> date | None:
    """The calendar day in the `strftime` form given, a time zone ignored (xs:date); None for anything else."""
    bare = _TIME_ZONE.sub("", text) if form == "%Y-%m-%d" else text
    if not _DIGITS[form].fullmatch(bare):
        return None
    try:
        return date.fromisoformat(bare)
    except ValueError:
        return None


def parse_base64(text: str) -> bytes | None:
    """The decoded bytes; line breaks and blanks inside are normal, any other foreign character gives None."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def format_number(value: Decimal) -> str:
    """Plain digits, never an exponent."""
    return format(value, "f")


def format_date(value: date, form: str) -> str:
    """The day in the `strftime` form given, the year with four digits."""
    return form.replace("%Y", f"{value.year:04}").replace("%m", f"{value.month:02}").replace("%d", f"{value.day:02}")


def format_base64(content: bytes) -> str:
    """Base64 in one line."""
    return base64.b64encode(content).decode("ascii")
