"""What the jail read from an original, kept as renditions: one per (original, kind, release), so re-runs are free."""

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from dms.actor import system
from dms.errors import Conflict, Rejected, Unavailable
from dms.ids import uuid7
from dms.jail import JailCrashed, JailRefused, JailResult, JailTimeout, JailUnavailable
from dms.platform import Platform
from dms.records import queries
from dms.records.models import Rendition
from storage import BlobCorrupt, BlobMissing, StoreUnavailable

TEXT_RELEASE = "text-2"
EARLIER_TEXT_RELEASE = "text-1"
"""Without codes, quality and reader; it kept scans without an engine as finished, with their pages under ``failed``."""
AGAIN = "+"
"""Stands in the release of a reading between that of the whole and the page that was read once more, another way up."""
ENGINE_MISSING = "engine.missing"
CHUNK_BYTES = 1024 * 1024
MAX_RENDITION_BYTES = 256 * 1024 * 1024
SYSTEM = system("worker")


def original(platform: Platform, sha256: str) -> BinaryIO:
    """The original bytes; raises `Unavailable` while the store is down, `Rejected` when they are damaged."""
    try:
        return platform.store.open(sha256)
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc
    except (BlobMissing, BlobCorrupt) as exc:
        raise Rejected("storage.damaged") from exc


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of an open blob piece by piece, for whoever sends them on; closed at the end."""
    with stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def run(platform: Platform, task: str, sha256: str, **options: str | int | float | bool | None) -> JailResult:
    """Run a jail task on an original; a refusal, crash or time-out becomes `Rejected` with the reason code."""
    with original(platform, sha256) as source:
        return run_on(platform, task, source, **options)


def run_on(
    platform: Platform, task: str, source: BinaryIO | bytes, **options: str | int | float | bool | None
) -> JailResult:
    """As `run`, on bytes at hand."""
    try:
        return platform.jail.run(task, source, **options)
    except JailRefused as exc:
        raise Rejected(exc.code) from exc
    except JailTimeout as exc:
        raise Rejected("content.too_slow") from exc
    except JailCrashed as exc:
        raise Rejected("content.crash") from exc
    except JailUnavailable as exc:
        raise Unavailable("jail") from exc


def find(platform: Platform, sha256: str, kind: str, release: str) -> Rendition | None:
    """The rendition of this kind by this release, if it was made."""
    with platform.db.read(SYSTEM) as session:
        row = queries.rendition(session, sha256, kind)
    return row if row is not None and row.step_release == release else None


def load(platform: Platform, sha256: str, kind: str, release: str) -> Any | None:
    """The JSON of an earlier reading by the same release, or None."""
    row = find(platform, sha256, kind, release)
    return None if row is None else read_json(platform, row)


def open_kept(platform: Platform, sha256: str, kind: str, release: str) -> BinaryIO:
    """The bytes of a rendition that an earlier step kept; raises `Rejected` where they are gone."""
    row = find(platform, sha256, kind, release)
    if row is None:
        raise Rejected("storage.damaged")
    return original(platform, row.blob_sha256)


def read_json(platform: Platform, row: Rendition) -> Any:
    """The JSON that a rendition holds."""
    with original(platform, row.blob_sha256) as stream:
        return json.load(stream)


def content(platform: Platform, sha256: str) -> dict[str, Any]:
    """What the text step kept: `pages` with boxes and codes, `failed` and `reader`, or `text`.

    Empty before it has run, and where it ran without an engine to read with.
    """
    with platform.db.read(SYSTEM) as session:
        row = queries.rendition(session, sha256, "text")
    if row is None or row.step_release.partition(AGAIN)[0] not in (TEXT_RELEASE, EARLIER_TEXT_RELEASE):
        return {}
    known: dict[str, Any] = read_json(platform, row)
    return {} if any(code == ENGINE_MISSING for _, code in known.get("failed") or []) else known


def save(platform: Platform, sha256: str, kind: str, release: str, value: Any) -> None:
    """Keep a reading as JSON."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    save_bytes(platform, sha256, kind, release, data, "application/json")


def save_bytes(platform: Platform, sha256: str, kind: str, release: str, data: bytes, media_type: str) -> None:
    """Keep a rendition; a second worker that made the same one meanwhile does no harm."""
    try:
        blob = platform.store.put(BytesIO(data), limit_bytes=MAX_RENDITION_BYTES)
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc
    row = Rendition(
        id=uuid7(),
        input_sha256=sha256,
        kind=kind,
        step_release=release,
        blob_sha256=blob.sha256,
        blob_bytes=blob.size,
        media_type=media_type,
        parameters={},
        created_at=platform.clock.now(),
    )
    try:
        with platform.db.write(SYSTEM) as session:
            session.add(row)
    except Conflict:
        return
