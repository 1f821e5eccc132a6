"""What every search engine must do; a second one is added to `ENGINES` and has to pass the same."""

import time
from datetime import date
from pathlib import Path

import pytest

from search import Query, Scope, SearchDocument, SearchIndex, open_index

ALL = Scope(None)
TEXTS = {
    "gewerbe": (
        "Gewerbesteuerbescheid",
        "Bescheid über die Gewerbesteuer der Müller GmbH, Betrag 1.234,56 €, fällig 05.11.2026",
    ),
    "licht": (
        "Straßenbeleuchtung",
        "Die Straßenleuchten am Haus, IBAN DE89 3704 0044 0532 0130 00, Az. 20.30.01/2026-0042",
    ),
    "rat": ("Protokoll", "öffentliche Sitzung des Rates zum B-Plan, Kundennummer 0004711, Strafsteuer der Strasse"),
    "hund": ("Hundesteuer", "Die Hundesteuer beträgt 60,00 EUR laut Schreiben vom 5. November 2026"),
}
FOUND = [
    ("Wie hoch ist die Hundesteuer", {"hund"}),
    ("Häuser", {"licht"}),
    ("Mueller", {"gewerbe"}),
    ("Leuchte", {"licht"}),
    ("Straßen Beleuchtung", {"licht"}),
    ("Gewerbest", {"gewerbe"}),
    ("Hudnesteuer", {"hund"}),
    ('"öffentliche Sitzung"', {"rat"}),
    ("1234.56", {"gewerbe"}),
    ("1.234,56 €", {"gewerbe"}),
    ("IBAN DE89370400440532013000", {"licht"}),
    ("5.11.26", {"gewerbe", "hund"}),
    ("20.30.01/2026-0042", {"licht"}),
    ("Az. 20.30.01", {"licht"}),
    ("4711", {"rat"}),
    ("bplan", {"rat"}),
    ("Haus -Straßenbeleuchtung", set()),
    ("betrag:1000-2000", {"gewerbe"}),
    ("Xyzzyplugh", set()),
]
HOSTILE = [
    "((((",
    "*:*",
    "'; DROP TABLE x",
    '"',
    "a" * 10_000,
    "😀",
    "-",
    "jahr:²²²²",
    "betrag:" + "9" * 40,
    "field:",
    "\x00",
]
ENGINES = ["embedded"]


def _document(name: str, *, version: int = 1, node: str = "a", body: str | None = None) -> SearchDocument:
    title, text = TEXTS[name]
    return SearchDocument(
        document_id=name, version=version, acl_node=node, title=title, body=body or text, received_on=date(2026, 1, 1)
    )


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> SearchIndex:
    found = open_index(f"{request.param}://{tmp_path}/index")
    found.upsert([_document(name) for name in TEXTS])
    return found


def _ids(index: SearchIndex, text: str, scope: Scope = ALL) -> set[str]:
    return {hit.document_id for hit in index.search(Query(text=text, scope=scope)).hits}


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_what_a_clerk_types_finds_the_document(index: SearchIndex, text: str, expected: set[str]) -> None:
    assert _ids(index, text) == expected


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_is_an_error_and_all_is_quick(index: SearchIndex, text: str) -> None:
    started = time.monotonic()
    index.search(Query(text=text, scope=ALL))
    assert time.monotonic() - started < 5


def test_a_long_unbroken_run_of_characters_is_indexed_quickly(index: SearchIndex) -> None:
    started = time.monotonic()
    for run in ("a" * 100_000, "a-" * 50_000, "a.b" * 30_000, "1" * 100_000, "x@" * 50_000):
        index.upsert([_document("rat", version=2, body=run)])
    assert time.monotonic() - started < 30


def test_only_the_scope_is_found_counted_suggested_and_named(index: SearchIndex) -> None:
    index.upsert([_document("hund", version=2, node="b")])
    assert _ids(index, "Hundesteuer", Scope(frozenset({"a"}))) == set()
    assert _ids(index, "Hundesteuer", Scope()) == set()
    page = index.search(Query(text="Steuer", scope=Scope(frozenset({"a"}))))
    assert "hundesteuer" not in {word for words in page.expanded.values() for word in words}
    assert index.suggest("hunde", Scope(frozenset({"a"}))) == []
    assert index.suggest("hunde", Scope(frozenset({"b"}))) == ["hundesteuer"]


def test_an_older_version_never_overwrites_a_newer(index: SearchIndex) -> None:
    index.upsert([_document("rat", version=3, body="drei"), _document("rat", version=2, body="zwei")])
    index.upsert([_document("rat", version=1, body="eins")])
    assert index.versions()["rat"] == 3
    assert _ids(index, "drei") == {"rat"}
    assert _ids(index, "zwei") == set()


def test_a_deleted_document_is_gone(index: SearchIndex) -> None:
    index.delete(["rat", "unbekannt"])
    assert _ids(index, "Protokoll") == set()


def test_a_rebuilt_index_holds_exactly_the_documents_given(index: SearchIndex) -> None:
    index.rebuild([_document("hund", version=7)])
    assert index.versions() == {"hund": 7}


def test_when_all_words_together_find_nothing_the_rest_is_offered_but_not_shown(index: SearchIndex) -> None:
    page = index.search(Query(text="Hundesteuer Xyzzyplugh", scope=ALL))
    assert (page.total, page.hits, page.suggestion) == (0, (), "hundesteuer")
