"""Scans that an earlier release kept as unreadable because no engine was there: read once there is one."""

import logging
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.errors import Rejected
from dms.intake import readings
from dms.jobs.models import Job
from dms.jobs.service import enqueue
from dms.platform import Platform
from dms.records.models import Document, DocumentState, Rendition
from ocr import EngineFailed, engine

log = logging.getLogger("dms.intake")

_A_LOOK = 100
"""Kept readings that one look opens, so that a chore of every minute stays short."""
_STANDS = (DocumentState.INBOX, DocumentState.QUARANTINED, DocumentState.FILED)


class LateReadings:
    """Goes once through what an earlier release has read, as soon as there is an engine; a process begins anew."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._after: UUID | None = None
        self._is_through = False

    def look(self) -> int:
        """How many documents are read now. Raises `Unavailable`; the next look goes on where this one was."""
        if self._is_through or not _is_there(self._platform):
            return 0
        found = 0
        for row in (rows := self._next_ones()):
            try:
                found += _read_now(self._platform, row.input_sha256)
            except Rejected as exc:
                log.warning("left unread", extra={"code": exc.code, "sha256": row.input_sha256})
            self._after = row.id
        self._is_through = not rows
        return found

    def _next_ones(self) -> Sequence[Rendition]:
        query = select(Rendition).where(
            Rendition.kind == "text", Rendition.step_release == readings.EARLIER_TEXT_RELEASE
        )
        if self._after is not None:
            query = query.where(Rendition.id > self._after)
        with self._platform.db.read(system("watch")) as session:
            return session.scalars(query.order_by(Rendition.id).limit(_A_LOOK)).all()


def _is_there(platform: Platform) -> bool:
    try:
        return bool(engine(platform.settings.recognition).version)
    except EngineFailed:
        return False


def _read_now(platform: Platform, sha256: str) -> int:
    """Enqueue the documents of an original whose newest reading has pages that no engine was there for."""
    if readings.content(platform, sha256):
        return 0
    with platform.db.write(system("watch")) as session:
        documents = _documents(session, sha256)
        for document in documents:
            enqueue(session, "reread", document.id, queue="ocr", now=platform.clock.now())
    return len(documents)


def _documents(session: Session, sha256: str) -> Sequence[Document]:
    """Those that a person has before them; what is still on its way is read there, what waits as a Klärfall waits."""
    states = [state.value for state in _STANDS]
    parked = exists().where(Job.subject_id == Document.id, Job.kind == "reread", Job.state == "parked")
    query = select(Document).where(Document.original_sha256 == sha256, Document.state.in_(states), ~parked)
    return session.scalars(query).all()
