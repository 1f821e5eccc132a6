"""What the viewer of a document shows: pages with their words, and the places of what was read or looked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from dms.finding.service import matcher
from dms.intake import readings
from dms.intake.wording import reason
from dms.platform import Platform
from dms.records import queries
from dms.records.models import Document, ExtractedValue

PAGES_AT_ONCE = 10


@dataclass(frozen=True)
class Region:
    """A place on a page that stands for something beside it; `box` as left, top, right, bottom in points."""

    id: str
    label: str
    page: int
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

    `contradictions` are places where a page says something else than the e-invoice inside.
    """
    content = readings.content(platform, row.original_sha256)
    known = queries.values(session, row.id)
    regions = [*_regions(known), *contradictions]
    pages = content.get("pages") or []
    looked_for = matcher(typed)
    hits = [number for number, read in enumerate(pages, 1) if _has_hit(read, looked_for)] if typed.strip() else []
    start = hits[0] if hits and first == 1 else _page_of(regions, marked) or first
    start = (min(start, max(1, len(pages))) - 1) // PAGES_AT_ONCE * PAGES_AT_ONCE
    shown = list(enumerate(pages, 1))[start : start + PAGES_AT_ONCE]
    return {
        "document": row,
        "pages": [_page_view(number, read, regions, looked_for if typed.strip() else None) for number, read in shown],
        "total": len(pages),
        "first": start + 1,
        "text": content.get("text"),
        "failed": {number: reason(code) for number, code in content.get("failed") or []},
        "poor": [number for number, read in enumerate(pages, 1) if _is_poor(read)],
        "known": known,
        "marked": marked,
        "typed": typed,
        "hits": hits,
    }


def _is_poor(read: Mapping[str, Any]) -> bool:
    return (read.get("quality") or {}).get("verdict") == "rescan"


def _has_hit(read: Mapping[str, Any], looked_for: Callable[[str], bool]) -> bool:
    return any(looked_for(word[0]) for word in read["words"] or [])


def _regions(known: Mapping[str, ExtractedValue]) -> list[Region]:
    return [
        Region(name, value.value, value.page, value.box) for name, value in known.items() if value.page and value.box
    ]


def _page_of(regions: Sequence[Region], marked: str) -> int | None:
    return next((region.page for region in regions if region.id == marked), None)


def _page_view(
    number: int,
    read: Mapping[str, Any],
    regions: Sequence[Region],
    looked_for: Callable[[str], bool] | None,
) -> dict[str, Any]:
    words = [
        {
            "text": word[0],
            "x": word[1],
            "y": word[2],
            "w": word[3] - word[1],
            "h": word[4] - word[2],
            "is_hit": looked_for is not None and looked_for(word[0]),
        }
        for word in read["words"] or []
    ]
    return {
        "number": number,
        "words": words,
        "regions": [region for region in regions if region.page == number],
        "width": read["width_pt"],
        "height": read["height_pt"],
    }
