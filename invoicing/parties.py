"""Who sends and who receives a printed letter: form headings, letterhead, sender line, address window, footer."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from invoicing.labels import (
    COMPANY,
    MUNICIPALITY,
    NAME_LABEL,
    NOT_A_NAME,
    POSTCODE,
    SALUTATION,
    SECTIONS,
    STREET,
    TYPE_WORDS,
)
from invoicing.page_layout import Cell, Line, cells_below, fold
from invoicing.readings import Place, Reading

_PARTS_OF_SENDER_LINE: Final = re.compile(r"\s?[·●•|*]\s?|\s[-–—]\s|,\s")
_HEAD_SHARE: Final = 0.2
"""Letterheads stand in the upper fifth of the page's text."""
_WINDOW_SHARE: Final = 0.45
_FOOT_SHARE: Final = 0.72
_MOST_NAME_LETTERS: Final = 80
_LARGE: Final = 1.35
"""Letters that much higher than usual are a heading or the name on the letterhead."""
_OWNER = re.compile(r"(?:kontoinhaber|zahlungsempfanger|empfanger|beneficiary|account holder)\W{1,3}")


@dataclass(frozen=True)
class _Name:
    """A text that may be a name, with what its place says: weight and witness."""

    text: str
    cell: Cell
    weight: float
    witness: str


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
    """Names of seller and buyer on a first page; a name that stands in several places is the surer for it."""
    if not lines:
        return
    look = _Look(lines)
    named = list(_from_form(lines, of_line))
    buyers = [*(name for field, name in named if field == "buyer"), *look.buyers()]
    sellers = [*(name for field, name in named if field == "seller"), *look.sellers()]
    yield from _merged("buyer_name", buyers, page)
    taken = {_key(name.text) for name in buyers[:1]}
    yield from _merged("seller_name", [name for name in sellers if _key(name.text) not in taken], page)


def _from_form(lines: Sequence[Line], of_line: Sequence[str]) -> Iterator[tuple[str, _Name]]:
    """After a heading: the cell labelled "Name", or the first line below it that can be one."""
    for line, section in zip(lines, of_line, strict=True):
        cells = line.cells()
        if (
            len(cells) > 1
            and section in ("seller", "buyer")
            and NAME_LABEL.match(fold(cells[0].text))
            and is_name(cells[1].text)
        ):
            yield section, _Name(cells[1].text, cells[1], 0.95, "section")
        for cell in cells:
            folded = fold(cell.text).strip()
            heading = next((name for name, pattern in SECTIONS if pattern.match(folded)), None)
            if heading not in ("seller", "buyer"):
                continue
            below = next((other for other in cells_below(cell, lines) if not SALUTATION.match(fold(other.text))), None)
            if below is not None and is_name(below.text) and not NAME_LABEL.match(fold(below.text)):
                yield heading, _Name(below.text, below, 0.85, "section")


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


class _Look:
    """Where on the page names stand."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self._top = lines[0].middle
        self._height = max(lines[-1].middle - self._top, 1.0)
        self._usual = median(line.height for line in lines)
        self._left = min(line.tokens[0].x0 for line in lines)
        self._right = max(line.tokens[-1].x1 for line in lines)

    def share(self, line: Line) -> float:
        """How far down the printed part of the page a line stands, 0 to 1."""
        return (line.middle - self._top) / self._height

    def sellers(self) -> Iterator[_Name]:
        yield from self._sender_lines()
        yield from self._letterhead()
        yield from self._footer()
        yield from self._owners()
        yield from self._senders_address()

    def _sender_lines(self) -> Iterator[_Name]:
        for line in self.lines:
            for cell in line.cells() if self.share(line) <= _WINDOW_SHARE else ():
                if not is_sender_line(cell.text) and not self._wraps(cell):
                    continue
                first = _PARTS_OF_SENDER_LINE.split(cell.text.lstrip(" ·●•|*-–"))[0]
                if is_name(first):
                    yield _Name(first, _part(cell, first), 0.8, "sender-line")

    def _wraps(self, cell: Cell) -> bool:
        """A sender line that goes on in the next line."""
        below = next(cells_below(cell, self.lines, most_heights=2.0), None)
        return (
            below is not None
            and len(_PARTS_OF_SENDER_LINE.split(cell.text)) > 2
            and is_sender_line(f"{cell.text} {below.text}")
        )

    def _letterhead(self) -> Iterator[_Name]:
        for line in self.lines:
            if self.share(line) > _HEAD_SHARE:
                return
            for cell in line.cells():
                text, is_large = cell.text, line.height > _LARGE * self._usual
                if not is_name(text) or is_sender_line(text):
                    continue
                if COMPANY.search(fold(text)):
                    yield _Name(text, cell, 0.75, "letterhead")
                    continued = next(cells_below(cell, self.lines, most_heights=1.8), None)
                    if continued is not None and len(continued.text) < 25 and COMPANY.search(fold(continued.text)):
                        yield _Name(f"{text} {continued.text}", cell, 0.6, "letterhead")
                elif is_large:
                    yield _Name(text, cell, 0.55, "letterhead")

    def _footer(self) -> Iterator[_Name]:
        """A name over a street and a postcode at the bottom."""
        for line in self.lines:
            for cell in line.cells() if self.share(line) >= _FOOT_SHARE else ():
                if not is_name(cell.text):
                    first = _PARTS_OF_SENDER_LINE.split(cell.text)[0]
                    if is_sender_line(cell.text) and is_name(first):
                        yield _Name(first, _part(cell, first), 0.6, "footer")
                    continue
                below = [fold(other.text) for other in cells_below(cell, self.lines, most_heights=2.5, most=3)]
                if any(POSTCODE.match(text) for text in below) and any(STREET.search(text) for text in below):
                    yield _Name(cell.text, cell, 0.6, "footer")

    def _owners(self) -> Iterator[_Name]:
        """Who is paid: the holder of the account."""
        for line in self.lines:
            for cell in line.cells():
                match = _OWNER.match(fold(cell.text) + " ")
                rest = cell.text[match.end() :].strip() if match else ""
                if rest and is_name(rest):
                    yield _Name(rest, _part(cell, rest), 0.7, "account-holder")

    def _senders_address(self) -> Iterator[_Name]:
        """The first address block of the page where a second one, the receiver's, follows below it."""
        blocks = self._blocks()
        if len(blocks) > 1 and self.share(blocks[0].line) < _HEAD_SHARE:
            yield _Name(blocks[0].text, blocks[0], 0.6, "address")

    def buyers(self) -> Iterator[_Name]:
        blocks = self._blocks()
        town = next((block for block in blocks if MUNICIPALITY.search(fold(block.text))), None)
        if town is not None:
            yield _Name(town.text, town, 0.85, "address")
        elif (
            len(blocks) > 1
            and self.share(blocks[0].line) < _HEAD_SHARE
            and blocks[1].x0 < (self._left + self._right) / 2
        ):
            yield _Name(blocks[1].text, blocks[1], 0.75, "address")
        elif blocks:
            yield _Name(blocks[0].text, blocks[0], 0.75 if self.share(blocks[0].line) > 0.05 else 0.5, "address")

    def _blocks(self) -> list[Cell]:
        """First lines of what looks like an address: a name, then lines at the same edge down to a postcode."""
        found: list[Cell] = []
        inside: set[tuple[int, int]] = set()
        for line in self.lines:
            for cell in line.cells() if self.share(line) <= _WINDOW_SHARE else ():
                if (line.number, cell.start) in inside or not self._opens_block(cell):
                    continue
                block = list(cells_below(cell, self.lines))
                ends = next((n for n, other in enumerate(block) if POSTCODE.match(fold(other.text))), None)
                if ends is None or (ends == 0 and not STREET.search(fold(cell.text))):
                    continue
                found.append(cell)
                inside |= {(other.line.number, other.start) for other in block[: ends + 1]}
        return found

    def _opens_block(self, cell: Cell) -> bool:
        return is_name(cell.text) and not is_sender_line(cell.text) and not SALUTATION.match(fold(cell.text))


def is_sender_line(text: str) -> bool:
    """The small line over the address: name, street and town, parted by dots or dashes."""
    return len(_PARTS_OF_SENDER_LINE.split(text)) > 1 and bool(POSTCODE.search(fold(text)))


def _part(cell: Cell, text: str) -> Cell:
    start = cell.start + cell.text.index(text)
    return Cell(cell.line, start, start + len(text))


def _key(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


def _merged(field: str, names: Iterable[_Name], page: int) -> Iterator[Reading]:
    """Every name once, its places taken together; a longer form of a name counts for what the shorter one says too."""
    named = [replace(name, text=name.text.strip(" ·●•|,;:-*")[:_MOST_NAME_LETTERS]) for name in names]
    named = [name for name in named if name.text and name.cell.span.tokens]
    for key in dict.fromkeys(_key(name.text) for name in named):
        same = [name for name in named if _key(name.text) == key]
        kin = [
            name
            for name in named
            if _key(name.text) != key and len(_key(name.text)) > 5 and key.startswith(_key(name.text))
        ]
        against = 1.0
        for name in [*same, *kin]:
            against *= 1 - name.weight * name.cell.span.confidence**0.5
        first = max(same, key=lambda name: (name.weight, name.cell.span.confidence))
        witnesses = dict.fromkeys(name.witness for name in [*same, *kin])
        if len(same) > 1:
            witnesses["repeated"] = None
        span = first.cell.span
        yield Reading(field, first.text, 1 - against, Place(page, span.box), tuple(witnesses), span.confidence)
