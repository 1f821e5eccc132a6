"""German dates, amounts, sizes and durations for pages, and the readers of what people type into forms.

Promises: every output is plain text without HTML; a reader either returns the value or raises ValueError whose
message is one of the codes in `INPUT_ERRORS` (the wording table turns it into a sentence).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

LOCALE: Final = "de_DE"
TIME_ZONE: Final = ZoneInfo("Europe/Berlin")
NARROW_SPACE: Final = "\u202f"
WHOLE: Final = "#,##0"
MAX_CENTS: Final = 99_999_999_999_99
"""The largest amount a form takes: 99,999,999,999.99 euros, far above any municipal budget."""

INPUT_ERRORS: Final = frozenset(
    {"input.date", "input.date_range", "input.amount", "input.amount_range", "input.iban", "input.iban_check"}
)

_GERMAN_DATE = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_AMOUNT = re.compile(r"(-?)(\d{1,3}(?:\.\d{3})+|\d{1,11})(?:,(\d{1,2}))?", re.ASCII)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_BLANKS = re.compile(r"\s+")
_GERMAN_IBAN_LENGTH: Final = 22
_YEARS: Final = range(1900, 2100)


def local(value: datetime) -> datetime:
    """The moment on the town's clock; a value without zone is refused because it could mean anything."""
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return value.astimezone(TIME_ZONE)


@lru_cache(maxsize=10_000)
def _day(day: date, pattern: str) -> str:
    """Kept, because lists show the same days and numbers again and again, and each costs a tenth of a millisecond."""
    text: str = format_date(day, pattern, locale=LOCALE)
    return text


@lru_cache(maxsize=10_000)
def _decimal(value: int | float, pattern: str) -> str:
    text: str = format_decimal(value, format=pattern, locale=LOCALE)
    return text


def _as_date(value: date | datetime) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def date_short(value: date | datetime | None, today: date | None = None) -> str:
    """ "Fr 27.11." within the year of `today` (default: now), else "27.11.2025"; nothing for None."""
    if value is None:
        return ""
    day = _as_date(value)
    reference = today or datetime.now(TIME_ZONE).date()
    if day.year != reference.year:
        return date_numeric(day)
    return f"{_day(day, 'EEE').rstrip('.')} {day:%d.%m.}"


def date_numeric(value: date | datetime | None) -> str:
    """ "27.11.2026", as forms show and accept it; nothing for None."""
    return "" if value is None else f"{_as_date(value):%d.%m.}{_as_date(value).year:04d}"


def date_full(value: date | datetime | None) -> str:
    """ "Freitag, 27. November 2026", with ", 10:42 Uhr" where the value has a time; for the title of a short date."""
    if value is None:
        return ""
    text = _day(_as_date(value), "full")
    return f"{text}, {local(value):%H:%M} Uhr" if isinstance(value, datetime) else text


def date_iso(value: date | datetime | None) -> str:
    """The machine-readable form for `<time datetime>`."""
    return "" if value is None else value.isoformat()


def moment(value: datetime | None, now: datetime | None = None) -> str:
    """ "10:42" today, "Fr 27.11. 10:42" this year, else "27.11.2025 10:42"; nothing for None."""
    if value is None:
        return ""
    here, reference = local(value), local(now or datetime.now(UTC))
    clock = f"{here:%H:%M}"
    return clock if here.date() == reference.date() else f"{date_short(here, reference.date())} {clock}"


def money(cents: int | None, currency: str = "EUR") -> str:
    """2060_00 → "2.060,00 €" with a narrow no-break space; another currency keeps its code; nothing for None."""
    if cents is None:
        return ""
    whole, rest = divmod(abs(cents), 100)
    sign = "\u2212" if cents < 0 else ""
    return f"{sign}{_decimal(whole, WHOLE)},{rest:02d}{NARROW_SPACE}{'€' if currency == 'EUR' else currency}"


def money_input(cents: int | None) -> str:
    """2060_00 → "2.060,00": the amount as a form field holds it, readable by `parse_money`."""
    return money(cents).removesuffix(f"{NARROW_SPACE}€").replace("\u2212", "-")


def number(value: int | float | None, digits: int = 0) -> str:
    """1234.5 with one digit → "1.234,5"; nothing for None."""
    if value is None:
        return ""
    return _decimal(value, f"{WHOLE}.{'0' * digits}" if digits else WHOLE)


def percent(share: float | None) -> str:
    """0.97 → "97 %" with a narrow no-break space; nothing for None."""
    return "" if share is None else f"{number(round(share * 100))}{NARROW_SPACE}%"


def size(octets: int | None) -> str:
    """A file size in the units a file manager shows (1 kB = 1000 bytes): "312 kB", "4,2 MB"."""
    if octets is None:
        return ""
    value, unit = float(octets), "Byte"
    for unit in ("Byte", "kB", "MB", "GB", "TB"):
        if value < 999.5 or unit == "TB":
            break
        value /= 1000
    digits = 1 if unit not in {"Byte", "kB"} and value < 99.5 else 0
    return f"{number(value, digits)}{NARROW_SPACE}{unit}"


_UNITS: Final = (
    (86_400, "Tag", "Tage", "Tagen"),
    (3_600, "Stunde", "Stunden", "Stunden"),
    (60, "Minute", "Minuten", "Minuten"),
    (1, "Sekunde", "Sekunden", "Sekunden"),
)


def _counted(seconds: float, *, dative: bool) -> str:
    for length, one, many, many_dative in _UNITS:
        count = int(seconds // length)
        if count:
            return f"{number(count)} {one if count == 1 else many_dative if dative else many}"
    return "0 Sekunden"


def duration(value: timedelta | float | None) -> str:
    """A span (timedelta or seconds) in its largest whole unit: "3 Tage", "1 Stunde"; nothing for None."""
    if value is None:
        return ""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    return _counted(max(0.0, seconds), dative=False)


def relative(value: datetime | None, now: datetime | None = None) -> str:
    """ "gerade eben", "vor 3 Stunden", "in 2 Tagen"; always shown beside the absolute time."""
    if value is None:
        return ""
    seconds = ((now or datetime.now(UTC)) - value).total_seconds()
    if abs(seconds) < 60:
        return "gerade eben"
    return f"{'vor' if seconds > 0 else 'in'} {_counted(abs(seconds), dative=True)}"


def days_left(value: date | None, today: date | None = None) -> str:
    """ "heute", "morgen", "in 5 Tagen", "seit 3 Tagen überfällig"; nothing for None."""
    if value is None:
        return ""
    days = (value - (today or datetime.now(TIME_ZONE).date())).days
    if days < 0:
        return f"seit {number(-days)} {'Tag' if days == -1 else 'Tagen'} überfällig"
    return {0: "heute", 1: "morgen"}.get(days, f"in {number(days)} Tagen")


def iban(value: str | None) -> str:
    """An IBAN in its printed groups of four (ISO 13616); nothing for None."""
    compact = _BLANKS.sub("", value or "")
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def parse_date(text: str) -> date:
    """Reads 27.11.26, 27.11.2026 and 2026-11-27; two-digit years are those of this century.

    Raises ValueError "input.date" for anything else, "input.date_range" outside 1900-2099.
    """
    typed = text.strip()
    if found := _GERMAN_DATE.fullmatch(typed):
        day, month, year = (int(part) for part in found.groups())
        year += 2000 if year < 100 else 0
    elif found := _ISO_DATE.fullmatch(typed):
        year, month, day = (int(part) for part in found.groups())
    else:
        raise ValueError("input.date")
    if year not in _YEARS:
        raise ValueError("input.date_range")
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("input.date") from None


def parse_money(text: str) -> int:
    """Reads 1.234,56, 1234,56, 1 234,5 and 1234 (with or without € or EUR) as cents.

    A point is a thousands separator only; "12.50" is refused rather than guessed. Raises ValueError
    "input.amount", or "input.amount_range" above `MAX_CENTS`.
    """
    typed = _BLANKS.sub("", text).removesuffix("€").removesuffix("EUR").replace("\u2212", "-")
    found = _AMOUNT.fullmatch(typed)
    if found is None:
        raise ValueError("input.amount")
    sign, whole, rest = found.groups()
    digits = whole.replace(".", "")
    if len(digits) > len(str(MAX_CENTS)):
        raise ValueError("input.amount_range")
    cents = int(digits) * 100 + int((rest or "0").ljust(2, "0"))
    if cents > MAX_CENTS:
        raise ValueError("input.amount_range")
    return -cents if sign else cents


def parse_iban(text: str) -> str:
    """Reads an IBAN with or without blanks, in either case, and returns it compact.

    Raises ValueError "input.iban" for a wrong shape or length, "input.iban_check" where the check digits
    (ISO 7064 mod 97-10) do not fit.
    """
    compact = _BLANKS.sub("", text).upper()
    if not _IBAN.fullmatch(compact) or (compact.startswith("DE") and len(compact) != _GERMAN_IBAN_LENGTH):
        raise ValueError("input.iban")
    digits = "".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])
    if int(digits) % 97 != 1:
        raise ValueError("input.iban_check")
    return compact


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "date_short": date_short,
    "date_numeric": date_numeric,
    "date_full": date_full,
    "date_iso": date_iso,
    "moment": moment,
    "money": money,
    "money_input": money_input,
    "number": number,
    "percent": percent,
    "size": size,
    "duration": duration,
    "relative": relative,
    "days_left": days_left,
    "iban": iban,
}
"""What the templates call; the composition of the Jinja environment does `environment.filters.update(FILTERS)`."""
