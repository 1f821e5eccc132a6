"""Whatever this library finds, it can say in German."""

import re
from pathlib import Path

import invoicing
from invoicing.findings import Finding, Level
from invoicing.messages import sentence

_SOURCE = "\n".join(module.read_text("utf-8") for module in Path(str(invoicing.__file__)).parent.rglob("*.py"))
_RULES = set(re.findall(r'(?:Finding|NotAnInvoice)\(\s*"([a-z_.]+)"', _SOURCE))
_REFUSALS = {f"input.{code}" for code in re.findall(r'(?:Refused|_refuse)\("\w+\.(\w+)"', _SOURCE)}


def test_every_finding_and_refusal_has_a_sentence() -> None:
    assert len(_RULES) > 8
    assert len(_REFUSALS) > 8
    wordless = {rule for rule in _RULES | _REFUSALS if sentence(Finding(rule, Level.ERROR)) == rule}
    assert wordless == set()


def test_the_value_concerned_is_part_of_the_sentence() -> None:
    assert "DE99" in sentence(Finding("iban.check_digits", Level.WARNING, None, "BT-84", "DE99"))
