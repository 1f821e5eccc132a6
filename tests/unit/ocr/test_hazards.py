"""What a PDF hides or does by itself is named; what every other invoice has is not."""

import io
from collections.abc import Callable
from typing import BinaryIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from dms.intake.hazards import HAZARDS
from dms.web import wording
from ocr.pdf import examine

Change = Callable[..., BinaryIO]
ADDRESS = {"/S": Name.URI, "/URI": "http://localhost/"}
REMOTE = {"/S": Name.GoToR, "/F": "other.pdf"}


def _hazards(changed_pdf: Change, change: Callable[[pikepdf.Pdf], None]) -> tuple[str, ...]:
    return examine(changed_pdf(change)).hazards


@pytest.mark.parametrize(
    ("action", "hazard"),
    [
        ({"/S": Name.JavaScript, "/JS": "app.alert(1)"}, "javascript"),
        ({"/S": Name.Launch, "/F": "calc.exe"}, "launch"),
        ({"/S": Name.SubmitForm, "/F": "http://localhost/"}, "submit"),
        ({"/S": Name.ImportData, "/F": "x.fdf"}, "submit"),
        ({"/S": Name.GoToE, "/T": {"/R": Name.C}}, "embedded-file"),
        ({"/S": Name.Rendition}, "media"),
        (ADDRESS, "uri-action"),
        (REMOTE, "remote-file"),
    ],
)
def test_what_happens_by_itself_is_named(changed_pdf: Change, action: dict[str, object], hazard: str) -> None:
    def on_opening(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = pdf.make_indirect(Dictionary(action))

    def on_a_page(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.AA = Dictionary({"/O": Dictionary(action)})

    assert _hazards(changed_pdf, on_opening) == (hazard,)
    assert _hazards(changed_pdf, on_a_page) == (hazard,)


@pytest.mark.parametrize("action", [ADDRESS, REMOTE])
def test_a_link_that_waits_for_a_click_is_no_hazard(changed_pdf: Change, action: dict[str, object]) -> None:
    def link(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.Annots = Array([Dictionary({"/Subtype": Name.Link, "/A": Dictionary(action)})])

    assert _hazards(changed_pdf, link) == ()


@pytest.mark.parametrize("action", [{"/S": Name.JavaScript, "/JS": "1"}, {"/S": Name.Launch, "/F": "x"}])
def test_behind_a_click_programs_stay_hazards(changed_pdf: Change, action: dict[str, object]) -> None:
    def link(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.Annots = Array([Dictionary({"/Subtype": Name.Link, "/A": Dictionary(action)})])

    assert _hazards(changed_pdf, link) in (("javascript",), ("launch",))


@pytest.mark.parametrize(
    ("key", "value", "hazard"),
    [
        ("/AcroForm", Dictionary({"/XFA": Array([])}), "xfa"),
        ("/Extra", Dictionary({"/Subtype": Name.RichMedia}), "media"),
        ("/Extra", Dictionary({"/Subtype": Name("/3D")}), "media"),
        (
            "/Names",
            Dictionary({"/JavaScript": Dictionary({"/Names": Array(["x", Dictionary({"/JS": "1"})])})}),
            "javascript",
        ),
    ],
)
def test_hidden_content_is_named(changed_pdf: Change, key: str, value: object, hazard: str) -> None:
    assert _hazards(changed_pdf, lambda pdf: pdf.Root.__setitem__(key, value)) == (hazard,)


@pytest.mark.parametrize(
    ("name", "content", "hazards"),
    [
        ("beleg.xml", b"<a/>", ("embedded-file",)),
        ("plan.pdf", b"%PDF-1.7", ("embedded-file",)),
        ("rechnung.pdf.exe", b"x", ("embedded-program",)),
        ("rechnung.pdf", b"MZ\x90\x00" + bytes(99), ("embedded-program",)),
        ("tabelle.xlsm", b"PK", ("embedded-program",)),
        ("factur-x.xml", b"<a/>", ()),
        ("ZUGFeRD-invoice.xml", b"<a/>", ()),
    ],
)
def test_embedded_files_are_told_apart(
    changed_pdf: Change, name: str, content: bytes, hazards: tuple[str, ...]
) -> None:
    def attach(pdf: pikepdf.Pdf) -> None:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)

    assert _hazards(changed_pdf, attach) == hazards


def _invoice(changed_pdf: Change) -> bytes:
    def attach(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["factur-x.xml"] = pikepdf.AttachedFileSpec(pdf, b"<sum>100</sum>", filename="factur-x.xml")

    return changed_pdf(attach).read()


def _later(data: bytes, number: int, body: bytes) -> io.BytesIO:
    """The file with one object replaced by an incremental update (ISO 32000-1, 7.5.6)."""
    before = int(data.rsplit(b"startxref", 1)[1].split()[0])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        root, size = pdf.Root.objgen[0], len(pdf.objects) + 1
    added = b"\n%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, len(data) + 1)
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\n" % (size, root, before)
    at = len(data) + len(added)
    return io.BytesIO(data + added + table + trailer + b"startxref\n%d\n%%%%EOF\n" % at)


def test_an_invoice_whose_page_was_changed_later_is_named(changed_pdf: Change) -> None:
    data = _invoice(changed_pdf)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number = pdf.pages[0].obj.Contents.objgen[0]
    changed = _later(data, number, b"<< /Length 12 >>\nstream\n0 0 m 9 9 l S\nendstream")
    assert examine(changed).hazards == ("changed-later",)


def test_an_invoice_that_was_only_signed_later_is_not_named(changed_pdf: Change) -> None:
    data = _invoice(changed_pdf)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number = len(pdf.objects)
    assert examine(_later(data, number + 1, b"<< /Type /Sig /Filter /Adobe.PPKLite >>")).hazards == ()


def test_every_hazard_has_a_german_sentence() -> None:
    assert set(wording.HAZARDS) == set(HAZARDS)
