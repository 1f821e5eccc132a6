"""German sentences for the findings of this library, for clerks and suppliers: what is wrong and what to do next."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from invoicing import wording
from invoicing.findings import Finding
from invoicing.rule_wording import rule_sentence

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
    "rules.missing": "Nicht geprüft: Der amtliche Regelsatz ist nicht eingerichtet (dms rules install). Die Rechnung "
    "ist lesbar; ob sie den Regeln entspricht, ist offen.",
    "rules.altered": "Nicht geprüft: Der amtliche Regelsatz wurde verändert und wird nicht verwendet. Bitte richten "
    "Sie ihn neu ein: dms rules install",
    "rules.crashed": "Nicht geprüft: Die Prüfung ist abgebrochen. Bitte prüfen Sie die Rechnung noch einmal.",
    "rules.timeout": "Nicht geprüft: Die Prüfung wurde nicht rechtzeitig fertig. Bitte prüfen Sie die Rechnung noch "
    "einmal.",
    "rules.not_evaluable": "Eine amtliche Regel ließ sich an dieser Rechnung nicht auswerten, weil eine Angabe nicht "
    "die erwartete Form hat. Bitte fordern Sie eine korrigierte Rechnung an.",
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
    "vat_id.check_digits": "Die Umsatzsteuer-ID kann nicht stimmen: Form oder Prüfziffer passen nicht. Bitte klären "
    "Sie sie mit dem Rechnungssteller.",
    "arithmetic.line": "Der Nettobetrag der Position passt nicht zu Menge, Preis, Nachlässen und Zuschlägen. Bitte "
    "rechnen Sie nach.",
    "arithmetic.vat_group": "Die Umsatzsteuer passt nicht zum Nettobetrag und zum Steuersatz ihrer Gruppe. Bitte "
    "rechnen Sie nach.",
    "comparison.differs": "Die Seite zeigt etwas anderes als die E-Rechnung in der Datei. Bitte klären Sie das vor der "
    "Zahlung mit dem Rechnungssteller, auf einem Weg, den Sie schon kennen.",
    "comparison.not_read": "Seiten der PDF-Datei ließen sich nicht lesen. Ob sie dasselbe zeigen wie die E-Rechnung, "
    "ist für diese Seiten offen. Bitte vergleichen Sie selbst.",
    "skonto.form": "Die Skonto-Angabe hat nicht die vorgeschriebene Form und wird nicht ausgewertet.",
}


_AMOUNTS = ("BT-109", "BT-110", "BT-112", "BT-115")
_COMPARED = {
    "BT-1": "Rechnungsnummer",
    "BT-2": "Rechnungsdatum",
    "BT-27": "Rechnungssteller",
    "BT-84": "IBAN",
    "BT-109": "Nettobetrag",
    "BT-110": "Steuerbetrag",
    "BT-112": "Bruttobetrag",
    "BT-115": "Zahlbetrag",
}


def difference(bt: str, xml: str, pdf: str, page: int) -> str:
    """What differs between XML and page, in words: "IBAN: XML DE02…, Seite 1 DE75…"."""
    return f"{_COMPARED.get(bt, bt)}: XML {in_german(bt, xml)}, Seite {page} {in_german(bt, pdf)}"


def in_german(bt: str, value: str) -> str:
    """A value of the form of EN 16931 as Germans write it: dates and amounts; all others as they are."""
    try:
        if bt == "BT-2":
            return wording.day(date.fromisoformat(value))
        return wording.amount(Decimal(value)) if bt in _AMOUNTS else value
    except (ValueError, InvalidOperation):
        return value


def sentence(finding: Finding) -> str:
    """The German sentence for a finding of ours, with the value or the processor's words, or for an official rule."""
    if finding.rule.startswith("facturx."):
        return f"Factur-X: {rule_sentence(finding.rule.partition('.')[2], finding.detail)}"
    if "." not in finding.rule:
        return rule_sentence(finding.rule, finding.detail)
    text = _SENTENCES.get(finding.rule, "")
    if not text:
        return finding.detail or finding.rule
    return f"{text} ({finding.detail})" if finding.detail else text
