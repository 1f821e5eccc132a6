"""The approval machine: which event is allowed in which state, for whom, and if not, why not. Pure.

Events, guards and invariants are those of the domain specification, section 5; the service feeds `Facts` read under the
row lock, pages feed the same facts to show an act or the reason against it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from dms.actor import Action, Role
from dms.errors import Forbidden, RuleViolation
from dms.payables.models import PayableState

KINDS = ("substance", "arithmetic")
OPEN = frozenset({PayableState.RECEIVED, PayableState.CAPTURE, PayableState.REVIEW, PayableState.ORDERING})


class Event(StrEnum):
    """What a person can do to an invoice."""

    EDIT = "edit"
    CODE = "code"
    RELEASE = "release"
    CERTIFY_SUBSTANCE = "certify_substance"
    CERTIFY_ARITHMETIC = "certify_arithmetic"
    RETURN = "return"
    ORDER_PAYMENT = "order_payment"
    REJECT = "reject"
    VOID = "void"
    DECIDE_DUPLICATE = "decide_duplicate"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything the guards look at, as it stands under the lock.

    `valid` maps a certificate kind to the people whose certificate holds for the current content; `ever_certified` is
    everyone who ever certified this invoice, in any version.
    """

    state: PayableState
    actor_id: UUID | None
    roles: frozenset[Role]
    actions: frozenset[Action]
    limit_cents: int | None
    gross_cents: int | None
    to_pay_cents: int
    valid: dict[str, frozenset[UUID]]
    ever_certified: frozenset[UUID]
    coding_difference_cents: int
    has_coding: bool
    missing_fields: tuple[str, ...]
    duplicate_open: bool
    has_certifier: bool
    has_orderer: bool
    is_credit: bool = False
    is_beneficiary: bool = False
    seen_is_current: bool = True


Refusal = RuleViolation | Forbidden
Guard = Callable[[Facts], Refusal | None]


def _needs(action: Action) -> Guard:
    def guard(facts: Facts) -> Refusal | None:
        return None if action in facts.actions else Forbidden(f"approval.role.{action.value.partition(':')[2]}")

    return guard


def _in(*states: PayableState) -> Guard:
    def guard(facts: Facts) -> Refusal | None:
        return None if facts.state in states else RuleViolation(f"approval.state.{facts.state.value}")

    return guard


def _takes_part(facts: Facts) -> Refusal | None:
    """T8: only somebody of the route (desk, certifier, orderer) sends an invoice back."""
    part = {Action.PAYABLE_CAPTURE, Action.PAYABLE_CERTIFY, Action.PAYABLE_ORDER}
    return None if part & facts.actions else Forbidden("approval.role.certify")


def not_treasury(facts: Facts) -> Refusal | None:
    """I4: treasury staff neither certify nor order (§ 126 (4) NKomVG)."""
    return RuleViolation("approval.treasury") if Role.TREASURY in facts.roles else None


def not_beneficiary(facts: Facts) -> Refusal | None:
    """I6: nobody certifies or orders what profits themselves."""
    return RuleViolation("approval.beneficiary") if facts.is_beneficiary else None


def seen_current(facts: Facts) -> Refusal | None:
    """The content that was on the screen is the content that is certified."""
    return None if facts.seen_is_current else RuleViolation("approval.stale")


def four_eyes(facts: Facts) -> Refusal | None:
    """I3: whoever ever certified this invoice, in any version, does not order its payment."""
    return RuleViolation("approval.same_person") if facts.actor_id in facts.ever_certified else None


def within_limit(facts: Facts) -> Refusal | None:
    """I5: the authority for this legal entity covers the invoice gross, and what is really paid where that is more."""
    if facts.limit_cents is None:
        return RuleViolation("approval.no_authority")
    if facts.gross_cents is None or max(facts.gross_cents, facts.to_pay_cents) > facts.limit_cents:
        return RuleViolation("approval.over_limit", limit_cents=facts.limit_cents)
    return None


def certified(facts: Facts) -> Refusal | None:
    """I2: every required certificate holds for the current content."""
    missing = [kind for kind in KINDS if not facts.valid.get(kind)]
    return RuleViolation(f"approval.missing.{missing[0]}") if missing else None


def coded(facts: Facts) -> Refusal | None:
    """I12: the coding lines add up to the amount to pay, exact to the cent."""
    if not facts.has_coding:
        return RuleViolation("approval.not_coded")
    if facts.coding_difference_cents:
        return RuleViolation("approval.coding_sum", difference_cents=facts.coding_difference_cents)
    return None


def complete(facts: Facts) -> Refusal | None:
    """T4: legal entity, unit and the mandatory fields are known."""
    return RuleViolation("approval.fields", fields=",".join(facts.missing_fields)) if facts.missing_fields else None


def pays_out(facts: Facts) -> Refusal | None:
    """Nothing is paid for a credit note (BT-3), nor for an invoice whose amount is the town's to receive."""
    return RuleViolation("approval.credit") if facts.is_credit or facts.to_pay_cents < 0 else None


def duplicate_decided(facts: Facts) -> Refusal | None:
    return RuleViolation("approval.duplicate_open") if facts.duplicate_open else None


def duplicate_suspected(facts: Facts) -> Refusal | None:
    return None if facts.duplicate_open else RuleViolation("approval.no_duplicate")


def people_exist(facts: Facts) -> Refusal | None:
    """T4: each step has somebody who may do it; found out now and not on the discount day."""
    if not facts.has_certifier:
        return RuleViolation("approval.no_certifier")
    return None if facts.has_orderer else RuleViolation("approval.no_orderer")


def _not_yet(kind: str) -> Guard:
    def guard(facts: Facts) -> Refusal | None:
        return RuleViolation(f"approval.done.{kind}") if facts.valid.get(kind) else None

    return guard


_S = PayableState
_EDITABLE = (_S.CAPTURE, _S.REVIEW, _S.ORDERING)
GUARDS: dict[Event, tuple[Guard, ...]] = {
    Event.EDIT: (_needs(Action.PAYABLE_CAPTURE), _in(*_EDITABLE), seen_current),
    Event.CODE: (_needs(Action.PAYABLE_CODE), _in(*_EDITABLE), seen_current),
    Event.RELEASE: (
        _needs(Action.PAYABLE_CAPTURE), _in(_S.CAPTURE), seen_current, complete, pays_out, duplicate_decided,
        people_exist,
    ),
    Event.CERTIFY_SUBSTANCE: (
        _needs(Action.PAYABLE_CERTIFY), _in(_S.REVIEW), _not_yet("substance"), not_treasury, not_beneficiary,
        seen_current,
    ),
    Event.CERTIFY_ARITHMETIC: (
        _needs(Action.PAYABLE_CERTIFY), _in(_S.REVIEW), _not_yet("arithmetic"), not_treasury, not_beneficiary,
        seen_current,
    ),
    Event.RETURN: (_takes_part, _in(_S.REVIEW, _S.ORDERING), seen_current),
    Event.ORDER_PAYMENT: (
        four_eyes, _needs(Action.PAYABLE_ORDER), _in(_S.ORDERING), pays_out, certified, coded, not_treasury,
        not_beneficiary, within_limit, seen_current,
    ),
    Event.REJECT: (_needs(Action.PAYABLE_CAPTURE), _in(*_EDITABLE)),
    Event.VOID: (_needs(Action.PAYABLE_CAPTURE), _in(*OPEN)),
    Event.DECIDE_DUPLICATE: (_needs(Action.PAYABLE_CAPTURE), _in(*_EDITABLE), duplicate_suspected),
}  # fmt: skip


def refusal(event: Event, facts: Facts) -> Refusal | None:
    """Why the event is not allowed now, or None when it is; the first guard that refuses speaks."""
    for guard in GUARDS[event]:
        if (found := guard(facts)) is not None:
            return found
    return None


def allowed_events(facts: Facts) -> dict[Event, Refusal | None]:
    """Every event with the reason against it (None = allowed)."""
    return {event: refusal(event, facts) for event in Event}


def derived_state(facts: Facts) -> PayableState:
    """T6 and its way back: REVIEW and ORDERING follow from the certificates and the coding, nobody sets them."""
    if facts.state not in (PayableState.REVIEW, PayableState.ORDERING):
        return facts.state
    is_ready = certified(facts) is None and coded(facts) is None
    return PayableState.ORDERING if is_ready else PayableState.REVIEW
