"""The index on an OpenSearch server: an alias for documents, one for their words, two more while a new one is made.

Entries carry their version as the server's own (external) version, so that many writers may come in any order. While an
index is rebuilt, changes go into the old and the new one; what is deleted leaves a mark in the new one with the version
that was deleted, so that the rebuilding, which only adds what is strictly newer, does not bring it back.
"""

import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from search import german
from search.base import MAX_HITS, Hit, IndexUnavailable, Page, Query, Scope, SearchDocument, SearchError
from search.cluster import LONG_SECONDS, Cluster, Json, Missing, in_path
from search.entry import FACETS, Entry, entry_of
from search.plan import (
    MARK_WEIGHT,
    SUGGESTED,
    TEXT_FIELDS,
    Between,
    Either,
    Exactly,
    Mark,
    Node,
    Plan,
    Row,
    Words,
    make_plan,
)
from search.query import parse
from search.vocabulary import Vocabulary
from search.wordindex import MAPPING as WORD_MAPPING
from search.wordindex import WordIndex

SCHEMA_RELEASE = "2"
DEFAULT_NAME = "aktenlauf"
FACET_VALUES = 1000
PAGE = 10_000
BATCH = 500
WORDS_AT_ONCE = 300_000
SETTINGS: Json = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "max_result_window": MAX_HITS,
    "analysis": {
        "analyzer": {"words": {"type": "custom", "tokenizer": "words"}},
        "tokenizer": {"words": {"type": "whitespace", "max_token_length": 1024}},
    },
}
_TEXT: Json = {"type": "text", "analyzer": "words"}
MAPPING: Json = {
    "dynamic": "strict",
    "_source": {"enabled": False},
    "properties": {
        **dict.fromkeys((*TEXT_FIELDS, "joined"), _TEXT),
        "marks": {**_TEXT, "index_options": "docs"},
        "words": {"type": "keyword", "doc_values": False},
        **{name: {"type": "keyword"} for name in ("document_id", "acl_node", *FACETS)},
        **{name: {"type": "long"} for name in ("version", "order", "amount", "day", "year_number")},
        "gone": {"type": "boolean"},
    },
}


class OpenSearchIndex:
    """Opens without asking the server; each use of one that does not answer raises `IndexUnavailable`."""

    def __init__(self, url: str) -> None:
        self._base = urlsplit(url).path.strip("/") or DEFAULT_NAME
        self._alias, self._words_alias = _aliases(self._base, SCHEMA_RELEASE)
        self._cluster = Cluster(url)
        self._words = WordIndex(self._cluster, self._words_alias, documents=self._alias)
        self._made = False
        self._making = threading.Lock()

    def upsert(self, documents: Iterable[SearchDocument]) -> None:
        self._make()
        names = self._targets(self._alias)
        remaining = iter(documents)
        while batch := [entry_of(document) for document in islice(remaining, BATCH)]:
            other = _next(self._words_alias) if len(names) > 1 else None
            words = WordIndex(self._cluster, self._words_alias, documents=self._alias, other=other)
            words.add(Counter(_counted(batch)))
            actions = [(_writing(name, entry, "external_gte"), _stored(entry)) for entry in batch for name in names]
            self._cluster.bulk(actions)
        self._refresh()

    def delete(self, document_ids: Iterable[str]) -> None:
        self._make()
        wanted = list(document_ids)
        names = self._targets(self._alias)
        for start in range(0, len(wanted), PAGE):
            versions = self._versions_of(wanted[start : start + PAGE])
            self._cluster.bulk(_deletions(versions, names))
        self._refresh()

    def _versions_of(self, document_ids: Sequence[str]) -> dict[str, int]:
        path = f"/{in_path(self._alias)}/_mget?_source=false"
        answer = self._cluster.ask("POST", path, {"ids": list(document_ids)})
        return {one["_id"]: int(one["_version"]) for one in answer["docs"] if one.get("found")}

    def search(self, query: Query) -> Page:
        self._make()
        parsed = parse(query.text)
        scope = _Scope(self._cluster, self._alias, query.scope)
        plan = make_plan(parsed, Vocabulary(self._words, query.scope))
        if plan.is_empty:
            return Page(0, (), {}, None, {}, parsed.notes)
        [answer] = self._cluster.search_all(f"/{in_path(self._alias)}", [_body(plan, query, scope)])
        total = int(answer["hits"]["total"]["value"])
        hits = (
            tuple(_hit(one, plan) for one in answer["hits"]["hits"]) if query.limit and query.offset < MAX_HITS else ()
        )
        suggestion = None if total else plan.suggestion(scope.finds)
        return Page(total, hits, _facets(answer), suggestion, plan.expanded or {}, parsed.notes)

    def suggest(self, text: str, scope: Scope) -> list[str]:
        self._make()
        found = german.words(text)
        if not found:
            return []
        return Vocabulary(self._words, scope).beginning_with(found[-1])[:SUGGESTED]

    def versions(self) -> dict[str, int]:
        self._make()
        found: dict[str, int] = {}
        last: list[Any] = []
        while True:
            [answer] = self._cluster.search_all(f"/{in_path(self._alias)}", [_versions_after(last)])
            hits = answer["hits"]["hits"]
            found |= {hit["sort"][0]: int(hit["fields"]["version"][0]) for hit in hits}
            if len(hits) < PAGE:
                return found
            last = hits[-1]["sort"]

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        self._make()
        self._drop_unfinished()
        fresh = {alias: self._create(alias, as_next=True) for alias in (self._alias, self._words_alias)}
        try:
            self._fill(documents)
        except BaseException:
            self._delete_indices(list(fresh.values()))
            raise
        for name in fresh.values():
            self._cluster.ask("PUT", f"/{in_path(name)}/_settings", {"index": {"refresh_interval": "1s"}})
        self._refresh(*fresh.values())
        old = self._switch(fresh)
        marks = f"/{in_path(self._alias)}/_delete_by_query?refresh=true&conflicts=proceed"
        self._cluster.ask("POST", marks, {"query": {"term": {"gone": True}}}, seconds=LONG_SECONDS)
        self._delete_indices([*old, *self._of_earlier_releases()])

    def _of_earlier_releases(self) -> list[str]:
        """What an upgrade has left, no longer needed once this release has an index."""
        earlier = [alias for release in range(1, int(SCHEMA_RELEASE)) for alias in _aliases(self._base, str(release))]
        return [name for alias in earlier for one in (alias, _next(alias)) for name in self._behind(one)]

    def _fill(self, documents: Iterable[SearchDocument]) -> None:
        """The server writes a batch while the next one is read and analysed."""
        words = WordIndex(self._cluster, _next(self._words_alias), documents=_next(self._alias))
        remaining, counts = iter(documents), Counter[tuple[str, str]]()
        with ThreadPoolExecutor(1) as server:
            writing: Future[None] | None = None
            while batch := [entry_of(document) for document in islice(remaining, BATCH)]:
                actions = [(_writing(_next(self._alias), entry, "external"), _stored(entry)) for entry in batch]
                counts.update(_counted(batch))
                if writing is not None:
                    writing.result()
                writing = server.submit(self._cluster.bulk, actions)
                if len(counts) > WORDS_AT_ONCE:
                    words.add(counts)
                    counts.clear()
            if writing is not None:
                writing.result()
        words.add(counts)

    def _switch(self, fresh: Mapping[str, str]) -> list[str]:
        """Let the aliases point to the new indices, all at once; the old ones."""
        actions: list[Json] = []
        old: list[str] = []
        for alias, name in fresh.items():
            before = self._behind(alias)
            old += before
            actions += [{"remove": {"index": one, "alias": alias}} for one in before]
            actions.append({"remove": {"index": name, "alias": _next(alias), "must_exist": True}})
            actions.append({"add": {"index": name, "alias": alias}})
        try:
            self._cluster.ask("POST", "/_aliases", {"actions": actions})
        except SearchError as exc:
            raise IndexUnavailable("another rebuilding has overtaken this one") from exc
        return old

    def _drop_unfinished(self) -> None:
        """What a rebuilding that died has left."""
        both = (self._alias, self._words_alias)
        self._delete_indices([name for alias in both for name in self._behind(_next(alias))])

    def _delete_indices(self, names: Sequence[str]) -> None:
        for name in names:
            try:
                self._cluster.ask("DELETE", f"/{in_path(name)}")
            except Missing:
                continue

    def _make(self) -> None:
        """Make both indices where they are missing; two processes at once make the same ones."""
        with self._making:
            if self._made:
                return
            for alias in (self._alias, self._words_alias):
                if not self._behind(alias):
                    self._create(alias)
            self._made = True

    def _create(self, alias: str, *, as_next: bool = False) -> str:
        name = f"{alias}-{uuid.uuid4().hex[:8] if as_next else 'first'}"
        settings = {**SETTINGS, "refresh_interval": "-1"} if as_next else SETTINGS
        body = {
            "settings": settings,
            "mappings": MAPPING if alias == self._alias else WORD_MAPPING,
            "aliases": {_next(alias) if as_next else alias: {}},
        }
        try:
            self._cluster.ask("PUT", f"/{in_path(name)}", body)
        except SearchError as exc:
            if "resource_already_exists" not in str(exc):
                raise
        return name

    def _behind(self, alias: str) -> list[str]:
        try:
            return list(self._cluster.ask("GET", f"/_alias/{in_path(alias)}"))
        except Missing:
            return []

    def _targets(self, alias: str) -> list[str]:
        """Where a change goes. Asked after the change was read, so that a rebuilding that begins now reads it, too."""
        return [alias, _next(alias)] if self._behind(_next(alias)) else [alias]

    def _refresh(self, *names: str) -> None:
        for name in names or (self._alias, self._words_alias):
            self._cluster.ask("POST", f"/{in_path(name)}/_refresh", seconds=LONG_SECONDS)


class _Scope:
    """The rights of one search, as a filter."""

    def __init__(self, cluster: Cluster, alias: str, scope: Scope) -> None:
        self._cluster, self._path = cluster, f"/{in_path(alias)}"
        self.filter: list[Json] = [] if scope.nodes is None else [{"terms": {"acl_node": sorted(scope.nodes)}}]

    def finds(self, node: Node) -> bool:
        """True when some document of the scope answers to this part of a plan."""
        condition = {"bool": {"filter": [*self.filter, _compiled(node)]}}
        [answer] = self._cluster.search_all(self._path, [{"size": 0, "terminate_after": 1, "query": condition}])
        return bool(answer["hits"]["total"]["value"])


def _aliases(name: str, release: str) -> tuple[str, str]:
    """Of the documents and of their words."""
    return f"{name}-{release}", f"{name}-words-{release}"


def _next(alias: str) -> str:
    return f"{alias}-next"


def _writing(name: str, entry: Entry, version_type: str) -> Json:
    document = entry.document
    return {
        "index": {
            "_index": name, "_id": document.document_id, "require_alias": True,
            "version": document.version, "version_type": version_type,
        }
    }  # fmt: skip


def _deletions(versions: Mapping[str, int], names: Sequence[str]) -> Iterator[tuple[Json, ...]]:
    for document_id, version in versions.items():
        about: Json = {"_id": document_id, "version": version, "version_type": "external_gte", "require_alias": True}
        yield ({"delete": {"_index": names[0], **about}},)
        for name in names[1:]:
            yield {"index": {"_index": name, **about}}, {"document_id": document_id, "gone": True}


def _counted(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """(node, word) of every document."""
    return ((entry.document.acl_node, word) for entry in entries for word in entry.words)


def _stored(entry: Entry) -> Json:
    document = entry.document
    return {
        **entry.texts,
        "document_id": document.document_id,
        "acl_node": document.acl_node,
        "version": document.version,
        "kind": document.kind,
        "unit": document.unit,
        "year": str(entry.year) if entry.year else "",
        "joined": entry.joined,
        "marks": entry.marks,
        "words": sorted(entry.words),
        "amount": entry.amounts,
        "day": entry.days,
        "year_number": entry.year,
        "order": entry.order,
    }


def _versions_after(last: list[Any]) -> Json:
    body: Json = {
        "size": PAGE, "_source": False, "docvalue_fields": ["version"], "sort": [{"document_id": "asc"}],
        "query": {"bool": {"must_not": [{"term": {"gone": True}}]}},
    }  # fmt: skip
    return {**body, "search_after": last} if last else body


def _body(plan: Plan, query: Query, scope: _Scope) -> Json:
    narrowed = [{"term": {name: value}} for name, value in query.filters.items() if name in FACETS]
    condition = {
        "must": [_compiled(node) for node in plan.required],
        "should": [_compiled(node) for node in plan.optional],
        "must_not": [_compiled(node) for node in plan.excluded],
        "filter": [*scope.filter, *narrowed],
    }
    start = min(query.offset, MAX_HITS - 1)
    return {
        "query": {"bool": condition},
        "from": start,
        "size": max(0, min(query.limit, MAX_HITS - start)),
        "sort": ["_score", {"order": "desc"}],
        "track_total_hits": True,
        "_source": False,
        "docvalue_fields": ["document_id", "version"],
        "aggs": {name: {"terms": {"field": name, "size": FACET_VALUES}} for name in FACETS},
    }


def _hit(found: Json, plan: Plan) -> Hit:
    fields = found["fields"]
    return Hit(fields["document_id"][0], int(fields["version"][0]), float(found["_score"] or 0), plan.words)


def _facets(answer: Json) -> dict[str, dict[str, int]]:
    return {
        name: {one["key"]: int(one["doc_count"]) for one in answer["aggregations"][name]["buckets"] if one["key"]}
        for name in FACETS
    }


def _compiled(node: Node) -> Json:
    match node:
        case Words():
            return _any_word(node)
        case Row(words=(word,)):
            return _any_word(Words({word: node.weight}, node.field))
        case Row():
            fields = [node.field] if node.field else list(TEXT_FIELDS)
            return _either([{"match_phrase": {name: " ".join(node.words)}} for name in fields], boost=node.weight)
        case Mark():
            return {"term": {"marks": {"value": node.mark, "boost": MARK_WEIGHT}}}
        case Exactly():
            return {"bool": {"filter": [{"term": {node.field: node.value}}]}}
        case Between():
            bounds = {"gte": node.low, "lte": node.high}
            return {"bool": {"filter": [{"range": {node.field: {k: v for k, v in bounds.items() if v is not None}}}]}}
        case Either():
            return _either([_compiled(part) for part in node.parts])


def _any_word(node: Words) -> Json:
    fields = {node.field: TEXT_FIELDS[node.field]} if node.field else {**TEXT_FIELDS, "joined": 1.0}
    return _either([
        {"term": {name: {"value": word, "boost": weight * boost}}}
        for word, weight in node.weights.items()
        for name, boost in fields.items()
    ])  # fmt: skip


def _either(parts: Sequence[Json], *, boost: float = 1.0) -> Json:
    if not parts:
        return {"match_none": {}}
    return {"bool": {"should": list(parts), "minimum_should_match": 1, "boost": boost}}
