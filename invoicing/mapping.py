"""The mapping tables as a type: where each business term of the model stands in a syntax.

A table gives every term or group its `Place`; type and cardinality come from the model; `reader` and `writer` interpret
it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from invoicing.model import Identifier, TermField, term_fields
from invoicing.paths import Node, Path, Tree, parse_path


@dataclass(frozen=True, slots=True)
class Place:
    """Where a term or group stands, when a bare path does not say enough.

    `path` may join alternatives by ` | `: all are read, the first is written. `otherwise` is read where those yield
    nothing; `scheme` and `version` lead from an identifier to its list. `group_by` gathers elements that agree in this
    value into one group; `spread` gives each instance an element of its own within such a group. `shared` lets the
    first instance use an element that other terms made. `codes` translates the code of the norm to the syntax; `join`
    lists several occurrences as one term.
    """

    path: str
    otherwise: str = ""
    scheme: str = "@schemeID"
    version: str = "@schemeVersionID"
    group_by: str = ""
    spread: bool = False
    shared: bool = False
    codes: Mapping[str, str] = field(default_factory=dict)
    join: str = ""


@dataclass(frozen=True, slots=True)
class CompiledPlace:
    """A `Place` whose paths are parsed."""

    paths: tuple[Path, ...]
    otherwise: tuple[Path, ...]
    scheme: Path
    version: Path
    group_by: Path | None
    place: Place
    firsts: frozenset[str | None]
    """What the paths begin with (`Path.first`)."""
    own_codes: Mapping[str, str]
    """The codes of the syntax in those of the norm."""

    def may_stand_among(self, children: Container[str]) -> bool:
        """Whether the names of the children of an element leave it possible that this term stands there."""
        return any(first is None or first in children for first in self.firsts)

    def nodes(self, elements: list[etree._Element], known: Mapping[str, str], tree: Tree) -> list[Node]:
        """Every node in `elements` that holds this term."""
        found = [node for path in self.paths for node in path.nodes(elements, known, tree)]
        return found or [node for path in self.otherwise for node in path.nodes(elements, known, tree)]

    def path_for(self, value: object) -> Path:
        """The alternative to write `value` to: an identifier with a scheme may stand elsewhere than one without."""
        has_scheme = isinstance(value, Identifier) and value.scheme is not None
        return next((path for path in self.paths if path.wants_scheme == has_scheme), self.paths[0])


@dataclass(frozen=True)
class Dialect:
    """A syntax as data: namespaces, table, date format (`strftime`) and which amounts carry their currency."""

    root: str
    namespaces: Mapping[str, str]
    table: Mapping[str, str | Place]
    date_format: str = "%Y-%m-%d"
    date_code: str | None = None
    amounts_with_currency: frozenset[str] | None = frozenset()
    skeleton: tuple[str, ...] = ()

    @cached_property
    def places(self) -> dict[str, CompiledPlace]:
        """The table with its paths parsed."""
        return {name: self._compile(entry) for name, entry in self.table.items()}

    def plan(self, model: type, group_id: str) -> list[tuple[TermField, str, CompiledPlace]]:
        """The fields of a group that this syntax has a place for, with their ids."""
        key = (model, group_id)
        if key not in self._plans:
            named = ((item, item.id_in(group_id)) for item in term_fields(model))
            self._plans[key] = [(item, name, self.places[name]) for item, name in named if name in self.places and name]
        return self._plans[key]

    @cached_property
    def _plans(self) -> dict[tuple[type, str], list[tuple[TermField, str, CompiledPlace]]]:
        return {}

    def tag(self, name: str) -> str:
        """A prefixed name in Clark notation."""
        prefix, _, local = name.partition(":")
        return f"{{{self.namespaces[prefix]}}}{local}"

    def path(self, text: str) -> Path:
        """A path in the prefixes of this syntax."""
        return parse_path(text, self.namespaces)

    def _compile(self, entry: str | Place) -> CompiledPlace:
        place = Place(entry) if isinstance(entry, str) else entry
        paths = tuple(self.path(one) for one in place.path.split(" | "))
        otherwise = tuple(self.path(one) for one in place.otherwise.split(" | ") if one)
        return CompiledPlace(
            paths=paths,
            otherwise=otherwise,
            scheme=self.path(place.scheme),
            version=self.path(place.version),
            group_by=self.path(place.group_by) if place.group_by else None,
            place=place,
            firsts=frozenset(one.first for one in (*paths, *otherwise)),
            own_codes={own: code for code, own in place.codes.items()},
        )
