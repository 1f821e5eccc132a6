"""What the jail runs on untrusted bytes: pure functions from a file to JSON, one per question.

Call `preload` before a jail process is forked: validation then reads no file. Refused content raises
`invoicing.errors.Refused`, whose `code` names the reason.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from invoicing import cash_discount, plausibility, schemas, values, wording, xml
from invoicing.errors import Refused
from invoicing.model import Invoice
from invoicing.pdf_view import render_pdf
from invoicing.render import render_html
from invoicing.validate import Inspection, inspect

MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_INDEX_TEXT = 4_000_000
MAX_UNPACKED, MAX_UNPACKED_BYTES = 100, 40 * 1024 * 1024
INVOICE_FILE = "invoice.xml"
"""The scratch file that carries the invoice out to the rules."""
VIEW_FILE = "view.pdf"

JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | int | float | bool | None


def preload() -> None:
    """Loads what the tasks read from the installation; raises `SchemaMissing` where it is incomplete.

    Schemas and the modules behind encodings: afterwards the tasks open no file and import no module.
    """
    schemas.preload()
    wording.preload()
    plausibility.preload()
    for encoding in xml.ENCODINGS:
        codecs.lookup(encoding)


def read_einvoice(source: BinaryIO, scratch: Path, heading_level: int = 2) -> JsonValue:
    """What an XML or PDF file says as an e-invoice; `syntax` is None where it is none.

    Keys: report (`Report.dump`, rules not asked yet), syntax, fields, ibans, cash_discounts, attachments, html.
    `fields` maps a name to `{value, bt}`; dates are ISO 8601, amounts plain decimals, absent ones are left out. The
    invoice itself is left as the scratch file `invoice.xml`, serialised anew for the rules, and every attachment as
    the file that its entry names. Raises `Refused`.
    """
    inspection = inspect(_bytes(source))
    if inspection.refusal is not None:
        raise Refused(inspection.refusal)
    invoice = inspection.document.invoice if inspection.document else None
    return {
        "report": _report(inspection, scratch),
        "syntax": inspection.report.syntax.value if inspection.report.syntax else None,
        "fields": _fields(invoice) if invoice else {},
        "ibans": [{"value": iban, "bt": "BT-84"} for iban in _ibans(invoice)] if invoice else [],
        "cash_discounts": _cash_discounts(invoice) if invoice else [],
        "attachments": _attachments(inspection, scratch),
        "html": render_html(invoice, heading_level) if invoice else None,
    }


def check(source: BinaryIO, scratch: Path) -> JsonValue:
    """The report about one file before the rules (`Report.dump`); the invoice is left as `invoice.xml` for them.

    Never raises for what the file is.
    """
    return _report(inspect(_bytes(source)), scratch)


def check_row(source: BinaryIO, scratch: Path, sizes: str) -> JsonValue:
    """The same for small files that lie behind one another, `sizes` in bytes; number N leaves `N-invoice.xml`."""
    row = [source.read(int(size)) for size in sizes.split(",")]
    return [_report(inspect(data), scratch, f"{number}-") for number, data in enumerate(row)]


def _report(inspection: Inspection, scratch: Path, prefix: str = "") -> JsonValue:
    if inspection.document:
        (scratch / f"{prefix}{INVOICE_FILE}").write_text(inspection.text, encoding="utf-8")
    return _plain(inspection.report.dump())


def render_view(source: BinaryIO, scratch: Path) -> JsonValue:
    """Leaves the PDF view of an XML or PDF e-invoice as the scratch file `view.pdf`, whose name it returns.

    Raises `Refused`, also `invoice.none` and `view.too_large`.
    """
    inspection = inspect(_bytes(source))
    if inspection.document is None:
        raise Refused(inspection.refusal or "invoice.none")
    (scratch / VIEW_FILE).write_bytes(render_pdf(inspection.document.invoice, inspection.xml))
    return VIEW_FILE


def xml_text(source: BinaryIO, scratch: Path) -> JsonValue:
    """The character data of any safe XML file, for indexing, cut at four million characters; raises `Refused`."""
    return xml.plain_text(xml.parse(_bytes(source)))[:MAX_INDEX_TEXT]


def _bytes(source: BinaryIO) -> bytes:
    data = source.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise Refused("input.too_large")
    return data


def _fields(invoice: Invoice) -> dict[str, JsonValue]:
    return {name: {"value": text, "bt": bt} for name, bt, text in _named_values(invoice) if text}


def _named_values(invoice: Invoice) -> Iterator[tuple[str, str, str]]:
    yield "number", "BT-1", invoice.number or ""
    yield "issue_date", "BT-2", _iso(invoice.issue_date)
    yield "type_code", "BT-3", invoice.type_code or ""
    yield "currency", "BT-5", invoice.currency or ""
    yield "due_date", "BT-9", _iso(invoice.due_date)
    yield "buyer_reference", "BT-10", invoice.buyer_reference or ""
    yield "purchase_order_reference", "BT-13", invoice.purchase_order_reference or ""
    yield "cash_discount", "BT-20", invoice.payment_terms or ""
    yield from _party_values(invoice)
    if invoice.delivery:
        yield "delivery_date", "BT-72", _iso(invoice.delivery.actual_date)
    if invoice.invoicing_period:
        yield "period_start", "BT-73", _iso(invoice.invoicing_period.start)
        yield "period_end", "BT-74", _iso(invoice.invoicing_period.end)
    for instructions in invoice.payment_instructions[:1]:
        yield "payment_means", "BT-81", instructions.means_code or ""
        yield "remittance", "BT-83", instructions.remittance or ""
    if invoice.totals:
        yield "net", "BT-109", _decimal(invoice.totals.net)
        yield "tax", "BT-110", _decimal(invoice.totals.tax)
        yield "gross", "BT-112", _decimal(invoice.totals.gross)
        yield "prepaid", "BT-113", _decimal(invoice.totals.prepaid)
        yield "payable", "BT-115", _decimal(invoice.totals.payable)


def _party_values(invoice: Invoice) -> Iterator[tuple[str, str, str]]:
    if seller := invoice.seller:
        yield "seller", "BT-27", seller.name or ""
        yield "seller_vat_id", "BT-31", seller.vat_id or ""
        yield "seller_tax_number", "BT-32", seller.tax_number or ""
        address = seller.electronic_address
        yield "seller_electronic_address", "BT-34", address.value if address and address.scheme == "EM" else ""
        yield "seller_email", "BT-43", (seller.contact.email if seller.contact else "") or ""
    if invoice.buyer:
        yield "buyer", "BT-44", invoice.buyer.name or ""
    if invoice.payee:
        yield "payee", "BT-59", invoice.payee.name or ""


def _ibans(invoice: Invoice) -> list[str]:
    found = (account.iban for means in invoice.payment_instructions for account in means.accounts)
    return list(dict.fromkeys(iban.replace(" ", "") for iban in found if iban))


def _cash_discounts(invoice: Invoice) -> list[JsonValue]:
    return [
        {"days": step.days, "percent": _decimal(step.percent), "base": _decimal(step.base) or None}
        for step in cash_discount.parse(invoice.payment_terms).steps
    ]


def _attachments(inspection: Inspection, scratch: Path) -> list[JsonValue]:
    """What lies beside the invoice: BG-24, then the other files of the PDF; `file` is None where nothing was unpacked.

    Names are data of the sender; files are named by number. What comes after `MAX_UNPACKED_BYTES` stays inside.
    """
    entries: list[JsonValue] = []
    left = MAX_UNPACKED_BYTES
    for number, (described, content) in enumerate(_beside(inspection)):
        is_unpacked = content is not None and len(content) <= left and number < MAX_UNPACKED
        name = f"attachment-{number}" if is_unpacked else None
        if content is not None and name is not None:
            (scratch / name).write_bytes(content)
            left -= len(content)
        entries.append({**described, "bytes": len(content) if content is not None else None, "file": name})
    return entries


def _beside(inspection: Inspection) -> Iterator[tuple[dict[str, JsonValue], bytes | None]]:
    if inspection.document is None:
        return
    for one in inspection.document.invoice.supporting_documents:
        found = one.attachment
        described: dict[str, JsonValue] = {
            "reference": one.reference,
            "description": one.description,
            "file_name": found.filename if found else None,
            "mime": found.mime if found else None,
            "url": one.url,
        }
        yield described, found.content if found else None
    nothing: dict[str, JsonValue] = dict.fromkeys(("reference", "description", "mime", "url"))
    for file in inspection.files:
        if file.content != inspection.xml:
            yield {**nothing, "file_name": file.name}, file.content


def _iso(value: date | None) -> str:
    return value.isoformat() if value else ""


def _decimal(value: Decimal | None) -> str:
    return values.format_number(value) if value is not None else ""


def _plain(value: object) -> JsonValue:
    """Checked, not cast: the report is JSON already, and anything else is a defect of ours."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    raise TypeError(f"not JSON: {type(value).__name__}")
