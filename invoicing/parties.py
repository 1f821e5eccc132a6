"""Who sends and who receives a printed invoice: form headings, the letterhead, the sender line, the address window."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from invoicing.labels import COMPANY, NAME_LABEL, NOT_A_NAME, POSTCODE, SALUTATION, SECTIONS
from invoicing.page_layout import Line, Span, fold
from invoicing.readings import Place, Reading

_PARTS_OF_SENDER_LINE: Final = re.compile(r"\s[·●•|*]\s?|\s[-–]\s|,\s")
_HEAD_SHARE: Final = 0.2
"""Letterheads stand in the upper fifth of the page's text."""
_WINDOW_SHARE: Final = 0.45
_TOP_SHARE: Final = 0.05
_BLOCK_LINES: Final = 8
_BLOCK_GAP: Final = 4.5
_MOST_NAME_LETTERS: Final = 80


def sections(lines: Sequence[Line]) -> list[str]:
    """For each line whose data it holds, where headings say so: seller, buyer, other, or an empty string."""
    current, found = "", []
    for line in lines:
        folded = line.folded.strip()
        for name, pattern in reversed(SECTIONS):
            if pattern.match(folded):
                current = name
                break
        found.append(current)
    return found


def readings(lines: Sequence[Line], page: int, of_line: Sequence[str]) -> Iterator[Reading]:
    """Names of seller and buyer on a first page, from the surest place to the least sure."""
    yield from _from_form(lines, page, of_line)
    yield from _from_letterhead(lines, page)
    yield from _from_addresses(lines, page)


def _from_form(lines: Sequence[Line], page: int, of_line: Sequence[str]) -> Iterator[Reading]:
    """After a heading: the cell labelled "Name", or the first line without a label that can be one."""
    awaited = ""
    for line, section in zip(lines, of_line, strict=True):
        if _is_heading(line):
            awaited = section
        if section not in ("seller", "buyer") or _is_heading(line):
            continue
        cells = line.cells()
        if len(cells) > 1 and NAME_LABEL.match(fold(cells[0].text)) and _is_name(cells[1].text):
            yield _named(f"{section}_name", cells[1], page, 0.95, ("label", "section"))
            awaited = ""
        elif awaited and len(cells) == 1 and ":" not in cells[0].text and _is_name(cells[0].text):
            yield _named(f"{section}_name", cells[0], page, 0.85, ("section",))
            awaited = ""


def _is_heading(line: Line) -> bool:
    return any(pattern.match(line.folded.strip()) for _, pattern in SECTIONS)


def _is_name(text: str) -> bool:
    folded = fold(text)
    return (
        len(text) <= _MOST_NAME_LETTERS
        and sum(char.isalpha() for char in text) >= 3
        and not NOT_A_NAME.search(folded)
        and not POSTCODE.match(folded)
        and not any(pattern.match(folded.strip()) for _, pattern in SECTIONS)
    )


def _from_letterhead(lines: Sequence[Line], page: int) -> Iterator[Reading]:
    """The sender line above the address, and company names at the top."""
    for line in lines:
        share = _share(lines, line)
        for cell in line.cells() if share <= _WINDOW_SHARE else ():
            first = _PARTS_OF_SENDER_LINE.split(cell.text)[0]
            if _is_sender_line(cell.text) and _is_name(first):
                start = line.text.index(cell.text)
                yield _named("seller_name", line.span(start, start + len(first)), page, 0.7, ("sender-line",))
            elif share <= _HEAD_SHARE and COMPANY.search(fold(cell.text)) and _is_name(cell.text):
                yield _named("seller_name", cell, page, 0.8, ("letterhead",))


def _share(lines: Sequence[Line], line: Line) -> float:
    """How far down the printed part of the page a line stands, 0 to 1."""
    return (line.middle - lines[0].middle) / max(lines[-1].middle - lines[0].middle, 1.0)


def _from_addresses(lines: Sequence[Line], page: int) -> Iterator[Reading]:
    """Blocks on the left that lead to a postcode: at the very top the letterhead, below it the address window."""
    for line, block in _address_blocks(lines):
        named = [cell for cell in block if not SALUTATION.match(fold(cell.text))]
        if not named or not _is_name(named[0].text):
            continue
        if _share(lines, line) < _TOP_SHARE:
            yield _named("seller_name", named[0], page, 0.6, ("address",))
        else:
            yield _named("buyer_name", named[0], page, 0.75, ("address",))
            return


def _address_blocks(lines: Sequence[Line]) -> Iterator[tuple[Line, list[Span]]]:
    left = min((line.tokens[0].x0 for line in lines), default=0.0)
    right = max((line.tokens[-1].x1 for line in lines), default=0.0)
    cells = [
        (line, cell)
        for line in lines
        if _share(lines, line) <= _WINDOW_SHARE
        for cell in line.cells()
        if cell.tokens and cell.x0 < (left + right) / 2 and not _is_sender_line(cell.text)
    ]
    for at, (line, _) in enumerate(cells):
        block = _block(cells, at)
        if len(block) >= 3 and any(POSTCODE.match(fold(cell.text)) for cell in block[1:]):
            yield line, block


def _block(cells: Sequence[tuple[Line, Span]], start: int) -> list[Span]:
    """The cells that continue this one downwards at the same left edge, line by line."""
    line, first = cells[start]
    block, last = [first], line
    for other, cell in cells[start + 1 :]:
        if other.middle - last.middle > _BLOCK_GAP * max(last.height, other.height) or len(block) == _BLOCK_LINES:
            break
        if other is not last and abs(cell.x0 - first.x0) < last.height:
            block.append(cell)
            last = other
    return block


def _is_sender_line(text: str) -> bool:
    return len(_PARTS_OF_SENDER_LINE.split(text)) > 1 and bool(POSTCODE.search(fold(text)))


def _named(field: str, span: Span, page: int, weight: float, witnesses: tuple[str, ...]) -> Reading:
    value = span.text.strip(" ·●•|,;:-")[:_MOST_NAME_LETTERS]
    return Reading(field, value, weight * span.confidence**0.5, Place(page, span.box), witnesses)
