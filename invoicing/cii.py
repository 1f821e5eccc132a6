"""EN 16931 in UN/CEFACT Cross Industry Invoice (CEN/TS 16931-3-3); derived from it, the reduced ZUGFeRD 1.0 table."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from lxml import etree

from invoicing.mapping import Dialect, Place
from invoicing.model import Invoice, Line
from invoicing.reader import Reading, read_root
from invoicing.writer import write_root

_UN = "urn:un:unece:uncefact:data:standard:"
_NAMESPACES = {
    "rsm": f"{_UN}CrossIndustryInvoice:100",
    "ram": f"{_UN}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_UN}UnqualifiedDataType:100",
    "qdt": f"{_UN}QualifiedDataType:100",
}
_AGREEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement"
_DELIVERY = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeDelivery"
_SETTLEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
_LINE = "rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem"
_TERMS = "ram:SpecifiedTradePaymentTerms"
_VAT = "[+ram:TypeCode='VAT']"
_IDS = "ram:ID | ram:GlobalID[@schemeID]"
_LEGAL = "ram:SpecifiedLegalOrganization"
_ADDRESSED = "ram:URIUniversalCommunication/ram:URIID"
_TAX_DATE_CODES = {"3": "5", "35": "29", "432": "72"}
"""BT-8 is coded by UNTDID 2005 in the norm and by UNTDID 2475 in this syntax."""
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Za-z0-9 ]{11,40}", re.ASCII)
"""What may stand in an IBANID; any other account number is a ProprietaryID."""


def _registered(scheme: str, accepted: str) -> str:
    return f"ram:SpecifiedTaxRegistration[ram:ID/@schemeID='{scheme}{accepted}']/ram:ID"


def _address(*terms: str) -> dict[str, str | Place]:
    names = ("LineOne", "LineTwo", "LineThree", "CityName", "PostcodeCode", "CountrySubDivisionName", "CountryID")
    return {term: f"ram:{name}" for term, name in zip(terms, names, strict=True)}


def _contact(name: str, phone: str, email: str) -> dict[str, str | Place]:
    return {
        name: "ram:PersonName | ram:DepartmentName",
        phone: "ram:TelephoneUniversalCommunication/ram:CompleteNumber",
        email: "ram:EmailURIUniversalCommunication/ram:URIID",
    }


_DOCUMENT: dict[str, str | Place] = {
    "BT-1": "rsm:ExchangedDocument/ram:ID",
    "BT-2": "rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString",
    "BT-3": "rsm:ExchangedDocument/ram:TypeCode",
    "BT-5": f"{_SETTLEMENT}/ram:InvoiceCurrencyCode",
    "BT-6": f"{_SETTLEMENT}/ram:TaxCurrencyCode",
    "BT-7": Place(f"{_SETTLEMENT}/ram:ApplicableTradeTax{_VAT}/ram:TaxPointDate/udt:DateString", join=";"),
    "BT-8": Place(f"{_SETTLEMENT}/ram:ApplicableTradeTax{_VAT}/ram:DueDateTypeCode", codes=_TAX_DATE_CODES),
    "BT-9": Place(f"{_SETTLEMENT}/{_TERMS}/ram:DueDateDateTime/udt:DateTimeString", join=";"),
    "BT-10": f"{_AGREEMENT}/ram:BuyerReference",
    "BT-11": f"{_AGREEMENT}/ram:SpecifiedProcuringProject[~ram:Name='Project reference']/ram:ID",
    "BT-12": f"{_AGREEMENT}/ram:ContractReferencedDocument/ram:IssuerAssignedID",
    "BT-13": f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID",
    "BT-14": f"{_AGREEMENT}/ram:SellerOrderReferencedDocument/ram:IssuerAssignedID",
    "BT-15": f"{_DELIVERY}/ram:ReceivingAdviceReferencedDocument/ram:IssuerAssignedID",
    "BT-16": f"{_DELIVERY}/ram:DespatchAdviceReferencedDocument/ram:IssuerAssignedID",
    "BT-17": f"{_AGREEMENT}/ram:AdditionalReferencedDocument[ram:TypeCode='50']/ram:IssuerAssignedID",
    "BT-18": Place(
        f"{_AGREEMENT}/ram:AdditionalReferencedDocument[ram:TypeCode='130']/ram:IssuerAssignedID",
        scheme="../ram:ReferenceTypeCode",
    ),
    "BT-19": f"{_SETTLEMENT}/ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID",
    "BT-20": Place(f"{_SETTLEMENT}/{_TERMS}/ram:Description", join=";"),
    "BG-1": "rsm:ExchangedDocument/ram:IncludedNote",
    "BT-21": "ram:SubjectCode",
    "BT-22": "ram:Content",
    "BG-2": "rsm:ExchangedDocumentContext",
    "BT-23": "ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID",
    "BT-24": "ram:GuidelineSpecifiedDocumentContextParameter/ram:ID",
    "BG-3": f"{_SETTLEMENT}/ram:InvoiceReferencedDocument",
    "BT-25": "ram:IssuerAssignedID",
    "BT-26": "ram:FormattedIssueDateTime/qdt:DateTimeString",
}

_PARTIES: dict[str, str | Place] = {
    "BG-4": f"{_AGREEMENT}/ram:SellerTradeParty",
    "BT-27": "ram:Name",
    "BT-28": f"{_LEGAL}/ram:TradingBusinessName",
    "BT-29": _IDS,
    "BT-30": f"{_LEGAL}/ram:ID",
    "BT-31": _registered("VA", "|VAT"),
    "BT-32": _registered("FC", ""),
    "BT-33": "ram:Description",
    "BT-34": _ADDRESSED,
    "BG-5": "ram:PostalTradeAddress",
    **_address("BT-35", "BT-36", "BT-162", "BT-37", "BT-38", "BT-39", "BT-40"),
    "BG-6": "ram:DefinedTradeContact",
    **_contact("BT-41", "BT-42", "BT-43"),
    "BG-7": f"{_AGREEMENT}/ram:BuyerTradeParty",
    "BT-44": "ram:Name",
    "BT-45": f"{_LEGAL}/ram:TradingBusinessName",
    "BT-46": _IDS,
    "BT-47": f"{_LEGAL}/ram:ID",
    "BT-48": _registered("VA", "|VAT"),
    "BT-49": _ADDRESSED,
    "BG-8": "ram:PostalTradeAddress",
    **_address("BT-50", "BT-51", "BT-163", "BT-52", "BT-53", "BT-54", "BT-55"),
    "BG-9": "ram:DefinedTradeContact",
    **_contact("BT-56", "BT-57", "BT-58"),
    "BG-10": f"{_SETTLEMENT}/ram:PayeeTradeParty",
    "BT-59": "ram:Name",
    "BT-60": _IDS,
    "BT-61": f"{_LEGAL}/ram:ID",
    "BG-11": f"{_AGREEMENT}/ram:SellerTaxRepresentativeTradeParty",
    "BT-62": "ram:Name",
    "BT-63": _registered("VA", "|VAT"),
    "BG-12": "ram:PostalTradeAddress",
    **_address("BT-64", "BT-65", "BT-164", "BT-66", "BT-67", "BT-68", "BT-69"),
    "BG-13": _DELIVERY,
    "BT-70": "ram:ShipToTradeParty/ram:Name",
    "BT-71": "ram:ShipToTradeParty/ram:ID | ram:ShipToTradeParty/ram:GlobalID[@schemeID]",
    "BT-72": "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString",
    "BG-15": "ram:ShipToTradeParty/ram:PostalTradeAddress",
    **_address("BT-75", "BT-76", "BT-165", "BT-77", "BT-78", "BT-79", "BT-80"),
    "BG-14": f"{_SETTLEMENT}/ram:BillingSpecifiedPeriod",
    "BT-73": "ram:StartDateTime/udt:DateTimeString",
    "BT-74": "ram:EndDateTime/udt:DateTimeString",
}

_ACCOUNT = "ram:PayeePartyCreditorFinancialAccount"
_PAYMENT: dict[str, str | Place] = {
    "BG-16": Place(f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans", group_by="ram:TypeCode"),
    "BT-81": "ram:TypeCode",
    "BT-82": "ram:Information",
    "BT-83": "../ram:PaymentReference",
    "BG-17": Place(".", spread=True),
    "BT-84": f"{_ACCOUNT}/ram:IBANID | {_ACCOUNT}/ram:ProprietaryID",
    "BT-85": f"{_ACCOUNT}/ram:AccountName",
    "BT-86": "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID",
    "BG-18": "ram:ApplicableTradeSettlementFinancialCard",
    "BT-87": "ram:ID",
    "BT-88": "ram:CardholderName",
    "BG-19": ".",
    "BT-89": f"../{_TERMS}/ram:DirectDebitMandateID",
    "BT-90": "../ram:CreditorReferenceID",
    "BT-91": "ram:PayerPartyDebtorFinancialAccount/ram:IBANID",
}


def _allowance_charge(*terms: str) -> dict[str, str | Place]:
    paths = (
        "ram:ActualAmount",
        "ram:BasisAmount",
        "ram:CalculationPercent",
        "ram:Reason",
        "ram:ReasonCode",
        f"ram:CategoryTradeTax{_VAT}/ram:CategoryCode",
        f"ram:CategoryTradeTax{_VAT}/ram:RateApplicablePercent",
    )
    return dict(zip(terms, paths, strict=False))


_ALLOWANCE = "ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator='false|0']"
_CHARGE = "ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator='true|1']"
_TOTALS: dict[str, str | Place] = {
    "BG-20": f"{_SETTLEMENT}/{_ALLOWANCE}",
    **_allowance_charge("BT-92", "BT-93", "BT-94", "BT-97", "BT-98", "BT-95", "BT-96"),
    "BG-21": f"{_SETTLEMENT}/{_CHARGE}",
    **_allowance_charge("BT-99", "BT-100", "BT-101", "BT-104", "BT-105", "BT-102", "BT-103"),
    "BG-22": f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation",
    "BT-106": "ram:LineTotalAmount",
    "BT-107": "ram:AllowanceTotalAmount",
    "BT-108": "ram:ChargeTotalAmount",
    "BT-109": "ram:TaxBasisTotalAmount",
    "BT-110": Place("ram:TaxTotalAmount[@currencyID=$BT-5]", otherwise="ram:TaxTotalAmount[@currencyID!=$BT-6]"),
    "BT-111": "ram:TaxTotalAmount[@currencyID=$BT-6]",
    "BT-112": "ram:GrandTotalAmount",
    "BT-113": "ram:TotalPrepaidAmount",
    "BT-114": "ram:RoundingAmount",
    "BT-115": "ram:DuePayableAmount",
    "BG-23": Place(f"{_SETTLEMENT}/ram:ApplicableTradeTax{_VAT}", shared=True),
    "BT-116": "ram:BasisAmount",
    "BT-117": "ram:CalculatedAmount",
    "BT-118": "ram:CategoryCode",
    "BT-119": "ram:RateApplicablePercent",
    "BT-120": "ram:ExemptionReason",
    "BT-121": "ram:ExemptionReasonCode",
    "BG-24": f"{_AGREEMENT}/ram:AdditionalReferencedDocument[ram:TypeCode='916']",
    "BT-122": "ram:IssuerAssignedID",
    "BT-123": "ram:Name",
    "BT-124": "ram:URIID",
    "BT-125": "ram:AttachmentBinaryObject",
}

_LINE_SETTLEMENT = "ram:SpecifiedLineTradeSettlement"
_NET_PRICE = "ram:NetPriceProductTradePrice"
_GROSS_PRICE = "ram:GrossPriceProductTradePrice"
_LINES: dict[str, str | Place] = {
    "BG-25": _LINE,
    "BT-126": "ram:AssociatedDocumentLineDocument/ram:LineID",
    "BT-127": "ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content",
    "BT-128": Place(
        f"{_LINE_SETTLEMENT}/ram:AdditionalReferencedDocument[ram:TypeCode='130']/ram:IssuerAssignedID",
        scheme="../ram:ReferenceTypeCode",
    ),
    "BT-129": "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity",
    "BT-130": "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity/@unitCode",
    "BT-131": f"{_LINE_SETTLEMENT}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
    "BT-132": "ram:SpecifiedLineTradeAgreement/ram:BuyerOrderReferencedDocument/ram:LineID",
    "BT-133": f"{_LINE_SETTLEMENT}/ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID",
    "BG-26": f"{_LINE_SETTLEMENT}/ram:BillingSpecifiedPeriod",
    "BT-134": "ram:StartDateTime/udt:DateTimeString",
    "BT-135": "ram:EndDateTime/udt:DateTimeString",
    "BG-27": f"{_LINE_SETTLEMENT}/{_ALLOWANCE}",
    **_allowance_charge("BT-136", "BT-137", "BT-138", "BT-139", "BT-140"),
    "BG-28": f"{_LINE_SETTLEMENT}/{_CHARGE}",
    **_allowance_charge("BT-141", "BT-142", "BT-143", "BT-144", "BT-145"),
    "BG-29": "ram:SpecifiedLineTradeAgreement",
    "BT-146": f"{_NET_PRICE}/ram:ChargeAmount",
    "BT-147": f"{_GROSS_PRICE}/ram:AppliedTradeAllowanceCharge"
    "[+ram:ChargeIndicator/udt:Indicator='false']/ram:ActualAmount",
    "BT-148": f"{_GROSS_PRICE}/ram:ChargeAmount",
    "BT-149": Place(f"{_NET_PRICE}/ram:BasisQuantity", otherwise=f"{_GROSS_PRICE}/ram:BasisQuantity"),
    "BT-150": Place(
        f"{_NET_PRICE}/ram:BasisQuantity[~.='1']/@unitCode", otherwise=f"{_GROSS_PRICE}/ram:BasisQuantity/@unitCode"
    ),
    "BG-30": f"{_LINE_SETTLEMENT}/ram:ApplicableTradeTax{_VAT}",
    "BT-151": "ram:CategoryCode",
    "BT-152": "ram:RateApplicablePercent",
    "BG-31": "ram:SpecifiedTradeProduct",
    "BT-153": "ram:Name",
    "BT-154": "ram:Description",
    "BT-155": "ram:SellerAssignedID",
    "BT-156": "ram:BuyerAssignedID",
    "BT-157": "ram:GlobalID",
    "BT-158": Place("ram:DesignatedProductClassification*/ram:ClassCode", scheme="@listID", version="@listVersionID"),
    "BT-159": "ram:OriginTradeCountry/ram:ID",
    "BG-32": "ram:ApplicableProductCharacteristic",
    "BT-160": "ram:Description",
    "BT-161": "ram:Value",
}

CII = Dialect(
    root=f"{{{_NAMESPACES['rsm']}}}CrossIndustryInvoice",
    namespaces=_NAMESPACES,
    table={**_DOCUMENT, **_PARTIES, **_PAYMENT, **_TOTALS, **_LINES},
    date_format="%Y%m%d",
    date_code="102",
    amounts_with_currency=frozenset({"BT-110", "BT-111"}),
    skeleton=("rsm:ExchangedDocumentContext", "rsm:ExchangedDocument", _AGREEMENT, _DELIVERY, _SETTLEMENT),
)

_ZUGFERD_1_NAMES = {
    "rsm:ExchangedDocumentContext": "rsm:SpecifiedExchangedDocumentContext",
    "rsm:ExchangedDocument/": "rsm:HeaderExchangedDocument/",
    "rsm:SupplyChainTradeTransaction": "rsm:SpecifiedSupplyChainTradeTransaction",
    "ApplicableHeaderTrade": "ApplicableSupplyChainTrade",
    "SpecifiedLineTrade": "SpecifiedSupplyChainTrade",
    "SpecifiedTradeSettlementHeaderMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "SpecifiedTradeSettlementLineMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "RateApplicablePercent": "ApplicablePercent",
}


def _legacy(entry: str | Place) -> Place:
    place = entry if isinstance(entry, Place) else Place(entry)
    path = place.path
    for name, legacy_name in _ZUGFERD_1_NAMES.items():
        path = path.replace(name, legacy_name)
    return Place(path, place.otherwise, place.scheme, place.version, place.group_by, place.spread, join=place.join)


ZUGFERD_1 = Dialect(
    root="{urn:ferd:CrossIndustryDocument:invoice:1p0}CrossIndustryDocument",
    namespaces={
        "rsm": "urn:ferd:CrossIndustryDocument:invoice:1p0",
        "ram": f"{_UN}ReusableAggregateBusinessInformationEntity:12",
        "udt": f"{_UN}UnqualifiedDataType:15",
        "qdt": f"{_UN}QualifiedDataType:12",
    },
    table={term: _legacy(entry) for term, entry in CII.table.items()},
    date_format="%Y%m%d",
    date_code="102",
)
"""Legacy, for reading alone: what ZUGFeRD 1.0 names as today's CII does, plus the names that changed."""


def read(root: etree._Element, dialect: Dialect) -> Reading:
    """Reads a CII tree, or a ZUGFeRD 1.0 tree with its dialect."""
    return read_root(root, dialect)


def write(invoice: Invoice) -> etree._Element:
    """A CII tree in the order of the model; the counterpart of `read`."""
    root = write_root(replace(invoice, lines=tuple(_with_gross_price(line) for line in invoice.lines)), CII)
    for account in root.iter(CII.tag(_ACCOUNT)):
        number = account.find(CII.tag("ram:IBANID"))
        if number is not None and not _IBAN.fullmatch(number.text or ""):
            number.tag = CII.tag("ram:ProprietaryID")
    return root


def _with_gross_price(line: Line) -> Line:
    """A discount (BT-147) stands inside the gross price here, which is then the net price before it."""
    price = line.price
    if price is None or price.discount is None or price.gross is not None:
        return line
    return replace(line, price=replace(price, gross=(price.net or Decimal(0)) + price.discount))
