"""One report for all benchmarks of a run."""

from collections.abc import Iterator

import pytest

from tests.benchmarks.report import Report
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def report() -> Iterator[Report]:
    collected = Report()
    yield collected
    collected.append_to(ROOT / "docs/benchmarks.md")
