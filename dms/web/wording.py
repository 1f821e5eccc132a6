"""German words of the pages: states, acts, sources and the history; the sentences for errors are `dms/wording.py`."""

from datetime import datetime

from dms.actor import Role
from dms.intake.models import CheckResult, Outcome
from dms.intake.wording import HAZARDS as HAZARDS
from dms.intake.wording import JAIL_LAYERS
from dms.ops.health import Part
from dms.payables.approval import Event
from dms.records.models import DocumentState
from dms.web.format import moment, size
from dms.wording import ERRORS as ERRORS
from dms.wording import PAYABLE_STATES as PAYABLE_STATES
from dms.wording import error_text as error_text
from invoicing.rule_wording import TERMS as TERMS

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
WAITS_FOR = {
    Event.RELEASE: "Erfassung und Freigabe",
    Event.CODE: "Kontierung",
    Event.CERTIFY_SUBSTANCE: "sachliche Feststellung",
    Event.CERTIFY_ARITHMETIC: "rechnerische Feststellung",
    Event.ORDER_PAYMENT: "Anordnung der Zahlung",
}
VERDICTS = {
    "accepted": "angenommen", "rejected": "nicht angenommen", "unchecked": "nicht geprüft",
    "no_einvoice": "keine E-Rechnung",
}  # fmt: skip
VERDICT_KINDS = {"accepted": "success", "rejected": "danger", "unchecked": "warning", "no_einvoice": "info"}
VERDICT_MEANS = {
    "accepted": "Die Rechnung entspricht den amtlichen Regeln.",
    "rejected": "Die Rechnung entspricht nicht den amtlichen Regeln.",
    "unchecked": "Ob die Rechnung den Regeln entspricht, ist offen. Sie wird von selbst erneut geprüft.",
    "no_einvoice": "Die Datei gilt nicht als E-Rechnung. Bitte prüfen Sie sie wie eine Papierrechnung.",
}
SYNTAXES = {
    "ubl-invoice": "UBL-Rechnung", "ubl-creditnote": "UBL-Gutschrift", "cii": "CII (auch ZUGFeRD)",
    "zugferd-1": "ZUGFeRD 1.0",
}  # fmt: skip
SCENARIOS = {
    "cius": "XRechnung", "ext": "XRechnung mit Erweiterung", "cvd": "XRechnung saubere Fahrzeuge", "en": "EN 16931",
}  # fmt: skip
ENDS = {
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
    "payee": "Zahlungsempfänger", "seller_email": "E-Mail des Rechnungsstellers", "delivery_date": "Lieferdatum",
    "period_start": "Leistung von", "period_end": "Leistung bis",
}  # fmt: skip
LETTER_FIELDS = FIELDS | {
    "seller": "Absender", "buyer": "Empfänger", "issue_date": "Datum", "subject": "Betreff",
    "your_reference": "Ihr Zeichen", "our_reference": "Zeichen des Absenders",
}  # fmt: skip
PAYABLE_FIELDS = {
    "legal_entity_id": "Mandant", "unit_id": "Amt", "seller_name": "Rechnungssteller", "seller_vat_id": "USt-IdNr.",
    "invoice_number": "Rechnungsnummer", "type_code": "Rechnungsart", "issued_on": "Rechnungsdatum",
    "due_on": "Fällig am", "currency": "Währung", "net_cents": "Netto", "tax_cents": "Umsatzsteuer",
    "gross_cents": "Brutto", "payable_cents": "Zahlbetrag", "cut_cents": "Gekürzt um", "retained_cents": "Einbehalt",
    "discount_until": "Skonto bis", "discount_cents": "Skonto", "payee_name": "Zahlungsempfänger", "iban": "IBAN",
    "buyer_reference": "Leitweg-ID", "coding": "Kontierung", "pages": "Seiten",
}  # fmt: skip
METADATA = {
    "title": "Betreff", "sender": "Absender", "recipient": "Empfänger", "foreign_reference": "Zeichen des Absenders",
    "document_date": "Datum des Schreibens", "reason_text": "Grund",
}  # fmt: skip
"""Fields of a document whose changes its history shows."""
CHANNELS = {
    "hotfolder": "Scanner",
    "stack": "Stapel",
    "cut": "abgetrennt",
    "upload": "hochgeladen",
    "import": "eingelesen",
    "api": "Schnittstelle",
}
CHECK_RESULTS = {
    CheckResult.OPEN: "offen", CheckResult.PASSED: "in Ordnung", CheckResult.RESCAN: "neu scannen",
    CheckResult.DEFECT: "Mangel",
}  # fmt: skip
CHECK_MODES = {"all": "jeder Scan der Station", "sample": "Stichprobe", "poor": "schlecht lesbar"}
DOCUMENT_KINDS = {"letter": "Schreiben", "invoice": "Rechnung"}
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
    "index": "Suchindex", "archive": "Archivfassung", "split": "Stapel trennen", "arranged": "Seiten ordnen",
    "hand_over": "Übergabe an die Kasse", "reread": "Nachträglich lesen",
    "recheck": "E-Rechnung erneut prüfen", "notice": "Nachricht an den Absender",
}  # fmt: skip
HEALTH_PARTS = {
    "database": "Datenbank", "storage": "Dokumentenspeicher", "search": "Suche", "jail": "Schutz beim Lesen",
    "recognition": "Texterkennung", "hotfolder": "Scannerordner", "left_alone": "Im Scannerordner liegen geblieben",
    "jobs": "Verarbeitung", "clarifications": "Klärfälle",
    "seals": "Siegel des Protokolls", "receipts": "Quittungen der Kasse", "verification": "Prüfung des Bestands",
    "tls": "Verschlüsselung", "rules": "Regeln der E-Rechnung", "mail": "Nachrichten an Absender",
    "backup": "Datensicherung", "retention": "Löschsperre",
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
    "jail.weak": "Auf diesem Rechner fehlt: {value}.",
    "recognition.missing": "Keine Texterkennung: gescannte Seiten warten, bis eine da ist. Bitte installieren: "
    "apt-get install tesseract-ocr tesseract-ocr-deu",
    "recognition.slow": "Tesseract mit deutscher Sprache fehlt: {value} liest alle Seiten, das ist langsamer. Bitte "
    "installieren: apt-get install tesseract-ocr tesseract-ocr-deu",
    "recognition.engine": "{value}",
    "rules.missing": "Kein Regelsatz: E-Rechnungen bleiben ungeprüft. Bitte eingeben: dms rules install",
    "rules.altered": "Die Datei {value} wurde verändert; E-Rechnungen bleiben ungeprüft. Bitte eingeben: "
    "dms rules install",
    "rules.installed": "Regelsatz {value}, unverändert",
    "mail.undelivered": "{value} Nachrichten waren nicht zustellbar. Sie stehen unter „E-Rechnungen: Regeln und "
    "Ausnahmen“.",
    "mail.none": "keine unzustellbar",
    "hotfolder.missing": "Der Ordner {value} fehlt.",
    "hotfolder.failed_files": "{value} Dateien liegen in .fehler; daneben steht jeweils der Grund.",
    "hotfolder.watched": "wird beobachtet, keine Fehler",
    "left_alone.no_station": "„{value}“ liegt neben den Ordnern der Stationen. Bitte legen Sie es in einen davon.",
    "left_alone.station_name": "Der Ordner „{value}“ hat keinen brauchbaren Namen. Bitte geben Sie ihm einen aus "
    "höchstens 60 druckbaren Zeichen.",
    "left_alone.station": "Der Ordner „{value}“ lässt sich nicht lesen oder beschreiben. Bitte prüfen Sie die Rechte.",
    "left_alone.file": "„{value}“ lässt sich nicht holen oder nicht weglegen. Bitte prüfen Sie Rechte und Datenträger.",
    "left_alone.immovable": "„{value}“ wird eingelesen, darf aber nicht weggelegt werden und bleibt liegen. Bitte "
    "geben Sie der Anwendung das Recht dazu.",
    "left_alone.link": "„{value}“ ist eine Verknüpfung und wird nicht geholt. Bitte legen Sie die Datei selbst hinein.",
    "left_alone.folder": "„{value}“ ist ein Ordner und wird nicht geholt. Bitte legen Sie die Dateien einzeln hinein.",
    "left_alone.special": "„{value}“ ist keine gewöhnliche Datei und wird nicht geholt. Bitte entfernen Sie es.",
    "left_alone.claim": "„{value}“ stammt nicht von der Anwendung. Bitte nehmen Sie es aus dem Ordner .arbeit heraus.",
    "left_alone.gone": "„{value}“ verschwand beim Holen. Bitte prüfen Sie, ob es angekommen ist; sonst "
    "scannen Sie es neu.",
    "left_alone.refused": "„{value}“ wurde nicht angenommen und darf nicht weggelegt werden. Bitte entfernen Sie es; "
    "den Grund nennt das Protokoll der Anwendung (journalctl).",
    "left_alone.more": "und {value} weitere; alle stehen im Protokoll der Anwendung (journalctl)",
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
    "backup.never": "Noch nie gesichert. Bitte richten Sie ein, was regelmäßig läuft: dms backup ORDNER",
    "backup.faults": "Bei der letzten Sicherung ({value}) fehlte schon in der Installation etwas. Bitte sehen Sie "
    "nach: dms verify --deep",
    "backup.late": "Seit {value} wurde nicht mehr gesichert. Bitte prüfen Sie den Zeitplan und den Datenträger.",
    "backup.drill_failed": "Die letzte Probe ({value}) kam nicht fehlerfrei zurück. Bitte erneuern: "
    "dms backup ORDNER --deep --drill",
    "backup.not_tried": "zuletzt gesichert: {value}. Ob es zurückkommt, zeigt einmal im Monat: "
    "dms backup ORDNER --drill",
    "backup.tried": "zuletzt gesichert und zur Probe fehlerfrei zurückgeholt: {value}",
    "retention.off": "Nur was der Aktenplan verlangt, wird gegen Löschen gesperrt (DMS_RETAIN_DAYS=0).",
    "retention.unlocked": "{value} Originale sind im Speicher nicht gegen Löschen gesperrt. Ein S3-Bucket braucht "
    "dafür Object Lock.",
    "retention.locked": "Alle Originale sind im Speicher gegen Löschen gesperrt.",
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
    elif part.name == "jail" and isinstance(value, str):
        value = "; ".join(JAIL_LAYERS[layer] for layer in value.split(", "))
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
    "login.succeeded": "Anmeldung", "job.cancelled": "Auftrag abgebrochen",
    "job.set_aside": "Auftrag angehalten",
    "job.retried": "Auftrag noch einmal versucht",
    "system.verified": "Bestand geprüft",
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
    "document.separated": "In Dokumente getrennt", "document.discarded": "Verworfen",
    "document.restored": "Wiederhergestellt", "document.edited": "Geändert",
    "document.recalled": "Zurückgeholt", "document.kept": "Als eigenes Dokument behalten",
    "document.no_invoice": "Nicht mehr als Rechnung geführt", "invoice.commented": "Anmerkung",
    "invoice.returned.capture": "Zurückgegeben an die Rechnungsstelle",
    "invoice.returned.review": "Zurückgegeben zur Prüfung", "cert.given.substance": "Festgestellt: sachlich richtig",
    "cert.given.arithmetic": "Festgestellt: rechnerisch richtig",
    "document.invoice": "Als Rechnung geführt", "document.quarantined": "Klärfall",
    "document.clarified": "Klärfall übernommen", "invoice.received": "Eingegangen",
    "invoice.captured": "Erfasst", "invoice.released": "Freigegeben", "invoice.returned": "Zurückgegeben",
    "invoice.checked": "E-Rechnung geprüft", "notice.written": "Nachricht an den Absender geschrieben",
    "notice.sent": "Nachricht an den Absender gesendet", "notice.refused": "Nachricht war nicht zustellbar",
    "sender.exempted": "Absender ausgenommen", "sender.exemption_ended": "Ausnahme beendet",
    "document.pages_turned": "Seite gedreht", "document.pages_hidden": "Seite ausgeblendet",
    "document.pages_shown": "Seite eingeblendet", "document.pages_ordered": "Seiten umgeordnet",
    "document.pages_cut": "Seiten abgetrennt", "document.pages_appended": "Seiten angefügt",
    "document.pages_restored": "Frühere Anordnung der Seiten wiederhergestellt",
    "scan_check.asked": "Scan zur Prüfung vorgelegt", "scan_check.passed": "Scan in Ordnung",
    "scan_check.rescan": "Neu zu scannen", "scan_check.defect": "Mangel am Scan festgehalten",
    "scan_check.reopened": "Prüfung des Scans wieder offen", "document.check_awaited": "Wartet auf Prüfung des Scans",
    "document.check_passed": "Prüfung des Scans abgeschlossen",
    "document.value_chosen": "Angabe auf der Seite gewählt",
    "document.merged": "Seiten an ein anderes Dokument gegeben", "document.given_back": "Seiten zurückerhalten",
    "document.carried": "Mit dem Hauptdokument bewegt",
    "invoice.rejected": "Zurückgewiesen", "invoice.voided": "Gegenstandslos", "content.changed": "Geändert",
    "cert.given": "Festgestellt", "payment_order.ready": "Zur Anordnung", "payment_order.given": "Zahlung angeordnet",
    "payment_order.handed_over": "An die Kasse übergeben", "payment_order.receipt": "Quittung der Kasse",
    "invoice.duplicate_decided": "Dublette entschieden",
}  # fmt: skip
