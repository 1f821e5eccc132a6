"""EN 16931 in UBL 2.1 Invoice and CreditNote: the mapping tables (CEN/TS 16931-3-2, XRechnung 3.0.2)."""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree

from invoicing.mapping import Dialect, Place
from invoicing.model import Invoice, Note
from invoicing.reader import Reading, read_root
from invoicing.writer import write_root

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_NAMESPACES = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
}
_SUBJECT_CODE = re.compile(r"#([A-Z]{3})#")
_VAT = "[+cac:TaxScheme/cbc:ID='VAT']"
_SEPA = "cac:PartyIdentification[cbc:ID/@schemeID='SEPA']/cbc:ID"
_NOT_SEPA = "cac:PartyIdentification[cbc:ID/@schemeID!='SEPA']*/cbc:ID"
_NO_DISCOUNT = "[~cbc:Amount='0'][~cbc:Amount/@currencyID=$BT-5]"
_CLASSIFICATION = "cac:CommodityClassification*/cbc:ItemClassificationCode"

_DOCUMENT: dict[str, str | Place] = {
    "BT-1": "cbc:ID",
    "BT-2": "cbc:IssueDate",
    "BT-3": "cbc:InvoiceTypeCode",
    "BT-5": "cbc:DocumentCurrencyCode",
    "BT-6": "cbc:TaxCurrencyCode",
    "BT-7": "cbc:TaxPointDate",
    "BT-8": "cac:InvoicePeriod/cbc:DescriptionCode",
    "BT-9": "cbc:DueDate",
    "BT-10": "cbc:BuyerReference",
    "BT-11": "cac:ProjectReference/cbc:ID",
    "BT-12": "cac:ContractDocumentReference/cbc:ID",
    "BT-13": "cac:OrderReference/cbc:ID",
    "BT-14": "cac:OrderReference[~cbc:ID='NA']/cbc:SalesOrderID",
    "BT-15": "cac:ReceiptDocumentReference/cbc:ID",
    "BT-16": "cac:DespatchDocumentReference/cbc:ID",
    "BT-17": "cac:OriginatorDocumentReference/cbc:ID",
    "BT-18": "cac:AdditionalDocumentReference[cbc:DocumentTypeCode='130']/cbc:ID",
    "BT-19": "cbc:AccountingCost",
    "BT-20": "cac:PaymentTerms/cbc:Note",
    "BG-1": "cbc:Note",
    "BT-22": ".",
    "BG-2": ".",
    "BT-23": "cbc:ProfileID",
    "BT-24": "cbc:CustomizationID",
    "BG-3": "cac:BillingReference*/cac:InvoiceDocumentReference",
    "BT-25": "cbc:ID",
    "BT-26": "cbc:IssueDate",
}


def _address(*terms: str) -> dict[str, str | Place]:
    paths = (
        "cbc:StreetName",
        "cbc:AdditionalStreetName",
        "cac:AddressLine/cbc:Line",
        "cbc:CityName",
        "cbc:PostalZone",
        "cbc:CountrySubentity",
        "cac:Country/cbc:IdentificationCode",
    )
    return dict(zip(terms, paths, strict=True))


_PARTIES: dict[str, str | Place] = {
    "BG-4": "cac:AccountingSupplierParty/cac:Party",
    "BT-27": Place("cac:PartyLegalEntity/cbc:RegistrationName", otherwise="cac:PartyName/cbc:Name"),
    "BT-28": "cac:PartyName/cbc:Name",
    "BT-29": _NOT_SEPA,
    "BT-30": "cac:PartyLegalEntity/cbc:CompanyID",
    "BT-31": "cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",
    "BT-32": "cac:PartyTaxScheme[+cac:TaxScheme/cbc:ID='FC'][cac:TaxScheme/cbc:ID!='VAT']/cbc:CompanyID",
    "BT-33": "cac:PartyLegalEntity/cbc:CompanyLegalForm",
    "BT-34": "cbc:EndpointID",
    "BG-5": "cac:PostalAddress",
    **_address("BT-35", "BT-36", "BT-162", "BT-37", "BT-38", "BT-39", "BT-40"),
    "BG-6": "cac:Contact",
    "BT-41": "cbc:Name",
    "BT-42": "cbc:Telephone",
    "BT-43": "cbc:ElectronicMail",
    "BG-7": "cac:AccountingCustomerParty/cac:Party",
    "BT-44": Place("cac:PartyLegalEntity/cbc:RegistrationName", otherwise="cac:PartyName/cbc:Name"),
    "BT-45": "cac:PartyName/cbc:Name",
    "BT-46": "cac:PartyIdentification*/cbc:ID",
    "BT-47": "cac:PartyLegalEntity/cbc:CompanyID",
    "BT-48": "cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",
    "BT-49": "cbc:EndpointID",
    "BG-8": "cac:PostalAddress",
    **_address("BT-50", "BT-51", "BT-163", "BT-52", "BT-53", "BT-54", "BT-55"),
    "BG-9": "cac:Contact",
    "BT-56": "cbc:Name",
    "BT-57": "cbc:Telephone",
    "BT-58": "cbc:ElectronicMail",
    "BG-10": "cac:PayeeParty",
    "BT-59": "cac:PartyName/cbc:Name",
    "BT-60": _NOT_SEPA,
    "BT-61": "cac:PartyLegalEntity/cbc:CompanyID",
    "BG-11": "cac:TaxRepresentativeParty",
    "BT-62": "cac:PartyName/cbc:Name",
    "BT-63": "cac:PartyTaxScheme[+cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",
    "BG-12": "cac:PostalAddress",
    **_address("BT-64", "BT-65", "BT-164", "BT-66", "BT-67", "BT-68", "BT-69"),
    "BG-13": "cac:Delivery",
    "BT-70": "cac:DeliveryParty/cac:PartyName/cbc:Name",
    "BT-71": "cac:DeliveryLocation/cbc:ID",
    "BT-72": "cbc:ActualDeliveryDate",
    "BG-15": "cac:DeliveryLocation/cac:Address",
    **_address("BT-75", "BT-76", "BT-165", "BT-77", "BT-78", "BT-79", "BT-80"),
    "BG-14": "cac:InvoicePeriod",
    "BT-73": "cbc:StartDate",
    "BT-74": "cbc:EndDate",
}

_PAYMENT: dict[str, str | Place] = {
    "BG-16": Place("cac:PaymentMeans", group_by="cbc:PaymentMeansCode", shared=True),
    "BT-81": "cbc:PaymentMeansCode",
    "BT-82": "cbc:PaymentMeansCode/@name",
    "BT-83": "cbc:PaymentID",
    "BG-17": Place("cac:PayeeFinancialAccount", spread=True),
    "BT-84": "cbc:ID",
    "BT-85": "cbc:Name",
    "BT-86": "cac:FinancialInstitutionBranch/cbc:ID",
    "BG-18": "cac:CardAccount[~cbc:NetworkID='NA']",
    "BT-87": "cbc:PrimaryAccountNumberID",
    "BT-88": "cbc:HolderName",
    "BG-19": ".",
    "BT-89": "cac:PaymentMandate/cbc:ID",
    "BT-90": f"/cac:AccountingSupplierParty/cac:Party/{_SEPA} | /cac:PayeeParty/{_SEPA}",
    "BT-91": "cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID",
}


def _allowance_charge(*terms: str) -> dict[str, str | Place]:
    paths = (
        "cbc:Amount",
        "cbc:BaseAmount",
        "cbc:MultiplierFactorNumeric",
        "cbc:AllowanceChargeReason",
        "cbc:AllowanceChargeReasonCode",
        f"cac:TaxCategory{_VAT}/cbc:ID",
        f"cac:TaxCategory{_VAT}/cbc:Percent",
    )
    return dict(zip(terms, paths, strict=False))


_TOTALS: dict[str, str | Place] = {
    "BG-20": "cac:AllowanceCharge[cbc:ChargeIndicator='false|0']",
    **_allowance_charge("BT-92", "BT-93", "BT-94", "BT-97", "BT-98", "BT-95", "BT-96"),
    "BG-21": "cac:AllowanceCharge[cbc:ChargeIndicator='true|1']",
    **_allowance_charge("BT-99", "BT-100", "BT-101", "BT-104", "BT-105", "BT-102", "BT-103"),
    "BG-22": ".",
    "BT-106": "cac:LegalMonetaryTotal/cbc:LineExtensionAmount",
    "BT-107": "cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount",
    "BT-108": "cac:LegalMonetaryTotal/cbc:ChargeTotalAmount",
    "BT-109": "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount",
    "BT-110": Place(
        "cac:TaxTotal[cbc:TaxAmount/@currencyID=$BT-5]/cbc:TaxAmount",
        otherwise="cac:TaxTotal[cbc:TaxAmount/@currencyID!=$BT-6]/cbc:TaxAmount",
    ),
    "BT-111": "cac:TaxTotal[cbc:TaxAmount/@currencyID=$BT-6]/cbc:TaxAmount",
    "BT-112": "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
    "BT-113": "cac:LegalMonetaryTotal/cbc:PrepaidAmount",
    "BT-114": "cac:LegalMonetaryTotal/cbc:PayableRoundingAmount",
    "BT-115": "cac:LegalMonetaryTotal/cbc:PayableAmount",
    "BG-23": "cac:TaxTotal[+cbc:TaxAmount/@currencyID=$BT-5]/cac:TaxSubtotal",
    "BT-116": "cbc:TaxableAmount",
    "BT-117": "cbc:TaxAmount",
    "BT-118": f"cac:TaxCategory{_VAT}/cbc:ID",
    "BT-119": f"cac:TaxCategory{_VAT}/cbc:Percent",
    "BT-120": f"cac:TaxCategory{_VAT}/cbc:TaxExemptionReason",
    "BT-121": f"cac:TaxCategory{_VAT}/cbc:TaxExemptionReasonCode",
    "BG-24": "cac:AdditionalDocumentReference[cbc:DocumentTypeCode!='130']",
    "BT-122": "cbc:ID",
    "BT-123": "cbc:DocumentDescription",
    "BT-124": "cac:Attachment/cac:ExternalReference/cbc:URI",
    "BT-125": "cac:Attachment/cbc:EmbeddedDocumentBinaryObject",
    "BG-DEX-09": "cac:PrepaidPayment",
    "BT-DEX-001": "cbc:ID",
    "BT-DEX-002": "cbc:PaidAmount",
    "BT-DEX-003": "cbc:InstructionID",
}

_LINES: dict[str, str | Place] = {
    "BG-25": "cac:InvoiceLine",
    "BG-DEX-01": "cac:SubInvoiceLine",
    "BT-126": "cbc:ID",
    "BT-127": "cbc:Note",
    "BT-128": "cac:DocumentReference[cbc:DocumentTypeCode='130']/cbc:ID",
    "BT-129": "cbc:InvoicedQuantity",
    "BT-130": "cbc:InvoicedQuantity/@unitCode",
    "BT-131": "cbc:LineExtensionAmount",
    "BT-132": "cac:OrderLineReference/cbc:LineID",
    "BT-133": "cbc:AccountingCost",
    "BG-26": "cac:InvoicePeriod",
    "BT-134": "cbc:StartDate",
    "BT-135": "cbc:EndDate",
    "BG-27": "cac:AllowanceCharge[cbc:ChargeIndicator='false|0']",
    **_allowance_charge("BT-136", "BT-137", "BT-138", "BT-139", "BT-140"),
    "BG-28": "cac:AllowanceCharge[cbc:ChargeIndicator='true|1']",
    **_allowance_charge("BT-141", "BT-142", "BT-143", "BT-144", "BT-145"),
    "BG-29": "cac:Price",
    "BT-146": "cbc:PriceAmount",
    "BT-147": "cac:AllowanceCharge[+cbc:ChargeIndicator='false']/cbc:Amount",
    "BT-148": f"cac:AllowanceCharge[+cbc:ChargeIndicator='false']{_NO_DISCOUNT}/cbc:BaseAmount",
    "BT-149": "cbc:BaseQuantity",
    "BT-150": "cbc:BaseQuantity[~.='1']/@unitCode",
    "BG-30": f"cac:Item/cac:ClassifiedTaxCategory{_VAT}",
    "BT-151": "cbc:ID",
    "BT-152": "cbc:Percent",
    "BG-31": "cac:Item",
    "BT-153": "cbc:Name",
    "BT-154": "cbc:Description",
    "BT-155": "cac:SellersItemIdentification/cbc:ID",
    "BT-156": "cac:BuyersItemIdentification/cbc:ID",
    "BT-157": "cac:StandardItemIdentification/cbc:ID",
    "BT-158": Place(_CLASSIFICATION, scheme="@listID", version="@listVersionID"),
    "BT-159": "cac:OriginCountry/cbc:IdentificationCode",
    "BG-32": "cac:AdditionalItemProperty",
    "BT-160": "cbc:Name",
    "BT-161": "cbc:Value",
}

INVOICE = Dialect(
    root=f"{{{_UBL}Invoice-2}}Invoice",
    namespaces=_NAMESPACES,
    table={**_DOCUMENT, **_PARTIES, **_PAYMENT, **_TOTALS, **_LINES},
    amounts_with_currency=None,
)
_INVOICE_ONLY = ("BG-DEX-09", "BT-DEX-001", "BT-DEX-002", "BT-DEX-003")
"""A CreditNote has no PrepaidPayment."""
CREDIT_NOTE = Dialect(
    root=f"{{{_UBL}CreditNote-2}}CreditNote",
    namespaces=_NAMESPACES,
    table={
        **{name: place for name, place in INVOICE.table.items() if name not in _INVOICE_ONLY},
        "BT-3": "cbc:CreditNoteTypeCode",
        "BT-9": "cac:PaymentMeans[~cbc:PaymentMeansCode='1']/cbc:PaymentDueDate",
        "BT-11": "cac:AdditionalDocumentReference[cbc:DocumentTypeCode='50']/cbc:ID",
        "BG-24": "cac:AdditionalDocumentReference[cbc:DocumentTypeCode!='130|50']",
        "BG-25": "cac:CreditNoteLine",
        "BG-DEX-01": "cac:SubCreditNoteLine",
        "BT-129": "cbc:CreditedQuantity",
        "BT-130": "cbc:CreditedQuantity/@unitCode",
    },
    amounts_with_currency=None,
)


def read(root: etree._Element, dialect: Dialect) -> Reading:
    """Reads a UBL tree; a note written as `#ADU#text` is split into its code (BT-21) and its text."""
    reading = read_root(root, dialect)
    notes = tuple(_split(note) for note in reading.invoice.notes)
    return replace(reading, invoice=replace(reading.invoice, notes=notes))


def write(invoice: Invoice, dialect: Dialect) -> etree._Element:
    """A UBL tree in the order of the model; the counterpart of `read`."""
    notes = tuple(_join(note) for note in invoice.notes)
    return write_root(replace(invoice, notes=notes), dialect)


def _split(note: Note) -> Note:
    found = _SUBJECT_CODE.match(note.text or "")
    return Note(found[1], (note.text or "")[found.end() :] or None) if found else note


def _join(note: Note) -> Note:
    return Note(None, f"#{note.subject_code}#{note.text or ''}") if note.subject_code else note
