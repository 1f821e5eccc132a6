"""German sentences for why a value was read as it was: the witnesses of a reading, in the order in which they count."""

from collections.abc import Iterable
from typing import Final

_SENTENCES: Final = {
    "chosen": "Von Hand auf der Seite gewählt.",
    "checksum": "Die Prüfziffer stimmt.",
    "code": "Der Zahlungscode auf der Seite sagt dasselbe.",
    "master": "Der Wert ist von diesem Rechnungssteller bekannt.",
    "arithmetic": "Netto und Steuer ergeben zusammen Brutto.",
    "tax-rate": "Steuersatz mal Netto ergibt die Steuer.",
    "positions": "Die Positionen ergeben diese Summe.",
    "balance": "Abzüglich der Zahlungen ergibt sich dieser Betrag.",
    "computed": "Aus anderen Angaben der Seite errechnet.",
    "label": "Die Beschriftung steht davor.",
    "label-above": "Die Beschriftung steht darüber.",
    "section": "Er steht im Abschnitt dieser Beschriftung.",
    "payment-text": "Er steht beim Zahlungstext.",
    "repeated": "Er steht noch einmal auf der Seite.",
    "unrivalled": "Nichts anderes auf der Seite kommt in Frage.",
    "plausible": "Er passt zu den anderen Angaben.",
    "city": "Er steht hinter dem Ort.",
    "heading": "Die Überschrift sagt es.",
    "letterhead": "Er steht im Briefkopf.",
    "sender-line": "Er steht in der Absenderzeile.",
    "footer": "Er steht in der Fußzeile bei der Anschrift.",
    "address": "Er steht über einer Anschrift.",
    "window": "Er steht im Anschriftfeld.",
    "account-holder": "Er ist als Kontoinhaber genannt.",
    "web-address": "Er passt zur Internet-Adresse.",
    "municipality": "So heißen Kommunen.",
    "above-greeting": "Er steht über der Anrede.",
    "form": "Er hat die vorgeschriebene Form.",
    "layout-hint": "Er steht, wo er auf einer früheren Rechnung dieses Absenders stand.",
    "repaired": "Ein verlesenes Zeichen ist durch die Prüfung berichtigt.",
    "contradicted": "Achtung: Der Zahlungscode auf der Seite sagt etwas anderes.",
}
_INVOICE: Final = {
    "heading": "Die Überschrift nennt eine Rechnung.",
    "invoice_number": "Es gibt eine Rechnungsnummer.",
    "sum": "Netto und Steuer ergeben zusammen Brutto.",
    "gross": "Es gibt einen Rechnungsbetrag.",
    "iban": "Es gibt ein Konto für die Zahlung.",
    "due_date": "Es gibt ein Zahlungsziel.",
    "tax-id": "Der Absender nennt seine Umsatzsteuer-ID.",
    "seller_tax_no": "Der Absender nennt seine Steuernummer.",
}
_EXAMPLES: Final = "examples-"


def why(witnesses: Iterable[str]) -> list[str]:
    """What a person reads when she asks why; witnesses that say nothing to people are left out."""
    names = list(witnesses)
    found = [sentence for name, sentence in _SENTENCES.items() if name in names]
    counts = [name.removeprefix(_EXAMPLES) for name in names if name.startswith(_EXAMPLES)]
    return [f"Er steht, wo er auf {count} früheren Rechnungen dieses Absenders stand." for count in counts] + found


def why_invoice(reasons: Iterable[str]) -> list[str]:
    """Why a letter looks like an invoice (`document_type.Decision.reasons`), the strongest reason first."""
    return [_INVOICE[name] for name in reasons if name in _INVOICE]
