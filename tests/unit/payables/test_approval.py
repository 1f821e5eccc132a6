"""The approval machine: every guard refuses what it is for, and no guard could be taken away unnoticed."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from dms.access.matrix import actions_of
from dms.actor import Role
from dms.payables import approval
from dms.payables.approval import GUARDS, Event, Facts
from dms.payables.models import PayableState

ME, OTHER = UUID(int=1), UUID(int=2)
NOBODY: frozenset[UUID] = frozenset()
BOTH = {"substance": frozenset({OTHER}), "arithmetic": frozenset({OTHER})}
ROLES = frozenset({Role.INVOICE_DESK, Role.CERTIFIER, Role.ORDERER})
ALLOWED = Facts(
    state=PayableState.CAPTURE,
    actor_id=ME,
    roles=ROLES,
    actions=actions_of(ROLES),
    limit_cents=10_000,
    gross_cents=10_000,
    to_pay_cents=10_000,
    valid={"substance": NOBODY, "arithmetic": NOBODY},
    ever_certified=NOBODY,
    coding_difference_cents=0,
    has_coding=True,
    missing_fields=(),
    duplicate_open=False,
    has_certifier=True,
    has_orderer=True,
)
IN_REVIEW = replace(ALLOWED, state=PayableState.REVIEW)
IN_ORDERING = replace(ALLOWED, state=PayableState.ORDERING, valid=BOTH, ever_certified=frozenset({OTHER}))
BASE = {
    Event.EDIT: ALLOWED,
    Event.CODE: ALLOWED,
    Event.RELEASE: ALLOWED,
    Event.CERTIFY_SUBSTANCE: IN_REVIEW,
    Event.CERTIFY_ARITHMETIC: IN_REVIEW,
    Event.RETURN: IN_REVIEW,
    Event.ORDER_PAYMENT: IN_ORDERING,
    Event.REJECT: ALLOWED,
    Event.VOID: ALLOWED,
    Event.DECIDE_DUPLICATE: replace(ALLOWED, duplicate_open=True),
}
STATES = {
    Event.EDIT: {"capture", "review", "ordering"},
    Event.CODE: {"capture", "review", "ordering"},
    Event.RELEASE: {"capture"},
    Event.CERTIFY_SUBSTANCE: {"review"},
    Event.CERTIFY_ARITHMETIC: {"review"},
    Event.RETURN: {"review", "ordering"},
    Event.ORDER_PAYMENT: {"ordering"},
    Event.REJECT: {"capture", "review", "ordering"},
    Event.VOID: {"received", "capture", "review", "ordering"},
    Event.DECIDE_DUPLICATE: {"capture", "review", "ordering"},
}
NO_ACTIONS = {"actions": frozenset()}
STALE = {"seen_is_current": False}
TREASURY = {"roles": ROLES | {Role.TREASURY}}
OVER = {"state": PayableState.ORDERED}
CASES: list[tuple[Event, dict[str, Any], str]] = [
    (Event.EDIT, NO_ACTIONS, "approval.role.capture"),
    (Event.EDIT, STALE, "approval.stale"),
    (Event.CODE, NO_ACTIONS, "approval.role.code"),
    (Event.CODE, STALE, "approval.stale"),
    (Event.RELEASE, NO_ACTIONS, "approval.role.capture"),
    (Event.RELEASE, STALE, "approval.stale"),
    (Event.RELEASE, {"missing_fields": ("iban",)}, "approval.fields"),
    (Event.RELEASE, {"is_credit": True}, "approval.credit"),
    (Event.RELEASE, {"to_pay_cents": -1}, "approval.credit"),
    (Event.RELEASE, {"duplicate_open": True}, "approval.duplicate_open"),
    (Event.RELEASE, {"has_certifier": False}, "approval.no_certifier"),
    (Event.RELEASE, {"has_orderer": False}, "approval.no_orderer"),
    *(
        (event, changes, code)
        for event, kind in ((Event.CERTIFY_SUBSTANCE, "substance"), (Event.CERTIFY_ARITHMETIC, "arithmetic"))
        for changes, code in (
            (NO_ACTIONS, "approval.role.certify"),
            ({"valid": BOTH}, f"approval.done.{kind}"),
            (TREASURY, "approval.treasury"),
            ({"is_beneficiary": True}, "approval.beneficiary"),
            (STALE, "approval.stale"),
        )
    ),
    (Event.RETURN, NO_ACTIONS, "approval.role.certify"),
    (Event.RETURN, STALE, "approval.stale"),
    (Event.ORDER_PAYMENT, NO_ACTIONS, "approval.role.order"),
    (Event.ORDER_PAYMENT, {"ever_certified": frozenset({ME, OTHER})}, "approval.same_person"),
    (Event.ORDER_PAYMENT, {"valid": {**BOTH, "substance": NOBODY}}, "approval.missing.substance"),
    (Event.ORDER_PAYMENT, {"valid": {**BOTH, "arithmetic": NOBODY}}, "approval.missing.arithmetic"),
    (Event.ORDER_PAYMENT, {"is_credit": True}, "approval.credit"),
    (Event.ORDER_PAYMENT, {"to_pay_cents": -1}, "approval.credit"),
    (Event.ORDER_PAYMENT, {"has_coding": False}, "approval.not_coded"),
    (Event.ORDER_PAYMENT, {"coding_difference_cents": 1}, "approval.coding_sum"),
    (Event.ORDER_PAYMENT, {"coding_difference_cents": -1}, "approval.coding_sum"),
    (Event.ORDER_PAYMENT, TREASURY, "approval.treasury"),
    (Event.ORDER_PAYMENT, {"is_beneficiary": True}, "approval.beneficiary"),
    (Event.ORDER_PAYMENT, {"limit_cents": None}, "approval.no_authority"),
    (Event.ORDER_PAYMENT, {"limit_cents": 9_999}, "approval.over_limit"),
    (Event.ORDER_PAYMENT, {"gross_cents": None}, "approval.over_limit"),
    (Event.ORDER_PAYMENT, {"to_pay_cents": 10_001}, "approval.over_limit"),
    (Event.ORDER_PAYMENT, STALE, "approval.stale"),
    (Event.REJECT, NO_ACTIONS, "approval.role.capture"),
    (Event.VOID, NO_ACTIONS, "approval.role.capture"),
    (Event.DECIDE_DUPLICATE, NO_ACTIONS, "approval.role.capture"),
    (Event.DECIDE_DUPLICATE, {"duplicate_open": False}, "approval.no_duplicate"),
    *((event, OVER, "approval.state.ordered") for event in Event),
]


@pytest.mark.parametrize("event", Event)
def test_every_event_is_allowed_when_nothing_stands_against_it(event: Event) -> None:
    assert approval.refusal(event, BASE[event]) is None


@pytest.mark.parametrize(("event", "changes", "code"), CASES)
def test_each_guard_refuses_with_its_reason(event: Event, changes: dict[str, Any], code: str) -> None:
    found = approval.refusal(event, replace(BASE[event], **changes))
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(("event", "index"), [(event, index) for event in Event for index in range(len(GUARDS[event]))])
def test_no_guard_can_be_taken_away_unnoticed(event: Event, index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    guards = GUARDS[event]
    monkeypatch.setitem(GUARDS, event, guards[:index] + guards[index + 1 :])
    let_through = [
        code
        for other, changes, code in CASES
        if other == event and approval.refusal(event, replace(BASE[event], **changes)) is None
    ]
    assert let_through


@pytest.mark.parametrize("state", PayableState)
@pytest.mark.parametrize("event", Event)
def test_an_event_is_allowed_in_exactly_its_states(event: Event, state: PayableState) -> None:
    found = approval.refusal(event, replace(BASE[event], state=state))
    assert (found is None) == (state.value in STATES[event])


def test_a_page_learns_of_every_act_or_the_reason_against_it() -> None:
    answers = approval.allowed_events(IN_ORDERING)
    assert set(answers) == set(Event)
    assert answers[Event.ORDER_PAYMENT] is None
    assert answers[Event.RELEASE] is not None


@pytest.mark.parametrize("kind", approval.KINDS)
def test_ordering_falls_back_to_review_when_a_certificate_no_longer_holds(kind: str) -> None:
    assert approval.derived_state(IN_ORDERING) == PayableState.ORDERING
    assert approval.derived_state(replace(IN_ORDERING, valid={**BOTH, kind: NOBODY})) == PayableState.REVIEW


@pytest.mark.parametrize("state", sorted(set(PayableState) - {PayableState.REVIEW, PayableState.ORDERING}))
def test_no_other_state_follows_from_certificates(state: PayableState) -> None:
    assert approval.derived_state(replace(IN_ORDERING, state=state)) == state
