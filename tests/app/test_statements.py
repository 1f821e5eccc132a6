"""A list page asks the database as often for many rows as for few."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from dms.actor import Role
from dms.finding import service as finding
from dms.identity import service as identity
from dms.identity.models import OrgUnit
from dms.intake import queries as inbox
from dms.intake.queries import View
from dms.payables import waiting, worklist
from dms.payables.approval import OPEN
from dms.payables.worklist import Filters
from dms.platform import Platform
from dms.records import queries as records
from dms.records.models import Case, File, PlanUnit
from dms.web import session as web_session
from dms.web.pages.payables import ENDED, GROUPS
from tests import filling
from tests.conftest import ON_BOTH_SETS
from tests.factories import PASSWORD, TEST, as_actor, opened
from tests.served import bearer, served

FEW, MANY = 10, 500


@ON_BOTH_SETS
def test_the_number_of_statements_does_not_grow_with_the_rows(installation: dict[str, str], tmp_path: Path) -> None:
    with opened(tmp_path, workers=False, **installation) as platform, served(platform) as client:
        places = filling.town(platform)
        _everybody(platform)
        originals = filling.texts(platform, 20)
        client.cookies.set(
            web_session.cookie_name(platform.settings), web_session.log_in(platform, "alle", PASSWORD, "127.0.0.1")
        )
        filling.fill(platform, FEW, places, originals)
        finding.reindex(platform)
        few = _statements(platform, client)
        filling.fill(platform, MANY, places, originals, first=FEW)
        finding.reindex(platform)
        many = _statements(platform, client)
    grown = {page: (few[page], count) for page, count in many.items() if count > few[page]}
    assert grown == {}
    assert all(few.values())


def _everybody(platform: Platform) -> None:
    """A person of the largest unit who may read everything that a list shows."""
    with platform.db.write(TEST) as session:
        unit = session.scalars(select(OrgUnit).where(OrgUnit.key == "amt-00")).one()
        roles = [Role.CLERK, Role.CERTIFIER, Role.ORDERER, Role.INVOICE_DESK, Role.AUDITOR, Role.ADMIN]
        identity.add_user(session, login="alle", name="Alle", password=PASSWORD, unit_id=unit.id, roles=roles)


def _pages(platform: Platform) -> list[str]:
    with platform.db.read(TEST) as session:
        unit = session.scalars(select(OrgUnit.id).where(OrgUnit.key == "amt-00")).one()
        plan = session.scalars(select(PlanUnit.id)).first()
        file = session.scalars(select(File).where(File.acl_node_id == unit)).first()
        case = session.scalars(select(Case).where(Case.acl_node_id == unit)).first()
    assert file is not None
    assert case is not None
    return [
        "/posteingang", f"/posteingang?amt={unit}", "/rechnungen", "/rechnungen?suche=RE-2021",
        "/rechnungen?stand=erledigt", f"/akten?einheit={plan}", "/akten?suche=Akte", f"/akten/{file.id}",
        f"/vorgaenge/{case.id}", "/aufgaben", "/suche?q=Rechnung", "/suche?q=Steuer&art=letter",
        "/suche/vorschlaege?q=Rech", "/protokoll", "/rechnungen.csv", "/verwaltung/auftraege", "/verwaltung/leute",
        "/api/v1/payables", "/api/v1/search?q=Rechnung",
    ]  # fmt: skip


def _statements(platform: Platform, client: httpx.Client) -> dict[str, int]:
    header, found = bearer(platform, "alle"), {}
    for page in _pages(platform):
        headers = header if page.startswith("/api") else {}
        client.get(page, headers=headers)
        with _counted(platform) as statements:
            answer = client.get(page, headers=headers)
        assert answer.status_code == 200, (page, answer.text[:300])
        found[page] = len(statements)
    return found


def test_lists_and_their_counts_read_the_index_that_was_made_for_them(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform:
        filling.fill(platform, 3000, filling.town(platform), filling.texts(platform, 20))
        filling.people(platform)
        for login in ("amt", "pruefung"):
            actor = as_actor(platform, login)
            with platform.db.read(actor) as session, _counted(platform) as statements:
                inbox.inbox(session, View.WAITING)
                inbox.inbox(session, View.WAITING, unit_id=actor.unit_id)
                inbox.inbox_counts(session)
                records.inbox_count(session)
                worklist.payables(session, Filters(states=frozenset(OPEN)))
                worklist.due_weeks(session, date(2021, 3, 1))
                worklist.payables(session, Filters(text="Sander"), limit=50)
                worklist.overview(session, Filters(text="Sander"), date(2021, 3, 1))
                worklist.overview(session, Filters(), date(2021, 3, 1), ended=GROUPS[ENDED])
                waiting.task_count(session, most=200)
                cases = list(session.scalars(select(Case.id).limit(3)))
                del statements[-1]
                records.documents_of(session, cases, limit=50)
                records.document_counts(session, cases)
                plans = [_plan(session, one) for one in tuple(statements) if "FROM" in one]
            wanted = [*["ix_document_unfiled"] * 4, *["ix_payable_invoice_"] * (6 if login == "amt" else 5)]
            wanted += ["ix_document_case"] * 2
            assert [one for one in plans if "SCAN" in one and "INDEX" not in one] == []
            assert [
                name for name, plan in zip(wanted, plans, strict=True) if f"COVERING INDEX {name}" not in plan
            ] == []


def _plan(session: Session, statement: str) -> str:
    """How SQLite would run a statement; which values it is asked with makes no difference to it."""
    rows = session.connection().exec_driver_sql(f"explain query plan {statement}", ("",) * statement.count("?"))
    return "; ".join(row[3] for row in rows)


@contextmanager
def _counted(platform: Platform) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(platform.db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(platform.db.engine, "before_cursor_execute", note)
