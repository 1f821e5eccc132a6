"""German sentences for the findings of this library, for clerks and suppliers: what is wrong and what to do next."""

from __future__ import annotations

from invoicing.findings import Finding

_SENTENCES = {
    "input.empty": "Die Datei ist leer. Bitte fordern Sie die Rechnung erneut an.",
    "input.too_large": "Die Datei ist größer, als hier angenommen wird. Bitte fordern Sie eine kleinere Datei an.",
    "input.encoding": "Die Zeichen der Datei passen nicht zur angegebenen Kodierung. Bitte fordern Sie die Rechnung "
    "in UTF-8 an.",
    "input.doctype": "Die Datei enthält eine Dokumenttyp-Angabe (DOCTYPE). Solche Dateien werden aus "
    "Sicherheitsgründen nicht gelesen.",
    "input.xinclude": "Die Datei verweist auf fremde Inhalte (XInclude). Solche Dateien werden aus "
    "Sicherheitsgründen nicht gelesen.",
    "input.malformed": "Die Datei ist kein fehlerfreies XML. Bitte fordern Sie die Rechnung erneut an.",
    "input.too_deep": "Die Datei ist ungewöhnlich tief verschachtelt und wird aus Sicherheitsgründen nicht gelesen.",
    "input.too_many_elements": "Die Datei enthält zu viele Elemente und wird aus Sicherheitsgründen nicht gelesen.",
    "input.unknown_root": "Die PDF-Datei kündigt eine E-Rechnung an, enthält aber keine lesbare. Bitte fordern Sie "
    "die Rechnung erneut an.",
    "input.encrypted": "Die PDF-Datei ist verschlüsselt. Bitte fordern Sie sie ohne Kennwort an.",
    "input.broken": "Die PDF-Datei ist beschädigt. Bitte fordern Sie die Rechnung erneut an.",
    "input.too_many_files": "In die PDF-Datei sind zu viele Dateien eingebettet.",
    "input.file_too_large": "Eine in die PDF-Datei eingebettete Datei ist zu groß.",
    "invoice.none": "Die Datei enthält keine E-Rechnung.",
    "profile.no_invoice": "Dieses Format (MINIMUM, BASIC WL oder ZUGFeRD 1.x) gilt nicht als E-Rechnung. Bitte "
    "prüfen Sie die Rechnung wie eine Papierrechnung.",
    "scenario.none": "Für die angegebene Spezifikation (BT-24) gibt es keine amtlichen Prüfregeln. Bitte entscheiden "
    "Sie selbst oder fordern Sie eine XRechnung an.",
    "rules.missing": "Nicht geprüft: Der amtliche Regelsatz ist nicht eingerichtet. Die Rechnung ist lesbar; ob sie "
    "den Regeln entspricht, ist offen.",
    "schema.missing": "Nicht geprüft: Die XML-Schemata sind nicht lesbar. Bitte wenden Sie sich an Ihre "
    "Administration.",
    "xsd.invalid": "Der Aufbau der Datei entspricht nicht dem Schema des Formats. Bitte fordern Sie eine korrigierte "
    "Rechnung an.",
    "pdf.several_invoices": "Die PDF-Datei enthält mehrere Rechnungen mit verschiedenen Angaben. Bitte klären Sie mit "
    "dem Absender, welche gilt.",
    "pdf.legacy_copy": "Die PDF-Datei enthält dieselbe Rechnung zusätzlich im alten Format ZUGFeRD 1.0.",
    "pdf.unusual_name": "Die Rechnung liegt in der PDF-Datei unter einem unüblichen Namen.",
    "value.date": "Das Datum ist nicht lesbar.",
    "value.amount": "Der Betrag ist nicht lesbar.",
    "value.number": "Die Zahl ist nicht lesbar.",
    "value.binary": "Die eingebettete Datei ist nicht lesbar.",
    "leitweg.check_digits": "Die Prüfziffer der Leitweg-ID stimmt nicht. Bitte prüfen Sie, ob die Rechnung für Sie "
    "bestimmt ist.",
    "iban.check_digits": "Die Prüfziffer der IBAN stimmt nicht. Bitte klären Sie die Bankverbindung mit dem "
    "Rechnungssteller.",
    "skonto.form": "Die Skonto-Angabe hat nicht die vorgeschriebene Form und wird nicht ausgewertet.",
}


def sentence(finding: Finding) -> str:
    """The German sentence for a finding, with the value or the processor's words where there are any."""
    text = _SENTENCES.get(finding.rule, "")
    if not text:
        return finding.detail or finding.rule
    return f"{text} ({finding.detail})" if finding.detail else text
