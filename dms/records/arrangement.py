"""How the pages of a document lie: which of its leaves are shown, in what order, which way up. Pure.

A *leaf* is one page as it was received, of the document's own original or of one that was appended. Its number never
changes and is never given again: what was read on a leaf keeps its place however the pages are arranged. A document
that nobody arranged shows the leaves of its original in their order; no arrangement ever changes an original.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from dms.errors import RuleViolation
from dms.records.models import Document

QUARTER_TURNS = (0, 90, 180, 270)
LeafJson = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One page of a document; `page` of the original `sha256`, both from 1.

    `upright`: degrees clockwise that turn the stored page upright, where a person said so. `taken_from` is the document
    whose pages were appended, `moved_to` the one that this leaf was cut off into: then it is shown there.
    """

    number: int
    sha256: str
    page: int
    upright: int | None = None
    is_hidden: bool = False
    taken_from: UUID | None = None
    moved_to: UUID | None = None

    @property
    def is_shown(self) -> bool:
        return self.is_here and not self.is_hidden

    @property
    def is_here(self) -> bool:
        """Whether it belongs to this document still, shown or hidden."""
        return self.moved_to is None


def leaves_of(document: Document) -> tuple[Leaf, ...]:
    """Every leaf of a document in its order, also hidden ones and those that were cut off."""
    if document.arrangement is None:
        numbers = range(1, (document.page_count or 0) + 1)
        return tuple(Leaf(number=number, sha256=document.original_sha256, page=number) for number in numbers)
    return from_json(document.arrangement)


def from_json(entries: Iterable[LeafJson]) -> tuple[Leaf, ...]:
    """The leaves that `as_json` wrote."""
    return tuple(
        Leaf(
            number=entry["leaf"],
            sha256=entry["sha256"],
            page=entry["page"],
            upright=entry.get("upright"),
            is_hidden=entry.get("hidden", False),
            taken_from=UUID(entry["taken_from"]) if "taken_from" in entry else None,
            moved_to=UUID(entry["moved_to"]) if "moved_to" in entry else None,
        )
        for entry in entries
    )


def as_json(leaves: Iterable[Leaf]) -> list[LeafJson]:
    """Plain data for row, version and scan record; what is usual is left out."""
    return [_leaf_json(leaf) for leaf in leaves]


def _leaf_json(leaf: Leaf) -> LeafJson:
    entry: LeafJson = {"leaf": leaf.number, "sha256": leaf.sha256, "page": leaf.page}
    if leaf.upright is not None:
        entry["upright"] = leaf.upright
    if leaf.is_hidden:
        entry["hidden"] = True
    others = {"taken_from": leaf.taken_from, "moved_to": leaf.moved_to}
    return entry | {name: str(other) for name, other in others.items() if other is not None}


def shown(leaves: Iterable[Leaf]) -> tuple[Leaf, ...]:
    """The leaves that people see, in order: page 1, 2, 3 …"""
    return tuple(leaf for leaf in leaves if leaf.is_shown)


def first_leaf(document: Document) -> int:
    """The number of the leaf that is page 1."""
    return next((leaf.number for leaf in shown(leaves_of(document))), 1)


def here(leaves: Iterable[Leaf]) -> tuple[Leaf, ...]:
    """The leaves that belong to the document, shown or hidden."""
    return tuple(leaf for leaf in leaves if leaf.is_here)


def own(leaves: Iterable[Leaf]) -> tuple[Leaf, ...]:
    """The leaves of the document's own original, in the order in which they were received."""
    return tuple(sorted((leaf for leaf in leaves if leaf.taken_from is None), key=lambda leaf: leaf.number))


def as_received(leaves: Iterable[Leaf]) -> tuple[Leaf, ...]:
    """The arrangement before the first one: the own leaves, unturned, all shown."""
    return tuple(Leaf(number=leaf.number, sha256=leaf.sha256, page=leaf.page) for leaf in own(leaves))


def digest(leaves: Iterable[Leaf]) -> str:
    """Names an arrangement: what is made of equal ones is made once."""
    text = json.dumps(as_json(shown(leaves)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def arranged_kind(document: Document) -> str:
    """The kind of rendition that is a PDF of the pages of an arranged document, as they lie now."""
    return f"arranged-{digest(leaves_of(document))}"


def content_key(original_sha256: str, entries: Sequence[LeafJson] | None) -> str:
    """Names what a person sees of a document: its original, and how the pages lie where somebody arranged them."""
    return original_sha256 if entries is None else f"{original_sha256}+{digest(from_json(entries))}"


def turned(leaves: Sequence[Leaf], number: int, upright: int) -> tuple[Leaf, ...]:
    """The leaf the other way up; `upright` as in `Leaf`. Raises RuleViolation("pages.unknown") as all of these do."""
    return _with(leaves, number, upright=upright % 360)


def hidden(leaves: Sequence[Leaf], number: int) -> tuple[Leaf, ...]:
    """Without this leaf in sight. Raises RuleViolation("pages.none_left") where it is the only one."""
    changed = _with(leaves, number, is_hidden=True)
    if not shown(changed):
        raise RuleViolation("pages.none_left")
    return changed


def unhidden(leaves: Sequence[Leaf], number: int) -> tuple[Leaf, ...]:
    """With this leaf in sight again, where it lay."""
    return _with(leaves, number, is_hidden=False)


def ordered(leaves: Sequence[Leaf], places: Mapping[int, int]) -> tuple[Leaf, ...]:
    """Each leaf of `places` (number → place wanted, from 1) where it is wanted; the others keep their order around it.

    A place beyond the last is the last one.
    """
    order = list(here(leaves))
    now = {leaf.number: place for place, leaf in enumerate(order, start=1)}
    moved = {number: place for number, place in places.items() if place != now.get(number)}
    moving = sorted(
        (_leaf(leaves, number) for number in moved), key=lambda leaf: (moved[leaf.number], now[leaf.number])
    )
    laid = [leaf for leaf in order if leaf.number not in moved]
    for leaf in moving:
        laid.insert(max(moved[leaf.number] - 1, 0), leaf)
    return (*laid, *_elsewhere(leaves))


def shifted(leaves: Sequence[Leaf], number: int, by: int) -> tuple[Leaf, ...]:
    """The leaf one place further to the front (`by` = -1) or to the back (1) among those that are here."""
    order = list(here(leaves))
    position = order.index(_leaf(order, number))
    other = min(max(position + by, 0), len(order) - 1)
    order.insert(other, order.pop(position))
    return (*order, *_elsewhere(leaves))


def _elsewhere(leaves: Iterable[Leaf]) -> Iterator[Leaf]:
    return (leaf for leaf in leaves if not leaf.is_here)


def rest(leaves: Sequence[Leaf], after: int) -> tuple[Leaf, ...]:
    """What lies behind a leaf, hidden pages too. Raises RuleViolation("pages.cut_nowhere") where nothing is shown
    before or behind the cut."""
    order = here(leaves)
    behind = order.index(_leaf(order, after)) + 1
    if not shown(order[:behind]) or not shown(order[behind:]):
        raise RuleViolation("pages.cut_nowhere")
    return order[behind:]


def cut(leaves: Sequence[Leaf], after: int, into: UUID) -> tuple[Leaf, ...]:
    """Without the `rest` behind a leaf, which is the document `into` from now on."""
    gone = {leaf.number for leaf in rest(leaves, after)}
    return tuple(replace(leaf, moved_to=into) if leaf.number in gone else leaf for leaf in leaves)


def appended(leaves: Sequence[Leaf], other: Document, *, first_number: int) -> tuple[Leaf, ...]:
    """With the pages of another document behind, as they lie there; their leaves get numbers from `first_number` on."""
    taken = here(leaves_of(other))
    numbered = enumerate(taken, start=first_number)
    return (*leaves, *(replace(leaf, number=number, taken_from=other.id) for number, leaf in numbered))


def _with(leaves: Sequence[Leaf], number: int, **changes: Any) -> tuple[Leaf, ...]:
    wanted = _leaf(leaves, number)
    return tuple(replace(leaf, **changes) if leaf is wanted else leaf for leaf in leaves)


def _leaf(leaves: Iterable[Leaf], number: int) -> Leaf:
    found = next((leaf for leaf in leaves if leaf.number == number and leaf.is_here), None)
    if found is None:
        raise RuleViolation("pages.unknown")
    return found


def originals(leaves: Iterable[Leaf]) -> tuple[str, ...]:
    """The originals that the leaves are pages of, each once."""
    return tuple(dict.fromkeys(leaf.sha256 for leaf in leaves))


def sources(leaves: Iterable[Leaf]) -> frozenset[UUID]:
    """The documents whose pages were appended."""
    return frozenset(leaf.taken_from for leaf in leaves if leaf.taken_from is not None)


def parts(leaves: Iterable[Leaf]) -> frozenset[UUID]:
    """The documents into which leaves were cut off."""
    return frozenset(leaf.moved_to for leaf in leaves if leaf.moved_to is not None)


def arranged(leaves: Sequence[Leaf], contents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What was read of the pages as they are shown; `contents` = original → what the text step kept of it.

    A page carries its `leaf` and is counted by where it lies; its `rotation` is what a person said, else what was read.
    Pages that failed are missing and named under ``failed`` with their number and code.
    """
    pages: list[dict[str, Any]] = []
    failed: list[list[Any]] = []
    by_original = {sha256: _by_number(content) for sha256, content in contents.items()}
    for number, leaf in enumerate(shown(leaves), start=1):
        page = by_original.get(leaf.sha256, {}).get(leaf.page)
        if page is None:
            failed.append([number, _failure(contents.get(leaf.sha256, {}), leaf.page)])
        else:
            pages.append(_placed(page, leaf, number))
    first = contents.get(leaves[0].sha256, {}) if leaves else {}
    return {**first, "pages": pages, "failed": failed}


def _by_number(content: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    return {page["number"]: page for page in content.get("pages") or ()}


def _failure(content: Mapping[str, Any], page: int) -> str:
    return next((code for number, code in content.get("failed") or () if number == page), "page.missing")


def _placed(page: Mapping[str, Any], leaf: Leaf, number: int) -> dict[str, Any]:
    codes = [{**code, "page": number} for code in page.get("codes") or ()]
    upright = page["rotation"] if leaf.upright is None else leaf.upright
    placed = {**page, "number": number, "leaf": leaf.number, "rotation": upright}
    return {**placed, "codes": codes} if "codes" in page else placed


def runs(leaves: Iterable[Leaf]) -> Iterator[tuple[str, list[Leaf]]]:
    """Neighbouring leaves of one original together, with that original."""
    current: list[Leaf] = []
    for leaf in leaves:
        if current and current[0].sha256 != leaf.sha256:
            yield current[0].sha256, current
            current = []
        current.append(leaf)
    if current:
        yield current[0].sha256, current


def shown_numbers(document: Document | None) -> Collection[int] | None:
    """The leaves of a document that are in sight; None where nobody arranged it, and all are."""
    if document is None or document.arrangement is None:
        return None
    return {leaf.number for leaf in shown(from_json(document.arrangement))}
