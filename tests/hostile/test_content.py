"""What bytes are taken for: polyglots, odd XML, office traps and mails refused with their reason, honest files kept."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pikepdf
import pptx
import pytest
from odf.opendocument import OpenDocumentPresentation, OpenDocumentText
from PIL import Image

from dms.intake import wording
from dms.intake.content import identify
from dms.intake.office import extract_text
from dms.intake.refusal import Refused
from tests.conftest import ROOT

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE = f'<Invoice xmlns="{UBL}Invoice-2" xmlns:cbc="{UBL}CommonBasicComponents-2"><cbc:ID>ü</cbc:ID></Invoice>'
XXE = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def _found(data: bytes, name: str) -> Any:
    return identify(io.BytesIO(data), Path(), name)


def _kind(data: bytes, name: str) -> str:
    """The family of what is read, else the reason of the refusal, also of the step that reads the text."""
    found = _found(data, name)
    if found["reason_code"]:
        return _worded(str(found["reason_code"]))
    try:
        extract_text(io.BytesIO(data), Path(), media_type=found["media_type"])
    except Refused as exc:
        return _worded(exc.code)
    return str(found["family"])


def _worded(reason: str) -> str:
    assert reason in wording.REASONS or reason.startswith("xml."), reason
    return reason


def _pdf() -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        file = io.BytesIO()
        pdf.save(file)
    return file.getvalue()


def _picture(kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 40).convert("RGB").save(file, kind, **options)
    return file.getvalue()


def _zip(files: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def _jpeg(**options: Any) -> bytes:
    return _picture("JPEG", **options)


PDF, JPEG, PNG, TIFF = _pdf(), _jpeg(), _picture("PNG"), _picture("TIFF")
ZIP = _zip({"a.class": b"x" * 99})
SCRIPT = b"<script>alert(1)</script>"


def _png_with(kind: bytes, content: bytes) -> bytes:
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return PNG[:33] + chunk + PNG[33:]


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
        (_jpeg(comment=b"<?PHP phpinfo();"), "a.jpg", "content.two_types"),
        (JPEG + b"Rar!\x1a\x07\x00", "a.jpg", "content.two_types"),
        (JPEG + PDF, "a.jpg", "content.two_types"),
        (PNG + ZIP, "a.png", "content.two_types"),
        (PNG + SCRIPT, "a.png", "content.two_types"),
        (_png_with(b"tEXt", b"profile\x00/etc/passwd"), "a.png", "content.two_types"),
        (_png_with(b"tEXt", b"Comment\x00" + SCRIPT), "a.png", "content.two_types"),
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
    assert _kind(data, name) == reason


def _mpf() -> bytes:
    """A camera's picture: Exif with a thumbnail's orientation, and a second picture behind the first."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Kamera"
    return _jpeg(exif=exif) + _jpeg()


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
        (_png_with(b"tEXt", b"Raw profile type exif\x00abc"), "a.png", "image"),
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
    assert _kind(data, name) == family
    assert _found(data, name)["hazards"] == []


def test_a_pdf_that_holds_a_whole_archive_inside_is_one_file() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["tabelle.zip"] = pikepdf.AttachedFileSpec(pdf, ZIP)
        file = io.BytesIO()
        pdf.save(file, compress_streams=False)
    assert ZIP in file.getvalue()
    assert _kind(file.getvalue(), "a.pdf") == "pdf"


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
        assert _kind(text.encode(), name) == expected, name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encoding_neither_hides_a_trap_nor_spoils_an_invoice(encoding: str) -> None:
    assert _kind(INVOICE.encode(encoding), "a.xml") == "xml"
    assert _kind(f"{XXE}{INVOICE}".encode(encoding), "a.xml") == "xml.doctype"
    assert _kind(f"<svg>{INVOICE}</svg>".encode(encoding), "a.xml") == "content.xml_unknown"


def test_an_encoding_that_lies_is_refused() -> None:
    assert _kind(f'<?xml version="1.0" encoding="UTF-8"?>{INVOICE}'.encode("latin-1"), "a.xml") == "xml.encoding"
    assert _kind(INVOICE.encode("utf-32"), "a.xml") in ("content.unknown", "xml.malformed")
    assert _kind(INVOICE.encode("cp037"), "a.xml") == "content.unknown"
    assert _kind(b"+ADwAIQ-DOCTYPE html+AD4-", "a.xml") == "xml.malformed"


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
    assert _kind(html, "a.html") == "content.script"


# Office --------------------------------------------------------------------------------------------------------------


def _saved(document: Any) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _docx() -> bytes:
    document = docx.Document()
    document.add_paragraph("Die Satzung tritt in Kraft.")
    return _saved(document)


DOCX, XLSX, PPTX = _docx(), _saved(openpyxl.Workbook()), _saved(pptx.Presentation())
ODT, ODP = _saved(OpenDocumentText()), _saved(OpenDocumentPresentation())


def _changed(office: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(office)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    return _zip(files)


def _with(office: bytes, name: str, content: bytes) -> bytes:
    return _changed(office, lambda files: files.update({name: content}))


def _in(office: bytes, name: str, old: bytes, new: bytes) -> bytes:
    return _changed(office, lambda files: files.update({name: files[name].replace(old, new)}))


def _recoded(office: bytes, name: str, encoding: str, before: str = "") -> bytes:
    def change(files: dict[str, bytes]) -> None:
        text = files[name].decode().partition("?>")[2]
        files[name] = f'<?xml version="1.0" encoding="{encoding}"?>{before}{text}'.encode(encoding)

    return _changed(office, change)


@pytest.mark.parametrize("data", [DOCX, XLSX, PPTX, ODT, ODP, _recoded(DOCX, "word/document.xml", "utf-16")])
def test_honest_office_files_are_kept(data: bytes) -> None:
    found = _found(data, "a.docx")
    assert (found["family"], found["hazards"], found["reason_code"]) == ("office", [], None)
    assert _kind(data, "a.bin") == "office"


_TEMPLATE = (
    b'<Relationship Id="r9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"'
    b' Target="http://example.org/x.dotm" TargetMode="External"/></Relationships>'
)
_LINK = _TEMPLATE.replace(b"attachedTemplate", b"hyperlink")
_MACRO_SHEET = b'<Override PartName="/xl/x.xml" ContentType="application/vnd.ms-excel.macrosheet+xml"/></Types>'
_RELS = "word/_rels/document.xml.rels"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_with(DOCX, "word/vbaProject.bin", b"x"), "content.macros"),
        (_with(DOCX, "word/harmlos.dat", b"x")[:-1], "content.archive"),
        (_in(DOCX, "[Content_Types].xml", b"</Types>", _MACRO_SHEET), "content.macros"),
        (_in(DOCX, "[Content_Types].xml", b"document.main+xml", b"document.macroEnabled.main+xml"), "content.macros"),
        (_in(DOCX, _RELS, b"/theme", b"/vbaProject"), "content.macros"),
        (_with(XLSX, "xl/macrosheets/sheet1.xml", b"<a/>"), "content.macros"),
        (_with(ODT, "Basic/Standard/Module1.xml", b"<a/>"), "content.macros"),
        (_with(ODT, "META-INF/manifest.xml", b"<m:manifest><m:encryption-data/></m:manifest>"), "content.encrypted"),
        (_recoded(DOCX, "word/document.xml", "utf-8", XXE), "content.xml_doctype"),
        (_recoded(DOCX, "word/document.xml", "utf-16", XXE), "content.xml_doctype"),
        (_recoded(DOCX, "word/document.xml", "utf-16-be", XXE), "content.xml_doctype"),
        (_recoded(DOCX, "word/document.xml", "utf-32", XXE), "content.xml_doctype"),
        (_recoded(DOCX, "word/document.xml", "utf-7", XXE), "content.xml_doctype"),
        (_recoded(DOCX, "word/document.xml", "cp037", XXE), "content.xml_doctype"),
        (_recoded(DOCX, "word/document.xml", "utf-8", "<!--" + "x" * 2_000_000 + "-->" + XXE), "content.xml_doctype"),
        (_with(DOCX, "word/eigen.dat", f"{XXE}<a/>".encode()), "content.xml_doctype"),
        (_with(DOCX, "../../etc/cron.d/x", b"x"), "content.archive_paths"),
        (_with(DOCX, "C:\\x", b"x"), "content.archive_paths"),
        (_zip({"a.txt": b"hallo"}), "content.archive"),
        (_zip({"inner.zip": ZIP}), "content.archive"),
        (_zip({"mimetype": b"application/epub+zip", "content.xml": b"<a/>"}), "content.archive"),
        (_with(DOCX, "word/media/a.png", bytes(60_000_000)), "content.archive_bomb"),
    ],
)
def test_office_files_that_are_traps_are_refused(data: bytes, reason: str) -> None:
    assert _kind(data, "a.docx") == reason


@pytest.mark.parametrize(
    ("data", "hazards"),
    [
        (_in(DOCX, _RELS, b"</Relationships>", _TEMPLATE), ["remote-file"]),
        (_in(DOCX, _RELS, b"</Relationships>", _LINK), []),
        (_with(DOCX, "word/embeddings/oleObject1.bin", b"x"), ["embedded-object"]),
        (_with(DOCX, "word/embeddings/Tabelle1.xlsx", XLSX), []),
        (b"{\\rtf1 {\\object\\objemb{\\*\\objdata 0105}}}", ["embedded-object"]),
    ],
)
def test_what_an_office_file_brings_along_is_named(data: bytes, hazards: list[str]) -> None:
    found = _found(data, "a.docx")
    assert (found["reason_code"], found["hazards"]) == (None, hazards)


def _ole(*names: str) -> bytes:
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(600)
        + b"".join(name.encode("utf-16-le") + bytes(90) for name in names)
    )


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("WordDocument",), "content.office_old"),
        (("Workbook",), "content.office_old"),
        (("PowerPoint Document",), "content.office_old"),
        (("EncryptionInfo", "EncryptedPackage"), "content.encrypted"),
        (("__nameid_version1.0",), "content.outlook"),
        (("Anything",), "content.unknown"),
    ],
)
def test_compound_files_have_a_reason_of_their_own(names: tuple[str, ...], reason: str) -> None:
    assert _kind(_ole(*names), "a.doc") == reason


def test_a_locked_archive_entry_is_called_locked() -> None:
    locked = bytearray(DOCX)
    for place in (6, locked.rindex(b"PK\x01\x02") + 8):
        locked[place] |= 1
    assert _kind(bytes(locked), "a.docx") == "content.encrypted"


def test_entries_that_share_their_bytes_are_a_bomb() -> None:
    one = _zip({"word/document.xml": bytes(2_000_000)})
    directory, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    entry = one[directory:end]
    many = one[:directory] + entry * 40
    tail = bytearray(one[end:])
    struct.pack_into("<HHI", tail, 8, 40, 40, len(entry) * 40)
    assert _kind(many + bytes(tail), "a.docx") == "content.archive_bomb"


def test_sizes_beyond_four_gigabytes_are_a_bomb_by_their_word_alone() -> None:
    data = bytearray(_with(DOCX, "word/media/a.bin", b"x" * 10))
    entry = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 0xFFFFFFF0)
    assert _kind(bytes(data), "a.docx") == "content.archive_bomb"


# Mail ----------------------------------------------------------------------------------------------------------------


def _mail(**attachments: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "Antrag"
    mail.set_content("Guten Tag")
    for name, content in attachments.items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return mail.as_bytes()


_NESTED = b"".join(b"Content-Type: message/rfc822\n\n" for _ in range(50))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (_mail(), "mail"),
        (_mail(antrag_pdf=PDF, bild_zip=ZIP), "mail"),
        (_mail(winmail_dat=b"\x78\x9f\x3e\x22" + bytes(40)), "mail"),
        (_mail(rechnung_pdf_exe=b"x"), "content.mail_program"),
        (_mail(rechnung_pdf=b"MZ\x90\x00" + bytes(200)), "content.mail_program"),
        (_mail(rechnung_js=b"alert(1)"), "content.mail_program"),
        (b"From: a@b\nTo: c@d\n" + b"X-A: b\n" * 100_000 + b"\nhallo", "content.mail_headers"),
        (b"From: a@b\nTo: c@d\nSubject: " + b"x" * 1_000_000 + b"\n\nhallo", "content.mail_headers"),
        (b"From: a@b\nTo: c@d\n" + b"Content-Type: message/rfc822\n\n" * 600, "content.mail_parts"),
        (b"From: a@b\nTo: c@d\n" + _NESTED + b"\nhallo", "content.mail_depth"),
        (
            b"From: a@b\nTo: c@d\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 500,
            "content.mail_parts",
        ),
        (b"\x78\x9f\x3e\x22" + bytes(40), "content.outlook"),
    ],
)
def test_mails_are_kept_within_limits(data: bytes, kind: str) -> None:
    assert _kind(data, "a.eml") == kind


def test_every_reason_has_a_german_sentence() -> None:
    raised = re.compile(r"(?:Refused|UnreadableFile|OverLimit|EngineFailed|Rejected|OcrError)\(\s*\"([a-z_.]+)\"")
    sources = [path for folder in ("ocr", "invoicing", "dms/intake") for path in (ROOT / folder).rglob("*.py")]
    codes = {code for path in sources for code in raised.findall(path.read_text(encoding="utf-8"))}
    assert len(codes) > 40
    assert {code for code in codes if not code.startswith("xml.")} - set(wording.REASONS) == set()
    assert all(wording.reason(code) == wording._XML for code in codes if code.startswith("xml."))
