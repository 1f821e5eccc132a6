"""Answers searches with rights checked twice: in the query and in the database."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Actor
from dms.errors import Unavailable
from dms.finding.projection import HIDDEN, project, reindex, texts_of
from dms.platform import Platform
from dms.records.models import Case, Document
from search import IndexUnavailable, Query, Scope, german
from search.german import stem
from search.query import parse
from search.snippets import snippet

__all__ = ["Answer", "Found", "matcher", "project", "recognised", "reindex", "search", "suggest"]

TITLES = 40
"""So many of the best hits are looked at for a title to suggest."""


@dataclass(frozen=True)
class Found:
    """One hit as a person may see it: `pieces` is the snippet as (text, is marked)."""

    document: Document
    file_reference: str | None
    score: float
    pieces: list[tuple[str, bool]]


@dataclass(frozen=True)
class Answer:
    """What a search page shows."""

    total: int
    found: list[Found]
    facets: dict[str, dict[str, int]]
    suggestion: str | None
    expanded: dict[str, tuple[str, ...]]
    notes: tuple[str, ...]


def search(
    platform: Platform, session: Session, actor: Actor, text: str, *, limit: int = 20, offset: int = 0,
    filters: dict[str, str] | None = None,
) -> Answer:  # fmt: skip
    """Answer a typed query for an actor; every hit is loaded through the actor's session before anything is shown."""
    query = Query(text=text, scope=_scope(actor), limit=limit, offset=offset, filters=filters or {})
    try:
        page = platform.index.search(query)
    except IndexUnavailable as exc:
        raise Unavailable("search") from exc
    ids = [UUID(hit.document_id) for hit in page.hits]
    visible = {row.id: row for row in session.scalars(select(Document).where(Document.id.in_(ids)))}
    references = _file_references(session, list(visible.values()))
    texts = texts_of(platform, session, list(visible.values()))
    found = [
        Found(
            document=visible[UUID(hit.document_id)],
            file_reference=references.get(UUID(hit.document_id)),
            score=round(hit.score, 4),
            pieces=snippet(texts[UUID(hit.document_id)], hit.words),
        )
        for hit in page.hits
        if UUID(hit.document_id) in visible and visible[UUID(hit.document_id)].state not in HIDDEN
    ]
    gone = len(page.hits) - len(found)
    facets = {name: dict(counts) for name, counts in page.facets.items()}
    return Answer(page.total - gone, found, facets, page.suggestion, dict(page.expanded), page.notes)


def suggest(platform: Platform, session: Session, actor: Actor, typed: str, *, limit: int = 8) -> list[str]:
    """What the search field offers: words that go on like the last one typed, then titles that hold all of it.

    Only what occurs in documents that the actor may see; the titles are those of the best hits, because to look through
    those of all documents would take seconds where there are a million.
    """
    before, _, last = typed.strip().rpartition(" ")
    scope = _scope(actor)
    try:
        words = platform.index.suggest(last, scope)
        hits = platform.index.search(Query(text=f"{typed.strip()}*", scope=scope, limit=TITLES)).hits
    except IndexUnavailable:
        words, hits = [], ()
    ids = [UUID(hit.document_id) for hit in hits]
    query = select(Document.id, Document.title).where(Document.id.in_(ids), Document.state.not_in(HIDDEN))
    visible, wanted = dict(session.execute(query).all()), german.fold(typed.strip())
    titles = [visible[one] for one in ids if one in visible and wanted in german.fold(visible[one])]
    completed = [f"{before} {word}".strip() for word in words]
    return list(dict.fromkeys([*completed[: limit - 3], *titles]))[:limit]


def _scope(actor: Actor) -> Scope:
    return Scope(None if actor.nodes is None else frozenset(str(node) for node in actor.nodes))


def recognised(typed: str) -> list[tuple[str, str]]:
    """What was understood as more than words: (kind of pattern or field, as typed), e.g. (``a``, ``1.234,56``).

    Kinds are those of `search.german.marks` (a amount, d date, i IBAN, m mail, r reference, n number), or the name of
    the field that was asked for.
    """
    found = []
    for clause in parse(typed).clauses:
        kind = clause.marks[0].partition(":")[0] if clause.marks else clause.field
        if kind is not None:
            found.append((kind, clause.typed))
    return found


def matcher(typed: str) -> Callable[[str], bool]:
    """Tells whether a word of a page is one that was typed, in any inflection; nothing typed matches nothing."""
    wanted = {stem(word) for word in german.words(typed)}
    return lambda text: any(stem(word) in wanted for word in german.words(text))


def _file_references(session: Session, rows: list[Document]) -> dict[UUID, str]:
    cases = [row.case_id for row in rows if row.case_id]
    known = dict(session.execute(select(Case.id, Case.case_reference).where(Case.id.in_(cases))).all())
    return {row.id: known[row.case_id] for row in rows if row.case_id in known}
