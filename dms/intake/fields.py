"""What is known about a document, as layers: XML values or values read from the page, and the proposal made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from dms.clock import Clock
from dms.ids import uuid7
from dms.intake import knowledge
from dms.records import queries
from dms.records.models import Document, ExtractedValue
from invoicing.document_type import decide
from invoicing.knowledge import NOTHING, Knowledge
from invoicing.letter_fields import read_letter
from invoicing.page_layout import WordRow
from invoicing.text_fields import Field, read_fields
from ocr import turn_box

MAX_VALUE = 2000
TYPE = "document_type"
"""Name of the extracted value that says that a document looks like an invoice; its witnesses say why."""
EINVOICE_NAMES = {
    "number": "invoice_number", "issue_date": "issue_date", "due_date": "due_date", "seller": "seller",
    "seller_vat_id": "seller_vat_id", "buyer": "buyer", "buyer_reference": "buyer_reference", "net": "net",
    "tax": "tax", "gross": "gross", "payable": "payable", "currency": "currency", "type_code": "type_code",
    "payee": "payee", "seller_email": "seller_email", "seller_electronic_address": "seller_email",
}  # fmt: skip
"""Field of `invoicing.tasks.read_einvoice` → name of the extracted value; of two with one name the later counts."""

Found = Mapping[str, Mapping[str, Any]]


def from_einvoice(invoice: Mapping[str, Any]) -> Found:
    """Values of an e-invoice's XML: certain, and the original."""
    found: dict[str, Mapping[str, Any]] = {}
    for field, name in EINVOICE_NAMES.items():
        value = (invoice["fields"].get(field) or {}).get("value")
        if value:
            found[name] = {"value": str(value), "source": "xml", "confidence": 1.0}
    ibans = [entry["value"] for entry in invoice.get("ibans") or []]
    if ibans:
        found["iban"] = {"value": ibans[0], "source": "xml", "confidence": 1.0}
    return found


def from_text(content: Mapping[str, Any], known: Knowledge = NOTHING) -> Found:
    """Values found on the pages, each with its place; what the town knows and a payment code are witnesses."""
    pages = {page["number"]: page for page in content.get("pages") or []}
    known = replace(known, payment_code=knowledge.code_of(content))
    words = words_of(content)
    found = read_fields(words, known) if pages else {}
    decision = decide(words, found)
    named = {name.removesuffix("_name"): _on_leaf(field, pages) for name, field in found.items()}
    if pages and decision.is_invoice:
        return {**named, TYPE: {"value": "invoice", "source": "reading", "witnesses": list(decision.reasons)}}
    letter = {name: _on_leaf(field, pages) for name, field in _letter(words).items()}
    return {**letter, **named}


def words_of(content: Mapping[str, Any]) -> list[list[WordRow]]:
    """The words of each page as it is seen, in order; none for a page that failed."""
    pages = {page["number"]: page for page in content.get("pages") or []}
    return [_upright(pages[number]) if number in pages else [] for number in range(1, max(pages, default=0) + 1)]


def _upright(page: Mapping[str, Any]) -> list[WordRow]:
    """The words of a page as a person sees them: lines that run across, from the top."""
    if not page["rotation"]:
        return list(page["words"])
    size = {"width_pt": page["width_pt"], "height_pt": page["height_pt"]}
    return [[word[0], *turn_box(tuple(word[1:5]), page["rotation"], **size), word[5]] for word in page["words"]]


def _on_leaf(field: Field, pages: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """A field that was read, with its place on the stored page, whatever that is called in the document."""
    placed: dict[str, Any] = {**field, "source": "reading"}
    page = pages.get(field.get("page") or 0)
    if page is None:
        return placed
    placed["page"] = page.get("leaf", page["number"])
    box = field.get("box")
    if box and page["rotation"]:
        placed["box"] = [round(edge, 2) for edge in unturn_box(page, box)]
    return placed


def unturn_box(page: Mapping[str, Any], box: Sequence[float]) -> tuple[float, ...]:
    """A box on a page as it is seen, on the page as it is stored."""
    width, height = page["width_pt"], page["height_pt"]
    seen = (height, width) if page["rotation"] in (90, 270) else (width, height)
    return turn_box((box[0], box[1], box[2], box[3]), -page["rotation"], width_pt=seen[0], height_pt=seen[1])


def _letter(words: Sequence[Sequence[WordRow]]) -> dict[str, Field]:
    """What an ordinary letter says beside the fields that it shares with invoices."""
    read = read_letter(words)
    return {name: field for name, field in read.items() if name in ("subject", "your_reference", "our_reference")}


def write(session: Session, document_id: UUID, found: Found, clock: Clock) -> None:
    """Lay the found values down; nothing twice, and nothing over what a person said."""
    known = queries.values(session, document_id)
    for name, field in found.items():
        before, value = known.get(name), printable(str(field["value"]))[:MAX_VALUE]
        if not value or (before is not None and (before.source == "person" or before.value == value)):
            continue
        row = ExtractedValue(
            id=uuid7(),
            document_id=document_id,
            name=name,
            value=value,
            source=field["source"],
            page=field.get("page"),
            box=field.get("box"),
            confidence=field.get("confidence"),
            witnesses=field.get("witnesses") or [],
            at=clock.now(),
        )
        session.add(row)
        if before is not None:
            before.superseded_by_id = row.id


def read(session: Session, document_id: UUID) -> dict[str, ExtractedValue]:
    """The layer on top for every name."""
    return queries.values(session, document_id)


def proposal(document: Document, known: Mapping[str, ExtractedValue], content: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata proposed to the clerk: title, sender, date, foreign reference. Only what is not said yet."""
    proposed: dict[str, Any] = {}
    sender = _value(known, "seller") or content.get("sender")
    number = _value(known, "invoice_number")
    if document.title == document.original_name:
        subject = _value(known, "subject") or (f"Rechnung {number}" if number else content.get("title"))
        proposed["title"] = (printable(subject or "") or document.original_name)[:300]
    if sender and not document.sender:
        proposed["sender"] = printable(str(sender))[:200]
    reference = _value(known, "our_reference") or number
    if reference and not document.foreign_reference:
        proposed["foreign_reference"] = reference[:120]
    day = _day(_value(known, "issue_date"))
    if day is not None and document.document_date is None:
        proposed["document_date"] = day
    return proposed


def printable(text: str) -> str:
    """What a machine read, without the characters that no one sees or that turn the direction of writing."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _value(known: Mapping[str, ExtractedValue], name: str) -> str | None:
    return known[name].value if name in known else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
