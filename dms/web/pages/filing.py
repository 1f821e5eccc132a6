"""The acts on one document: file it, forward it, say what it is, discard it, and take each of these back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dms.access.service import everywhere, payables_node
from dms.actor import Action
from dms.errors import Invalid, NotFound, Rejected
from dms.identity.models import OrgUnit, User
from dms.intake import einvoices, fields, long_scans
from dms.intake import queries as intake
from dms.intake.outcome import clarify, default_entity, is_partly_read
from dms.jobs import service as jobs
from dms.payables import closing
from dms.payables import queries as payable_queries
from dms.payables import service as payables
from dms.payables.approval import OPEN
from dms.platform import Platform
from dms.records import files
from dms.records import service as records
from dms.records.models import Case, Document
from dms.web.routing import GuardedRoute, TheActor, ThePlatform, WriteSession, requires
from dms.web.templating import done

router = APIRouter(route_class=GuardedRoute)
ADDRESS = "/dokumente/{document_id}"
NO_INVOICE = "keine Rechnung"


@router.post(f"{ADDRESS}/ablegen")
@requires(Action.DOCUMENT_FILE)
def file_it(
    session: WriteSession,
    platform: ThePlatform,
    document_id: UUID,
    case: Annotated[str, Form()] = "",
    reference: Annotated[str, Form(max_length=90)] = "",
) -> Response:
    """File into a case: the proposed or found one, or the one with a reference."""
    row = records.document(session, document_id)
    target = files.case(session, _uuid(case)) if case else files.case_by_reference(session, reference)
    return _filed(session, platform, row, target)


@router.post(f"{ADDRESS}/neuer-vorgang")
@requires(Action.DOCUMENT_FILE)
def file_into_new(
    session: WriteSession,
    platform: ThePlatform,
    document_id: UUID,
    file: Annotated[str, Form()] = "",
    plan_unit: Annotated[str, Form()] = "",
    case_title: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """File into a new case, of an existing file or of a new one under a unit of the plan."""
    row = records.document(session, document_id)
    name = case_title.strip() or row.title
    if file:
        parent = files.file(session, _uuid(file))
    elif plan_unit:
        parent = files.create_file(
            session, plan_unit_id=_uuid(plan_unit), title=name, lead_unit_id=row.unit_id, clock=platform.clock
        )
    else:
        return done(f"/dokumente/{row.id}", "Bitte wählen Sie eine Einheit des Aktenplans aus.", kind="danger")
    return _filed(session, platform, row, files.create_case(session, parent, title=name, clock=platform.clock))


def _filed(session: Session, platform: Platform, row: Document, target: Case) -> Response:
    before = row.case_id
    records.file_document(session, row, target, platform.clock)
    undo = f"/dokumente/{row.id}/ablegen-zurueck" + (f"?vorgang={before}" if before else "")
    return done(f"/dokumente/{row.id}", f"Abgelegt in {target.case_reference}.", undo_url=undo)


@router.post(f"{ADDRESS}/ablegen-zurueck")
@requires(Action.DOCUMENT_FILE)
def unfile(session: WriteSession, platform: ThePlatform, document_id: UUID, vorgang: UUID | None = None) -> Response:
    """Back into the inbox, or into the case where it lay before."""
    if vorgang is not None:
        row = records.document(session, document_id)
        before = files.case(session, vorgang)
        records.file_document(session, row, before, platform.clock)
        return done(f"/dokumente/{document_id}", f"Das Dokument liegt wieder in {before.case_reference}.")
    unfile_one(session, platform, document_id)
    return done(f"/dokumente/{document_id}", "Das Dokument liegt wieder im Posteingang.")


def unfile_one(session: Session, platform: Platform, document_id: UUID) -> None:
    records.unfile_document(session, records.document(session, document_id), platform.clock)


@router.post(f"{ADDRESS}/weiterleiten")
@requires(Action.DOCUMENT_FILE)
def forward(
    session: WriteSession, platform: ThePlatform, document_id: UUID, to: Annotated[str, Form(max_length=60)] = ""
) -> Response:
    """Hand it to a unit (``unit:<id>``) or to a person of one (``user:<id>``)."""
    row = records.document(session, document_id)
    kind, _, wanted = to.partition(":")
    person = session.get(User, _uuid(wanted)) if kind == "user" else None
    target = session.get(OrgUnit, person.unit_id if person else _uuid(wanted)) if wanted else None
    if target is None:
        return done(f"/dokumente/{row.id}", "Bitte wählen Sie aus, an wen es gehen soll.", kind="danger")
    node = payables_node(session, target.id) if row.is_invoice else target.id
    records.forward(session, row, unit=target, node_id=node, assignee=person, clock=platform.clock)
    whom = f"{person.name} ({target.name})" if person else target.name
    return done("/posteingang", f"Weitergeleitet an {whom}.", undo_url=f"/dokumente/{row.id}/zurueckholen")


@router.post(f"{ADDRESS}/zurueckholen")
@requires(Action.DOCUMENT_FILE)
def recall(platform: ThePlatform, actor: TheActor, document_id: UUID) -> Response:
    """Take back what was forwarded, although the person may not see it where it lies now."""
    with platform.db.write(everywhere(actor)) as session:
        recall_one(session, platform, document_id)
    return done(f"/dokumente/{document_id}", "Das Dokument liegt wieder im Posteingang.")


def recall_one(session: Session, platform: Platform, document_id: UUID) -> None:
    records.recall(session, records.document(session, document_id), platform.clock)


@router.post(f"{ADDRESS}/rechnung")
@requires(Action.DOCUMENT_FILE)
def is_invoice(platform: ThePlatform, actor: TheActor, document_id: UUID) -> Response:
    with platform.db.read(actor) as session:
        row = records.document(session, document_id)
    invoice = _einvoice(platform, row)
    with platform.db.write(actor) as session:
        row = records.document(session, document_id)
        known, entity_id = fields.read(session, row.id), default_entity(session, row.id)
        if is_partly_read(row):
            clarify(session, row, platform.clock)
        payable = payables.open_for_document(session, row, known, invoice, platform.clock, legal_entity_id=entity_id)
    undo = f"/dokumente/{row.id}/keine-rechnung"
    return done(f"/rechnungen/{payable.id}", "Das Dokument wird jetzt als Rechnung geprüft.", undo_url=undo)


def _einvoice(platform: Platform, row: Document) -> dict[str, Any] | None:
    """What it says as an e-invoice; a file that the reader refuses is an invoice on paper."""
    try:
        return einvoices.read(platform, row)
    except Rejected:
        return None


@router.post(f"{ADDRESS}/keine-rechnung")
@requires(Action.DOCUMENT_FILE)
def is_no_invoice(session: WriteSession, platform: ThePlatform, document_id: UUID) -> Response:
    """It was taken for an invoice by mistake: the approval ends, the document is a plain one again."""
    payable = payable_queries.of_document(session, records.document(session, document_id).id)
    if payable is None:
        raise NotFound("payable.unknown")
    closing.no_invoice(session, payable, reason=NO_INVOICE, clock=platform.clock)
    return done(f"/dokumente/{document_id}", "Das Dokument wird nicht mehr als Rechnung geführt.")


@router.post(f"{ADDRESS}/verwerfen")
@requires(Action.DOCUMENT_FILE)
def discard(
    session: WriteSession,
    platform: ThePlatform,
    document_id: UUID,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    row = records.document(session, document_id)
    payable = payable_queries.of_document(session, row.id)
    is_open = payable is not None and payable.state in OPEN
    try:
        records.discard(session, row, reason=reason, has_open_payable=is_open, clock=platform.clock)
    except Invalid:
        return done(f"/dokumente/{row.id}", "Bitte nennen Sie den Grund, warum Sie es verwerfen.", kind="danger")
    undo = f"/dokumente/{row.id}/wiederherstellen"
    return done("/posteingang", f"Verworfen: {row.title}. Das Dokument bleibt aufbewahrt.", undo_url=undo)


@router.post(f"{ADDRESS}/wiederherstellen")
@requires(Action.DOCUMENT_FILE)
def restore(session: WriteSession, platform: ThePlatform, document_id: UUID) -> Response:
    restore_one(session, platform, document_id)
    return done(f"/dokumente/{document_id}", "Das Dokument liegt wieder im Posteingang.")


def restore_one(session: Session, platform: Platform, document_id: UUID) -> None:
    records.restore(session, records.document(session, document_id), platform.clock)


@router.post(f"{ADDRESS}/behalten")
@requires(Action.DOCUMENT_FILE)
def keep(session: WriteSession, platform: ThePlatform, document_id: UUID) -> Response:
    """The suspected duplicate is a document of its own."""
    records.keep(session, records.document(session, document_id), platform.clock)
    return done(f"/dokumente/{document_id}", "Das Dokument wird als eigenes Dokument behalten.")


@router.post(f"{ADDRESS}/erneut-lesen")
@requires(Action.DOCUMENT_FILE)
def read_again(session: WriteSession, platform: ThePlatform, document_id: UUID) -> Response:
    """Try the step again at which the reading stopped."""
    row = records.document(session, document_id)
    job = intake.parked_job(session, row.id)
    if job is None:
        raise NotFound("job.unknown")
    jobs.retry(session, job, platform.clock.now())
    return done(f"/dokumente/{document_id}", "Das Dokument wird noch einmal gelesen.")


@router.post(f"{ADDRESS}/lesen-abbrechen")
@requires(Action.DOCUMENT_FILE)
def stop_reading(session: WriteSession, platform: ThePlatform, document_id: UUID) -> Response:
    """Stop the reading of a long scan; the pages that were read are kept."""
    long_scans.cancel(session, records.document(session, document_id), platform.clock)
    return done(f"/dokumente/{document_id}", "Das Lesen ist abgebrochen.")


@router.post(f"{ADDRESS}/weiterlesen")
@requires(Action.DOCUMENT_FILE)
def read_on(session: WriteSession, platform: ThePlatform, document_id: UUID) -> Response:
    """Let a stopped reading go on where it was."""
    long_scans.resume(session, records.document(session, document_id), platform.clock)
    return done(f"/dokumente/{document_id}", "Das Dokument wird weiter gelesen.")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise Invalid({"case": "input.choice"}) from exc
