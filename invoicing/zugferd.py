"""Hybrid PDFs (ZUGFeRD, Factur-X): finds every embedded file and the invoice among them; `hybrid` writes such files.

Reading takes all names seen in the wild and lets the root element decide; an order (Order-X) is never an invoice.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

import pikepdf

from invoicing import xml
from invoicing.detect import Format, Syntax, detect_root
from invoicing.errors import Refused

MAX_ATTACHMENTS = 200
MAX_ATTACHMENT_BYTES = 64 * 1024 * 1024
MAX_TOTAL_BYTES = 256 * 1024 * 1024
_INVOICE_NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")
"""In the order in which they are preferred."""
_ORDER_NAME = "order-x.xml"
_SUPPORTING_PREFIX = "additional_data"


class Embedded(NamedTuple):
    """A file inside a PDF: its name as written there (metadata, never a path to use) and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Candidate:
    """An embedded file that is an invoice or claims to be one: then `refusal` says why it cannot be read."""

    file: Embedded
    format: Format | None
    refusal: str | None
    has_known_name: bool


def is_pdf(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a PDF (the mark may stand within the first 1024)."""
    return b"%PDF-" in head[:1024]


def embedded_files(source: BinaryIO) -> list[Embedded]:
    """Every file embedded in a PDF, by name; raises `Refused`: `pdf.encrypted`, `pdf.broken`, `pdf.too_many_files`,
    `pdf.file_too_large`.
    """
    try:
        with pikepdf.open(source) as pdf:
            return _collect(pdf)
    except pikepdf.PasswordError as error:
        raise Refused("pdf.encrypted") from error
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError, AttributeError) as error:
        raise Refused("pdf.broken") from error


def invoice_candidates(files: list[Embedded]) -> list[Candidate]:
    """The invoices among embedded files, best name first, a legacy ZUGFeRD 1.0 last; the same bytes once."""
    found: dict[bytes, Candidate] = {}
    for file in files:
        candidate = _candidate(file)
        if candidate is not None:
            found.setdefault(file.content, candidate)
    return sorted(found.values(), key=_preference)


def _collect(pdf: pikepdf.Pdf) -> list[Embedded]:
    files: list[Embedded] = []
    total = 0
    for name, stream in _streams(pdf):
        content = _content(stream)
        total += len(content)
        if len(files) >= MAX_ATTACHMENTS:
            raise Refused("pdf.too_many_files")
        if total > MAX_TOTAL_BYTES:
            raise Refused("pdf.file_too_large")
        files.append(Embedded(name, content))
    return files


def _streams(pdf: pikepdf.Pdf) -> Iterator[tuple[str, pikepdf.Stream]]:
    """The name tree first, then what only the associated files of the document name."""
    seen = set()
    for key, attachment in pdf.attachments.items():
        stream = _stream_of(attachment.obj)
        if stream is not None:
            seen.add(stream.objgen)
            yield attachment.filename or key, stream
    associated = pdf.Root.get("/AF")
    for specification in associated if isinstance(associated, pikepdf.Array) else ():
        stream = _stream_of(specification)
        if stream is not None and stream.objgen not in seen:
            yield str(specification.get("/UF") or specification.get("/F") or ""), stream


def _stream_of(specification: pikepdf.Object) -> pikepdf.Stream | None:
    embedded = specification.get("/EF") if isinstance(specification, pikepdf.Dictionary) else None
    if not isinstance(embedded, pikepdf.Dictionary):
        return None
    stream = embedded.get("/UF") or embedded.get("/F")
    return stream if isinstance(stream, pikepdf.Stream) else None


def _content(stream: pikepdf.Stream) -> bytes:
    """The bytes of a stream, inflated under the cap: the length that the file declares is not trusted."""
    if stream.get("/Filter") != "/FlateDecode" or stream.get("/DecodeParms") is not None:
        content = bytes(stream.read_bytes())
    else:
        try:
            content = zlib.decompressobj().decompress(bytes(stream.read_raw_bytes()), MAX_ATTACHMENT_BYTES + 1)
        except zlib.error:
            content = bytes(stream.read_bytes())
    if len(content) > MAX_ATTACHMENT_BYTES:
        raise Refused("pdf.file_too_large")
    return content


def _candidate(file: Embedded) -> Candidate | None:
    name = _bare_name(file.name)
    known = name in _INVOICE_NAMES
    if not known and (not name.endswith(".xml") or name == _ORDER_NAME or name.startswith(_SUPPORTING_PREFIX)):
        return None
    try:
        found = detect_root(xml.parse(file.content))
    except Refused as error:
        return Candidate(file, None, error.code, known) if known else None
    if found is not None:
        return Candidate(file, found, None, known)
    return Candidate(file, None, "xml.unknown_root", known) if known else None


def _bare_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].strip().lower()


def _preference(candidate: Candidate) -> tuple[bool, bool, int]:
    name = _bare_name(candidate.file.name)
    rank = _INVOICE_NAMES.index(name) if name in _INVOICE_NAMES else len(_INVOICE_NAMES)
    is_legacy = candidate.format is not None and candidate.format.syntax is Syntax.ZUGFERD_1
    return candidate.format is None, is_legacy, rank
