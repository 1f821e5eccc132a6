"""The small path language of the mapping tables: a way to a node that can be read and be written.

`cac:Party/cbc:Name` steps down, `..` up, `.` stays, a leading `/` starts at the root, `@name` is an attribute.
`[path='a|b']` wants one of the values (the first is written), `[path!='a']` none of them, `[path]` a value at all,
`[path=$BT-5]` the value that this term has in the document; a `+` before the condition applies it to writing alone,
a `~` to the making of a new element alone: what the schema demands and the norm does not know.
`*` marks the step that is repeated where a term may occur several times (otherwise the last element step).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

_STEP = re.compile(r"(?P<name>\.\.|\.|@?[\w:-]+)(?P<conditions>(?:\[[^\]]*\])*)(?P<repeated>\*?)(?:/|$)")
_CONDITION = re.compile(
    r"\[(?P<phase>[+~]?)(?P<path>[^\]=!]+)(?:(?P<operator>!?=)(?:'(?P<values>[^']*)'|\$(?P<term>[\w-]+)))?\]"
)
_BLANKS = " \t\r\n"


class Node(NamedTuple):
    """A place that holds text: an element, or one of its attributes."""

    element: etree._Element
    attribute: str | None = None

    @property
    def text(self) -> str | None:
        """The text with its white space; "" for an empty element, None for an absent attribute."""
        if self.attribute is not None:
            return self.element.get(self.attribute)
        return self.element.text or ""

    def put(self, text: str) -> None:
        """Sets the text."""
        if self.attribute is not None:
            self.element.set(self.attribute, text)
        else:
            self.element.text = text


class Tree:
    """The children of the elements of a document that no longer changes, each looked at once.

    Most terms of the norm are absent from most groups, and the same ways are walked for many terms.
    """

    def __init__(self) -> None:
        self._children: dict[etree._Element, dict[str, list[etree._Element]]] = {}

    def children(self, element: etree._Element) -> dict[str, list[etree._Element]]:
        """The child elements by name, in document order."""
        found = self._children.get(element)
        if found is None:
            found = self._children[element] = {}
            for child in element.iterchildren():
                found.setdefault(str(child.tag), []).append(child)
        return found


@dataclass(frozen=True, slots=True)
class Condition:
    """What a step demands of an element; `term` stands for `values` that are elsewhere in the document."""

    path: Path
    values: tuple[str, ...]
    negated: bool
    term: str | None
    phase: str
    """When it counts: always, in writing (`+`), or only where an element is made (`~`)."""

    def wanted(self, known: Mapping[str, str]) -> tuple[str, ...]:
        """The accepted values, given the terms that are `known` so far."""
        if self.term is None:
            return self.values
        return (known[self.term],) if self.term in known else ()

    def holds(self, element: etree._Element, known: Mapping[str, str], tree: Tree | None = None) -> bool:
        """Whether `element` meets the condition."""
        texts = [(node.text or "").strip(_BLANKS) for node in self.path.nodes([element], known, tree)]
        if not self.values and self.term is None:
            return bool(texts)
        wanted = self.wanted(known)
        return any(text in wanted for text in texts) != self.negated


@dataclass(frozen=True, slots=True)
class Step:
    """One step: an element name in Clark notation, `.`, `..` or `@attribute`."""

    name: str
    conditions: tuple[Condition, ...]
    repeated: bool
    read_conditions: tuple[Condition, ...]
    """Those of `conditions` that count for reading."""

    def read(self, element: etree._Element, known: Mapping[str, str], tree: Tree | None) -> Sequence[etree._Element]:
        """The elements that this step leads to from `element`, in document order."""
        if self.name == ".":
            return [element]
        if self.name == "..":
            parent = element.getparent()
            return [] if parent is None else [parent]
        children = tree.children(element).get(self.name, ()) if tree else list(element.iterchildren(self.name))
        if not self.read_conditions:
            return children
        return [child for child in children if all(one.holds(child, known, tree) for one in self.read_conditions)]

    def target(self, element: etree._Element, known: Mapping[str, str]) -> etree._Element | None:
        """The first element that this step may write to."""
        conditions = [condition for condition in self.conditions if condition.phase != "~"]
        found = self.read(element, known, None)
        return next((one for one in found if all(condition.holds(one, known) for condition in conditions)), None)


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path; `attribute` where it ends at one."""

    steps: tuple[Step, ...]
    attribute: str | None
    absolute: bool

    @property
    def first(self) -> str | None:
        """The name of the child without which the path leads nowhere, if there is one such."""
        name = self.steps[0].name if self.steps and not self.absolute else "."
        return None if name in (".", "..") else name

    def nodes(self, start: Iterable[etree._Element], known: Mapping[str, str], tree: Tree | None = None) -> list[Node]:
        """Every node the path leads to, in document order of its steps."""
        current: Sequence[etree._Element] = list(start)
        if self.absolute and current:
            current = [current[0].getroottree().getroot()]
        for step in self.steps:
            if len(current) == 1:
                current = step.read(current[0], known, tree)
            else:
                current = [found for one in current for found in step.read(one, known, tree)]
            if step.name == ".." and len(current) > 1:
                current = list(dict.fromkeys(current))
            if not current:
                return []
        if self.attribute is None:
            return [Node(element) for element in current]
        return [Node(element, self.attribute) for element in current if element.get(self.attribute) is not None]

    def place(self, start: etree._Element, known: Mapping[str, str], fresh: bool) -> Node:
        """The node to write to, made where it is missing; `fresh` makes the repeated step anew in any case."""
        element = start.getroottree().getroot() if self.absolute else start
        repeated = self._repeated_step() if fresh else None
        for step in self.steps:
            existing = None if step is repeated else step.target(element, known)
            element = _create(element, step, known) if existing is None else existing
        return Node(element, self.attribute)

    @property
    def wants_scheme(self) -> bool:
        """Whether the last step takes only elements that carry a scheme, such as `ram:GlobalID[@schemeID]`."""
        return any(not one.values and one.term is None for one in self.steps[-1].conditions) if self.steps else False

    def _repeated_step(self) -> Step | None:
        marked = next((step for step in self.steps if step.repeated), None)
        return marked or (self.steps[-1] if self.steps else None)


def parse_path(text: str, namespaces: Mapping[str, str]) -> Path:
    """The path that `text` writes down; raises `ValueError` for a table that cannot be read."""
    absolute = text.startswith("/")
    steps: list[Step] = []
    attribute: str | None = None
    position = int(absolute)
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or attribute is not None:
            raise ValueError(f"unreadable path: {text}")
        position = found.end()
        if found["name"].startswith("@"):
            attribute = found["name"][1:]
        else:
            steps.append(_parse_step(found, namespaces))
    return Path(tuple(steps), attribute, absolute)


def _parse_step(found: re.Match[str], namespaces: Mapping[str, str]) -> Step:
    conditions = tuple(_parse_condition(one, namespaces) for one in _CONDITION.finditer(found["conditions"]))
    prefix, colon, local = found["name"].partition(":")
    name = f"{{{namespaces[prefix]}}}{local}" if colon else found["name"]
    return Step(name, conditions, bool(found["repeated"]), tuple(one for one in conditions if not one.phase))


def _parse_condition(found: re.Match[str], namespaces: Mapping[str, str]) -> Condition:
    return Condition(
        path=parse_path(found["path"], namespaces),
        values=tuple(found["values"].split("|")) if found["values"] else (),
        negated=found["operator"] == "!=",
        term=found["term"],
        phase=found["phase"],
    )


def _create(parent: etree._Element, step: Step, known: Mapping[str, str]) -> etree._Element:
    element = etree.SubElement(parent, step.name)
    for condition in step.conditions:
        wanted = () if condition.negated else condition.wanted(known)
        if wanted:
            condition.path.place(element, known, fresh=False).put(wanted[0])
    return element
