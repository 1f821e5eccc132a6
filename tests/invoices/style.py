"""How a company writes: typeface, labels, forms of dates and amounts. One company always writes alike."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

FONTS = (
    '("Libertinus Serif",)', '("New Computer Modern",)', '("DejaVu Sans",)', '("DejaVu Sans Condensed", "DejaVu Sans")',
    '("DejaVu Serif",)', '("DejaVu Sans Mono",)',
)  # fmt: skip
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
Labels = dict[str, tuple[str, ...]]

LABELS: Labels = {
    "number": ("Rechnungsnummer", "Rechnungs-Nr.", "Rechnungsnr.", "Rechnung Nr.", "Rg.-Nr.", "Belegnummer", "RE-Nr."),
    "issued": ("Rechnungsdatum", "Datum", "Belegdatum", "Ausstellungsdatum"),
    "customer": ("Kundennummer", "Kunden-Nr.", "Kd.-Nr."),
    "order": ("Bestellnummer", "Ihre Bestellung", "Bestell-Nr.", "Ihre Bestellnummer", "Auftragsnummer"),
    "buyer": ("Leitweg-ID", "Leitweg-ID", "Käuferreferenz"),
    "period": ("Leistungszeitraum", "Lieferdatum", "Leistungsdatum", "Ausführungszeitraum"),
    "net": ("Nettobetrag", "Summe netto", "Zwischensumme", "Gesamt netto", "Summe Positionen"),
    "tax": (
        "zzgl. {rate} % MwSt.",
        "{rate} % USt.",
        "Mehrwertsteuer {rate} %",
        "MwSt. {rate},00 %",
        "Umsatzsteuer {rate} %",
    ),
    "gross": ("Rechnungsbetrag", "Gesamtbetrag", "Bruttobetrag", "Endbetrag", "Gesamtsumme"),
    "payable": ("Zahlbetrag", "Noch zu zahlen", "Offener Betrag", "Restbetrag"),
    "vat_id": ("USt-IdNr.", "USt-ID", "Umsatzsteuer-ID", "USt-Id-Nr.", "UStID-Nr."),
    "tax_number": ("Steuernummer", "St.-Nr.", "Steuer-Nr."),
    "due": ("Zahlbar bis", "Fällig am", "Zahlungsziel", "Fälligkeit"),
}
UNSEEN_LABELS: Labels = {
    "number": (
        "Rechnungsnummer",
        "Rechnungs-Nr.",
        "Rechnung-Nr.",
        "Rechn.-Nr.",
        "Fakturanummer",
        "Nr. der Rechnung",
        "Rechnungsnr",
    ),
    "issued": ("Rechnungsdatum", "Datum", "Rechnung vom", "Erstellt am", "Rg.-Datum"),
    "customer": ("Kundennummer", "Debitor", "Ihre Kundennr."),
    "order": ("Bestellnummer", "Ihr Auftrag", "Auftrag Nr.", "Bestellung Nr.", "Ihre Best.-Nr."),
    "buyer": ("Leitweg-ID", "Leitweg-Nr.", "Ihre Referenz"),
    "period": ("Leistungszeitraum", "Lieferdatum", "Abrechnungszeitraum", "Leistung vom"),
    "net": ("Nettobetrag", "Summe netto", "Warenwert netto", "Gesamtbetrag netto", "Netto"),
    "tax": (
        "zzgl. {rate} % MwSt.",
        "+ {rate} % Mehrwertsteuer",
        "USt. {rate} %",
        "{rate} % Umsatzsteuer",
        "MwSt. ({rate} %)",
    ),
    "gross": ("Rechnungsbetrag", "Gesamtbetrag", "Summe brutto", "Gesamtbetrag brutto", "Rechnungsendbetrag"),
    "payable": ("Zahlbetrag", "Zu zahlen", "Zu zahlender Betrag", "Verbleibender Betrag"),
    "vat_id": ("USt-IdNr.", "USt.-ID", "Ust-IdNr", "Umsatzsteuer-Identifikationsnummer", "USt.-IdNr."),
    "tax_number": ("Steuernummer", "St-Nr.", "Steuer-Nr."),
    "due": ("Zahlbar bis", "Fällig zum", "Fälligkeitsdatum", "Zahlung bis"),
}
ENGLISH: Labels = {
    "number": ("Invoice No.", "Invoice number", "Invoice #"),
    "issued": ("Invoice date", "Date", "Date of issue"),
    "customer": ("Customer No.", "Account"),
    "order": ("Purchase order", "PO number", "Your order no."),
    "buyer": ("Buyer reference", "Leitweg-ID"),
    "period": ("Service period", "Date of supply"),
    "net": ("Subtotal", "Net amount", "Total net"),
    "tax": ("VAT {rate} %", "plus {rate}% VAT"),
    "gross": ("Total", "Total amount", "Grand total"),
    "payable": ("Amount due", "Balance due"),
    "vat_id": ("VAT ID", "VAT No.", "VAT Reg. No."),
    "tax_number": ("Tax number", "Tax no."),
    "due": ("Due date", "Payment due"),
}


@dataclass(frozen=True)
class Style:
    """The hand of a company; `labels` name → the one it uses, `days` and `amounts` index a form."""

    font: str
    size: float
    accent: str
    days: int
    amounts: int
    labels: dict[str, str]
    colon: str
    english: bool = False

    def day(self, day: date) -> str:
        forms = (
            f"{day:%d.%m.%Y}",
            f"{day:%d.%m.%y}",
            f"{day.day}. {MONTHS[day.month - 1]} {day.year}",
            f"{day.day}.{day.month}.{day.year}",
            f"{day:%Y-%m-%d}",
        )
        if self.english:
            return (f"{day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}", f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}")[
                self.days % 3
            ]
        return forms[self.days]

    def bare(self, amount: Decimal) -> str:
        """The amount without its currency."""
        text = f"{amount:,.2f}"
        if self.english:
            return text
        thousands = " " if self.amounts == 3 else "" if self.amounts == 4 else "."
        text = text.translate(str.maketrans({",": thousands, ".": ","}))
        return f"{text[1:]}-" if self.amounts == 2 and amount < 0 else text

    def amount(self, amount: Decimal) -> str:
        bare = self.bare(amount)
        return (f"{bare} €", f"{bare} EUR", f"EUR {bare}", f"{bare} €", f"{bare} EUR")[self.amounts]

    def label(self, name: str, **values: object) -> str:
        return self.labels[name].format(**values) + self.colon


def style(seller_seed: int, *, unseen: bool = False, english: bool = False, font: str | None = None) -> Style:
    """How the seller of that seed writes, with the labels of the development half or the unseen half."""
    draw = Random(f"style {seller_seed}")
    pool = ENGLISH if english else UNSEEN_LABELS if unseen else LABELS
    return Style(
        font=font or draw.choice(FONTS[:5]),
        size=draw.choice((9, 9.5, 10, 10.5)),
        accent=draw.choice(("#1f4e79", "#7a1f1f", "#2f6b3a", "#444444", "#b35900")),
        days=draw.choice((0, 0, 0, 0, 1, 2, 2, 3, 4)),
        amounts=draw.choice((0, 0, 1, 1, 2, 3, 4)),
        labels={name: draw.choice(choices) for name, choices in pool.items()},
        colon=draw.choice((":", ":", "")),
        english=english,
    )
