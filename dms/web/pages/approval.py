"""One invoice: what it says, what is open, who did what, and only the acts that are allowed."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.clock import local_date
from dms.errors import Conflict, DmsError, Invalid, NotFound
from dms.intake import einvoices
from dms.payables import approval, closing, evidence, queries, service, worklist
from dms.payables.content import amount_to_pay
from dms.payables.models import PayableInvoice
from dms.platform import Platform
from dms.records import service as records
from dms.records.models import Case, Document
from dms.web import choices
from dms.web.format import date_numeric, iban, money_input, parse_date, parse_iban, parse_money
from dms.web.pages.einvoice import check_view
from dms.web.pages.timeline import timeline
from dms.web.provenance import of_payable
from dms.web.routing import GuardedRoute, ReadSession, ThePlatform, WriteSession, requires
from dms.web.templating import done, field_errors, page
from dms.web.viewer import viewer
from dms.web.wording import error_text

router = APIRouter(route_class=GuardedRoute)
MAX_LINES = 60
Seen = Annotated[str, Form(max_length=64)]
Reason = Annotated[str, Form(max_length=1000)]
TEXTS = ("seller_name", "seller_vat_id", "invoice_number", "payee_name", "buyer_reference")
DATES = ("issued_on", "due_on", "discount_until")
AMOUNTS = ("net_cents", "tax_cents", "gross_cents", "payable_cents", "discount_cents")
DEDUCTIONS = ("cut_cents", "retained_cents")


class Details(BaseModel):
    """What the invoice desk types; an empty field means that nothing is known."""

    seen: str = Field("", max_length=64)
    seller_name: str = Field("", max_length=200)
    seller_vat_id: str = Field("", max_length=40)
    invoice_number: str = Field("", max_length=120)
    buyer_reference: str = Field("", max_length=120)
    issued_on: str = Field("", max_length=20)
    due_on: str = Field("", max_length=20)
    net_cents: str = Field("", max_length=30)
    tax_cents: str = Field("", max_length=30)
    gross_cents: str = Field("", max_length=30)
    payable_cents: str = Field("", max_length=30)
    cut_cents: str = Field("", max_length=30)
    retained_cents: str = Field("", max_length=30)
    discount_until: str = Field("", max_length=20)
    discount_cents: str = Field("", max_length=30)
    iban: str = Field("", max_length=50)
    payee_name: str = Field("", max_length=200)
    legal_entity_id: str = Field("", max_length=40)
    unit_id: str = Field("", max_length=40)


class Coding(BaseModel):
    """The coding lines as typed, one list a column."""

    seen: str = Field("", max_length=64)
    budget_year: list[str] = Field(default=[], max_length=MAX_LINES)
    product_account: list[str] = Field(default=[], max_length=MAX_LINES)
    cost_center: list[str] = Field(default=[], max_length=MAX_LINES)
    text: list[str] = Field(default=[], max_length=MAX_LINES)
    amount: list[str] = Field(default=[], max_length=MAX_LINES)


@router.get("/rechnungen/{payable_id}")
@requires(Action.PAYABLE_READ)
def show(
    request: Request,
    session: ReadSession,
    platform: ThePlatform,
    payable_id: UUID,
    feld: str = "",
    suche: Annotated[str, Query(max_length=400)] = "",
    seite: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    row = service.payable(session, payable_id)
    return _page(request, session, platform, row, marked=feld, typed=suche, first=seite)


def _page(
    request: Request,
    session: Session,
    platform: Platform,
    row: PayableInvoice,
    *,
    details: Details | None = None,
    coding: Coding | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    **place: Any,
) -> HTMLResponse:
    facts = evidence.facts(session, row, platform.clock)
    refusals = approval.allowed_events(facts)
    refusals[approval.Event.RELEASE] = refusals[approval.Event.RELEASE] or service.awaits_check(session, row)
    document = records.document(session, row.document_id)
    invoice = einvoices.read(platform, document) or {}
    lines = evidence.coding(session, row.id)
    order = queries.order_of(session, row.id)
    judged = check_view(platform, session, row)
    places = [one.region for one in judged["contradictions"]]
    view = viewer(session, platform, document, contradictions=places, **place)
    return page(
        request,
        "payables/show.html",
        session=session,
        status=status,
        row=row,
        document=document,
        case=session.get(Case, document.case_id) if document.case_id else None,
        view=view,
        prov=of_payable(row, view["known"], queries.versions(session, row.id)),
        xml_view=invoice.get("html"),
        details=details or _details(row),
        coding=_coding_rows(coding, lines, row, platform),
        errors=errors or {},
        **judged,
        attachments=_attachments(session, document, invoice),
        lines=lines,
        entities=choices.legal_entities(session),
        units=choices.units(session),
        first=session.get(PayableInvoice, row.duplicate_of_id) if row.duplicate_of_id else None,
        certificates=queries.certificates(session, row.id),
        ended=queries.ended(session, [row.id]),
        order=order,
        hand_over=queries.hand_over_of(session, order) if order else None,
        steps=worklist.open_steps(session, [row], platform.clock).get(row.id, []),
        timeline=timeline(session, row),
        amount=amount_to_pay(row),
        difference=facts.coding_difference_cents,
        missing=facts.missing_fields,
        seen=evidence.current_content(session, row).all_sha256,
        today=local_date(platform.clock.now()),
        allowed={event.value: refusal is None for event, refusal in refusals.items()},
        reasons={event.value: error_text(refusal) for event, refusal in refusals.items() if refusal is not None},
        frame={"active": "payables"},
    )


def _attachments(session: Session, document: Document, invoice: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the invoice brought along, each with the document that was made of it; links are shown and never fetched."""
    taken = einvoices.attached(session, document.id)
    entries = enumerate(invoice.get("attachments", ()))
    return [{**entry, "document": taken.get(number)} for number, entry in entries]


def _details(row: PayableInvoice) -> Details:
    texts = {name: getattr(row, name) or "" for name in TEXTS}
    dates = {name: date_numeric(getattr(row, name)) for name in DATES}
    amounts = {name: money_input(getattr(row, name)) for name in AMOUNTS}
    deductions = {name: money_input(getattr(row, name)) if getattr(row, name) else "" for name in DEDUCTIONS}
    keys = {name: str(getattr(row, name) or "") for name in ("legal_entity_id", "unit_id")}
    return Details(**texts, **dates, **amounts, **deductions, **keys, iban=iban(row.iban))


def _coding_rows(typed: Coding | None, lines: Any, row: PayableInvoice, platform: Platform) -> list[dict[str, str]]:
    """The rows of the coding form: as typed, else as they are, else one over the whole amount; one more to fill in."""
    if typed is not None:
        return [
            dict(zip(_COLUMNS, cells, strict=True))
            for cells in zip(*(_column(typed, n) for n in _COLUMNS), strict=True)
        ]
    found = [
        {
            "budget_year": str(line.budget_year),
            "product_account": line.product_account,
            "cost_center": line.cost_center or "",
            "text": line.text or "",
            "amount": money_input(line.amount_cents),
        }
        for line in lines
    ]
    empty = dict.fromkeys(_COLUMNS, "")
    year = str(local_date(platform.clock.now()).year)
    first = {**empty, "budget_year": year, "amount": money_input(row.payable_cents)}
    return [*found, empty] if found else [first, {**empty, "budget_year": ""}]


_COLUMNS = ("budget_year", "product_account", "cost_center", "text", "amount")


def _column(typed: Coding, name: str) -> list[str]:
    longest = max(len(getattr(typed, column)) for column in _COLUMNS)
    values: list[str] = getattr(typed, name)
    return values + [""] * (longest - len(values))


@router.post("/rechnungen/{payable_id}/angaben")
@requires(Action.PAYABLE_CAPTURE)
def edit(
    request: Request,
    session: WriteSession,
    platform: ThePlatform,
    payable_id: UUID,
    form: Annotated[Details, Form()],
) -> Response:
    """Correct header and payment fields; what was typed stands there again when something is wrong."""
    row = service.payable(session, payable_id, lock=True)
    try:
        service.edit(session, row, _typed(form), platform.clock, seen=form.seen or None)
    except (Invalid, Conflict) as exc:
        session.rollback()
        row = service.payable(session, payable_id)
        return _page(request, session, platform, row, details=form, errors=_errors(exc), status=exc.status)
    return done(f"/rechnungen/{payable_id}", "Angaben gespeichert.")


def _errors(error: DmsError) -> dict[str, str]:
    return field_errors(error) if isinstance(error, Invalid) else {"": error_text(error)}


def _typed(form: Details) -> dict[str, Any]:
    """Typed values of the form; raises `Invalid` naming every field that cannot be read."""
    parsers: dict[str, Any] = {
        **dict.fromkeys(TEXTS, str),
        **dict.fromkeys(DATES, parse_date),
        **dict.fromkeys((*AMOUNTS, *DEDUCTIONS), parse_money),
        "iban": parse_iban,
        "legal_entity_id": UUID,
        "unit_id": UUID,
    }
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, parse in parsers.items():
        text = getattr(form, name).strip()
        try:
            values[name] = parse(text) if text else (0 if name in DEDUCTIONS else None)
        except ValueError as exc:
            errors[name] = "input.choice" if parse is UUID else str(exc)
    if errors:
        raise Invalid(errors)
    return values


@router.post("/rechnungen/{payable_id}/kontieren")
@requires(Action.PAYABLE_CODE)
def code(
    request: Request,
    session: WriteSession,
    platform: ThePlatform,
    payable_id: UUID,
    form: Annotated[Coding, Form()],
) -> Response:
    """Code the amount on one or more accounts."""
    row = service.payable(session, payable_id, lock=True)
    try:
        service.set_coding(session, row, _lines(form), platform.clock, seen=form.seen or None)
    except (Invalid, Conflict) as exc:
        session.rollback()
        row = service.payable(session, payable_id)
        return _page(request, session, platform, row, coding=form, errors=_errors(exc), status=exc.status)
    return done(f"/rechnungen/{payable_id}", "Kontierung gespeichert.")


def _lines(form: Coding) -> list[dict[str, Any]]:
    """The lines that were filled in; raises `Invalid` naming the first cell of each that cannot be read."""
    found: list[dict[str, Any]] = []
    errors: dict[str, str] = {}
    for number, cells in enumerate(zip(*(_column(form, name) for name in _COLUMNS), strict=True), 1):
        year, account, center, text, amount = (cell.strip() for cell in cells)
        if not account and not amount:
            continue
        line: dict[str, Any] = {
            "product_account": account[:60],
            "cost_center": center[:60] or None,
            "text": text[:200] or None,
        }
        if not account:
            errors[f"product_account-{number}"] = "input.missing"
        if year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100:
            line["budget_year"] = int(year)
        else:
            errors[f"budget_year-{number}"] = "input.year"
        try:
            line["amount_cents"] = parse_money(amount)
        except ValueError as exc:
            errors[f"amount-{number}"] = str(exc)
        found.append(line)
    if errors or not found:
        raise Invalid(errors or {"product_account-1": "input.missing"})
    return found


@router.post("/rechnungen/{payable_id}/freigeben")
@requires(Action.PAYABLE_CAPTURE)
def release(session: WriteSession, platform: ThePlatform, payable_id: UUID, seen: Seen) -> Response:
    service.release(session, service.payable(session, payable_id, lock=True), platform.clock, seen=seen)
    return done(f"/rechnungen/{payable_id}", "Freigegeben zur Prüfung.")


@router.post("/rechnungen/{payable_id}/feststellen/{kind}")
@requires(Action.PAYABLE_CERTIFY)
def certify(session: WriteSession, platform: ThePlatform, payable_id: UUID, kind: str, seen: Seen) -> Response:
    """Certify substance, arithmetic, or both in one act (two certificates)."""
    kinds = approval.KINDS if kind == "both" else (kind,)
    if not set(kinds) <= set(approval.KINDS):
        raise Invalid({"kind": "input.choice"})
    row = service.payable(session, payable_id, lock=True)
    for one in kinds:
        service.certify(session, row, one, platform.clock, seen=seen)
    text = " und ".join(service.CERTIFICATE_TEXT[one] for one in kinds)
    return done(f"/rechnungen/{payable_id}", f"{text} gezeichnet.")


@router.post("/rechnungen/{payable_id}/anordnen")
@requires(Action.PAYABLE_ORDER)
def order(session: WriteSession, platform: ThePlatform, payable_id: UUID, seen: Seen) -> Response:
    given = service.order_payment(session, service.payable(session, payable_id, lock=True), platform.clock, seen=seen)
    return done(f"/rechnungen/{payable_id}", f"Zahlung angeordnet ({given.order_number}).")


ENDS = {
    "gegenstandslos": (closing.void, "Für gegenstandslos erklärt."),
    "keine-rechnung": (closing.no_invoice, "Das Dokument wird nicht mehr als Rechnung geführt."),
    "zur-erfassung": (closing.return_to_capture, "Zurückgegeben an die Rechnungsstelle."),
    "zur-pruefung": (closing.return_to_review, "Zurückgegeben zur Prüfung."),
}
"""Name in the address → the act with a reason, and what the person reads afterwards."""


@router.get("/rechnungen/{payable_id}/{how}")
@requires(Action.PAYABLE_READ)
def ask(request: Request, session: ReadSession, payable_id: UUID, how: str) -> HTMLResponse:
    """Asks once, naming the invoice and the consequence, before an act that ends or returns it."""
    return _ask(request, session, service.payable(session, payable_id), how)


def _ask(
    request: Request, session: Session, row: PayableInvoice, how: str, *, reason: str = "", error: str | None = None
) -> HTMLResponse:
    if how not in ENDS:
        raise NotFound("page.unknown")
    status = 422 if error else 200
    return page(
        request, "payables/reason.html", session=session, status=status, row=row, how=how, reason=reason, error=error,
        frame={"active": "payables"},
    )  # fmt: skip


@router.post("/rechnungen/{payable_id}/begruenden/{how}")
@requires(Action.PAYABLE_READ)
def end(
    request: Request,
    session: WriteSession,
    platform: ThePlatform,
    payable_id: UUID,
    how: str,
    reason: Reason = "",
) -> Response:
    """Do the act with its reason; who may do it, the approval itself asks."""
    if how not in ENDS:
        raise NotFound("page.unknown")
    act, sentence = ENDS[how]
    row = service.payable(session, payable_id, lock=True)
    try:
        act(session, row, reason=reason, clock=platform.clock)
    except Invalid as exc:
        session.rollback()
        return _ask(request, session, row, how, reason=reason, error=field_errors(exc)["reason"])
    target = f"/dokumente/{row.document_id}" if how == "keine-rechnung" else f"/rechnungen/{payable_id}"
    return done(target, sentence)


@router.post("/rechnungen/{payable_id}/dublette")
@requires(Action.PAYABLE_CAPTURE)
def decide_duplicate(
    session: WriteSession, platform: ThePlatform, payable_id: UUID, decision: Annotated[str, Form()] = ""
) -> Response:
    """Whether the suspicion holds; a duplicate is closed as void, linked to the first."""
    if decision not in ("duplicate", "distinct"):
        raise Invalid({"decision": "input.choice"})
    row = service.payable(session, payable_id, lock=True)
    is_duplicate = decision == "duplicate"
    service.decide_duplicate(session, row, is_duplicate=is_duplicate, reason="Dublette", clock=platform.clock)
    sentence = "Als Dublette beendet." if is_duplicate else "Die Rechnung wird als eigene weitergeführt."
    return done(f"/rechnungen/{payable_id}", sentence)


@router.post("/rechnungen/{payable_id}/anmerken")
@requires(Action.PAYABLE_COMMENT)
def comment(
    session: WriteSession, platform: ThePlatform, payable_id: UUID, text: Annotated[str, Form(max_length=1000)] = ""
) -> Response:
    if not text.strip():
        return done(f"/rechnungen/{payable_id}", "Die Anmerkung ist leer.", kind="warning")
    service.comment(session, service.payable(session, payable_id, lock=True), text=text, clock=platform.clock)
    return done(f"/rechnungen/{payable_id}", "Anmerkung gespeichert.")
