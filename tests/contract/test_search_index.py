"""What every search engine must do, each against the real one."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from search import IndexUnavailable, Query, Scope, SearchDocument, SearchIndex, open_index
from tests.commands import free_port
from tests.engines import EVERY_ENGINE, empty_index

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
    "satzung": ("Ortsrecht", "Die Abfallentsorgungsgebührensatzung gilt, Rechnung RE-00123, Zeichen 32.10/2026-0077"),
    "kfz": ("Fuhrpark", "Reifenwechsel am Kommunalfahrzeug zum Preis von 480,00 Euro, Vorgang KD4711"),
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
    ("Entsorgung", {"satzung"}),
    ("Gebühr", {"satzung"}),
    ("RE-123", {"satzung"}),
    ("Re-000123", {"satzung"}),
    ("RE123", {"satzung"}),
    ("Rechnungsnummer RE-123", {"satzung"}),
    ("32.10/2026-77", {"satzung"}),
    ("2026-77", {"satzung"}),
    ("480 Euro", {"kfz"}),
    ("480 €", {"kfz"}),
    ("KD-4711", {"kfz"}),
    ("Xyzzyplugh", set()),
    ("RE-124", set()),
    ("481 €", set()),
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
    " ".join(f"Steuer{n}" for n in range(200)),
    " ".join(["Steuer", "Straßenbeleuchtung", "Gewerbe"] * 40),
]


def _document(name: str, *, version: int = 1, node: str = "a", body: str | None = None) -> SearchDocument:
    title, text = TEXTS[name]
    return SearchDocument(
        document_id=name, version=version, acl_node=node, title=title, body=body or text, received_on=date(2026, 1, 1)
    )


@pytest.fixture(params=EVERY_ENGINE)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    with empty_index(request.param, tmp_path, request) as found:
        found.upsert([_document(name) for name in TEXTS])
        yield found


@pytest.fixture(scope="module", params=EVERY_ENGINE)
def only_read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    """The same for tests that change nothing."""
    with empty_index(request.param, tmp_path_factory.mktemp("search"), request) as found:
        found.upsert([_document(name) for name in TEXTS])
        yield found


def _ids(index: SearchIndex, text: str, scope: Scope = ALL) -> set[str]:
    return {hit.document_id for hit in index.search(Query(text=text, scope=scope)).hits}


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_what_a_clerk_types_finds_the_document(only_read: SearchIndex, text: str, expected: set[str]) -> None:
    assert _ids(only_read, text) == expected


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_is_an_error_and_all_is_quick(only_read: SearchIndex, text: str) -> None:
    started = time.monotonic()
    only_read.search(Query(text=text, scope=ALL))
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


def _many(count: int, *, title: str = "Rechnung über Streusalz") -> list[SearchDocument]:
    return [
        SearchDocument(
            document_id=f"{n:05d}", version=1, acl_node="ab"[n % 2], title=title, body="Lieferung", kind="invoice",
            unit=f"Amt {n % 3}", received_on=date(2020, 1, 1) + timedelta(days=n // 100),
        )
        for n in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["Streusalz", "jahr:2020", "-Entwurf"])
def test_pages_of_equals_hold_each_document_once_the_newest_first(index: SearchIndex, text: str) -> None:
    index.rebuild(_many(300))
    pages = [index.search(Query(text=text, scope=ALL, limit=25, offset=start)).hits for start in range(0, 300, 25)]
    shown = [hit.document_id for page in pages for hit in page]
    assert sorted(shown) == [f"{n:05d}" for n in range(300)]
    assert [int(name) // 100 for name in shown] == sorted((int(name) // 100 for name in shown), reverse=True)


def test_facets_count_every_hit_that_the_person_may_see(index: SearchIndex) -> None:
    index.rebuild(_many(2400))
    page = index.search(Query(text="Streusalz", scope=Scope(frozenset({"a"})), limit=5))
    assert page.total == 1200
    assert page.facets == {"kind": {"invoice": 1200}, "unit": dict.fromkeys(("Amt 0", "Amt 1", "Amt 2"), 400),
                           "year": {"2020": 1200}}  # fmt: skip
    narrowed = index.search(Query(text="Streusalz", scope=ALL, filters={"unit": "Amt 1"}))
    assert narrowed.total == 800


def test_a_page_beyond_the_last_is_empty_and_still_counted(index: SearchIndex) -> None:
    for offset in (9_990, 10_000, 10**12):
        page = index.search(Query(text="Hundesteuer", scope=ALL, limit=20, offset=offset))
        assert (page.total, page.hits) == (1, ())


def test_searches_and_changes_go_on_while_an_index_is_rebuilt(index: SearchIndex) -> None:
    """Changes are made by another opening of the index where another process may write, too."""

    def while_it_is_filled() -> Iterator[SearchDocument]:
        yield _document("hund")
        assert _ids(index, "Hundesteuer") == {"hund"}
        index.upsert([_document("rat", version=5, body="neuer Stand")])
        index.delete(["licht"])
        index.upsert([_document("kfz", version=2, body="zwei")])
        index.delete(["kfz"])
        index.upsert([_document("kfz", version=2, body="zurück")])
        for name in ("rat", "licht", "kfz"):
            yield _document(name)
        assert _ids(index, "Protokoll Stand") == {"rat"}

    index.rebuild(while_it_is_filled())
    assert index.versions() == {"hund": 1, "rat": 5, "kfz": 2}
    assert _ids(index, "neuer") == {"rat"}
    assert _ids(index, "zurück") == {"kfz"}
    assert _ids(index, "Straßenbeleuchtung") == set()


def test_a_rebuilding_that_fails_leaves_the_index_as_it_was_and_the_next_one_works(index: SearchIndex) -> None:
    def broken() -> Iterator[SearchDocument]:
        yield _document("hund", version=9)
        raise OSError("the store is gone")

    with pytest.raises(OSError, match="the store is gone"):
        index.rebuild(broken())
    assert _ids(index, "Protokoll") == {"rat"}
    index.rebuild([_document("hund", version=2)])
    assert index.versions() == {"hund": 2}


def test_what_was_deleted_may_come_back_with_the_same_version(index: SearchIndex) -> None:
    index.delete(["rat"])
    index.upsert([_document("rat")])
    assert _ids(index, "Protokoll") == {"rat"}


def test_a_hidden_word_changes_nothing_for_those_who_may_not_see_it(index: SearchIndex) -> None:
    """Not even that typing errors are looked for, as if the word did not exist."""
    index.upsert([_document("hund", body="Hundesteuer"), _document("kfz", version=2, node="b", body="Hundestuefr")])
    assert _ids(index, "Hundestuefr", Scope(frozenset({"a"}))) == {"hund"}
    assert _ids(index, "Hundestuefr") == {"kfz"}


def test_a_word_goes_with_the_documents_that_have_it(index: SearchIndex) -> None:
    """Moved, rewritten or removed: where it was, typing errors are looked for as if it had never been there."""
    b = Scope(frozenset({"b"}))
    index.upsert([_document("hund", node="b", body="Hundesteuer"), _document("kfz", node="b", body="Hundestuefr")])
    assert _ids(index, "Hundestuefr", b) == {"kfz"}
    index.upsert([_document("kfz", version=2, node="a", body="Hundestuefr")])
    assert _ids(index, "Hundestuefr", b) == {"hund"}
    assert index.suggest("hundest", b) == ["hundesteuer"]
    index.upsert([_document("kfz", version=3, node="b", body="Hundestuefr"), _document("rat", node="b", body="Markt")])
    index.upsert([_document("kfz", version=4, node="b", body="Wagen")])
    assert _ids(index, "Hundestuefr", b) == {"hund"}
    index.delete(["hund"])
    assert _ids(index, "Hundestuefr", b) == set()
    assert index.suggest("hund", b) == []


@pytest.mark.parametrize(
    ("text", "hidden", "seen"),
    [("Kanal", "kanal{}", "kanalzeug"), ("Kanal", "{}kanal", "zeugkanal"), ("Mteern", "mteer{}", "steerns")],
)
def test_hidden_words_take_no_places(index: SearchIndex, text: str, hidden: str, seen: str) -> None:
    """However many they are and however often they stand there."""
    common = " ".join(hidden.format(first + second) for first in "abcdefghijk" for second in "abcdefghijk")
    index.rebuild([
        *(SearchDocument(document_id=f"x{n}", version=1, acl_node="b", title="", body=common) for n in range(2)),
        SearchDocument(document_id="seen", version=1, acl_node="a", title="", body=seen),
    ])  # fmt: skip
    page = index.search(Query(text=text, scope=Scope(frozenset({"a"}))))
    assert ({hit.document_id for hit in page.hits}, dict(page.expanded)) == ({"seen"}, {text.lower(): (seen,)})


def test_a_server_that_is_not_there_is_unavailable_soon(opensearch_url: str) -> None:
    index = open_index(f"opensearch://127.0.0.1:{free_port()}/none")
    with pytest.raises(IndexUnavailable):
        index.search(Query(text="a", scope=ALL))
    with pytest.raises(IndexUnavailable):
        index.upsert([_document("rat")])
