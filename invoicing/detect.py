"""Which invoice syntax bytes are written in, decided by their content and never by a file name."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from lxml import etree

from invoicing import xml

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CBC = f"{{{_UBL}CommonBasicComponents-2}}"
_CII = "urn:un:unece:uncefact:data:standard:"
_GUIDELINE = ".//{*}GuidelineSpecifiedDocumentContextParameter/{*}ID"


class Syntax(StrEnum):
    """The four syntaxes that are read; values as in reports."""

    UBL_INVOICE = "ubl-invoice"
    UBL_CREDIT_NOTE = "ubl-creditnote"
    CII = "cii"
    ZUGFERD_1 = "zugferd-1"


class Format(NamedTuple):
    """Syntax and profile (BT-24, untrimmed, None where absent) of an invoice; `version` names the schema generation."""

    syntax: Syntax
    profile: str | None
    version: str


_ROOTS = {
    f"{{{_UBL}Invoice-2}}Invoice": (Syntax.UBL_INVOICE, "2.1"),
    f"{{{_UBL}CreditNote-2}}CreditNote": (Syntax.UBL_CREDIT_NOTE, "2.1"),
    f"{{{_CII}CrossIndustryInvoice:100}}CrossIndustryInvoice": (Syntax.CII, "D16B-D22B"),
    "{urn:ferd:CrossIndustryDocument:invoice:1p0}CrossIndustryDocument": (Syntax.ZUGFERD_1, "1.0"),
}


def detect(data: bytes) -> Format | None:
    """The format of an XML file, or None where its root is no invoice (an order included); raises `Refused`."""
    return detect_root(xml.parse(data))


def detect_root(root: etree._Element) -> Format | None:
    """As `detect`, for a tree that `xml.parse` returned."""
    found = _ROOTS.get(str(root.tag))
    if found is None:
        return None
    syntax, version = found
    is_ubl = syntax in (Syntax.UBL_INVOICE, Syntax.UBL_CREDIT_NOTE)
    profile = root.findtext(f"{_CBC}CustomizationID" if is_ubl else _GUIDELINE)
    return Format(syntax, profile, version)
