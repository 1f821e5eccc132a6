"""The official rules say about public files what the public expectations say: verdicts, unit tests, mutations."""

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from invoicing import Rulebook, check
from invoicing.rules import RuleChecker
from invoicing.rulesets import default_folder
from tests.conftest import skip_loudly

pytestmark = pytest.mark.corpus
_TEST_SET = "{http://difi.no/xsd/vefa/validator/1.0}"
_EXPECTATIONS = (("schematron-valid", False), ("schematron-invalid", True))
_INSTRUCTION = re.compile(r'([\w-]+)\s*=\s*"([^"]*)"')


@pytest.fixture(scope="module")
def checker() -> Iterator[RuleChecker]:
    rulebook = Rulebook(default_folder(), workers=2)
    found = rulebook.checker(date(2026, 11, 24))
    if found is None:
        skip_loudly("no rule sheets here: run `make setup`")
    yield found
    rulebook.close()


def test_every_verdict_and_its_errors_are_the_official_ones(checker: RuleChecker, corpora: Path) -> None:
    folder = corpora / "einvoice"
    rows = [json.loads(line) for line in (folder / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) > 290
    for row in rows:
        report = check((folder / row["file"]).read_bytes(), checker).as_json()
        errors = sorted({f["rule"] for f in report["findings"] if f["level"] == "error" and "." not in f["rule"]})
        found = (report["syntax"], report["scenario"], report["xsd_valid"], report["accepted"], errors)
        assert found == (row["syntax"], row["scenario"], row["xsd_valid"], row["accepted"], row["errors"]), row["file"]
        assert all(finding["message"] for finding in report["findings"])


def test_every_unit_test_of_the_norm_has_its_result(checker: RuleChecker, corpora: Path) -> None:
    count = 0
    for path in sorted((corpora / "einvoice/cen-en16931/test/Invoice-unit-UBL").glob("*.xml")):
        for test in etree.parse(path).getroot().iterfind(f"{_TEST_SET}test"):
            expected = test.find(f"{_TEST_SET}assert")
            [document] = [child for child in test if isinstance(child.tag, str) and child is not expected]
            assert expected is not None
            fired = _fired(checker, "cen-ubl", document)
            for outcome in expected:
                if not isinstance(outcome.tag, str) or outcome.tag == f"{_TEST_SET}description":
                    continue
                must_fire = outcome.tag != f"{_TEST_SET}success"
                assert ((outcome.text or "").strip() in fired) == must_fire, f"{path.name}: {outcome.text}"
                count += 1
    assert count >= 917


def test_every_mutation_makes_its_rule_speak_or_not(checker: RuleChecker, corpora: Path) -> None:
    folder = corpora / "einvoice"
    expected = Counter(
        (row["file"], row["mutator"], row["value"], row["expect"], row["rule"])
        for row in map(json.loads, (folder / "mutations.jsonl").read_text(encoding="utf-8").splitlines())
    )
    assert sum(expected.values()) == 622
    found: Counter[tuple[str, str, str | None, str, str]] = Counter()
    for file in sorted({row[0] for row in expected}):
        root = etree.parse(folder / file).getroot()
        for instruction in _instructions(root):
            found += _judged(checker, file, root, instruction)
    assert found == expected


def _fired(checker: RuleChecker, kind: str, document: etree._Element) -> set[str | None]:
    text = etree.tostring(document, encoding="unicode", with_tail=False)
    results = checker.run([kind], text)[kind]
    assert results is not None
    return {one.rule for one in results}


def _instructions(root: etree._Element) -> list[etree._Element]:
    before = [node for node in root.itersiblings(preceding=True) if node.tag is etree.PI]
    return [node for node in [*before, *root.iter(etree.PI)] if getattr(node, "target", "") == "xmute"]


def _judged(
    checker: RuleChecker, file: str, root: etree._Element, instruction: etree._Element
) -> Counter[tuple[str, str, str | None, str, str]]:
    """What became of every value of one instruction: (file, mutator, value, whether the rule spoke, rule)."""
    said = dict(_INSTRUCTION.findall(instruction.text or ""))
    target = root if instruction.getparent() is None else _next_element(instruction)
    path = root.getroottree().getpath(target)
    found: Counter[tuple[str, str, str | None, str, str]] = Counter()
    values: list[str | None] = [None]
    if said["mutator"] == "code":
        values = [value.strip() for value in said["values"].split(said.get("separator", ","))]
    for value in values:
        mutated = copy.deepcopy(root.getroottree())
        [element] = mutated.xpath(path, namespaces={k: v for k, v in target.nsmap.items() if k})
        _mutate(element, said, value)
        fired = _fired(checker, "xrechnung-ubl", mutated.getroot())
        for wanted, must_fire in _EXPECTATIONS:
            for name in re.findall(r"[\w-]+:([\w-]+)", said.get(wanted, "")):
                outcome = "invalid" if name in fired else "valid"
                assert (name in fired) == must_fire, f"{file}: {said}"
                found[file, said["mutator"], value, outcome, name] += 1
    return found


def _next_element(instruction: etree._Element) -> etree._Element:
    return next(node for node in instruction.itersiblings() if isinstance(node.tag, str))


def _mutate(element: etree._Element, said: dict[str, str], value: str | None) -> None:
    attribute = said.get("attribute")
    match said["mutator"], attribute:
        case "identity", _:
            return
        case "remove", None:
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)
        case "remove", str(name):
            element.attrib.pop(name, None)
        case "empty", None:
            for child in list(element):
                element.remove(child)
            element.text = ""
        case "empty", str(name):
            element.set(name, "")
        case "code", None:
            element.text = value
        case "code", str(name):
            element.set(name, value or "")
        case _:
            raise AssertionError(said)
