"""Small honest files of every kind, ways to spoil them, and what the intake takes a file for."""

import io
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
from odf.opendocument import OpenDocumentPresentation, OpenDocumentText
from PIL import Image

from dms.intake import wording
from dms.intake.content import identify
from dms.intake.office import extract_text
from dms.intake.refusal import Refused

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE = f'<Invoice xmlns="{UBL}Invoice-2" xmlns:cbc="{UBL}CommonBasicComponents-2"><cbc:ID>ü</cbc:ID></Invoice>'
XXE = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def identified(data: bytes, name: str) -> Any:
    return identify(io.BytesIO(data), Path(), name)


def kind(data: bytes, name: str) -> str:
    """The family of what is read, else the reason of the refusal, also of the step that reads the text."""
    found = identified(data, name)
    if found["reason_code"]:
        return worded(str(found["reason_code"]))
    try:
        extract_text(io.BytesIO(data), Path(), media_type=found["media_type"])
    except Refused as exc:
        return worded(exc.code)
    return str(found["family"])


def worded(reason: str) -> str:
    assert reason in wording.REASONS or reason.startswith("xml."), reason
    return reason


def _pdf() -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        file = io.BytesIO()
        pdf.save(file)
    return file.getvalue()


def picture(kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 40).convert("RGB").save(file, kind, **options)
    return file.getvalue()


def zipped(files: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def jpeg(**options: Any) -> bytes:
    return picture("JPEG", **options)


PDF, JPEG, PNG, TIFF = _pdf(), jpeg(), picture("PNG"), picture("TIFF")
ZIP = zipped({"a.class": b"x" * 99})
SCRIPT = b"<script>alert(1)</script>"


def png_with(kind: bytes, content: bytes) -> bytes:
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return PNG[:33] + chunk + PNG[33:]


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
    return zipped(files)


def with_part(office: bytes, name: str, content: bytes) -> bytes:
    return _changed(office, lambda files: files.update({name: content}))


def with_changed(office: bytes, name: str, old: bytes, new: bytes) -> bytes:
    return _changed(office, lambda files: files.update({name: files[name].replace(old, new)}))


def recoded(office: bytes, name: str, encoding: str, before: str = "") -> bytes:
    def change(files: dict[str, bytes]) -> None:
        text = files[name].decode().partition("?>")[2]
        files[name] = f'<?xml version="1.0" encoding="{encoding}"?>{before}{text}'.encode(encoding)

    return _changed(office, change)


def mail(**attachments: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "Antrag"
    mail.set_content("Guten Tag")
    for name, content in attachments.items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return mail.as_bytes()
