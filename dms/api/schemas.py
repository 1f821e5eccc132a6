"""What the JSON edge says: shapes of its answers, and types that its questions share."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from dms.finding.service import Answer, Found
from dms.intake.models import Outcome
from dms.money import from_cents, to_cents
from dms.payables.approval import Event
from dms.payables.models import PayableState
from dms.records.models import DocumentState

_ISO_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
AMOUNT_PATTERN = r"^-?[0-9]{1,11}\.[0-9]{2}$"


def _printable(text: str) -> str:
    """Text that every database takes: no NUL, no half of a surrogate pair."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("input.characters")
    return text


def _iso_date(value: object) -> object:
    """A calendar day as ISO 8601 writes it; Pydantic alone would take a number for seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and _ISO_DATE.fullmatch(value)):
        return value
    raise ValueError("input.iso_date")


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_printable)]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Amount = Annotated[
    str, StringConstraints(pattern=AMOUNT_PATTERN), Field(description="Two decimals", examples=["1234.56"])
]


def amount(cents: int) -> str:
    """Cents as they stand in JSON."""
    return str(from_cents(cents))


def amount_or_none(cents: int | None) -> str | None:
    return None if cents is None else amount(cents)


def cents(text: str) -> int:
    """The cents of an `Amount`."""
    return to_cents(Decimal(text))


class Reason(BaseModel):
    """Why something is as it is or may not be done."""

    code: str = Field(description="Stable code", examples=["pdf.encrypted"])
    text: str = Field(description="German sentence for a person")


class IntakeReceipt(BaseModel):
    """The document is kept for good; what becomes of it is decided now."""

    intake_id: UUID
    document_id: UUID
    sha256: Sha256
    duplicate_of: UUID | None = Field(description="Earlier document with the same bytes; never told to a station")


class IntakeState(BaseModel):
    """What became of one input so far."""

    intake_id: UUID
    document_id: UUID
    outcome: Outcome
    reason: Reason | None
    channel: str
    file_name: str
    size_bytes: int
    sha256: Sha256
    received_at: datetime


class DocumentView(BaseModel):
    """What is known about a document."""

    document_id: UUID
    version: int
    state: DocumentState
    reason: Reason | None = Field(description="Why it is a Klärfall")
    title: str
    document_kind: str
    is_invoice: bool
    sender: str | None
    recipient: str | None
    foreign_reference: str | None
    document_date: date | None
    received_at: datetime
    unit_id: UUID
    case_reference: str | None
    original_name: str
    sha256: Sha256
    size_bytes: int
    media_type: str
    page_count: int | None
    hazards: list[str]
    duplicate_of: UUID | None
    payable_id: UUID | None


class Change(BaseModel):
    """One field of a version."""

    field: str
    old: Any
    new: Any


class VersionView(BaseModel):
    """What was done to a document, by whom."""

    number: int
    at: datetime
    action: str = Field(examples=["document.filed"])
    actor: str
    changes: list[Change]
    content_sha256: Sha256


class VersionList(BaseModel):
    """Every version of a document, the newest first."""

    document_id: UUID
    versions: list[VersionView]


class SearchHit(BaseModel):
    """One document that was found."""

    document_id: UUID
    title: str
    file_reference: str | None
    score: float
    snippet: str

    @classmethod
    def of(cls, found: Found) -> "SearchHit":
        return cls(
            document_id=found.document.id,
            title=found.document.title,
            file_reference=found.file_reference,
            score=found.score,
            snippet="".join(piece for piece, _ in found.pieces),
        )


class SearchAnswer(BaseModel):
    """The same that ``dms search --json`` prints."""

    query: str
    total: int
    seconds: float
    hits: list[SearchHit]
    suggestion: str | None = Field(description="A query that finds something, where this one finds nothing")

    @classmethod
    def of(cls, query: str, answer: Answer, seconds: float) -> "SearchAnswer":
        hits = [SearchHit.of(found) for found in answer.found]
        return cls(query=query, total=answer.total, seconds=seconds, hits=hits, suggestion=answer.suggestion)


class PayableSummary(BaseModel):
    """An incoming invoice as a list shows it; all amounts are in `currency`."""

    payable_id: UUID
    document_id: UUID
    state: PayableState
    content_version: int = Field(description="What `expected_version` of an act is compared with")
    legal_entity_id: UUID | None
    unit_id: UUID | None
    received_at: datetime
    seller_name: str | None
    invoice_number: str | None
    issued_on: date | None
    due_on: date | None
    discount_until: date | None
    currency: str
    gross: Amount | None
    payable: Amount | None


class PayablePage(BaseModel):
    """A part of the list; `total` counts the whole."""

    total: int
    limit: int
    offset: int
    items: list[PayableSummary]


class CodingLineView(BaseModel):
    """One share of the amount on one account."""

    budget_year: int
    product_account: str
    cost_center: str | None
    cost_object: str | None
    amount: Amount
    text: str | None


class CertificateView(BaseModel):
    """Who vouched for what."""

    kind: str = Field(examples=["substance"])
    text: str = Field(examples=["Sachlich richtig"])
    given_by: str
    given_at: datetime
    content_version: int
    amount: Amount
    holds: bool = Field(description="It stands for the content as it is now")


class PaymentOrderView(BaseModel):
    """The order to pay exactly this content."""

    order_number: str
    given_by: str
    given_at: datetime
    content_version: int
    gross: Amount


class NoteView(BaseModel):
    """What somebody wrote beside an invoice: a comment, or why it was returned, rejected or voided."""

    kind: str = Field(examples=["returned"])
    text: str
    written_by: str
    at: datetime


class ForbiddenEvent(BaseModel):
    """An event that the caller cannot bring about now, and why."""

    event: Event
    code: str = Field(examples=["approval.same_person"])
    reason: str = Field(description="German sentence for a person")


class PayableView(PayableSummary):
    """An incoming invoice with everything that an act on it needs."""

    seen: Sha256 = Field(description="Hash of the content as it is now: send it back to say what you looked at")
    type_code: str
    seller_vat_id: str | None
    buyer_reference: str | None
    payee_name: str | None
    iban: str | None
    net: Amount | None
    tax: Amount | None
    cut: Amount
    retained: Amount
    discount: Amount | None
    amount_to_pay: Amount = Field(description="`payable` less `cut` and `retained`")
    coding: list[CodingLineView]
    certificates: list[CertificateView]
    payment_order: PaymentOrderView | None
    duplicate_decision: str = Field(description="none, open, distinct or duplicate")
    duplicate_of: UUID | None
    missing_fields: list[str]
    notes: list[NoteView]
    allowed_events: list[Event]
    forbidden_events: list[ForbiddenEvent]


_OTHER_ROWS = ("acl_node_id", "duplicate_of_id", "arrangement", "merged_into_id")


def plain_changes(changes: Sequence[Mapping[str, Any]]) -> list[Change]:
    """The changes of a version without what names other rows that the caller may not see."""
    return [Change(**change) for change in changes if change["field"] not in _OTHER_ROWS]
