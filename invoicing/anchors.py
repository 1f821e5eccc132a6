"""One name for each place of an invoice: what a reader finds there, what the view shows there, where a finding points.

A name joins the groups that may repeat, with their number from 1, and the term: `bt-112`, `bg-25-3-bt-131`,
`bg-25-3-bg-27-1-bt-136`, `bt-29-2` for a term that may repeat. Groups themselves have names too: `bg-4`, `bg-25-3`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from invoicing.paths import Tree

MAX_PLACES = 200_000
"""Places beyond are not remembered: findings there point to their group or to nothing."""
_NAMESPACE = re.compile(r"Q\{[^}]*\}|\[namespace-uri\(\)=(?:'[^']*'|\"[^\"]*\")\]")
_STEP = re.compile(r"(?P<mark>@?)(?:\*:|[\w.-]+:)?(?P<name>[\w.-]+)(?P<number>\[\d+\])?")
_NAME = re.compile(r"b[tg]-(?:dex-)?\d+")
_INSTANCE = re.compile(r"(?:bg-(?:dex-)?\d+-\d+(?:-|$))+")


def anchor(inside: str, name: str, number: int | None = None) -> str:
    """The name of a term or group; `inside` names the innermost repeated group around it ("" outside of all)."""
    own = name.lower() if number is None else f"{name.lower()}-{number}"
    return f"{inside}-{own}" if inside else own


def normal_location(location: str) -> str | None:
    """An XPath as rules and parsers write it in one form, `/Invoice[1]/InvoiceLine[3]/ID[1]`; None for any other."""
    steps = [_STEP.fullmatch(step) for step in _NAMESPACE.sub("", location).split("/")[1:]]
    if not steps or not all(steps):
        return None
    return "".join(
        f"/{step['mark']}{step['name']}{'' if step['mark'] else step['number'] or '[1]'}" for step in steps if step
    )


class Places:
    """Collects while a document is read which value or group stands at which element."""

    def __init__(self, tree: Tree | None = None) -> None:
        self._tree = tree or Tree()
        self.anchors: dict[str, str] = {}
        self._locations: dict[etree._Element, str] = {}

    def record(self, element: etree._Element, attribute: str | None, name: str) -> None:
        """Remembers that `name` stands there; of several, the first."""
        if len(self.anchors) < MAX_PLACES:
            location = self._location(element)
            self.anchors.setdefault(f"{location}/@{attribute}" if attribute else location, name)

    def xpath(self, element: etree._Element) -> str:
        """Where an element stands, as an XPath 2 that needs no prefixes: `/*:Invoice[1]/*:InvoiceLine[3]`."""
        return as_xpath(self._location(element))

    def _location(self, element: etree._Element) -> str:
        parent = element.getparent()
        if parent is None:
            return f"/{_local(element)}[1]"
        if element not in self._locations:
            self._number_children(parent)
        return self._locations[element]

    def _number_children(self, parent: etree._Element) -> None:
        """All at once: a document with ten thousand lines must not count them for each line."""
        above = self._location(parent)
        for group in self._tree.children(parent).values():
            name = f"{above}/{_local(group[0])}"
            self._locations |= {child: f"{name}[{number}]" for number, child in enumerate(group, 1)}


class Anchors:
    """Answers where in the view a finding belongs; `places` as a reader collected them."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._known = dict.fromkeys(places.values())

    def of(self, location: str | None, bt: str | None) -> str | None:
        """The name of the value that a finding is about, else of what stands around its place; only names in use."""
        around = [name for path in _upwards(normal_location(location or "")) if (name := self._places.get(path))]
        if not bt:
            return around[0] if around else None
        exact = (self._term(name, bt.lower()) for name in (*around, ""))
        return next(filter(None, exact), None) or (around[0] if around else self._anywhere(bt.lower()))

    def term(self, location: str | None) -> str | None:
        """The term or group that was read at exactly this place."""
        name = self._places.get(normal_location(location or "") or "", "")
        return next((found.upper() for found in reversed(_NAME.findall(name))), None)

    def _term(self, around: str, term: str) -> str | None:
        """The term as it was read at `around` or in the group instance that this stands in."""
        if re.search(rf"(?:^|-){term}(?:-\d+)?$", around):
            return around
        inside = _INSTANCE.match(around)
        name = anchor(inside[0].rstrip("-") if inside else "", term)
        return next((one for one in (name, f"{name}-1") if one in self._known), None)

    def _anywhere(self, term: str) -> str | None:
        return next((name for name in self._known if re.search(rf"-{term}(?:-\d+)?$", name)), None)


def xpaths(places: Mapping[str, str]) -> dict[str, str]:
    """The way back: where each name stands in the document."""
    found: dict[str, str] = {}
    for location, name in places.items():
        found.setdefault(name, as_xpath(location))
    return found


def as_xpath(location: str) -> str:
    """A normal location as an XPath 2 that can be evaluated without prefixes."""
    return location.replace("/", "/*:").replace("/*:@", "/@")


def _upwards(path: str | None) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
