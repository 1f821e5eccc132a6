"""The number of tasks beside the menu, which the database counts, is the number that the machine would allow."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dms.access import actors
from dms.access.service import create_unit_nodes
from dms.actor import Actor, Role
from dms.identity import service as identity
from dms.identity.models import LegalEntity, PaymentAuthority
from dms.payables import approval, closing, evidence, waiting, worklist
from dms.payables.approval import Event
from dms.payables.models import PayableInvoice
from dms.platform import Platform
from tests.factories import PASSWORD, TEST, add_person
from tests.unit.payables.town import FIELDS, GROSS, Town, open_invoice, town

TASKS = (Event.CERTIFY_SUBSTANCE, Event.CERTIFY_ARITHMETIC, Event.ORDER_PAYMENT)
SMALL = {"gross_cents": 9_000, "payable_cents": 9_000}


@pytest.fixture
def busy(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """A town with an invoice at every point of its way, and people of every role."""
    with town(tmp_path, database_url=database_url) as found:
        for role in Role:
            found.people[role] = add_person(found.platform, f"nur-{role}", role, limit_cents=10_000)
        found.people["all"] = add_person(found.platform, "alles", *(set(Role) - {Role.TREASURY}), limit_cents=10_000)
        found.people["elsewhere"] = _of_another_unit(found.platform)
        _reviewed(found)
        _ready(found)
        yield found


def _of_another_unit(platform: Platform) -> Actor:
    with platform.db.write(TEST) as session:
        unit = identity.add_unit(session, key="bauhof", name="Bauhof")
        create_unit_nodes(session, unit.id)
        roles = [Role.CLERK, Role.CERTIFIER]
        user = identity.add_user(session, login="fern", name="Fern", password=PASSWORD, unit_id=unit.id, roles=roles)
        session.flush()
        return actors.person(session, user, origin="test", clock=platform.clock)


def _another(town: Town, number: int, **values: Any) -> Town:
    """One more invoice in capture."""
    one = replace(town, payable_id=open_invoice(town.platform, f"Rechnung {number}".encode()))
    one.edit(**{**FIELDS, "invoice_number": f"R-{number}", **values})
    return one


def _released(town: Town, number: int, **values: Any) -> Town:
    one = _another(town, number, **values)
    one.release()
    return one


def _reviewed(town: Town) -> None:
    """In review: untouched, half certified, certified but not coded, returned, certified for content of the past."""
    _released(town, 10)
    _released(town, 11).certify("anna", "substance")
    _released(town, 12).certify("ben")
    returned = _released(town, 13)
    returned.certify("anna")
    returned.act("anna", closing.return_to_capture, reason="Bitte Lieferschein nachreichen")
    outdated = _released(town, 14)
    outdated.certify("ben")
    outdated.edit(payable_cents=GROSS - 100)


def _ready(town: Town) -> None:
    """To be ordered: within and above a small authority, certified by an orderer or not, with nothing to pay; done."""
    for number, certifier, values in ((20, "anna", SMALL), (21, "ben", {}), (22, "ben", SMALL), (23, "all", SMALL)):
        _certified(town, number, certifier, values)
    _certified(town, 24, "anna", {**SMALL, "cut_cents": -1_000_000})
    credit = _certified(town, 25, "anna", SMALL)
    credit.edit(type_code="381")
    credit.certify("anna")
    _certified(town, 26, "anna", SMALL).order("dora")
    _another(town, 27).act("desk", closing.void, reason="Doppelt gebucht")


def _certified(town: Town, number: int, login: str, values: dict[str, Any]) -> Town:
    one = _released(town, number, **values)
    one.code(values.get("payable_cents", GROSS))
    one.certify(login)
    return one


def test_what_is_counted_is_what_the_machine_allows(busy: Town) -> None:
    allowed = {login: _allowed(busy.platform, actor) for login, actor in busy.people.items()}
    shown = {login: _shown(busy.platform, actor) for login, actor in busy.people.items()}
    assert shown == {login: (count, count) for login, count in allowed.items()}
    assert {login: allowed[login] for login in ("desk", "anna", "till", "elsewhere", Role.AUDITOR)} == {
        "desk": 2, "anna": 3, "till": 0, "elsewhere": 0, Role.AUDITOR: 0,
    }  # fmt: skip
    assert (allowed["cem"], allowed["ben"], allowed["dora"]) == (3, 6, 5)


def _shown(platform: Platform, actor: Actor) -> tuple[int, int]:
    """The number in the menu, and that of the rows of the page."""
    with platform.db.read(actor) as session:
        return waiting.task_count(session, most=1000), len(worklist.tasks(session, platform.clock))


def _allowed(platform: Platform, actor: Actor) -> int:
    """How many invoices the machine lets this person do something to that is a task."""
    with platform.db.read(actor) as session:
        rows = session.scalars(select(PayableInvoice)).all()
        facts = evidence.facts_of(session, rows, platform.clock)
    return sum(_is_task(one) for one in facts.values())


def _is_task(facts: approval.Facts) -> bool:
    is_release = facts.state == "capture" and "payable:capture" in facts.actions
    return is_release or any(approval.refusal(event, facts) is None for event in TASKS)


def test_no_more_are_counted_than_asked_for(busy: Town) -> None:
    with busy.platform.db.read(busy.people["all"]) as session:
        assert waiting.task_count(session, most=1000) > 4
        assert waiting.task_count(session, most=4) == 4
        urgent = [row.invoice_number for row in waiting.most_urgent(session, limit=1000)]
        assert [row.invoice_number for row in waiting.most_urgent(session, limit=4)] == urgent[:4]


def test_an_authority_for_another_legal_entity_is_none(busy: Town) -> None:
    with busy.platform.db.read(TEST) as session:
        entities = set(session.scalars(select(LegalEntity.id)))
        assert set(session.scalars(select(PaymentAuthority.legal_entity_id))) == entities
    other = replace(busy.people["dora"], limits={busy.payable_id: 10**12})
    assert _shown(busy.platform, other) == (0, 0)
