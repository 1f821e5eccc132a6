"""The letter to a supplier whose e-invoice breaks the official rules: what is wrong, in words that can be acted on.

Made of a report as JSON. What the invoice says about itself is quoted on one line and cut: the letter goes to an
address that the same invoice names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from invoicing.rule_wording import TERMS

MAX_DEFECTS = 50
MAX_QUOTE = 120
MAX_SENTENCE = 500
_TO_THE_SENDER = {
    "xsd.invalid": "Der Aufbau der Datei entspricht nicht dem Schema des Formats",
    "rules.not_evaluable": "Eine amtliche Regel ließ sich nicht auswerten, weil eine Angabe nicht die erwartete Form "
    "hat",
    "scenario.none": "Für die angegebene Spezifikation (BT-24) gibt es keine amtlichen Prüfregeln",
}
"""Findings whose sentence tells the clerk what to do; the sender reads what is wrong, and the processor's words."""


class Letter(NamedTuple):
    """A mail in plain German text; `report` is the test report that goes with it."""

    subject: str
    text: str
    report: str


def rejection_letter(report: Mapping[str, Any], *, buyer: str, automatic: bool) -> Letter:
    """Refuses an invoice in the name of `buyer`; `automatic` says that no person looked at it yet."""
    named = _invoice_name(report)
    defects = [_defect(group) for group in _grouped(errors(report))]
    listed = [f"{number}. {defect}" for number, defect in enumerate(defects[:MAX_DEFECTS], 1)]
    if len(defects) > MAX_DEFECTS:
        listed.append(f"… und {len(defects) - MAX_DEFECTS} weitere, siehe Prüfbericht im Anhang.")
    paragraphs = [
        "Guten Tag,",
        f"Ihre elektronische {named} an {_quoted(buyer)} entspricht nicht den vorgeschriebenen Regeln für "
        "elektronische Rechnungen. Wir müssen sie deshalb zurückweisen; sie wird nicht bearbeitet und nicht bezahlt.",
        "Das ist zu ändern:",
        "\n\n".join(listed),
        "Bitte berichtigen Sie diese Punkte und senden Sie uns eine neue elektronische Rechnung (XRechnung oder "
        "ZUGFeRD ab dem Profil EN 16931). Der Prüfbericht im Anhang nennt die Regeln und die Stellen in der Datei; "
        "er hilft dem Hersteller Ihres Rechnungsprogramms.",
        *(["Diese Nachricht wurde vom Rechnungseingang automatisch erstellt."] if automatic else []),
        f"Freundliche Grüße\n{_quoted(buyer)}",
    ]
    return Letter(f"Zurückgewiesen: {named}"[:200], "\n\n".join(paragraphs) + "\n", plain_report(report))


def blank_letter(number: str | None, *, buyer: str) -> Letter:
    """The frame of a refusal whose reason a person writes in."""
    named = f"Rechnung {_quoted(number)}" if number else "Rechnung"
    paragraphs = [
        "Guten Tag,",
        f"Ihre {named} an {_quoted(buyer)} müssen wir zurückweisen:",
        "",
        "Bitte senden Sie uns eine berichtigte Rechnung.",
        f"Freundliche Grüße\n{_quoted(buyer)}",
    ]
    return Letter(f"Zurückgewiesen: {named}"[:200], "\n\n".join(paragraphs) + "\n", "")


def errors(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The findings that reject the invoice; what Factur-X adds is extra, most of it the same rules once more."""
    found = (finding for finding in report["findings"] if finding["level"] == "error")
    return [finding for finding in found if not finding["rule"].startswith("facturx.")]


def plain_report(report: Mapping[str, Any]) -> str:
    """Every finding with rule, level, place and official words, as plain text."""
    rule_set = report.get("rule_set") or {}
    lines = [
        "Prüfbericht",
        f"Datei (SHA-256): {report['file_sha256']}",
        f"Format: {report['syntax']} · Spezifikation (BT-24): {_quoted(report['profile'] or 'keine')}",
        f"Regelsatz: {rule_set.get('name', 'keiner')} {rule_set.get('version', '')}".rstrip(),
    ]
    for finding in report["findings"]:
        lines += [
            "",
            f"{finding['rule']} ({_LEVELS[finding['level']]})",
            f"  {_quoted(finding['message'], MAX_SENTENCE)}",
        ]
        lines += [f"  {label}: {text}" for label, text in _details(finding)]
    return "\n".join(lines) + "\n"


_LEVELS = {"error": "Fehler", "warning": "Warnung", "information": "Hinweis"}


def _details(finding: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for label, name in (("Angabe", "bt"), ("Wert", "value"), ("Stelle", "location"), ("Amtlicher Wortlaut", "text")):
        if finding.get(name):
            yield label, _quoted(finding[name], MAX_SENTENCE)


def _grouped(findings: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Findings of the same rule together: a rule that breaks in forty lines is one defect."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for finding in findings:
        groups.setdefault(finding["rule"], []).append(finding)
    return list(groups.values())


def _defect(group: Sequence[Mapping[str, Any]]) -> str:
    first = group[0]
    term, says = TERMS.get(first["bt"] or ""), _sentence(first)
    concerned = f"{term} ({first['bt']}): " if term and first["bt"] not in says else ""
    places = f" An {len(group)} Stellen." if len(group) > 1 else ""
    value = f" In der Rechnung steht: „{_quoted(first['value'])}“." if first.get("value") and len(group) == 1 else ""
    return f"{concerned}{says}{value}{places} [Regel {first['rule']}]"


def _sentence(finding: Mapping[str, Any]) -> str:
    """On one line, cut: it may repeat what the invoice says."""
    known, detail = _TO_THE_SENDER.get(finding["rule"]), finding.get("text")
    if known is None:
        return _quoted(finding["message"], MAX_SENTENCE)
    return f"{known} ({_quoted(detail, 2 * MAX_QUOTE)})." if detail else f"{known}."


def _invoice_name(report: Mapping[str, Any]) -> str:
    terms = dict(report.get("terms") or ())
    number, day = terms.get("BT-1"), terms.get("BT-2")
    named = f"Rechnung {_quoted(number)}" if number else "Rechnung ohne Nummer"
    return f"{named} vom {_quoted(_german(day), 20)}" if day else named


def _german(day: str) -> str:
    year, _, rest = day.partition("-")
    month, _, number = rest.partition("-")
    return f"{number}.{month}.{year}" if number else day


def _quoted(text: str, limit: int = MAX_QUOTE) -> str:
    """What somebody else wrote, on one line, without control characters, cut."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
