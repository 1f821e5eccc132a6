"""The canonical content of a payable and its scoped hashes: what a certificate or payment order is bound to.

Scopes (domain specification, 5.3): ``doc`` = original, header and totals; ``pay`` = payee, IBAN, amounts, due date;
``coding`` = coding lines. Substance is certified on doc and the amount, arithmetic on doc and pay, an order on all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dms.audit.service import content_sha256
from dms.payables.models import CodingLine, PayableInvoice

DOC_FIELDS = (
    "legal_entity_id", "seller_name", "seller_vat_id", "invoice_number", "type_code", "issued_on", "currency",
    "net_cents", "tax_cents", "gross_cents", "buyer_reference",
)  # fmt: skip
PAY_FIELDS = (
    "payee_name", "iban", "payable_cents", "cut_cents", "retained_cents", "discount_until", "discount_cents", "due_on",
)  # fmt: skip
CODING_FIELDS = ("budget_year", "product_account", "cost_center", "cost_object", "amount_cents", "text")


@dataclass(frozen=True)
class Content:
    """A payable's content at one moment and the hash of each scope, computed when it is asked for."""

    values: dict[str, Any]
    amount_cents: int

    @cached_property
    def doc_sha256(self) -> str:
        return content_sha256(self.values["doc"])

    @cached_property
    def pay_sha256(self) -> str:
        return content_sha256(self.values["pay"])

    @cached_property
    def coding_sha256(self) -> str:
        return content_sha256(self.values["coding"])

    @property
    def all_sha256(self) -> str:
        """Everything: what a payment order is bound to."""
        return content_sha256(self.values)

    @property
    def substance_sha256(self) -> str:
        return content_sha256([self.doc_sha256, self.amount_cents])

    @property
    def arithmetic_sha256(self) -> str:
        return content_sha256([self.doc_sha256, self.pay_sha256])

    def scope_sha256(self, kind: str) -> str:
        """The hash that a certificate of this kind vouches for."""
        return self.substance_sha256 if kind == "substance" else self.arithmetic_sha256


def content_of(payable: PayableInvoice, lines: Sequence[CodingLine], original: str) -> Content:
    """The content as it stands in the rows; `original` as `queries.originals_of` names it."""
    doc = {"original": original, **_values(payable, DOC_FIELDS)}
    pay = _values(payable, PAY_FIELDS)
    coding = [_values(line, CODING_FIELDS) for line in sorted(lines, key=lambda line: line.position)]
    return Content(values={"doc": doc, "pay": pay, "coding": coding}, amount_cents=amount_to_pay(payable))


def amount_to_pay(payable: PayableInvoice) -> int:
    """What is paid now: the payable amount less cuts and retention, in cents."""
    return (payable.payable_cents or 0) - payable.cut_cents - payable.retained_cents


def authority_cents(payable: PayableInvoice) -> int:
    """What an orderer's authority must cover: the invoice gross, and what is really paid where that is more."""
    return max(payable.gross_cents or 0, amount_to_pay(payable))


def _values(row: Any, names: Sequence[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: value if value is None or isinstance(value, int) else str(value) for name, value in values.items()}
