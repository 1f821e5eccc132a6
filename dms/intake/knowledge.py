"""What the town knows that helps to read an invoice: suppliers, its own names, layouts learnt, the payment code."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.identity.models import LegalEntity
from dms.intake.models import LayoutExample
from dms.payables.models import Supplier
from invoicing import layout_memory, payment_code
from invoicing.knowledge import Knowledge, KnownSeller


def load(session: Session) -> Knowledge:
    """All of it; few thousand rows."""
    sellers = [
        KnownSeller(row.name, tuple(_number(row.vat_id)), tuple(_number(row.iban)))
        for row in session.scalars(select(Supplier).order_by(Supplier.name, Supplier.id))
    ]
    names = session.scalars(select(LegalEntity.name).order_by(LegalEntity.name)).all()
    return Knowledge(sellers=sellers, own_names=names, examples=_examples(session))


def _examples(session: Session) -> list[layout_memory.Example]:
    rows = session.scalars(select(LayoutExample).order_by(LayoutExample.at, LayoutExample.id))
    return [
        layout_memory.Example(row.seller_key, str(row.document_id), row.field, row.label, row.place, row.x, row.y)
        for row in rows
    ]


def code_of(content: Mapping[str, Any]) -> payment_code.PaymentCode | None:
    """The first GiroCode among the codes of the pages."""
    pages = content.get("pages") or []
    return payment_code.first(str(code["text"]) for page in pages for code in page.get("codes") or [])


def _number(text: str | None) -> list[str]:
    return ["".join(text.split()).upper()] if text else []
