"""The acts on an incoming invoice as one command: ``event``, its payload, and what the caller had looked at."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session
from stdnum import iban as iban_rules
from stdnum.exceptions import ValidationError

from dms.api.schemas import Amount, IsoDate, Sha256, Text, cents
from dms.clock import Clock
from dms.errors import Conflict
from dms.payables import closing, evidence, service
from dms.payables.models import PayableInvoice


def _iban(text: str) -> str:
    try:
        return str(iban_rules.validate(text, check_country=False))
    except ValidationError as exc:
        raise ValueError("input.iban") from exc


Iban = Annotated[str, StringConstraints(pattern="^[A-Za-z]{2}[0-9]{2}[A-Za-z0-9 ]{11,40}$"), AfterValidator(_iban)]
Unsigned = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,11}\.[0-9]{2}$"), Field(description="Two decimals, not below zero")
]
"""A deduction: less than nothing would be an addition that nobody calls one."""
MAX_LINES = 500
"""One energy bill over twenty cost centres is usual; hundreds are a mistake of the program that sends them."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fields(_Strict):
    """Header and payment fields; what is not named stays as it is, null empties a field."""

    legal_entity_id: UUID | None = None
    unit_id: UUID | None = None
    seller_name: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    seller_vat_id: Annotated[Text, Field(min_length=1, max_length=40)] | None = None
    invoice_number: Annotated[Text, Field(min_length=1, max_length=120)] | None = None
    type_code: Annotated[str, StringConstraints(pattern="^[0-9]{3}$")] = "380"
    issued_on: IsoDate | None = None
    due_on: IsoDate | None = None
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] = "EUR"
    net: Amount | None = None
    tax: Amount | None = None
    gross: Amount | None = None
    payable: Amount | None = None
    cut: Unsigned = "0.00"
    retained: Unsigned = "0.00"
    discount_until: IsoDate | None = None
    discount: Unsigned | None = None
    payee_name: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    iban: Iban | None = None
    buyer_reference: Annotated[Text, Field(min_length=1, max_length=120)] | None = None

    def values(self) -> dict[str, Any]:
        """The named fields as columns of the payable."""
        named = self.model_dump(exclude_unset=True)
        return {_column(name): cents(value) if name in _AMOUNTS and value else value for name, value in named.items()}


_AMOUNTS = frozenset({"net", "tax", "gross", "payable", "cut", "retained", "discount"})


def _column(name: str) -> str:
    return f"{name}_cents" if name in _AMOUNTS else name


class Line(_Strict):
    """One share of the amount on one account."""

    budget_year: Annotated[int, Field(strict=True, ge=2000, le=2100)]
    product_account: Annotated[Text, Field(min_length=1, max_length=60)]
    cost_center: Annotated[Text, Field(max_length=60)] | None = None
    cost_object: Annotated[Text, Field(max_length=60)] | None = None
    amount: Amount
    text: Annotated[Text, Field(max_length=200)] | None = None


class Coding(_Strict):
    """All lines; they replace those that are there."""

    lines: Annotated[list[Line], Field(max_length=MAX_LINES)]

    def values(self) -> list[dict[str, Any]]:
        return [{**line.model_dump(exclude={"amount"}), "amount_cents": cents(line.amount)} for line in self.lines]


class Grounds(_Strict):
    """Why."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class DuplicateDecision(_Strict):
    """Whether the invoice is the same as an earlier one; a duplicate needs a reason and becomes void."""

    is_duplicate: Annotated[bool, Field(strict=True)]
    reason: Annotated[Text, Field(max_length=500)] = ""


class Nothing(_Strict):
    """This event needs no payload."""


class _Command(_Strict):
    expected_version: Annotated[
        int, Field(strict=True, ge=1, description="`content_version` that was looked at; another one is refused (409)")
    ]
    seen: Sha256 | None = Field(None, description="`seen` of the content that was looked at, where it must be the same")


class _Signed(_Command):
    seen: Sha256 = Field(description="`seen` of the content that was looked at: exactly that is signed")
    payload: Nothing = Nothing()


class Edit(_Command):
    event: Literal["edit"]
    payload: Fields


class Code(_Command):
    event: Literal["code"]
    payload: Coding


class Release(_Command):
    event: Literal["release"]
    payload: Nothing = Nothing()


class CertifySubstance(_Signed):
    event: Literal["certify_substance"]


class CertifyArithmetic(_Signed):
    event: Literal["certify_arithmetic"]


class OrderPayment(_Signed):
    event: Literal["order_payment"]


class Return(_Command):
    event: Literal["return"]
    payload: Grounds


class Reject(_Command):
    event: Literal["reject"]
    payload: Grounds


class Void(_Command):
    event: Literal["void"]
    payload: Grounds


class DecideDuplicate(_Command):
    event: Literal["decide_duplicate"]
    payload: DuplicateDecision


Command = Annotated[
    Edit
    | Code
    | Release
    | CertifySubstance
    | CertifyArithmetic
    | OrderPayment
    | Return
    | Reject
    | Void
    | DecideDuplicate,
    Field(discriminator="event"),
]


def perform(session: Session, row: PayableInvoice, command: Command, clock: Clock) -> None:
    """Do what the command says to the locked row; raises whatever the approval has against it."""
    service.check_version(row, command.expected_version)
    if command.seen not in (None, evidence.current_content(session, row).all_sha256):
        raise Conflict("approval.stale")
    match command:
        case Edit():
            service.edit(session, row, command.payload.values(), clock, seen=command.seen)
        case Code():
            service.set_coding(session, row, command.payload.values(), clock, seen=command.seen)
        case Release():
            service.release(session, row, clock, seen=command.seen)
        case CertifySubstance():
            service.certify(session, row, "substance", clock, seen=command.seen)
        case CertifyArithmetic():
            service.certify(session, row, "arithmetic", clock, seen=command.seen)
        case OrderPayment():
            service.order_payment(session, row, clock, seen=command.seen)
        case Return():
            closing.return_to_capture(session, row, reason=command.payload.reason, clock=clock)
        case Reject():
            closing.reject(session, row, reason=command.payload.reason, clock=clock)
        case Void():
            closing.void(session, row, reason=command.payload.reason, clock=clock)
        case DecideDuplicate():
            decision = command.payload
            service.decide_duplicate(
                session, row, is_duplicate=decision.is_duplicate, reason=decision.reason, clock=clock
            )
