"""XML to model by a mapping table, the same code for every syntax.

What a document says is not lost: every occurrence of a term is listed; what cannot be typed becomes a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from lxml import etree

from invoicing import values
from invoicing.anchors import Places, anchor
from invoicing.findings import Finding, Level
from invoicing.mapping import CompiledPlace, Dialect
from invoicing.model import Binary, Identifier, Invoice, Kind, TermField
from invoicing.paths import Node, Path, Tree

MAX_TERM_TEXT = 2000
MAX_LINE_DEPTH = 20
_BLANKS = " \t\r\n"
_CURRENCIES = {"BT-5", "BT-6"}
_Model = TypeVar("_Model")


class Term(NamedTuple):
    """One occurrence of a business term: its id and its text (stripped, numbers as written, dates as ISO 8601)."""

    bt: str
    value: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says: the typed invoice, every term in the order of the standard, and what could not be typed.

    `places` tells where the values of the invoice stand: location → name in the view (`anchors`).
    """

    invoice: Invoice
    terms: tuple[Term, ...]
    findings: tuple[Finding, ...]
    places: Mapping[str, str]


def read_root(root: etree._Element, dialect: Dialect) -> Reading:
    """Reads a tree in the given dialect; never raises for what the document says."""
    reader = _Reader(dialect)
    invoice = reader.read_group(Invoice, "", [root]) or Invoice()
    return Reading(invoice, tuple(reader.terms), tuple(reader.findings), reader.places.anchors)


class _Reader:
    """One pass over one document."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.terms: list[Term] = []
        self.findings: list[Finding] = []
        self._tree = Tree()
        self.places = Places(self._tree)
        self._known: dict[str, str] = {}
        self._line_depth = 0

    def read_group(
        self, model: type[_Model], group_id: str, elements: list[etree._Element], inside: str = ""
    ) -> _Model | None:
        """The group that stands in `elements`, or None where none of its terms has a value.

        `inside` names the innermost group that repeats, this one or one around it.
        """
        content: dict[str, Any] = {}
        present = {name for element in elements for name in self._tree.children(element)}
        for item, name, place in self.dialect.plan(model, group_id):
            if not place.may_stand_among(present):
                continue
            read = self._groups if item.group_class else self._values
            found = read(item, name, place, elements, inside)
            if found:
                content[item.name] = tuple(found) if item.many else found[0]
        return model(**content) if content else None

    def _groups(
        self, item: TermField, name: str, place: CompiledPlace, elements: list[etree._Element], inside: str
    ) -> list[Any]:
        if item.group_class is None or self._line_depth > MAX_LINE_DEPTH:
            return []
        nested = name == "BG-DEX-01"
        self._line_depth += nested
        found: list[Any] = []
        for members in self._members(place, elements):
            own = anchor(inside, name, len(found) + 1 if item.many else None)
            within = own if item.many else inside
            one = self.read_group(item.group_class, "BG-25" if nested else name, members, within)
            if one is not None:
                found.append(one)
                self._record_group(place, members, own)
        self._line_depth -= nested
        return found

    def _record_group(self, place: CompiledPlace, members: list[etree._Element], name: str) -> None:
        """Only where the group has elements of its own."""
        if place.place.path != ".":
            for element in members:
                self.places.record(element, None, name)

    def _members(self, place: CompiledPlace, elements: list[etree._Element]) -> list[list[etree._Element]]:
        if place.place.path == "." and not place.place.spread:
            return [elements]
        nodes = place.nodes(elements, self._known, self._tree)
        if place.group_by is None:
            return [[node.element] for node in nodes]
        groups: dict[str, list[etree._Element]] = {}
        for node in nodes:
            keys = place.group_by.nodes([node.element], self._known, self._tree)
            groups.setdefault((keys[0].text or "").strip() if keys else "", []).append(node.element)
        return list(groups.values())

    def _values(
        self, item: TermField, name: str, place: CompiledPlace, elements: list[etree._Element], inside: str
    ) -> list[Any]:
        nodes = place.nodes(elements, self._known, self._tree)
        if not nodes:
            return []
        texts = [self._listed(item.kind, node.text or "") for node in nodes]
        if place.place.join:
            texts = [place.place.join.join(dict.fromkeys(texts))]
        if len(elements) > 1:
            texts = list(dict.fromkeys(texts))
        self.terms.extend(Term(name, text) for text in texts)
        found: list[Any] = []
        for node in nodes:
            value = self._typed(item.kind, name, place, node)
            if value is not None:
                found.append(value)
                self.places.record(*node, anchor(inside, name, len(found) if item.many else None))
        if name in _CURRENCIES and found:
            self._known.setdefault(name, found[0])
        return found

    def _listed(self, kind: Kind, text: str) -> str:
        bare = text.strip(_BLANKS)
        if kind is Kind.DATE and self.dialect.date_code is not None:
            date = values.parse_date(bare, self.dialect.date_format)
            bare = date.isoformat() if date else f'ILLEGAL DATE FORMAT of "{bare}".'
        return bare[:MAX_TERM_TEXT]

    def _typed(self, kind: Kind, name: str, place: CompiledPlace, node: Node) -> Any:
        """The typed value, or None with a finding where there is text that is no such value."""
        text = node.text or ""
        bare = text.strip(_BLANKS)
        if kind is Kind.RAW:
            return text if bare else None
        if kind is Kind.IDENTIFIER:
            return self._identifier(bare, place, node)
        value: Any
        if kind is Kind.BINARY:
            value = self._binary(bare, node)
        elif kind is Kind.DATE:
            value = values.parse_date(bare, self.dialect.date_format)
        elif kind in (Kind.AMOUNT, Kind.NUMBER):
            value = values.parse_number(bare)
        else:
            value = place.own_codes.get(bare, bare) or None
        if value is None and (bare or kind in (Kind.AMOUNT, Kind.DATE)):
            self._complain(kind, name, node)
        return value

    def _identifier(self, text: str, place: CompiledPlace, node: Node) -> Identifier | None:
        if not text:
            return None
        return Identifier(text, self._side_value(place.scheme, node), self._side_value(place.version, node))

    def _side_value(self, path: Path, node: Node) -> str | None:
        found = path.nodes([node.element], self._known, self._tree)
        return (found[0].text or "").strip(_BLANKS) or None if found else None

    def _binary(self, text: str, node: Node) -> Binary | None:
        content = values.parse_base64(text)
        if content is None:
            return None
        return Binary(content, node.element.get("mimeCode"), node.element.get("filename"))

    def _complain(self, kind: Kind, name: str, node: Node) -> None:
        location = self.places.xpath(node.element)
        rule = "value.number" if kind is Kind.NUMBER else f"value.{kind}"
        self.findings.append(Finding(rule, Level.WARNING, location, name, (node.text or "").strip(_BLANKS)[:200]))
