"""Names and postal addresses on a page: what can be a name, sender lines, and blocks of name, street and town."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from invoicing.labels import (
    CONTACT,
    MUNICIPALITY,
    NOT_A_NAME,
    POSTCODE,
    SALUTATION,
    SECTIONS,
    STREET,
    TYPE_WORDS,
)
from invoicing.page_layout import Cell, Line, cells_below, fold

_PARTS_OF_SENDER_LINE: Final = re.compile(r"\s?[·●•|*■]\s?|\s[-–—]\s|\s?,\s|  ")
_MOST_NAME_LETTERS: Final = 80
_BLOCK_GAP: Final = 4.8
"""Line heights between two lines of one address; more is a gap."""
_MOST_BLOCK_LINES: Final = 7


@dataclass(frozen=True)
class Block:
    """An address: its cells from the name down to the town; `is_contact` = telephone, mail or tax ids follow it."""

    cells: tuple[Cell, ...]
    is_contact: bool

    @property
    def name(self) -> Cell:
        """The line with the municipality if there is one, else the first."""
        towns = (cell for cell in self.cells[:-1] if is_municipality(cell.text) and is_name(cell.text))
        return next(towns, self.cells[0])


class PageNames:
    """The cells of a page with the measures that tell head, window and foot apart."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self._top = lines[0].middle
        self._height = max(lines[-1].middle - self._top, 1.0)
        self.usual_height = median(line.height for line in lines)
        self.left = min(line.tokens[0].x0 for line in lines)
        self.right = max(line.tokens[-1].x1 for line in lines)
        self.blocks = list(self._blocks())

    def share(self, line: Line) -> float:
        """How far down the printed part of the page a line stands, 0 to 1."""
        return (line.middle - self._top) / self._height

    def cells(self, *, first: float = 0.0, last: float = 1.0) -> Iterator[Cell]:
        """The cells between two heights of the page."""
        for line in self.lines:
            if first <= self.share(line) <= last:
                yield from line.cells()

    def _blocks(self) -> Iterator[Block]:
        inside: set[tuple[int, int]] = set()
        for cell in self.cells():
            if (cell.line.number, cell.start) in inside or not _opens_block(cell):
                continue
            found = self._block(cell)
            if found is not None:
                inside |= {(other.line.number, other.start) for other in found.cells}
                yield found

    def _block(self, cell: Cell) -> Block | None:
        below = list(cells_below(cell, self.lines, most_heights=_BLOCK_GAP, most=_MOST_BLOCK_LINES + 3))
        ends = next((n for n, other in enumerate(below[:_MOST_BLOCK_LINES]) if POSTCODE.match(fold(other.text))), None)
        if ends is None or any(is_sender_line(other.text) for other in below[:ends]):
            return None
        between = below[:ends]
        if not between and not is_municipality(cell.text):
            return None
        after = below[ends + 1 : ends + 5]
        return Block((cell, *below[: ends + 1]), any(CONTACT.search(fold(other.text)) for other in (*between, *after)))


def is_name(text: str) -> bool:
    """Whether a text can be the name of a person, company or town."""
    folded = fold(text)
    return (
        len(text) <= _MOST_NAME_LETTERS
        and sum(char.isalpha() for char in text) >= 3
        and sum(char.isalpha() or char == " " for char in text) >= 0.75 * len(text)
        and not NOT_A_NAME.search(folded)
        and not POSTCODE.match(folded)
        and not STREET.search(folded)
        and not any(pattern.search(folded) for _, pattern in TYPE_WORDS)
        and not any(pattern.match(folded.strip()) for _, pattern in SECTIONS)
    )


def is_municipality(text: str) -> bool:
    """Whether a name begins as those of towns and their offices do."""
    return bool(MUNICIPALITY.match(fold(text).strip()))


def is_sender_line(text: str) -> bool:
    """The small line over the address: name, street and town, parted by dots, dashes or commas."""
    return len(_PARTS_OF_SENDER_LINE.split(text)) > 1 and bool(POSTCODE.search(fold(text)))


def parts_of_sender_line(text: str) -> list[str]:
    """What stands between its dots."""
    return [part.strip() for part in _PARTS_OF_SENDER_LINE.split(text.lstrip(" ·●•|*-–")) if part.strip()]


def part_of(cell: Cell, text: str) -> Cell:
    """The stretch of a cell that holds the text."""
    start = cell.start + cell.text.index(text)
    return Cell(cell.line, start, start + len(text))


def _opens_block(cell: Cell) -> bool:
    return is_name(cell.text) and not is_sender_line(cell.text) and not SALUTATION.match(fold(cell.text))
