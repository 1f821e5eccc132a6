"""From the place that a rule names (an XPath of SVRL) to the business term that stands there, by the mapping tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from invoicing import cii, ubl
from invoicing.anchors import normal_location
from invoicing.detect import Syntax
from invoicing.mapping import Dialect
from invoicing.model import Invoice, term_fields
from invoicing.paths import Path

_NUMBER = re.compile(r"\[\d+\]")
_TERM = re.compile(r"\bB[TG]-(?:DEX-)?\d{1,3}\b")
_MAX_NESTING = 8
_DIALECTS = {
    Syntax.UBL_INVOICE: ubl.INVOICE,
    Syntax.UBL_CREDIT_NOTE: ubl.CREDIT_NOTE,
    Syntax.CII: cii.CII,
    Syntax.ZUGFERD_1: cii.ZUGFERD_1,
}


def term_at(syntax: Syntax, location: str, text: str, read: str | None = None) -> str | None:
    """The term that a finding is about: one that stands at its place and that its text names, else either.

    `read` is the term that was read there: several may stand at places of one name (allowances and charges).
    """
    named = _TERM.findall(text)
    standing = _terms_by_place(syntax).get(names_of(location), ())
    if read and not (set(named) & set(standing) - {read}):
        return read
    return next((term for term in named if term in standing), None) or next(iter((*standing, *named)), None)


def names_of(location: str) -> tuple[str, ...]:
    """The local names of the steps of an XPath such as ``/*:Invoice[namespace-uri()='…'][1]/cbc:ID``."""
    plain = _NUMBER.sub("", normal_location(location) or "").replace("@", "")
    return tuple(plain.split("/")[1:])


@cache
def _terms_by_place(syntax: Syntax) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    dialect = _DIALECTS[syntax]
    for names, term in _walk(dialect, Invoice, "", (dialect.root.rpartition("}")[2],), 0):
        found[names].setdefault(term)
    return {names: tuple(terms) for names, terms in found.items()}


def _walk(
    dialect: Dialect, model: type, group_id: str, start: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every place of the table below `start` with its term, groups before what stands in them.

    A group without an element of its own is at no place.
    """
    if depth > _MAX_NESTING:
        return
    for item in term_fields(model):
        name = item.id_in(group_id)
        if name is None or name not in dialect.places:
            continue
        place = dialect.places[name]
        for path in (*place.paths, *place.otherwise):
            names = _names(path, start)
            if item.group_class is None or place.place.path != ".":
                yield names, name
            if item.group_class is not None and name != group_id:
                yield from _walk(dialect, item.group_class, name, names, depth + 1)


def _names(path: Path, start: tuple[str, ...]) -> tuple[str, ...]:
    names = list(start[:1] if path.absolute else start)
    for step in path.steps:
        if step.name == "..":
            names.pop()
        elif step.name != ".":
            names.append(step.name.rpartition("}")[2])
    return (*names, path.attribute) if path.attribute else tuple(names)
