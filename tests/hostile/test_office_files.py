"""Office files and mails: traps refused with their reason, what they bring along named, honest ones kept."""

import struct

import pytest

from tests.hostile.specimens import (
    DOCX,
    ODP,
    ODT,
    PDF,
    PPTX,
    XLSX,
    XXE,
    ZIP,
    identified,
    kind,
    mail,
    recoded,
    with_changed,
    with_part,
    zipped,
)  # fmt: skip


@pytest.mark.parametrize("data", [DOCX, XLSX, PPTX, ODT, ODP, recoded(DOCX, "word/document.xml", "utf-16")])
def test_honest_office_files_are_kept(data: bytes) -> None:
    found = identified(data, "a.docx")
    assert (found["family"], found["hazards"], found["reason_code"]) == ("office", [], None)
    assert kind(data, "a.bin") == "office"


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
        (with_part(DOCX, "word/vbaProject.bin", b"x"), "content.macros"),
        (with_part(DOCX, "word/harmlos.dat", b"x")[:-1], "content.archive"),
        (with_changed(DOCX, "[Content_Types].xml", b"</Types>", _MACRO_SHEET), "content.macros"),
        (
            with_changed(DOCX, "[Content_Types].xml", b"document.main+xml", b"document.macroEnabled.main+xml"),
            "content.macros",
        ),
        (with_changed(DOCX, _RELS, b"/theme", b"/vbaProject"), "content.macros"),
        (with_part(XLSX, "xl/macrosheets/sheet1.xml", b"<a/>"), "content.macros"),
        (with_part(ODT, "Basic/Standard/Module1.xml", b"<a/>"), "content.macros"),
        (
            with_part(ODT, "META-INF/manifest.xml", b"<m:manifest><m:encryption-data/></m:manifest>"),
            "content.encrypted",
        ),
        (recoded(DOCX, "word/document.xml", "utf-8", XXE), "content.xml_doctype"),
        (recoded(DOCX, "word/document.xml", "utf-16", XXE), "content.xml_doctype"),
        (recoded(DOCX, "word/document.xml", "utf-16-be", XXE), "content.xml_doctype"),
        (recoded(DOCX, "word/document.xml", "utf-32", XXE), "content.xml_doctype"),
        (recoded(DOCX, "word/document.xml", "utf-7", XXE), "content.xml_doctype"),
        (recoded(DOCX, "word/document.xml", "cp037", XXE), "content.xml_doctype"),
        (recoded(DOCX, "word/document.xml", "utf-8", "<!--" + "x" * 2_000_000 + "-->" + XXE), "content.xml_doctype"),
        (with_part(DOCX, "word/eigen.dat", f"{XXE}<a/>".encode()), "content.xml_doctype"),
        (with_part(DOCX, "../../etc/cron.d/x", b"x"), "content.archive_paths"),
        (with_part(DOCX, "C:\\x", b"x"), "content.archive_paths"),
        (zipped({"a.txt": b"hallo"}), "content.archive"),
        (zipped({"inner.zip": ZIP}), "content.archive"),
        (zipped({"mimetype": b"application/epub+zip", "content.xml": b"<a/>"}), "content.archive"),
        (with_part(DOCX, "word/media/a.png", bytes(60_000_000)), "content.archive_bomb"),
    ],
)
def test_office_files_that_are_traps_are_refused(data: bytes, reason: str) -> None:
    assert kind(data, "a.docx") == reason


@pytest.mark.parametrize(
    ("data", "hazards"),
    [
        (with_changed(DOCX, _RELS, b"</Relationships>", _TEMPLATE), ["remote-file"]),
        (with_changed(DOCX, _RELS, b"</Relationships>", _LINK), []),
        (with_part(DOCX, "word/embeddings/oleObject1.bin", b"x"), ["embedded-object"]),
        (with_part(DOCX, "word/embeddings/Tabelle1.xlsx", XLSX), []),
        (b"{\\rtf1 {\\object\\objemb{\\*\\objdata 0105}}}", ["embedded-object"]),
    ],
)
def test_what_an_office_file_brings_along_is_named(data: bytes, hazards: list[str]) -> None:
    found = identified(data, "a.docx")
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
    assert kind(_ole(*names), "a.doc") == reason


def test_a_locked_archive_entry_is_called_locked() -> None:
    locked = bytearray(DOCX)
    for place in (6, locked.rindex(b"PK\x01\x02") + 8):
        locked[place] |= 1
    assert kind(bytes(locked), "a.docx") == "content.encrypted"


def test_entries_that_share_their_bytes_are_a_bomb() -> None:
    one = zipped({"word/document.xml": bytes(2_000_000)})
    directory, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    entry = one[directory:end]
    many = one[:directory] + entry * 40
    tail = bytearray(one[end:])
    struct.pack_into("<HHI", tail, 8, 40, 40, len(entry) * 40)
    assert kind(many + bytes(tail), "a.docx") == "content.archive_bomb"


def test_sizes_beyond_four_gigabytes_are_a_bomb_by_their_word_alone() -> None:
    data = bytearray(with_part(DOCX, "word/media/a.bin", b"x" * 10))
    entry = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 0xFFFFFFF0)
    assert kind(bytes(data), "a.docx") == "content.archive_bomb"


_NESTED = b"".join(b"Content-Type: message/rfc822\n\n" for _ in range(50))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (mail(), "mail"),
        (mail(antrag_pdf=PDF, bild_zip=ZIP), "mail"),
        (mail(winmail_dat=b"\x78\x9f\x3e\x22" + bytes(40)), "mail"),
        (mail(rechnung_pdf_exe=b"x"), "content.mail_program"),
        (mail(rechnung_pdf=b"MZ\x90\x00" + bytes(200)), "content.mail_program"),
        (mail(rechnung_js=b"alert(1)"), "content.mail_program"),
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
def test_mails_are_kept_within_limits(data: bytes, expected: str) -> None:
    assert kind(data, "a.eml") == expected
