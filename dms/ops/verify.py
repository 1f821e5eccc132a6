"""`dms verify`: compares the database with the bytes, the audit leaves with their seals, the rows with the index."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.audit.models import AuditEvent, Seal, SealedLeaf
from dms.audit.seal import SEAL_EVERY, merkle_root, seal_line, seal_sha256
from dms.audit.seal_file import SealFile
from dms.audit.service import content_sha256, leaf_sha256
from dms.errors import Unavailable
from dms.finding.projection import HIDDEN
from dms.ops.faults import Fault, fault
from dms.ops.verify_payables import payable_faults
from dms.platform import Platform
from dms.records.models import Document, Rendition, RetentionLock, Version
from dms.records.service import properties_of
from search import IndexUnavailable
from storage import BlobCorrupt, BlobMissing, BlobStore, StoreUnavailable

ON_ITS_WAY = 2 * SEAL_EVERY
AT_ONCE = 500
"""So many rows are read at a time of what grows with the years."""


def verify(platform: Platform, *, deep: bool = False) -> dict[str, Any]:
    """``{"objects", "events", "faults"}``; `deep` reads every blob, otherwise existence and size are compared.

    Raises `Unavailable` when the store or the index cannot be asked: not checked is never "no fault".
    """
    with platform.db.read(system("cli")) as session:
        blobs = claimed_contents(session)
        events = session.scalar(select(func.count()).select_from(AuditEvent)) or 0
        faults = [
            *_blob_faults(platform.store, blobs, _promises(session, platform.clock.now()), deep),
            *leaf_faults(session),
            *seal_faults(session),
            *_anchor_faults(platform, session, deep),
            *_version_faults(session),
            *payable_faults(session),
            *_index_faults(platform, session),
        ]
    return {"objects": len(blobs), "events": events, "faults": faults}


def claimed_contents(session: Session) -> dict[str, int]:
    """Hash and bytes of every content that a row speaks of."""
    originals = session.execute(select(Document.original_sha256, Document.original_bytes))
    renditions = session.execute(select(Rendition.blob_sha256, Rendition.blob_bytes))
    return {**dict(renditions.all()), **dict(originals.all())}


def _promises(session: Session, now: datetime) -> dict[str, datetime]:
    """Until when the store has said that it keeps an original, where that is still to come."""
    rows = session.execute(select(RetentionLock.sha256, RetentionLock.until).where(RetentionLock.until > now))
    return dict(rows.all())


def _blob_faults(store: BlobStore, blobs: dict[str, int], promises: dict[str, datetime], deep: bool) -> Iterator[Fault]:
    for sha256, size in blobs.items():
        try:
            held = store.stat(sha256)
            if sha256 in promises and (held.retained_until is None or held.retained_until < promises[sha256]):
                yield fault("retention.short", sha256, f"{held.retained_until} instead of {promises[sha256]}")
            if held.size != size:
                yield fault("blob.size", sha256)
            elif deep:
                store.open(sha256, verify=True).close()
        except BlobMissing:
            yield fault("blob.missing", sha256)
        except BlobCorrupt:
            yield fault("blob.corrupt", sha256)
        except StoreUnavailable as exc:
            raise Unavailable("storage") from exc


def leaf_faults(session: Session) -> Iterator[Fault]:
    """Leaves that do not hash to what they say; a few of them are in memory at a time."""
    for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=AT_ONCE)):
        if leaf_sha256(event) != event.leaf_sha256:
            yield fault("audit.leaf", event.id, event.action)


def seal_faults(session: Session) -> Iterator[Fault]:
    """Chain, roots and counts; leaves not sealed yet are no fault. The leaves of one seal are in memory at a time."""
    previous: Seal | None = None
    for seal in session.scalars(select(Seal).order_by(Seal.number).execution_options(yield_per=AT_ONCE)):
        if seal.number != (previous.number + 1 if previous else 1) or seal.previous_sha256 != (
            previous.seal_sha256 if previous else None
        ):
            yield fault("seal.chain", seal.number)
        if seal_sha256(seal) != seal.seal_sha256:
            yield fault("seal.altered", seal.number)
        sealed = _leaves_of(session, seal)
        if None in sealed or len(sealed) != seal.leaf_count:
            yield fault("audit.removed", seal.number)
        elif merkle_root([leaf for leaf in sealed if leaf]) != seal.root_sha256:
            yield fault("seal.root", seal.number)
        previous = seal
    yield from _unsealed_faults(session)


def _leaves_of(session: Session, seal: Seal) -> Sequence[str | None]:
    """The leaves under a seal in their order; None where one is gone."""
    query = (
        select(AuditEvent.leaf_sha256)
        .select_from(SealedLeaf)
        .outerjoin(AuditEvent, AuditEvent.id == SealedLeaf.event_id)
        .where(SealedLeaf.seal_number == seal.number)
    )
    return session.scalars(query.order_by(SealedLeaf.position, SealedLeaf.event_id)).all()


def _unsealed_faults(session: Session) -> Iterator[Fault]:
    """Leaves are sealed in the order of their numbers: one before the last sealed one that no seal knows came later."""
    last = select(func.max(SealedLeaf.event_id)).scalar_subquery()
    sealed = exists().where(SealedLeaf.event_id == AuditEvent.id)
    for event_id in session.scalars(select(AuditEvent.id).where(AuditEvent.id < last, ~sealed)):
        yield fault("audit.inserted", event_id)


def _anchor_faults(platform: Platform, session: Session, deep: bool) -> Iterator[Fault]:
    """File and store must have every seal of the database unchanged, and no other: a removed tail shows here.

    A seal reaches them after the database; one that is younger than the sealer's next pass may still be on its way.
    """
    seals = {seal.number: seal for seal in session.scalars(select(Seal))}
    filed = SealFile(platform.settings.seal_file).read()
    for number in sorted(filed.keys() | seals.keys()):
        seal = seals.get(number)
        if seal is None:
            yield fault("seal.removed", number)
        elif number in filed and filed[number] != seal.seal_sha256:
            yield fault("seal.differs", number)
        elif platform.clock.now() - seal.sealed_at > ON_ITS_WAY:
            if number not in filed:
                yield fault("seal.not_in_file", number)
            if not _has(platform.store, seal_line(seal), deep):
                yield fault("seal.not_in_store", number)


def _has(store: BlobStore, content: bytes, deep: bool) -> bool:
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        if deep:
            store.open(sha256, verify=True).close()
        return store.stat(sha256).size == len(content)
    except (BlobMissing, BlobCorrupt):
        return False
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc


def _version_faults(session: Session) -> Iterator[Fault]:
    """The newest version must say what the document row says, and each must hash to what the audit trail proved; what
    the audit trail knows must be there. The versions of a few documents are in memory at a time."""
    query = (
        select(Version, Document, AuditEvent.content_sha256)
        .outerjoin(Document, Document.id == Version.document_id)
        .outerjoin(AuditEvent, AuditEvent.version_id == Version.id)
        .order_by(Version.document_id, Version.number, AuditEvent.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for _, rows in groupby(session.execute(query), key=lambda row: row[0].document_id):
        proven = {version.id: (version, document, proof) for version, document, proof in rows}
        yield from _faults_of_document(list(proven.values()))
    for document_id in session.scalars(select(Document.id).where(~exists().where(Version.document_id == Document.id))):
        yield fault("version.missing", document_id)
    yield from _lost_versions(session)


def _faults_of_document(versions: Sequence[tuple[Version, Document | None, str | None]]) -> Iterator[Fault]:
    """All versions of one document in their order, each with what the audit trail proved of it, if anything."""
    for version, document, proof in versions:
        if document is None:
            yield fault("version.orphan", version.id)
            continue
        made = content_sha256({"original": document.original_sha256, "properties": version.properties})
        if made != version.content_sha256 or proof not in (None, made):
            yield fault("version.altered", version.id, f"document {document.id}")
    newest, document, _ = versions[-1]
    if document is None:
        return
    if newest.number != document.current_version:
        yield fault("version.missing", document.id)
    elif newest.properties != (wanted := properties_of(document)):
        changed = [name for name, value in wanted.items() if newest.properties.get(name) != value]
        yield fault("document.altered", document.id, ", ".join(changed))


def _lost_versions(session: Session) -> Iterator[Fault]:
    """Versions of documents that an event speaks of and that are not there."""
    events = select(AuditEvent.version_id, AuditEvent.subject).where(
        AuditEvent.version_id.is_not(None), AuditEvent.subject.startswith("document:"),
        ~exists().where(Version.id == AuditEvent.version_id),
    )  # fmt: skip
    for version_id, subject in session.execute(events):
        yield fault("version.removed", version_id, subject)


def _index_faults(platform: Platform, session: Session) -> Iterator[Fault]:
    try:
        indexed = platform.index.versions()
    except IndexUnavailable as exc:
        raise Unavailable("search") from exc
    rows = select(Document.id, Document.current_version).where(Document.state.not_in(HIDDEN))
    for document_id, version in session.execute(rows.execution_options(yield_per=AT_ONCE)):
        found = indexed.pop(str(document_id), None)
        if found is None:
            yield fault("index.missing", document_id)
        elif found != version:
            yield fault("index.stale", document_id, f"{found} instead of {version}")
    for surplus in sorted(indexed):
        yield fault("index.surplus", surplus)
