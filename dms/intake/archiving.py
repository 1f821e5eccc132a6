"""The last step of a scan: its archive copy (PDF/A-2b with text) and its scan record, beside the untouched original.

A scan of which no archive copy can be made says why in its record and is a document like any other.
"""

import json
from typing import Any

from dms import __version__
from dms.actor import system
from dms.errors import Rejected
from dms.intake import readings
from dms.intake.outcome import intake_of, station_of
from dms.jobs.service import Claim, finish, hold
from dms.platform import Platform
from dms.records import service as records
from dms.records.models import Document
from ocr import MAX_ARCHIVE_BYTES, PageJson, packed

ARCHIVE_KIND = "archive"
ARCHIVE_RELEASE = "archive-1"
RECORD_RELEASE = "record-1"
SCANNED = frozenset({"tesseract", "rapidocr", "mixed", "blank"})
NOT_SUPPLIED = ("operator", "scanner", "profile", "protection_class", "pages_fed", "paper_box", "quality_check")
"""What the scan record of TR-RESISCAN asks for and no part of the intake is told yet: named, never guessed."""


def is_scan(content: dict[str, Any]) -> bool:
    """Whether any page of this reading came from a picture."""
    return any(page["source"] in SCANNED for page in content.get("pages") or [])


def record_kind(document: Document) -> str:
    """The kind of rendition that holds the scan record of this document: one original may have come in twice."""
    return f"record-{document.id.hex}"


def archive(platform: Platform, held: Claim) -> None:
    """Make the archive copy and the scan record; both are made once."""
    with platform.db.read(system("worker", job_id=held.job_id)) as session:
        document = records.document(session, held.subject_id)
    content = readings.content(platform, document.original_sha256)
    if is_scan(content):
        reason = _copy(platform, document, content)
        _record(platform, document, content, reason)
    with platform.db.write(system("worker", job_id=held.job_id)) as session:
        hold(session, held)
        finish(session, held, platform.clock)


def _copy(platform: Platform, document: Document, content: dict[str, Any]) -> str | None:
    """Make the copy unless it is there; the reason code where none can be made."""
    sha256 = document.original_sha256
    if readings.find(platform, sha256, ARCHIVE_KIND, ARCHIVE_RELEASE) is not None:
        return None
    if content["failed"]:
        return "archive.pages_missing"
    if document.original_bytes > MAX_ARCHIVE_BYTES:
        return "archive.too_large"
    pages: list[PageJson] = content["pages"]
    with readings.original(platform, sha256) as stream:
        source = packed(stream, pages)
    try:
        made = readings.run_on(platform, "make_archive", source, at=document.received_at.isoformat())
    except Rejected as exc:
        return exc.code
    data = made.files["archive.pdf"]
    readings.save_bytes(platform, sha256, ARCHIVE_KIND, ARCHIVE_RELEASE, data, "application/pdf")
    return None


def _record(platform: Platform, document: Document, content: dict[str, Any], reason: str | None) -> None:
    kind = record_kind(document)
    if readings.find(platform, document.original_sha256, kind, RECORD_RELEASE) is None:
        note = transfer_note(platform, document, content, reason)
        data = json.dumps(note, ensure_ascii=False, indent=1).encode()
        readings.save_bytes(platform, document.original_sha256, kind, RECORD_RELEASE, data, "application/json")


def transfer_note(
    platform: Platform, document: Document, content: dict[str, Any], reason: str | None
) -> dict[str, Any]:
    """What is known of a scan: where from, when, read by which software, how good, and the hashes of what is kept."""
    with platform.db.read(system("worker")) as session:
        intake, station = intake_of(session, document.id), station_of(session, document.id)
        origin = {"channel": intake.channel, "station": station and {"key": station.key, "name": station.name}}
    copy = readings.find(platform, document.original_sha256, ARCHIVE_KIND, ARCHIVE_RELEASE)
    pages: list[dict[str, Any]] = content["pages"]
    return {
        "schema": "aktenlauf-scan-record/1",
        "document_id": str(document.id),
        **origin,
        "received_at": document.received_at.isoformat(),
        "original": {
            "name": document.original_name,
            "media_type": document.media_type,
            "bytes": document.original_bytes,
            "sha256": document.original_sha256,
        },
        "software": {"aktenlauf": __version__, "recognition": content.get("reader"), "reading": readings.TEXT_RELEASE},
        "pages": [_page_note(page) for page in pages],
        "blank_pages": [page["number"] for page in pages if page["source"] == "blank"],
        "archive_copy": {"reason": reason} if copy is None else {
            "sha256": copy.blob_sha256, "bytes": copy.blob_bytes, "made_by": ARCHIVE_RELEASE,
            "conforms_to": "PDF/A-2b", "checked_by": "pikepdf.pdfa",
        },
        "not_supplied": list(NOT_SUPPLIED),
    }  # fmt: skip


def _page_note(page: dict[str, Any]) -> dict[str, Any]:
    known = {key: page.get(key) for key in ("number", "source", "rotation", "quality")}
    return {**known, "words": len(page["words"])}
