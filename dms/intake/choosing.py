"""A value that a person points at: words of a page become a value with its place, above whatever a machine read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from dms.audit import service as audit
from dms.clock import Clock
from dms.db import actor_of
from dms.ids import uuid7
from dms.intake.fields import MAX_VALUE, printable
from dms.records import queries
from dms.records.models import Document, ExtractedValue
from invoicing import text_values

CHOSEN = "chosen"
"""The witness of a value that a person chose on the page."""
DATES = frozenset({"issue_date", "due_date", "delivery_date", "period_start", "period_end"})
AMOUNTS = frozenset({"net", "tax", "gross", "payable"})
IBAN = "iban"


@dataclass(frozen=True)
class Spot:
    """The words that a person chose: on which leaf, what they say, the box around them in points as it is stored."""

    leaf: int
    text: str
    box: tuple[float, ...]


def spot(page: Mapping[str, Any], first: int, last: int) -> Spot | None:
    """The words `first` to `last` (places in the reading, from 0, in either order) of a page as it lies; None where the
    page has no such words."""
    begin, end = sorted((first, last))
    words: Sequence[Any] = page["words"][begin : end + 1] if begin >= 0 else ()
    if not words:
        return None
    left, top = min(word[1] for word in words), min(word[2] for word in words)
    right, bottom = max(word[3] for word in words), max(word[4] for word in words)
    return Spot(page["leaf"], printable(" ".join(str(word[0]) for word in words)), (left, top, right, bottom))


def reading_of(name: str, text: str) -> date | Decimal | str:
    """What the words say as a value of this field; the words themselves where that is not to be seen."""
    if name in DATES:
        return next((date.fromisoformat(value.value) for value in text_values.dates(text)), text)
    if name in AMOUNTS:
        return next((Decimal(value.value) for value in text_values.amounts(text)), text)
    if name == IBAN:
        return next((value.value for value in text_values.ibans(text)), text)
    return text


def say(session: Session, row: Document, name: str, value: str, chosen: Spot, clock: Clock) -> None:
    """Lay the value over what was known; no machine ever lays another one over it."""
    before = queries.values(session, row.id).get(name)
    layer = ExtractedValue(
        id=uuid7(),
        document_id=row.id,
        name=name,
        value=value[:MAX_VALUE],
        source="person",
        page=chosen.leaf,
        box=[round(edge, 2) for edge in chosen.box],
        witnesses=[CHOSEN],
        actor_name=actor_of(session).name,
        at=clock.now(),
    )
    audit.record(session, "document.value_chosen", row, field=name, leaf=chosen.leaf)
    session.add(layer)
    if before is not None:
        before.superseded_by_id = layer.id
