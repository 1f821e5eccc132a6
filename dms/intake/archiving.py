"""The last step of a scan: its archive copy (PDF/A-2b with text) and its scan record, beside the untouched original.

A scan of which no archive copy can be made says why in its record and is a document like any other.
"""

import hashlib
import json
from os import SEEK_END
from typing import Any, BinaryIO

from dms import __version__
from dms.actor import system
from dms.errors import Rejected
from dms.ids import uuid7
from dms.intake import pages, quality, readings
from dms.intake.outcome import intake_of, station_of
from dms.jobs.service import Claim, finish, hold
from dms.platform import Platform
from dms.records import arrangement, queries
from dms.records import service as records
from dms.records.arrangement import arranged_kind
from dms.records.models import Document
from ocr import MAX_ARCHIVE_BYTES, packed

ARCHIVE_KIND = "archive"
ARCHIVE_RELEASE = "archive-1"
ARRANGED_RELEASE = "arranged-1"
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
    """Make the archive copy and the scan record of the document as it lies now; equal ones are made once."""
    with platform.db.read(system("worker", job_id=held.job_id)) as session:
        document = records.document(session, held.subject_id)
    _assemble(platform, document)
    content = pages.content(platform, document)
    if is_scan(content):
        reason = _copy(platform, document, content)
        _record(platform, document, content, reason)
    with platform.db.write(system("worker", job_id=held.job_id)) as session:
        hold(session, held)
        finish(session, held, platform.clock)


def _assemble(platform: Platform, document: Document) -> None:
    """Keep a PDF of the pages as somebody arranged them, for whoever hands the document on."""
    if document.arrangement is None:
        return
    kind = arranged_kind(document)
    if readings.find(platform, document.original_sha256, kind, ARRANGED_RELEASE) is None:
        data = pages.assembled(platform, arrangement.shown(arrangement.leaves_of(document)))
        readings.save_bytes(platform, document.original_sha256, kind, ARRANGED_RELEASE, data, "application/pdf")


def _copy(platform: Platform, document: Document, content: dict[str, Any]) -> str | None:
    """Make the copy unless it is there; the reason code where none can be made."""
    sha256, kind = document.original_sha256, _copy_kind(document)
    if readings.find(platform, sha256, kind, ARCHIVE_RELEASE) is not None:
        return None
    if content["failed"]:
        return "archive.pages_missing"
    with _source(platform, document) as stream:
        if stream.seek(0, SEEK_END) > MAX_ARCHIVE_BYTES:
            return "archive.too_large"
        stream.seek(0)
        source = packed(stream, content["pages"])
    try:
        made = readings.run_on(platform, "make_archive", source, at=document.received_at.isoformat())
    except Rejected as exc:
        return exc.code
    readings.save_bytes(platform, sha256, kind, ARCHIVE_RELEASE, made.files["archive.pdf"], "application/pdf")
    return None


def _copy_kind(document: Document) -> str:
    if document.arrangement is None:
        return ARCHIVE_KIND
    return f"{ARCHIVE_KIND}-{arrangement.digest(arrangement.leaves_of(document))}"


def _source(platform: Platform, document: Document) -> BinaryIO:
    """The file of which the copy is made: the original, or the PDF of its pages as they were arranged."""
    if document.arrangement is None:
        return readings.original(platform, document.original_sha256)
    return readings.open_kept(platform, document.original_sha256, arranged_kind(document), ARRANGED_RELEASE)


def _record(platform: Platform, document: Document, content: dict[str, Any], reason: str | None) -> None:
    """Keep what is known of the scan now; a record that says the same is there already, earlier ones stay."""
    kind = record_kind(document)
    data = json.dumps(transfer_note(platform, document, content, reason), ensure_ascii=False, indent=1).encode()
    with platform.db.read(system("worker")) as session:
        newest = queries.rendition(session, document.original_sha256, kind)
    if newest is not None and newest.blob_sha256 == hashlib.sha256(data).hexdigest():
        return
    release = RECORD_RELEASE if newest is None else f"{RECORD_RELEASE}+{uuid7().hex}"
    readings.save_bytes(platform, document.original_sha256, kind, release, data, "application/json")


def transfer_note(
    platform: Platform, document: Document, content: dict[str, Any], reason: str | None
) -> dict[str, Any]:
    """What is known of a scan: where from, when, read by which software, how good, and the hashes of what is kept."""
    with platform.db.read(system("worker")) as session:
        intake, station = intake_of(session, document.id), station_of(session, document.id)
        check = quality.of_document(session, document.id)
        origin = {"channel": intake.channel, "station": station and {"key": station.key, "name": station.name}}
    copy = readings.find(platform, document.original_sha256, _copy_kind(document), ARCHIVE_RELEASE)
    read: list[dict[str, Any]] = content["pages"]
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
        "pages": [_page_note(page) for page in read],
        "blank_pages": [page["number"] for page in read if page["source"] == "blank"],
        "arrangement": document.arrangement,
        "archive_copy": {"reason": reason} if copy is None else {
            "sha256": copy.blob_sha256, "bytes": copy.blob_bytes, "made_by": ARCHIVE_RELEASE,
            "conforms_to": "PDF/A-2b", "checked_by": "pikepdf.pdfa",
        },
        "quality_check": quality.as_record(check) if check else None,
        "not_supplied": [name for name in NOT_SUPPLIED if name != "quality_check" or check is None],
    }  # fmt: skip


def _page_note(page: dict[str, Any]) -> dict[str, Any]:
    known = {key: page.get(key) for key in ("number", "source", "rotation", "quality")}
    return {**known, "words": len(page["words"])}
