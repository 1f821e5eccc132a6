"""German names of the codes that invoices carry, and numbers as people in Germany read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from babel import Locale

from invoicing.model import Binary, Identifier

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
    "S": "steuerpflichtig",
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


_TAX_POINTS = {"3": "Rechnungsdatum", "35": "Lieferdatum", "432": "Zahlungsdatum"}
_NOTE_SUBJECTS = {
    "AAI": "Allgemeines",
    "AAJ": "Weitere Bedingungen",
    "ABL": "Rechtliche Angaben",
    "ADU": "Hinweis",
    "CUS": "Zoll",
    "PMT": "Zahlung",
    "REG": "Registerangaben",
    "SUR": "Anmerkung des Rechnungsstellers",
    "TXD": "Steuern",
}
_ALLOWANCE_REASONS = {
    "41": "Bonus für vorzeitige Fertigstellung",
    "42": "Sonstiger Bonus",
    "60": "Herstellerrabatt",
    "64": "Sondervereinbarung",
    "65": "Nachlass wegen Herstellungsfehlern",
    "66": "Neueröffnungsrabatt",
    "67": "Musterrabatt",
    "68": "Auslaufrabatt",
    "70": "Nachlass nach Incoterm",
    "71": "Rabatt ab einem Mindestumsatz",
    "88": "Materialzuschlag oder -nachlass",
    "95": "Rabatt",
    "100": "Sonderrabatt",
    "102": "Dauerrabatt",
    "103": "Vorübergehender Rabatt",
    "104": "Standardrabatt",
    "105": "Jahresumsatzrabatt",
}
_CHARGE_REASONS = {
    "AA": "Werbung",
    "ABK": "Verschiedenes",
    "ABL": "Zusätzliche Verpackung",
    "ADR": "Andere Leistungen",
    "ADT": "Abholung",
    "DL": "Anlieferung",
    "FC": "Fracht",
    "FI": "Finanzierung",
    "LA": "Etikettierung",
    "PC": "Verpackung",
    "SAA": "Versand und Bearbeitung",
    "SH": "Sonderbehandlung",
}
_SCHEMES = {
    "0060": "DUNS",
    "0088": "GLN",
    "0160": "GTIN",
    "0204": "Leitweg-ID",
    "9930": "USt-ID",
    "EM": "E-Mail",
}
_BIDIRECTIONAL = {code: f"[U+{code:04X}]" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
"""Characters that turn the direction of what follows: an amount could read backwards."""


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


def tax_point(code: str) -> str:
    """UNTDID 2005 in words."""
    return _TAX_POINTS.get(code, code)


def note_subject(code: str) -> str:
    """UNTDID 4451 in words, the code itself where it is unknown."""
    return _NOTE_SUBJECTS.get(code, code)


def allowance_reason(code: str) -> str:
    """UNTDID 5189 in words, the code itself where it is unknown."""
    return _ALLOWANCE_REASONS.get(code, code)


def charge_reason(code: str) -> str:
    """UNTDID 7161 in words, the code itself where it is unknown."""
    return _CHARGE_REASONS.get(code, code)


def country(code: str) -> str:
    """ISO 3166-1 in words (CLDR), the code itself where it is unknown."""
    return str(Locale("de").territories.get(code, code))


def identifier(value: Identifier) -> str:
    """4012345000009 (GLN 0088)"""
    scheme = " ".join(filter(None, (_SCHEMES.get(value.scheme or ""), value.scheme, value.version)))
    return f"{value.value} ({scheme})" if scheme else value.value


def attachment(value: Binary) -> str:
    """plan.pdf (application/pdf, 1.234 Byte)"""
    described = ", ".join(filter(None, (value.mime, f"{number(Decimal(len(value.content)))} Byte")))
    return f"{value.filename} ({described})" if value.filename else described


def cash_discount(days: int, percentage: Decimal, base: Decimal | None, currency: str) -> str:
    """2 % Skonto bei Zahlung innerhalb von 14 Tagen"""
    of = f" von {amount(base, currency)}" if base is not None else ""
    return f"{percent(percentage)} Skonto{of} bei Zahlung innerhalb von {days} Tagen"


def visible(text: str) -> str:
    """The text with direction controls as code points, so that it reads in the order in which it is stored."""
    return text.translate(_BIDIRECTIONAL)


def preload() -> None:
    """Reads the names of countries now: afterwards no file is opened any more."""
    country("DE")


def day(value: date | None) -> str:
    """24.12.2026"""
    return f"{value.day:02}.{value.month:02}.{value.year:04}" if value else ""


def amount(value: Decimal | None, currency: str | None = None) -> str:
    """1.234,50 EUR; at least two decimals, more where they were written."""
    if value is None:
        return ""
    text = _grouped(value, least=2)
    return f"{text} {currency}" if currency else text


def difference(said: Decimal, expected: Decimal) -> str:
    """angegeben 10,00, berechnet 10,505"""
    return f"angegeben {amount(said)}, berechnet {amount(_short(expected))}"


def number(value: Decimal | None) -> str:
    """1.234,5 without needless zeros."""
    return "" if value is None else _grouped(value, least=0)


def percent(value: Decimal | None) -> str:
    """19 %"""
    return "" if value is None else f"{number(value)} %"


def _short(value: Decimal) -> Decimal:
    """At most four decimals of a quotient that may have no end."""
    return round(value, 4) if abs(value) < Decimal(10) ** 20 else value


def _grouped(value: Decimal, least: int) -> str:
    plain = format(value, ",f")
    whole, _, decimals = plain.partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    whole = whole.replace(",", ".")
    return f"{whole},{decimals}" if decimals else whole
