"""Which official scenario applies, and how detection finds its key."""

import pytest

from invoicing import Invoice, Level, detect, write_cii, write_ubl
from invoicing.detect import Format, Syntax
from invoicing.scenarios import CLEAN_VEHICLES, EN_16931, EXTENSION, XRECHNUNG, is_full_invoice, scenario_for


@pytest.mark.parametrize(
    ("profile", "syntax", "name", "rule", "level"),
    [
        (XRECHNUNG, Syntax.UBL_INVOICE, "cius", "UBL-CR-646", Level.ERROR),
        (XRECHNUNG, Syntax.UBL_CREDIT_NOTE, "cius", "BR-CL-23", Level.WARNING),
        (XRECHNUNG, Syntax.CII, "cius", "CII-SR-453", Level.ERROR),
        (EXTENSION, Syntax.UBL_INVOICE, "ext", "UBL-CR-646", Level.INFORMATION),
        (EXTENSION, Syntax.CII, "ext", "BR-CL-26", Level.INFORMATION),
        (CLEAN_VEHICLES, Syntax.CII, "cvd", "BR-CL-13", Level.INFORMATION),
    ],
)
def test_levels_depend_on_scenario_and_syntax(profile: str, syntax: Syntax, name: str, rule: str, level: Level) -> None:
    scenario = scenario_for(Format(syntax, profile, ""))
    assert scenario is not None
    assert (scenario.name, scenario.overrides[rule]) == (name, level)


def test_the_plain_norm_is_judged_by_its_own_sheet_without_overrides() -> None:
    scenario = scenario_for(Format(Syntax.CII, EN_16931, ""))
    assert scenario is not None
    assert (scenario.sheets, scenario.overrides) == (("cen",), {})


@pytest.mark.parametrize("profile", [None, "", f" {XRECHNUNG}", XRECHNUNG.lower().replace("k", "K"), f"{XRECHNUNG}#x"])
def test_only_the_exact_specification_has_a_scenario(profile: str | None) -> None:
    assert scenario_for(Format(Syntax.UBL_INVOICE, profile, "")) is None


def test_the_extension_has_no_scenario_for_credit_notes() -> None:
    assert scenario_for(Format(Syntax.UBL_CREDIT_NOTE, EXTENSION, "")) is None


def test_legacy_and_minimal_profiles_are_no_full_invoices() -> None:
    assert not is_full_invoice(Format(Syntax.ZUGFERD_1, "urn:ferd:x", "1.0"))
    assert not is_full_invoice(Format(Syntax.CII, "urn:factur-x.eu:1p0:basicwl", ""))
    assert is_full_invoice(Format(Syntax.CII, EN_16931, ""))


def test_detection_goes_by_the_root_and_keeps_the_profile_untrimmed(specimen: Invoice) -> None:
    assert detect(write_ubl(specimen)) == (Syntax.UBL_INVOICE, XRECHNUNG, "2.1")
    spaced = write_cii(specimen).replace(XRECHNUNG.encode(), b" x ")
    assert detect(spaced) == (Syntax.CII, " x ", "D16B-D22B")
    assert detect(b"<Invoice/>") is None
    assert detect(b'<o xmlns="urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100"/>') is None
