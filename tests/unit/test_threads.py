"""Some at a time: in order, few ahead, and an error in its turn."""

import pytest

from dms.threads import some_at_once


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(some_at_once(lambda n: n * n, range(2000))) == [n * n for n in range(2000)]


def test_of_a_long_list_only_the_next_are_taken() -> None:
    taken: list[int] = []
    results = some_at_once(lambda n: n, (taken.append(n) or n for n in range(100_000)))
    assert next(results) == 0
    assert len(taken) < 1000


def test_an_error_comes_after_the_results_before_it() -> None:
    results = some_at_once(lambda n: 10 // (3 - n), range(2000))
    assert [next(results) for _ in range(3)] == [3, 5, 10]
    with pytest.raises(ZeroDivisionError):
        next(results)
