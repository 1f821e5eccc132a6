"""What bytes are taken for: polyglots, odd XML and active HTML refused with their reason, honest files kept."""

import io
import re

import pikepdf
import pytest
from PIL import Image

from dms.intake import wording
from tests.conftest import ROOT
from tests.hostile.specimens import (
    INVOICE,
    JPEG,
    PDF,
    PNG,
    SCRIPT,
    TIFF,
    XXE,
    ZIP,
    identified,
    jpeg,
    kind,
    png_with,
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (PDF + ZIP, "a.pdf", "content.two_types"),
        (ZIP + PDF, "a.pdf", "content.two_types"),
        (SCRIPT + PDF, "a.pdf", "content.two_types"),
        (b"%PDF-1.4\n%" + SCRIPT + PDF[9:], "a.pdf", "content.two_types"),
        (PDF + SCRIPT, "a.pdf", "content.two_types"),
        (PDF + b"\n<?php system($_GET[0]); ?>", "a.pdf", "content.two_types"),
        (PDF + b"\x7fELF\x02\x01\x01", "a.pdf", "content.two_types"),
        (JPEG[:20] + PDF, "a.jpg", "content.two_types"),
        (PNG[:20] + PDF, "a.png", "content.two_types"),
        (b"GIF89a" + PDF, "a.gif", "content.two_types"),
        (b"MZ\x90\x00" + PDF, "a.pdf", "content.two_types"),
        (JPEG + ZIP, "a.jpg", "content.two_types"),
        (JPEG + b"<?php system('id'); ?>", "a.jpg", "content.two_types"),
        (JPEG + b"\n<?= `$_GET[0]` ?>", "a.jpg", "content.two_types"),
        (jpeg(comment=b"<?PHP phpinfo();"), "a.jpg", "content.two_types"),
        (JPEG + b"Rar!\x1a\x07\x00", "a.jpg", "content.two_types"),
        (JPEG + PDF, "a.jpg", "content.two_types"),
        (PNG + ZIP, "a.png", "content.two_types"),
        (PNG + SCRIPT, "a.png", "content.two_types"),
        (png_with(b"tEXt", b"profile\x00/etc/passwd"), "a.png", "content.two_types"),
        (png_with(b"tEXt", b"Comment\x00" + SCRIPT), "a.png", "content.two_types"),
        (TIFF + ZIP, "a.tif", "content.two_types"),
        (ZIP, "a.pdf", "content.archive"),
        (b"<html><body>hallo</body></html>", "a.pdf", "content.name_differs"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a.jpg", "content.name_differs"),
        (b"push graphic-context\nviewbox 0 0 640 480\n", "a.png", "content.name_differs"),
        (b"push graphic-context\nviewbox 0 0 640 480\n", "a.mvg", "content.script"),
        (b"%!PS\nuserdict /setpagedevice undef\n", "a.jpg", "content.script"),
        (b"Guten Tag, das ist kein Bild.", "a.jpeg", "content.name_differs"),
        (b"MZ\x90\x00" + bytes(100), "rechnung.pdf", "content.program"),
        (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR", "eicar.com", "content.program"),
        (b"\x7fELF" + bytes(100), "a.txt", "content.program"),
        (b"#!/bin/sh\nrm -rf /\n", "a", "content.script"),
        (b"hallo <?php phpinfo() ?>", "a.txt", "content.script"),
        (b"Options +ExecCGI\nAddHandler x .jpg\n", ".htaccess", "content.script"),
        (b"[InternetShortcut]\nURL=file://x/y\n", "a.txt", "content.script"),
        (bytes(range(256)) * 4, "a.txt", "content.unknown"),
        (b"\x80", "a", "content.unknown"),
        (b"9jqo^BlbD-BleB1DJ+*+F(f,q/0JhKF<GL>Cj@.4Gp$d7F!,L7@<6@)/0JDEF<G%<+EV:2F!,~>", "a", "content.unknown"),
        (b"48656c6c6f20576f726c6448656c6c6f20576f726c6448656c6c6f>", "seed", "content.unknown"),
        (b"", "a.pdf", "content.empty"),
    ],
)
def test_what_is_two_things_or_not_what_it_says_is_refused(data: bytes, name: str, reason: str) -> None:
    assert kind(data, name) == reason


def _mpf() -> bytes:
    """A camera's picture: Exif with a thumbnail's orientation, and a second picture behind the first."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Kamera"
    return jpeg(exif=exif) + jpeg()


_CODE_MAIL = (
    b"From: a@example.org\nTo: b@example.org\nSubject: Formular\n\nBitte so:\n\n    <script>alert(1)</script>\n"
)


@pytest.mark.parametrize(
    ("data", "name", "family"),
    [
        (PDF, "a.pdf", "pdf"),
        (PDF, "a.jpg", "pdf"),
        (b"\r\n\xef\xbb\xbf" + b" " * 900 + PDF, "a.pdf", "pdf"),
        (b"Druckauftrag 4711\n" + PDF, "a.pdf", "pdf"),
        (PDF + b"\r\n\r\n" + bytes(2000), "a.pdf", "pdf"),
        (PDF + b"\nhttps://scanner.example/47\n", "a.pdf", "pdf"),
        (JPEG, "a.jpg", "image"),
        (_mpf(), "a.jpg", "image"),
        (JPEG + bytes(5000), "a.jpg", "image"),
        (PNG + bytes(17), "a.png", "image"),
        (png_with(b"tEXt", b"Raw profile type exif\x00abc"), "a.png", "image"),
        (TIFF, "a.tif", "image"),
        (_CODE_MAIL, "a.eml", "mail"),
        ("Straße und Fläche, Grüße".encode("cp1252"), "a.txt", "text"),
        ("Straße und Fläche, Grüße".encode("cp850"), "alt.txt", "text"),
        ("Straße und Fläche, Grüße".encode("utf-16"), "a.txt", "text"),
        ("Straße und Fläche, Grüße".encode("utf-8-sig"), "a.txt", "text"),
        (("ä" * 40_000).encode(), "a.txt", "text"),
        ("Gemeinde Musterdorf, Bauamt. Bitte um Rückruf.".encode(), "LIESMICH", "text"),
        (b"Nr;Betrag\n1;2,50\n", "a.csv", "text"),
        (b"<anna@example.org> schrieb am Montag: ja", "a.txt", "text"),
        (b"<!DOCTYPE html><html><body><p onlinedienst>Antrag auf Einsicht</p></body></html>", "a.html", "office"),
        (b"<p>Ihre Anfrage: JavaScript: ja oder nein? online = gut</p>", "a.htm", "office"),
        (b"{\\rtf1\\ansi Guten Tag}", "a.rtf", "office"),
        (b"{\\rtf1\\ansi Guten Tag}", "a.doc", "office"),
    ],
)
def test_an_honest_file_does_not_suffer(data: bytes, name: str, family: str) -> None:
    assert kind(data, name) == family
    assert identified(data, name)["hazards"] == []


def test_a_pdf_that_holds_a_whole_archive_inside_is_one_file() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["tabelle.zip"] = pikepdf.AttachedFileSpec(pdf, ZIP)
        file = io.BytesIO()
        pdf.save(file, compress_streams=False)
    assert ZIP in file.getvalue()
    assert kind(file.getvalue(), "a.pdf") == "pdf"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{XXE}<a>&e;</a>", "xml.doctype"),
        (f'<?xml version="1.0"?>\n<!-- x -->{XXE}{INVOICE}', "xml.doctype"),
        ('<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]><a/>', "xml.doctype"),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "xml.doctype"),
        ('<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></a>', "xml.xinclude"),
        ("<a>" * 200_000 + "</a>" * 200_000, "xml.too_deep"),
        ("<root xmlns='namespace'><element/></root>", "content.xml_unknown"),
        ("<?pi x?><!-- y --><root/>", "content.xml_unknown"),
        ("<configuration><system.webServer/></configuration>", "content.xml_unknown"),
        ('<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>', "content.script"),
        ('<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"/>', "content.script"),
        ('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "content.script"),
        (f"Vorrede\n<?xml version='1.0'?>{INVOICE}", "xml.malformed"),
        (INVOICE[:-3], "xml.malformed"),
        (f'<?xml version="1.0" encoding="UTF-7"?>{INVOICE}', "xml.encoding"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{INVOICE}', "xml.encoding"),
        (INVOICE, "xml"),
        (f"<!-- Rechnung -->\n{INVOICE}", "xml"),
        ('<d:Abgabe xmlns:d="urn:xoev-de:xdomea:schema:3.0.0"/>', "xml"),
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>', "xml"),
    ],
)
def test_xml_is_read_only_where_it_is_harmless_and_known(text: str, reason: str) -> None:
    for name in ("a.xml", "rechnung.bin"):
        expected = (
            "content.unknown" if reason == "xml.malformed" and text.startswith("V") and name != "a.xml" else reason
        )
        assert kind(text.encode(), name) == expected, name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encoding_neither_hides_a_trap_nor_spoils_an_invoice(encoding: str) -> None:
    assert kind(INVOICE.encode(encoding), "a.xml") == "xml"
    assert kind(f"{XXE}{INVOICE}".encode(encoding), "a.xml") == "xml.doctype"
    assert kind(f"<svg>{INVOICE}</svg>".encode(encoding), "a.xml") == "content.xml_unknown"


def test_an_encoding_that_lies_is_refused() -> None:
    assert kind(f'<?xml version="1.0" encoding="UTF-8"?>{INVOICE}'.encode("latin-1"), "a.xml") == "xml.encoding"
    assert kind(INVOICE.encode("utf-32"), "a.xml") in ("content.unknown", "xml.malformed")
    assert kind(INVOICE.encode("cp037"), "a.xml") == "content.unknown"
    assert kind(b"+ADwAIQ-DOCTYPE html+AD4-", "a.xml") == "xml.malformed"


@pytest.mark.parametrize(
    "html",
    [
        SCRIPT,
        b"<html><body onload=alert(1)>",
        b'<p><a href="JAVASCRIPT:alert(1)">x</a></p>',
        b'<html><iframe src="https://example.org"></iframe></html>',
        b'<html><meta http-equiv="refresh" content="0;url=http://x">',
        b'<html><meta charset="utf-7">',
        b"<html><object data=x.swf></object>",
        "<html><body onload=alert(1)>".encode("utf-16"),
    ],
)
def test_html_that_acts_is_refused(html: bytes) -> None:
    assert kind(html, "a.html") == "content.script"


def test_every_reason_has_a_german_sentence() -> None:
    raised = re.compile(r"(?:Refused|UnreadableFile|OverLimit|EngineFailed|Rejected|OcrError)\(\s*\"([a-z_.]+)\"")
    sources = [path for folder in ("ocr", "invoicing", "dms/intake") for path in (ROOT / folder).rglob("*.py")]
    codes = {code for path in sources for code in raised.findall(path.read_text(encoding="utf-8"))}
    assert len(codes) > 40
    assert {code for code in codes if not code.startswith("xml.")} - set(wording.REASONS) == set()
    assert all(wording.reason(code) == wording._XML for code in codes if code.startswith("xml."))
