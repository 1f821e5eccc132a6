"""Clerks' queries over a town's mail, judged by what was written: every engine finds it, and finds the same."""

from collections.abc import Callable
from functools import cache
from statistics import mean

import pytest

from tests.engines import EVERY_ENGINE, empty_index
from tests.golden.clerk_queries import HOSTILE, asked
from tests.golden.search_scores import Answered, answers, hostile_errors, recall_by_class
from tests.golden.town import letters

OVERALL, EVERY_CLASS, SAME = 0.95, 0.85, 0.9


Answers = Callable[[str], list[Answered]]


@pytest.fixture(scope="module")
def answered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Engine → all answers, asked once; hostile queries in between must not disturb them."""

    @cache
    def answered_by(engine: str) -> list[Answered]:
        with empty_index(engine, tmp_path_factory.mktemp("golden"), request) as index:
            index.rebuild(one.indexed for one in letters())
            assert hostile_errors(index, HOSTILE) == []
            return answers(index, asked())

    return answered_by


def test_the_set_is_large_enough_and_every_query_is_judged() -> None:
    assert len(letters()) >= 400
    assert len(asked()) >= 300
    assert {one.text for one in asked() if not one.meant and one.kind != "nothing"} == set()


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_what_is_meant_is_among_the_first_ten(answered: Answers, engine: str) -> None:
    missed = [(one.asked.text, round(one.recall, 2)) for one in answered(engine) if one.recall < 1]
    assert mean(one.recall for one in answered(engine)) >= OVERALL, missed
    poor = {kind: recall for kind, (_, recall) in recall_by_class(answered(engine)).items() if recall < EVERY_CLASS}
    assert poor == {}, missed


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_what_does_not_exist_gives_no_hit(answered: Answers, engine: str) -> None:
    assert [one.asked.text for one in answered(engine) if one.asked.kind == "nothing" and one.found] == []


@pytest.mark.parametrize("engine", EVERY_ENGINE[1:])
def test_every_server_shows_the_same_first_ten_as_the_embedded_engine(answered: Answers, engine: str) -> None:
    pairs = list(zip(answered("embedded"), answered(engine), strict=True))
    differing = [one.asked.text for one, other in pairs if set(one.found) != set(other.found)]
    assert len(differing) <= (1 - SAME) * len(pairs), differing
