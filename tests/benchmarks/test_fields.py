"""The fields of invoices against their targets on layouts that no rule was tuned on; long without kept words."""

import pytest

from tests.benchmarks.field_scores import Score
from tests.benchmarks.measure_fields import generated, measure, report

pytestmark = pytest.mark.benchmark


def test_unseen_layouts_reach_the_targets() -> None:
    scores = measure(generated(unseen=True), show_errors=False)
    report(scores)
    scans = {group: score for group, score in scores.items() if not group.endswith(("text-layer", "office300"))}
    everything = sum(scores.values(), Score())
    assert scores["unseen office300"].right_share >= 0.92
    assert sum(scans.values(), Score()).right_share >= 0.84
    assert scores["unseen text-layer"].right_share >= 0.96
    assert everything.precision >= 0.995
    assert everything.accepted_share >= 0.60
