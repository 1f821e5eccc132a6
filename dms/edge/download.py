"""Originals as downloads: in pieces, never shown by the browser, whatever they contain."""

from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse

from dms.intake import readings
from dms.platform import Platform
from dms.records.models import Document

_PLAIN = frozenset("._- ")


def original_response(platform: Platform, row: Document) -> StreamingResponse:
    """The original of a document that the caller may see, under its name at arrival."""
    headers = {
        "Content-Disposition": _attachment(row.original_name),
        "Content-Length": str(row.original_bytes),
        "Content-Security-Policy": "sandbox",
        "ETag": f'"{row.original_sha256}"',
        "X-Content-Type-Options": "nosniff",
    }
    stream = readings.original(platform, row.original_sha256)
    return StreamingResponse(readings.chunks(stream), media_type="application/octet-stream", headers=headers)


def pdf_response(data: bytes, name: str) -> Response:
    """A PDF file that this application made, to be kept or opened by the reader's own program."""
    headers = {"Content-Disposition": _attachment(name), "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="application/pdf", headers=headers)


def _attachment(name: str) -> str:
    """The name twice (RFC 6266): plain ASCII for old programs, UTF-8 for all others."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in _PLAIN) else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
