"""An installation with many documents, made in seconds: real rows, contents, seals, index entries; nothing parsed."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from uuid import UUID

from dms.audit.seal import seal_new_leaves
from dms.audit.seal_file import SealFile
from dms.finding.projection import TEXT_KIND
from dms.finding.service import reindex
from dms.identity import service as identity
from dms.ids import uuid7
from dms.platform import Platform
from dms.records import service as records
from dms.records.models import Document, DocumentState, Rendition
from storage import BlobRef
from tests.factories import TEST

SUBJECTS = ("Hundesteuer", "Straßenreinigung", "Kindergarten", "Bauantrag", "Friedhof", "Wahlhelfer", "Sperrmüll")


def grow(platform: Platform, documents: int, *, seed: int = 1, size: int = 400) -> list[UUID]:
    """Add documents with their text, sealed and indexed; the same seed, the same contents of about `size` bytes."""
    rng = random.Random(seed)
    contents = list(_stored(platform, rng, documents, size))
    with platform.db.write(TEST) as session:
        unit_id = identity.central_unit(session).id
        ids = []
        for original, text in contents:
            row = _document(platform, unit_id, original)
            records.register(session, row, platform.clock)
            session.add(_rendition(platform, original, text))
            ids.append(row.id)
    seal(platform)
    reindex(platform)
    return ids


def seal(platform: Platform) -> None:
    """Seal and anchor what is new."""
    seal_new_leaves(platform.db, platform.store, platform.clock, SealFile(platform.settings.seal_file))


def _stored(platform: Platform, rng: random.Random, documents: int, size: int) -> Iterator[tuple[BlobRef, BlobRef]]:
    def put(words: str, rest: bytes) -> tuple[BlobRef, BlobRef]:
        original = platform.store.put(BytesIO(words.encode() + rest))
        text = json.dumps({"text": words, "of": original.sha256}, ensure_ascii=False)
        return original, platform.store.put(BytesIO(text.encode()))

    words = (f"Schreiben {rng.randrange(10**9)} zum Thema {rng.choice(SUBJECTS)}, Nummer {n}" for n in range(documents))
    with ThreadPoolExecutor(8) as pool:
        yield from pool.map(put, words, (rng.randbytes(size) for _ in range(documents)))


def _document(platform: Platform, unit_id: UUID, original: BlobRef) -> Document:
    return Document(
        id=uuid7(), state=DocumentState.INBOX.value, unit_id=unit_id, acl_node_id=unit_id, is_invoice=False,
        title=f"Brief {original.sha256[:8]}", document_kind="letter", received_at=platform.clock.now(),
        original_name="brief.txt", original_sha256=original.sha256, original_bytes=original.size,
        media_type="text/plain", hazards=[],
    )  # fmt: skip


def _rendition(platform: Platform, original: BlobRef, text: BlobRef) -> Rendition:
    return Rendition(
        id=uuid7(), input_sha256=original.sha256, kind=TEXT_KIND, step_release="test", blob_sha256=text.sha256,
        blob_bytes=text.size, media_type="application/json", parameters={}, created_at=platform.clock.now(),
    )  # fmt: skip
