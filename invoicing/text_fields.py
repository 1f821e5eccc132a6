"""Invoice fields from the words of a page, each with the place where it was read: rules over labels, checksums, sums.

Works on plain data, whatever engine read the words. What it gives is a reading, not a fact: `accepted` marks values
that two independent witnesses support; everything else is offered to a person.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, TypedDict

from invoicing import acceptance, field_readers, layout_memory, parties, totals
from invoicing import knowledge as knowledge_of
from invoicing.knowledge import NOTHING, Knowledge
from invoicing.page_layout import WordRow, page_lines
from invoicing.pairing import Page
from invoicing.readings import Reading, best

_FIRST_PAGES: Final = 10
_LAST_PAGES: Final = 3
_LONGEST_TERM: Final = timedelta(days=400)


class Field(TypedDict):
    """A field as read; box in the unit of the words, None = computed (then `witnesses` says from what)."""

    value: str
    confidence: float
    page: int | None
    box: list[float] | None
    witnesses: list[str]
    accepted: bool


def read_fields(pages: Sequence[Sequence[WordRow]], knowledge: Knowledge = NOTHING) -> dict[str, Field]:
    """Fields of an invoice from its pages in order, each a list of ``[text, x0, y0, x1, y1, confidence]``.

    Names and forms: `invoice_number`, `type_code` (BT-3), `issue_date`, `due_date`, `delivery_date`, `period_start`,
    `period_end` (ISO), `seller_name`, `buyer_name`, `seller_vat_id`, `seller_tax_no`, `iban` (no blanks), `net`, `tax`,
    `gross`, `payable` (point, two decimals, sign as printed), `tax_rates` (``19:190.00 7:3.50``), `currency`,
    `buyer_reference`, `order_number`. What is not found is not in the answer. Never raises on odd words; of a long
    document the first ten and last three pages are looked at.
    """
    wanted = [n for n in range(1, len(pages) + 1) if n <= _FIRST_PAGES or n > len(pages) - _LAST_PAGES]
    read = [_page(pages[number - 1], number) for number in wanted]
    found = knowledge_of.confirmed([reading for page in read for reading in _page_readings(page)], knowledge)
    found += layout_memory.readings(read, knowledge.examples, layout_memory.seller_keys(found))
    chosen = best(each for each in found if each.field not in totals.FIELDS)
    chosen.update(totals.choose([each for each in found if each.field in totals.FIELDS]))
    _settle_numbers(chosen)
    _settle_due_date(chosen, found)
    chosen = knowledge_of.compared(chosen, knowledge.payment_code)
    return {name: _field(each) for name, each in chosen.items() if not name.startswith("_")}


def _page(words: Sequence[WordRow], number: int) -> Page:
    page = Page(number, page_lines(words))
    field_readers.known_values(page)
    return page


def _page_readings(page: Page) -> Iterator[Reading]:
    sections = parties.sections(page.lines)
    yield from field_readers.readings(page, sections, is_first=page.number == 1)
    yield from totals.readings(page)
    if page.number == 1:
        yield from parties.readings(page.lines, page.number, sections)
        yield from field_readers.type_readings(page)


def _field(found: Reading) -> Field:
    confidence = round(acceptance.confidence(found), 3)
    return {
        "value": found.value,
        "confidence": confidence,
        "page": found.place.page if found.place else None,
        "box": [round(edge, 2) for edge in found.place.box] if found.place else None,
        "witnesses": list(found.witnesses),
        "accepted": confidence >= acceptance.ACCEPT_FROM,
    }


def _settle_numbers(chosen: dict[str, Reading]) -> None:
    """One number in two roles: no witness tells which of them is right."""
    number, order = chosen.get("invoice_number"), chosen.get("order_number")
    if number is not None and order is not None and number.value == order.value:
        for reading in (number, order):
            doubted = (name for name in reading.witnesses if name not in ("unrivalled", "repeated"))
            chosen[reading.field] = reading.but(score=reading.score * 0.7, witnesses=doubted)


def _settle_due_date(chosen: dict[str, Reading], found: Sequence[Reading]) -> None:
    """A printed due date must follow the invoice date; where none is printed it is computed from the terms."""
    issued = date.fromisoformat(chosen["issue_date"].value) if "issue_date" in chosen else None
    if issued and "due_date" in chosen:
        fitting = [
            each
            for each in found
            if each.field == "due_date" and issued <= date.fromisoformat(each.value) <= issued + _LONGEST_TERM
        ]
        if fitting:
            chosen["due_date"] = best(fitting)["due_date"].also("plausible")
            return
        chosen["due_date"] = chosen["due_date"].but(score=chosen["due_date"].score * 0.4)
        return
    terms = best(each for each in found if each.field == field_readers.PAYMENT_TERM).get(field_readers.PAYMENT_TERM)
    if issued is None or terms is None or "due_date" in chosen:
        return
    due = issued + timedelta(days=int(terms.value))
    chosen["due_date"] = Reading(
        "due_date", due.isoformat(), terms.score * 0.9, terms.place, ("computed",), terms.clarity
    )
