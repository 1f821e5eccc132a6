"""E-invoices on their way in: read in the jail, judged by the official rules outside of it, their attachments taken in.

What the jail read is kept by original; a verdict is kept by document (`dms.payables.checks`), and asked again when the
rules change or somebody wants it.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.clock import local_date
from dms.errors import Rejected
from dms.intake import readings
from dms.intake.models import Intake
from dms.intake.receive import Arrival, receive
from dms.jobs.service import Claim, enqueue, finish, hold
from dms.payables import checks
from dms.payables.approval import OPEN
from dms.payables.models import PayableInvoice
from dms.platform import Platform
from dms.records import service as records
from dms.records.models import Document
from invoicing import Report, Verdict, judge
from invoicing.comparison import report_differences
from invoicing.rulesets import installed
from invoicing.tasks import INVOICE_FILE

log = logging.getLogger("dms.intake.einvoices")

RECHECK_EVERY = timedelta(hours=1)

RELEASE = "einvoice-3"
XML_TYPES = ("application/xml", "text/xml")
INVOICE, ATTACHMENT = "invoice", "attachment"
"""Kinds of rendition: the invoice as XML, and what lies beside it (with its number)."""


def read(platform: Platform, document: Document) -> dict[str, Any] | None:
    """What the document says as an e-invoice (`invoicing.tasks.read_einvoice`); None where it is none."""
    if document.media_type not in ("application/pdf", *XML_TYPES):
        return None
    known: dict[str, Any] | None = readings.load(platform, document.original_sha256, "einvoice", RELEASE)
    if known is None:
        known = _read(platform, document.original_sha256)
    return known if known["syntax"] else None


def _read(platform: Platform, sha256: str) -> dict[str, Any]:
    """The files first, the reading last: whoever finds the reading finds its files."""
    result = readings.run(platform, "read_einvoice", sha256)
    for name, data in result.files.items():
        is_invoice = name == INVOICE_FILE
        media_type = "application/xml" if is_invoice else "application/octet-stream"
        readings.save_bytes(platform, sha256, INVOICE if is_invoice else name, RELEASE, data, media_type)
    readings.save(platform, sha256, "einvoice", RELEASE, result.value)
    return dict(result.value)


def judged(platform: Platform, document: Document, invoice: dict[str, Any], content: dict[str, Any]) -> Report:
    """The verdict of the rules that were in force when the document came in; open where they cannot be asked.

    With what the pages of a hybrid PDF show differently; `content` as the text step kept it.
    """
    with readings.open_kept(platform, document.original_sha256, INVOICE, RELEASE) as kept:
        text = kept.read().decode()
    checker = platform.rules.checker(local_date(document.received_at))
    report = judge(Report.load(invoice["report"]), text, checker)
    if document.media_type in XML_TYPES:
        return report
    return report_differences(report, content.get("pages") or (), is_complete=not content.get("failed"))


def take_in_attachments(platform: Platform, document: Document, invoice: dict[str, Any]) -> None:
    """Every file that the invoice carries becomes a document of its own beside it; the same again changes nothing."""
    if document.attached_to_id is not None:
        return  # an attachment of an attachment stays where it is
    for number, entry in enumerate(invoice["attachments"]):
        if entry["file"] is None:
            continue
        data = readings.open_kept(platform, document.original_sha256, entry["file"], RELEASE)
        arrival = Arrival(
            channel=ATTACHMENT,
            file_name=entry["file_name"] or entry["reference"] or f"Anlage {number + 1}",
            claim_id=f"{ATTACHMENT}:{document.id}:{number}",
            attached_to_id=document.id,
            document_kind="letter",
        )
        try:
            with data:
                receive(platform, data, arrival, system("worker"))
        except Rejected as exc:
            log.info("attachment not taken in", extra={"document": str(document.id), "code": exc.code})


def attached(session: Session, document_id: UUID) -> dict[int, Document]:
    """Number of the entry among the attachments → the document that was made of it, where the actor may see it."""
    query = select(Intake.claim_id, Document).join(Document, Document.id == Intake.document_id)
    rows = session.execute(query.where(Document.attached_to_id == document_id))
    return {int(claim_id.rpartition(":")[2]): document for claim_id, document in rows}


def recheck(platform: Platform, held: Claim) -> None:
    """Ask the rules again about the document `held.subject_id`; the new report stands beside the old ones."""
    with platform.db.read(system("worker", job_id=held.job_id)) as session:
        document = records.document(session, held.subject_id)
    invoice = read(platform, document)
    content = readings.content(platform, document.original_sha256)
    report = judged(platform, document, invoice, content) if invoice else None
    with platform.db.write(system("worker", job_id=held.job_id)) as session:
        hold(session, held)
        if report is not None:
            checks.keep(session, records.document(session, document.id), report, platform.clock)
        finish(session, held, platform.clock)


class RuleWatch:
    """Has open invoices checked again when other rules are installed, and every hour those that stayed unchecked."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._seen: list[dict[str, str]] | None = None
        self._looked_at: datetime | None = None

    def look(self) -> int:
        """How many invoices are checked again."""
        labels, now = [one.label for one in installed(self._platform.settings.rules_path)], self._platform.clock.now()
        is_late = self._looked_at is None or now - self._looked_at > RECHECK_EVERY
        if labels == self._seen and not is_late:
            return 0
        self._seen, self._looked_at = labels, now
        return recheck_outdated(self._platform)


def recheck_outdated(platform: Platform) -> int:
    """Enqueue every open invoice whose verdict is open or comes from other rules than those that apply; how many."""
    with platform.db.write(system("watch")) as session:
        outdated = [document for document in _open_invoices(session) if _is_outdated(platform, session, document)]
        for document in outdated:
            enqueue(session, "recheck", document.id, queue="interactive", now=platform.clock.now())
    return len(outdated)


def _open_invoices(session: Session) -> list[Document]:
    query = (
        select(Document)
        .join(PayableInvoice, PayableInvoice.document_id == Document.id)
        .where(PayableInvoice.verdict.is_not(None), PayableInvoice.state.in_([state.value for state in OPEN]))
    )
    return list(session.scalars(query))


def _is_outdated(platform: Platform, session: Session, document: Document) -> bool:
    check, checker = checks.newest(session, document.id), platform.rules.checker(local_date(document.received_at))
    if check is None or checker is None:
        return False
    return check.verdict == Verdict.UNCHECKED or check.rule_set != " ".join(checker.rule_set.label.values())
