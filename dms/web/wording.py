"""German words of the pages: states, acts, sources and the history; the sentences for errors are `dms/wording.py`."""

from dms.intake.models import Outcome
from dms.payables.approval import Event
from dms.records.models import DocumentState
from dms.wording import ERRORS, PAYABLE_STATES, error_text

__all__ = [
    "DOCUMENT_STATES", "ERRORS", "EVENTS", "FIELDS", "HISTORY", "OUTCOMES", "PAYABLE_STATES", "PROPOSALS", "SOURCES",
    "error_text",
]  # fmt: skip

DOCUMENT_STATES = {
    DocumentState.PROCESSING: "wird gelesen",
    DocumentState.INBOX: "im Posteingang",
    DocumentState.FILED: "abgelegt",
    DocumentState.QUARANTINED: "Klärfall",
    DocumentState.DISCARDED: "verworfen",
}
EVENTS = {
    Event.EDIT: "Angaben prüfen",
    Event.CODE: "kontieren",
    Event.RELEASE: "prüfen und freigeben",
    Event.CERTIFY_SUBSTANCE: "sachlich richtig zeichnen",
    Event.CERTIFY_ARITHMETIC: "rechnerisch richtig zeichnen",
    Event.RETURN: "zurückgeben",
    Event.ORDER_PAYMENT: "Zahlung anordnen",
    Event.REJECT: "zurückweisen",
    Event.VOID: "für gegenstandslos erklären",
    Event.DECIDE_DUPLICATE: "über die Dublette entscheiden",
}
PROPOSALS = {
    "proposal.reference": "Das Zeichen steht im Dokument.",
    "proposal.sender": "Frühere Schreiben dieses Absenders liegen hier.",
    "proposal.recent": "Ein neuerer Vorgang dieses Amtes.",
}
OUTCOMES = {
    Outcome.PENDING: "unterwegs",
    Outcome.FILED: "abgelegt",
    Outcome.INBOX: "Posteingang",
    Outcome.QUARANTINED: "Klärfall",
    Outcome.REFUSED: "abgelehnt",
}
SOURCES = {"xml": "XML", "reading": "gelesen", "master": "Stammdaten", "person": "eingegeben"}
FIELDS = {
    "invoice_number": "Rechnungsnummer", "issue_date": "Rechnungsdatum", "due_date": "Fällig am",
    "seller": "Rechnungssteller",
    "seller_vat_id": "USt-IdNr.", "seller_tax_no": "Steuernummer", "buyer": "Rechnungsempfänger",
    "buyer_reference": "Leitweg-ID", "order_number": "Bestellnummer", "net": "Netto", "tax": "Steuer",
    "gross": "Brutto",
    "payable": "Zahlbetrag", "currency": "Währung", "type_code": "Rechnungsart", "iban": "IBAN",
    "payee": "Zahlungsempfänger",
}  # fmt: skip
HISTORY = {
    "document.created": "Eingegangen", "document.identified": "Erkannt", "document.received": "Im Posteingang",
    "document.filed": "Abgelegt", "document.unfiled": "Aus dem Vorgang genommen",
    "document.forwarded": "Weitergeleitet",
    "document.discarded": "Verworfen", "document.restored": "Wiederhergestellt", "document.edited": "Geändert",
    "document.invoice": "Als Rechnung geführt", "document.quarantined": "Klärfall", "invoice.received": "Eingegangen",
    "invoice.captured": "Erfasst", "invoice.released": "Freigegeben", "invoice.returned": "Zurückgegeben",
    "invoice.rejected": "Zurückgewiesen", "invoice.voided": "Gegenstandslos", "content.changed": "Geändert",
    "cert.given": "Festgestellt", "payment_order.ready": "Zur Anordnung", "payment_order.given": "Zahlung angeordnet",
    "payment_order.handed_over": "An die Kasse übergeben", "invoice.duplicate_decided": "Dublette entschieden",
}  # fmt: skip
