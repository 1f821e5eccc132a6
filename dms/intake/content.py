"""What the bytes are, by content: the first jail task on every input, before any parser is chosen.

PDF, TIFF, JPEG, PNG and XML are read, text, mail and office files are kept with their text; programs, scripts, archives
and unknown types are refused with a code and become a Klärfall.
"""

import email.parser
import email.policy
import re
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from dms.intake.limits import IntakeLimits

LIMITS = IntakeLimits()
HEAD_BYTES = 64 * 1024
PDF_HEADER_WITHIN = 1024

_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg", "image"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "image"),
    (b"II*\x00", "image/tiff", "image"),
    (b"MM\x00*", "image/tiff", "image"),
    (b"II+\x00", "image/tiff", "image"),
    (b"MM\x00+", "image/tiff", "image"),
    (b"{\\rtf", "application/rtf", "office"),
)
_REFUSED = (
    (b"\x7fELF", "content.program"),
    (b"MZ", "content.program"),
    (b"\xca\xfe\xba\xbe", "content.program"),
    (b"\xcf\xfa\xed\xfe", "content.program"),
    (b"\x00asm", "content.program"),
    (b"#!", "content.script"),
    (b"<?php", "content.script"),
    (b"Rar!", "content.archive"),
    (b"7z\xbc\xaf'\x1c", "content.archive"),
    (b"\x1f\x8b", "content.archive"),
    (b"BZh", "content.archive"),
    (b"\xfd7zXZ\x00", "content.archive"),
    (b"\x28\xb5\x2f\xfd", "content.archive"),
)
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": "application/vnd.oasis.opendocument.text",
    b"application/vnd.oasis.opendocument.spreadsheet": "application/vnd.oasis.opendocument.spreadsheet",
}
_SCRIPT_NAMES = (
    ".php",
    ".phtml",
    ".asp",
    ".aspx",
    ".jsp",
    ".js",
    ".vbs",
    ".ps1",
    ".bat",
    ".cmd",
    ".sh",
    ".hta",
    ".svg",
)
_SCRIPT_TEXT = re.compile(rb"<\?php|<%@|<script\b|@echo off", re.IGNORECASE)
_MAIL_HEADER = re.compile(rb"^(from|to|subject|date|received|message-id|return-path|mime-version|content-type):", re.I)


class Refused(Exception):
    """The content is not taken on; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def preload() -> None:
    """Trigger the late imports of the mail parser."""
    email.parser.BytesParser(policy=email.policy.default).parsebytes(b"Subject: =?utf-8?q?x?=\n\nx")


def identify(source: BinaryIO, scratch: Path, name: str) -> dict[str, Any]:
    """Media type and family (pdf, image, xml, text, mail, office), or the `reason_code` why the bytes are refused.

    `name` only tells texts apart (csv, eml, scripts); nothing is believed for its name.
    """
    try:
        media_type, family = _identify(source, name.lower())
    except Refused as exc:
        return {"media_type": "application/octet-stream", "family": "refused", "reason_code": exc.code}
    return {"media_type": media_type, "family": family, "reason_code": None}


def _identify(source: BinaryIO, name: str) -> tuple[str, str]:
    head = source.read(HEAD_BYTES)
    if not head:
        raise Refused("content.empty")
    if (position := head.find(b"%PDF-", 0, PDF_HEADER_WITHIN + 5)) >= 0:
        return _pdf(head, position)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _zip(source)
    for magic, code in _REFUSED:
        if head.startswith(magic):
            raise Refused(code)
    for magic, media_type, family in _MAGIC:
        if head.startswith(magic):
            return media_type, family
    return _text(head, name)


def _pdf(head: bytes, position: int) -> tuple[str, str]:
    """A PDF may begin a little late; one that begins as something else is two files in one."""
    if position > 0 and (head.startswith((b"PK", b"MZ", b"\x7fELF", b"\xff\xd8\xff", b"GIF8", b"<"))):
        raise Refused("content.two_types")
    return "application/pdf", "pdf"


def _zip(source: BinaryIO) -> tuple[str, str]:
    source.seek(0)
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            check_entries(entries)
            return _office_type(archive, {entry.filename for entry in entries}), "office"
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError, RuntimeError) as exc:
        raise Refused("content.archive") from exc


def check_entries(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse archives made to hurt: paths that leave the folder, links, too many entries, too much packed together."""
    if len(entries) > LIMITS.zip_entries:
        raise Refused("content.archive_bomb")
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        is_link = entry.external_attr >> 16 & 0o170000 == 0o120000
        if entry.filename.startswith("/") or ".." in parts or is_link:
            raise Refused("content.archive_paths")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if unpacked > LIMITS.zip_unpacked_bytes or (unpacked > 16 * 1024 * 1024 and unpacked / packed > LIMITS.zip_ratio):
        raise Refused("content.archive_bomb")


def _office_type(archive: zipfile.ZipFile, names: set[str]) -> str:
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused("content.macros")
    for marker, media_type in _OFFICE.items():
        if marker in names:
            return media_type
    if "mimetype" in names and "content.xml" in names:
        with archive.open("mimetype") as stream:
            found = _OPEN_DOCUMENT.get(stream.read(200).strip())
        if found:
            return found
    raise Refused("content.archive")


def _text(head: bytes, name: str) -> tuple[str, str]:
    start = _without_mark(head).lstrip()
    if _is_xml(start):
        return _xml(start)
    if _looks_binary(head):
        raise Refused("content.unknown")
    if _is_mail(start, name):
        return "message/rfc822", "mail"
    lower = start[:2048].lower()
    if lower.startswith((b"<!doctype html", b"<html")) or name.endswith((".html", ".htm")):
        return "text/html", "office"
    if name.endswith(_SCRIPT_NAMES) or _SCRIPT_TEXT.search(start[:4096]):
        raise Refused("content.script")
    return ("text/csv" if name.endswith(".csv") else "text/plain"), "text"


def _xml(start: bytes) -> tuple[str, str]:
    if b"<svg" in start[:4096].lower():
        raise Refused("content.script")
    if b"<html" in start[:1024].lower():
        return "text/html", "office"
    return "application/xml", "xml"


def _is_xml(start: bytes) -> bool:
    plain = start[:200].replace(b"\x00", b"")
    if plain.startswith(b"<?xml"):
        return True
    return bool(re.match(rb"<(\w+:)?(Invoice|CreditNote|CrossIndustry\w+)[\s>]", plain))


def _without_mark(head: bytes) -> bytes:
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        if head.startswith(mark):
            return head[len(mark) :]
    return head


def _looks_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    control = sum(byte < 9 or (13 < byte < 32 and byte != 27) for byte in head[:4096])
    return control * 50 > len(head[:4096])


def _is_mail(start: bytes, name: str) -> bool:
    lines = start[:4096].splitlines()[:30]
    headers = sum(bool(_MAIL_HEADER.match(line)) for line in lines)
    return headers >= 2 or (name.endswith(".eml") and (headers >= 1 or bool(re.match(rb"[\w-]+:", start))))
