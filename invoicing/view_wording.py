"""German labels of the business terms as they stand beside a value, by the class and the field of the model.

The section says whose name or address it is, so that the labels stay short. Used by every view of an invoice.
"""

from __future__ import annotations

from invoicing import wording
from invoicing.model import (
    Account,
    Address,
    AllowanceCharge,
    Attribute,
    Card,
    Contact,
    Delivery,
    DirectDebit,
    Invoice,
    Item,
    Line,
    LineTax,
    Note,
    Party,
    PaymentInstructions,
    Period,
    PrecedingInvoice,
    Price,
    ProcessControl,
    SupportingDocument,
    TaxBreakdown,
    ThirdPartyPayment,
    Totals,
)

LABELS: dict[type, dict[str, str]] = {
    Invoice: {
        "number": "Rechnungsnummer",
        "issue_date": "Rechnungsdatum",
        "type_code": "Art der Rechnung",
        "currency": "Währung",
        "tax_currency": "Währung der Umsatzsteuer",
        "tax_point_date": "Datum der Steuerentstehung",
        "tax_point_code": "Steuer entsteht zum",
        "due_date": "Fällig am",
        "buyer_reference": "Leitweg-ID oder Käuferreferenz",
        "project_reference": "Projekt",
        "contract_reference": "Vertrag",
        "purchase_order_reference": "Bestellnummer",
        "sales_order_reference": "Auftragsnummer des Rechnungsstellers",
        "receiving_advice_reference": "Wareneingang",
        "despatch_advice_reference": "Lieferschein",
        "tender_reference": "Vergabe oder Los",
        "invoiced_object": "Gegenstand der Rechnung",
        "buyer_accounting_reference": "Buchungsreferenz",
        "payment_terms": "Zahlungsbedingungen",
        "preceding_invoices": "Frühere Rechnung",
        "notes": "Bemerkung",
        "invoicing_period": "Abrechnungszeitraum",
    },
    Note: {"subject_code": "Thema", "text": "Text"},
    ProcessControl: {"business_process": "Geschäftsprozess", "specification": "Spezifikation"},
    PrecedingInvoice: {"number": "Nummer", "issue_date": "Datum"},
    Address: {
        "line_1": "Straße",
        "line_2": "Adresszeile 2",
        "line_3": "Adresszeile 3",
        "city": "Ort",
        "post_code": "Postleitzahl",
        "subdivision": "Region",
        "country": "Land",
    },
    Contact: {"name": "Name", "phone": "Telefon", "email": "E-Mail"},
    Party: {
        "name": "Name",
        "trading_name": "Handelsname",
        "identifiers": "Kennung",
        "legal_registration": "Registernummer",
        "vat_id": "Umsatzsteuer-ID",
        "tax_number": "Steuernummer",
        "legal_information": "Weitere rechtliche Angaben",
        "electronic_address": "Elektronische Adresse",
        "address": "Anschrift",
        "contact": "Ansprechstelle",
    },
    Delivery: {
        "name": "Geliefert an",
        "location": "Kennung des Ortes",
        "actual_date": "Lieferdatum",
        "address": "Lieferanschrift",
    },
    Period: {"start": "Beginn", "end": "Ende"},
    Account: {"iban": "Kontonummer (IBAN)", "name": "Kontoinhaber", "bic": "BIC"},
    Card: {"number": "Kartennummer", "holder": "Karteninhaber"},
    DirectDebit: {"mandate": "Mandatsreferenz", "creditor": "Gläubiger-ID", "debited_iban": "Belastetes Konto"},
    PaymentInstructions: {
        "means_code": "Zahlungsart",
        "means_text": "Zahlungsart in Worten",
        "remittance": "Verwendungszweck",
        "accounts": "Konto",
        "card": "Karte",
        "direct_debit": "Lastschrift",
    },
    AllowanceCharge: {
        "amount": "Betrag",
        "base": "Grundbetrag",
        "percent": "Prozentsatz",
        "vat_category": "Steuerkategorie",
        "vat_rate": "Steuersatz",
        "reason": "Grund",
        "reason_code": "Code des Grundes",
    },
    Totals: {
        "lines": "Summe der Positionen",
        "allowances": "Summe der Nachlässe",
        "charges": "Summe der Zuschläge",
        "net": "Gesamtbetrag netto",
        "tax": "Umsatzsteuer",
        "tax_in_tax_currency": "Umsatzsteuer in Buchungswährung",
        "gross": "Gesamtbetrag brutto",
        "prepaid": "Bereits gezahlt",
        "rounding": "Rundung",
        "payable": "Zu zahlen",
    },
    TaxBreakdown: {
        "taxable": "Netto",
        "tax": "Umsatzsteuer",
        "category": "Art",
        "rate": "Satz",
        "exemption_reason": "Grund der Befreiung",
        "exemption_code": "Code der Befreiung",
    },
    SupportingDocument: {
        "reference": "Kennung",
        "description": "Beschreibung",
        "url": "Adresse",
        "attachment": "Eingebettete Datei",
    },
    Price: {
        "net": "Einzelpreis",
        "discount": "Preisnachlass",
        "gross": "Einzelpreis vor Nachlass",
        "base_quantity": "Basismenge",
        "base_unit": "Einheit der Basismenge",
    },
    LineTax: {"category": "Steuerkategorie", "rate": "Steuersatz"},
    Attribute: {"name": "Eigenschaft", "value": "Wert"},
    Item: {
        "name": "Bezeichnung",
        "description": "Beschreibung",
        "seller_id": "Artikelnummer",
        "buyer_id": "Artikelnummer des Käufers",
        "standard_id": "Artikelkennung",
        "classifications": "Klassifikation",
        "origin_country": "Ursprungsland",
        "attributes": "Eigenschaft",
    },
    Line: {
        "number": "Position",
        "note": "Bemerkung",
        "invoiced_object": "Gegenstand",
        "quantity": "Menge",
        "unit": "Einheit",
        "net": "Netto",
        "order_line": "Bestellposition",
        "buyer_accounting_reference": "Buchungsreferenz",
        "period": "Leistungszeitraum",
        "allowances": "Nachlass",
        "charges": "Zuschlag",
    },
    ThirdPartyPayment: {"type": "Art", "amount": "Betrag", "description": "Beschreibung"},
}

PREFIXES: dict[tuple[type, str], str] = {
    (Account, "bic"): "BIC ",
    (AllowanceCharge, "base"): "von ",
    (Card, "holder"): "von ",
    (Contact, "phone"): "Telefon ",
    (DirectDebit, "mandate"): "Mandatsreferenz ",
    (DirectDebit, "creditor"): "Gläubiger-ID ",
    (DirectDebit, "debited_iban"): "belastet wird ",
    (Period, "start"): "von ",
    (Period, "end"): "bis ",
    (PrecedingInvoice, "issue_date"): "vom ",
    (Price, "base_quantity"): "je ",
}
"""What stands before a value that shares its label or its column with others."""

NOTICE = (
    "Dies ist eine Ansicht. Das Original ist die eingebettete XML-Datei; sie allein ist die Rechnung. "
    "Zeichen, die sich hier nicht darstellen lassen, stehen als Nummer, zum Beispiel [U+6F22]."
)
FOOTER = "Ansicht:"
HEADER = "Rechnungsdaten"
SOURCE = "Original der Rechnung"


def title(type_code: str | None, number: str) -> str:
    """Rechnung 4711"""
    return f"{wording.invoice_type(type_code)} {number}".rstrip()
