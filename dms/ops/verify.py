"""`dms verify`: compares the database with the bytes, the audit leaves with their seals, the rows with the index."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
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


def verify(platform: Platform, *, deep: bool = False) -> dict[str, Any]:
    """``{"objects", "events", "faults"}``; `deep` reads every blob, otherwise existence and size are compared.

    Raises `Unavailable` when the store or the index cannot be asked: not checked is never "no fault".
    """
    with platform.db.read(system("cli")) as session:
        blobs = claimed_contents(session)
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        faults = [
            *_blob_faults(platform.store, blobs, _promises(session, platform.clock.now()), deep),
            *_leaf_faults(events),
            *_seal_faults(session, events),
            *_anchor_faults(platform, session, deep),
            *_version_faults(session),
            *payable_faults(session),
            *_index_faults(platform, session),
        ]
    return {"objects": len(blobs), "events": len(events), "faults": faults}


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


def _leaf_faults(events: Sequence[AuditEvent]) -> Iterator[Fault]:
    for event in events:
        if leaf_sha256(event) != event.leaf_sha256:
            yield fault("audit.leaf", event.id, event.action)


def _seal_faults(session: Session, events: Sequence[AuditEvent]) -> Iterator[Fault]:
    """Chain, roots and counts; leaves that are not sealed yet are no fault."""
    leaves = {event.id: event.leaf_sha256 for event in events}
    members: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in session.scalars(select(SealedLeaf)):
        members[row.seal_number].append((row.position, row.event_id))
    previous: Seal | None = None
    for seal in session.scalars(select(Seal).order_by(Seal.number)):
        if seal.number != (previous.number + 1 if previous else 1) or seal.previous_sha256 != (
            previous.seal_sha256 if previous else None
        ):
            yield fault("seal.chain", seal.number)
        if seal_sha256(seal) != seal.seal_sha256:
            yield fault("seal.altered", seal.number)
        sealed = [leaves.get(event_id) for _, event_id in sorted(members[seal.number])]
        if None in sealed or len(sealed) != seal.leaf_count:
            yield fault("audit.removed", seal.number)
        elif merkle_root([leaf for leaf in sealed if leaf]) != seal.root_sha256:
            yield fault("seal.root", seal.number)
        previous = seal
    yield from _unsealed_faults(leaves, {event_id for rows in members.values() for _, event_id in rows})


def _unsealed_faults(leaves: Collection[int], sealed: Collection[int]) -> Iterator[Fault]:
    """Leaves are sealed in the order of their numbers: one before the last sealed one that no seal knows came later."""
    last = max(sealed, default=0)
    for event_id in leaves:
        if event_id < last and event_id not in sealed:
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
    the audit trail knows must be there."""
    originals = {row.id: row for row in session.scalars(select(Document))}
    leaves = session.execute(
        select(AuditEvent.version_id, AuditEvent.content_sha256).where(AuditEvent.version_id.is_not(None))
    )
    proven = dict(leaves.all())
    newest: dict[UUID, Version] = {}
    found: set[UUID] = set()
    for version in session.scalars(select(Version)):
        found.add(version.id)
        document = originals.get(version.document_id)
        if document is None:
            yield fault("version.orphan", version.id)
            continue
        if document.id not in newest or newest[document.id].number < version.number:
            newest[document.id] = version
        made = content_sha256({"original": document.original_sha256, "properties": version.properties})
        if made != version.content_sha256 or (version.id in proven and proven[version.id] != made):
            yield fault("version.altered", version.id, f"document {document.id}")
    for document in originals.values():
        current = newest.get(document.id)
        if current is None or current.number != document.current_version:
            yield fault("version.missing", document.id)
        elif current.properties != properties_of(document):
            changed = [name for name, value in properties_of(document).items() if current.properties.get(name) != value]
            yield fault("document.altered", document.id, ", ".join(changed))
    for version_id, subject in _lost_versions(session, found):
        yield fault("version.removed", version_id, subject)


def _lost_versions(session: Session, found: Collection[UUID]) -> Iterator[tuple[UUID, str]]:
    """Versions of documents that an event speaks of and that are not there."""
    events = select(AuditEvent.version_id, AuditEvent.subject).where(
        AuditEvent.version_id.is_not(None), AuditEvent.subject.startswith("document:")
    )
    for version_id, subject in session.execute(events):
        if version_id is not None and version_id not in found:
            yield version_id, subject


def _index_faults(platform: Platform, session: Session) -> Iterator[Fault]:
    try:
        indexed = platform.index.versions()
    except IndexUnavailable as exc:
        raise Unavailable("search") from exc
    rows = session.scalars(select(Document)).all()
    expected = {str(row.id): row.current_version for row in rows if row.state not in HIDDEN}
    for document_id in sorted(set(indexed) - set(expected)):
        yield fault("index.surplus", document_id)
    for document_id, version in expected.items():
        if document_id not in indexed:
            yield fault("index.missing", document_id)
        elif indexed[document_id] != version:
            yield fault("index.stale", document_id, f"{indexed[document_id]} instead of {version}")
