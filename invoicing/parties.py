"""Who sends and who receives a printed letter: form headings, letterhead, sender line, address window, footer.

Every place that may hold a name says so with a weight; a name that stands in several places is the surer for it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from rapidfuzz.distance import Levenshtein

from invoicing.addresses import (
    Block,
    PageNames,
    is_municipality,
    is_name,
    is_sender_line,
    part_of,
    parts_of_sender_line,
)
from invoicing.labels import COMPANY, MUNICIPALITY, NAME_LABEL, POSTCODE, SALUTATION, SECTIONS, STREET
from invoicing.page_layout import Cell, Line, cells_below, fold
from invoicing.readings import Place, Reading

_HEAD_SHARE: Final = 0.2
"""Letterheads stand in the upper fifth of the page's text."""
_UPPER_SHARE: Final = 0.08
_WINDOW_SHARE: Final = 0.5
_FOOT_SHARE: Final = 0.7
_LARGE: Final = 1.35
"""Letters that much higher than usual are a heading or the name on the letterhead."""
_MOST_NAMES: Final = 60
_NEAR_SPELLING: Final = 0.87
"""Names this alike are one name, misread somewhere."""
_OWNER = re.compile(r"(?:kontoinhaber(?:in)?|zahlungsempfanger|empfanger|beneficiary|account holder|payee)\W{1,3}")
_HOST = re.compile(r"(?:www\.|@|https?://)((?:[a-z0-9-]+\.)+[a-z]{2,8})")
_IN_HOSTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_LEAST_HOST_LETTERS: Final = 5


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
    """Names of seller and buyer on a first page."""
    if not lines:
        return
    look = _Look(PageNames(lines))
    named = list(_from_form(lines, of_line))
    sellers = [*(name for field, name in named if field == "seller"), *look.sellers()]
    buyers = [*(name for field, name in named if field == "buyer"), *look.buyers()]
    receiver = max(_merged("buyer_name", buyers, page), key=lambda found: found.score, default=None)
    senders = _merged("seller_name", sellers, page)
    yield from (found for found in senders if receiver is None or not _alike(found.value, receiver.value))
    if receiver is not None:
        yield receiver


def _from_form(lines: Sequence[Line], of_line: Sequence[str]) -> Iterator[tuple[str, _Name]]:
    """After a heading: the cell labelled "Name", or the first line below it that can be one."""
    for line, section in zip(lines, of_line, strict=True):
        cells = line.cells()
        is_labelled = len(cells) > 1 and section in ("seller", "buyer") and NAME_LABEL.match(fold(cells[0].text))
        if is_labelled and is_name(cells[1].text):
            yield section, _Name(cells[1].text, cells[1], 0.95, "section")
        for cell in cells:
            folded = fold(cell.text).strip()
            heading = next((name for name, pattern in SECTIONS if pattern.match(folded)), None)
            if heading not in ("seller", "buyer"):
                continue
            below = [other for other in cells_below(cell, lines, most=4) if not SALUTATION.match(fold(other.text))]
            name = next((other for other in below[:2] if is_name(other.text)), None)
            if name is not None and not NAME_LABEL.match(fold(name.text)):
                yield heading, _Name(name.text, name, 0.85, "section")


class _Look:
    """Where on the page names stand."""

    def __init__(self, page: PageNames) -> None:
        self.page = page

    def sellers(self) -> Iterator[_Name]:
        yield from self._sender_lines
        yield from self._letterhead()
        yield from self._contact_blocks()
        yield from self._footer_lines()
        yield from self._owners()

    @cached_property
    def _sender_lines(self) -> list[_Name]:
        """The small line over the window names the sender first."""
        found = []
        for cell in self.page.cells(last=_WINDOW_SHARE):
            if is_sender_line(cell.text) or self._wraps(cell):
                first = parts_of_sender_line(cell.text)[0]
                if is_name(first):
                    found.append(_Name(first, part_of(cell, first), 0.8, "sender-line"))
                elif above := self._heading_over(cell):
                    found.append(_Name(above.text, above, 0.7, "letterhead"))
        return [*found, *self._spread_sender_lines()]

    def _spread_sender_lines(self) -> Iterator[_Name]:
        """A sender line whose dots were lost: name, street and town in three cells of one line."""
        for line in self.page.lines:
            cells = [cell for cell in line.cells() if len(cell.text) > 1]
            if self.page.share(line) > _WINDOW_SHARE or len(cells) < 3:
                continue
            for name, street, town in zip(cells, cells[1:], cells[2:], strict=False):
                if is_name(name.text) and STREET.search(fold(street.text)) and POSTCODE.match(fold(town.text)):
                    yield _Name(name.text, name, 0.8, "sender-line")

    def _wraps(self, cell: Cell) -> bool:
        """A sender line that goes on in the next line."""
        below = next(cells_below(cell, self.page.lines, most_heights=2.0), None)
        several = len(parts_of_sender_line(cell.text)) > 2
        return below is not None and several and is_sender_line(f"{cell.text} {below.text}")

    def _heading_over(self, cell: Cell) -> Cell | None:
        """The name that stands over an address written in one line."""
        for line in reversed(self.page.lines[max(0, cell.line.number - 3) : cell.line.number]):
            for other in line.cells():
                if is_name(other.text) and other.x0 < cell.x1 and other.x1 > cell.x0:
                    return other
        return None

    def _letterhead(self) -> Iterator[_Name]:
        for cell in self.page.cells(last=_HEAD_SHARE):
            text = cell.text
            if not is_name(text) or is_sender_line(text) or MUNICIPALITY.match(fold(text)):
                continue
            is_large = _height(cell) > _LARGE * self.page.usual_height
            if COMPANY.search(fold(text)):
                yield _Name(text, cell, 0.8 if is_large else 0.7, "letterhead")
            elif is_large:
                yield _Name(text, cell, 0.6, "letterhead")
            below = next(cells_below(cell, self.page.lines, most_heights=2.2), None)
            if below is not None and len(below.text) < 25 and COMPANY.match(fold(below.text).lstrip("(& ")):
                yield _Name(f"{text} {below.text}", cell, 0.75, "letterhead")
            if any(_names_host(text, host) for host in self._hosts):
                yield _Name(text, cell, 0.45, "web-address")

    @cached_property
    def _hosts(self) -> list[str]:
        """Domain names printed on the page without their ending."""
        found = (match[1] for line in self.page.lines for match in _HOST.finditer(line.folded))
        return list(dict.fromkeys(host.split(".")[-2] for host in found))

    def _contact_blocks(self) -> Iterator[_Name]:
        """Addresses with telephone or tax ids, and those at the foot, are the sender's."""
        for block in self.page.blocks:
            is_foot = self.page.share(block.cells[0].line) >= _FOOT_SHARE
            if (is_foot or block.is_contact or self._is_upper(block)) and not is_municipality(block.name.text):
                first, second = block.cells[:2]
                witness = "footer" if is_foot else "address"
                wrapped = len(second.text) < 25 and COMPANY.match(fold(second.text).lstrip("(& "))
                text = f"{first.text} {second.text}" if wrapped else first.text
                yield _Name(text, first, 0.65, witness)

    def _footer_lines(self) -> Iterator[_Name]:
        for cell in self.page.cells(first=_FOOT_SHARE):
            if is_sender_line(cell.text):
                first = parts_of_sender_line(cell.text)[0]
                if is_name(first):
                    yield _Name(first, part_of(cell, first), 0.6, "footer")

    def _owners(self) -> Iterator[_Name]:
        """Who is paid: the holder of the account."""
        for cell in self.page.cells():
            match = _OWNER.match(fold(cell.text) + " ")
            rest = cell.text[match.end() :].strip() if match else ""
            if rest and is_name(rest):
                yield _Name(rest, part_of(cell, rest), 0.7, "account-holder")

    def buyers(self) -> Iterator[_Name]:
        for block in self.page.blocks:
            if self.page.share(block.cells[0].line) <= _WINDOW_SHARE:
                yield _Name(block.name.text, block.name, self._as_receiver(block), "address")
        for cell in self.page.cells(last=_WINDOW_SHARE):
            if is_municipality(cell.text) and is_name(cell.text):
                yield _Name(cell.text, cell, 0.6, "municipality")
        for sender in self._sender_lines:
            below = [cell for cell in self._under(sender.cell) if not SALUTATION.match(fold(cell.text))]
            name = next((cell for cell in below if is_name(cell.text)), None)
            if name is not None:
                yield _Name(name.text, name, 0.5, "window")

    def _under(self, sender: Cell) -> list[Cell]:
        """The lines under a sender line, past the town that may have wrapped into a line of its own."""
        below = list(cells_below(sender, self.page.lines, most_heights=6.0, most=4))
        return below[1:] if below and self._wraps(sender) else below[:3]

    def _as_receiver(self, block: Block) -> float:
        """How likely an address is the receiver's: in the window, without telephone, not the sender's own."""
        name = block.name.text
        if any(_alike(name, sender.text) for sender in self._sender_lines):
            return 0.1
        weight = 0.75 if block.name.x0 < (self.page.left + self.page.right) / 2 else 0.6
        return weight * (0.4 if block.is_contact or self._is_upper(block) else 1.0)

    def _is_upper(self, block: Block) -> bool:
        """The address in the head of the page, where a second one, the receiver's, follows below it."""
        return self.page.share(block.cells[0].line) < _UPPER_SHARE and any(
            other.cells[0].line.number > block.cells[-1].line.number - 2
            and self.page.share(other.cells[0].line) < _WINDOW_SHARE
            for other in self.page.blocks
            if other is not block
        )


def _height(cell: Cell) -> float:
    return max(token.y1 - token.y0 for token in cell.span.tokens)


def _names_host(text: str, host: str) -> bool:
    """Whether a web address is made of the letters with which a name begins, or of one of its long words."""
    plain = text.lower().translate(_IN_HOSTS)
    letters = "".join(char for char in plain if char.isalnum())
    short = "".join(char for char in host if char.isalnum())
    words = [word for word in re.findall(r"[a-z]+", plain) if len(word) >= _LEAST_HOST_LETTERS]
    return len(short) >= _LEAST_HOST_LETTERS and (
        letters.startswith(short[:12]) or any(word in short for word in words)
    )


def _key(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


def _alike(one: str, other: str) -> bool:
    return bool(Levenshtein.normalized_similarity(_key(one), _key(other)) >= _NEAR_SPELLING)


def _merged(field: str, names: Iterable[_Name], page: int) -> list[Reading]:
    """Every name once, its places taken together; a longer form of a name counts for what the shorter one says too."""
    named = [replace(name, text=name.text.strip(" ·●•|,;:-*")) for name in names]
    named = [name for name in named if name.text and name.cell.span.tokens][:_MOST_NAMES]
    found = []
    for text in dict.fromkeys(name.text for name in named):
        same = [name for name in named if _alike(name.text, text)]
        kin = [name for name in named if name not in same and len(_key(name.text)) > 5 and _extends(text, name.text)]
        found.append(_reading(field, text, same, kin, page))
    return found


def _extends(longer: str, shorter: str) -> bool:
    return _key(longer).startswith(_key(shorter))


def _reading(field: str, text: str, same: Sequence[_Name], kin: Sequence[_Name], page: int) -> Reading:
    """One spelling of a name; the spelling that stands in most places wins by a little."""
    against = 1.0
    for name in [*same, *kin]:
        against *= 1 - name.weight * name.cell.span.confidence**0.5
    spelt = [name for name in same if name.text == text]
    first = max(spelt, key=lambda name: (name.weight, name.cell.span.confidence))
    witnesses = dict.fromkeys(name.witness for name in [*same, *kin])
    if len({(name.cell.line.number, name.cell.start) for name in spelt}) > 1:
        witnesses["repeated"] = None
    span = first.cell.span
    score = (1 - against) * (0.94 + 0.06 * len(spelt) / len(same)) * (0.97 + 0.03 * span.confidence)
    return Reading(field, text, score, Place(page, span.box), tuple(witnesses), span.confidence)
