"""Search and list pages over many documents, limited by rights and not, on both sets of servers."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from dms.finding import service as finding
from dms.identity.models import OrgUnit
from dms.platform import Platform
from dms.records.models import PlanUnit
from dms.web import session as web_session
from tests import filling
from tests.benchmarks.report import Report, Table, number
from tests.conftest import ON_BOTH_SETS
from tests.factories import PASSWORD, TEST, opened
from tests.served import served

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(7200)]
DOCUMENTS = int(os.environ.get("DMS_BENCH_DOCUMENTS", "100000"))
ROUNDS = 3
SEARCH_LIMIT, LIST_LIMIT = 0.150, 0.100
"""Seconds that 95 % of the pages should not pass on an idle machine; the load stands in the report."""
QUERIES = (
    "Hundesteuer", "Gewerbesteuerbescheid Widerspruch", "Straßen Beleuchtung", "Leuchte", "Grundst", "Wohngled",
    "Mueller", "Rechnung Sander", '"öffentliche Sitzung"', "Steuer", "Spielplatz -Sandkasten", "Birkenweg", "RE-2021-5",
    "jahr:2021", "betrag:100-120", "5.1.2021", "Schäfer Kindergarten", "Hydrantennetz Löschfahrzeug", "E-Rechnung",
    "Xyzzyplugh",
)  # fmt: skip


@ON_BOTH_SETS
def test_pages_over_many_documents(installation: dict[str, str], tmp_path: Path, report: Report) -> None:
    name = "SQLite, tantivy" if not installation else "PostgreSQL, OpenSearch"
    with opened(tmp_path, workers=False, **installation) as platform:
        costs = _filled(platform)
        rows = [row for login in ("pruefung", "amt") for row in _measured(platform, login)]
    size = sum(path.stat().st_size for path in (tmp_path / "index").rglob("*") if path.is_file()) / 2**20
    note = (
        f"{DOCUMENTS:,} documents of 12 units. Rows in bulk: {costs['rows']:,.0f} a second; `dms reindex`: "
        f"{costs['index']:,.0f} documents a second, {costs['seconds']:.0f} s"
        + (f"; embedded index {size:,.0f} MiB" if not installation else "")
        + f". Whole pages by HTTP in the same process, {ROUNDS} rounds, *amt*: a clerk who sees one unit."
    )
    report.add(Table(f"Pages: {name}", ["page", "who", "median ms", "p95 ms", "target ms"], rows, note))


def _filled(platform: Platform) -> dict[str, float]:
    places = filling.town(platform)
    filling.people(platform)
    originals = filling.texts(platform)
    started = time.perf_counter()
    filling.fill(platform, DOCUMENTS, places, originals)
    filled = time.perf_counter()
    assert finding.reindex(platform) == DOCUMENTS
    done = time.perf_counter()
    return {"rows": DOCUMENTS / (filled - started), "index": DOCUMENTS / (done - filled), "seconds": done - filled}


def _measured(platform: Platform, login: str) -> Iterator[list[str]]:
    with platform.db.read(TEST) as session:
        plan = session.scalars(select(PlanUnit.id)).first()
        unit = session.scalars(select(OrgUnit.id).where(OrgUnit.key == "amt-00")).one()
    with signed_in(platform, login) as client:
        searches = [_page(client, "/suche", q=text) for text in QUERIES]
        yield _row("search", login, searches, SEARCH_LIMIT)
        yield _row("search, 5th page", login, [_page(client, "/suche", q="Steuer", seite="5")] * 5, SEARCH_LIMIT)
        for path, parameters in lists(plan, unit):
            yield _row(path, login, [_page(client, path, **parameters)] * 5, LIST_LIMIT)


def lists(plan: UUID | None, unit: UUID) -> list[tuple[str, dict[str, str]]]:
    """The list pages with what they are asked for."""
    return [
        ("/posteingang", {}), ("/posteingang", {"amt": str(unit)}), ("/rechnungen", {}),
        ("/rechnungen", {"suche": "Sander"}), ("/akten", {"einheit": str(plan)}), ("/aufgaben", {}),
    ]  # fmt: skip


@contextmanager
def signed_in(platform: Platform, login: str) -> Iterator[httpx.Client]:
    """A client with the cookie of a person."""
    with served(platform) as client:
        token = web_session.log_in(platform, login, PASSWORD, "127.0.0.1")
        client.cookies.set(web_session.cookie_name(platform.settings), token)
        yield client


def _page(client: httpx.Client, path: str, **parameters: str) -> Callable[[], float]:
    def ask() -> float:
        started = time.perf_counter()
        answer = client.get(path, params=parameters)
        assert answer.status_code == 200, (path, answer.text[:500])
        return time.perf_counter() - started

    return ask


def _row(name: str, login: str, pages: list[Callable[[], float]], limit_seconds: float) -> list[str]:
    for ask in pages:
        ask()
    seconds = [ask() for _ in range(ROUNDS) for ask in pages]
    p95 = quantiles(seconds, n=20)[-1]
    return [name, login, number(1000 * median(seconds)), number(1000 * p95), number(1000 * limit_seconds)]
