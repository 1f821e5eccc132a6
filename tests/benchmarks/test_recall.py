"""How well clerks' queries are answered, class by class, on both engines."""

from pathlib import Path
from statistics import mean

import pytest

from tests.benchmarks.report import Report, Table
from tests.engines import ENGINES, empty_index
from tests.golden.clerk_queries import asked
from tests.golden.search_scores import answers, recall_by_class
from tests.golden.town import letters

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]


def test_recall_by_class(request: pytest.FixtureRequest, tmp_path: Path, report: Report) -> None:
    answered = {}
    for engine in ENGINES:
        with empty_index(engine, tmp_path / engine, request) as index:
            index.rebuild(one.indexed for one in letters())
            answered[engine] = answers(index, asked())
    recalls = {engine: recall_by_class(found) for engine, found in answered.items()}
    rows = [
        [kind, str(count), *(f"{recalls[engine][kind][1]:.3f}" for engine in ENGINES)]
        for kind, (count, _) in recalls[ENGINES[0]].items()
    ]
    overall = [f"{mean(one.recall for one in answered[engine]):.3f}" for engine in ENGINES]
    rows.append(["all", str(len(asked())), *overall])
    pairs = zip(*(answered[engine] for engine in ENGINES), strict=True)
    same = mean(set(one.found) == set(other.found) for one, other in pairs)
    note = f"recall@10 over {len(letters())} documents; the same first ten for {same:.1%} of the queries."
    report.add(Table("Search: recall by class", ["class", "queries", *ENGINES], rows, note))
