"""What is hidden changes nothing: each answer is that of an index in which only the visible documents are."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from search import Page, Query, Scope, SearchDocument, SearchIndex, german
from search.embedded import EmbeddedIndex
from tests.engines import ENGINES, empty_index
from tests.golden.town import letters

NODES = ("steueramt", "sozialamt", "personal")
SCOPES = [frozenset(several) for n in range(4) for several in combinations(NODES, n)]
SECRETS = {
    "personal": "Abmahnungsgespräch Quittenbaum",
    "sozialamt": "Zwangsräumung Quittenbaun",
    "steueramt": "Steuerstrafe",
}


@cache
def documents() -> tuple[SearchDocument, ...]:
    """A part of the town's mail, spread over three nodes, with words that only one of them has."""
    chosen = [one.indexed for one in letters()][::4]
    spread = [(one, NODES[n % 3]) for n, one in enumerate(chosen)]
    return tuple(
        replace(one, acl_node=node, unit=f"{node} {n % 2}", body=f"{one.body} {SECRETS[node] if n % 5 == 0 else ''}")
        for n, (one, node) in enumerate(spread)
    )


@cache
def typed_words() -> list[str]:
    """Words of all documents as they stand there, and the secret ones."""
    return sorted({word for one in documents() for word in one.body.split() if len(word) > 3})


@cache
def _words_of(scope: frozenset[str]) -> frozenset[str]:
    """The words of the documents of a scope."""
    texts = [f"{one.title} {one.body} {one.sender}" for one in documents() if one.acl_node in scope]
    return frozenset(word for text in texts for word in (*german.words(text), *german.joined(text)))


@pytest.fixture(scope="module", params=ENGINES)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    with empty_index(request.param, tmp_path_factory.mktemp("whole"), request) as index:
        index.rebuild(documents())
        yield index


@pytest.fixture(scope="module")
def visible_only(tmp_path_factory: pytest.TempPathFactory) -> dict[frozenset[str], SearchIndex]:
    """The reference: for each scope an index of its documents alone."""
    found: dict[frozenset[str], SearchIndex] = {}
    for scope in SCOPES:
        folder: Path = tmp_path_factory.mktemp("visible")
        found[scope] = EmbeddedIndex(folder)
        found[scope].rebuild(one for one in documents() if one.acl_node in scope)
    return found


def _slipped(word: str) -> st.SearchStrategy[str]:
    """The word itself, cut off, with two letters swapped, or a part of it."""
    return st.one_of(
        st.just(word),
        st.just(word[: max(4, len(word) - 3)]),
        st.integers(1, max(1, len(word) - 2)).map(
            lambda n: word[:n] + word[n + 1 : n + 2] + word[n : n + 1] + word[n + 2 :]
        ),
        st.just(word[3:] or word),
        st.just(f"-{word}"),
    )


WORDS = st.deferred(lambda: st.sampled_from(typed_words()).flatmap(_slipped))
TEXTS = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
FILTERS = st.sampled_from(({}, {"kind": "letter"}, {"unit": "personal 0"}, {"year": "2025"}))


def _told(page: Page) -> tuple[object, ...]:
    """All that a page tells, but the order of hits and their scores: these know how common a word is."""
    return page.total, {hit.document_id for hit in page.hits}, page.facets, page.suggestion, page.expanded


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(text="Quittenbaum", scope=frozenset({"sozialamt"}), filters={})
@example(text="Abmahnung", scope=frozenset({"steueramt"}), filters={})
@example(text="Steuer", scope=frozenset({"sozialamt"}), filters={})
@example(text="Mteern", scope=frozenset({"sozialamt"}), filters={})
@given(text=TEXTS, scope=st.sampled_from(SCOPES), filters=FILTERS)
def test_an_answer_is_that_of_an_index_without_what_is_hidden(
    whole: SearchIndex, visible_only: dict[frozenset[str], SearchIndex], text: str, scope: frozenset[str],
    filters: dict[str, str],
) -> None:  # fmt: skip
    limit = len(documents())
    page = whole.search(Query(text=text, scope=Scope(scope), limit=limit, filters=filters))
    reference = visible_only[scope].search(Query(text=text, scope=Scope(None), limit=limit, filters=filters))
    assert _told(page) == _told(reference)
    allowed = {one.document_id for one in documents() if one.acl_node in scope}
    assert {hit.document_id for hit in page.hits} <= allowed
    assert _words_of(scope).issuperset(word for others in page.expanded.values() for word in others)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    word=st.deferred(lambda: st.sampled_from(typed_words())), length=st.integers(3, 8), scope=st.sampled_from(SCOPES)
)
def test_suggestions_are_those_of_an_index_without_what_is_hidden(
    whole: SearchIndex, visible_only: dict[frozenset[str], SearchIndex], word: str, length: int, scope: frozenset[str]
) -> None:
    assert whole.suggest(word[:length], Scope(scope)) == visible_only[scope].suggest(word[:length], Scope(None))


def _changed(one: SearchDocument, n: int) -> SearchDocument | None:
    """Every third document has moved, every fifth was rewritten, every seventh is gone."""
    if n % 7 == 0:
        return None
    node = NODES[(NODES.index(one.acl_node) + 1) % 3] if n % 3 == 0 else one.acl_node
    return replace(one, version=2, acl_node=node, body=one.body[: len(one.body) // 2] if n % 5 == 0 else one.body)


@pytest.mark.parametrize("engine", ENGINES)
def test_after_changes_it_is_as_if_the_documents_had_always_been_so(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = documents()[::3]
    after = [changed for n, one in enumerate(before) if (changed := _changed(one, n)) is not None]
    words = typed_words()[::40]
    with empty_index(engine, tmp_path, request) as index:
        index.rebuild(before)
        index.upsert(after)
        index.delete(one.document_id for n, one in enumerate(before) if n % 7 == 0)
        for scope in (frozenset({node}) for node in NODES):
            reference = EmbeddedIndex(tmp_path / next(iter(scope)))
            reference.rebuild(one for one in after if one.acl_node in scope)
            for text in [*words, *(f"{word[:3]}{word[4:5]}{word[3:4]}{word[5:]}" for word in words)]:
                page = index.search(Query(text=text, scope=Scope(scope), limit=len(after)))
                expected = reference.search(Query(text=text, scope=Scope(None), limit=len(after)))
                assert _told(page) == _told(expected), (text, scope)


@pytest.mark.parametrize(("node", "word"), [("sozialamt", "quittenbaun"), ("personal", "quittenbaum")])
def test_of_two_words_the_visible_one_is_suggested(whole: SearchIndex, node: str, word: str) -> None:
    assert whole.suggest("quitten", Scope(frozenset({node}))) == [word]
