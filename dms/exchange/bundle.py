"""A document as a folder that explains itself: original, renditions, metadata, versions, audit extract, manifest."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.audit.models import AuditEvent
from dms.errors import Conflict, Unavailable
from dms.platform import Platform
from dms.records.arrangement import leaves_of, originals
from dms.records.models import Document, Rendition, Version
from storage import StorageError


def export_document(platform: Platform, session: Session, document: Document, folder: Path) -> Path:
    """Write the bundle of a document below `folder`; appears complete by one rename. Returns its folder."""
    target = folder / str(document.id)
    if target.exists():
        raise Conflict("export.exists", folder=str(target))
    building = folder / f".{document.id}.part"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    _copy(platform, document.original_sha256, building / "original" / _safe(document.original_name))
    for number, (name, sha256) in enumerate(_appended(session, document), start=1):
        _copy(platform, sha256, building / "appended" / f"{number}-{_safe(name)}")
    renditions = select(Rendition).where(Rendition.input_sha256 == document.original_sha256)
    for row in session.scalars(renditions.order_by(Rendition.created_at, Rendition.id)):
        _copy(platform, row.blob_sha256, building / "renditions" / f"{row.kind}.{row.media_type.rpartition('/')[2]}")
    _write(building / "metadata.json", _columns(document))
    versions = session.scalars(select(Version).where(Version.document_id == document.id).order_by(Version.number))
    _write(building / "versions.json", [_columns(version) for version in versions])
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.subject == document.audit_key()).order_by(AuditEvent.id)
    )
    _write(building / "audit.json", [_columns(event) for event in events])
    _write(building / "manifest.json", manifest(building))
    building.rename(target)
    return target


def _appended(session: Session, document: Document) -> list[tuple[str, str]]:
    """Name and hash of the originals whose pages were appended to the document."""
    wanted = [sha256 for sha256 in originals(leaves_of(document)) if sha256 != document.original_sha256]
    query = select(Document.original_sha256, Document.original_name).where(Document.original_sha256.in_(wanted))
    names = dict(session.execute(query).all())
    return [(names.get(sha256, "original"), sha256) for sha256 in wanted]


def manifest(folder: Path) -> dict[str, str]:
    """Relative path → SHA-256 of every file below `folder`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _safe(name: str) -> str:
    kept = "".join(char if char.isalnum() or char in " ._-" else "_" for char in name).strip(" .")
    return kept[-120:] or "original"


def _copy(platform: Platform, sha256: str, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    try:
        with platform.store.open(sha256, verify=True) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
    except StorageError as exc:
        raise Unavailable("storage") from exc


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")
