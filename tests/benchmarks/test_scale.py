"""Search and list pages over many documents, limited by rights and not, on both sets of servers."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import httpx
import pytest
from sqlalchemy import event, select

from dms.cli.serve import settle
from dms.finding import service as finding
from dms.identity.models import OrgUnit
from dms.platform import Platform
from dms.records.models import Case, PlanUnit
from dms.web import session as web_session
from tests import filling
from tests.benchmarks.report import Cost, Report, Table, number
from tests.conftest import ON_BOTH_SETS
from tests.factories import PASSWORD, TEST, opened
from tests.served import served

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(14_400)]
DOCUMENTS = int(os.environ.get("DMS_BENCH_DOCUMENTS", "100000"))
ASKED = 40
"""How often the pages of a row are asked for, at least, after once that does not count."""
SEARCH_LIMIT, LIST_LIMIT = 0.150, 0.100
"""Seconds that 95 % of the pages should not pass on an idle machine; the load stands in the report."""
HEADS = ("page", "who", "statements", "CPU ms", "CPU p95 ms", "ms", "p95 ms", "target ms")
QUERIES = (
    "Hundesteuer", "Gewerbesteuerbescheid Widerspruch", "Straßen Beleuchtung", "Leuchte", "Grundst", "Wohngled",
    "Mueller", "Rechnung Sander", '"öffentliche Sitzung"', "Steuer", "Spielplatz -Sandkasten", "Birkenweg", "RE-2021-5",
    "jahr:2021", "betrag:100-120", "5.1.2021", "Schäfer Kindergarten", "Hydrantennetz Löschfahrzeug", "E-Rechnung",
    "Xyzzyplugh",
)  # fmt: skip
Parameters = dict[str, str]


@dataclass(frozen=True)
class Spent:
    """What filling an installation took."""

    rows: Cost
    index: Cost

    def __str__(self) -> str:
        return (
            f"{DOCUMENTS:,} documents of 12 units. Rows in bulk: {DOCUMENTS / self.rows.seconds:,.0f} a second "
            f"({self.rows.seconds:.0f} s, {self.rows.cpu_seconds:.0f} s CPU); `dms reindex`: "
            f"{DOCUMENTS / self.index.seconds:,.0f} documents a second ({self.index.seconds:.0f} s, "
            f"{self.index.cpu_seconds:.0f} s CPU)"
        )


@ON_BOTH_SETS
def test_pages_over_many_documents(installation: dict[str, str], tmp_path: Path, report: Report) -> None:
    name = "SQLite, tantivy" if not installation else "PostgreSQL, OpenSearch"
    with opened(tmp_path, workers=False, **installation) as platform:
        spent = _filled(platform)
        settle()
        rows = [row for login in ("pruefung", "amt") for row in _measured(platform, login)]
    size = sum(path.stat().st_size for path in (tmp_path / "index").rglob("*") if path.is_file()) / 2**20
    note = (
        f"{spent}{f'; embedded index {size:,.0f} MiB' if not installation else ''}. Whole pages by HTTP, each row "
        f"asked at least {ASKED} times; CPU: that of the process, which is server and client in one, without database "
        "and search servers. *amt*: a clerk who sees one unit, the largest."
    )
    report.add(Table(f"Pages: {name}", HEADS, rows, note))


def _filled(platform: Platform) -> Spent:
    places = filling.town(platform)
    filling.people(platform)
    originals = filling.texts(platform)
    rows = _cost(lambda: filling.fill(platform, DOCUMENTS, places, originals))
    index = _cost(lambda: finding.reindex(platform))
    return Spent(rows, index)


def _cost(work: Callable[[], object]) -> Cost:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - started, time.process_time() - cpu)


def _measured(platform: Platform, login: str) -> Iterator[list[str]]:
    with signed_in(platform, login) as client:
        searches = [("/suche", {"q": text}) for text in QUERIES]
        yield _row(platform, client, "search", login, searches, SEARCH_LIMIT)
        fifth = [("/suche", {"q": text, "seite": "5"}) for text in ("Steuer", "Hundesteuer", "Grundst")]
        yield _row(platform, client, "search, 5th page", login, fifth, SEARCH_LIMIT)
        for name, path, parameters in lists(platform):
            yield _row(platform, client, name, login, [(path, parameters)], LIST_LIMIT)


def lists(platform: Platform) -> list[tuple[str, str, Parameters]]:
    """The list pages by a name, with what they are asked for."""
    with platform.db.read(TEST) as session:
        plan = session.scalars(select(PlanUnit.id)).first()
        unit = session.scalars(select(OrgUnit.id).where(OrgUnit.key == "amt-00")).one()
        case = session.scalars(select(Case).where(Case.acl_node_id == unit)).first()
    assert case is not None
    return [
        ("inbox", "/posteingang", {}), ("inbox of a unit", "/posteingang", {"amt": str(unit)}),
        ("inbox, 20th page", "/posteingang", {"seite": "20"}), ("invoices", "/rechnungen", {}),
        ("invoices by seller", "/rechnungen", {"suche": "Sander"}),
        ("invoices by number", "/rechnungen", {"suche": "RE-2021-000010"}),
        ("ended invoices", "/rechnungen", {"stand": "erledigt"}), ("plan", "/akten", {"einheit": str(plan)}),
        ("files by title", "/akten", {"suche": "Akte 3"}), ("file", f"/akten/{case.file_id}", {}),
        ("case", f"/vorgaenge/{case.id}", {}), ("tasks", "/aufgaben", {}),
    ]  # fmt: skip


@contextmanager
def signed_in(platform: Platform, login: str) -> Iterator[httpx.Client]:
    """A client with the cookie of a person."""
    with served(platform) as client:
        token = web_session.log_in(platform, login, PASSWORD, "127.0.0.1")
        client.cookies.set(web_session.cookie_name(platform.settings), token)
        yield client


def _row(
    platform: Platform, client: httpx.Client, name: str, login: str, pages: Sequence[tuple[str, Parameters]],
    limit: float,
) -> list[str]:  # fmt: skip
    statements = max(_statements(platform, client, page) for page in pages)
    costs = [_cost(partial(_ask, client, page)) for _ in range(-(-ASKED // len(pages))) for page in pages]
    figures = [*_two([one.cpu_seconds for one in costs]), *_two([one.seconds for one in costs])]
    return [name, login, str(statements), *figures, number(1000 * limit)]


def _ask(client: httpx.Client, page: tuple[str, Parameters]) -> None:
    answer = client.get(page[0], params=page[1])
    assert answer.status_code == 200, (page, answer.text[:500])


def _statements(platform: Platform, client: httpx.Client, page: tuple[str, Parameters]) -> int:
    """How many SQL statements a page needs, once what it caches is warm."""
    _ask(client, page)
    seen: list[object] = []

    def note(*arguments: object) -> None:
        seen.append(arguments[2])

    event.listen(platform.db.engine, "before_cursor_execute", note)
    try:
        _ask(client, page)
    finally:
        event.remove(platform.db.engine, "before_cursor_execute", note)
    return len(seen)


def _two(seconds: Sequence[float]) -> tuple[str, str]:
    """Median and 95th percentile, in milliseconds."""
    return number(1000 * median(seconds)), number(1000 * quantiles(seconds, n=20, method="inclusive")[-1])
