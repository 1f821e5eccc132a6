"""Hybrid PDFs are announced as their profile demands, keep what the page was, and are read by others."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import facturx
import pikepdf
import pytest
import typst

from invoicing import Invoice, NotAnInvoice, Refused, embed, write_cii, write_zugferd, xml, zugferd
from invoicing.hybrid import Attached, attach
from invoicing.model import ProcessControl
from invoicing.scenarios import EN_16931, XRECHNUNG

_BASIC = "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic"
_EXTENDED = "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended"
_CREATED = datetime(2026, 11, 5, 12, 30, tzinfo=UTC)
_NAMESPACES = {
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "ext": "http://www.aiim.org/pdfa/ns/extension/",
    "schema": "http://www.aiim.org/pdfa/ns/schema#",
    "property": "http://www.aiim.org/pdfa/ns/property#",
    "uaid": "http://www.aiim.org/pdfua/ns/id/",
    "dc": "http://purl.org/dc/elements/1.1/",
}


def _as(specimen: Invoice, profile: str) -> Invoice:
    return replace(specimen, process=ProcessControl("urn:fdc:peppol.eu:2017:poacc:billing:01:1.0", profile))


def _metadata(pdf: pikepdf.Pdf) -> "pikepdf.models.PdfMetadata":
    with pdf.open_metadata() as metadata:
        return metadata


@pytest.mark.parametrize(
    ("profile", "level", "version", "name", "relationship"),
    [
        (EN_16931, "EN 16931", "1.0", "factur-x.xml", "/Alternative"),
        (_BASIC, "BASIC", "1.0", "factur-x.xml", "/Alternative"),
        (_EXTENDED, "EXTENDED", "1.0", "factur-x.xml", "/Alternative"),
        ("urn:factur-x.eu:1p0:minimum", "MINIMUM", "1.0", "factur-x.xml", "/Data"),
        ("urn:factur-x.eu:1p0:basicwl", "BASIC WL", "1.0", "factur-x.xml", "/Data"),
        (XRECHNUNG, "XRECHNUNG", "3.0", "xrechnung.xml", "/Source"),
    ],
)
def test_the_profile_decides_name_level_and_relationship(
    specimen: Invoice, profile: str, level: str, version: str, name: str, relationship: str
) -> None:
    invoice = _as(specimen, profile)
    written = write_zugferd(invoice, created=_CREATED)
    with pikepdf.open(BytesIO(written)) as pdf:
        [specification] = pdf.Root.AF
        assert (str(specification.UF), str(specification.AFRelationship)) == (name, relationship)
        assert str(specification.EF.UF.Subtype) == "/text/xml"
        assert str(specification.EF.UF.Params.ModDate) == "D:20261105123000+00'00'"
        metadata = _metadata(pdf)
        found = {key: metadata[f"{{{_NAMESPACES['fx']}}}{key}"] for key in ("ConformanceLevel", "Version")}
        assert found == {"ConformanceLevel": level, "Version": version}
        assert metadata[f"{{{_NAMESPACES['fx']}}}DocumentFileName"] == name
    [candidate] = zugferd.invoice_candidates(zugferd.embedded_files(BytesIO(written)))
    assert candidate.file.content == write_cii(invoice)
    assert candidate.has_known_name


def test_another_reader_finds_the_invoice(specimen: Invoice) -> None:
    invoice = _as(specimen, EN_16931)
    name, found = facturx.get_xml_from_pdf(write_zugferd(invoice), check_xsd=True)
    assert (name, found) == ("factur-x.xml", write_cii(invoice))


def test_the_page_keeps_its_tags_and_claims_and_the_new_schema_joins_the_list(specimen: Invoice) -> None:
    with pikepdf.open(BytesIO(write_zugferd(_as(specimen, EN_16931)))) as pdf:
        assert pdf.Root.MarkInfo.Marked is True
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == "de"
        root = xml.parse(bytes(pdf.Root.Metadata.read_bytes()))
        [bag] = root.xpath("//ext:schemas/rdf:Bag", namespaces=_NAMESPACES)
        prefixes = bag.xpath("rdf:li/schema:prefix/text()", namespaces=_NAMESPACES)
        assert {"fx", "pdfuaid"} <= set(prefixes)
        named = bag.xpath("rdf:li[schema:prefix='fx']//property:name/text()", namespaces=_NAMESPACES)
        assert named == ["DocumentFileName", "DocumentType", "Version", "ConformanceLevel"]
        assert root.xpath("//uaid:part/text()", namespaces=_NAMESPACES) == ["1"]
        assert root.xpath("//dc:title//rdf:li/text()", namespaces=_NAMESPACES) == ["Rechnung R-2026-17"]


def test_a_page_without_metadata_gets_some(specimen: Invoice) -> None:
    page = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(page)
    written = embed(page.getvalue(), write_cii(_as(specimen, EN_16931)), "Pinsel", "Rechnung 1")
    with pikepdf.open(BytesIO(written)) as pdf:
        metadata = _metadata(pdf)
        assert (metadata["dc:title"], metadata["dc:creator"]) == ("Rechnung 1", ["Pinsel"])
        assert str(pdf.docinfo["/Author"]) == "Pinsel"


def test_the_same_invoice_gives_the_same_bytes(specimen: Invoice) -> None:
    assert write_zugferd(specimen, created=_CREATED) == write_zugferd(specimen, created=_CREATED)


def test_what_is_no_invoice_is_not_embedded() -> None:
    page = typst.compile(b"Seite", format="pdf")
    with pytest.raises(NotAnInvoice):
        embed(page, b"<order/>", "", "")
    with pytest.raises(Refused, match=r"xml\.doctype"):
        embed(page, b"<!DOCTYPE a><a/>", "", "")


def test_several_files_belong_to_the_document_and_come_back_unchanged() -> None:
    page = typst.compile(b"Seite", format="pdf")
    files = [Attached(f"{n}.bin", bytes(range(256)) * n, "text/xml", "Anlage", "Supplement") for n in (1, 2)]
    written = attach(page, files, created=_CREATED)
    assert [tuple(one) for one in zugferd.embedded_files(BytesIO(written))] == [(f.name, f.content) for f in files]
    with pikepdf.open(BytesIO(written)) as pdf:
        assert [str(one.AFRelationship) for one in pdf.Root.AF] == ["/Supplement", "/Supplement"]
