"""German reasons why an input could not be taken on, what is dangerous in it, and what the jail lacks: for pages,
`.fehler/NAME.txt` and commands.
"""

ASK_SENDER = "Bitte bitten Sie den Absender um eine lesbare Fassung."

REASONS = {
    "input.empty": "Die Datei ist leer. Bitte scannen oder senden Sie das Dokument noch einmal.",
    "input.too_large": "Die Datei ist größer als erlaubt. Bitte teilen Sie sie auf.",
    "input.incomplete": "Die Datei ist unvollständig angekommen. Bitte legen Sie sie noch einmal ab.",
    "input.unreadable": "Die Datei ist nicht lesbar. Bitte geben Sie sie zum Lesen frei und legen Sie sie erneut ab.",
    "input.not_regular": "Das ist keine Datei, sondern ein Verweis. Bitte legen Sie das Dokument selbst ab.",
    "content.empty": "Die Datei ist leer. Bitte scannen oder senden Sie das Dokument noch einmal.",
    "content.unknown": "Die Art der Datei ist unbekannt. " + ASK_SENDER,
    "content.program": "Die Datei ist ein Programm und wird nicht geöffnet. Bitte fragen Sie beim Absender nach.",
    "content.script": "Die Datei enthält ausführbare Anweisungen und wird nicht geöffnet.",
    "content.archive": "Die Datei ist ein Archiv. Bitte packen Sie sie aus und reichen Sie die Dokumente einzeln ein.",
    "content.archive_bomb": "Das Archiv entpackt sich auf eine unzulässige Größe und wird nicht geöffnet.",
    "content.archive_paths": "Das Archiv enthält unzulässige Pfade und wird nicht geöffnet.",
    "content.macros": "Die Office-Datei enthält Makros. Bitte bitten Sie um eine Fassung ohne Makros oder als PDF.",
    "content.two_types": "Die Datei ist zugleich zwei Dateiarten und wird nicht geöffnet. " + ASK_SENDER,
    "content.too_slow": "Die Datei ließ sich nicht in vertretbarer Zeit lesen. " + ASK_SENDER,
    "content.too_much_memory": "Die Datei braucht beim Lesen zu viel Speicher. " + ASK_SENDER,
    "content.crash": "Die Datei ist beschädigt und ließ sich nicht lesen. " + ASK_SENDER,
    "content.name_differs": "Die Datei heißt wie ein Bild oder eine PDF-Datei, ist aber keines von beiden. "
    + ASK_SENDER,
    "content.encrypted": "Die Datei ist mit einem Kennwort geschützt. Bitte bitten Sie um eine ungeschützte Fassung.",
    "content.office_old": "Die Datei hat ein altes Office-Format (vor 2007), das nicht gelesen wird. Bitte bitten Sie "
    "um eine PDF-Datei oder ein neueres Format.",
    "content.outlook": "Outlook-Nachrichten (.msg, winmail.dat) werden nicht gelesen. Bitte speichern Sie die E-Mail "
    "als Datei mit der Endung .eml oder als PDF.",
    "content.xml_unknown": "Die Art der XML-Datei ist unbekannt. " + ASK_SENDER,
    "content.mail_program": "Die E-Mail hat ein Programm im Anhang. Bitte fragen Sie auf einem anderen Weg beim "
    "Absender nach.",
    "content.xml_doctype": "Die Office-Datei enthält unzulässige XML-Anweisungen. " + ASK_SENDER,
    "content.mail_headers": "Die Kopfzeilen der E-Mail sind unzulässig groß.",
    "content.mail_parts": "Die E-Mail hat zu viele Teile.",
    "content.mail_depth": "Die E-Mail ist zu tief verschachtelt.",
    "pdf.encrypted": "Die PDF-Datei ist mit einem Kennwort geschützt. Bitte bitten Sie um eine ungeschützte Fassung.",
    "pdf.several_invoices": "Die PDF-Datei enthält mehrere verschiedene E-Rechnungen. Bitte bitten Sie den Absender um "
    "eine eindeutige Fassung.",
    "pdf.broken": "Die PDF-Datei ist beschädigt. " + ASK_SENDER,
    "pdf.empty": "Die PDF-Datei hat keine Seiten. " + ASK_SENDER,
    "pdf.page_count_differs": "Über die Zahl der Seiten sind sich zwei Leseprogramme uneinig. " + ASK_SENDER,
    "pdf.too_many_files": "Die PDF-Datei enthält mehr Anhänge als erlaubt. " + ASK_SENDER,
    "view.too_large": "Diese Rechnung ist zu lang für eine Ansicht als PDF. Bitte nutzen Sie die Ansicht auf der "
    "Rechnungsseite.",
    "invoice.none": "Die Datei enthält keine E-Rechnung.",
    "pdf.file_too_large": "Ein Anhang der PDF-Datei ist größer als erlaubt. " + ASK_SENDER,
    "pdf.too_many_pages": "Die Datei hat mehr Seiten als erlaubt. Bitte teilen Sie sie auf.",
    "pdf.page_too_large": "Eine Seite ist größer als erlaubt. " + ASK_SENDER,
    "image.too_large": "Das Bild ist größer als erlaubt. Bitte scannen Sie mit geringerer Auflösung.",
    "image.page_too_large": "Eine Seite ist größer als erlaubt. Bitte scannen Sie das Dokument noch einmal.",
    "image.broken": "Das Bild ist beschädigt. Bitte scannen Sie das Dokument noch einmal.",
    "image.too_many_pages": "Die Datei hat mehr Seiten als erlaubt. Bitte teilen Sie sie auf.",
    "format.unknown": "Die Datei ist weder eine PDF-Datei noch ein lesbares Bild. " + ASK_SENDER,
    "page.missing": "Eine Seite der Datei fehlt. " + ASK_SENDER,
    "pages.failed": "Mindestens eine Seite ließ sich nicht lesen. Bitte prüfen Sie das Dokument am Bild und legen Sie "
    "es ab, oder scannen Sie es neu.",
    "text.cancelled": "Jemand hat das Lesen abgebrochen. Gelesene Seiten sind aufgehoben; es kann weitergehen.",
    "stack.unknown_case": "Den Vorgang auf dem Deckblatt gibt es nicht. Bitte legen Sie das Dokument selbst ab.",
    "stack.closed_case": "Der Vorgang auf dem Deckblatt ist abgeschlossen. Bitte legen Sie das Dokument selbst ab.",
    "archive.not_conforming": "Aus dieser Datei lässt sich keine PDF/A-Fassung machen, ohne sie zu verändern. Das "
    "Original ist aufbewahrt.",
    "archive.pages_missing": "Nicht alle Seiten sind gelesen, darum gibt es keine PDF/A-Fassung.",
    "archive.too_large": "Die Datei ist zu groß für eine PDF/A-Fassung. Das Original ist aufbewahrt.",
    "engine.failed": "Die Texterkennung ist an dieser Seite gescheitert. Bitte versuchen Sie es erneut.",
    "engine.unknown": "Diese Texterkennung gibt es nicht. Bitte wenden Sie sich an die IT.",
    "engine.missing": "Die Texterkennung ist nicht eingerichtet. Bitte wenden Sie sich an die IT.",
    "engine.unavailable": "Die geschützte Umgebung zum Lesen von Dateien lässt sich nicht starten. Bitte wenden Sie "
    "sich an die IT.",
    "engine.timeout": "Die Texterkennung wurde nicht rechtzeitig fertig. Bitte versuchen Sie es erneut.",
    "storage.damaged": "Das gespeicherte Original ist beschädigt. Bitte wenden Sie sich an die IT.",
    "job.crashed": "Die Verarbeitung ist mehrmals abgebrochen. Bitte versuchen Sie es erneut.",
    "job.set_aside": "Die Verarbeitung wurde von Hand angehalten. Bitte versuchen Sie es erneut.",
    "job.failed": "Die Verarbeitung ist an einem Fehler gescheitert. Bitte versuchen Sie es erneut.",
}
JAIL_LAYERS = {
    "other_user": "ein eigenes Benutzerkonto",
    "no_new_privileges": "der Verzicht auf Sonderrechte",
    "seccomp": "die Sperre von Systemaufrufen (libseccomp)",
    "network_closed": "die Trennung vom Netz",
    "programs_closed": "die Sperre fremder Programme",
    "files_closed": "die Trennung von den Dateien der Anwendung (Landlock oder Mount-Namensraum)",
    "scratch_private": "getrennte Arbeitsordner",
    "processes_closed": "die Trennung von anderen Prozessen (Prozess-Namensraum)",
    "limits": "Grenzen für Speicher und Rechenzeit",
    "disk_limited": "die Grenze für belegten Plattenplatz (Mount-Namensraum)",
}
"""The layers of `dms.jail.JailStrength`."""
HAZARDS = {
    "attachment-path": "Ein Anhang der E-Rechnung trägt einen Namen, der in fremde Ordner zeigt.",
    "changed-later": "Die E-Rechnung wurde nach ihrer Erstellung verändert. Bitte fragen Sie beim Absender nach.",
    "embedded-file": "Die Datei enthält weitere Dateien. Öffnen Sie diese nur, wenn Sie sie erwarten.",
    "embedded-object": "Die Datei enthält ein eingebettetes Objekt. Öffnen Sie das Original nicht im Büroprogramm.",
    "embedded-program": "Die Datei enthält ein Programm. Öffnen Sie das Original nicht.",
    "javascript": "Die Datei enthält Programmtext (JavaScript). Hier wird er nicht ausgeführt.",
    "launch": "Die Datei will beim Öffnen ein Programm starten. Öffnen Sie das Original nicht.",
    "media": "Die Datei enthält Ton, Film oder 3D-Inhalte, die hier nicht gezeigt werden.",
    "not-fully-checked": "Die Datei ist so umfangreich, dass nicht alles auf Gefahren geprüft wurde.",
    "remote-file": "Die Datei lädt beim Öffnen fremde Dateien nach. Öffnen Sie das Original nicht.",
    "submit": "Die Datei kann Eingaben an eine fremde Adresse senden.",
    "uri-action": "Die Datei öffnet von selbst eine Adresse im Internet.",
    "xfa": "Die Datei ist ein XFA-Formular. Hier ist womöglich nicht alles zu sehen.",
}
"""What a person should know before opening the original (`dms/intake/hazards.py`)."""
_XML = "Die XML-Datei ist nicht zulässig oder nicht lesbar. Bitte bitten Sie den Absender um eine korrekte Fassung."


def reason(code: str) -> str:
    """The German sentence for a reason code; every code has one, unknown ones a general one."""
    if code in REASONS:
        return REASONS[code]
    if code.startswith(("input.", "xml.")):
        return _XML
    return "Das Dokument ließ sich nicht verarbeiten. Bitte wenden Sie sich an die Verwaltung der Anwendung."
