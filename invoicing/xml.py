"""The only place that parses XML: no DTD, no entities, no network, no XInclude, and a cap on bytes, elements and depth.

Every refusal is a `Refused` whose code begins with `xml.`; nothing is repaired, nothing is read from elsewhere.
"""

from __future__ import annotations

import codecs
import re
from typing import NoReturn

from lxml import etree

from invoicing.errors import Refused

MAX_BYTES = 48 * 1024 * 1024
MAX_ELEMENTS = 1_000_000
MAX_DEPTH = 100

_DECLARATION = re.compile(r"<\?xml(?=\s)(?P<attributes>[^>]*?)\?>")
_ENCODING_LABEL = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["'](?P<label>[^"']*)["']""")
_SKIPPED_IN_PROLOG = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ROOT = re.compile(r"<[^\W\d]")
_XINCLUDE = "{http://www.w3.org/2001/XInclude}*"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED_UTF_16 = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_LABELS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "windows-1252",
}
ENCODINGS = frozenset({*_LABELS.values(), *(encoding for _, encoding in _BYTE_ORDER_MARKS)})
"""Every character encoding that is decoded here."""
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")


def parse(data: bytes) -> etree._Element:
    """The root element of `data`, comments and processing instructions left out.

    Accepts UTF-8, UTF-16 and honestly labelled single-byte encodings, XML 1.0 and 1.1. Raises `Refused`: `xml.empty`,
    `xml.too_large`, `xml.encoding`, `xml.doctype`, `xml.malformed`, `xml.too_many_elements`, `xml.too_deep`,
    `xml.xinclude`.
    """
    text = decode(data)
    _refuse_doctype(text)
    if text.count("<") > 2 * MAX_ELEMENTS:
        raise Refused("xml.too_many_elements")
    root = _parse_text(text)
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("xml.doctype")
    if _TOO_DEEP(root):
        raise Refused("xml.too_deep")
    if next(root.iter(_XINCLUDE), None) is not None:
        raise Refused("xml.xinclude")
    return root


def looks_like_xml(data: bytes) -> bool:
    """Whether the first character is `<`, or there is none at all; whatever fails this is no XML and no broken XML."""
    head = data[:256].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    return head.startswith(b"<") or not data.strip()


def decode(data: bytes) -> str:
    """The characters of an XML file without its declaration; raises `Refused` where bytes and label disagree."""
    if not data.strip():
        raise Refused("xml.empty")
    if len(data) > MAX_BYTES:
        raise Refused("xml.too_large")
    try:
        text = data.decode(_encoding(data)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Refused("xml.encoding") from error
    return _DECLARATION.sub("", text, count=1) if _DECLARATION.match(text) else text


def check_beginning(data: bytes) -> None:
    """Refuse what stands before the root element, of a document of which only the beginning is at hand.

    For XML that another library is going to parse. Raises `Refused`: `xml.encoding` (also where the bytes are none of
    the encodings allowed here), `xml.doctype`, `xml.malformed` (no root element begins within `data`).
    """
    text = data.decode(_encoding(data), "ignore").removeprefix("\ufeff")
    if "\x00" in text:
        raise Refused("xml.encoding")
    _refuse_doctype(text)
    if not _ROOT.match(text, _end_of_prolog(text)):
        raise Refused("xml.malformed")


def plain_text(root: etree._Element) -> str:
    """All character data of the document, one line a text node; for indexing, not for reading values."""
    parts = (part.strip() for part in root.itertext() if isinstance(part, str))
    return "\n".join(part for part in parts if part)


def serialise(root: etree._Element) -> bytes:
    """UTF-8 bytes with declaration, without any white space that was not in the tree."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def serialise_text(root: etree._Element) -> str:
    """The document as text without declaration: no DTD, no entity, no instruction can be in it any more."""
    return etree.tostring(root, encoding="unicode")


def _encoding(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    for start, encoding in _UNMARKED_UTF_16:
        if data.startswith(start):
            return encoding
    label = _ENCODING_LABEL.match(data)
    if label is None:
        return "utf-8"
    known = _LABELS.get(label["label"].decode("latin-1").strip().lower())
    return known or _refuse("xml.encoding")


def _refuse_doctype(text: str) -> None:
    """A DOCTYPE is legal before the root element alone; behind it the same letters are text or an error."""
    if text.startswith("\ufeff"):  # a second mark would hide what follows from us, but not from the parser
        raise Refused("xml.malformed")
    position = _end_of_prolog(text)
    if text[position : position + 9].upper() == "<!DOCTYPE":
        raise Refused("xml.doctype")


def _end_of_prolog(text: str) -> int:
    position = 0
    while skipped := _SKIPPED_IN_PROLOG.match(text, position):
        position = skipped.end()
    return position


def _parse_text(text: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(text.encode("utf-8", "strict"), parser)
    except UnicodeEncodeError as error:
        raise Refused("xml.encoding") from error
    except etree.XMLSyntaxError as error:
        raise Refused("xml.too_deep" if "xcessive depth" in str(error) else "xml.malformed") from error


def _refuse(code: str) -> NoReturn:
    raise Refused(code)
