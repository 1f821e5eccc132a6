"""The semantic model of EN 16931-1 as frozen dataclasses, free of any syntax.

Every field names its business term (BT) in its metadata: readers, writers, views and findings share one vocabulary.
Where one class serves several groups (an address, a party), the term depends on the group (BG) it stands in.
All fields are optional: an invalid invoice must be readable too. Amounts are `Decimal` with the digits as written.
"""

# ruff: noqa: RUF009 -- `term` and `group` return dataclass fields, as `dataclasses.field` does; nothing is shared
from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, get_args, get_type_hints

CREDIT_NOTES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})


def is_credit_note(type_code: str | None) -> bool:
    """Whether an invoice type code (BT-3, UNTDID 1001) says that the buyer gets money; UBL writes a CreditNote."""
    return type_code in CREDIT_NOTES


class Kind(StrEnum):
    """How the text of a business term becomes a value (EN 16931-1, semantic data types)."""

    TEXT = "text"
    RAW = "raw"
    CODE = "code"
    IDENTIFIER = "identifier"
    DATE = "date"
    AMOUNT = "amount"
    NUMBER = "number"
    BINARY = "binary"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier with the list it comes from, for example `0088` for GTIN (ISO/IEC 6523) in `scheme`."""

    value: str
    scheme: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """An embedded document (BT-125): decoded bytes with MIME code and file name as the sender gave them."""

    content: bytes
    mime: str | None = None
    filename: str | None = None


def term(*terms: str, kind: Kind = Kind.TEXT, many: bool = False) -> Any:
    """A field for a business term: `"BT-1"`, or per group `"BG-4:BT-27", "BG-7:BT-44"`."""
    return field(default=() if many else None, metadata={"terms": _by_group(terms), "kind": kind, "many": many})


def group(*groups: str, many: bool = False) -> Any:
    """A field for a group of business terms: `"BG-4"`, or per enclosing group `"BG-4:BG-5", "BG-7:BG-8"`."""
    return field(default=() if many else None, metadata={"terms": _by_group(groups), "kind": Kind.GROUP, "many": many})


def _by_group(terms: tuple[str, ...]) -> dict[str, str]:
    pairs = (name.rpartition(":") for name in terms)
    return {enclosing: name for enclosing, _, name in pairs}


@dataclass(frozen=True, slots=True)
class Note:
    """BG-1: free text, optionally classed by a UNTDID 4451 code."""

    subject_code: str | None = term("BT-21", kind=Kind.CODE)
    text: str | None = term("BT-22", kind=Kind.RAW)


@dataclass(frozen=True, slots=True)
class ProcessControl:
    """BG-2: which process and which specification the sender claims to follow."""

    business_process: str | None = term("BT-23")
    specification: str | None = term("BT-24", kind=Kind.RAW)


@dataclass(frozen=True, slots=True)
class PrecedingInvoice:
    """BG-3: the invoice that this one corrects or follows."""

    number: str | None = term("BT-25")
    issue_date: date | None = term("BT-26", kind=Kind.DATE)


@dataclass(frozen=True, slots=True)
class Address:
    """BG-5, BG-8, BG-12, BG-15: a postal address; `country` is an ISO 3166-1 alpha-2 code."""

    line_1: str | None = term("BG-5:BT-35", "BG-8:BT-50", "BG-12:BT-64", "BG-15:BT-75")
    line_2: str | None = term("BG-5:BT-36", "BG-8:BT-51", "BG-12:BT-65", "BG-15:BT-76")
    line_3: str | None = term("BG-5:BT-162", "BG-8:BT-163", "BG-12:BT-164", "BG-15:BT-165")
    city: str | None = term("BG-5:BT-37", "BG-8:BT-52", "BG-12:BT-66", "BG-15:BT-77")
    post_code: str | None = term("BG-5:BT-38", "BG-8:BT-53", "BG-12:BT-67", "BG-15:BT-78")
    subdivision: str | None = term("BG-5:BT-39", "BG-8:BT-54", "BG-12:BT-68", "BG-15:BT-79")
    country: str | None = term("BG-5:BT-40", "BG-8:BT-55", "BG-12:BT-69", "BG-15:BT-80", kind=Kind.CODE)


@dataclass(frozen=True, slots=True)
class Contact:
    """BG-6, BG-9: whom to ask."""

    name: str | None = term("BG-6:BT-41", "BG-9:BT-56")
    phone: str | None = term("BG-6:BT-42", "BG-9:BT-57")
    email: str | None = term("BG-6:BT-43", "BG-9:BT-58")


@dataclass(frozen=True, slots=True)
class Party:
    """BG-4 seller, BG-7 buyer, BG-10 payee, BG-11 tax representative; a field without a term there stays empty."""

    name: str | None = term("BG-4:BT-27", "BG-7:BT-44", "BG-10:BT-59", "BG-11:BT-62")
    trading_name: str | None = term("BG-4:BT-28", "BG-7:BT-45")
    identifiers: tuple[Identifier, ...] = term(
        "BG-4:BT-29", "BG-7:BT-46", "BG-10:BT-60", kind=Kind.IDENTIFIER, many=True
    )
    legal_registration: Identifier | None = term("BG-4:BT-30", "BG-7:BT-47", "BG-10:BT-61", kind=Kind.IDENTIFIER)
    vat_id: str | None = term("BG-4:BT-31", "BG-7:BT-48", "BG-11:BT-63")
    tax_number: str | None = term("BG-4:BT-32")
    legal_information: str | None = term("BG-4:BT-33")
    electronic_address: Identifier | None = term("BG-4:BT-34", "BG-7:BT-49", kind=Kind.IDENTIFIER)
    address: Address | None = group("BG-4:BG-5", "BG-7:BG-8", "BG-11:BG-12")
    contact: Contact | None = group("BG-4:BG-6", "BG-7:BG-9")


@dataclass(frozen=True, slots=True)
class Delivery:
    """BG-13: where and when the goods or services were delivered."""

    name: str | None = term("BT-70")
    location: Identifier | None = term("BT-71", kind=Kind.IDENTIFIER)
    actual_date: date | None = term("BT-72", kind=Kind.DATE)
    address: Address | None = group("BG-15")


@dataclass(frozen=True, slots=True)
class Period:
    """BG-14, BG-26: first and last day, both included."""

    start: date | None = term("BG-14:BT-73", "BG-26:BT-134", kind=Kind.DATE)
    end: date | None = term("BG-14:BT-74", "BG-26:BT-135", kind=Kind.DATE)


@dataclass(frozen=True, slots=True)
class Account:
    """BG-17: an account of the payee; `iban` is whatever the sender wrote as account identifier."""

    iban: str | None = term("BT-84")
    name: str | None = term("BT-85")
    bic: str | None = term("BT-86")


@dataclass(frozen=True, slots=True)
class Card:
    """BG-18: the card that was charged; only the last digits may be given."""

    number: str | None = term("BT-87")
    holder: str | None = term("BT-88")


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """BG-19: the seller collects from the buyer's account under a mandate."""

    mandate: str | None = term("BT-89")
    creditor: str | None = term("BT-90")
    debited_iban: str | None = term("BT-91")


@dataclass(frozen=True, slots=True)
class PaymentInstructions:
    """BG-16: one means of payment (`means_code`: UNTDID 4461) with every account that it offers."""

    means_code: str | None = term("BT-81", kind=Kind.CODE)
    means_text: str | None = term("BT-82")
    remittance: str | None = term("BT-83")
    accounts: tuple[Account, ...] = group("BG-17", many=True)
    card: Card | None = group("BG-18")
    direct_debit: DirectDebit | None = group("BG-19")


@dataclass(frozen=True, slots=True)
class AllowanceCharge:
    """BG-20, BG-27 allowances and BG-21, BG-28 charges; percentages as written, VAT in the header groups alone."""

    amount: Decimal | None = term("BG-20:BT-92", "BG-21:BT-99", "BG-27:BT-136", "BG-28:BT-141", kind=Kind.AMOUNT)
    base: Decimal | None = term("BG-20:BT-93", "BG-21:BT-100", "BG-27:BT-137", "BG-28:BT-142", kind=Kind.AMOUNT)
    percent: Decimal | None = term("BG-20:BT-94", "BG-21:BT-101", "BG-27:BT-138", "BG-28:BT-143", kind=Kind.NUMBER)
    vat_category: str | None = term("BG-20:BT-95", "BG-21:BT-102", kind=Kind.CODE)
    vat_rate: Decimal | None = term("BG-20:BT-96", "BG-21:BT-103", kind=Kind.NUMBER)
    reason: str | None = term("BG-20:BT-97", "BG-21:BT-104", "BG-27:BT-139", "BG-28:BT-144")
    reason_code: str | None = term("BG-20:BT-98", "BG-21:BT-105", "BG-27:BT-140", "BG-28:BT-145", kind=Kind.CODE)


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22: the sums of the document in the invoice currency (`tax_in_tax_currency`: in BT-6)."""

    lines: Decimal | None = term("BT-106", kind=Kind.AMOUNT)
    allowances: Decimal | None = term("BT-107", kind=Kind.AMOUNT)
    charges: Decimal | None = term("BT-108", kind=Kind.AMOUNT)
    net: Decimal | None = term("BT-109", kind=Kind.AMOUNT)
    tax: Decimal | None = term("BT-110", kind=Kind.AMOUNT)
    tax_in_tax_currency: Decimal | None = term("BT-111", kind=Kind.AMOUNT)
    gross: Decimal | None = term("BT-112", kind=Kind.AMOUNT)
    prepaid: Decimal | None = term("BT-113", kind=Kind.AMOUNT)
    rounding: Decimal | None = term("BT-114", kind=Kind.AMOUNT)
    payable: Decimal | None = term("BT-115", kind=Kind.AMOUNT)


@dataclass(frozen=True, slots=True)
class TaxBreakdown:
    """BG-23: one VAT category and rate (`category`: UNTDID 5305; `rate` in per cent)."""

    taxable: Decimal | None = term("BT-116", kind=Kind.AMOUNT)
    tax: Decimal | None = term("BT-117", kind=Kind.AMOUNT)
    category: str | None = term("BT-118", kind=Kind.CODE)
    rate: Decimal | None = term("BT-119", kind=Kind.NUMBER)
    exemption_reason: str | None = term("BT-120")
    exemption_code: str | None = term("BT-121", kind=Kind.CODE)


@dataclass(frozen=True, slots=True)
class SupportingDocument:
    """BG-24: a document beside the invoice, embedded or named by an address that is never fetched."""

    reference: str | None = term("BT-122")
    description: str | None = term("BT-123")
    url: str | None = term("BT-124")
    attachment: Binary | None = term("BT-125", kind=Kind.BINARY)


@dataclass(frozen=True, slots=True)
class Price:
    """BG-29: net price of `base_quantity` units."""

    net: Decimal | None = term("BT-146", kind=Kind.AMOUNT)
    discount: Decimal | None = term("BT-147", kind=Kind.AMOUNT)
    gross: Decimal | None = term("BT-148", kind=Kind.AMOUNT)
    base_quantity: Decimal | None = term("BT-149", kind=Kind.NUMBER)
    base_unit: str | None = term("BT-150", kind=Kind.CODE)


@dataclass(frozen=True, slots=True)
class LineTax:
    """BG-30: VAT category and rate (per cent) of a line."""

    category: str | None = term("BT-151", kind=Kind.CODE)
    rate: Decimal | None = term("BT-152", kind=Kind.NUMBER)


@dataclass(frozen=True, slots=True)
class Attribute:
    """BG-32: a named property of an item."""

    name: str | None = term("BT-160")
    value: str | None = term("BT-161")


@dataclass(frozen=True, slots=True)
class Item:
    """BG-31: what was delivered."""

    name: str | None = term("BT-153")
    description: str | None = term("BT-154")
    seller_id: str | None = term("BT-155")
    buyer_id: str | None = term("BT-156")
    standard_id: Identifier | None = term("BT-157", kind=Kind.IDENTIFIER)
    classifications: tuple[Identifier, ...] = term("BT-158", kind=Kind.IDENTIFIER, many=True)
    origin_country: str | None = term("BT-159", kind=Kind.CODE)
    attributes: tuple[Attribute, ...] = group("BG-32", many=True)


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25 and, in the XRechnung extension, its sub-lines (BG-DEX-01); `unit`: UN/ECE Recommendation 20 and 21."""

    number: str | None = term("BT-126")
    note: str | None = term("BT-127")
    invoiced_object: Identifier | None = term("BT-128", kind=Kind.IDENTIFIER)
    quantity: Decimal | None = term("BT-129", kind=Kind.NUMBER)
    unit: str | None = term("BT-130", kind=Kind.CODE)
    net: Decimal | None = term("BT-131", kind=Kind.AMOUNT)
    order_line: str | None = term("BT-132")
    buyer_accounting_reference: str | None = term("BT-133")
    period: Period | None = group("BG-26")
    allowances: tuple[AllowanceCharge, ...] = group("BG-27", many=True)
    charges: tuple[AllowanceCharge, ...] = group("BG-28", many=True)
    price: Price | None = group("BG-29")
    tax: LineTax | None = group("BG-30")
    item: Item | None = group("BG-31")
    sub_lines: tuple[Line, ...] = group("BG-DEX-01", many=True)


@dataclass(frozen=True, slots=True)
class ThirdPartyPayment:
    """BG-DEX-09: a claim of somebody else that is collected with this invoice (XRechnung extension)."""

    type: str | None = term("BT-DEX-001")
    amount: Decimal | None = term("BT-DEX-002", kind=Kind.AMOUNT)
    description: str | None = term("BT-DEX-003")


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice or credit note; `payment_terms` (BT-20) keeps its white space, which BR-DE-18 demands for Skonto."""

    number: str | None = term("BT-1")
    issue_date: date | None = term("BT-2", kind=Kind.DATE)
    type_code: str | None = term("BT-3", kind=Kind.CODE)
    currency: str | None = term("BT-5", kind=Kind.CODE)
    tax_currency: str | None = term("BT-6", kind=Kind.CODE)
    tax_point_date: date | None = term("BT-7", kind=Kind.DATE)
    tax_point_code: str | None = term("BT-8", kind=Kind.CODE)
    due_date: date | None = term("BT-9", kind=Kind.DATE)
    buyer_reference: str | None = term("BT-10")
    project_reference: str | None = term("BT-11")
    contract_reference: str | None = term("BT-12")
    purchase_order_reference: str | None = term("BT-13")
    sales_order_reference: str | None = term("BT-14")
    receiving_advice_reference: str | None = term("BT-15")
    despatch_advice_reference: str | None = term("BT-16")
    tender_reference: str | None = term("BT-17")
    invoiced_object: Identifier | None = term("BT-18", kind=Kind.IDENTIFIER)
    buyer_accounting_reference: str | None = term("BT-19")
    payment_terms: str | None = term("BT-20", kind=Kind.RAW)
    notes: tuple[Note, ...] = group("BG-1", many=True)
    process: ProcessControl | None = group("BG-2")
    preceding_invoices: tuple[PrecedingInvoice, ...] = group("BG-3", many=True)
    seller: Party | None = group("BG-4")
    buyer: Party | None = group("BG-7")
    payee: Party | None = group("BG-10")
    tax_representative: Party | None = group("BG-11")
    delivery: Delivery | None = group("BG-13")
    invoicing_period: Period | None = group("BG-14")
    payment_instructions: tuple[PaymentInstructions, ...] = group("BG-16", many=True)
    allowances: tuple[AllowanceCharge, ...] = group("BG-20", many=True)
    charges: tuple[AllowanceCharge, ...] = group("BG-21", many=True)
    totals: Totals | None = group("BG-22")
    tax_breakdown: tuple[TaxBreakdown, ...] = group("BG-23", many=True)
    supporting_documents: tuple[SupportingDocument, ...] = group("BG-24", many=True)
    lines: tuple[Line, ...] = group("BG-25", many=True)
    third_party_payments: tuple[ThirdPartyPayment, ...] = group("BG-DEX-09", many=True)


class TermField(NamedTuple):
    """One field of a model class as a mapper sees it; `group_class` only where `kind` is GROUP."""

    name: str
    terms: dict[str, str]
    kind: Kind
    many: bool
    group_class: type | None

    def id_in(self, group_id: str) -> str | None:
        """The BT or BG id of this field inside the group `group_id`; None where the group has no such term."""
        return self.terms.get("") or self.terms.get(group_id)


def term_fields(model_class: type) -> tuple[TermField, ...]:
    """The fields of a model class in the order of the standard."""
    return _term_fields(model_class)


@cache
def _term_fields(model_class: Any) -> tuple[TermField, ...]:
    hints = get_type_hints(model_class)
    return tuple(_term_field(item, hints[item.name]) for item in fields(model_class))


def _term_field(item: Field[Any], hint: Any) -> TermField:
    meta = item.metadata
    group_class = get_args(hint)[0] if meta["kind"] is Kind.GROUP else None
    return TermField(item.name, meta["terms"], meta["kind"], meta["many"], group_class)
