"""The steps of a document from receipt to the clerk: identify → text → einvoice → route, then index and archive.

Each step reads, works outside any transaction, and writes its result together with the next job in one transaction
behind the lease (`jobs.service.hold`). What a step read is kept by (original, step release) and never read twice.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from dms.actor import system
from dms.errors import Rejected, Unavailable
from dms.finding import service as finding
from dms.intake import arranging, einvoices, fields, knowledge, pages, quality, readings
from dms.intake.archiving import SCANNED, archive, is_scan
from dms.intake.einvoices import XML_TYPES
from dms.intake.hazards import of_einvoice as hazards_of_einvoice
from dms.intake.models import Outcome
from dms.intake.outcome import PAGES_FAILED, default_entity, intake_of, progress, quarantine, set_outcome
from dms.intake.stacks import file_by_cover, parts_of, split
from dms.jobs.service import Claim, enqueue, finish, hold, renew
from dms.jobs.steps import MANY_CRASHES, Step
from dms.payables import checks
from dms.payables import service as payables
from dms.platform import Platform
from dms.records import service as records
from dms.records.models import Document, DocumentState
from ocr import EngineFailed, OcrError, PageJson, engine
from ocr.document import read_pages

PAGED = ("pdf", "image")
PDF = "application/pdf"


def identify(platform: Platform, held: Claim) -> None:
    """Find out what the bytes are, by content; refuse programs, archives, broken and encrypted files (Klärfall)."""
    document = _document(platform, held)
    found = readings.run(platform, "identify", document.original_sha256, name=document.original_name).value
    values: dict[str, Any] = {"media_type": found["media_type"], "hazards": found["hazards"]}
    if found["reason_code"]:
        raise Rejected(found["reason_code"])
    if found["family"] in PAGED:
        facts = readings.run(platform, "describe", document.original_sha256).value
        values |= {"page_count": facts["page_count"], "hazards": facts["hazards"]}
    pages = int(values.get("page_count") or 0)

    def result(session: Session, row: Document) -> None:
        records.change(session, row, "document.identified", values, platform.clock)
        progress(session, row.id, step="text", total=pages)
        enqueue(session, "text", row.id, queue="ocr", now=platform.clock.now())

    _complete(platform, held, result)


def text(platform: Platform, held: Claim) -> None:
    """Read the words: text layer where it can be trusted, else recognition page by page, else the type's parser."""
    document = _document(platform, held)
    content = readings.content(platform, document.original_sha256)
    if not content:
        content = _read(platform, held, document)
        readings.save(platform, document.original_sha256, "text", readings.TEXT_RELEASE, content)
    parts = parts_of(document, content)

    def result(session: Session, row: Document) -> None:
        progress(session, row.id, step="einvoice", done=row.page_count or 0, total=row.page_count or 0)
        if parts:
            enqueue(session, "split", row.id, queue="ocr", now=platform.clock.now())
        else:
            enqueue(session, "einvoice", row.id, queue="interactive", now=platform.clock.now())

    _complete(platform, held, result)


def reread(platform: Platform, held: Claim) -> None:
    """Read a document that a person has before them, of which nothing was read so far; what follows, as of a new order.

    Nothing that a person entered or decided is touched, nor what the XML of an e-invoice says.
    """
    document = _document(platform, held)
    content = readings.content(platform, document.original_sha256)
    if not content:
        content = _read(platform, held, document)
        readings.save(platform, document.original_sha256, "text", readings.TEXT_RELEASE, content)
    has_gaps = bool(content.get("failed")) and einvoices.read(platform, document) is None

    def result(session: Session, row: Document) -> None:
        progress(session, row.id, step="route", done=row.page_count or 0, total=row.page_count or 0)
        if has_gaps and row.state == DocumentState.INBOX and not row.is_invoice:
            quarantine(session, row.id, PAGES_FAILED, platform.clock)
        enqueue(session, "arranged", row.id, queue="ocr", now=platform.clock.now())

    _complete(platform, held, result)


def _read(platform: Platform, held: Claim, document: Document) -> dict[str, Any]:
    if document.page_count:
        return _read_pages(platform, held, document)
    if document.media_type in XML_TYPES:
        return {"text": readings.run(platform, "xml_text", document.original_sha256).value}
    task = readings.run(platform, "office_text", document.original_sha256, media_type=document.media_type)
    return dict(task.value)


def _read_pages(platform: Platform, held: Claim, document: Document) -> dict[str, Any]:
    """All pages; one that fails stays empty and is named under ``failed``."""
    count = document.page_count or 0

    def run(task: str, /, **options: str | int | float | bool | None) -> Any:
        try:
            if task != "read_page":
                return readings.run(platform, task, document.original_sha256, **options).value
            number = int(options["page"] or 0)
            page = _recognise(platform, document.original_sha256, number)
        except Rejected as exc:
            raise OcrError(exc.code) from exc
        _report(platform, held, document.id, number, count)
        return page

    read = read_pages(run, count, is_pdf=document.media_type == PDF)
    if read.failed:  # a reading with gaps is kept for good: not when the pages failed because this process is ending
        _report(platform, held, document.id, count, count)
    failed = [[page.number, page.code] for page in read.failed]
    return {"pages": read.pages, "failed": failed, "reader": _reader(platform, read.pages)}


def _reader(platform: Platform, pages: Sequence[PageJson]) -> str | None:
    """Which engines read the scanned pages, with version and parameters."""
    if not any(page["source"] in SCANNED for page in pages):
        return None
    try:
        return engine(platform.settings.recognition).version
    except EngineFailed:
        return None


def _recognise(platform: Platform, sha256: str, number: int) -> dict[str, Any]:
    """One recognised page, from the earlier reading if there is one: a crash never costs a finished page."""
    kind, reader = f"page-{number}", platform.settings.recognition
    known: dict[str, Any] | None = readings.load(platform, sha256, kind, readings.TEXT_RELEASE)
    if known is not None:
        return known
    try:
        page = dict(readings.run(platform, "read_page", sha256, page=number, reader=reader).value)
    except Rejected as exc:
        if exc.code == readings.ENGINE_MISSING:  # not the content's fault: the scan waits until there is an engine
            raise Unavailable("recognition") from exc
        raise
    readings.save(platform, sha256, kind, readings.TEXT_RELEASE, page)
    return page


def _report(platform: Platform, held: Claim, document_id: UUID, done: int, total: int) -> None:
    with platform.db.write(system("worker", job_id=held.job_id)) as session:
        renew(session, held, platform.clock)
        progress(session, document_id, step="text", done=done, total=total)


def einvoice(platform: Platform, held: Claim) -> None:
    """Read and judge the e-invoice inside, if there is one, and lay down what is known: XML values, else those read."""
    document = _document(platform, held)
    invoice = einvoices.read(platform, document)
    content = pages.content(platform, document)
    with platform.db.read(system("worker", job_id=held.job_id)) as session:
        known = knowledge.load(session)
    found = fields.from_einvoice(invoice) if invoice else fields.from_text(content, known)
    hazards = hazards_of_einvoice(invoice) if invoice else set()
    report = einvoices.judged(platform, document, invoice, content) if invoice else None
    if invoice:
        einvoices.take_in_attachments(platform, document, invoice)

    def result(session: Session, row: Document) -> None:
        known = {"hazards": sorted(hazards.union(row.hazards))}
        records.change(session, row, "document.identified", known, platform.clock)
        fields.write(session, row.id, found, platform.clock)
        if report is not None:
            checks.keep(session, row, report, platform.clock)
        progress(session, row.id, step="route", done=row.page_count or 0, total=row.page_count or 0)
        enqueue(session, "route", row.id, queue="interactive", now=platform.clock.now())

    _complete(platform, held, result)


def route(platform: Platform, held: Claim) -> None:
    """Put the document in front of a person: its metadata proposed, in the inbox of its unit, invoices in approval.

    A Klärfall is no invoice yet: the person who solves it says so.
    """
    document = _document(platform, held)
    invoice = einvoices.read(platform, document)
    content = pages.content(platform, document)

    def result(session: Session, row: Document) -> None:
        known = fields.read(session, row.id)
        is_judged = invoice is not None or intake_of(session, row.id).channel == arranging.CHANNEL
        has_gaps = bool(content.get("failed")) and not is_judged
        _to_inbox(session, platform, row, fields.proposal(row, known, content), has_gaps=has_gaps)
        if invoice is None and is_scan(content):
            quality.ask_for(session, row, content, platform.clock)
        file_by_cover(session, row, platform)
        is_invoice = invoice is not None or row.document_kind == "invoice"
        if is_invoice and row.attached_to_id is None and row.state != DocumentState.QUARANTINED:
            entity_id = default_entity(session, row.id)
            payables.open_for_document(session, row, known, invoice, platform.clock, legal_entity_id=entity_id)
        enqueue(session, "index", row.id, queue="index", now=platform.clock.now())
        if invoice is None and is_scan(content):
            enqueue(session, "archive", row.id, queue="ocr", now=platform.clock.now())

    _complete(platform, held, result)


def _to_inbox(session: Session, platform: Platform, row: Document, proposal: dict[str, Any], *, has_gaps: bool) -> None:
    """The inbox, or a Klärfall where pages were not read or the same bytes are one already."""
    if row.attached_to_id is not None:
        records.settle_attachment(session, row, proposal, platform.clock)
        set_outcome(session, row.id, Outcome.INBOX)
        return
    code = PAGES_FAILED if has_gaps else None
    first = session.get(Document, row.duplicate_of_id) if row.duplicate_of_id else None
    if first is not None and first.state == DocumentState.QUARANTINED:
        code = first.reason_code or "content.unknown"
    records.change(session, row, "document.received", {**proposal, "state": DocumentState.INBOX.value}, platform.clock)
    if code is not None:
        quarantine(session, row.id, code, platform.clock)
    else:
        set_outcome(session, row.id, Outcome.INBOX)


def index(platform: Platform, held: Claim) -> None:
    """Bring the search index up to the document's current version."""
    finding.project(platform, held.subject_id)
    with platform.db.write(system("worker", job_id=held.job_id)) as session:
        finish(session, held, platform.clock)


def _document(platform: Platform, held: Claim) -> Document:
    with platform.db.read(system("worker", job_id=held.job_id)) as session:
        return records.document(session, held.subject_id)


def _complete(platform: Platform, held: Claim, result: Callable[[Session, Document], None]) -> None:
    """Write a step's result and its end in one transaction, if the lease is still ours."""
    with platform.db.write(system("worker", job_id=held.job_id)) as session:
        hold(session, held)
        result(session, records.document(session, held.subject_id))
        finish(session, held, platform.clock)


STEPS = {
    "identify": Step("interactive", identify, quarantine),
    "text": Step("ocr", text, quarantine),
    "einvoice": Step("interactive", einvoice, quarantine),
    "route": Step("interactive", route, quarantine),
    "split": Step("ocr", split, quarantine),
    "archive": Step("ocr", archive),
    "arranged": Step("ocr", arranging.follow),
    "reread": Step("ocr", reread),
    "recheck": Step("interactive", einvoices.recheck),
    "index": Step("index", index, max_crashes=MANY_CRASHES),
}
