"""The port: what an index takes in, what it can be asked, and what it promises."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

MAX_HITS = 10_000
"""So deep an answer can be paged through; `total` and facets count all."""


class SearchError(Exception):
    """Anything an index cannot do."""


class IndexUnavailable(SearchError):
    """The index cannot be opened or reached now; trying again later can help."""


class IndexLocked(IndexUnavailable):
    """Another process writes this index."""


@dataclass(frozen=True, kw_only=True)
class SearchDocument:
    """One document as the index sees it: `version` fences it, `acl_node` decides who finds it."""

    document_id: str
    version: int
    acl_node: str
    title: str
    body: str
    sender: str = ""
    recipient: str = ""
    references: tuple[str, ...] = ()
    kind: str = ""
    unit: str = ""
    received_on: date | None = None


@dataclass(frozen=True)
class Scope:
    """The ACL nodes whose documents exist for whoever asks; None means all, empty means none."""

    nodes: frozenset[str] | None = frozenset()


@dataclass(frozen=True, kw_only=True)
class Query:
    """What somebody typed, with how much of the answer to give; `filters` narrow by facet (kind, unit, year)."""

    text: str
    scope: Scope
    limit: int = 10
    offset: int = 0
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hit:
    """One answer; `words` are the folded words that matched, for the marks of the snippet."""

    document_id: str
    version: int
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A part of the answer. `expanded` tells which other words were searched for a typed one; `suggestion` is a query
    that finds something where this one finds nothing; `notes` are codes of what could not be understood."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]]
    suggestion: str | None
    expanded: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()


class SearchIndex(Protocol):
    """A disposable projection of the documents."""

    def upsert(self, documents: Iterable[SearchDocument]) -> None:
        """Add or replace; an entry older than the one that is there is ignored. Durable and found when this returns."""

    def delete(self, document_ids: Iterable[str]) -> None:
        """Remove; unknown ids are no error."""

    def search(self, query: Query) -> Page:
        """Answer a query; never raises for what was typed. Raises `IndexUnavailable`."""

    def suggest(self, text: str, scope: Scope) -> list[str]:
        """Words that begin with `text` and occur in documents of the scope, the commonest first."""

    def versions(self) -> dict[str, int]:
        """Document id → version of everything that is indexed."""

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        """Fill a second index with exactly these documents and switch over at once."""
