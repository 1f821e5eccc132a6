"""`dms verify`: compares the database with the bytes, the audit leaves with their seals, the rows with the index."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.audit.models import AuditEvent, Seal, SealedLeaf
from dms.audit.seal import SEAL_EVERY, merkle_root, seal_line, seal_sha256
from dms.audit.seal_file import SealFile
from dms.audit.service import content_sha256, leaf_sha256
from dms.errors import Unavailable
from dms.finding.service import HIDDEN
from dms.ops.faults import Fault, fault
from dms.ops.verify_payables import payable_faults
from dms.platform import Platform
from dms.records.models import Document, Rendition, Version
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
            *_blob_faults(platform.store, blobs, deep),
            *_leaf_faults(events),
            *_seal_faults(session, events),
            *_anchor_faults(platform, session),
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


def _blob_faults(store: BlobStore, blobs: dict[str, int], deep: bool) -> Iterator[Fault]:
    for sha256, size in blobs.items():
        try:
            if store.stat(sha256).size != size:
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


def _anchor_faults(platform: Platform, session: Session) -> Iterator[Fault]:
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
            if not _has(platform.store, seal_line(seal)):
                yield fault("seal.not_in_store", number)


def _has(store: BlobStore, content: bytes) -> bool:
    try:
        return store.stat(hashlib.sha256(content).hexdigest()).size == len(content)
    except BlobMissing:
        return False
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc


def _version_faults(session: Session) -> Iterator[Fault]:
    """The newest version must say what the document row says, and hash to what the audit trail proved."""
    originals = {row.id: row for row in session.scalars(select(Document))}
    leaves = session.execute(
        select(AuditEvent.version_id, AuditEvent.content_sha256).where(AuditEvent.version_id.is_not(None))
    )
    proven = dict(leaves.all())
    numbers: dict[Any, int] = defaultdict(int)
    for version in session.scalars(select(Version)):
        document = originals.get(version.document_id)
        if document is None:
            yield fault("version.orphan", version.id)
            continue
        numbers[document.id] = max(numbers[document.id], version.number)
        made = content_sha256({"original": document.original_sha256, "properties": version.properties})
        if made != version.content_sha256 or (version.id in proven and proven[version.id] != made):
            yield fault("version.altered", version.id, f"document {document.id}")
    for document in originals.values():
        if numbers[document.id] != document.current_version:
            yield fault("version.missing", document.id)


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
