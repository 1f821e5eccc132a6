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

from invoicing import cash_discount, schemas, values, xml
from invoicing.errors import Refused
from invoicing.model import Invoice
from invoicing.render import render_html
from invoicing.validate import inspect

MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_INDEX_TEXT = 4_000_000

JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | int | float | bool | None


def preload() -> None:
    """Loads what the tasks read from the installation; raises `SchemaMissing` where it is incomplete.

    Schemas, the modules behind encodings and dates: afterwards the tasks open no file and import no module.
    """
    schemas.preload()
    for encoding in xml.ENCODINGS:
        codecs.lookup(encoding)
    values.parse_date("2026-01-31", "%Y-%m-%d")


def read_einvoice(source: BinaryIO, scratch: Path, heading_level: int = 2) -> JsonValue:
    """What an XML or PDF file says as an e-invoice; `syntax` is None where it is none.

    Keys: syntax, profile, scenario, xsd_valid, accepted, findings, terms, fields, ibans, cash_discounts, attachments,
    embedded, html. `fields` maps a name to `{value, bt}`; dates are ISO 8601, amounts plain decimals, absent ones are
    left out. The XML of a hybrid PDF is handed back as the scratch file `invoice.xml`. Raises `Refused`.
    """
    inspection = inspect(_bytes(source))
    if inspection.refusal is not None:
        raise Refused(inspection.refusal)
    answer: dict[str, JsonValue] = {
        key: _plain(value) for key, value in inspection.report.as_json().items() if key in _REPORT_KEYS
    }
    document = inspection.document
    invoice = document.invoice if document else None
    if document and inspection.files:
        (scratch / "invoice.xml").write_bytes(inspection.xml)
    answer["fields"] = _fields(invoice) if invoice else {}
    answer["ibans"] = [{"value": iban, "bt": "BT-84"} for iban in _ibans(invoice)] if invoice else []
    answer["cash_discounts"] = _cash_discounts(invoice) if invoice else []
    answer["attachments"] = _attachments(invoice) if invoice else []
    answer["html"] = render_html(invoice, heading_level) if invoice else None
    return answer


def check(source: BinaryIO, scratch: Path, file_name: str = "") -> JsonValue:
    """The object that `dms check-invoice` prints for one file, without `file`; never raises for what the file is.

    `file_name` is accepted because callers have it; content alone decides.
    """
    return _plain(inspect(_bytes(source)).report.as_json())


def xml_text(source: BinaryIO, scratch: Path) -> JsonValue:
    """The character data of any safe XML file, for indexing, cut at four million characters; raises `Refused`."""
    return xml.plain_text(xml.parse(_bytes(source)))[:MAX_INDEX_TEXT]


_REPORT_KEYS = ("syntax", "profile", "scenario", "xsd_valid", "accepted", "findings", "terms", "embedded")


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


def _attachments(invoice: Invoice) -> list[JsonValue]:
    return [
        {
            "reference": one.reference,
            "description": one.description,
            "file_name": one.attachment.filename if one.attachment else None,
            "mime": one.attachment.mime if one.attachment else None,
            "bytes": len(one.attachment.content) if one.attachment else None,
            "url": one.url,
        }
        for one in invoice.supporting_documents
    ]


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
