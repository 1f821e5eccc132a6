"""German sentences for error codes, states and acts: what a person reads, in one place."""

from dms.errors import DmsError
from dms.intake.models import Outcome
from dms.intake.wording import REASONS, reason
from dms.payables.approval import Event
from dms.payables.models import PayableState
from dms.records.models import DocumentState

ERRORS = {
    "stale": "Inzwischen hat jemand anderes diese Daten geändert. Bitte laden Sie die Seite neu und prüfen Sie sie.",
    "storage": "Der Dokumentenspeicher ist zurzeit nicht erreichbar. Bitte versuchen Sie es in einigen Minuten erneut.",
    "search": "Die Suche ist zurzeit nicht erreichbar. Bitte versuchen Sie es in einigen Minuten erneut.",
    "database": "Die Datenbank ist zurzeit nicht erreichbar. Bitte versuchen Sie es in einigen Minuten erneut.",
    "database.outdated": "Die Datenbank passt nicht zu dieser Fassung. Bitte einmal „dms migrate“ eingeben.",
    "jail": "Die geschützte Umgebung zum Lesen von Dateien lässt sich nicht starten. Bitte wenden Sie sich an die IT.",
    "config.unsafe": "So ist die Anwendung für andere Arbeitsplätze nicht sicher eingerichtet: {missing}.",
    "input.invalid": "Bitte prüfen Sie die markierten Felder.",
    "input.missing": "Bitte füllen Sie dieses Feld aus.",
    "input.date": "Bitte geben Sie ein Datum ein, z. B. 27.11.2026.",
    "input.amount": "Bitte geben Sie einen Betrag ein, z. B. 1.234,56.",
    "input.iban": "Diese IBAN ist nicht gültig. Bitte prüfen Sie die Ziffern.",
    "input.choice": "Bitte wählen Sie einen Eintrag aus.",
    "login.failed": "Anmeldename oder Kennwort stimmen nicht.",
    "login.throttled": "Zu viele Fehlversuche. Bitte warten Sie {seconds} Sekunden und versuchen Sie es dann erneut.",
    "password.wrong": "Das bisherige Kennwort stimmt nicht.",
    "password.too_short": "Das Kennwort braucht mindestens 10 Zeichen.",
    "password.differs": "Die beiden Eingaben des neuen Kennworts sind verschieden.",
    "csrf": "Die Anfrage kam nicht von einer Seite dieser Anwendung und wurde nicht ausgeführt.",
    "role.missing": "Dafür ist Ihr Konto nicht berechtigt. Bitte wenden Sie sich an die Verwaltung der Anwendung.",
    "user.unknown": "Diese Person gibt es nicht.",
    "user.login_taken": "Der Anmeldename {login} ist schon vergeben.",
    "unit.unknown": "Dieses Amt gibt es nicht.",
    "legal_entity.unknown": "Diesen Mandanten gibt es nicht.",
    "station.unknown": "Diese Station gibt es nicht.",
    "plan_unit.unknown": "Diese Einheit des Aktenplans gibt es nicht.",
    "file.unknown": "Diese Akte gibt es nicht, oder Sie dürfen sie nicht sehen.",
    "case.unknown": "Diesen Vorgang gibt es nicht, oder Sie dürfen ihn nicht sehen.",
    "document.unknown": "Dieses Dokument gibt es nicht, oder Sie dürfen es nicht sehen.",
    "payable.unknown": "Diese Rechnung gibt es nicht, oder Sie dürfen sie nicht sehen.",
    "order.unknown": "Diese Auszahlungsanordnung gibt es nicht.",
    "job.unknown": "Diesen Klärfall gibt es nicht mehr.",
    "page.unknown": "Diese Seite gibt es nicht.",
    "reference.race": "Gleichzeitig wurde eine Nummer vergeben. Bitte versuchen Sie es noch einmal.",
    "export.exists": "Der Ordner {folder} besteht schon. Bitte geben Sie einen anderen an.",
    "setup.invalid": "Die Einrichtungsdatei ist nicht in Ordnung: {place}.",
    "setup.syntax": "Die Datei ist kein gültiges TOML.",
    "setup.value": "Dieser Wert ist nicht zulässig.",
    "setup.password_missing": "Eine neue Person braucht ein erstes Kennwort.",
    "setup.plan_missing": "Die Datei des Aktenplans fehlt.",
    "document.processing": "Das Dokument wird noch gelesen. Bitte warten Sie einen Moment.",
    "document.filed": "Das Dokument ist abgelegt. Nehmen Sie es erst aus dem Vorgang.",
    "document.discarded": "Das Dokument ist schon verworfen.",
    "document.not_discarded": "Das Dokument ist nicht verworfen.",
    "document.not_in_inbox": "Das Dokument liegt nicht mehr im Posteingang.",
    "document.in_approval": "Zu diesem Dokument läuft eine Rechnungsprüfung. Beenden Sie diese zuerst.",
    "case.closed": "Der Vorgang {reference} ist geschlossen. Bitte wählen Sie einen offenen Vorgang.",
    "file.closed": "Die Akte {reference} ist geschlossen. Bitte wählen Sie eine offene Akte.",
    "forward.not_in_unit": "Diese Person gehört nicht zu dem gewählten Amt.",
    "approval.stale": "Die Rechnung wurde inzwischen geändert. Bitte laden Sie die Seite neu und prüfen Sie sie.",
    "approval.same_person": "Sie haben diese Rechnung festgestellt. Die Anordnung muss eine andere Person geben "
    "(Vier-Augen-Prinzip).",
    "approval.treasury": "Wer in der Kasse arbeitet, darf Rechnungen weder feststellen noch anordnen.",
    "approval.beneficiary": "In eigener Sache dürfen Sie nicht zeichnen.",
    "approval.no_authority": "Für diesen Mandanten haben Sie keine Anordnungsbefugnis.",
    "approval.over_limit": "Der Rechnungsbetrag liegt über Ihrer Anordnungsbefugnis.",
    "approval.missing.substance": "Die sachliche Feststellung fehlt noch.",
    "approval.missing.arithmetic": "Die rechnerische Feststellung fehlt noch.",
    "approval.done.substance": "Sachlich richtig ist schon gezeichnet.",
    "approval.done.arithmetic": "Rechnerisch richtig ist schon gezeichnet.",
    "approval.not_coded": "Die Rechnung ist noch nicht kontiert.",
    "approval.coding_sum": "Die Kontierung ergibt nicht den Auszahlungsbetrag.",
    "approval.fields": "Es fehlen noch Pflichtangaben.",
    "approval.duplicate_open": "Bitte entscheiden Sie zuerst, ob die Rechnung doppelt vorliegt.",
    "approval.no_duplicate": "Hier ist keine Dublette zu entscheiden.",
    "approval.no_certifier": "Niemand ist berechtigt, diese Rechnung festzustellen. Bitte wenden Sie sich an die IT.",
    "approval.no_orderer": "Niemand darf diesen Betrag anordnen. Bitte lassen Sie die Befugnisse prüfen.",
    "approval.person_needed": "Diesen Schritt kann nur eine Person tun.",
    "approval.order_differs": "Der Inhalt entspricht nicht mehr der Anordnung. Bitte wenden Sie sich an die IT.",
    "approval.role.capture": "Das tut die Rechnungsstelle.",
    "approval.role.code": "Kontieren dürfen die Rechnungsstelle und die feststellenden Personen.",
    "approval.role.certify": "Feststellen dürfen nur die dafür bestimmten Personen.",
    "approval.role.order": "Anordnen dürfen nur Personen mit Anordnungsbefugnis.",
}

DOCUMENT_STATES = {
    DocumentState.PROCESSING: "wird gelesen",
    DocumentState.INBOX: "im Posteingang",
    DocumentState.FILED: "abgelegt",
    DocumentState.QUARANTINED: "Klärfall",
    DocumentState.DISCARDED: "verworfen",
}
PAYABLE_STATES = {
    PayableState.RECEIVED: "Eingegangen",
    PayableState.CAPTURE: "Erfassung / formale Prüfung",
    PayableState.REVIEW: "In Prüfung",
    PayableState.ORDERING: "Zur Anordnung",
    PayableState.ORDERED: "Angeordnet",
    PayableState.TRANSFERRED: "An Kasse übergeben",
    PayableState.SETTLED: "Bezahlt / erledigt",
    PayableState.REJECTED: "Zurückgewiesen",
    PayableState.VOID: "Gegenstandslos",
}
ERRORS |= {
    f"approval.state.{state.value}": f"Das geht in diesem Stand nicht (Stand: {label})."
    for state, label in PAYABLE_STATES.items()
}


def error_text(error: DmsError) -> str:
    """The German sentence for an error; every code has one."""
    template = ERRORS.get(error.code)
    if template is None:
        return reason(error.code) if error.code in REASONS else ERRORS["input.invalid"]
    return template.format(**{name: value for name, value in error.params.items() if value is not None})


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
