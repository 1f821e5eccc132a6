"""The words of an OpenSearch index: a second index with one entry a word."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from search.cluster import Cluster, Json, in_path
from search.german import misreading_key, stem
from search.vocabulary import By, Lookup

CHUNK = 1000
PIECE_LETTERS = 3
MAPPING: Json = {
    "dynamic": "strict",
    "properties": {
        "word": {"type": "keyword"},
        "stem": {"type": "keyword"},
        "key": {"type": "keyword"},
        "pieces": {"type": "text", "analyzer": "words", "norms": False},
        "frequency": {"type": "integer"},
    },
}
_COMMONEST = [{"frequency": "desc"}, {"word": "asc"}]


class WordIndex:
    """Asks the index behind `name`; adds to it and, while it is there, to the one behind `other`."""

    def __init__(self, cluster: Cluster, name: str, *, other: str | None = None) -> None:
        self._cluster, self._name, self._other = cluster, name, other

    def look_up(self, asked: Sequence[Lookup]) -> list[list[str]]:
        """The answers in the order of the questions."""
        answers = self._cluster.search_all(f"/{in_path(self._name)}", [_question(lookup) for lookup in asked])
        return [_words(lookup, answer) for lookup, answer in zip(asked, answers, strict=True)]

    def add(self, frequencies: Mapping[str, int]) -> None:
        """Add to the frequencies of words, new ones included. Two writers at once may lose a count, never a word."""
        names = [self._name] if self._other is None else [self._name, self._other]
        self._cluster.bulk(entry for name in names for entry in self._entries(name, frequencies))

    def _entries(self, name: str, frequencies: Mapping[str, int]) -> Iterator[tuple[Json, Json]]:
        remaining = iter(frequencies.items())
        while chunk := dict(islice(remaining, CHUNK)):
            known = self._known(name, list(chunk))
            for word, count in chunk.items():
                action = {"index": {"_index": name, "_id": word, "require_alias": True}}
                yield action, _entry(word, known.get(word, 0) + count)

    def _known(self, name: str, words: list[str]) -> dict[str, int]:
        answer = self._cluster.ask("POST", f"/{in_path(name)}/_mget?_source=frequency", {"ids": words})
        return {one["_id"]: int(one["_source"]["frequency"]) for one in answer["docs"] if one.get("found")}


def _entry(word: str, frequency: int) -> Json:
    pieces = " ".join(_pieces(word))
    return {"word": word, "stem": stem(word), "key": misreading_key(word), "pieces": pieces, "frequency": frequency}


def _pieces(word: str) -> list[str]:
    return [word[start : start + PIECE_LETTERS] for start in range(max(1, len(word) - PIECE_LETTERS + 1))]


def _question(lookup: Lookup) -> Json:
    body: Json = {"size": min(lookup.limit, 10_000), "_source": False, "track_total_hits": False}
    body |= {"docvalue_fields": ["stem" if lookup.by == By.STEM else "word"], "query": _condition(lookup)}
    if lookup.by == By.STEM:
        body["collapse"] = {"field": "stem"}
    elif lookup.by != By.WORD:
        body["sort"] = _COMMONEST
    return body


def _condition(lookup: Lookup) -> Json:
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
            condition = {"fuzzy": {"word": {"value": value, "fuzziness": fuzziness, "max_expansions": 1000}}}
    return {"bool": {"filter": [condition]}}


def _words(lookup: Lookup, answer: Json) -> list[str]:
    field = "stem" if lookup.by == By.STEM else "word"
    return [str(hit["fields"][field][0]) for hit in answer["hits"]["hits"]]
