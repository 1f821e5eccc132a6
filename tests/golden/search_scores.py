"""Runs the clerks' queries against an index and scores the answers by class."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import mean

from search import Query, Scope, SearchIndex
from tests.golden.clerk_queries import Asked

FIRST = 10


@dataclass(frozen=True)
class Answered:
    """A query with the ids of the first page."""

    asked: Asked
    found: tuple[str, ...]

    @property
    def recall(self) -> float:
        """The part that is there of what ten places can hold; where nothing is meant, that nothing is there."""
        if not self.asked.meant:
            return float(not self.found)
        return len(self.asked.meant.intersection(self.found)) / min(FIRST, len(self.asked.meant))


def answers(index: SearchIndex, queries: tuple[Asked, ...]) -> list[Answered]:
    """The first ten for each query."""
    scope = Scope(None)
    pages = (index.search(Query(text=one.text, scope=scope, limit=FIRST)) for one in queries)
    return [
        Answered(one, tuple(hit.document_id for hit in page.hits)) for one, page in zip(queries, pages, strict=True)
    ]


def recall_by_class(answered: list[Answered]) -> dict[str, tuple[int, float]]:
    """Class → (queries, mean recall)."""
    recalls: dict[str, list[float]] = defaultdict(list)
    for one in answered:
        recalls[one.asked.kind].append(one.recall)
    return {kind: (len(several), mean(several)) for kind, several in recalls.items()}


def hostile_errors(index: SearchIndex, texts: tuple[str, ...]) -> list[tuple[str, str]]:
    """What was typed and the error it made; there is none when all is well."""
    found = []
    for text in texts:
        try:
            index.search(Query(text=text, scope=Scope(None)))
        except Exception as exc:
            found.append((text[:80], repr(exc)))
    return found
