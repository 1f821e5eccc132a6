"""Hybrid PDFs are written with the files that readers look for, and read under their limits."""

from io import BytesIO

import pikepdf
import pytest
import typst

from invoicing import Invoice, Refused, embed, read, write_cii, zugferd
from invoicing.zugferd import embedded_files, invoice_candidates


def _pdf(files: dict[str, bytes]) -> BytesIO:
    written = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        for name, content in files.items():
            pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)
        pdf.save(written)
    written.seek(0)
    return written


def test_a_written_zugferd_file_gives_back_its_invoice(specimen: Invoice) -> None:
    page = typst.compile(b"#set document(title: [Rechnung])\nRechnung", pdf_standards=["a-3b"])
    written = embed(page, write_cii(specimen), "Malerei Pinsel GmbH", "Rechnung R-2026-17")
    files = embedded_files(BytesIO(written))
    assert [file.name for file in files] == ["xrechnung.xml"]
    assert read(files[0].content).invoice == specimen


def test_the_better_name_wins_and_the_path_in_a_name_means_nothing(specimen: Invoice) -> None:
    data = write_cii(specimen)
    files = _pdf({"a.xml": data + b" ", "x/ZUGFeRD-invoice.xml": data + b"  ", "../Factur-X.XML": data})
    found = invoice_candidates(embedded_files(files))
    assert [one.file.name for one in found] == ["../Factur-X.XML", "x/ZUGFeRD-invoice.xml", "a.xml"]
    assert [one.has_known_name for one in found] == [True, True, False]


def test_a_file_named_only_as_associated_is_found(specimen: Invoice) -> None:
    written = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        attached = pikepdf.AttachedFileSpec(pdf, write_cii(specimen), filename="factur-x.xml")
        pdf.Root.AF = pikepdf.Array([attached.obj])
        pdf.save(written)
    assert [file.name for file in embedded_files(written)] == ["factur-x.xml"]


def test_supporting_data_is_no_candidate(specimen: Invoice) -> None:
    files = _pdf({"additional_data-1.xml": write_cii(specimen), "order-x.xml": write_cii(specimen), "a.pdf": b"%PDF"})
    assert invoice_candidates(embedded_files(files)) == []


def test_too_many_and_too_large_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zugferd, "MAX_ATTACHMENTS", 2)
    with pytest.raises(Refused, match=r"pdf\.too_many_files"):
        embedded_files(_pdf({f"{number}.txt": b"x" for number in range(3)}))
    monkeypatch.setattr(zugferd, "MAX_ATTACHMENT_BYTES", 1000)
    with pytest.raises(Refused, match=r"pdf\.file_too_large"):
        embedded_files(_pdf({"bomb.txt": b"0" * 1001}))
