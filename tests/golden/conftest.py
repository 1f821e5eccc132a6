"""The official rules, asked once for all golden tests."""

from collections.abc import Iterator
from datetime import date

import pytest

from invoicing import rulesets
from invoicing.rules import RuleChecker
from tests.conftest import skip_loudly


@pytest.fixture(scope="session")
def checker() -> Iterator[RuleChecker]:
    try:
        rule_set = rulesets.choose(rulesets.installed(rulesets.default_folder()), date(2026, 11, 24))
    except rulesets.RuleSetError:
        skip_loudly("no rule sheets here: dms rules install")
    found = RuleChecker(rule_set, workers=2)
    yield found
    found.close()
