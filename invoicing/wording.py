"""German names of the codes that invoices carry, and numbers as people in Germany read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

_TYPES = {
    "326": "Teilrechnung",
    "380": "Rechnung",
    "381": "Gutschrift",
    "384": "Korrigierte Rechnung",
    "389": "Selbst ausgestellte Rechnung (Gutschriftverfahren)",
    "875": "Abschlagsrechnung (Bau)",
    "876": "Teilschlussrechnung (Bau)",
    "877": "Schlussrechnung (Bau)",
}
_MEANS = {
    "1": "nicht festgelegt",
    "10": "Barzahlung",
    "20": "Scheck",
    "30": "Überweisung",
    "42": "Zahlung auf ein Bankkonto",
    "48": "Kartenzahlung",
    "49": "Lastschrift",
    "54": "Kreditkarte",
    "55": "Debitkarte",
    "57": "Dauerauftrag",
    "58": "SEPA-Überweisung",
    "59": "SEPA-Lastschrift",
    "68": "Online-Zahlungsdienst",
    "97": "Verrechnung zwischen Partnern",
}
_TAX_CATEGORIES = {
    "S": "Umsatzsteuer",
    "Z": "Nullsatz",
    "E": "steuerbefreit",
    "AE": "Steuerschuldnerschaft des Leistungsempfängers",
    "K": "innergemeinschaftliche Lieferung",
    "G": "Ausfuhr",
    "O": "nicht steuerbar",
    "L": "Steuer der Kanarischen Inseln",
    "M": "Steuer von Ceuta und Melilla",
}
_UNITS = {
    "C62": "Stück",
    "H87": "Stück",
    "XPP": "Stück",
    "EA": "Stück",
    "NAR": "Stück",
    "PCE": "Stück",
    "LS": "pauschal",
    "HUR": "Stunden",
    "MIN": "Minuten",
    "DAY": "Tage",
    "WEE": "Wochen",
    "MON": "Monate",
    "ANN": "Jahre",
    "MTR": "m",
    "MTK": "m²",
    "MTQ": "m³",
    "KMT": "km",
    "KGM": "kg",
    "TNE": "t",
    "GRM": "g",
    "LTR": "l",
    "KWH": "kWh",
    "XBX": "Kartons",
    "XPK": "Packungen",
    "SET": "Sätze",
}


def invoice_type(code: str | None) -> str:
    """UNTDID 1001 in words, "Rechnung" where the code is unknown."""
    return _TYPES.get(code or "", "Rechnung")


def payment_means(code: str | None) -> str:
    """UNTDID 4461 in words, the code itself where it is unknown."""
    return _MEANS.get(code or "", code or "")


def tax_category(code: str | None) -> str:
    """UNTDID 5305 in words, the code itself where it is unknown."""
    return _TAX_CATEGORIES.get(code or "", code or "")


def unit(code: str | None) -> str:
    """UN/ECE Recommendation 20 or 21 in words, the code itself where it is unknown."""
    return _UNITS.get(code or "", code or "")


def day(value: date | None) -> str:
    """24.12.2026"""
    return f"{value.day:02}.{value.month:02}.{value.year:04}" if value else ""


def amount(value: Decimal | None, currency: str | None = None) -> str:
    """1.234,50 EUR; at least two decimals, more where they were written."""
    if value is None:
        return ""
    text = _grouped(value, least=2)
    return f"{text} {currency}" if currency else text


def number(value: Decimal | None) -> str:
    """1.234,5 without needless zeros."""
    return "" if value is None else _grouped(value, least=0)


def percent(value: Decimal | None) -> str:
    """19 %"""
    return "" if value is None else f"{number(value)} %"


def _grouped(value: Decimal, least: int) -> str:
    plain = format(value, ",f")
    whole, _, decimals = plain.partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    whole = whole.replace(",", ".")
    return f"{whole},{decimals}" if decimals else whole
