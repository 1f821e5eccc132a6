"""The approval against a real database: evidence nobody can change, four eyes, lists, the package for the treasury."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from dms.access.service import create_unit_nodes, payables_node
from dms.actor import Role, system
from dms.audit import service as audit
from dms.clock import FrozenClock
from dms.errors import Conflict, Forbidden, Invalid, RuleViolation
from dms.identity.models import LegalEntity, OrgUnit
from dms.ids import uuid7
from dms.jobs.models import Job
from dms.jobs.service import claim
from dms.payables import closing, export_finance, queries, service, worklist
from dms.payables.approval import Event
from dms.payables.models import Certificate, HandOver, PayableState, PaymentOrder
from dms.payables.receipts import collect_receipts
from dms.payables.worklist import Filters, Totals
from dms.records import service as records
from tests.factories import TEST, add_person, as_actor, bring, opened
from tests.unit.payables.town import FIELDS, GROSS, Town, open_invoice, town


@pytest.fixture
def lone(tmp_path: Path, database_url: str) -> Iterator[Town]:
    with town(tmp_path, database_url=database_url) as found:
        yield found


@pytest.fixture
def certified(lone: Town) -> Town:
    lone.code()
    lone.release()
    lone.certify("ben")
    return lone


def test_who_certified_does_not_order_not_even_after_an_edit_and_a_new_certificate(certified: Town) -> None:
    certified.edit(payable_cents=GROSS - 100)
    certified.code(GROSS - 100)
    certified.certify("anna")
    with pytest.raises(RuleViolation, match=r"approval\.same_person"):
        certified.order("ben")
    certified.order("dora")
    assert certified.row().state == PayableState.ORDERED


def test_who_certified_does_not_order_after_a_return_either(certified: Town) -> None:
    certified.act("dora", closing.return_to_capture, reason="Bitte Lieferschein nachreichen")
    assert certified.row().state == PayableState.CAPTURE
    certified.release()
    assert certified.row().state == PayableState.REVIEW
    certified.certify("anna")
    with pytest.raises(RuleViolation, match=r"approval\.same_person"):
        certified.order("ben")


def test_a_cost_center_leaves_the_certificates_but_not_the_old_screen(certified: Town) -> None:
    before = certified.seen()
    line = {"budget_year": 2026, "product_account": "11.1.01.4431000", "cost_center": "77", "amount_cents": GROSS}
    certified.act("desk", service.set_coding, [line], seen=None)
    assert certified.row().state == PayableState.ORDERING
    with pytest.raises(Conflict, match=r"approval\.stale"):
        certified.act("dora", service.order_payment, seen=before)


def test_treasury_and_small_limits_do_not_order(certified: Town) -> None:
    with pytest.raises(RuleViolation, match=r"approval\.treasury"):
        certified.order("till")
    with pytest.raises(RuleViolation, match=r"approval\.over_limit"):
        certified.order("cem")


@pytest.mark.parametrize("values", [{"payable_cents": 1_000_000}, {"payable_cents": 9_000, "cut_cents": -1_000_000}])
def test_the_limit_covers_what_is_paid_even_where_the_gross_says_less(lone: Town, values: dict[str, int]) -> None:
    lone.edit(gross_cents=9_000, **values)
    lone.code(values["payable_cents"])
    lone.release()
    lone.certify("ben")
    with pytest.raises(RuleViolation, match=r"approval\.over_limit"):
        lone.order("cem")


@pytest.mark.parametrize("table", ["certificate", "payment_order", "payable_version", "audit_event"])
@pytest.mark.parametrize("change", ["update {0} set id = id", "delete from {0}"])
def test_evidence_cannot_be_changed_even_by_hand(certified: Town, table: str, change: str) -> None:
    certified.order("dora")
    with certified.platform.db.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(change.format(table)))


@pytest.mark.parametrize(("login", "reason"), [("ben", "four_eyes"), ("till", "treasury")])
def test_the_database_itself_refuses_an_order_of_the_wrong_person(certified: Town, login: str, reason: str) -> None:
    person = certified.people[login].user_id
    assert person is not None
    with pytest.raises(DBAPIError, match=reason), certified.platform.db.write(TEST) as session:
        session.add(_order(certified, person))


def _order(given: Town, user_id: UUID) -> PaymentOrder:
    return PaymentOrder(
        id=uuid7(), payable_id=given.payable_id, order_number="X-1", version=1, user_id=user_id, user_name="?",
        content_version=1, content_sha256="0" * 64, gross_cents=1, limit_cents=1, given_at=given.platform.clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize(("login", "reason"), [("dora", "four_eyes"), ("till", "treasury")])
def test_the_database_itself_refuses_a_certificate_of_the_wrong_person(
    certified: Town, login: str, reason: str
) -> None:
    certified.order("dora")
    row = Certificate(
        id=uuid7(), payable_id=certified.payable_id, kind="substance", user_id=certified.people[login].user_id,
        user_name="?", content_version=1, scope_sha256="0" * 64, amount_cents=1, text="?", text_version=1,
        given_at=certified.platform.clock.now(),
    )  # fmt: skip
    with pytest.raises(DBAPIError, match=reason), certified.platform.db.write(TEST) as session:
        session.add(row)


def test_each_person_sees_what_waits_for_them(certified: Town) -> None:
    assert {login: _tasks(certified, login) for login in certified.people} == {
        "desk": [], "anna": [], "ben": [], "cem": [], "till": [], "dora": [Event.ORDER_PAYMENT],
    }  # fmt: skip


def _tasks(given: Town, login: str) -> list[Event]:
    with given.platform.db.read(given.people[login]) as session:
        return [task.event for task in worklist.tasks(session, given.platform.clock)]


def test_a_running_discount_is_named_with_its_day_and_money(lone: Town) -> None:
    lone.edit(discount_until=date(2026, 11, 27), discount_cents=238)
    on_the_day = FrozenClock(datetime(2026, 11, 27, 9, tzinfo=UTC))
    with lone.platform.db.read(lone.people["desk"]) as session:
        task = worklist.tasks(session, on_the_day)[0]
        assert (task.deadline, task.discount_at_risk_cents) == (date(2026, 11, 27), 238)
        on_the_day.advance(timedelta(days=1))
        late = worklist.tasks(session, on_the_day)[0]
        assert (late.deadline, late.discount_at_risk_cents, late.is_overdue) == (date(2026, 12, 20), 0, False)


def test_open_steps_name_who_can_take_them(certified: Town) -> None:
    with certified.platform.db.read(TEST) as session:
        row = service.payable(session, certified.payable_id)
        assert worklist.open_steps(session, [row], certified.platform.clock)[row.id] == [
            worklist.OpenStep(Event.ORDER_PAYMENT, ("Dora",))
        ]
        actions = [event.action for event in queries.history(session, row)]
    assert actions[:2] == ["invoice.received", "invoice.captured"]
    assert actions[-3:] == ["cert.given", "cert.given", "payment_order.ready"]


def test_lists_sum_over_what_they_filter(lone: Town) -> None:
    capture, overdue = Filters(states=frozenset({PayableState.CAPTURE})), Filters(overdue_on=date(2026, 12, 21))
    with lone.platform.db.read(TEST) as session:
        assert worklist.totals(session, capture) == worklist.totals(session, overdue) == Totals(1, GROSS)
        assert worklist.totals(session, replace(overdue, overdue_on=date(2026, 12, 20))) == Totals(0, 0)
        overview = worklist.overview(session, worklist.Filters(), date(2026, 12, 21))
        assert overview.of([PayableState.CAPTURE]) == overview.overdue == overview.of(PayableState) == Totals(1, GROSS)
        assert overview.of([PayableState.REVIEW]) == Totals(0, 0)
        weeks = worklist.due_weeks(session, date(2026, 12, 16), weeks=2)
        assert weeks == [worklist.DueWeek(2026, 51, GROSS), worklist.DueWeek(2026, 52, 0)]
        assert worklist.due_weeks(session, date(2027, 1, 6), weeks=1) == [worklist.DueWeek(2027, 1, GROSS)]


def test_what_has_ended_is_counted_where_asked_for_up_to_a_limit_and_within_the_rights(
    lone: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklist, "COUNTED", 2)
    ended, today = frozenset({PayableState.VOID}), date(2026, 12, 21)
    for number in range(3):
        with lone.platform.db.read(TEST) as session:
            counted = worklist.overview(session, Filters(), today, ended=ended).of(ended)
        assert counted == Totals(number, number * GROSS)
        one = replace(lone, payable_id=open_invoice(lone.platform, f"Rechnung {number}".encode()))
        one.edit(**{**FIELDS, "invoice_number": f"R-{number}"})
        one.act("desk", closing.void, reason="Doppelt gebucht")
    with lone.platform.db.read(TEST) as session:
        overview = worklist.overview(session, Filters(), today, ended=ended)
        assert (overview.of(ended).count, overview.of(ended).is_more) == (2, True)
        assert overview.of([PayableState.CAPTURE]) == overview.overdue == Totals(1, GROSS)
        assert worklist.overview(session, Filters(), today).of(ended) == Totals(0, 0)
    with lone.platform.db.read(replace(lone.people["desk"], nodes=frozenset({lone.payable_id}))) as session:
        nothing = worklist.overview(session, Filters(), today, ended=ended)
        assert nothing.of(PayableState) == nothing.overdue == Totals(0, 0)


def test_a_part_of_the_seller_or_the_number_finds_an_invoice_whatever_its_case(lone: Town) -> None:
    lone.edit(**{**FIELDS, "seller_name": "Straßenbau MÜLLER 100% GmbH", "invoice_number": "RE-2026/77b"})
    found = dict.fromkeys(("müller", "STRASSENBAU m", "aßenb", "026/77B", "100%"), 1)
    missed = dict.fromkeys(("1%0", "R_-2026", "gmbh re", "Muller"), 0)
    with lone.platform.db.read(TEST) as session:
        looked = {text: len(worklist.payables(session, Filters(text=text))) for text in (*found, *missed)}
    assert looked == {**found, **missed}


@pytest.fixture
def suspected(lone: Town) -> Town:
    """The invoice is there a second time: the same bytes again."""
    lone.payable_id = open_invoice(lone.platform, b"Rechnung")
    lone.edit(**FIELDS)
    assert lone.row().duplicate_decision == "open"
    return lone


def test_only_the_invoice_desk_decides_on_a_duplicate(suspected: Town) -> None:
    with pytest.raises(Forbidden, match=r"approval\.role\.capture"):
        suspected.act("anna", service.decide_duplicate, is_duplicate=False, reason="")
    suspected.act("desk", service.decide_duplicate, is_duplicate=False, reason="")
    suspected.code()
    suspected.release()
    with pytest.raises(RuleViolation, match=r"approval\.no_duplicate"):
        suspected.act("desk", service.decide_duplicate, is_duplicate=True, reason="doch doppelt")


def test_a_duplicate_is_void_with_its_reason(suspected: Town) -> None:
    suspected.act("desk", service.decide_duplicate, is_duplicate=True, reason="liegt schon vor")
    assert suspected.row().state == PayableState.VOID
    with suspected.platform.db.read(TEST) as session:
        notes = queries.notes(session, suspected.payable_id)
    assert [(note.kind, note.text) for note in notes] == [("voided", "liegt schon vor")]


def test_an_unknown_legal_entity_is_refused_as_a_field(lone: Town) -> None:
    with pytest.raises(Invalid) as refused:
        lone.edit(legal_entity_id=uuid7())
    assert refused.value.fields == {"legal_entity_id": "input.choice"}


def _hand_over(given: Town) -> None:
    with given.platform.db.write(system("worker")) as session:
        job_id = session.scalars(select(Job.id).where(Job.kind == "hand_over")).one()
        held = claim(session, job_id, worker="test", clock=given.platform.clock)
    assert held is not None
    export_finance.hand_over(given.platform, held)


def test_a_hand_over_cut_off_after_the_rename_is_finished_by_the_next_run(
    certified: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    certified.order("dora")
    with monkeypatch.context() as cut:
        cut.setattr(export_finance, "_note", _killed)
        with pytest.raises(KeyboardInterrupt):
            _hand_over(certified)
    manifest = next(certified.platform.settings.handover_path.glob("*/*/manifest.json"))
    before = manifest.read_bytes()
    assert certified.row().state == PayableState.ORDERED
    with certified.platform.db.write(system("worker")) as session:
        session.scalars(select(Job).where(Job.kind == "hand_over")).one().state = "ready"
    _hand_over(certified)
    assert certified.row().state == PayableState.TRANSFERRED
    assert manifest.read_bytes() == before
    with certified.platform.db.read(TEST) as session:
        assert len(session.scalars(select(HandOver)).all()) == 1
        now = certified.platform.clock.now()
        assert len(worklist.missing_receipts(session, now + timedelta(days=1))) == 1
        assert worklist.missing_receipts(session, now - timedelta(days=1)) == []


def _killed(*args: object) -> None:
    raise KeyboardInterrupt


def test_an_invoice_handed_to_another_unit_is_seen_there_with_its_document(lone: Town) -> None:
    with lone.platform.db.write(TEST) as session:
        unit = OrgUnit(id=uuid7(), key="bau", name="Bauamt", is_central=False)
        audit.record(session, "unit.created", unit)
        session.add(unit)
        session.flush()
        create_unit_nodes(session, unit.id)
    lone.people["desk"] = as_actor(lone.platform, "desk")
    lone.edit(unit_id=unit.id)
    with lone.platform.db.read(TEST) as session:
        row = service.payable(session, lone.payable_id)
        document = records.document(session, row.document_id)
        node = payables_node(session, unit.id)
        assert (row.acl_node_id, document.acl_node_id, document.unit_id) == (node, node, unit.id)


def test_what_was_no_invoice_can_become_one_again(lone: Town) -> None:
    lone.act("desk", closing.no_invoice, reason="war ein Angebot")
    with lone.platform.db.write(TEST) as session:
        first = service.payable(session, lone.payable_id)
        document = records.document(session, first.document_id)
        assert (first.state, document.is_invoice, document.acl_node_id) == ("void", False, document.unit_id)
        second = service.open_for_document(session, document, {}, None, lone.platform.clock)
        assert second.id != first.id
        assert queries.of_document(session, document.id) is second
        assert document.is_invoice


def test_a_discarded_document_is_restored_before_it_becomes_an_invoice_again(lone: Town) -> None:
    lone.act("desk", closing.no_invoice, reason="Angebot")
    with lone.platform.db.write(TEST) as session:
        document = records.document(session, lone.row().document_id)
        records.change(session, document, "document.received", {"state": "inbox"}, lone.platform.clock)
        records.discard(session, document, reason="Werbung", has_open_payable=False, clock=lone.platform.clock)
        with pytest.raises(RuleViolation, match=r"document\.is_discarded"):
            service.open_for_document(session, document, {}, None, lone.platform.clock)


def test_the_reason_of_a_return_stands_beside_the_invoice(certified: Town) -> None:
    certified.act("dora", closing.return_to_review, reason="Menge prüfen")
    assert certified.row().state == PayableState.REVIEW
    with certified.platform.db.read(TEST) as session:
        [note] = queries.notes(session, certified.payable_id)
        event = queries.history(session, service.payable(session, certified.payable_id))[-1]
    assert (note.kind, note.text, note.user_name) == ("returned", "Menge prüfen", "Dora")
    assert event.details == {"to": "review", "note": str(note.id)}
    with pytest.raises(RuleViolation, match=r"approval\.state\.review"):
        certified.act("dora", closing.return_to_review, reason="noch einmal")
    with pytest.raises(Invalid):
        certified.act("dora", closing.return_to_capture, reason="  ")


def test_one_person_who_alone_certifies_and_orders_is_nobody_for_the_release(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform:
        people = {
            "desk": add_person(platform, "desk", Role.INVOICE_DESK),
            "solo": add_person(platform, "solo", Role.CERTIFIER, Role.ORDERER, limit_cents=10**9),
        }
        lone = Town(platform, people, open_invoice(platform, b"Rechnung"))
        lone.edit(**FIELDS)
        with pytest.raises(RuleViolation, match=r"approval\.no_orderer"):
            lone.release()
        people["anna"] = add_person(platform, "anna", Role.CERTIFIER)
        lone.release()
        assert lone.row().state == PayableState.REVIEW


def test_a_coarse_reference_addresses_only_its_own_entity(lone: Town) -> None:
    with lone.platform.db.write(TEST) as session:
        entity = session.scalars(select(LegalEntity)).one()
        audit.record(session, "legal_entity.changed", entity)
        entity.buyer_reference = "0325"
        other = LegalEntity(id=uuid7(), key="moor", name="Gemeinde Moor", buyer_reference="03251")
        audit.record(session, "legal_entity.created", other)
        session.add(other)
    addressed = {text: _addressed(lone, text) for text in ("03251-007-12", "0325", "0325-1-2", "032", "03252-1-1")}
    assert addressed == {
        "03251-007-12": other.id, "0325": entity.id, "0325-1-2": entity.id, "032": None, "03252-1-1": None,
    }  # fmt: skip


def _addressed(lone: Town, buyer_reference: str) -> UUID | None:
    document_id = bring(lone.platform, "r.txt", buyer_reference.encode()).document_id
    known = {"buyer_reference": SimpleNamespace(value=buyer_reference)}
    with lone.platform.db.write(TEST) as session:
        document = records.document(session, document_id)
        return service.open_for_document(session, document, known, None, lone.platform.clock).legal_entity_id  # type: ignore[arg-type]  # only its value is read


def test_a_receipt_of_the_treasury_closes_the_hand_over(certified: Town) -> None:
    certified.order("dora")
    _hand_over(certified)
    folder = next(certified.platform.settings.handover_path.glob("*/*/manifest.json")).parent
    receipt = folder / "receipt.json"
    for unfinished in ("", '{"order": ', '{"x": ' * 100_000):
        receipt.write_text(unfinished, encoding="utf-8")
        assert collect_receipts(certified.platform) == 0
    receipt.write_text('{"order": "AO-2026-00001", "posted_on": "2026-11-25"}', encoding="utf-8")
    assert collect_receipts(certified.platform) == 1
    assert collect_receipts(certified.platform) == 0
    with certified.platform.db.read(TEST) as session:
        event = queries.history(session, service.payable(session, certified.payable_id))[-1]
        assert event.action == "payment_order.receipt"
        with certified.platform.store.open(event.content_sha256 or "") as kept:
            assert kept.read() == receipt.read_bytes()
        later = certified.platform.clock.now() + timedelta(days=9)
        assert worklist.missing_receipts(session, later) == []
