"""Mails to the senders of invoices: written with the act that they tell of, sent by a job, their fate kept."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.audit import service as audit
from dms.clock import Clock
from dms.db import actor_of
from dms.errors import NotFound, Unavailable
from dms.ids import uuid7
from dms.jobs.service import Claim, enqueue, finish, hold
from dms.jobs.steps import Step
from dms.mailing import Attachment, Mail, MailRefused, MailUnavailable, checked_address
from dms.payables.models import Notice, PayableInvoice
from dms.platform import Platform
from invoicing.letter import Letter

MAX_AUTOMATIC_A_DAY = 20
"""To one address, which the sender of an invoice chooses: the machine is nobody's loudspeaker."""


def usable_address(text: str | None) -> str | None:
    """The address if a mail can go there."""
    try:
        return str(checked_address(text or ""))
    except MailRefused:
        return None


def write(
    session: Session, row: PayableInvoice, recipient: str, letter: Letter, clock: Clock, *, automatic: bool
) -> Notice:
    """Put a mail into the outbox, in the transaction of the act."""
    notice = Notice(
        id=uuid7(),
        payable_id=row.id,
        recipient=recipient,
        subject=letter.subject,
        text=letter.text,
        report=letter.report or None,
        is_automatic=automatic,
        created_at=clock.now(),
        actor_name=actor_of(session).name,
    )
    audit.record(session, "notice.written", notice, payable=str(row.id))
    session.add(notice)
    session.flush()
    enqueue(session, "notice", notice.id, queue="mail", now=clock.now())
    return notice


def of_payable(session: Session, payable_id: UUID) -> Sequence[Notice]:
    """Newest first."""
    query = select(Notice).where(Notice.payable_id == payable_id).order_by(Notice.created_at.desc())
    return session.scalars(query).all()


def undelivered(session: Session) -> Sequence[Notice]:
    """Mails that were refused for good: somebody has to write a letter. Newest first."""
    query = select(Notice).where(Notice.failed_code.is_not(None)).order_by(Notice.created_at.desc())
    return session.scalars(query.limit(100)).all()


def may_write_automatically(session: Session, recipient: str, clock: Clock) -> bool:
    """Whether the machine has not written to this address, in capitals or not, too often within a day."""
    since = clock.now() - timedelta(days=1)
    same = func.lower(Notice.recipient) == recipient.lower()
    query = select(func.count()).where(same, Notice.is_automatic.is_(True), Notice.created_at > since)
    return (session.scalar(query) or 0) < MAX_AUTOMATIC_A_DAY


def send(platform: Platform, held: Claim) -> None:
    """Hand the mail `held.subject_id` over; sent again after a crash it carries the same Message-ID."""
    with platform.db.read(system("worker", job_id=held.job_id)) as session:
        notice = session.get(Notice, held.subject_id)
        if notice is None:
            raise NotFound("notice.unknown")
        mail = _mail(notice)
    code = None
    try:
        platform.mailer.send(mail)
    except MailUnavailable as exc:
        raise Unavailable("mail") from exc
    except MailRefused as exc:
        code = str(exc)[:80]
    with platform.db.write(system("worker", job_id=held.job_id)) as session:
        hold(session, held)
        _note(session, held.subject_id, code, platform.clock)
        finish(session, held, platform.clock)


def _mail(notice: Notice) -> Mail:
    attachments = (Attachment("Pruefbericht.txt", "text/plain", notice.report.encode()),) if notice.report else ()
    return Mail(
        key=f"notice-{notice.id}",
        to=notice.recipient,
        subject=notice.subject,
        text=notice.text,
        attachments=attachments,
    )


def _note(session: Session, notice_id: UUID, code: str | None, clock: Clock) -> None:
    notice = session.get_one(Notice, notice_id)
    if notice.sent_at is not None:
        return
    audit.record(session, "notice.refused" if code else "notice.sent", notice, payable=str(notice.payable_id))
    notice.failed_code = code
    notice.sent_at = None if code else clock.now()


STEPS = {"notice": Step("mail", send)}
