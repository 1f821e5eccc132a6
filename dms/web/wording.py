"""German sentences for error codes, states and acts: what a person reads, in one place."""

from datetime import datetime

from dms.actor import Role
from dms.errors import DmsError
from dms.intake.models import Outcome
from dms.intake.wording import REASONS, reason
from dms.ops.health import Part
from dms.payables.approval import Event
from dms.payables.models import PayableState
from dms.records.models import DocumentState
from dms.web.format import moment, size

ERRORS = {
    "stale": "Inzwischen hat jemand anderes diese Daten geändert. Bitte laden Sie die Seite neu und prüfen Sie sie.",
    "storage": "Der Dokumentenspeicher ist zurzeit nicht erreichbar. Bitte versuchen Sie es in einigen Minuten erneut.",
    "search": "Die Suche ist zurzeit nicht erreichbar. Bitte versuchen Sie es in einigen Minuten erneut.",
    "database": "Die Datenbank ist zurzeit nicht erreichbar. Bitte versuchen Sie es in einigen Minuten erneut.",
    "jail": "Die geschützte Umgebung zum Lesen von Dateien lässt sich nicht starten. Bitte wenden Sie sich an die IT.",
    "config.unsafe": "So ist die Anwendung für andere Arbeitsplätze nicht sicher eingerichtet: {missing}.",
    "input.invalid": "Bitte prüfen Sie die markierten Felder.",
    "input.missing": "Bitte füllen Sie dieses Feld aus.",
    "input.date": "Bitte geben Sie ein Datum ein, z. B. 27.11.2026.",
    "input.amount": "Bitte geben Sie einen Betrag ein, z. B. 1.234,56.",
    "input.date_range": "Das Jahr muss zwischen 1900 und 2099 liegen.",
    "input.amount_range": "Der Betrag ist zu groß.",
    "input.iban_check": "Die Prüfziffer dieser IBAN stimmt nicht. Bitte vergleichen Sie sie mit der Rechnung.",
    "input.year": "Bitte geben Sie das Haushaltsjahr vierstellig ein, z. B. 2026.",
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
    "user.treasury_orders": "Wer in der Kasse arbeitet, darf keine Zahlungen anordnen (§ 126 Abs. 4 NKomVG).",
    "user.admin_signs": "Wer die Anwendung verwaltet, stellt keine Rechnungen fest und ordnet keine Zahlungen an. "
    "Bitte geben Sie der Person nur eine dieser Aufgaben.",
    "user.own_roles": "Die eigenen Rollen ändert eine andere Person aus der Verwaltung.",
    "user.own_account": "Das eigene Konto legt eine andere Person aus der Verwaltung still.",
    "unit.taken": "Das Kürzel {key} ist schon vergeben.",
    "legal_entity.taken": "Das Kürzel {key} ist schon vergeben.",
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
    "document.changed": "Inzwischen wurde das Dokument geändert. Ihre Eingaben stehen noch hier; bitte prüfen Sie sie "
    "und speichern Sie noch einmal.",
    "document.no_duplicate": "Zu diesem Dokument gibt es keine Dublette zu entscheiden.",
    "document.moved_on": "Das Dokument wurde inzwischen weiterbearbeitet und lässt sich nicht mehr zurückholen.",
    "case.open": "Der Vorgang ist offen.",
    "file.open": "Die Akte ist offen.",
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
    "approval.no_orderer": "Außer der feststellenden Person darf niemand diesen Betrag anordnen. Bitte lassen Sie die "
    "Befugnisse prüfen.",
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
WAITS_FOR = {
    Event.RELEASE: "Erfassung und Freigabe",
    Event.CODE: "Kontierung",
    Event.CERTIFY_SUBSTANCE: "sachliche Feststellung",
    Event.CERTIFY_ARITHMETIC: "rechnerische Feststellung",
    Event.ORDER_PAYMENT: "Anordnung der Zahlung",
}
ENDS = {
    "zurueckweisen": {
        "title": "Rechnung zurückweisen",
        "button": "Zurückweisen",
        "consequence": "Die Rechnung geht an den Rechnungssteller zurück; Feststellungen dazu gelten nicht mehr. "
        "Das Original bleibt aufbewahrt.",
    },
    "gegenstandslos": {
        "title": "Rechnung für gegenstandslos erklären",
        "button": "Für gegenstandslos erklären",
        "consequence": "Die Rechnung wird nicht weiter geprüft und nicht bezahlt, zum Beispiel weil sie ein Irrläufer "
        "ist. Das Original bleibt aufbewahrt.",
    },
    "keine-rechnung": {
        "title": "Das ist keine Rechnung",
        "button": "Nicht als Rechnung führen",
        "consequence": "Die Prüfung endet, und das Dokument ist wieder ein gewöhnliches Schreiben.",
    },
    "zur-erfassung": {
        "title": "An die Rechnungsstelle zurückgeben",
        "button": "Zurückgeben",
        "consequence": "Feststellungen gelten nicht mehr; nach der Korrektur wird neu geprüft.",
    },
    "zur-pruefung": {
        "title": "Zur Prüfung zurückgeben",
        "button": "Zurückgeben",
        "consequence": "Die sachliche und die rechnerische Feststellung müssen neu gegeben werden.",
    },
}
"""Acts on an invoice that need a reason: name in the address → what their page says."""
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
LETTER_FIELDS = FIELDS | {"seller": "Absender", "buyer": "Empfänger", "issue_date": "Datum"}
PAYABLE_FIELDS = {
    "legal_entity_id": "Mandant", "unit_id": "Amt", "seller_name": "Rechnungssteller", "seller_vat_id": "USt-IdNr.",
    "invoice_number": "Rechnungsnummer", "type_code": "Rechnungsart", "issued_on": "Rechnungsdatum",
    "due_on": "Fällig am", "currency": "Währung", "net_cents": "Netto", "tax_cents": "Umsatzsteuer",
    "gross_cents": "Brutto", "payable_cents": "Zahlbetrag", "cut_cents": "Gekürzt um", "retained_cents": "Einbehalt",
    "discount_until": "Skonto bis", "discount_cents": "Skonto", "payee_name": "Zahlungsempfänger", "iban": "IBAN",
    "buyer_reference": "Leitweg-ID", "coding": "Kontierung",
}  # fmt: skip
METADATA = {
    "title": "Betreff", "sender": "Absender", "recipient": "Empfänger", "foreign_reference": "Zeichen des Absenders",
    "document_date": "Datum des Schreibens", "reason_text": "Grund",
}  # fmt: skip
"""Fields of a document whose changes its history shows."""
CHANNELS = {"hotfolder": "Scanner", "upload": "hochgeladen", "import": "eingelesen", "api": "Schnittstelle"}
DOCUMENT_KINDS = {"letter": "Schreiben", "invoice": "Rechnung"}
HAZARDS = {
    "pdf.javascript": "Die PDF-Datei enthält Programmanweisungen. Hier werden sie nicht ausgeführt; bitte öffnen Sie "
    "das Original nur, wenn Sie dem Absender vertrauen.",
}
ROLES = {
    Role.CLERK: "Sachbearbeitung", Role.INVOICE_DESK: "Rechnungsstelle", Role.CERTIFIER: "Feststellung",
    Role.ORDERER: "Anordnung", Role.TREASURY: "Kasse", Role.AUDITOR: "Prüfung", Role.ADMIN: "Verwaltung",
}  # fmt: skip
ROLE_HINTS = {
    Role.CLERK: "sieht Posteingang und Akten des Amts, legt ab",
    Role.INVOICE_DESK: "erfasst Rechnungen aller Ämter und gibt sie frei",
    Role.CERTIFIER: "zeichnet sachlich und rechnerisch richtig",
    Role.ORDERER: "ordnet Zahlungen bis zur Befugnis an",
    Role.TREASURY: "sieht Rechnungen, zeichnet nicht",
    Role.AUDITOR: "sieht alles, ändert nichts",
    Role.ADMIN: "richtet Leute und Stationen ein, sieht keine Dokumente",
}
ORIGINS = {"web": "Seite", "api": "Schnittstelle", "worker": "Verarbeitung", "watch": "Scannerordner", "cli": "Befehl"}
JOB_KINDS = {
    "identify": "Datei erkennen", "text": "Text lesen", "einvoice": "E-Rechnung lesen", "route": "Zuordnen",
    "index": "Suchindex", "hand_over": "Übergabe an die Kasse",
}  # fmt: skip
HEALTH_PARTS = {
    "database": "Datenbank", "storage": "Dokumentenspeicher", "search": "Suche", "jail": "Schutz beim Lesen",
    "recognition": "Texterkennung", "hotfolder": "Scannerordner", "jobs": "Verarbeitung", "clarifications": "Klärfälle",
    "seals": "Siegel des Protokolls", "receipts": "Quittungen der Kasse", "verification": "Prüfung des Bestands",
    "tls": "Verschlüsselung",
}  # fmt: skip
HEALTH = {
    "database.down": "Die Datenbank antwortet nicht. Nichts geht verloren; bitte prüfen Sie den Datenbankserver.",
    "database.answers": "antwortet",
    "storage.down": "Der Speicher antwortet nicht. Neue Dokumente warten; bitte prüfen Sie den Speicher.",
    "storage.disk_low": "Nur noch {value} frei. Bitte schaffen Sie Platz, bevor Dokumente warten müssen.",
    "storage.answers": "antwortet, {value} frei",
    "search.down": "Die Suche antwortet nicht. Ablegen und Prüfen gehen weiter.",
    "search.answers": "antwortet",
    "jail.down": "Dateien lassen sich zurzeit nicht lesen. Bitte starten Sie die Anwendung neu.",
    "jail.full": "Fremde Dateien werden mit voller Stärke abgeschottet gelesen.",
    "jail.weak": "Auf diesem Rechner fehlen Schutzschichten: {value}.",
    "recognition.missing": "Tesseract fehlt: gescannte Seiten bleiben ohne Text. Bitte installieren: "
    "apt-get install tesseract-ocr tesseract-ocr-deu",
    "recognition.engine": "{value}",
    "hotfolder.missing": "Der Ordner {value} fehlt.",
    "hotfolder.failed_files": "{value} Dateien liegen in .fehler; daneben steht jeweils der Grund.",
    "hotfolder.watched": "wird beobachtet, keine Fehler",
    "jobs.standing": "Seit {value} wird nichts mehr bearbeitet. Bitte starten Sie die Anwendung neu.",
    "jobs.working": "{value} Aufträge unterwegs",
    "clarifications.waiting": "{value} Klärfälle warten auf eine Entscheidung.",
    "clarifications.none": "keine",
    "seals.late": "Einträge seit {value} sind noch nicht versiegelt.",
    "seals.none_yet": "Das erste Siegel entsteht in der ersten Minute.",
    "seals.sealed": "zuletzt {value}",
    "receipts.missing": "Zu {value} Übergaben fehlt seit mehr als drei Tagen die Quittung der Kasse.",
    "receipts.none": "keine überfällig",
    "verification.never": "Noch nie geprüft. Bitte lassen Sie regelmäßig laufen: dms verify --deep",
    "verification.faults": "Bei der letzten Prüfung ({value}) gab es Fehler. Bitte sehen Sie nach: dms verify",
    "verification.clean": "zuletzt ohne Fehler geprüft: {value}",
    "tls.on": "Verbindungen sind verschlüsselt.",
    "tls.loopback_only": "Nur dieser Rechner wird bedient. Für andere: DMS_PUBLIC_URL und TLS einrichten.",
}
"""Part and code (`dms.ops.health.Part`) → sentence."""


def health_sentence(part: Part) -> str:
    """What the state of a part means for the person who looks after it."""
    value = part.value
    if isinstance(value, datetime):
        value = moment(value)
    elif part.name == "storage" and isinstance(value, int):
        value = size(value)
    return HEALTH[f"{part.name}.{part.code}"].format(value=value)


PATTERNS = {
    "a": "Betrag", "d": "Datum", "i": "IBAN", "m": "E-Mail", "r": "Zeichen", "n": "Nummer", "sender": "Absender:",
    "recipient": "Empfänger:", "references": "Zeichen:", "kind": "Art:", "year": "Jahr", "amount": "Betrag",
    "date": "Datum",
}  # fmt: skip
"""What the search recognised in what was typed (`dms.finding.service.recognised`)."""
FACETS = {"art": "Art", "amt": "Amt", "jahr": "Jahr"}
SEARCH_NOTES = {
    "query.cut": "Die Anfrage war zu lang; der Anfang davon wurde gesucht.",
    "query.field": "Ein Feldname wurde nicht erkannt und als Wort gesucht.",
}
HISTORY = {
    "login.succeeded": "Anmeldung", "job.retried": "Auftrag noch einmal versucht", "system.verified": "Bestand geprüft",
    "user.created": "Person angelegt", "user_account.changed": "Person geändert", "user.roles": "Rollen geändert",
    "user.password": "Kennwort geändert", "user.retired": "Konto stillgelegt", "authority.given": "Befugnis erteilt",
    "authority.ended": "Befugnis beendet", "unit.created": "Amt angelegt", "org_unit.changed": "Amt geändert",
    "legal_entity.created": "Mandant angelegt", "legal_entity.changed": "Mandant geändert",
    "station.created": "Station angelegt", "station.changed": "Station geändert",
    "plan_unit.created": "Einheit des Aktenplans angelegt", "plan_unit.changed": "Einheit des Aktenplans geändert",
    "file.opened": "Akte angelegt", "file.closed": "Akte geschlossen", "file.reopened": "Akte wieder geöffnet",
    "file.renamed": "Akte umbenannt", "case.opened": "Vorgang angelegt", "case.closed": "Vorgang geschlossen",
    "case.reopened": "Vorgang wieder geöffnet", "case.renamed": "Vorgang umbenannt",
    "intake.received": "Eingang", "intake.inbox": "Eingang im Posteingang", "intake.filed": "Eingang abgelegt",
    "intake.quarantined": "Eingang ist Klärfall", "intake.refused": "Eingang abgelehnt",
    "document.created": "Eingegangen", "document.identified": "Erkannt", "document.received": "Im Posteingang",
    "document.filed": "Abgelegt", "document.unfiled": "Aus dem Vorgang genommen",
    "document.forwarded": "Weitergeleitet",
    "document.discarded": "Verworfen", "document.restored": "Wiederhergestellt", "document.edited": "Geändert",
    "document.recalled": "Zurückgeholt", "document.kept": "Als eigenes Dokument behalten",
    "document.no_invoice": "Nicht mehr als Rechnung geführt", "invoice.commented": "Anmerkung",
    "invoice.returned.capture": "Zurückgegeben an die Rechnungsstelle",
    "invoice.returned.review": "Zurückgegeben zur Prüfung", "cert.given.substance": "Festgestellt: sachlich richtig",
    "cert.given.arithmetic": "Festgestellt: rechnerisch richtig",
    "document.invoice": "Als Rechnung geführt", "document.quarantined": "Klärfall", "invoice.received": "Eingegangen",
    "invoice.captured": "Erfasst", "invoice.released": "Freigegeben", "invoice.returned": "Zurückgegeben",
    "invoice.rejected": "Zurückgewiesen", "invoice.voided": "Gegenstandslos", "content.changed": "Geändert",
    "cert.given": "Festgestellt", "payment_order.ready": "Zur Anordnung", "payment_order.given": "Zahlung angeordnet",
    "payment_order.handed_over": "An die Kasse übergeben", "payment_order.receipt": "Quittung der Kasse",
    "invoice.duplicate_decided": "Dublette entschieden",
}  # fmt: skip
