"""German sentences for error codes and approval states: what pages, JSON and commands all say, in one place."""

from dms.errors import DmsError
from dms.intake.wording import JAIL_LAYERS, REASONS, reason
from dms.payables.models import PayableState

ERRORS = {
    "stale": "Inzwischen hat jemand anderes diese Daten geändert. Bitte laden Sie die Seite neu und prüfen Sie sie.",
    "recognition": "Zurzeit kann keine Texterkennung lesen. Die Seiten werden gelesen, sobald eine eingerichtet ist.",
    "storage": "Der Dokumentenspeicher ist zurzeit nicht erreichbar. Bitte versuchen Sie es in einigen Minuten erneut.",
    "search": "Die Suche ist zurzeit nicht erreichbar. Bitte versuchen Sie es in einigen Minuten erneut.",
    "database": "Die Datenbank ist zurzeit nicht erreichbar. Bitte versuchen Sie es in einigen Minuten erneut.",
    "database.outdated": "Die Datenbank passt nicht zu dieser Fassung. Bitte einmal „dms migrate“ eingeben.",
    "jail": "Die geschützte Umgebung zum Lesen von Dateien lässt sich nicht starten. Bitte wenden Sie sich an die IT.",
    "jail.weak": "Verlangt ist die volle Stärke der geschützten Umgebung zum Lesen von Dateien (DMS_JAIL=require). "
    "Auf diesem Rechner fehlt: {missing}.",
    "config.unsafe": "So ist die Anwendung für andere Arbeitsplätze nicht sicher eingerichtet: {missing}.",
    "input.changed": "Die Datei hat sich während des Einlesens geändert. Bitte senden Sie sie noch einmal.",
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
    "mail": "Der Mailserver ist zurzeit nicht erreichbar. Die Nachricht wird später gesendet.",
    "mail.address": "Bitte prüfen Sie die E-Mail-Adresse.",
    "notice.unknown": "Diese Nachricht gibt es nicht.",
    "login.failed": "Anmeldename oder Kennwort stimmen nicht.",
    "login.throttled": "Zu viele Fehlversuche. Bitte warten Sie {seconds} Sekunden und versuchen Sie es dann erneut.",
    "password.wrong": "Das bisherige Kennwort stimmt nicht.",
    "password.too_short": "Das Kennwort braucht mindestens 10 Zeichen.",
    "password.differs": "Die beiden Eingaben des neuen Kennworts sind verschieden.",
    "csrf": "Die Anfrage kam nicht von einer Seite dieser Anwendung und wurde nicht ausgeführt.",
    "role.missing": "Dafür ist Ihr Konto nicht berechtigt. Bitte wenden Sie sich an die Verwaltung der Anwendung.",
    "user.unknown": "Diese Person gibt es nicht.",
    "user.login_length": "Der Anmeldename braucht 1 bis 80 Zeichen.",
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
    "job.not_open": "Diesen offenen Auftrag gibt es nicht.",
    "job.unknown": "Diesen Klärfall gibt es nicht mehr.",
    "page.unknown": "Diese Seite gibt es nicht.",
    "reference.race": "Gleichzeitig wurde eine Nummer vergeben. Bitte versuchen Sie es noch einmal.",
    "export.exists": "Der Ordner {folder} besteht schon. Bitte geben Sie einen anderen an.",
    "setup.invalid": "Die Einrichtungsdatei ist nicht in Ordnung: {place}.",
    "setup.syntax": "Die Datei ist kein gültiges TOML.",
    "setup.twice": "Diese Angabe steht zweimal in der Datei.",
    "setup.value": "Dieser Wert ist nicht zulässig.",
    "setup.password_missing": "Eine neue Person braucht ein erstes Kennwort.",
    "setup.plan_missing": "Die Datei des Aktenplans fehlt.",
    "document.not_reading": "Dieses Dokument wird gerade nicht gelesen.",
    "document.not_cancelled": "Das Lesen dieses Dokuments wurde nicht abgebrochen.",
    "document.processing": "Das Dokument wird noch gelesen. Bitte warten Sie einen Moment.",
    "document.filed": "Das Dokument ist abgelegt. Nehmen Sie es erst aus dem Vorgang.",
    "document.discarded": "Das Dokument ist schon verworfen.",
    "document.is_discarded": "Das Dokument ist verworfen. Bitte stellen Sie es zuerst wieder her.",
    "document.not_discarded": "Das Dokument ist nicht verworfen.",
    "document.not_in_inbox": "Das Dokument liegt nicht mehr im Posteingang.",
    "document.attached": "Die Anlage gehört zu ihrem Dokument und geht mit ihm.",
    "document.in_approval": "Zu diesem Dokument läuft eine Rechnungsprüfung. Beenden Sie diese zuerst.",
    "document.awaits_check": "Dieser Scan ersetzt das Papier: Bitte prüfen Sie ihn zuerst unter „Scanqualität“.",
    "quality.decided": "Über diesen Scan hat inzwischen jemand entschieden.",
    "quality.open": "Dieser Scan wartet schon auf eine Entscheidung.",
    "value.in_invoice": "Dieses Dokument wird als Rechnung geprüft. Bitte wählen Sie die Angabe auf der Seite der "
    "Rechnung.",
    "document.merged": "Die Seiten dieses Dokuments gehören jetzt zu einem anderen. Stellen Sie dort unter „Seiten "
    "bearbeiten“ die frühere Anordnung wieder her, dann kommt dieses zurück.",
    "pages.none": "Dieses Dokument hat keine Seiten, die sich bearbeiten lassen.",
    "pages.unread": "Dieses Dokument wurde nicht zu Ende gelesen. Bitte lassen Sie es zuerst noch einmal lesen.",
    "pages.attached": "Die Seiten einer Anlage bleiben, wie sie mit ihrem Dokument gekommen sind.",
    "pages.case_closed": "Der Vorgang {reference} ist geschlossen. Öffnen Sie ihn wieder, um Seiten zu bearbeiten.",
    "pages.file_closed": "Die Akte {reference} ist geschlossen. Öffnen Sie sie wieder, um Seiten zu bearbeiten.",
    "pages.einvoice": "Das ist eine E-Rechnung: Ihre Datei bleibt, wie der Absender sie geschickt hat.",
    "pages.in_approval": "Die Prüfung dieser Rechnung hat begonnen: Wer zeichnet, verbürgt sich für die Seiten, wie "
    "sie sind. Geben Sie die Rechnung zuerst an die Rechnungsstelle zurück.",
    "pages.unknown": "Diese Seite gehört nicht mehr zu dem Dokument. Bitte laden Sie die Ansicht neu.",
    "pages.none_left": "Eine Seite muss zu sehen bleiben. Um das ganze Dokument wegzulegen, verwerfen Sie es.",
    "pages.cut_nowhere": "Vor und hinter dem Schnitt muss je eine Seite zu sehen sein.",
    "pages.place": "Bitte tragen Sie bei „Platz“ ganze Zahlen ein, z. B. 3.",
    "pages.same": "Ein Dokument lässt sich nicht an sich selbst anfügen.",
    "pages.too_many": "Zusammen wären das mehr als {limit} Seiten. Bitte legen Sie die Dokumente einzeln ab.",
    "pages.not_in_inbox": "Anfügen lässt sich nur, was im Posteingang liegt. Nehmen Sie das andere Dokument zuerst aus "
    "seinem Vorgang.",
    "pages.elsewhere": "Ein Dokument, das dazu gehört, liegt jetzt bei einem anderen Amt. Bitte wenden Sie "
    "sich dorthin.",
    "pages.part_in_work": "Der abgetrennte Teil „{title}“ wird noch gelesen. Bitte warten Sie einen Moment.",
    "pages.part_used": "Mit dem abgetrennten Teil „{title}“ wurde schon weitergearbeitet (abgelegt oder selbst "
    "umgeordnet). Nehmen Sie das dort zuerst zurück.",
    "pages.other_in_approval": "Zu „{title}“ läuft eine Rechnungsprüfung. Beenden Sie diese zuerst.",
    "pages.unfinished": "Die Seiten werden gerade neu zusammengestellt. Bitte versuchen Sie es in einer Minute erneut.",
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
    "approval.credit": "Das ist eine Gutschrift: Hier wird nichts ausgezahlt. Bitte lassen Sie den Betrag mit der "
    "Rechnung verrechnen oder annehmen und erklären Sie sie hier für gegenstandslos.",
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
    "input.iso_date": "Bitte geben Sie das Datum als JJJJ-MM-TT an, z. B. 2026-11-27.",
    "input.number": "Bitte geben Sie eine ganze Zahl im zulässigen Bereich an.",
    "input.id": "Das ist keine Kennung (UUID).",
    "input.json": "Der Inhalt ist kein gültiges JSON.",
    "input.unknown": "Dieses Feld gibt es hier nicht.",
    "input.too_long": "Diese Angabe ist zu lang.",
    "input.too_short": "Diese Angabe ist zu kurz.",
    "input.characters": "Diese Angabe enthält unzulässige Zeichen.",
    "input.value": "Diese Angabe hat nicht die verlangte Form.",
    "token.missing": "Es fehlt ein Zugangsschlüssel (Kopfzeile „Authorization: Bearer …“).",
    "token.invalid": "Dieser Zugangsschlüssel ist nicht gültig. Bitte lassen Sie sich einen neuen ausstellen.",
    "token.unknown": "Einen Schlüssel mit diesem Anfang gibt es nicht.",
    "token.ambiguous": "Mehrere Schlüssel beginnen mit {prefix}. Bitte geben Sie mehr Zeichen an.",
    "request.unreadable": "Die Anfrage ließ sich nicht lesen: Sie ist unvollständig oder falsch aufgebaut.",
    "request.method": "Mit dieser Methode lässt sich die Adresse nicht aufrufen.",
    "request.too_large": "Die Anfrage ist größer als erlaubt. Bitte teilen Sie sie auf.",
    "server.failed": "Das hat leider nicht geklappt. Ihre Daten sind unverändert. Bitte versuchen Sie es erneut.",
    "idempotency.missing": "Es fehlt die Kopfzeile Idempotency-Key: ein Kennzeichen, jede Anfrage ein eigenes.",
    "idempotency.other": "Dieser Idempotency-Key gehört schon zu einer anderen Anfrage.",
    "station.other": "Eine Station bringt nur in eigenem Namen ein.",
    "intake.unknown": "Diesen Eingang gibt es nicht, oder Sie dürfen ihn nicht sehen.",
    "user.retired": "Das Konto dieser Person ist stillgelegt.",
    "address.unknown": "Unter dieser Adresse gibt es nichts.",
    "backup.inside": "Der Ordner {folder} und der Datenordner liegen ineinander. Bitte sichern Sie auf einen anderen "
    "Datenträger.",
    "backup.foreign": "Der Ordner {folder} enthält anderes. Bitte geben Sie einen neuen oder leeren Ordner an, oder "
    "einen mit früheren Sicherungen.",
    "backup.busy": "In den Ordner {folder} schreibt gerade eine andere Sicherung. Bitte warten Sie, bis sie "
    "fertig ist.",
    "backup.target": "Der Sicherungsordner {folder} lässt sich nicht benutzen ({cause}).",
    "backup.unwritable": "In den Sicherungsordner lässt sich nicht mehr schreiben. Ist der Datenträger voll oder "
    "getrennt? Die nächste Sicherung macht dort weiter.",
    "backup.unreadable": "Aus dem Sicherungsordner lässt sich nicht mehr lesen. Bitte prüfen Sie den Datenträger.",
    "backup.none": "In {folder} liegt keine fertige Sicherung.",
    "backup.unknown": "In {folder} gibt es keine Sicherung, deren Name mit {name} beginnt.",
    "backup.damaged": "Diese Sicherung ist beschädigt ({part}). Bitte nehmen Sie eine andere (--snapshot), oder "
    "erneuern Sie sie aus der laufenden Installation (dms backup ORDNER --deep).",
    "backup.newer": "Diese Sicherung stammt von einer neueren Fassung. Bitte erst Aktenlauf aktualisieren.",
    "backup.no_room": "Für die Probe sind {needed} GB nötig, in {folder} sind {free} GB frei. Bitte mit --scratch "
    "einen anderen Ordner angeben.",
    "restore.not_empty": "Diese Installation ist nicht leer. Zurückgeholt wird nur in eine leere: bitte geben Sie "
    "einen neuen Datenordner (DMS_DATA) oder eine neue, leere Datenbank (DMS_DATABASE_URL) an.",
    "restore.schema": "Die leere Datenbank gehört zu einer anderen Fassung als die Sicherung. Bitte geben Sie eine "
    "neue Datenbank ohne Tabellen an.",
    "restore.seals": "Im Datenordner liegt noch eine Siegeldatei ({file}). Sie beweist, was nach der Sicherung "
    "geschah: bitte aufbewahren, aber aus dem Datenordner nehmen.",
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

TITLES = {
    400: "Anfrage nicht lesbar",
    401: "Zugangsschlüssel nötig",
    403: "Nicht erlaubt",
    404: "Nicht gefunden",
    405: "Hier nicht möglich",
    409: "Widerspruch zum jetzigen Stand",
    413: "Zu groß",
    422: "Angaben nicht verwendbar",
    429: "Zu viele Fehlversuche",
    500: "Fehler der Anwendung",
    503: "Zurzeit nicht möglich",
}
"""What an HTTP status means to a person."""


def error_text(error: DmsError) -> str:
    """The German sentence for an error; every code has one."""
    template = ERRORS.get(error.code)
    if template is None:
        return reason(error.code) if error.code in REASONS else ERRORS["input.invalid"]
    spoken = {name: value for name, value in error.params.items() if value is not None}
    if error.code == "jail.weak":
        spoken["missing"] = "; ".join(JAIL_LAYERS[name] for name in str(spoken["missing"]).split(","))
    return template.format(**spoken)


def code_text(code: str) -> str:
    """The German sentence for the code of a field or reason, which has no parameters."""
    return error_text(DmsError(code))
