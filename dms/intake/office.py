"""The text of mails, office and text files, for search: a jail task around well-kept parsers, limits before each."""

import csv
import email
import email.message
import email.policy
import io
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

from dms.intake.content import LIMITS, Refused, check_entries, identify

CHUNK_BYTES = 1024 * 1024
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
        return data.decode("utf-8-sig" if exc.start > len(data) - 4 else "cp1252", "replace")


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
    texts = [_part_text(part) for part in _parts(message)]
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
        return part.get_filename() or ""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if part.get_content_subtype() == "html":
        return str(_html(io.BytesIO(data))["text"])
    return _decoded(data)


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
        tail = b""
        while chunk := stream.read(CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise Refused("content.archive_bomb")
            if entry.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in tail + chunk:
                raise Refused("content.xml_doctype")
            tail = chunk[-16:]
    return left


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
}


def preload() -> None:
    """Read one small file of each kind, so that nothing is imported or loaded late inside the child."""
    for make, reader in ((_small_docx, _docx), (_small_xlsx, _xlsx), (_small_pptx, _pptx)):
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
