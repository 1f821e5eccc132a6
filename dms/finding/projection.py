"""What the index holds of a document, one at a time or all anew; every number of documents costs few statements."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.clock import local_date
from dms.errors import Unavailable
from dms.identity.models import OrgUnit
from dms.jobs.service import enqueue
from dms.platform import Platform
from dms.records import arrangement, queries
from dms.records.arrangement import leaves_of
from dms.records.models import Case, Document, DocumentState, File, Version
from search import IndexUnavailable, SearchDocument
from storage import BlobMissing, StorageError

log = logging.getLogger("dms.finding")

TEXT_KIND = "text"
HIDDEN = (DocumentState.PROCESSING, DocumentState.DISCARDED)
SYSTEM = system("worker")
PAGE_SIZE = 500
READERS = 8
"""So many texts are fetched from the store at once: from one across a network each takes milliseconds."""


def project(platform: Platform, document_id: UUID) -> None:
    """Bring the index entry of one document up to date; hidden documents vanish from the index."""
    with platform.db.read(SYSTEM) as session:
        document = session.get(Document, document_id)
        if document is None:
            return
        entries = [] if document.state in HIDDEN else _entries(platform, session, [document])
    try:
        if entries:
            platform.index.upsert(entries)
        else:
            platform.index.delete([str(document_id)])
    except IndexUnavailable as exc:
        raise Unavailable("search") from exc


def reindex(platform: Platform) -> int:
    """Fill a fresh index beside the live one and switch over; how many documents went into it.

    What changed meanwhile is projected once more: the embedded index does not see what another process writes.
    """
    started, counted = platform.clock.now(), _Counted()
    try:
        platform.index.rebuild(counted.through(_all_entries(platform)))
    except IndexUnavailable as exc:
        raise Unavailable("search") from exc
    _project_again(platform, since=started)
    return counted.number


def refill(platform: Platform) -> int:
    """Fill an index that is empty though there are documents: new after an upgrade, or lost; how many went into it."""
    with platform.db.read(SYSTEM) as session:
        has_documents = session.scalars(select(Document.id).where(Document.state.not_in(HIDDEN)).limit(1)).first()
    try:
        return reindex(platform) if has_documents and not platform.index.versions() else 0
    except IndexUnavailable as exc:
        raise Unavailable("search") from exc


@dataclass
class _Counted:
    number: int = 0

    def through(self, entries: Iterator[SearchDocument]) -> Iterator[SearchDocument]:
        for entry in entries:
            self.number += 1
            yield entry


def _all_entries(platform: Platform) -> Iterator[SearchDocument]:
    """Page by page, each read in a state of its own, so that no transaction lasts as long as the whole."""
    last: UUID | None = None
    while True:
        with platform.db.read(SYSTEM) as session:
            query = select(Document).where(Document.state.not_in(HIDDEN)).order_by(Document.id).limit(PAGE_SIZE)
            rows = session.scalars(query.where(Document.id > last) if last else query).all()
            entries = _entries(platform, session, rows)
        yield from entries
        if len(rows) < PAGE_SIZE:
            return
        last = rows[-1].id


def _project_again(platform: Platform, *, since: datetime) -> None:
    with platform.db.write(SYSTEM) as session:
        for document_id in session.scalars(select(Version.document_id).where(Version.at >= since).distinct()).all():
            enqueue(session, "index", document_id, queue="index", now=platform.clock.now())


def _entries(platform: Platform, session: Session, rows: Sequence[Document]) -> list[SearchDocument]:
    units = dict(session.execute(select(OrgUnit.id, OrgUnit.name)).all())
    references = _references(session, rows)
    texts = texts_of(platform, session, rows)
    return [
        SearchDocument(
            document_id=str(row.id),
            version=row.current_version,
            acl_node=str(row.acl_node_id),
            title=row.title,
            body=texts[row.id],
            sender=row.sender or "",
            recipient=row.recipient or "",
            references=references[row.id],
            kind="invoice" if row.is_invoice else row.document_kind,
            unit=units.get(row.unit_id, ""),
            received_on=local_date(row.received_at),
        )
        for row in rows
    ]


def _references(session: Session, rows: Sequence[Document]) -> dict[UUID, tuple[str, ...]]:
    """The foreign reference, and those of the case and its file."""
    wanted = {row.case_id for row in rows if row.case_id}
    query = select(Case.id, Case.case_reference, File.file_reference).join(File, File.id == Case.file_id)
    own: dict[UUID | None, tuple[str, ...]] = {}
    for case_id, *both in session.execute(query.where(Case.id.in_(wanted))) if wanted else ():
        own[case_id] = tuple(both)
    foreign = {row.id: (row.foreign_reference,) if row.foreign_reference else () for row in rows}
    return {row.id: (*foreign[row.id], *own.get(row.case_id, ())) for row in rows}


def texts_of(platform: Platform, session: Session, rows: Sequence[Document]) -> Mapping[UUID, str]:
    """The words of each document as plain text, in the order of its pages; empty where none were read."""
    leaves = {row.id: leaves_of(row) for row in rows if row.arrangement is not None}
    originals = {row.id: arrangement.originals(leaves[row.id]) for row in rows if row.id in leaves}
    wanted = {row.original_sha256 for row in rows}.union(*originals.values())
    blobs = queries.rendition_blobs(session, wanted, TEXT_KIND)
    plain = {
        row.id: blobs[row.original_sha256] for row in rows if row.id not in leaves and row.original_sha256 in blobs
    }
    several = sorted(set(plain.values()))
    with ThreadPoolExecutor(READERS) as readers:
        texts = dict(zip(several, map(_text_of, readers.map(partial(_content_in, platform), several)), strict=True))
    found = {row.id: texts[plain[row.id]] if row.id in plain else "" for row in rows}
    for document_id, each in originals.items():
        contents = {sha256: _content_in(platform, blobs[sha256]) for sha256 in each if sha256 in blobs}
        found[document_id] = _text_of(arrangement.arranged(leaves[document_id], contents))
    return found


def _content_in(platform: Platform, blob_sha256: str) -> dict[str, Any]:
    """Empty too when what was read is lost or damaged: that must not keep the others from being found, and `dms verify`
    names it."""
    try:
        with platform.store.open(blob_sha256) as stream:
            content: dict[str, Any] = json.load(stream)
    except (BlobMissing, ValueError):
        log.warning("text lost", extra={"blob": blob_sha256})
        return {}
    except StorageError as exc:
        raise Unavailable("storage") from exc
    return content


def _text_of(content: Mapping[str, Any]) -> str:
    pages = content.get("pages")
    if pages is None:
        return str(content.get("text") or "")
    return "\n".join(" ".join(str(word[0]) for word in page["words"] or []) for page in pages)
