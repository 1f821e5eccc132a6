"""What a PDF does, hides or brings along beside its pages: found anywhere in the file, whether reachable or not.

Nothing of it is ever executed here; the codes are for a person who may be about to open the original elsewhere:
``javascript``, ``launch``, ``submit``, ``uri-action`` and ``remote-file`` (opened by itself; a link to either does
not count), ``media``, ``xfa``, ``embedded-file`` (other than the XML of an e-invoice), ``embedded-program``,
``changed-later`` (an e-invoice of which a later revision shows or says something else), ``not-fully-checked``.
"""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final

import pikepdf

from ocr.limits import MAX_OBJECT_DEPTH, MAX_PDF_OBJECTS

_OF_ACTION: Final = {
    "/JavaScript": "javascript",
    "/Launch": "launch",
    "/SubmitForm": "submit",
    "/ImportData": "submit",
    "/GoToE": "embedded-file",
    "/Rendition": "media",
    "/RichMediaExecute": "media",
    "/Movie": "media",
    "/Sound": "media",
}
_OF_ITSELF: Final = {"/URI": "uri-action", "/GoToR": "remote-file"}
_OF_KEY: Final = {"/JS": "javascript", "/XFA": "xfa", "/FFilter": "remote-file"}
_OF_ANNOTATION: Final = dict.fromkeys(("/Movie", "/Sound", "/Screen", "/RichMedia", "/3D"), "media")
_INVOICE_NAMES: Final = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml")
_PROGRAM_NAMES: Final = (
    ".exe", ".com", ".scr", ".pif", ".cpl", ".dll", ".msi", ".jar", ".lnk", ".iso", ".img", ".vhd", ".hta", ".js",
    ".jse", ".vbs", ".vbe", ".wsf", ".wsh", ".ps1", ".bat", ".cmd", ".sh", ".reg", ".scf", ".url", ".chm", ".docm",
    ".xlsm", ".pptm", ".dotm", ".xltm", ".xlam", ".settingcontent-ms",
)  # fmt: skip
_PROGRAM_STARTS: Final = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")
_REVISION: Final = re.compile(rb"startxref\s+0*([1-9]\d*)\s+%%EOF")
_MOST_REVISIONS: Final = 8
_MOST_ATTACHED_BYTES: Final = 64 * 1024 * 1024


def hazards(pdf: pikepdf.Pdf, source: BinaryIO) -> tuple[str, ...]:
    """The codes of an opened file, in alphabetical order; `source` are its bytes."""
    found: set[str] = set()
    for index, thing in enumerate(pdf.objects):
        if index >= MAX_PDF_OBJECTS:
            found.add("not-fully-checked")
            break
        _collect(thing, found, MAX_OBJECT_DEPTH)
    if "e-invoice" in found and _was_changed_later(source):
        found.add("changed-later")
    return tuple(sorted(found - {"e-invoice"}))


def _collect(thing: pikepdf.Object, found: set[str], depth: int) -> None:
    """Look at one object and what lies directly in it; what it refers to is an object of its own."""
    if depth == 0:
        found.add("not-fully-checked")
        return
    if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        keys = set(thing.keys())
        found |= _of_dictionary(thing, keys)
        children = [thing[key] for key in keys]
    elif isinstance(thing, pikepdf.Array):
        children = list(thing)
    else:
        return
    for child in children:
        if isinstance(child, pikepdf.Object) and not child.is_indirect:
            _collect(child, found, depth - 1)


def _of_dictionary(thing: pikepdf.Object, keys: set[str]) -> set[str]:
    found = {hazard for key, hazard in _OF_KEY.items() if key in keys}
    found |= {hazard for name, hazard in _OF_ACTION.items() if "/S" in keys and str(thing["/S"]) == name}
    found |= {
        hazard for name, hazard in _OF_ANNOTATION.items() if "/Subtype" in keys and str(thing["/Subtype"]) == name
    }
    actions = [thing["/OpenAction"]] if "/OpenAction" in keys else []
    if "/AA" in keys and isinstance(thing["/AA"], pikepdf.Dictionary):
        actions += [action for _, action in thing["/AA"].items()]
    found |= {_OF_ITSELF[kind] for kind in map(_kind, actions) if kind in _OF_ITSELF}
    if "/EF" in keys and isinstance(thing["/EF"], pikepdf.Dictionary):
        found.add(_of_attachment(thing))
    return found


def _kind(action: object) -> str:
    return str(action.get("/S")) if isinstance(action, pikepdf.Dictionary) else ""


def _of_attachment(specification: pikepdf.Object) -> str:
    """What an embedded file is to a person: the XML of an e-invoice, a program, or any other file."""
    names = [str(specification[key]).lower().rstrip(". ") for key in ("/UF", "/F") if key in specification]
    streams = [stream for _, stream in specification["/EF"].items() if isinstance(stream, pikepdf.Stream)]
    if any(name.endswith(_PROGRAM_NAMES) for name in names):
        return "embedded-program"
    if any(_beginning(stream).startswith(_PROGRAM_STARTS) for stream in streams):
        return "embedded-program"
    is_invoice = bool(names) and all(name.replace("\\", "/").rpartition("/")[2] in _INVOICE_NAMES for name in names)
    return "e-invoice" if is_invoice else "embedded-file"


def _beginning(stream: pikepdf.Stream) -> bytes:
    """The first bytes of an embedded file, as far as they can be had without unpacking all of it."""
    try:
        raw = bytes(stream.read_raw_bytes())[:_MOST_ATTACHED_BYTES]
        if str(stream.get("/Filter")) in ("/FlateDecode", "[ /FlateDecode ]"):
            return zlib.decompressobj().decompress(raw, 16)
    except (pikepdf.PdfError, zlib.error, ValueError):
        return b""
    return raw[:16]


def _was_changed_later(source: BinaryIO) -> bool:
    """Whether an earlier revision held an invoice already, and other content.

    Adding the XML to a finished PDF and signing are later revisions too, of nearly every other invoice.
    """
    source.seek(0)
    data = source.read()
    ends = [end.end() for end in _REVISION.finditer(data)][-_MOST_REVISIONS:-1]
    now = _content(data) if ends else None
    return any(before not in (None, now) for before in (_content(data[:end]) for end in ends))


def _content(data: bytes) -> tuple[bytes, ...] | None:
    """Invoice XML and pages as stored; None where the file holds no invoice or cannot be opened."""
    try:
        with pikepdf.open(BytesIO(data), suppress_warnings=True) as pdf:
            invoices = [
                bytes(stream.read_raw_bytes())
                for thing in pdf.objects
                if isinstance(thing, pikepdf.Dictionary) and isinstance(thing.get("/EF"), pikepdf.Dictionary)
                if _of_attachment(thing) == "e-invoice"
                for _, stream in thing["/EF"].items()
            ]
            pages = [b"".join(_streams(page.obj.get("/Contents"))) for page in pdf.pages]
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        return None
    return (*sorted(set(invoices)), *pages) if invoices else None


def _streams(contents: object) -> Iterator[bytes]:
    parts = contents if isinstance(contents, pikepdf.Array) else [contents]
    return (bytes(part.read_raw_bytes()) for part in parts if isinstance(part, pikepdf.Stream))
