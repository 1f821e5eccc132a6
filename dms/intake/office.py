"""The text of mails, office and text files, for search: a jail task around well-kept parsers, limits before each."""

import binascii
import contextlib
import csv
import email
import email.message
import email.policy
import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import docx
import odf.opendocument
import odf.teletype
import openpyxl
import pptx
from bs4 import BeautifulSoup
from striprtf.striprtf import rtf_to_text

from dms.intake.archives import check_entries
from dms.intake.content import identify
from dms.intake.limits import IntakeLimits
from dms.intake.refusal import Refused
from dms.intake.texts import PROGRAM_NAMES, PROGRAM_STARTS, legacy
from invoicing import xml
from invoicing.errors import Refused as XmlRefused

LIMITS = IntakeLimits()
CHUNK_BYTES = 1024 * 1024
_EBCDIC_XML = b"\x4c\x6f\xa7\x94"
_XML_PARTS = (".xml", ".rels", ".vml")
MAX_CELLS = 500_000


def extract_text(source: BinaryIO, scratch: Path, media_type: str) -> dict[str, Any]:
    """``{"text", "title", "sender"}`` of a file of this media type, text cut at the limit; hostile ones are refused."""
    reader = _READERS.get(media_type)
    if reader is None:
        return {"text": "", "title": None, "sender": None}
    found = reader(source)
    text = found.get("text") or ""
    encoded = text.encode("utf-8", "replace")[: LIMITS.text_bytes]
    return {"text": encoded.decode("utf-8", "ignore"), "title": found.get("title"), "sender": found.get("sender")}


def _plain(source: BinaryIO) -> dict[str, str]:
    return {"text": _decoded(source.read(LIMITS.text_bytes))}


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        return data.decode("utf-8-sig", "replace") if exc.start > len(data) - 4 else legacy(data)


def _csv(source: BinaryIO) -> dict[str, str]:
    text = _decoded(source.read(LIMITS.text_bytes))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if text.count(";") > text.count(",") else ",")
    try:
        return {"text": "\n".join(" ".join(row) for row in rows)}
    except csv.Error:
        return {"text": text}


def _html(source: BinaryIO) -> dict[str, str | None]:
    soup = BeautifulSoup(source.read(LIMITS.text_bytes), "html.parser")
    for tag in soup(["script", "style"]):
        tag.decompose()
    title = soup.title.get_text(strip=True)[:300] if soup.title else None
    return {"text": soup.get_text(" ", strip=True), "title": title or None}


def _rtf(source: BinaryIO) -> dict[str, str]:
    return {"text": rtf_to_text(source.read(LIMITS.text_bytes).decode("latin-1"), errors="replace")}  # type: ignore[no-untyped-call]  # the library has no hints


def _mail(source: BinaryIO) -> dict[str, str | None]:
    """The texts of a mail, its subject and sender; the parts and their depth are counted before anything is decoded."""
    data = source.read(LIMITS.zip_unpacked_bytes)
    if len(data.split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0]) > LIMITS.mail_header_bytes:
        raise Refused("content.mail_headers")
    if data.lower().count(b"content-type:") > LIMITS.mail_parts * 2:
        raise Refused("content.mail_parts")
    message = email.message_from_bytes(data, policy=email.policy.default)
    parts = list(itertools.islice(_parts(message), LIMITS.mail_parts + 1))
    if len(parts) > LIMITS.mail_parts:
        raise Refused("content.mail_parts")
    texts = [_part_text(part) for part in parts]
    return {"text": "\n".join(texts), "title": _header(message, "subject"), "sender": _header(message, "from")}


def _parts(message: email.message.Message, depth: int = 0) -> Iterator[email.message.Message]:
    if depth > LIMITS.mail_depth:
        raise Refused("content.mail_depth")
    if not message.is_multipart():
        yield message
        return
    payload = message.get_payload()
    for part in payload if isinstance(payload, list) else []:
        if isinstance(part, email.message.Message):
            yield from _parts(part, depth + 1)


def _part_text(part: email.message.Message) -> str:
    if part.get_content_maintype() != "text" or part.get_filename():
        _refuse_program(part)
        return part.get_filename() or ""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if part.get_content_subtype() == "html":
        return str(_html(io.BytesIO(data))["text"])
    return _decoded(data)


def _refuse_program(part: email.message.Message) -> None:
    """Refuse an attachment that runs when it is opened, by its name or its first bytes."""
    if (part.get_filename() or "").lower().rstrip(". ").endswith(PROGRAM_NAMES):
        raise Refused("content.mail_program")
    payload = part.get_payload()
    if str(part.get("content-transfer-encoding", "")).strip().lower() != "base64" or not isinstance(payload, str):
        return
    with contextlib.suppress(binascii.Error, ValueError):
        if binascii.a2b_base64("".join(payload[:100].split())[:64]).startswith(PROGRAM_STARTS):
            raise Refused("content.mail_program")


def _header(message: email.message.Message, name: str) -> str | None:
    try:
        value = message.get(name)
    except (ValueError, IndexError, AttributeError, TypeError):
        return None
    return " ".join(str(value).split())[:200] if value else None


def _safe_archive(source: BinaryIO) -> BinaryIO:
    """Count what the archive really unpacks to, and refuse XML with a DOCTYPE, before a parser opens it."""
    with zipfile.ZipFile(source) as archive:
        entries = archive.infolist()
        check_entries(entries)
        left = LIMITS.zip_unpacked_bytes
        for entry in entries:
            left = _count(archive, entry, left)
    source.seek(0)
    return source


def _count(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> int:
    with archive.open(entry) as stream:
        beginning = stream.read(CHUNK_BYTES)
        _check_part(entry.filename.lower(), beginning)
        chunk = beginning
        while chunk:
            left -= len(chunk)
            if left < 0:
                raise Refused("content.archive_bomb")
            chunk = stream.read(CHUNK_BYTES)
    return left


def _check_part(name: str, beginning: bytes) -> None:
    """Refuse a part with a document type or an encoding that hides one; by content, for any part may be read as XML."""
    if not beginning or not (name.endswith(_XML_PARTS) or _may_be_xml(beginning)):
        return
    try:
        xml.check_beginning(beginning)
    except XmlRefused as exc:
        raise Refused("content.xml_doctype") from exc


def _may_be_xml(beginning: bytes) -> bool:
    return beginning.startswith(_EBCDIC_XML) or (xml.looks_like_xml(beginning) and bool(beginning.strip()))


def _docx(source: BinaryIO) -> dict[str, str | None]:
    document = docx.Document(_safe_archive(source))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    return {"text": text, "title": document.core_properties.title or None}


def _xlsx(source: BinaryIO) -> dict[str, str]:
    book = openpyxl.load_workbook(_safe_archive(source), read_only=True, data_only=True)
    cells: list[str] = []
    for sheet in book.worksheets:
        for row in sheet.iter_rows(values_only=True):
            cells += [str(value) for value in row if value is not None]
            if len(cells) > MAX_CELLS:
                break
    book.close()
    return {"text": " ".join(cells)}


def _pptx(source: BinaryIO) -> dict[str, str]:
    slides = pptx.Presentation(_safe_archive(source)).slides
    return {"text": "\n".join(shape.text for slide in slides for shape in slide.shapes if shape.has_text_frame)}


def _open_document(source: BinaryIO) -> dict[str, str]:
    return {"text": odf.teletype.extractText(odf.opendocument.load(_safe_archive(source)).body)}


_READERS: dict[str, Callable[[BinaryIO], dict[str, Any]]] = {
    "text/plain": _plain,
    "text/csv": _csv,
    "text/html": _html,
    "application/rtf": _rtf,
    "message/rfc822": _mail,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _docx,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _xlsx,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": _pptx,
    "application/vnd.oasis.opendocument.text": _open_document,
    "application/vnd.oasis.opendocument.spreadsheet": _open_document,
    "application/vnd.oasis.opendocument.presentation": _open_document,
}


def preload() -> None:
    """Read one small file of each kind, so that nothing is imported or loaded late inside the child."""
    small = ((_small_docx, _docx), (_small_xlsx, _xlsx), (_small_pptx, _pptx), (_small_odt, _open_document))
    for make, reader in small:
        reader(make())
    _html(io.BytesIO(b"<p>x</p>"))
    _mail(io.BytesIO(b"Subject: =?utf-8?q?x?=\nContent-Type: text/html\n\n<p>x</p>"))
    identify(io.BytesIO(b"x"), Path(), "x.txt")


def _small_docx() -> BinaryIO:
    file = io.BytesIO()
    docx.Document().save(file)
    file.seek(0)
    return file


def _small_xlsx() -> BinaryIO:
    file = io.BytesIO()
    openpyxl.Workbook().save(file)
    file.seek(0)
    return file


def _small_pptx() -> BinaryIO:
    file = io.BytesIO()
    pptx.Presentation().save(file)
    file.seek(0)
    return file


def _small_odt() -> BinaryIO:
    file = io.BytesIO()
    odf.opendocument.OpenDocumentText().save(file)
    file.seek(0)
    return file
