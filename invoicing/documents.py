"""Bytes of an e-invoice to what they say, and the model back to bytes, whatever the syntax."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from invoicing import cii, schemas, ubl, xml
from invoicing.detect import Format, Syntax, detect_root
from invoicing.errors import NotAnInvoice
from invoicing.model import Invoice
from invoicing.reader import Reading

_CREDIT_NOTE_TYPES = {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}
"""UNTDID 1001 codes that UBL writes as a CreditNote document (EN 16931-1, BT-3)."""


@dataclass(frozen=True, slots=True)
class Document:
    """An e-invoice in XML: its format, its tree as `xml.parse` gave it, and what it says."""

    format: Format
    root: etree._Element
    reading: Reading

    @property
    def invoice(self) -> Invoice:
        """The typed content."""
        return self.reading.invoice


def read(data: bytes) -> Document:
    """Reads an invoice XML of any known syntax; raises `Refused` or, for another root element, `NotAnInvoice`."""
    root = xml.parse(data)
    found = detect_root(root)
    if found is None:
        raise NotAnInvoice("invoice.none")
    return Document(found, root, _read_tree(root, found.syntax))


def write_ubl(invoice: Invoice) -> bytes:
    """UBL 2.1, as CreditNote where the type code (BT-3) says so; schema-valid if the mandatory terms are given.

    Raises `NotExpressible` for third-party payments in a CreditNote.
    """
    is_credit_note = invoice.type_code in _CREDIT_NOTE_TYPES
    syntax = Syntax.UBL_CREDIT_NOTE if is_credit_note else Syntax.UBL_INVOICE
    dialect = ubl.CREDIT_NOTE if is_credit_note else ubl.INVOICE
    return xml.serialise(schemas.in_schema_order(ubl.write(invoice, dialect), syntax))


def write_cii(invoice: Invoice) -> bytes:
    """UN/CEFACT CII; schema-valid if the mandatory terms are given.

    Raises `NotExpressible` for what XRechnung's extension has in UBL alone: sub-lines and third-party payments.
    """
    return xml.serialise(schemas.in_schema_order(cii.write(invoice), Syntax.CII))


def _read_tree(root: etree._Element, syntax: Syntax) -> Reading:
    match syntax:
        case Syntax.UBL_INVOICE:
            return ubl.read(root, ubl.INVOICE)
        case Syntax.UBL_CREDIT_NOTE:
            return ubl.read(root, ubl.CREDIT_NOTE)
        case Syntax.CII:
            return cii.read(root, cii.CII)
        case Syntax.ZUGFERD_1:
            return cii.read(root, cii.ZUGFERD_1)
