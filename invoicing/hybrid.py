"""Files inside a PDF/A-3, and the invoice among them (ZUGFeRD, Factur-X): what `zugferd` reads, written.

The PDF stays as it was made, with its tags and what its metadata claims; only the files and their names are added.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import NamedTuple

import pikepdf
from lxml import etree

from invoicing import xml
from invoicing.detect import detect
from invoicing.errors import NotAnInvoice

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC = "http://purl.org/dc/elements/1.1/"
_PDFA = "http://www.aiim.org/pdfa/ns/"
_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = {
    "DocumentFileName": "name of the embedded XML invoice file",
    "DocumentType": "INVOICE",
    "Version": "version of the standard that the embedded XML follows",
    "ConformanceLevel": "conformance level of the embedded XML",
}
_SCHEMA = f"""<rdf:li xmlns:rdf="{_RDF}" xmlns:pdfaSchema="{_PDFA}schema#" xmlns:pdfaProperty="{_PDFA}property#"
 rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
 <pdfaSchema:namespaceURI>{_FX}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>
 <pdfaSchema:property><rdf:Seq>{{properties}}</rdf:Seq></pdfaSchema:property></rdf:li>"""
_PROPERTY = """<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>
 <pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>
 <pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"""
_PACKET = (b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n', b'\n<?xpacket end="w"?>')


class Attached(NamedTuple):
    """A file to embed; `relationship` as PDF names it: `Source`, `Alternative`, `Data`, `Supplement`, `Unspecified`."""

    name: str
    content: bytes
    mime: str
    description: str
    relationship: str


class _Level(NamedTuple):
    """How a Factur-X profile is announced in the metadata, and what the XML is to the page."""

    name: str
    version: str = "1.0"
    file_name: str = "factur-x.xml"
    relationship: str = "Alternative"


_XRECHNUNG = _Level("XRECHNUNG", "3.0", "xrechnung.xml", "Source")
_LEVELS = {
    "minimum": _Level("MINIMUM", relationship="Data"),
    "basicwl": _Level("BASIC WL", relationship="Data"),
    "basic": _Level("BASIC"),
    "extended": _Level("EXTENDED"),
}


def attach(pdf: bytes, attached: Iterable[Attached], *, created: datetime) -> bytes:
    """The PDF with files that belong to the whole document; a PDF/A-3 stays one."""
    with pikepdf.open(BytesIO(pdf)) as document:
        _attach(document, attached, created)
        return _saved(document)


def embed(pdf: bytes, invoice_xml: bytes, author: str, title: str, *, created: datetime | None = None) -> bytes:
    """The given PDF/A-3 page with `invoice_xml` (CII) inside, announced as its profile (BT-24) demands.

    `author` and `title` replace those of the page; `created` (aware) is the date of the file, else now. Raises
    `Refused` or `NotAnInvoice` for another XML.
    """
    found = detect(invoice_xml)
    if found is None:
        raise NotAnInvoice("invoice.none")
    level = _level(found.profile or "")
    file = Attached(level.file_name, invoice_xml, "text/xml", "Rechnung als XML (ZUGFeRD)", level.relationship)
    with pikepdf.open(BytesIO(pdf)) as document:
        _attach(document, [file], created or datetime.now(UTC))
        document.docinfo["/Title"], document.docinfo["/Author"] = title, author
        document.Root.Metadata = pikepdf.Stream(document, _announced(document, level, author, title))
        document.Root.Metadata.Type, document.Root.Metadata.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
        return _saved(document)


def _level(profile: str) -> _Level:
    if "xrechnung" in profile:
        return _XRECHNUNG
    return _LEVELS.get(profile.rpartition(":")[2].lower(), _Level("EN 16931"))


def _attach(document: pikepdf.Pdf, attached: Iterable[Attached], created: datetime) -> None:
    associated = pikepdf.Array()
    day = created.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
    for one in attached:
        specification = pikepdf.AttachedFileSpec(
            document,
            one.content,
            filename=one.name,
            description=one.description,
            mime_type=one.mime,
            creation_date=day,
            mod_date=day,
            relationship=pikepdf.Name(f"/{one.relationship}"),
        )
        document.attachments[one.name] = specification
        associated.append(document.attachments[one.name].obj)
    document.Root.AF = associated


def _saved(document: pikepdf.Pdf) -> bytes:
    written = BytesIO()
    document.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return written.getvalue()


def _announced(document: pikepdf.Pdf, level: _Level, author: str, title: str) -> bytes:
    """The metadata of the page with the profile in it, and the schema that PDF/A demands for properties of others."""
    packet = document.Root.get("/Metadata")
    whole = bytes(packet.read_bytes()) if packet is not None else b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    root = xml.parse(whole.strip(b"\x00\r\n\t "))
    rdf = root.find(f"{{{_RDF}}}RDF")
    if rdf is None:
        rdf = etree.SubElement(root, f"{{{_RDF}}}RDF", nsmap={"rdf": _RDF})
    for stale in (*rdf.iter(f"{{{_DC}}}title"), *rdf.iter(f"{{{_DC}}}creator")):
        _parent(stale).remove(stale)
    described = etree.SubElement(rdf, f"{{{_RDF}}}Description", nsmap={"dc": _DC, "fx": _FX})
    described.set(f"{{{_RDF}}}about", "")
    _listed(described, "title", "Alt", title)
    _listed(described, "creator", "Seq", author)
    values = (level.file_name, "INVOICE", level.version, level.name)
    for name, value in zip(_PROPERTIES, values, strict=True):
        etree.SubElement(described, f"{{{_FX}}}{name}").text = value
    _schemas(rdf).append(_schema())
    return _PACKET[0] + etree.tostring(root, encoding="utf-8") + _PACKET[1]


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    assert parent is not None  # noqa: S101 - found below the root
    return parent


def _listed(described: etree._Element, name: str, kind: str, text: str) -> None:
    items = etree.SubElement(etree.SubElement(described, f"{{{_DC}}}{name}"), f"{{{_RDF}}}{kind}")
    item = etree.SubElement(items, f"{{{_RDF}}}li")
    item.text = text
    if kind == "Alt":
        item.set("{http://www.w3.org/XML/1998/namespace}lang", "x-default")


def _schemas(rdf: etree._Element) -> etree._Element:
    """The list of schemas that are described in the file, made where there is none: two lists are an error."""
    found = rdf.find(f".//{{{_PDFA}extension/}}schemas/{{{_RDF}}}Bag")
    if found is not None:
        return found
    described = etree.SubElement(rdf, f"{{{_RDF}}}Description", nsmap={"pdfaExtension": f"{_PDFA}extension/"})
    described.set(f"{{{_RDF}}}about", "")
    return etree.SubElement(etree.SubElement(described, f"{{{_PDFA}extension/}}schemas"), f"{{{_RDF}}}Bag")


def _schema() -> etree._Element:
    """What PDF/A wants to know about the properties of Factur-X."""
    properties = "".join(_PROPERTY.format(name=name, text=text) for name, text in _PROPERTIES.items())
    return xml.parse(_SCHEMA.format(properties=properties).encode())
