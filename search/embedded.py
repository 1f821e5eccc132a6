"""The embedded index: a tantivy folder with one writer, and the vocabulary beside it.

A new index is filled in a folder of its own and switched to by one rename of a pointer file, so that a crash leaves
either the old or the new one. Entries are replaced by version: an older one never overwrites a newer.
"""

import shutil
import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import tantivy

from search import german
from search.base import Hit, IndexLocked, IndexUnavailable, Page, Query, Scope, SearchDocument
from search.query import Clause, Parsed, parse
from search.vocabulary import Vocabulary

SCHEMA_RELEASE = "1"
WRITER_BYTES = 64_000_000
FACET_HITS = 1000
TEXT_FIELDS = {"title": 3.0, "sender": 2.0, "recipient": 1.0, "references": 3.0, "body": 1.0}
FACETS = ("kind", "unit", "year")
Occur = tantivy.Occur


class EmbeddedIndex:
    """One index folder; writing from two processes at once raises `IndexLocked`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._open(self._current())
        except (OSError, ValueError) as exc:
            raise IndexUnavailable(str(exc)) from exc

    def _current(self) -> Path:
        pointer = self._folder / "current"
        if pointer.exists():
            path = self._folder / pointer.read_text(encoding="utf-8")
            if path.is_dir():
                return path
        path = self._new_folder()
        self._point_to(path)
        return path

    def _new_folder(self) -> Path:
        path = self._folder / f"index-{SCHEMA_RELEASE}-{uuid.uuid4().hex[:8]}"
        path.mkdir()
        return path

    def _point_to(self, path: Path) -> None:
        temporary = self._folder / "current.new"
        temporary.write_text(path.name, encoding="utf-8")
        temporary.rename(self._folder / "current")

    def _open(self, path: Path) -> None:
        self._path = path
        self._index = _tantivy_index(path)
        self._vocabulary = Vocabulary(path / "vocabulary.sqlite")

    def upsert(self, documents: Iterable[SearchDocument]) -> None:
        self._follow_switch()
        with self._lock:
            self._index.reload()
            newest: dict[str, SearchDocument] = {}
            for document in documents:
                before = newest.get(document.document_id)
                known = before.version if before else self._version_of(document.document_id)
                if known <= document.version:
                    newest[document.document_id] = document
            self._write(list(newest.values()))

    def _write(self, documents: Sequence[SearchDocument]) -> None:
        if not documents:
            return
        entries = [_entry(document) for document in documents]
        self._vocabulary.add(entry.words for entry in entries)
        writer = self._writer()
        try:
            for document, entry in zip(documents, entries, strict=True):
                writer.delete_documents_by_term("document_id", document.document_id)
                writer.add_document(entry.document)
            writer.commit()
        finally:
            del writer
        self._index.reload()

    def _writer(self) -> tantivy.IndexWriter:
        try:
            return self._index.writer(WRITER_BYTES, 1)
        except ValueError as exc:
            raise IndexLocked("another process writes this index") from exc

    def delete(self, document_ids: Iterable[str]) -> None:
        with self._lock:
            writer = self._writer()
            try:
                for document_id in document_ids:
                    writer.delete_documents_by_term("document_id", document_id)
                writer.commit()
            finally:
                del writer
            self._index.reload()

    def _version_of(self, document_id: str) -> int:
        searcher = self._index.searcher()
        found = searcher.search(self._term("document_id", document_id), 1).hits
        return int(searcher.doc(found[0][1])["version"][0]) if found else 0

    def versions(self) -> dict[str, int]:
        self._index.reload()
        searcher = self._index.searcher()
        found = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs)).hits
        documents = [searcher.doc(address) for _, address in found]
        return {document["document_id"][0]: int(document["version"][0]) for document in documents}

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        with self._lock:
            old, path = self._path, self._new_folder()
            fresh = EmbeddedIndex.__new__(EmbeddedIndex)
            fresh._folder, fresh._lock = self._folder, threading.RLock()
            fresh._open(path)
            batch: list[SearchDocument] = []
            for document in documents:
                batch.append(document)
                if len(batch) == 1000:
                    fresh._write(batch)
                    batch = []
            fresh._write(batch)
            self._point_to(path)
            self._vocabulary.close()
            self._path, self._index, self._vocabulary = path, fresh._index, fresh._vocabulary
            shutil.rmtree(old, ignore_errors=True)

    def suggest(self, text: str, scope: Scope) -> list[str]:
        found = german.words(text)
        if not found:
            return []
        self._index.reload()
        candidates = self._vocabulary.beginning_with(found[-1])
        return [word for word in candidates if self._total(self._anywhere({word: 1.0}), scope, {})][:10]

    def search(self, query: Query) -> Page:
        self._follow_switch()
        self._index.reload()
        parsed = parse(query.text)
        plan = _Plan(self, parsed)
        if plan.query is None:
            return Page(0, (), {}, None, {}, parsed.notes)
        page = self._page(plan, query, parsed.notes)
        if page.total == 0 and len(plan.required) > 1:
            return Page(0, (), {}, plan.suggestion(query.scope), page.expanded, parsed.notes)
        return page

    def _follow_switch(self) -> None:
        """Another process may have rebuilt the index."""
        with self._lock:
            path = self._current()
            if path != self._path:
                self._vocabulary.close()
                self._open(path)

    def _page(self, plan: "_Plan", query: Query, notes: tuple[str, ...]) -> Page:
        assert plan.query is not None  # noqa: S101 - the caller asked
        searcher = self._index.searcher()
        limited = self._limited(plan.query, query.scope, query.filters)
        result = searcher.search(limited, max(1, query.limit), count=True, offset=query.offset)
        hits = [self._hit(searcher.doc(address), score, plan) for score, address in result.hits]
        hits.sort(key=lambda pair: (-round(pair[0].score, 4), pair[1], pair[0].document_id))
        facets = self._facets(searcher, limited)
        expanded = self._visible(plan.expanded, query.scope)
        total = int(getattr(result, "count", 0) or 0)
        return Page(total, tuple(hit for hit, _ in hits), facets, None, expanded, notes)

    def _visible(self, expanded: Mapping[str, tuple[str, ...]], scope: Scope) -> dict[str, tuple[str, ...]]:
        """Only the words that occur in documents of the scope: what is hidden is not named either."""
        shown = {
            typed: tuple(word for word in words if self._total(self._anywhere({word: 1.0}), scope, {}))
            for typed, words in expanded.items()
        }
        return {typed: words for typed, words in shown.items() if words}

    @staticmethod
    def _hit(document: tantivy.Document, score: float, plan: "_Plan") -> tuple[Hit, int]:
        hit = Hit(document["document_id"][0], int(document["version"][0]), float(score), plan.words)
        return hit, -int(document["received"][0])

    @staticmethod
    def _facets(searcher: tantivy.Searcher, query: tantivy.Query) -> dict[str, dict[str, int]]:
        counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
        for _, address in searcher.search(query, FACET_HITS, count=False).hits:
            document = searcher.doc(address)
            for name in FACETS:
                counts[name].update(str(value) for value in document[name] if value)
        return {name: dict(count.most_common()) for name, count in counts.items()}

    def _total(self, query: tantivy.Query, scope: Scope, filters: Mapping[str, str]) -> int:
        result = self._index.searcher().search(self._limited(query, scope, filters), 1, count=True)
        return int(getattr(result, "count", 0) or 0)

    def _limited(self, query: tantivy.Query, scope: Scope, filters: Mapping[str, str]) -> tantivy.Query:
        parts = [(Occur.Must, query)]
        if scope.nodes is not None:
            nodes = sorted(scope.nodes) or [""]
            allowed = tantivy.Query.term_set_query(self._index.schema, "acl_node", nodes)
            parts.append((Occur.Must, tantivy.Query.const_score_query(allowed, 0.0)))
        for name, value in filters.items():
            if name in FACETS:
                parts.append((Occur.Must, tantivy.Query.const_score_query(self._term(name, value), 0.0)))
        return tantivy.Query.boolean_query(parts)

    def _term(self, name: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._index.schema, name, value)

    def _anywhere(self, weights: Mapping[str, float], only: str | None = None) -> tantivy.Query:
        """Documents with one of the words in any text field (or in one), weighted by word and field."""
        fields = {only: TEXT_FIELDS.get(only, 1.0)} if only else TEXT_FIELDS
        parts = [
            (Occur.Should, tantivy.Query.boost_query(self._term(name, word), weight * boost))
            for word, weight in weights.items()
            for name, boost in fields.items()
        ]
        if not only:
            parts += [(Occur.Should, self._term("joined", word)) for word in weights]
        return tantivy.Query.boolean_query(parts) if parts else tantivy.Query.empty_query()

    def _phrase(self, words: Sequence[str], only: str | None = None) -> tantivy.Query:
        if len(words) == 1:
            return self._anywhere({words[0]: 1.0}, only)
        fields = [only] if only else list(TEXT_FIELDS)
        return tantivy.Query.boolean_query(
            [(Occur.Should, tantivy.Query.phrase_query(self._index.schema, name, list(words))) for name in fields]
        )


class _Plan:
    """One parsed query turned into the engine's query, with what it was expanded to."""

    def __init__(self, index: EmbeddedIndex, parsed: Parsed) -> None:
        self._index, self._vocabulary = index, index._vocabulary
        self.expanded: dict[str, tuple[str, ...]] = {}
        self._found: set[str] = set()
        self.required: list[tuple[Clause, tantivy.Query]] = []
        excluded: list[tantivy.Query] = []
        for clause in parsed.clauses:
            if clause.excluded:
                excluded.append(self._literal(clause))
            else:
                self.required.append((clause, self._clause(clause)))
        self._pairs(parsed)
        self.query = self._combine(excluded)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(sorted(self._found))

    def _combine(self, excluded: Sequence[tantivy.Query]) -> tantivy.Query | None:
        if not self.required and not excluded:
            return None
        parts = [(Occur.Must, query) for _, query in self.required]
        if not parts:
            parts = [(Occur.Must, tantivy.Query.all_query())]
        return tantivy.Query.boolean_query(parts + [(Occur.MustNot, query) for query in excluded])

    def suggestion(self, scope: Scope) -> str | None:
        """The typed words that do find something, as a query of their own."""
        kept = [clause.typed for clause, query in self.required if self._index._total(query, scope, {})]
        return " ".join(kept) if kept and len(kept) < len(self.required) else None

    def _literal(self, clause: Clause) -> tantivy.Query:
        if clause.field in ("amount", "date", "year"):
            return self._range(clause)
        return self._index._phrase(clause.words or ("",), clause.field)

    def _clause(self, clause: Clause) -> tantivy.Query:
        if clause.field in ("amount", "date", "year"):
            return self._range(clause)
        if clause.marks:
            return self._marks(clause)
        if clause.is_phrase:
            return self._phrase(clause)
        return self._word(clause)

    def _range(self, clause: Clause) -> tantivy.Query:
        name = {"amount": "amount", "date": "day", "year": "year_number"}[clause.field or ""]
        kind = tantivy.FieldType.Integer
        return tantivy.Query.range_query(self._index._index.schema, name, kind, clause.low, clause.high)

    def _marks(self, clause: Clause) -> tantivy.Query:
        """A recognised pattern: its canonical form, or the very words in a row (part of a longer reference)."""
        parts = [
            (Occur.Should, tantivy.Query.boost_query(self._index._term("marks", mark), 2.0)) for mark in clause.marks
        ]
        if clause.words and not any(mark.startswith(("a:", "d:", "i:")) for mark in clause.marks):
            parts.append((Occur.Should, self._index._phrase(clause.words)))
        self._found.update(clause.words)
        return tantivy.Query.boolean_query(parts)

    def _phrase(self, clause: Clause) -> tantivy.Query:
        """Words in a row; hyphened ones also as one word."""
        self._found.update(clause.words)
        parts = [(Occur.Should, self._index._phrase(clause.words, clause.field))]
        if "-" in clause.typed and '"' not in clause.typed:
            whole = "".join(clause.words)
            parts.append((Occur.Should, self._index._anywhere(self._expand(whole), clause.field)))
        return tantivy.Query.boolean_query(parts)

    def _word(self, clause: Clause) -> tantivy.Query:
        word = clause.words[0]
        weights = self._expand(word, is_prefix=clause.is_prefix)
        parts = [(Occur.Should, self._index._anywhere(weights, clause.field))]
        if len(word) >= 7:
            parts += [(Occur.Should, self._apart(pair)) for pair in self._vocabulary.split(word)]
        return tantivy.Query.boolean_query(parts)

    def _apart(self, pair: tuple[str, str]) -> tantivy.Query:
        self._found.update(pair)
        return tantivy.Query.boost_query(self._index._phrase(pair), 0.8)

    def _expand(self, word: str, *, is_prefix: bool = False) -> dict[str, float]:
        weights = self._vocabulary.expand(word, is_prefix=is_prefix)
        others = tuple(found for found in weights if found != word)
        if others:
            self.expanded[word] = others[:8]
        self._found.update(weights)
        return weights

    def _pairs(self, parsed: Parsed) -> None:
        """Two typed words that stand joined in documents (Straßen Beleuchtung) may match as the one word instead."""
        single = [n for n, (clause, _) in enumerate(self.required) if len(clause.words) == 1 and not clause.field]
        for first, second in pairwise(single):
            if second != first + 1:
                continue
            left, right = self.required[first][0].words[0], self.required[second][0].words[0]
            for whole in (left + right, german.stem(left) + right, left + "s" + right):
                if self._vocabulary.knows(whole):
                    self._found.add(whole)
                    instead = self._index._anywhere({whole: 0.9})
                    for n in (first, second):
                        clause, query = self.required[n]
                        either = [(Occur.Should, query), (Occur.Should, instead)]
                        self.required[n] = (clause, tantivy.Query.boolean_query(either))
                    break


class _entry:
    """A document as the engine stores it, and its words for the vocabulary."""

    def __init__(self, document: SearchDocument) -> None:
        texts = {
            "title": document.title,
            "sender": document.sender,
            "recipient": document.recipient,
            "references": " ".join(document.references),
            "body": document.body,
        }
        everything = "\n".join(texts.values())
        folded = german.fold(everything)
        joined = german.joined(everything)
        tokens = {name: german.words(text) for name, text in texts.items()}
        self.words = {word for words in tokens.values() for word in words} | set(joined)
        fields: dict[str, Any] = {name: [" ".join(words)] for name, words in tokens.items()}
        fields |= {
            "document_id": [document.document_id],
            "acl_node": [document.acl_node],
            "version": [document.version],
            "kind": [document.kind],
            "unit": [document.unit],
            "joined": [" ".join(joined)],
            "marks": [" ".join(sorted(german.marks(everything)))],
            "amount": sorted({min(cents, 2**60) for cents in german.amounts(folded)}),
            "day": sorted({day.year * 10_000 + day.month * 100 + day.day for day in german.dates(folded)}),
        }
        day = document.received_on
        fields["received"] = [day.toordinal() if day else 0]
        fields["year"] = [str(day.year) if day else ""]
        fields["year_number"] = [day.year if day else 0]
        if day:
            fields["day"] = sorted({*fields["day"], day.year * 10_000 + day.month * 100 + day.day})
        self.document = tantivy.Document(**fields)


def _tantivy_index(path: Path) -> tantivy.Index:
    builder = tantivy.SchemaBuilder()
    for name in ("document_id", "acl_node", "kind", "unit", "year"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for name in (*TEXT_FIELDS, "joined"):
        builder.add_text_field(name, stored=False, tokenizer_name="words", index_option="position")
    builder.add_text_field("marks", stored=False, tokenizer_name="words", index_option="basic")
    for name in ("version", "received"):
        builder.add_integer_field(name, stored=True, indexed=True, fast=True)
    for name in ("amount", "day", "year_number"):
        builder.add_integer_field(name, stored=False, indexed=True, fast=True)
    index = tantivy.Index(builder.build(), path=str(path), reuse=True)
    whitespace = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("words", whitespace)
    return index
