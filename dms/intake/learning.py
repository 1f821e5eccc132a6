"""Learn where a sender prints its values: the step behind a correction that a person made to an invoice.

Only fields that a person changed are learnt, from the words that were read at intake; a later correction of the same
field on the same document takes the place of the earlier one.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from dms.actor import system
from dms.ids import uuid7
from dms.intake import fields, pages
from dms.intake.models import LayoutExample
from dms.jobs.service import Claim, finish, hold
from dms.jobs.steps import Step
from dms.money import from_cents
from dms.payables import queries as payables
from dms.payables.models import PayableInvoice
from dms.payables.reading import AMOUNTS, DATES, TEXTS
from dms.platform import Platform
from dms.records import service as records
from invoicing import layout_memory

_COLUMNS = {**{name: column for name, (column, _) in TEXTS.items()}, **DATES, **AMOUNTS, "iban": "iban"}
"""Field of the reader → column of the payable."""


def learn(platform: Platform, held: Claim) -> None:
    """Write an example for each corrected field whose value is printed on the document."""
    actor = system("worker", job_id=held.job_id)
    with platform.db.read(actor) as session:
        document = records.document(session, held.subject_id)
        payable = payables.of_document(session, document.id)
        corrected = dict(_corrected(session, payable)) if payable else {}
        seller = _seller_key(payable) if payable else None
    words = fields.words_of(pages.content(platform, document))
    learnt = {field: layout_memory.learn(words, field, value) for field, value in corrected.items()}
    with platform.db.write(actor) as session:
        hold(session, held)
        for field, spot in learnt.items():
            session.execute(
                delete(LayoutExample).where(LayoutExample.document_id == document.id, LayoutExample.field == field)
            )
            if spot is not None and seller is not None:
                label, place, x, y = spot
                row = LayoutExample(id=uuid7(), document_id=document.id, seller_key=seller, field=field)
                row.label, row.place, row.x, row.y, row.at = label[:200], place, x, y, platform.clock.now()
                session.add(row)
        finish(session, held, platform.clock)


def _corrected(session: Session, payable: PayableInvoice) -> Iterator[tuple[str, str]]:
    """Fields that a person changed, with the value that stands now, in the form of the reader."""
    changed = {change["field"] for version in payables.versions(session, payable.id) for change in version.changes}
    for field, column in _COLUMNS.items():
        value = getattr(payable, column)
        if column in changed and field in layout_memory.LEARNABLE and value is not None:
            yield field, _as_read(column, value)


def _as_read(column: str, value: Any) -> str:
    return str(from_cents(value)) if column.endswith("_cents") else str(value)


def _seller_key(payable: PayableInvoice) -> str | None:
    name = layout_memory.name_key(payable.seller_name) if payable.seller_name else None
    return payable.seller_vat_id or payable.iban or name


STEPS = {"learn": Step("interactive", learn)}
