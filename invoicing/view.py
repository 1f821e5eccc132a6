"""An invoice as people read it, before any medium: sections of labelled values and tables, in German.

Complete: every term of the model stands in exactly one place, under the name that `anchors` gives it. What the texts
say is data: whoever renders them escapes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from invoicing import wording
from invoicing.anchors import anchor
from invoicing.model import (
    Address,
    AllowanceCharge,
    Attribute,
    Invoice,
    Line,
    Period,
    PrecedingInvoice,
    TermField,
    term_fields,
)
from invoicing.view_values import shown
from invoicing.view_wording import LABELS, PREFIXES


class Value(NamedTuple):
    """One occurrence of a term: its id, its name in the view and its text.

    `code` is what the text puts in words, `suffix` the currency of an amount, `prefix` what connects it to others.
    """

    bt: str
    anchor: str
    text: str
    code: str = ""
    suffix: str = ""
    prefix: str = ""


class Entry(NamedTuple):
    """A labelled value, or several that belong together, line by line; `anchor` is the group's, "" for plain values."""

    label: str
    lines: tuple[tuple[Value, ...], ...]
    anchor: str = ""
    separator: str = " "


class Facts(NamedTuple):
    """Entries under each other; `anchor` where they are one of several instances of a group."""

    entries: tuple[Entry, ...]
    anchor: str = ""


class Cell(NamedTuple):
    """A cell of a table; `details` are the values of the row that have no column."""

    lines: tuple[tuple[Value, ...], ...]
    anchor: str = ""
    details: tuple[Entry, ...] = ()


class Row(NamedTuple):
    """A row of a table; `depth` counts the lines that this one is a part of."""

    anchor: str
    cells: tuple[Cell, ...]
    depth: int = 0


class Column(NamedTuple):
    """The head of a column with the terms that stand below it."""

    heading: str
    terms: tuple[str, ...]
    is_number: bool


class Table(NamedTuple):
    """Rows of the same shape."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


class Section(NamedTuple):
    """A part of the view with its heading; `anchor` where it shows one group."""

    title: str
    blocks: tuple[Facts | Table, ...]
    anchor: str = ""


def sections(invoice: Invoice) -> tuple[Section, ...]:
    """The sections in reading order, without those that would be empty."""
    return tuple(section for section in _Builder(invoice).sections() if section.blocks)


class _Group(NamedTuple):
    """An instance of a group with its id and its place; `inside` is the place of its terms."""

    model: Any
    id: str
    inside: str
    anchor: str


class _Spec(NamedTuple):
    """A column of a table: the fields of a subgroup ("" for the row's own group), line by line."""

    heading: str
    subgroup: str
    lines: tuple[tuple[str, ...], ...]
    is_number: bool = False


_HEADER = (
    "number", "issue_date", "type_code", "due_date", "buyer_reference", "purchase_order_reference", "currency",
    "tax_currency", "tax_point_date", "tax_point_code",
)  # fmt: skip
_REFERENCES = (
    "project_reference", "contract_reference", "sales_order_reference", "receiving_advice_reference",
    "despatch_advice_reference", "tender_reference", "invoiced_object", "buyer_accounting_reference",
    "preceding_invoices",
)  # fmt: skip
_LINE_COLUMNS = (
    _Spec("Nr.", "", (("number",),)),
    _Spec("Bezeichnung", "item", (("name",),)),
    _Spec("Menge", "", (("quantity", "unit"),), is_number=True),
    _Spec("Einzelpreis", "price", (("net",), ("base_quantity", "base_unit")), is_number=True),
    _Spec("Umsatzsteuer", "tax", (("rate",), ("category",))),
    _Spec("Netto", "", (("net",),), is_number=True),
)
_WITH_DETAILS = 1
"""The column of the lines that takes what has no column."""
_ALLOWANCE_COLUMNS = (
    _Spec("Grund", "", (("reason",), ("reason_code",))),
    _Spec("Satz", "", (("percent",), ("base",)), is_number=True),
    _Spec("Umsatzsteuer", "", (("vat_rate",), ("vat_category",))),
    _Spec("Betrag", "", (("amount",),), is_number=True),
)
_TAX_COLUMNS = (
    _Spec("Art", "", (("category",),)),
    _Spec("Satz", "", (("rate",),), is_number=True),
    _Spec("Netto", "", (("taxable",),), is_number=True),
    _Spec("Umsatzsteuer", "", (("tax",),), is_number=True),
    _Spec("Grund der Befreiung", "", (("exemption_reason",), ("exemption_code",))),
)
_CLAIM_COLUMNS = (
    _Spec("Art", "", (("type",),)),
    _Spec("Beschreibung", "", (("description",),)),
    _Spec("Betrag", "", (("amount",),), is_number=True),
)
_ATTACHMENT_COLUMNS = (
    _Spec("Kennung", "", (("reference",),)),
    _Spec("Beschreibung", "", (("description",),)),
    _Spec("Datei", "", (("attachment",),)),
    _Spec("Adresse", "", (("url",),)),
)
_BLANKS = " \t\r\n"
"""What XML strips; other white space, a no-break space alone, is a value to the rules and stays one."""
_SEPARATORS = {AllowanceCharge: " · ", Attribute: ": ", Period: " ", PrecedingInvoice: " "}
"""Groups that are read in one line."""
_ORDERS: dict[type, tuple[str, ...]] = {AllowanceCharge: ("amount", "percent", "base", "reason", "reason_code")}
"""Where people read a line in another order than the norm lists it."""
_ADDRESS_LINES = (("line_1",), ("line_2",), ("line_3",), ("post_code", "city"), ("subdivision",), ("country",))
_APART = frozenset({"item", "price", "tax", "sub_lines"})
"""Subgroups of a line that have columns or rows of their own."""


class _Builder:
    """One invoice being laid out."""

    def __init__(self, invoice: Invoice) -> None:
        self._invoice = _Group(invoice, "", "", "")
        self._currency = invoice.currency or ""
        self._tax_currency = invoice.tax_currency or ""

    def sections(self) -> Iterator[Section]:
        invoice = self._invoice
        amounts = f" in {self._currency}" if self._currency else ""
        yield self._facts(wording.invoice_type(invoice.model.type_code), invoice, _HEADER)
        yield self._group("Rechnungssteller", "seller")
        yield self._group("Rechnungsempfänger", "buyer")
        yield self._group("Abweichender Zahlungsempfänger", "payee")
        yield self._group("Steuervertreter", "tax_representative")
        yield self._delivery()
        yield self._group("Beträge", "totals")
        yield self._payment(amounts)
        yield Section("Positionen", self._tables((f"Positionen der Rechnung{amounts}", "lines", _LINE_COLUMNS)))
        yield Section(
            "Nachlässe und Zuschläge",
            self._tables(
                (f"Nachlässe auf die Rechnung{amounts}", "allowances", _ALLOWANCE_COLUMNS),
                (f"Zuschläge auf die Rechnung{amounts}", "charges", _ALLOWANCE_COLUMNS),
            ),
        )
        taxes = (f"Umsatzsteuer nach Sätzen{amounts}", "tax_breakdown", _TAX_COLUMNS)
        yield Section("Umsatzsteuer", self._tables(taxes))
        yield self._facts("Bemerkungen", invoice, ("notes",))
        yield self._facts("Verweise", invoice, _REFERENCES)
        yield Section("Anlagen", self._tables(("Anlagen zur Rechnung", "supporting_documents", _ATTACHMENT_COLUMNS)))
        yield self._group("Technische Angaben", "process")

    def _facts(self, title: str, group: _Group, fields: Iterable[str] | None = None) -> Section:
        entries = tuple(self._entries(group, fields))
        return Section(title, (Facts(entries),) if entries else (), group.anchor)

    def _group(self, title: str, field: str) -> Section:
        found = self._groups(self._invoice, field)
        return self._facts(title, found[0]) if found else Section(title, ())

    def _delivery(self) -> Section:
        delivered = self._group("Lieferung und Leistung", "delivery")
        entries = [entry for block in delivered.blocks if isinstance(block, Facts) for entry in block.entries]
        entries += self._entries(self._invoice, ("invoicing_period",))
        return delivered._replace(blocks=(Facts(tuple(entries)),) if entries else ())

    def _payment(self, amounts: str) -> Section:
        means = [
            Facts(tuple(self._entries(group)), group.anchor)
            for group in self._groups(self._invoice, "payment_instructions")
        ]
        terms = Facts(tuple(self._entries(self._invoice, ("payment_terms",))))
        claims = self._tables((f"Forderungen Dritter{amounts}", "third_party_payments", _CLAIM_COLUMNS))
        return Section("Zahlung", (*(facts for facts in (*means, terms) if facts.entries), *claims))

    def _tables(self, *specified: tuple[str, str, Sequence[_Spec]]) -> tuple[Table, ...]:
        tables = (self._table(*one) for one in specified)
        return tuple(table for table in tables if table.rows)

    def _table(self, caption: str, field: str, columns: Sequence[_Spec]) -> Table:
        groups = self._groups(self._invoice, field)
        rows = tuple(row for group in groups for row in self._rows(group, columns, 0))
        return Table(caption, tuple(self._column(spec, groups[0]) for spec in columns) if groups else (), rows)

    def _column(self, spec: _Spec, group: _Group) -> Column:
        """With the ids that its terms have in this table."""
        fields = {item.name: item for item in term_fields(type(group.model))}
        own, group_id = type(group.model), group.id
        if spec.subgroup:
            item = fields[spec.subgroup]
            own, group_id = item.group_class or own, item.id_in(group.id) or ""
        names = {item.name: item.id_in(group_id) or "" for item in term_fields(own)}
        return Column(spec.heading, tuple(names[name] for line in spec.lines for name in line), spec.is_number)

    def _rows(self, group: _Group, columns: Sequence[_Spec], depth: int) -> Iterator[Row]:
        cells = [self._cell(group, spec) for spec in columns]
        if isinstance(group.model, Line):
            cells[_WITH_DETAILS] = cells[_WITH_DETAILS]._replace(details=tuple(self._details(group)))
        yield Row(group.anchor, tuple(cells), depth)
        if isinstance(group.model, Line):
            for part in self._groups(group, "sub_lines"):
                yield from self._rows(part, columns, depth + 1)

    def _cell(self, group: _Group, spec: _Spec) -> Cell:
        found = self._groups(group, spec.subgroup) if spec.subgroup else [group]
        lines = [tuple(self._values(one, line)) for one in found for line in spec.lines]
        plain = tuple(tuple(value._replace(suffix="") for value in line) for line in lines if line)
        return Cell(plain, found[0].anchor if found and spec.subgroup else "")

    def _details(self, line: _Group) -> Iterator[Entry]:
        """What a line says beside its columns, the item first."""
        for subgroup in ("item", "", "price", "tax"):
            specs = (spec for spec in _LINE_COLUMNS if spec.subgroup == subgroup)
            in_columns = {name for spec in specs for line_fields in spec.lines for name in line_fields} | _APART
            for group in self._groups(line, subgroup) if subgroup else [line]:
                names = (item.name for item in term_fields(type(group.model)))
                yield from self._entries(group, [name for name in names if name not in in_columns])

    def _entries(self, group: _Group, fields: Iterable[str] | None = None) -> Iterator[Entry]:
        labels = LABELS[type(group.model)]
        items = {item.name: item for item in term_fields(type(group.model))}
        for name in items if fields is None else fields:
            if items[name].group_class is not None:
                yield from (self._composed(labels[name], part) for part in self._groups(group, name))
            elif values := self._values(group, (name,)):
                yield Entry(labels[name], tuple((value,) for value in values))

    def _composed(self, label: str, group: _Group) -> Entry:
        """All that a small group says as one entry."""
        kind = type(group.model)
        names = tuple(item.name for item in term_fields(kind))
        if kind in _SEPARATORS:
            line = tuple(self._values(group, _ORDERS.get(kind, names)))
            return Entry(label, (line,), group.anchor, _SEPARATORS[kind])
        shape = _ADDRESS_LINES if kind is Address else tuple((name,) for name in names)
        lines = (tuple(self._values(group, line)) for line in shape)
        return Entry(label, tuple(line for line in lines if line), group.anchor)

    def _groups(self, group: _Group, field: str) -> list[_Group]:
        """The instances of a subgroup that say something."""
        item = next(item for item in term_fields(type(group.model)) if item.name == field)
        found = getattr(group.model, field)
        name = item.id_in(group.id)
        if name is None or found is None:
            return []
        id_inside = "BG-25" if name == "BG-DEX-01" else name
        if not item.many:
            place = anchor(group.inside, name)
            return [_Group(found, id_inside, group.inside, place)] if found != type(found)() else []
        places = [anchor(group.inside, name, number) for number in range(1, len(found) + 1)]
        return [
            _Group(one, id_inside, place, place) for one, place in zip(found, places, strict=True) if one != type(one)()
        ]

    def _values(self, group: _Group, fields: Iterable[str]) -> list[Value]:
        items = {item.name: item for item in term_fields(type(group.model))}
        values = (value for name in fields for value in self._of_field(group, items[name]))
        return [value for value in values if value.text.strip(_BLANKS)]

    def _of_field(self, group: _Group, item: TermField) -> Iterator[Value]:
        name, found = item.id_in(group.id), getattr(group.model, item.name)
        if name is None or found is None:
            return
        prefix = PREFIXES.get((type(group.model), item.name), "")
        for number, one in enumerate(found if item.many else (found,), 1):
            place = anchor(group.inside, name, number if item.many else None)
            currency = self._tax_currency if name == "BT-111" else self._currency
            yield Value(name, place, *shown(name, item.kind, one, currency), prefix)
