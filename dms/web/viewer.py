"""What the viewer of a document shows: pages with their words, and the places of what was read or looked for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from dms.finding.service import matcher
from dms.intake import pages
from dms.intake.quality import poor_pages
from dms.intake.wording import reason
from dms.platform import Platform
from dms.records import arrangement, queries
from dms.records.arrangement import Leaf
from dms.records.models import Document, ExtractedValue
from ocr import turn_box

PAGES_AT_ONCE = 10
A4_POINTS = (595, 842)
"""The size that a page is given of which nothing is known."""


@dataclass(frozen=True)
class Region:
    """A place on a page that stands for something beside it; `leaf` and `box` (left, top, right, bottom in points) as
    the page is stored."""

    id: str
    label: str
    leaf: int
    box: Sequence[float]
    kind: str = ""


def viewer(
    session: Session,
    platform: Platform,
    row: Document,
    *,
    marked: str = "",
    typed: str = "",
    first: int = 1,
    contradictions: Sequence[Region] = (),
) -> dict[str, Any]:
    """What the viewer shows: some pages with their words, the places of known values, and the words looked for.

    `contradictions` are places where a page says something else than the e-invoice inside. Pages are counted as they
    lie, those that could not be read too.
    """
    content = pages.content(platform, row)
    known = queries.values(session, row.id)
    regions = [*_regions(known), *contradictions]
    read = {page["number"]: page for page in content.get("pages") or ()}
    leaves = arrangement.shown(arrangement.leaves_of(row)) if read or content.get("failed") else ()
    places = {leaf.number: number for number, leaf in enumerate(leaves, 1)}
    looked_for = matcher(typed)
    hits = [number for number, page in read.items() if _has_hit(page, looked_for)] if typed.strip() else []
    start = hits[0] if hits and first == 1 else _page_of(regions, marked, places) or first
    start = (min(start, max(1, len(leaves))) - 1) // PAGES_AT_ONCE * PAGES_AT_ONCE
    shown = list(enumerate(leaves, 1))[start : start + PAGES_AT_ONCE]
    hit = looked_for if typed.strip() else None
    return {
        "document": row,
        "pages": [page_view(number, leaf, read.get(number), regions, hit) for number, leaf in shown],
        "total": len(leaves),
        "first": start + 1,
        "text": content.get("text"),
        "failed": {number: reason(code) for number, code in content.get("failed") or []},
        "poor": poor_pages(content),
        "known": known,
        "places": places,
        "marked": marked,
        "typed": typed,
        "hits": hits,
    }


def _has_hit(read: Mapping[str, Any], looked_for: Callable[[str], bool]) -> bool:
    return any(looked_for(word[0]) for word in read["words"] or [])


def _regions(known: Mapping[str, ExtractedValue]) -> list[Region]:
    return [
        Region(name, value.value, value.page, value.box) for name, value in known.items() if value.page and value.box
    ]


def _page_of(regions: Iterable[Region], marked: str, places: Mapping[int, int]) -> int | None:
    return next((places.get(region.leaf) for region in regions if region.id == marked), None)


def page_view(
    number: int,
    leaf: Leaf,
    read: Mapping[str, Any] | None,
    regions: Sequence[Region] = (),
    looked_for: Callable[[str], bool] | None = None,
) -> dict[str, Any]:
    """One page the way up in which it is seen; without a reading only its picture is known."""
    if read is None:
        sizes = {"width": A4_POINTS[0], "height": A4_POINTS[1], "rotation": leaf.upright}
        return {"number": number, "leaf": leaf.number, "words": [], "regions": [], **sizes}
    seen = Turned(read)
    words = [
        {**seen.place(word[1:5]), "text": word[0], "is_hit": looked_for is not None and looked_for(word[0])}
        for word in read["words"] or []
    ]
    places = [
        {**seen.place(region.box), "id": region.id, "label": region.label, "kind": region.kind}
        for region in regions
        if region.leaf == leaf.number
    ]
    sizes = {"width": seen.width, "height": seen.height, "rotation": read["rotation"]}
    return {"number": number, "leaf": leaf.number, "words": words, "regions": places, **sizes}


class Turned:
    """A page as it is seen: the stored one, turned by its `rotation`."""

    def __init__(self, read: Mapping[str, Any]) -> None:
        self._degrees = read["rotation"]
        self._stored = {"width_pt": read["width_pt"], "height_pt": read["height_pt"]}
        size = (read["width_pt"], read["height_pt"])
        self.width, self.height = size[::-1] if self._degrees in (90, 270) else size

    def place(self, box: Sequence[float]) -> dict[str, float]:
        """Where a box of the stored page is seen: x, y, w, h in points."""
        left, top, right, bottom = box
        if self._degrees:
            left, top, right, bottom = turn_box((left, top, right, bottom), self._degrees, **self._stored)
        return {"x": left, "y": top, "w": right - left, "h": bottom - top}
