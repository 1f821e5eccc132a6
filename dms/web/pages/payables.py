"""The list of invoices and one invoice: what it says, what is open, and only the acts that are allowed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from dms.actor import Action
from dms.errors import Invalid
from dms.identity.models import LegalEntity
from dms.intake import readings
from dms.intake.pipeline import EINVOICE_RELEASE
from dms.payables import approval, queries, service, worklist
from dms.payables.content import amount_to_pay
from dms.payables.models import PayableState
from dms.records import service as records
from dms.web.format import parse_date, parse_iban, parse_money
from dms.web.routing import GuardedRoute, ReadSession, ThePlatform, WriteSession, requires
from dms.web.templating import done, page
from dms.web.wording import error_text

router = APIRouter(route_class=GuardedRoute)
PARSERS: dict[str, Any] = {
    "seller_name": str, "invoice_number": str, "issued_on": parse_date, "due_on": parse_date,
    "gross_cents": parse_money, "payable_cents": parse_money, "iban": parse_iban, "payee_name": str,
    "legal_entity_id": UUID,
}  # fmt: skip


class Fields(BaseModel):
    """What the invoice desk types; empty means unchanged."""

    seen: str
    seller_name: str = Field("", max_length=200)
    invoice_number: str = Field("", max_length=120)
    issued_on: str = ""
    due_on: str = ""
    gross_cents: str = ""
    payable_cents: str = ""
    iban: str = ""
    payee_name: str = Field("", max_length=200)
    legal_entity_id: str = ""


@router.get("/rechnungen")
@requires(Action.PAYABLE_READ)
def index(request: Request, session: ReadSession, stand: str | None = None) -> HTMLResponse:
    states = frozenset({PayableState(stand)} if stand in set(PayableState) else ())
    filters = worklist.Filters(states=states)
    rows, sums = worklist.payables(session, filters), worklist.totals(session, filters)
    return page(request, "payables/index.html", session=session, rows=rows, sums=sums, frame={"active": "payables"})


@router.get("/rechnungen/{payable_id}")
@requires(Action.PAYABLE_READ)
def show(request: Request, session: ReadSession, platform: ThePlatform, payable_id: UUID) -> HTMLResponse:
    row = service.payable(session, payable_id)
    facts = service.facts(session, row, platform.clock)
    refusals = approval.allowed_events(facts)
    document = records.document(session, row.document_id)
    invoice = readings.load(platform, document.original_sha256, "einvoice", EINVOICE_RELEASE) or {}
    return page(
        request,
        "payables/show.html",
        session=session,
        row=row,
        document=document,
        view=invoice.get("html"),
        lines=service.coding(session, row.id),
        entities=session.scalars(select(LegalEntity).order_by(LegalEntity.name)).all(),
        certificates=queries.certificates(session, row.id),
        order=queries.order_of(session, row.id),
        history=queries.history(session, row),
        amount=amount_to_pay(row),
        missing=facts.missing_fields,
        seen=service.current_content(session, row).all_sha256,
        allowed={event.value: refusal is None for event, refusal in refusals.items()},
        reasons={event.value: error_text(refusal) for event, refusal in refusals.items() if refusal is not None},
        frame={"active": "payables"},
    )


@router.post("/rechnungen/{payable_id}/angaben")
@requires(Action.PAYABLE_CAPTURE)
def edit(session: WriteSession, platform: ThePlatform, payable_id: UUID, form: Annotated[Fields, Form()]) -> Response:
    """Correct header and payment fields."""
    row = service.payable(session, payable_id, lock=True)
    service.edit(session, row, _typed(form.model_dump()), platform.clock, seen=form.seen)
    return done(f"/rechnungen/{payable_id}", "Angaben gespeichert.")


def _typed(form: dict[str, str]) -> dict[str, Any]:
    """Typed values of the form; raises `Invalid` naming every field that cannot be read."""
    values, errors = {}, {}
    for name, parse in PARSERS.items():
        text = form.get(name, "").strip()
        if not text:
            continue
        try:
            values[name] = parse(text)
        except ValueError as exc:
            errors[name] = str(exc)
    if errors:
        raise Invalid(errors)
    return values


@router.post("/rechnungen/{payable_id}/kontieren")
@requires(Action.PAYABLE_CODE)
def code(
    session: WriteSession,
    platform: ThePlatform,
    payable_id: UUID,
    seen: Annotated[str, Form()],
    budget_year: Annotated[int, Form(ge=2000, le=2100)],
    product_account: Annotated[str, Form(min_length=1, max_length=60)],
    cost_center: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Code the whole amount on one account."""
    row = service.payable(session, payable_id, lock=True)
    line = {
        "budget_year": budget_year,
        "product_account": product_account.strip(),
        "cost_center": cost_center.strip() or None,
        "amount_cents": row.payable_cents or 0,
    }
    service.set_coding(session, row, [line], platform.clock, seen=seen)
    return done(f"/rechnungen/{payable_id}", "Kontierung gespeichert.")


@router.post("/rechnungen/{payable_id}/freigeben")
@requires(Action.PAYABLE_CAPTURE)
def release(session: WriteSession, platform: ThePlatform, payable_id: UUID, seen: Annotated[str, Form()]) -> Response:
    service.release(session, service.payable(session, payable_id, lock=True), platform.clock, seen=seen)
    return done(f"/rechnungen/{payable_id}", "Freigegeben zur Prüfung.")


@router.post("/rechnungen/{payable_id}/feststellen/{kind}")
@requires(Action.PAYABLE_CERTIFY)
def certify(
    session: WriteSession, platform: ThePlatform, payable_id: UUID, kind: str, seen: Annotated[str, Form()]
) -> Response:
    if kind not in approval.KINDS:
        raise Invalid({"kind": "input.choice"})
    row = service.payable(session, payable_id, lock=True)
    service.certify(session, row, kind, platform.clock, seen=seen)
    return done(f"/rechnungen/{payable_id}", f"{service.CERTIFICATE_TEXT[kind]} gezeichnet.")


@router.post("/rechnungen/{payable_id}/anordnen")
@requires(Action.PAYABLE_ORDER)
def order(session: WriteSession, platform: ThePlatform, payable_id: UUID, seen: Annotated[str, Form()]) -> Response:
    given = service.order_payment(session, service.payable(session, payable_id, lock=True), platform.clock, seen=seen)
    return done(f"/rechnungen/{payable_id}", f"Zahlung angeordnet ({given.order_number}).")


@router.post("/rechnungen/{payable_id}/beenden/{how}")
@requires(Action.PAYABLE_CAPTURE)
def close(
    session: WriteSession, platform: ThePlatform, payable_id: UUID, how: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """Reject (back to the sender) or void (no longer ours)."""
    acts = {"zurueckweisen": service.reject, "gegenstandslos": service.void}
    if how not in acts:
        raise Invalid({"how": "input.choice"})
    acts[how](session, service.payable(session, payable_id, lock=True), reason=reason, clock=platform.clock)
    return done("/rechnungen", "Die Rechnung ist beendet.")


@router.post("/rechnungen/{payable_id}/zurueckgeben")
@requires(Action.PAYABLE_READ)
def give_back(
    session: WriteSession, platform: ThePlatform, payable_id: UUID, reason: Annotated[str, Form()] = ""
) -> Response:
    row = service.payable(session, payable_id, lock=True)
    service.return_to_capture(session, row, reason=reason, clock=platform.clock)
    return done(f"/rechnungen/{payable_id}", "Zurückgegeben an die Rechnungsstelle.")
