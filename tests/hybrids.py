"""Hybrid invoices as a small firm writes them: a plain typeset page or a scan of it, with the XML attached."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pikepdf
import typst

from invoicing import Invoice, write_cii
from invoicing.model import Account, Line, Party, PaymentInstructions, ProcessControl, Totals
from invoicing.scenarios import XRECHNUNG

IBAN, OTHER = "DE02120300000000202051", "DE75512108001245126199"
PAGE = """\
Malerei Pinsel GmbH, Farbweg 3, 31234 Kleckersdorf

Samtgemeinde Beispielau             Rechnungsdatum: 05.11.2026
Rathausplatz 1                      Rechnungsnummer: R-2026-17
31235 Beispielau

Anstrich der Turnhalle, zwei Lagen           1.000,00 EUR
Nettobetrag                                  1.000,00 EUR
Umsatzsteuer 19 %                              190,00 EUR
Rechnungsbetrag                              1.190,00 EUR

Bitte überweisen Sie den Betrag innerhalb von 30 Tagen auf
IBAN DE02 1203 0000 0000 2020 51
"""
INVOICE = Invoice(
    number="R-2026-17",
    issue_date=date(2026, 11, 5),
    type_code="380",
    currency="EUR",
    process=ProcessControl(None, XRECHNUNG),
    seller=Party("Malerei Pinsel GmbH"),
    payment_instructions=(PaymentInstructions("58", accounts=(Account(IBAN),)),),
    totals=Totals(net=Decimal(1000), tax=Decimal(190), gross=Decimal(1190), payable=Decimal(1190)),
    lines=(Line("1", quantity=Decimal(1), unit="C62", net=Decimal(1000)),),
)


def hybrid(path: Path, page: str = PAGE, invoice: Invoice = INVOICE, *, scanned: bool = False) -> Path:
    """The file `path` with this page and this XML."""
    source = f"#set text(size: 14pt)\n```\n{page}```\n".encode()
    pdf = bytes(typst.compile(source, format="pdf"))
    if scanned:
        picture = bytes(typst.compile(source, format="png", ppi=300))
        pdf = _picture_pdf(path.with_suffix(".png"), picture)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        attached = pikepdf.AttachedFileSpec(opened, write_cii(invoice), filename="factur-x.xml")
        opened.attachments["factur-x.xml"] = attached
        opened.save(path)
    return path


def _picture_pdf(path: Path, picture: bytes) -> bytes:
    path.write_bytes(picture)
    page = f'#set page(margin: 0pt)\n#image("{path.name}", width: 100%)'
    (path.parent / "scan.typ").write_text(page, encoding="utf-8")
    return bytes(typst.compile(str(path.parent / "scan.typ"), format="pdf"))
