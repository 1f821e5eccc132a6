"""Where a stack falls apart: pure rules from page facts to parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ocr import Sheet, read_sheet


@dataclass(frozen=True)
class Part:
    """One document of a stack: its pages (numbers in the stack, from 1) and the sheet that lay on it, if one did."""

    pages: tuple[int, ...]
    sheet: Sheet | None


def separated(pages: Sequence[Mapping[str, Any]]) -> tuple[Part, ...] | None:
    """The parts of a stack in order; None where no sheet lies in it.

    A sheet and its blank back belong to no part; sheets in a row (front and back of one) make no empty part. Blank
    pages inside a part stay in it: they are marked by their reading, never dropped.
    """
    sheets = [_sheet_on(page) for page in pages]
    if not any(sheets):
        return None
    parts: list[Part] = []
    current, numbers = None, list[int]()
    for place, (page, sheet) in enumerate(zip(pages, sheets, strict=True)):
        if sheet is not None:
            parts += [Part(tuple(numbers), current)] if numbers else []
            current, numbers = sheet, []
        elif not (page["source"] == "blank" and place > 0 and sheets[place - 1] is not None):
            numbers.append(int(page["number"]))
    parts += [Part(tuple(numbers), current)] if numbers else []
    return tuple(part for part in parts if _says_anything(part, pages))


def _sheet_on(page: Mapping[str, Any]) -> Sheet | None:
    found = [sheet for code in page.get("codes") or [] if (sheet := read_sheet(code["text"])) is not None]
    return found[0] if found else None


def _says_anything(part: Part, pages: Sequence[Mapping[str, Any]]) -> bool:
    """A part of blank pages alone is none."""
    written = {page["number"] for page in pages if page["source"] != "blank"}
    return not written.isdisjoint(part.pages)
