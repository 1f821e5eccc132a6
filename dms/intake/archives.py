"""ZIP archives and compound files: which office document one is, and what makes it a trap.

`zipfile` lists hostile archives happily: paths, links, overlaps, counts and sizes are checked here, before anything is
unpacked; what really comes out is counted by `dms.intake.office`.
"""

import itertools
import re
import zipfile
from typing import BinaryIO

from dms.intake.limits import IntakeLimits
from dms.intake.refusal import Refused

LIMITS = IntakeLimits()
_LOCAL_HEADER_BYTES = 30
_RATIO_COUNTS_FROM = 16 * 1024 * 1024
_PART_BYTES = 1024 * 1024
_MOST_RELATIONS = 500

_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_OPEN_DOCUMENT = {
    f"application/vnd.oasis.opendocument.{kind}".encode(): f"application/vnd.oasis.opendocument.{kind}"
    for kind in ("text", "spreadsheet", "presentation")
}
_MACRO_PART = re.compile(r"(^|/)(vbaproject\.bin|macrosheets/|intlmacrosheets/|vbadata\.xml)|^(basic|scripts)/.", re.I)
_MACRO_TYPE = re.compile(rb"macroEnabled|vbaProject|macrosheet|ms-word\.vbaData", re.I)
_OBJECT_PART = re.compile(r"/(activex|embeddings)/.*\.(bin|exe|com|scr|js|vbs|bat|cmd|hta|lnk|jar)$", re.I)
_REMOTE_RELATION = re.compile(
    rb"<Relationship\b(?=[^>]*TargetMode\s*=\s*[\"']External)(?=[^>]*/(?:attachedTemplate|oleObject|frame|subDocument|"
    rb"externalLinkPath|package|control))[^>]*>",
    re.I,
)
_NAMES_IN_OLE = (
    ("EncryptedPackage", "content.encrypted"),
    ("__nameid_version1.0", "content.outlook"),
    ("WordDocument", "content.office_old"),
    ("Workbook", "content.office_old"),
    ("Book", "content.office_old"),
    ("PowerPoint Document", "content.office_old"),
)
_OLE_BYTES = 16 * 1024 * 1024


def office_type(source: BinaryIO) -> tuple[str, str, tuple[str, ...]]:
    """Media type, family ``office`` and hazards of a ZIP archive that is an office document; refuses any other."""
    source.seek(0)
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            check_entries(entries)
            media_type = _media_type(archive, {entry.filename for entry in entries})
            return media_type, "office", _hazards(archive, entries)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError, RuntimeError) as exc:
        raise Refused("content.archive") from exc


def check_entries(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse archives made to hurt: paths that leave the folder, links, overlaps, too many entries or bytes."""
    if len(entries) > LIMITS.zip_entries:
        raise Refused("content.archive_bomb")
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        is_link = entry.external_attr >> 16 & 0o170000 == 0o120000
        if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or is_link:
            raise Refused("content.archive_paths")
        if entry.flag_bits & 0x1:
            raise Refused("content.encrypted")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if unpacked > LIMITS.zip_unpacked_bytes or (unpacked > _RATIO_COUNTS_FROM and unpacked / packed > LIMITS.zip_ratio):
        raise Refused("content.archive_bomb")
    if _overlap(entries):
        raise Refused("content.archive_bomb")


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether two entries share bytes, as those of a bomb do that unpacks one block many times."""
    spans = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    return any(
        start + _LOCAL_HEADER_BYTES + size > following for (start, size), (following, _) in itertools.pairwise(spans)
    )


def ole_reason(source: BinaryIO) -> str:
    """Why a compound file (the office formats before 2007, Outlook messages) is not read."""
    source.seek(0)
    data = source.read(_OLE_BYTES)
    found = (code for name, code in _NAMES_IN_OLE if name.encode("utf-16-le") in data)
    return next(found, "content.unknown")


def _media_type(archive: zipfile.ZipFile, names: set[str]) -> str:
    """The office document that an archive is: by its main part, or by the type that an OpenDocument declares."""
    for marker, media_type in _OFFICE.items():
        if marker in names:
            return media_type
    if "mimetype" in names and "content.xml" in names:
        found = _OPEN_DOCUMENT.get(_beginning(archive, "mimetype").strip())
        if found:
            return found
    raise Refused("content.archive")


def _hazards(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> tuple[str, ...]:
    """What the document brings along or fetches; macros and locked parts are refused, whatever they are called."""
    names = [entry.filename for entry in entries]
    if any(_MACRO_PART.search(name) for name in names):
        raise Refused("content.macros")
    if "[Content_Types].xml" in names and _MACRO_TYPE.search(_beginning(archive, "[Content_Types].xml")):
        raise Refused("content.macros")
    if b"encryption-data" in (
        _beginning(archive, "META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
    ):
        raise Refused("content.encrypted")
    found = {"embedded-object"} if any(_OBJECT_PART.search(name) for name in names) else set()
    relations = [name for name in names if name.endswith(".rels")][:_MOST_RELATIONS]
    for content in (_beginning(archive, name) for name in relations):
        if _MACRO_TYPE.search(content):
            raise Refused("content.macros")
        found |= {"remote-file"} if _REMOTE_RELATION.search(content) else set()
    return tuple(sorted(found))


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    """The first megabyte of a part; without zero bytes, so that UTF-16 hides nothing."""
    with archive.open(name) as stream:
        return stream.read(_PART_BYTES).replace(b"\x00", b"")
