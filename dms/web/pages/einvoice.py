"""The official check of an e-invoice on its page, and what follows: asked again, refused, excepted, taken up again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.edge.download import pdf_response
from dms.errors import Invalid, NotFound, Rejected, RuleViolation
from dms.identity import service as identity
from dms.identity.models import LegalEntity
from dms.intake import fields, readings
from dms.intake.wording import reason
from dms.jobs.service import enqueue
from dms.payables import checks, notices, rejection, service
from dms.payables.models import InvoiceCheck, PayableInvoice, PayableState, SenderExemption
from dms.platform import Platform
from dms.records import queries as records_queries
from dms.records import service as records
from dms.web.routing import GuardedRoute, ReadSession, ThePlatform, WriteSession, requires
from dms.web.templating import done, field_errors, page
from dms.web.viewer import Region
from invoicing.letter import Letter, plain_report
from invoicing.rulesets import installed
from invoicing.tasks import VIEW_FILE

router = APIRouter(route_class=GuardedRoute)
ADDRESS = "/rechnungen/{payable_id}"
SETTINGS = "/verwaltung/e-rechnungen"


class Refusal(BaseModel):
    """What the person who refuses an invoice types; the mail starts as the machine would write it."""

    reason: str = Field("", max_length=1000)
    told_by: str = Field("", max_length=10)
    recipient: str = Field("", max_length=254)
    subject: str = Field("", max_length=200)
    text: str = Field("", max_length=rejection.MAX_TEXT)


@router.get(f"{ADDRESS}/pruefbericht")
@requires(Action.PAYABLE_READ)
def report(session: ReadSession, payable_id: UUID) -> PlainTextResponse:
    """The newest test report as text, with every rule, place and official wording."""
    check = _check(session, service.payable(session, payable_id))
    if check is None:
        raise NotFound("page.unknown")
    return PlainTextResponse(plain_report(check.report))


@router.get(f"{ADDRESS}/ansicht.pdf")
@requires(Action.PAYABLE_READ)
def pdf_view(session: ReadSession, platform: ThePlatform, payable_id: UUID) -> Response:
    """What the e-invoice says, typeset as PDF/A-3 with the XML inside, made anew each time; else the page and why."""
    row = service.payable(session, payable_id)
    document = records.document(session, row.document_id)
    try:
        result = readings.run(platform, "render_view", document.original_sha256)
    except Rejected as exc:
        return done(f"/rechnungen/{row.id}", reason(exc.code), kind="warning")
    return pdf_response(result.files[VIEW_FILE], f"Ansicht {row.invoice_number or document.title}.pdf")


@router.post(f"{ADDRESS}/erneut-pruefen")
@requires(Action.PAYABLE_CAPTURE)
def check_again(session: WriteSession, platform: ThePlatform, payable_id: UUID) -> Response:
    row = service.payable(session, payable_id)
    enqueue(session, "recheck", row.document_id, queue="interactive", now=platform.clock.now())
    return done(f"/rechnungen/{row.id}#pruefung", "Die Rechnung wird noch einmal geprüft.")


@router.get(f"{ADDRESS}/zurueckweisen")
@requires(Action.PAYABLE_READ)
def ask_reject(request: Request, session: ReadSession, payable_id: UUID) -> HTMLResponse:
    """Asks for the reason, with the mail to the sender ready to go."""
    row = service.payable(session, payable_id)
    return _reject_page(request, session, row, _proposed(session, row))


@router.post(f"{ADDRESS}/zurueckweisen")
@requires(Action.PAYABLE_CAPTURE)
def reject(
    request: Request, session: WriteSession, platform: ThePlatform, payable_id: UUID, form: Annotated[Refusal, Form()]
) -> Response:
    """Refuse the invoice; the sender is told by mail, or by a letter that is written elsewhere."""
    row = service.payable(session, payable_id, lock=True)
    is_mail = form.told_by == "mail"
    check = _check(session, row)
    message = Letter(form.subject, form.text, plain_report(check.report) if check else "")
    try:
        rejection.reject(
            session,
            row,
            reason=form.reason,
            clock=platform.clock,
            recipient=form.recipient if is_mail else None,
            message=message if is_mail else None,
        )
    except Invalid as exc:
        session.rollback()
        return _reject_page(request, session, service.payable(session, payable_id), form, errors=field_errors(exc))
    told = f" Die Nachricht an {form.recipient.strip()} ist unterwegs." if is_mail else ""
    return done(f"/rechnungen/{payable_id}", f"Zurückgewiesen an den Rechnungssteller.{told}")


def _reject_page(
    request: Request, session: Session, row: PayableInvoice, form: Refusal, *, errors: dict[str, str] | None = None
) -> HTMLResponse:
    return page(
        request,
        "payables/reject.html",
        session=session,
        status=422 if errors else 200,
        row=row,
        form=form,
        check=_check(session, row),
        errors=errors or {},
        frame={"active": "payables"},
    )


def _proposed(session: Session, row: PayableInvoice) -> Refusal:
    check, address = _check(session, row), address_of(session, row) or ""
    if check is None or not checks.breaks_rules(check):
        return Refusal(told_by="mail" if address else "letter", recipient=address, **rejection.blank(session, row))
    letter = rejection.letter(session, row, check, automatic=False)
    return Refusal(
        reason="Verstößt gegen die amtlichen Regeln für E-Rechnungen.",
        told_by="mail" if address else "letter",
        recipient=address,
        subject=letter.subject,
        text=letter.text,
    )


@router.post(f"{ADDRESS}/wieder-aufnehmen")
@requires(Action.PAYABLE_CAPTURE)
def take_up(session: WriteSession, platform: ThePlatform, payable_id: UUID) -> Response:
    """A refused invoice is dealt with after all: as a new one, for what was refused stays refused."""
    row = service.payable(session, payable_id, lock=True)
    if row.state != PayableState.REJECTED:
        raise RuleViolation(f"approval.state.{row.state}")
    document = records.document(session, row.document_id)
    known = fields.read(session, document.id)
    invoice = {"syntax": row.einvoice_syntax} if row.einvoice_syntax else None
    entity_id = row.legal_entity_id
    taken = service.open_for_document(session, document, known, invoice, platform.clock, legal_entity_id=entity_id)
    return done(f"/rechnungen/{taken.id}", "Die Rechnung wird nun doch bearbeitet.")


@router.post(f"{ADDRESS}/ausnahme")
@requires(Action.PAYABLE_CAPTURE)
def exempt(
    session: WriteSession,
    platform: ThePlatform,
    payable_id: UUID,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Invoices of this sender are not refused by the machine any more."""
    row = service.payable(session, payable_id)
    if not reason.strip():
        return done(f"/rechnungen/{payable_id}#pruefung", "Bitte nennen Sie den Grund der Ausnahme.", kind="danger")
    found = rejection.exempt(session, row, address_of(session, row), reason=reason, clock=platform.clock)
    sentence = f"Rechnungen von {found.sender_name} werden nicht mehr automatisch zurückgewiesen."
    return done(f"/rechnungen/{payable_id}#pruefung", sentence)


@router.get(SETTINGS)
@requires(Action.PAYABLE_CAPTURE)
def settings(request: Request, session: ReadSession, platform: ThePlatform) -> HTMLResponse:
    """Who is refused automatically and who is not, and the rule sets that decide it."""
    return page(
        request,
        "payables/einvoices.html",
        session=session,
        entities=session.scalars(select(LegalEntity).order_by(LegalEntity.name)).all(),
        exemptions=rejection.exemptions(session),
        rule_sets=installed(platform.settings.rules_path),
        undelivered=notices.undelivered(session),
        frame={"active": "payables"},
    )


@router.post(f"{SETTINGS}/schalter")
@requires(Action.PAYABLE_CAPTURE)
def switch(session: WriteSession, entity_id: Annotated[UUID, Form()], automatic: Annotated[bool, Form()]) -> Response:
    entity = session.get(LegalEntity, entity_id)
    if entity is None:
        raise NotFound("legal_entity.unknown")
    identity.change(session, entity, rejects_automatically=automatic)
    how = "werden automatisch zurückgewiesen" if automatic else "entscheidet eine Person"
    about = "Fehlerhafte E-Rechnungen an" if automatic else "Über fehlerhafte E-Rechnungen an"
    return done(SETTINGS, f"{about} {entity.name} {how}.")


@router.post(f"{SETTINGS}/ausnahmen/{{exemption_id}}/beenden")
@requires(Action.PAYABLE_CAPTURE)
def end_exemption(session: WriteSession, platform: ThePlatform, exemption_id: UUID) -> Response:
    found = session.get(SenderExemption, exemption_id)
    if found is None:
        raise NotFound("page.unknown")
    rejection.end_exemption(session, found, platform.clock)
    return done(SETTINGS, f"Die Ausnahme für {found.sender_name} ist beendet.")


def address_of(session: Session, row: PayableInvoice) -> str | None:
    """The mail address that the invoice itself gives (BT-34 or BT-43)."""
    known = records_queries.values(session, row.document_id)
    return notices.usable_address(known["seller_email"].value) if "seller_email" in known else None


def _check(session: Session, row: PayableInvoice) -> InvoiceCheck | None:
    return checks.newest(session, row.document_id)


def check_view(platform: Platform, session: Session, row: PayableInvoice) -> dict[str, Any]:
    """What the invoice page shows about the check: the newest report, those before it, mails to the sender."""
    found = checks.history(session, row.document_id)
    newest = found[0] if found else None
    return {
        "check": newest,
        "contradictions": contradictions(newest),
        "checks_before": found[1:],
        "notices": notices.of_payable(session, row.id),
        "is_exempt": rejection.is_exempt(session, row, address_of(session, row)),
    }


@dataclass(frozen=True)
class Contradiction:
    """A value of the e-invoice (`term`, EN 16931) that the visible page contradicts with what it shows, and where."""

    term: str
    xml: str
    shown: str
    region: Region


def contradictions(check: InvoiceCheck | None) -> list[Contradiction]:
    """What the pages of a hybrid PDF show differently, the greatest danger first."""
    entries = check.report.get("pdf_differences") or () if check else ()
    return [_contradiction(f"bild-{number}", entry) for number, entry in enumerate(entries, 1)]


def _contradiction(region_id: str, entry: Mapping[str, Any]) -> Contradiction:
    region = Region(region_id, f"Das Bild zeigt: {entry['pdf']}", entry["page"], entry["box"], "danger")
    return Contradiction(entry["bt"], entry["xml"], entry["pdf"], region)
