"""Tables of the approval: the payable invoice, its coding, certificates, payment orders and hand-overs."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from dms.db import Audited, Base, Cents, Scoped, Sha256


class PayableState(StrEnum):
    """States of the approval (shared with the domain specification, section 5)."""

    RECEIVED = "received"
    CAPTURE = "capture"
    REVIEW = "review"
    ORDERING = "ordering"
    ORDERED = "ordered"
    TRANSFERRED = "transferred"
    SETTLED = "settled"
    REJECTED = "rejected"
    VOID = "void"


_ALIVE = "state not in ('void', 'rejected')"


UNPAID = "state in ('received', 'capture', 'review', 'ordering', 'ordered')"
"""The few invoices that still cost money. Their index is used by whatever says the condition in these very words."""
_URGENCY = ("due_on", "received_at", "id")


def sought_text(seller_name: str | None, invoice_number: str | None) -> str:
    """What the list of invoices looks for a part in: both, a line each, whatever their case (``ß`` is ``ss``)."""
    return f"{seller_name or ''}\n{invoice_number or ''}".casefold()


def _sought_at_first(context: Any) -> str:
    given = context.get_current_parameters()
    return sought_text(given.get("seller_name"), given.get("invoice_number"))


class Supplier(Audited, Base):
    """A seller that the town knows (Kreditor)."""

    __tablename__ = "supplier"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    vat_id: Mapped[str | None] = mapped_column(String(20), index=True)
    iban: Mapped[str | None] = mapped_column(String(34), index=True)


class PayableInvoice(Scoped, Audited, Base):
    """What the town does with one incoming invoice; columns are what lists sort and filter by and what is certified."""

    __tablename__ = "payable_invoice"
    __table_args__ = (
        CheckConstraint(
            "state in ('received', 'capture', 'review', 'ordering', 'ordered', 'transferred', 'settled',"
            " 'rejected', 'void')",
            name="state",
        ),
        Index(
            "uq_payable_invoice_document",
            "document_id",
            unique=True,
            sqlite_where=text(_ALIVE),
            postgresql_where=text(_ALIVE),
        ),
        Index(
            "ix_payable_invoice_unpaid", *_URGENCY, "acl_node_id", "unit_id", "state", "gross_cents",
            "payable_cents", "sought",
            sqlite_where=text(UNPAID), postgresql_where=text(UNPAID),
        ),
        Index("ix_payable_invoice_urgency", *_URGENCY, "acl_node_id", "unit_id", "state", "sought"),
        Index("ix_payable_invoice_overview", "state", "acl_node_id", "unit_id", *_URGENCY, "gross_cents", "sought"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    """At most one payable of a document is alive: what was no invoice, or was rejected, may be taken up again."""
    state: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("org_unit.id"), index=True)
    legal_entity_id: Mapped[UUID | None] = mapped_column(ForeignKey("legal_entity.id"), index=True)
    supplier_id: Mapped[UUID | None] = mapped_column(ForeignKey("supplier.id"))
    received_at: Mapped[datetime]
    seller_name: Mapped[str | None] = mapped_column(String(200))
    seller_vat_id: Mapped[str | None] = mapped_column(String(40))
    invoice_number: Mapped[str | None] = mapped_column(String(120), index=True)
    sought: Mapped[str] = mapped_column(Text, default=_sought_at_first, server_default="")
    """`sought_text` of the two, kept with every change of them, so that a list is searched in its index alone."""
    type_code: Mapped[str] = mapped_column(String(5), default="380")
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None]
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    net_cents: Mapped[int | None] = mapped_column(Cents)
    tax_cents: Mapped[int | None] = mapped_column(Cents)
    gross_cents: Mapped[int | None] = mapped_column(Cents)
    payable_cents: Mapped[int | None] = mapped_column(Cents)
    """What is to be paid (BT-115), before cuts and retention."""
    cut_cents: Mapped[int] = mapped_column(Cents, default=0)
    retained_cents: Mapped[int] = mapped_column(Cents, default=0)
    discount_until: Mapped[date | None]
    discount_cents: Mapped[int | None] = mapped_column(Cents)
    payee_name: Mapped[str | None] = mapped_column(String(200))
    iban: Mapped[str | None] = mapped_column(String(34))
    buyer_reference: Mapped[str | None] = mapped_column(String(120))
    einvoice_syntax: Mapped[str | None] = mapped_column(String(20))
    verdict: Mapped[str | None] = mapped_column(String(12))
    """Of the newest `InvoiceCheck`; None where the document is no e-invoice."""
    duplicate_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("payable_invoice.id"))
    duplicate_decision: Mapped[str] = mapped_column(String(12), default="none")
    """``none`` (no suspicion), ``open`` (a person must decide), ``distinct`` or ``duplicate``."""
    content_version: Mapped[int] = mapped_column(Integer, default=1)
    override_reason: Mapped[str | None] = mapped_column(String(500))
    lock_version: Mapped[int] = mapped_column(Integer, default=1)
    __mapper_args__ = {"version_id_col": lock_version}  # noqa: RUF012 - SQLAlchemy reads it as it stands


@event.listens_for(PayableInvoice, "before_update")
def _keep_sought(mapper: object, connection: object, row: PayableInvoice) -> None:
    row.sought = sought_text(row.seller_name, row.invoice_number)


class PayableVersion(Base):
    """The canonical content of a payable at one content version, with its scope hashes; insert-only."""

    __tablename__ = "payable_version"
    __table_args__ = (UniqueConstraint("payable_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payable_id: Mapped[UUID] = mapped_column(ForeignKey("payable_invoice.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    actor_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    doc_sha256: Mapped[str] = mapped_column(Sha256())
    pay_sha256: Mapped[str] = mapped_column(Sha256())
    coding_sha256: Mapped[str] = mapped_column(Sha256())
    content_sha256: Mapped[str] = mapped_column(Sha256())


class CodingLine(Base):
    """One share of the amount on one account (Kontierung); replaced as a whole, past lines live in `PayableVersion`."""

    __tablename__ = "coding_line"
    __table_args__ = (UniqueConstraint("payable_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payable_id: Mapped[UUID] = mapped_column(ForeignKey("payable_invoice.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    budget_year: Mapped[int] = mapped_column(Integer)
    product_account: Mapped[str] = mapped_column(String(60))
    cost_center: Mapped[str | None] = mapped_column(String(60))
    cost_object: Mapped[str | None] = mapped_column(String(60))
    amount_cents: Mapped[int] = mapped_column(Cents)
    text: Mapped[str | None] = mapped_column(String(200))


class Certificate(Base):
    """A certification (Feststellung): who vouched for which content; insert-only.

    `kind` is ``substance`` or ``arithmetic``; `scope_sha256` the hash of what was seen and certified.
    """

    __tablename__ = "certificate"
    __table_args__ = (CheckConstraint("kind in ('substance', 'arithmetic')", name="kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payable_id: Mapped[UUID] = mapped_column(ForeignKey("payable_invoice.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    user_name: Mapped[str] = mapped_column(String(200))
    content_version: Mapped[int] = mapped_column(Integer)
    scope_sha256: Mapped[str] = mapped_column(Sha256())
    amount_cents: Mapped[int] = mapped_column(Cents)
    text: Mapped[str] = mapped_column(String(200))
    text_version: Mapped[int] = mapped_column(Integer)
    given_at: Mapped[datetime]


class PaymentOrder(Base):
    """A payment order (Auszahlungsanordnung) bound to the whole content; insert-only."""

    __tablename__ = "payment_order"
    __table_args__ = (UniqueConstraint("order_number", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payable_id: Mapped[UUID] = mapped_column(ForeignKey("payable_invoice.id"), index=True)
    order_number: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    user_name: Mapped[str] = mapped_column(String(200))
    content_version: Mapped[int] = mapped_column(Integer)
    content_sha256: Mapped[str] = mapped_column(Sha256())
    gross_cents: Mapped[int] = mapped_column(Cents)
    limit_cents: Mapped[int] = mapped_column(Cents)
    given_at: Mapped[datetime]


class CertificateEnd(Base):
    """The end of a certificate or payment order: superseded by an edit, or revoked; insert-only, one row an end."""

    __tablename__ = "certificate_end"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    actor_name: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500))


class PayableNote(Base):
    """What somebody wrote beside an invoice: a comment, or why it was returned, rejected or voided; insert-only."""

    __tablename__ = "payable_note"
    __table_args__ = (
        CheckConstraint("kind in ('comment', 'returned', 'rejected', 'voided', 'duplicate')", name="kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payable_id: Mapped[UUID] = mapped_column(ForeignKey("payable_invoice.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(String(1000))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    user_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class InvoiceCheck(Base):
    """What the official rules say about the e-invoice of a document, by one rule set; insert-only, the newest counts.

    `report` is `invoicing.Report.as_json` without the terms, `findings_total` how many findings there were.
    """

    __tablename__ = "invoice_check"
    __table_args__ = (
        CheckConstraint("verdict in ('accepted', 'rejected', 'unchecked', 'no_einvoice')", name="verdict"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    at: Mapped[datetime]
    actor_name: Mapped[str] = mapped_column(String(200))
    verdict: Mapped[str] = mapped_column(String(12))
    rule_set: Mapped[str | None] = mapped_column(String(80))
    findings_total: Mapped[int] = mapped_column(Integer)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)


class Notice(Audited, Base):
    """A mail to the sender of an invoice, written in the transaction of the act that it tells of and sent by a job."""

    __tablename__ = "notice"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payable_id: Mapped[UUID] = mapped_column(ForeignKey("payable_invoice.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    report: Mapped[str | None] = mapped_column(Text)
    """The test report that goes with it, as plain text."""
    is_automatic: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(index=True)
    actor_name: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[datetime | None]
    failed_code: Mapped[str | None] = mapped_column(String(80))


class SenderExemption(Audited, Base):
    """A sender whose invoices are never rejected by the machine: a person decides (§ 4 (3) NERechVO)."""

    __tablename__ = "sender_exemption"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sender_name: Mapped[str] = mapped_column(String(200))
    vat_id: Mapped[str | None] = mapped_column(String(40), index=True)
    email: Mapped[str | None] = mapped_column(String(254), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    actor_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class HandOver(Base):
    """The package handed to the treasury: at most one per order and version, never changed; the receipt comes later."""

    __tablename__ = "hand_over"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_order_id: Mapped[UUID] = mapped_column(ForeignKey("payment_order.id"), unique=True)
    folder: Mapped[str] = mapped_column(String(400))
    payload_sha256: Mapped[str] = mapped_column(Sha256())
    handed_at: Mapped[datetime]
    receipt_at: Mapped[datetime | None]
