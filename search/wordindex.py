"""The words of an OpenSearch index: a second index with one entry for each word and ACL node, and one for each word.

Many processes write it at once, so it only counts up until the index is rebuilt. Which words a scope still has is
therefore asked of the documents themselves.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from search.base import Scope
from search.cluster import Cluster, Json, in_path
from search.german import misreading_key, stem
from search.vocabulary import By, Lookup

CHUNK = 1000
PIECE_LETTERS = 3
MOST = 10_000
EVERYWHERE = "*"
"""Stands for the node in the entries that count a word in all documents."""
MAPPING: Json = {
    "dynamic": "strict",
    "properties": {
        "word": {"type": "keyword"},
        "node": {"type": "keyword"},
        "stem": {"type": "keyword"},
        "key": {"type": "keyword"},
        "pieces": {"type": "text", "analyzer": "words", "norms": False},
        "frequency": {"type": "integer"},
    },
}


class WordIndex:
    """Asks the index behind `name`, and that of the `documents`; adds to it and, while there is one, to `other`."""

    def __init__(self, cluster: Cluster, name: str, *, documents: str, other: str | None = None) -> None:
        self._cluster, self._name, self._documents, self._other = cluster, name, documents, other

    def look_up(self, asked: Sequence[Lookup], scope: Scope) -> list[list[str]]:
        """The answers in the order of the questions."""
        if scope.nodes is None:
            answers = self._cluster.search_all(f"/{in_path(self._name)}", [_among_all(lookup) for lookup in asked])
            words = [[str(hit["fields"]["word"][0]) for hit in answer["hits"]["hits"]] for answer in answers]
        else:
            words = _Within(self._cluster, self._name, self._documents, sorted(scope.nodes)).words(asked)
        return [_answer(lookup, found) for lookup, found in zip(asked, words, strict=True)]

    def add(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Count words, (node, word) → documents. Two writers at once may lose a count, never a word."""
        everywhere: Counter[tuple[str, str]] = Counter()
        for (_, word), count in counts.items():
            everywhere[EVERYWHERE, word] += count
        names = [self._name] if self._other is None else [self._name, self._other]
        self._cluster.bulk(entry for name in names for entry in self._entries(name, {**counts, **everywhere}))

    def _entries(self, name: str, counts: Mapping[tuple[str, str], int]) -> Iterator[tuple[Json, Json]]:
        remaining = iter(counts.items())
        while chunk := {_id(*key): (*key, count) for key, count in islice(remaining, CHUNK)}:
            known = self._known(name, list(chunk))
            for entry_id, (node, word, count) in chunk.items():
                action = {"index": {"_index": name, "_id": entry_id, "require_alias": True}}
                yield action, _entry(node, word, known.get(entry_id, 0) + count)

    def _known(self, name: str, ids: list[str]) -> dict[str, int]:
        answer = self._cluster.ask("POST", f"/{in_path(name)}/_mget?_source=frequency", {"ids": ids})
        return {one["_id"]: int(one["_source"]["frequency"]) for one in answer["docs"] if one.get("found")}


class _Within:
    """The questions of one search limited to some nodes; a word is asked for in the documents at most once."""

    def __init__(self, cluster: Cluster, name: str, documents: str, nodes: Sequence[str]) -> None:
        self._cluster, self._path, self._documents = cluster, f"/{in_path(name)}", f"/{in_path(documents)}"
        self._nodes = nodes
        self._exists: dict[str, bool] = {}

    def words(self, asked: Sequence[Lookup]) -> list[list[str]]:
        """For each question the commonest words that the nodes still have; more are fetched where some have gone."""
        found: list[list[str]] = [[] for _ in asked]
        sizes = {n: _size(lookup) for n, lookup in enumerate(asked)}
        while sizes:
            bodies = [_among(asked[n], self._nodes, size) for n, size in sizes.items()]
            answers = [_keys(answer) for answer in self._cluster.search_all(self._path, bodies)]
            self._check({word for words in answers for word in words})
            for n, words in zip(sizes, answers, strict=True):
                found[n] = [word for word in words if self._exists[word]][: _size(asked[n])]
            sizes = {
                n: min(4 * size, MOST)
                for (n, size), words in zip(sizes.items(), answers, strict=True)
                if len(words) == size < MOST and len(found[n]) < _size(asked[n])
            }
        return found

    def _check(self, words: Collection[str]) -> None:
        wanted = sorted(word for word in words if word not in self._exists)
        allowed = {"terms": {"acl_node": list(self._nodes)}}
        bodies: list[Json] = [
            {"size": 0, "terminate_after": 1, "query": {"bool": {"filter": [{"term": {"words": word}}, allowed]}}}
            for word in wanted
        ]
        answers = self._cluster.search_all(self._documents, bodies)
        self._exists |= {
            word: answer["hits"]["total"]["value"] > 0 for word, answer in zip(wanted, answers, strict=True)
        }


def _id(node: str, word: str) -> str:
    return f"{node} {word}"


def _entry(node: str, word: str, frequency: int) -> Json:
    pieces = " ".join(_pieces(word))
    about = {"word": word, "stem": stem(word), "key": misreading_key(word), "pieces": pieces}
    return {**about, "node": node, "frequency": frequency}


def _pieces(word: str) -> list[str]:
    return [word[start : start + PIECE_LETTERS] for start in range(max(1, len(word) - PIECE_LETTERS + 1))]


def _size(lookup: Lookup) -> int:
    """How many words a question is for; those of a stem are many."""
    return MOST if lookup.by == By.STEM else min(lookup.limit, MOST)


def _among_all(lookup: Lookup) -> Json:
    return {
        "size": _size(lookup), "_source": False, "track_total_hits": False, "docvalue_fields": ["word"],
        "query": _condition(lookup, [EVERYWHERE]),
        "sort": ["_doc"] if lookup.by in (By.WORD, By.STEM) else [{"frequency": "desc"}, {"word": "asc"}],
    }  # fmt: skip


def _among(lookup: Lookup, nodes: Sequence[str], size: int) -> Json:
    """Counted together over the nodes."""
    words = {"field": "word", "size": size, "order": [{"frequency": "desc"}, {"_key": "asc"}], "execution_hint": "map"}
    aggregation = {"terms": words, "aggs": {"frequency": {"sum": {"field": "frequency"}}}}
    return {"size": 0, "query": _condition(lookup, nodes), "aggs": {"words": aggregation}}


def _keys(answer: Json) -> list[str]:
    return [str(bucket["key"]) for bucket in answer["aggregations"]["words"]["buckets"]]


def _condition(lookup: Lookup, nodes: Sequence[str]) -> Json:
    value = lookup.values[0]
    match lookup.by:
        case By.WORD | By.STEM:
            condition: Json = {"terms": {lookup.by.value: list(lookup.values)}}
        case By.SAME_STEM:
            condition = {"term": {"stem": value}}
        case By.SAME_KEY:
            condition = {"term": {"key": value}}
        case By.PREFIX:
            condition = {"prefix": {"word": value}}
        case By.INSIDE:
            condition = {"match_phrase": {"pieces": " ".join(_pieces(value))}}
        case By.ONE_EDIT | By.TWO_EDITS:
            fuzziness = 1 if lookup.by == By.ONE_EDIT else 2
            condition = {"fuzzy": {"word": {"value": value, "fuzziness": fuzziness, "rewrite": "constant_score"}}}
    return {"bool": {"filter": [condition, {"terms": {"node": list(nodes)}}]}}


def _answer(lookup: Lookup, words: Sequence[str]) -> list[str]:
    return list({stem(word): None for word in words}) if lookup.by == By.STEM else list(words)
