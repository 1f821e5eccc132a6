"""Scans that an earlier release kept as unreadable because no engine was there: read once there is one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.intake import readings
from dms.jobs.service import enqueue
from dms.platform import Platform
from dms.records.models import Document, DocumentState, Rendition
from ocr import EngineFailed, engine

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
        """How many documents are read now."""
        if self._is_through or not _is_there(self._platform):
            return 0
        rows = self._next_ones()
        self._is_through = not rows
        return sum(_read_now(self._platform, row.input_sha256) for row in rows)

    def _next_ones(self) -> Sequence[Rendition]:
        query = select(Rendition).where(
            Rendition.kind == "text", Rendition.step_release == readings.EARLIER_TEXT_RELEASE
        )
        if self._after is not None:
            query = query.where(Rendition.id > self._after)
        with self._platform.db.read(system("watch")) as session:
            rows = session.scalars(query.order_by(Rendition.id).limit(_A_LOOK)).all()
        if rows:
            self._after = rows[-1].id
        return rows


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
    """Those that a person has before them; what is still on its way is read there."""
    states = [state.value for state in _STANDS]
    query = select(Document).where(Document.original_sha256 == sha256, Document.state.in_(states))
    return session.scalars(query).all()
