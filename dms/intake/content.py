"""What the bytes are, by content: the first jail task on every input, before any parser is chosen.

PDF, TIFF, JPEG, PNG and known kinds of XML are read; text, mail and office files are kept with their text; programs,
scripts, archives, files that are two things at once and unknown types are refused with a code and become a Klärfall.
The whole table stands in docs/content-rules.md.
"""

import email.parser
import email.policy
import re
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from dms.intake import archives, texts
from dms.intake.refusal import Refused
from invoicing import xml
from invoicing.errors import Refused as XmlRefused

HEAD_BYTES = 64 * 1024
PDF_HEADER_WITHIN = 1024
PDF_TAIL_BYTES = 64 * 1024
CHUNK_BYTES = 1024 * 1024

_IMAGES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
)
_REFUSED = (
    (b"\x7fELF", "content.program"),
    (b"MZ", "content.program"),
    (b"X5O!P%@AP", "content.program"),  # the test file of virus scanners: a DOS program in letters
    (b"\xca\xfe\xba\xbe", "content.program"),
    (b"\xcf\xfa\xed\xfe", "content.program"),
    (b"\x00asm", "content.program"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "content.program"),  # a Windows link
    (b"%!", "content.script"),  # PostScript
    (b"\x04%!", "content.script"),
    (b"\xc5\xd0\xd3\xc6", "content.script"),
    (b"FWS", "content.script"),  # Flash
    (b"CWS", "content.script"),
    (b"Rar!", "content.archive"),
    (b"7z\xbc\xaf'\x1c", "content.archive"),
    (b"\x1f\x8b", "content.archive"),
    (b"BZh", "content.archive"),
    (b"\xfd7zXZ\x00", "content.archive"),
    (b"\x28\xb5\x2f\xfd", "content.archive"),
    (b"MSCF", "content.archive"),
    (b"\x78\x9f\x3e\x22", "content.outlook"),  # winmail.dat
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ANOTHER_TYPE = (
    b"PK", b"MZ", b"\x7fELF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*", b"<", b"#!", b"Rar!",
    b"7z\xbc\xaf", b"\x1f\x8b", b"BM", b"RIFF", _OLE,
)  # fmt: skip
"""Beginnings that make a PDF, whose own mark stands behind them, a second kind of file."""

_HIDDEN_IN_PICTURE = (
    b"<?php", b"<script", b"<html", b"<!doctype html", b"<%@ page", b"<%@page", b"<%eval", b"%pdf-1.", b"%pdf-2.",
    b"rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x7felf\x01\x01\x01", b"\x7felf\x02\x01\x01",
    b"this program cannot be run in dos mode",
    b"textprofile\x00", b"ztxtprofile\x00", b"itxtprofile\x00",  # names a file that ImageMagick reads: CVE-2022-44268
)  # fmt: skip
"""In lower case: literals are found fifty times as fast as by an expression, and a scan may have 200 MB."""
_SHORT_PHP = re.compile(rb"<\?=[\x09\x0a\x0d\x20-\x7e]{4,500}?\?>")
_LONGEST_MARK = 512
_MOST_BY_CHANCE = 100
_BEFORE_PDF = re.compile(rb"<\?php|<\?=|<%@|<script\b|<html\b|<svg\b|<!DOCTYPE", re.IGNORECASE)
_BEHIND_PDF = re.compile(rb"<\?php|<script\b|<html\b|<!DOCTYPE|<svg\b|PK\x03\x04|\x7fELF|MZ\x90|Rar!\x1a\x07|#!/")

_XHTML = "{http://www.w3.org/1999/xhtml}html"
_KNOWN_XML = (
    "urn:oasis:names:specification:ubl:", "urn:un:unece:uncefact:", "urn:ferd:", "urn:oasis:names:tc:opendocument:",
    "urn:xoev-de:", "urn:iso:std:iso:20022:", "http://www.osci.de/", "http://www.xdomea.de/", "http://www.xjustiz.de", "http://www.xta.de/",
    "http://www.xplanung.de/", "http://www.opengis.net/", "http://www.elster.de/",
)  # fmt: skip
"""Vocabularies of German administration and trade; XML of any other kind is an unknown type like any other."""
_XML_PROGRAMS = ("{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/XSL/", "{http://www.w3.org/2001/XMLSchema}")


class Kind(NamedTuple):
    """Media type, family (pdf, image, xml, text, mail, office) and hazards of what may be read."""

    media_type: str
    family: str
    hazards: tuple[str, ...] = ()


def preload() -> None:
    """Trigger the late imports of the mail parser."""
    email.parser.BytesParser(policy=email.policy.default).parsebytes(b"Subject: =?utf-8?q?x?=\n\nx")


def identify(source: BinaryIO, scratch: Path, name: str) -> dict[str, Any]:
    """Media type, family and hazards, or the `reason_code` why the bytes are refused.

    `name` only tells texts apart (csv, eml, scripts) and shows where a text pretends to be a picture or a PDF; nothing
    is believed for its name.
    """
    try:
        kind = _identify(source, name.lower())
    except (Refused, XmlRefused) as exc:
        media_type = "application/octet-stream"
        return {"media_type": media_type, "family": "refused", "hazards": [], "reason_code": exc.code}
    return {
        "media_type": kind.media_type, "family": kind.family, "hazards": list(kind.hazards), "reason_code": None,
    }  # fmt: skip


def _identify(source: BinaryIO, name: str) -> Kind:
    head = source.read(HEAD_BYTES)
    if not head:
        raise Refused("content.empty")
    if (position := head.find(b"%PDF-", 0, PDF_HEADER_WITHIN + 5)) >= 0:
        return _pdf(source, head, position)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Kind(*archives.office_type(source))
    if head.startswith(_OLE):
        raise Refused(archives.ole_reason(source))
    for magic, code in _REFUSED:
        if head.startswith(magic):
            raise Refused(code)
    for magic, media_type in _IMAGES:
        if head.startswith(magic):
            return _image(source, media_type)
    if head.startswith(b"{\\rtf"):
        return Kind("application/rtf", "office", ("embedded-object",) if texts.has_rtf_object(source) else ())
    return _text(source, head, name)


def _pdf(source: BinaryIO, head: bytes, position: int) -> Kind:
    """A PDF may begin a little late and have garbage behind its end; begun or gone on as something else, it is two."""
    if position > 0 and head.startswith(_ANOTHER_TYPE):
        raise Refused("content.two_types")
    if _BEFORE_PDF.search(head[:PDF_HEADER_WITHIN].partition(b" obj")[0]):
        raise Refused("content.two_types")
    end = source.seek(0, 2)
    source.seek(max(0, end - PDF_TAIL_BYTES))
    behind = source.read(PDF_TAIL_BYTES).rpartition(b"%%EOF")[2]
    if _BEHIND_PDF.search(behind) or _is_archive_to_the_end(source):
        raise Refused("content.two_types")
    return Kind("application/pdf", "pdf")


def _image(source: BinaryIO, media_type: str) -> Kind:
    """A picture must hold no script, no archive and no program anywhere: decoders skip them, other programs do not."""
    source.seek(0)
    before = b""
    while chunk := source.read(CHUNK_BYTES):
        part = (before + chunk).lower()
        if any(mark in part for mark in _HIDDEN_IN_PICTURE) or _has_short_php(part):
            raise Refused("content.two_types")
        before = chunk[-_LONGEST_MARK:]
    if _is_archive_to_the_end(source):
        raise Refused("content.two_types")
    return Kind(media_type, "image")


def _has_short_php(part: bytes) -> bool:
    """Whether `<?=` begins an expression; three such bytes come by chance, hundreds of them in a megabyte do not."""
    found = part.count(b"<?=")
    return found > _MOST_BY_CHANCE or (found > 0 and bool(_SHORT_PHP.search(part)))


def _is_archive_to_the_end(source: BinaryIO) -> bool:
    """Whether the file ends as a ZIP archive ends; one that is embedded whole has other bytes behind it."""
    source.seek(0)
    try:
        with zipfile.ZipFile(source) as archive:
            end = source.seek(0, 2)
            source.seek(max(0, end - 66_000))
            tail = source.read().rpartition(b"PK\x05\x06")[2]
            return bool(archive.infolist()) and len(tail) == 18 + int.from_bytes(tail[16:18], "little")
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, EOFError, OSError):
        return False


def _text(source: BinaryIO, head: bytes, name: str) -> Kind:
    plain = texts.decoded(head)
    if plain is None:
        raise Refused("content.unknown")
    start = plain.lstrip("\ufeff \t\r\n")
    if texts.is_mail(start, name):
        return Kind("message/rfc822", "mail")
    if name.endswith(texts.PICTURE_NAMES):
        raise Refused("content.name_differs")
    if texts.is_html(start, name):
        texts.refuse_active_html(source)
        return Kind("text/html", "office")
    if start.startswith("<") or name.endswith(".xml"):
        return _markup(source, plain, name)
    return Kind(texts.plain_type(plain, name), "text")


def _markup(source: BinaryIO, plain: str, name: str) -> Kind:
    """XML of a known vocabulary; a text that only begins with a pointed bracket is a text."""
    source.seek(0)
    try:
        root = str(xml.parse(source.read(xml.MAX_BYTES + 1)).tag)
    except XmlRefused as exc:
        if exc.code != "xml.malformed" or not name.endswith(texts.TEXT_NAMES):
            raise
        return Kind(texts.plain_type(plain, name), "text")
    if root == _XHTML:
        texts.refuse_active_html(source)
        return Kind("text/html", "office")
    if root.startswith(_XML_PROGRAMS):
        raise Refused("content.script")
    if not root.startswith(tuple(f"{{{vocabulary}" for vocabulary in _KNOWN_XML)):
        raise Refused("content.xml_unknown")
    return Kind("application/xml", "xml")
