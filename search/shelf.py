"""One folder of tantivy with the words of its documents: the plan compiled, ranked, counted."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import tantivy

from search.base import MAX_HITS, Hit, IndexLocked, Page, Query, Scope, SearchDocument
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
from search.query import Parsed
from search.vocabulary import Vocabulary
from search.wordfile import DocumentWords, WordFile

WRITER_BYTES = 64_000_000
FILLING_BYTES = 256_000_000
FACET_VALUES = 1000
BATCH = 5000
Occur = tantivy.Occur


class Shelf:
    """Reads in many threads; whoever writes takes care to be alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._index = _tantivy_index(path)
        self._words = WordFile(path / "words.sqlite")

    def reloaded(self) -> "Shelf":
        """With what was committed last, by whichever process."""
        self._index.reload()
        return self

    def upsert(self, documents: Sequence[SearchDocument]) -> None:
        """Add or replace, but never a newer one by an older."""
        self._index.reload()
        newest: dict[str, SearchDocument] = {}
        for document in documents:
            before = newest.get(document.document_id)
            known = before.version if before else self._version_of(document.document_id)
            if known <= document.version:
                newest[document.document_id] = document
        if newest:
            self._write([entry_of(document) for document in newest.values()])

    def _write(self, entries: Sequence[Entry]) -> None:
        writer = self._writer(WRITER_BYTES)
        try:
            self._words.replace([_words(entry) for entry in entries])
            for entry in entries:
                writer.delete_documents_by_term("document_id", entry.document.document_id)
                writer.add_document(_stored(entry))
            writer.commit()
        finally:
            del writer
        self._index.reload()

    def fill(self, documents: Iterable[SearchDocument]) -> None:
        """Add documents, each of them once, in one commit."""
        remaining = iter(documents)
        writer = self._writer(FILLING_BYTES)
        try:
            while batch := list(islice(remaining, BATCH)):
                words = []
                for entry in map(entry_of, batch):
                    writer.add_document(_stored(entry))
                    words.append(_words(entry))
                self._words.replace(words)
            writer.commit()
            writer.wait_merging_threads()
        finally:
            del writer
        self._index.reload()

    def _writer(self, size_bytes: int) -> tantivy.IndexWriter:
        try:
            return self._index.writer(size_bytes, 1)
        except ValueError as exc:
            raise IndexLocked("another process writes this index") from exc

    def delete(self, document_ids: Sequence[str]) -> None:
        """Remove; unknown ids are no error."""
        writer = self._writer(WRITER_BYTES)
        try:
            for document_id in document_ids:
                writer.delete_documents_by_term("document_id", document_id)
            writer.commit()
            self._words.remove(document_ids)
        finally:
            del writer
        self._index.reload()

    def _version_of(self, document_id: str) -> int:
        searcher = self._index.searcher()
        found = searcher.search(self._term("document_id", document_id), 1).hits
        return int(searcher.doc(found[0][1])["version"][0]) if found else 0

    def versions(self) -> dict[str, int]:
        """Document id → version of everything."""
        searcher = self._index.searcher()
        found = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs)).hits
        documents = [searcher.doc(address) for _, address in found]
        return {document["document_id"][0]: int(document["version"][0]) for document in documents}

    def suggest(self, beginning: str, scope: Scope) -> list[str]:
        """Words of the scope with this beginning, the commonest first."""
        return Vocabulary(self._words, scope).beginning_with(beginning)[:SUGGESTED]

    def search(self, parsed: Parsed, query: Query) -> Page:
        """Answer a parsed query."""
        reader = _Reader(self._index, query.scope, query.filters)
        plan = make_plan(parsed, Vocabulary(self._words, query.scope))
        if plan.is_empty:
            return Page(0, (), {}, None, {}, parsed.notes)
        total, hits = reader.hits(plan, query)
        facets = reader.facets(plan)
        suggestion = None if total else plan.suggestion(reader.finds)
        return Page(total, hits, facets, suggestion, plan.expanded or {}, parsed.notes)

    def _term(self, name: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._index.schema, name, value)


class _Reader:
    """The questions of one search, all to the same state of the index and all within the rights."""

    def __init__(self, index: tantivy.Index, scope: Scope, filters: Mapping[str, str]) -> None:
        self._schema, self._searcher = index.schema, index.searcher()
        self._scope, self._filters = scope, filters

    def finds(self, node: Node) -> bool:
        """True when some document of the scope answers to this part of a plan."""
        return bool(self._searcher.search(self._limited(self._compiled(node), {}), 1, count=False).hits)

    def hits(self, plan: Plan, query: Query) -> tuple[int, tuple[Hit, ...]]:
        """How many answers there are, and those of the page; equals stand in their order across pages, too."""
        limited = self._limited(self._whole(plan), self._filters)
        end = min(query.offset + query.limit, MAX_HITS)
        if plan.is_ranked and end:
            total, ranked = self._ranked(limited, end)
        else:
            result = self._searcher.search(limited, max(1, end), order_by_field="order")
            total, ranked = _count(result), [(0.0, address) for _, address in result.hits]
        return total, tuple(self._hit(address, score, plan) for score, address in ranked[query.offset : end])

    def _ranked(self, query: tantivy.Query, end: int) -> tuple[int, list[tuple[float, tantivy.DocAddress]]]:
        """The best `end` hits (at least one), and those behind them that equal the last one.

        The engine orders equals in its own way. Where more of them follow than it was asked for, it is asked for all
        that can be paged through: once more, because each time it judges every answer again.
        """
        for wanted in sorted({min(4 * end + 100, MAX_HITS), MAX_HITS}):
            result = self._searcher.search(query, wanted, count=True)
            hits = [(round(score, 4), address) for score, address in result.hits]
            least = hits[end - 1][0] if end <= len(hits) else 0.0
            if len(hits) < wanted or hits[-1][0] < least:
                break
        hits = [hit for hit in hits if hit[0] >= least]
        order: list[int] = self._searcher.fast_field_values("order", [address for _, address in hits])  # type: ignore[assignment]
        ranked = sorted(zip(hits, order, strict=True), key=lambda pair: (-pair[0][0], -pair[1]))
        return _count(result), [hit for hit, _ in ranked]

    def _hit(self, address: tantivy.DocAddress, score: float, plan: Plan) -> Hit:
        document = self._searcher.doc(address)
        return Hit(document["document_id"][0], int(document["version"][0]), float(score), plan.words)

    def facets(self, plan: Plan) -> dict[str, dict[str, int]]:
        """How many of all answers have each value, the commonest first."""
        asked = {name: {"terms": {"field": name, "size": FACET_VALUES}} for name in FACETS}
        answers = self._searcher.aggregate(self._limited(self._whole(plan), self._filters), asked)
        return {
            name: {str(one["key"]): int(one["doc_count"]) for one in answers[name]["buckets"] if one["key"]}
            for name in FACETS
        }

    def _limited(self, query: tantivy.Query, filters: Mapping[str, str]) -> tantivy.Query:
        parts = [(Occur.Must, query)]
        if self._scope.nodes is not None:
            nodes = sorted(self._scope.nodes) or [""]
            allowed = tantivy.Query.term_set_query(self._schema, "acl_node", nodes)
            parts.append((Occur.Must, tantivy.Query.const_score_query(allowed, 0.0)))
        for name, value in filters.items():
            if name in FACETS:
                parts.append((Occur.Must, tantivy.Query.const_score_query(self._term(name, value), 0.0)))
        return tantivy.Query.boolean_query(parts)

    def _term(self, name: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, name, value)

    def _whole(self, plan: Plan) -> tantivy.Query:
        required = [(Occur.Must, self._compiled(node)) for node in plan.required]
        if not required:
            required = [(Occur.Must, tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0))]
        optional = [(Occur.Should, self._compiled(node)) for node in plan.optional]
        excluded = [(Occur.MustNot, self._compiled(node)) for node in plan.excluded]
        return tantivy.Query.boolean_query(required + optional + excluded)

    def _compiled(self, node: Node) -> tantivy.Query:
        match node:
            case Words():
                return self._any_word(node)
            case Row(words=(word,)):
                return self._any_word(Words({word: node.weight}, node.field))
            case Row():
                return self._row(node)
            case Mark():
                return tantivy.Query.boost_query(self._term("marks", node.mark), MARK_WEIGHT)
            case Exactly():
                return tantivy.Query.const_score_query(self._term(node.field, node.value), 0.0)
            case Between():
                kind = tantivy.FieldType.Integer
                within = tantivy.Query.range_query(self._schema, node.field, kind, node.low, node.high)
                return tantivy.Query.const_score_query(within, 0.0)
            case Either():
                return tantivy.Query.boolean_query([(Occur.Should, self._compiled(part)) for part in node.parts])

    def _any_word(self, node: Words) -> tantivy.Query:
        fields = {node.field: TEXT_FIELDS[node.field]} if node.field else {**TEXT_FIELDS, "joined": 1.0}
        parts = [
            (Occur.Should, tantivy.Query.boost_query(self._term(name, word), weight * boost))
            for word, weight in node.weights.items()
            for name, boost in fields.items()
        ]
        return tantivy.Query.boolean_query(parts) if parts else tantivy.Query.empty_query()

    def _row(self, node: Row) -> tantivy.Query:
        fields = [node.field] if node.field else list(TEXT_FIELDS)
        parts = [(Occur.Should, tantivy.Query.phrase_query(self._schema, name, list(node.words))) for name in fields]
        return tantivy.Query.boost_query(tantivy.Query.boolean_query(parts), node.weight)


def _count(result: tantivy.SearchResult) -> int:
    return int(getattr(result, "count", 0) or 0)  # the package's types do not name it


def _words(entry: Entry) -> DocumentWords:
    return DocumentWords(entry.document.document_id, entry.document.acl_node, entry.words)


def _stored(entry: Entry) -> tantivy.Document:
    document = entry.document
    fields: dict[str, Any] = {name: [text] for name, text in entry.texts.items()}
    return tantivy.Document(
        **fields,
        document_id=[document.document_id],
        acl_node=[document.acl_node],
        version=[document.version],
        kind=[document.kind],
        unit=[document.unit],
        year=[str(entry.year) if entry.year else ""],
        joined=[entry.joined],
        marks=[entry.marks],
        amount=entry.amounts,
        day=entry.days,
        year_number=[entry.year],
        order=[entry.order],
    )


def _tantivy_index(path: Path) -> tantivy.Index:
    builder = tantivy.SchemaBuilder()
    for name in ("document_id", "acl_node"):
        builder.add_text_field(name, stored=name == "document_id", tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in (*TEXT_FIELDS, "joined"):
        builder.add_text_field(name, stored=False, tokenizer_name="words", index_option="position")
    builder.add_text_field("marks", stored=False, tokenizer_name="words", index_option="basic")
    builder.add_integer_field("version", stored=True, indexed=False)
    builder.add_integer_field("order", fast=True, indexed=False)
    for name in ("amount", "day", "year_number"):
        builder.add_integer_field(name, stored=False, indexed=True, fast=True)
    index = tantivy.Index(builder.build(), path=str(path), reuse=True)
    whitespace = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("words", whitespace)
    return index
