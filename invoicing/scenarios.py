"""Which official scenario judges an invoice: BT-24 and syntax by exact equality, as the KoSIT validator does.

A `Scenario` names the severity overrides of its levels too; the base levels are those of the sheets. Source: the public
`scenarios.xml` of KoSIT's validator configuration for XRechnung 3.0.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from invoicing.detect import Format, Syntax
from invoicing.findings import Level

EN_16931 = "urn:cen.eu:en16931:2017"
XRECHNUNG = f"{EN_16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
EXTENSION = f"{XRECHNUNG}#conformant#urn:xeinkauf.de:kosit:extension:xrechnung_3.0"
CLEAN_VEHICLES = f"{XRECHNUNG}#compliant#urn:xeinkauf.de:kosit:xrechnung:cvd_0.9"
_NO_INVOICE_PROFILES = frozenset(
    {
        "urn:factur-x.eu:1p0:minimum",
        "urn:factur-x.eu:1p0:basicwl",
        "urn:zugferd.de:2p0:minimum",
        "urn:zugferd.de:2p0:basicwl",
    }
)
"""MINIMUM and BASIC WL carry too little to be an invoice under § 14 UStG."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name as in reports, the kinds of sheets to run in order, and the levels that differ from the sheets' own."""

    name: str
    sheets: tuple[str, ...]
    overrides: Mapping[str, Level]

    @classmethod
    def from_json(cls, name: object, sheets: object, overrides: object) -> Scenario:
        """The scenario that a manifest holds; raises `ValueError` or `TypeError` for another form."""
        if not isinstance(sheets, list) or not isinstance(overrides, dict):
            raise TypeError("a scenario is a name, a list of sheets and levels by rule")
        levels = {str(rule): Level(level) for rule, level in overrides.items()}
        return cls(str(name), tuple(str(sheet) for sheet in sheets), levels)


ScenarioKey = tuple[str, Syntax]
"""BT-24 and syntax, matched by exact equality."""


def _levels(errors: str = "", warnings: str = "", information: str = "") -> dict[str, Level]:
    by_level = {Level.ERROR: errors, Level.WARNING: warnings, Level.INFORMATION: information}
    return {rule: level for level, rules in by_level.items() for rule in rules.split()}


_BOTH = ("cen", "xrechnung")
_CII_ERRORS = "CII-SR-452 CII-SR-453 CII-SR-454"
_CIUS_WARNINGS = "BR-CL-21 BR-CL-23"
_EXTENSION_INFORMATION = "BR-CL-10 BR-CL-11 BR-CL-21 BR-CL-24 BR-CL-25 BR-CL-26"
BUILT_IN: Mapping[ScenarioKey, Scenario] = {
    (XRECHNUNG, Syntax.UBL_INVOICE): Scenario("cius", _BOTH, _levels("UBL-CR-646", _CIUS_WARNINGS)),
    (XRECHNUNG, Syntax.UBL_CREDIT_NOTE): Scenario("cius", _BOTH, _levels("", _CIUS_WARNINGS)),
    (XRECHNUNG, Syntax.CII): Scenario("cius", _BOTH, _levels(_CII_ERRORS, _CIUS_WARNINGS)),
    (EXTENSION, Syntax.UBL_INVOICE): Scenario(
        "ext", _BOTH, _levels("", "BR-CL-23", f"{_EXTENSION_INFORMATION} BR-CO-16 UBL-CR-470 UBL-CR-646")
    ),
    (EXTENSION, Syntax.CII): Scenario("ext", _BOTH, _levels(_CII_ERRORS, "BR-CL-23", _EXTENSION_INFORMATION)),
    (CLEAN_VEHICLES, Syntax.UBL_INVOICE): Scenario("cvd", _BOTH, _levels("UBL-CR-646", _CIUS_WARNINGS, "BR-CL-13")),
    (CLEAN_VEHICLES, Syntax.UBL_CREDIT_NOTE): Scenario("cvd", _BOTH, _levels("UBL-CR-646", _CIUS_WARNINGS, "BR-CL-13")),
    (CLEAN_VEHICLES, Syntax.CII): Scenario("cvd", _BOTH, _levels(_CII_ERRORS, _CIUS_WARNINGS, "BR-CL-13")),
    (EN_16931, Syntax.UBL_INVOICE): Scenario("en", ("cen",), {}),
    (EN_16931, Syntax.UBL_CREDIT_NOTE): Scenario("en", ("cen",), {}),
    (EN_16931, Syntax.CII): Scenario("en", ("cen",), {}),
}


def scenario_for(found: Format, scenarios: Mapping[ScenarioKey, Scenario] = BUILT_IN) -> Scenario | None:
    """The scenario of an invoice, or None: then no official rules exist for it and a person decides."""
    return scenarios.get((found.profile or "", found.syntax))


def name_of(profile: str) -> str:
    """How reports call the scenario of a BT-24 that an installed configuration knows."""
    if profile == EN_16931:
        return "en"
    if "extension" in profile:
        return "ext"
    return "cvd" if "cvd" in profile else "cius"


def is_full_invoice(found: Format) -> bool:
    """False for ZUGFeRD 1.x, MINIMUM and BASIC WL, which are read and shown but are no e-invoices."""
    return found.syntax is not Syntax.ZUGFERD_1 and (found.profile or "").strip() not in _NO_INVOICE_PROFILES


_FACTURX_SHEETS = {
    "basic": "facturx-basic", "basicwl": "facturx-basicwl", "extended": "facturx-extended",
    "minimum": "facturx-minimum",
}  # fmt: skip


def facturx_sheet(found: Format, *, is_hybrid: bool) -> str:
    """The sheet of the Factur-X profile that speaks beside the official rules; empty where there is none.

    EN 16931 is a Factur-X profile only inside a PDF.
    """
    profile = found.profile or ""
    if found.syntax is not Syntax.CII:
        return ""
    if profile == EN_16931:
        return "facturx-en16931" if is_hybrid else ""
    is_facturx = "factur-x.eu" in profile or "zugferd.de:2p" in profile
    tail = profile.rpartition(":")[2].rpartition("#")[2].lower()
    return _FACTURX_SHEETS.get(tail, "") if is_facturx else ""
