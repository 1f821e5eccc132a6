"""Letters and invoices of the fictitious town, made here: typeset pages, degraded scans, XRechnung and ZUGFeRD files."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pypdfium2 as pdfium
import typst
from PIL import Image, ImageFilter

from invoicing import Invoice, embed, write_cii, write_ubl
from invoicing.model import (
    Account,
    Address,
    Contact,
    Delivery,
    Identifier,
    Item,
    Line,
    LineTax,
    Party,
    PaymentInstructions,
    Price,
    ProcessControl,
    TaxBreakdown,
    Totals,
)
from invoicing.scenarios import XRECHNUNG

SCAN_DPI = 200
EN16931 = "urn:cen.eu:en16931:2017"
PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


@dataclass(frozen=True)
class Specimen:
    """One file to drop into a station's folder."""

    station: str
    name: str
    data: bytes


@dataclass(frozen=True)
class Order:
    """What an invoice is about: seller, number, what was done, and the net amount in euros."""

    seller: str
    street: str
    city: str
    post_code: str
    iban: str
    vat_id: str
    number: str
    what: str
    net: Decimal


LETTERS = (
    ("Antrag auf Erlass der Hundesteuer", "I. Petersen, Am Deich 4", "für meinen Blindenführhund beantrage ich den Erlass der Hundesteuer ab dem 1. Januar."),
    ("Defekte Straßenleuchte im Birkenweg", "Anliegergemeinschaft Birkenweg", "seit zwei Wochen ist die Straßenleuchte vor Haus 12 ausgefallen. Bitte veranlassen Sie die Reparatur."),
    ("Stellungnahme zum Bebauungsplan Nr. 14", "Wasserverband Aueland", "gegen den Entwurf bestehen keine Bedenken, sofern der Räumstreifen am Graben erhalten bleibt."),
    ("Einspruch gegen den Grundsteuerbescheid", "W. Janssen, Dorfstraße 9", "gegen den Bescheid lege ich Einspruch ein. Der Messbetrag entspricht nicht dem Bescheid des Finanzamts."),
)  # fmt: skip
ORDERS = (
    Order("Elektro Sander GmbH", "Werkstraße 7", "Aueland", "31234", "DE02120300000000202051", "DE123456788", "2026-1187", "Wartung der Straßenbeleuchtung", Decimal("1731.09")),
    Order("Tischlerei Ahrens", "Mühlenweg 3", "Moorbruch", "31235", "DE02500105170137075030", "DE136695976", "RE-4711", "Türen für das Feuerwehrhaus", Decimal("2840.00")),
    Order("Gartenbau Lüders KG", "Am Park 1", "Aueland", "31234", "DE02100500000054540402", "DE123456788", "G-0815", "Pflege der Grünanlagen im Oktober", Decimal("415.50")),
)  # fmt: skip


def specimens(today: date) -> list[Specimen]:
    """All files of the demonstration; invoices are dated shortly before `today`."""
    found = [Specimen("rathaus", f"scan-{n:03d}.jpg", scan(letter(*words), n)) for n, words in enumerate(LETTERS, 1)]
    found.append(
        Specimen(
            "rathaus",
            "brief-stadtwerke.pdf",
            letter(
                "Kündigung des Gestattungsvertrags",
                "Stadtwerke Aueland",
                "hiermit kündigen wir den Gestattungsvertrag zum Jahresende.",
            ),
        )
    )
    found.append(Specimen("rathaus", "notiz.txt", b"Anruf von Frau Meinders wegen des Marktplatzes."))
    return [*found, *_invoices(today)]


def _invoices(today: date) -> Iterator[Specimen]:
    for n, order in enumerate(ORDERS):
        invoice = _invoice(order, today - timedelta(days=5 + n))
        xrechnung = write_ubl(invoice) if n % 2 == 0 else write_cii(invoice)
        yield Specimen("rechnungen", f"xrechnung-{order.number}.xml", xrechnung)
    electrician, joiner, gardener = ORDERS
    hybrid = _invoice(joiner, today - timedelta(days=20), number="RE-4650")
    yield Specimen("rechnungen", "rechnung-RE-4650.pdf", _zugferd(_invoice_page(hybrid, joiner), hybrid, joiner))
    forged = _invoice(joiner, today - timedelta(days=3), number="RE-4720")
    page = _invoice_page(forged, replace(joiner, iban=gardener.iban))
    yield Specimen("rechnungen", "rechnung-RE-4720.pdf", _zugferd(page, forged, joiner))
    broken = replace(_invoice(electrician, today - timedelta(days=2), number="2026-1190"), buyer_reference=None)
    yield Specimen("rechnungen", "xrechnung-2026-1190.xml", write_ubl(broken))
    paper = _invoice(gardener, today - timedelta(days=9), number="G-0799")
    yield Specimen("rechnungen", "rechnung-papier.jpg", scan(_invoice_page(paper, gardener), 9))


def _invoice(order: Order, issued: date, *, number: str | None = None) -> Invoice:
    tax = (order.net * Decimal("0.19")).quantize(Decimal("0.01"))
    gross = order.net + tax
    return Invoice(
        number=number or order.number,
        issue_date=issued,
        type_code="380",
        currency="EUR",
        due_date=issued + timedelta(days=30),
        buyer_reference="03251901-00001-76",
        payment_terms="Zahlbar in 30 Tagen\n",
        process=ProcessControl(PROCESS, XRECHNUNG),
        seller=_seller(order),
        buyer=Party(
            name="Samtgemeinde Aueland",
            electronic_address=Identifier("rechnung@aueland.example", "EM"),
            address=Address("Rathausplatz 1", city="Aueland", post_code="31234", country="DE"),
        ),
        delivery=Delivery(actual_date=issued - timedelta(days=2)),
        payment_instructions=(PaymentInstructions("58", accounts=(Account(order.iban, order.seller),)),),
        totals=Totals(lines=order.net, net=order.net, tax=tax, gross=gross, payable=gross),
        tax_breakdown=(TaxBreakdown(order.net, tax, "S", Decimal("19")),),
        lines=(
            Line(
                number="1",
                quantity=Decimal("1"),
                unit="C62",
                net=order.net,
                price=Price(net=order.net),
                tax=LineTax("S", Decimal("19")),
                item=Item(order.what),
            ),
        ),
    )


def _seller(order: Order) -> Party:
    return Party(
        name=order.seller,
        vat_id=order.vat_id,
        legal_registration=Identifier("HRA 1203"),
        electronic_address=Identifier("rechnung@lieferant.example", "EM"),
        address=Address(order.street, city=order.city, post_code=order.post_code, country="DE"),
        contact=Contact("Buchhaltung", "05171 1234", "rechnung@lieferant.example"),
    )


def letter(subject: str, sender: str, text: str) -> bytes:
    """A typeset letter to the town as PDF with a text layer."""
    return _typeset(
        f"{_plain(sender)}\n\nSamtgemeinde Aueland\\ Rathausplatz 1\\ 31234 Aueland\n\n#v(2cm)\n"
        f"*{_plain(subject)}*\n\nSehr geehrte Damen und Herren,\n\n{_plain(text)}\n\nMit freundlichen Grüßen\n"
    )


def _invoice_page(invoice: Invoice, order: Order) -> bytes:
    assert invoice.totals and invoice.issue_date and invoice.due_date  # noqa: S101, PT018 - `_invoice` sets all three
    rows = (
        ("Nettobetrag", _euros(invoice.totals.net)), ("Umsatzsteuer 19 %", _euros(invoice.totals.tax)),
        ("Rechnungsbetrag", _euros(invoice.totals.gross)),
    )  # fmt: skip
    cells = ", ".join(f"[{name}], [{value} EUR]" for name, value in rows)
    return _typeset(
        f"*{_plain(order.seller)}*\\ {_plain(order.street)}\\ {order.post_code} {_plain(order.city)}\n\n"
        "Samtgemeinde Aueland\\ Rathausplatz 1\\ 31234 Aueland\n\n#v(1cm)\n"
        f"#text(16pt)[*Rechnung*]\n\nRechnungsnummer: {_plain(invoice.number or '')}\\ "
        f"Rechnungsdatum: {invoice.issue_date:%d.%m.%Y}\\ Fällig am: {invoice.due_date:%d.%m.%Y}\n\n"
        f"{_plain(order.what)}\n\n#table(columns: 2, stroke: none, {cells})\n\n#v(1cm)\n"
        f"IBAN: {order.iban}\\ USt-IdNr.: {order.vat_id}\n"
    )


def _typeset(body: str) -> bytes:
    source = f'#set page(paper: "a4", margin: 2.5cm)\n#set text(lang: "de", size: 11pt)\n{body}'
    compiled = typst.compile(source.encode(), format="pdf", pdf_standards=["a-3b"])
    return bytes(compiled)


def _plain(text: str) -> str:
    """Text without typst's own signs."""
    return "".join(f"\\{char}" if char in "#*_@$<>[]`\\~" else char for char in text)


def _euros(amount: Decimal | None) -> str:
    return f"{amount or 0:,.2f}".translate(str.maketrans(",.", ".,"))


def _zugferd(page: bytes, invoice: Invoice, order: Order) -> bytes:
    plain = replace(invoice, process=ProcessControl(PROCESS, EN16931))
    return embed(page, write_cii(plain), order.seller, f"Rechnung {invoice.number}")


def scan(pdf: bytes, seed: int) -> bytes:
    """The first page as an office scanner delivers it: a little skewed, blurred and noisy; equal for equal seeds."""
    document = pdfium.PdfDocument(pdf)
    page = document[0].render(scale=SCAN_DPI / 72).to_pil().convert("L")
    document.close()
    random = np.random.default_rng(seed)
    turned = page.rotate(float(random.uniform(-1.2, 1.2)), resample=Image.Resampling.BICUBIC, fillcolor=255)
    blurred = np.asarray(turned.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32)
    noisy = np.clip(blurred + random.normal(0, 6, blurred.shape), 0, 255).astype(np.uint8)
    target = io.BytesIO()
    Image.fromarray(noisy).save(target, "JPEG", quality=80, dpi=(SCAN_DPI, SCAN_DPI))
    return target.getvalue()
