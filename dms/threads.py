"""Work that waits for a disk or a server, done some at a time."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_ONCE = 8
_BATCH = 64 * AT_ONCE


def some_at_once(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """The results in the order of the items, of which a few hundred are taken ahead at most.

    What `work` raises comes out in its turn; what has begun then is finished, the rest is not.
    """
    rest = iter(items)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="some") as pool:
        while batch := list(islice(rest, _BATCH)):
            yield from pool.map(work, batch)
