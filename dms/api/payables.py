"""Incoming invoices: the list, one of them, and the acts on it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.api import idempotency
from dms.api.caller import TokenRoute
from dms.api.events import Command, perform
from dms.api.idempotency import Call, KeyHeader, caller
from dms.api.problem import documented
from dms.api.schemas import (
    CertificateView,
    CodingLineView,
    ForbiddenEvent,
    IsoDate,
    NoteView,
    PayablePage,
    PayableSummary,
    PayableView,
    PaymentOrderView,
    amount,
    amount_or_none,
)
from dms.audit.service import content_sha256
from dms.clock import Clock
from dms.edge.guard import ReadSession, TheActor, ThePlatform, WriteSession, requires
from dms.payables import approval, evidence, queries, service, worklist
from dms.payables.content import Content, amount_to_pay
from dms.payables.models import PayableInvoice, PayableState
from dms.wording import error_text

router = APIRouter(route_class=TokenRoute, tags=["payables"])

SUMMARY = (
    "document_id", "state", "content_version", "legal_entity_id", "unit_id", "received_at", "seller_name",
    "invoice_number", "issued_on", "due_on", "discount_until", "currency",
)  # fmt: skip


@router.get("/payables", responses=documented())
@requires(Action.PAYABLE_READ)
def index(
    session: ReadSession,
    state: Annotated[list[PayableState] | None, Query(description="Several times for several states")] = None,
    unit_id: UUID | None = None,
    overdue_on: Annotated[IsoDate | None, Query(description="Unpaid and due before this day")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> PayablePage:
    """Invoices that the person may see, the most urgent first."""
    filters = worklist.Filters(states=frozenset(state or ()), unit_id=unit_id, overdue_on=overdue_on)
    rows = worklist.payables(session, filters, limit=limit, offset=offset)
    items = [PayableSummary(**_summary(row)) for row in rows]
    return PayablePage(total=worklist.totals(session, filters).count, limit=limit, offset=offset, items=items)


@router.get("/payables/{payable_id}", responses=documented(404))
@requires(Action.PAYABLE_READ)
def show(session: ReadSession, platform: ThePlatform, payable_id: UUID) -> PayableView:
    """One invoice: its content, who vouched for it, and which events the caller can bring about now."""
    return _view(session, service.payable(session, payable_id), platform.clock)


@router.post("/payables/{payable_id}/events", response_model=PayableView, responses=documented(400, 404, 409, 413))
@requires(Action.PAYABLE_READ)
def act(
    session: WriteSession,
    platform: ThePlatform,
    actor: TheActor,
    payable_id: UUID,
    command: Command,
    key: KeyHeader,
) -> Response:
    """Bring about one event, once: the approval decides on locked rows whether the caller may, now, on this content.

    Refused requests leave nothing behind, so that the same key may be tried again.
    """
    asked = [str(payable_id), command.model_dump(mode="json", exclude_unset=True)]
    call = Call(caller(actor), key, content_sha256(asked))
    row = service.payable(session, payable_id, lock=True)
    if (known := idempotency.answer_of(session, call)) is not None:
        return known
    perform(session, row, command, platform.clock)
    session.flush()
    answer = _view(session, row, platform.clock).model_dump_json()
    return idempotency.keep(session, call, answer, platform.clock)


def _summary(row: PayableInvoice) -> dict[str, Any]:
    return {
        "payable_id": row.id,
        **{name: getattr(row, name) for name in SUMMARY},
        "gross": amount_or_none(row.gross_cents),
        "payable": amount_or_none(row.payable_cents),
    }


def _view(session: Session, row: PayableInvoice, clock: Clock) -> PayableView:
    facts = evidence.facts(session, row, clock)
    content = evidence.current_content(session, row)
    refusals = approval.allowed_events(facts)
    plain = ("type_code", "seller_vat_id", "buyer_reference", "payee_name", "iban", "duplicate_decision")
    return PayableView(
        **_summary(row),
        **{name: getattr(row, name) for name in plain},
        seen=content.all_sha256,
        net=amount_or_none(row.net_cents),
        tax=amount_or_none(row.tax_cents),
        cut=amount(row.cut_cents),
        retained=amount(row.retained_cents),
        discount=amount_or_none(row.discount_cents),
        amount_to_pay=amount(amount_to_pay(row)),
        coding=_coding(session, row),
        certificates=_certificates(session, row, content),
        payment_order=_order(session, row),
        notes=[
            NoteView(kind=note.kind, text=note.text, written_by=note.user_name, at=note.at)
            for note in queries.notes(session, row.id)
        ],
        duplicate_of=_visible(session, row.duplicate_of_id),
        missing_fields=list(facts.missing_fields),
        allowed_events=[event for event, refusal in refusals.items() if refusal is None],
        forbidden_events=[
            ForbiddenEvent(event=event, code=refusal.code, reason=error_text(refusal))
            for event, refusal in refusals.items()
            if refusal is not None
        ],
    )


def _coding(session: Session, row: PayableInvoice) -> list[CodingLineView]:
    names = ("budget_year", "product_account", "cost_center", "cost_object", "text")
    lines = evidence.coding(session, row.id)
    return [
        CodingLineView(amount=amount(line.amount_cents), **{name: getattr(line, name) for name in names})
        for line in lines
    ]


def _certificates(session: Session, row: PayableInvoice, content: Content) -> list[CertificateView]:
    given = queries.certificates(session, row.id)
    holding = {each.id for each in evidence.holding(given, queries.ended(session, [row.id]), content)}
    return [
        CertificateView(
            kind=certificate.kind,
            text=certificate.text,
            given_by=certificate.user_name,
            given_at=certificate.given_at,
            content_version=certificate.content_version,
            amount=amount(certificate.amount_cents),
            holds=certificate.id in holding,
        )
        for certificate in given
    ]


def _order(session: Session, row: PayableInvoice) -> PaymentOrderView | None:
    order = queries.order_of(session, row.id)
    if order is None:
        return None
    return PaymentOrderView(
        order_number=order.order_number,
        given_by=order.user_name,
        given_at=order.given_at,
        content_version=order.content_version,
        gross=amount(order.gross_cents),
    )


def _visible(session: Session, payable_id: UUID | None) -> UUID | None:
    """The id, if that invoice exists for the actor: an id alone already says that there is one."""
    if payable_id is None:
        return None
    return session.scalars(select(PayableInvoice.id).where(PayableInvoice.id == payable_id)).first()
