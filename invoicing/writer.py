"""Model to XML by a mapping table, the same code for every syntax; the counterpart of `reader`.

Nothing is left out silently: what the syntax has no place for raises `NotExpressible`.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from invoicing import values
from invoicing.errors import NotExpressible
from invoicing.mapping import CompiledPlace, Dialect
from invoicing.model import Binary, Identifier, Invoice, Kind, TermField, term_fields
from invoicing.paths import Node, Path


def write_root(invoice: Invoice, dialect: Dialect) -> etree._Element:
    """A tree that says what `invoice` says; children stand in the order of the model, not yet of the schema.

    Raises `NotExpressible`.
    """
    own = str(etree.QName(dialect.root).namespace)
    unnamed: dict[str | None, str] = {} if own in dialect.namespaces.values() else {None: own}
    named: dict[str | None, str] = {prefix: uri for prefix, uri in dialect.namespaces.items()}  # noqa: C416 -- widens the key
    root = etree.Element(dialect.root, nsmap=unnamed | named)
    writer = _Writer(dialect, invoice)
    for path in dialect.skeleton:
        dialect.path(path).place(root, {}, fresh=False)
    writer.write_group(invoice, "", [root])
    return root


class _Writer:
    """One document being written."""

    def __init__(self, dialect: Dialect, invoice: Invoice) -> None:
        self.dialect = dialect
        currencies = {"BT-5": invoice.currency, "BT-6": invoice.tax_currency}
        self._known = {name: code for name, code in currencies.items() if code}

    def write_group(self, instance: object, group_id: str, members: list[etree._Element]) -> None:
        """Writes the terms of `instance` into its elements; all but spread groups go into the first."""
        for item in term_fields(type(instance)):
            value = getattr(instance, item.name)
            if value in (None, (), ""):
                continue
            name, place = self._place(item, group_id)
            for index, one in enumerate(value if item.many else (value,)):
                if not item.group_class:
                    self._put_value(one, item, name, place, members[0])
                elif place.place.spread:
                    common = self.dialect.places[group_id].group_by
                    self._put_group(one, name, place, self._member(members, index, common), fresh=False)
                else:
                    fresh = item.many and not (place.place.shared and index == 0)
                    self._put_group(one, name, place, members[0], fresh)

    def _place(self, item: TermField, group_id: str) -> tuple[str, CompiledPlace]:
        name = item.id_in(group_id)
        if name is None or name not in self.dialect.places:
            raise NotExpressible(name or group_id)
        return name, self.dialect.places[name]

    def _put_group(self, one: object, name: str, place: CompiledPlace, parent: etree._Element, fresh: bool) -> None:
        if one == type(one)():
            return
        element = place.paths[0].place(parent, self._known, fresh).element
        self.write_group(one, "BG-25" if name == "BG-DEX-01" else name, [element])

    def _member(self, members: list[etree._Element], index: int, common: Path | None) -> etree._Element:
        """The element of the instance `index` in a gathered group; made with the value that the group agrees in."""
        while len(members) <= index:
            parent = members[0].getparent()
            if parent is None:
                return members[0]
            members.append(etree.SubElement(parent, str(members[0].tag)))
            if common is not None:
                for node in common.nodes(members[:1], self._known):
                    common.place(members[-1], self._known, fresh=False).put(node.text or "")
        return members[index]

    def _put_value(self, value: Any, item: TermField, name: str, place: CompiledPlace, parent: etree._Element) -> None:
        path = place.path_for(value)
        node = path.place(parent, self._known, fresh=item.many)
        node.put(self._text(value, item.kind, place))
        if isinstance(value, Identifier):
            self._put_lists(value, place, node)
        elif isinstance(value, Binary):
            self._put_binary_attributes(value, node)
        elif item.kind is Kind.DATE and self.dialect.date_code:
            node.element.set("format", self.dialect.date_code)
        elif item.kind is Kind.AMOUNT:
            self._put_currency(name, node)

    def _put_lists(self, value: Identifier, place: CompiledPlace, node: Node) -> None:
        for text, way in ((value.scheme, place.scheme), (value.version, place.version)):
            if text is not None:
                way.place(node.element, self._known, fresh=False).put(text)

    def _put_binary_attributes(self, value: Binary, node: Node) -> None:
        for name, text in (("mimeCode", value.mime), ("filename", value.filename)):
            if text is not None:
                node.element.set(name, text)

    def _put_currency(self, name: str, node: Node) -> None:
        carries = self.dialect.amounts_with_currency
        code = self._known.get("BT-6" if name == "BT-111" else "BT-5")
        if code and (carries is None or name in carries):
            node.element.set("currencyID", code)

    def _text(self, value: Any, kind: Kind, place: CompiledPlace) -> str:
        if isinstance(value, Identifier):
            return value.value
        if isinstance(value, Binary):
            return values.format_base64(value.content)
        if kind is Kind.DATE:
            return values.format_date(value, self.dialect.date_format)
        if kind in (Kind.AMOUNT, Kind.NUMBER):
            return values.format_number(value)
        text = str(value)
        return place.place.codes.get(text, text)
