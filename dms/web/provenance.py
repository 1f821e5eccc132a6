"""Where each value on a page comes from, and why it is what it is: every value that is shown has an answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dms.actor import system
from dms.intake.choosing import CHOSEN
from dms.payables.models import PayableInvoice
from dms.payables.reading import columns_of
from dms.records.models import Document, ExtractedValue
from dms.web.format import moment, percent
from dms.web.wording import SOURCES
from invoicing.witness_wording import why

READ_FROM = {
    "seller_name": "seller", "seller_vat_id": "seller_vat_id", "invoice_number": "invoice_number",
    "buyer_reference": "buyer_reference", "issued_on": "issue_date", "due_on": "due_date", "net_cents": "net",
    "tax_cents": "tax", "gross_cents": "gross", "payable_cents": "payable", "iban": "iban", "payee_name": "payee",
}  # fmt: skip
"""Field of an invoice → name of the extracted value that it was filled from."""
METADATA_FROM = {
    "title": ("subject",), "sender": ("seller",), "recipient": ("buyer",), "document_date": ("issue_date",),
    "foreign_reference": ("our_reference", "invoice_number"),
}  # fmt: skip
"""Field of a document → names of the extracted values from which it may come."""
SYSTEM_NAME = system("worker").name
_FOLLOWS = {"payable_cents": "Ein anderer Zahlbetrag als das Brutto ist nicht genannt.",
            "payee_name": "Ein anderer Zahlungsempfänger als der Rechnungssteller ist nicht genannt."}  # fmt: skip


@dataclass(frozen=True)
class Provenance:
    """`source` in a word or two, `why` in sentences, `region` on the page that shows it, if one does."""

    source: str
    why: tuple[str, ...]
    region: str | None = None


class _Version(Protocol):
    """What the versions of documents and invoices have in common."""

    @property
    def actor_name(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def changes(self) -> list[dict[str, object]]: ...


def of_value(value: ExtractedValue) -> Provenance:
    """Of one extracted value."""
    region = value.name if value.box else None
    if value.source == "person":
        told = "Von Hand gewählt" if CHOSEN in value.witnesses else "Eingegeben"
        said = _said(told, value.actor_name or "", value.at)
        return Provenance("von Hand gewählt" if CHOSEN in value.witnesses else SOURCES["person"], (said,), region)
    if value.source == "xml":
        return Provenance(SOURCES["xml"], ("So steht es in der XML der E-Rechnung.",), region)
    source = SOURCES[value.source]
    if value.source == "reading" and value.confidence:
        source = f"{source} ({percent(value.confidence)})"
    return Provenance(source, tuple(why(value.witnesses)) or ("Nur gelesen, durch nichts anderes bestätigt.",), region)


def of_payable(
    row: PayableInvoice, known: Mapping[str, ExtractedValue], versions: Iterable[_Version]
) -> dict[str, Provenance]:
    """Field → provenance, of every field of an invoice that is filled; `versions` newest first."""
    columns, listed = columns_of(known), list(versions)
    found = {}
    for field, name in READ_FROM.items():
        value = getattr(row, field)
        if value is None or value == "":
            continue
        typed = _typed(field, listed)
        if columns.get(field) != value:
            found[field] = typed or Provenance(SOURCES["person"], ("Bei der Erfassung eingetragen.",))
        elif name in known:
            found[field] = of_value(known[name])
        else:
            found[field] = typed or Provenance("übernommen", (_FOLLOWS[field],))
    return found


def of_document(
    row: Document, known: Mapping[str, ExtractedValue], versions: Iterable[_Version]
) -> dict[str, Provenance]:
    """Field → provenance, of every field of a document that is filled; `versions` newest first."""
    listed = list(versions)
    found = {}
    for field, names in METADATA_FROM.items():
        value = str(getattr(row, field) or "")
        read = next((known[name] for name in names if name in known and known[name].value == value), None)
        if read is not None:
            found[field] = of_value(read)
        elif value:
            found[field] = _typed(field, listed) or Provenance("übernommen", ("So heißt die Datei.",))
    return found


def _typed(field: str, versions: Iterable[_Version]) -> Provenance | None:
    """Who filled the field last."""
    version = next((each for each in versions if any(change["field"] == field for change in each.changes)), None)
    if version is None:
        return None
    if version.actor_name == SYSTEM_NAME:
        return Provenance(SOURCES["reading"], (f"Beim Einlesen übernommen, {moment(version.at)}.",))
    return Provenance(SOURCES["person"], (_said("Eingetragen", version.actor_name, version.at),))


def _said(how: str, who: str, at: datetime) -> str:
    return f"{how} von {who}, {moment(at)}."
