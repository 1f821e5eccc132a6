"""Words of a page as lines of text that rules can search, each stretch of text knowing where on the page it stands.

Works on plain data, whatever read the page. The words may lie on a skewed or turned scan: lines are found along the
direction in which the words follow each other, boxes given out are those that came in.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import cos, sin
from statistics import fmean, median

WordRow = Sequence[str | float]
"""``[text, x0, y0, x1, y1, confidence]`` in any unit, origin top left."""
Box = tuple[float, float, float, float]

_MOST_WORDS = 2_000
_MOST_LINE_WORDS = 120
_SAME_LINE = 0.5
_CELL_GAP = 1.2
"""A gap wider than this many line heights parts two cells of a line."""
_FOLD = str.maketrans("äöüéèêàâôîçñß’‘`´–—−", "aoueeeaaoicns''''---")


@dataclass(frozen=True)
class Token:
    """A word, levelled (x0 ... y1) and as it came (`box`)."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float
    box: Box

    @property
    def middle(self) -> float:
        """Height of the word's middle on the levelled page."""
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True)
class Span:
    """A stretch of text and the words it touches."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def confidence(self) -> float:
        """That of the least sure word."""
        return min(token.confidence for token in self.tokens)

    @property
    def box(self) -> Box:
        """Around all words, in the unit and position they came with."""
        return _around([token.box for token in self.tokens])

    @cached_property
    def x0(self) -> float:
        """Left edge on the levelled page."""
        return min(token.x0 for token in self.tokens)

    @cached_property
    def x1(self) -> float:
        """Right edge on the levelled page."""
        return max(token.x1 for token in self.tokens)


@dataclass(frozen=True)
class Line:
    """The words of one line from left to right, as one text; cells of a table are parted by two blanks."""

    tokens: tuple[Token, ...]
    text: str
    starts: tuple[int, ...]
    number: int

    @cached_property
    def folded(self) -> str:
        """Lower case without accents, letter for letter as long as `text`: what label patterns run on."""
        return fold(self.text)

    @cached_property
    def middle(self) -> float:
        """Height of the line's middle."""
        return fmean(token.middle for token in self.tokens)

    @cached_property
    def height(self) -> float:
        """Usual height of its words."""
        return median(token.y1 - token.y0 for token in self.tokens)

    def span(self, start: int, end: int) -> Span:
        """The words that text positions `start` to `end` touch."""
        first, last = max(0, bisect_right(self.starts, start) - 1), bisect_left(self.starts, end)
        touched = (
            token
            for token, at in zip(self.tokens[first:last], self.starts[first:last], strict=True)
            if at + len(token.text) > start
        )
        return Span(self.text[start:end], tuple(touched))

    def cells(self) -> list["Cell"]:
        """The parts of the line that stand apart, as in a table or in two columns."""
        parts, at = [], 0
        for part in self.text.split("  "):
            if part:
                parts.append(Cell(self, at, at + len(part)))
            at += len(part) + 2
        return parts


@dataclass(frozen=True)
class Cell:
    """A part of a line that stands apart; `start` and `end` are positions in the line's text."""

    line: Line
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.line.text[self.start : self.end]

    @cached_property
    def span(self) -> Span:
        """Its words."""
        return self.line.span(self.start, self.end)

    @cached_property
    def x0(self) -> float:
        """Left edge on the levelled page."""
        return self.span.x0

    @cached_property
    def x1(self) -> float:
        """Right edge on the levelled page."""
        return self.span.x1


def cells_below(cell: Cell, lines: Sequence[Line], *, most_heights: float = 4.5, most: int = 8) -> Iterator[Cell]:
    """The cells that continue this one downwards at the same left edge, line by line, until a gap."""
    last = cell
    for line in lines[cell.line.number + 1 :]:
        if line.middle - last.line.middle > most_heights * max(last.line.height, line.height) or not most:
            return
        for other in line.cells():
            if abs(other.x0 - cell.x0) < max(cell.line.height, line.height):
                yield other
                last, most = other, most - 1
                break


def fold(text: str) -> str:
    """Lower case without accents, same length."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return lowered.translate(_FOLD)


def page_lines(words: Iterable[WordRow]) -> list[Line]:
    """The lines of a page from top to bottom."""
    tokens = [_token(row) for row, _ in zip(words, range(_MOST_WORDS), strict=False) if str(row[0]).strip()]
    tokens = _turned(tokens, _quarter_turns(tokens))
    tokens = _levelled(tokens, _slope(tokens))
    rows = sorted(_rows(tokens), key=lambda row: fmean(token.middle for token in row))
    return [_line(row, number) for number, row in enumerate(rows)]


def _token(row: WordRow) -> Token:
    x0, y0, x1, y1, confidence = (float(value) for value in row[1:6])
    return Token(str(row[0]).strip(), x0, y0, x1, y1, confidence, (x0, y0, x1, y1))


def _around(boxes: Sequence[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _quarter_turns(tokens: Sequence[Token]) -> int:
    """Quarter turns counter-clockwise after which most words follow on the right of the one before."""
    votes: Counter[int] = Counter()
    for before, after in pairwise(tokens):
        dx = (after.x0 + after.x1 - before.x0 - before.x1) / 2
        dy = after.middle - before.middle
        if abs(dx) > 2 * abs(dy):
            votes[0 if dx > 0 else 2] += 1
        elif abs(dy) > 2 * abs(dx):
            votes[1 if dy > 0 else 3] += 1
    return votes.most_common(1)[0][0] if votes else 0


def _turned(tokens: Sequence[Token], quarters: int) -> list[Token]:
    turned = list(tokens)
    for _ in range(quarters):
        turned = [Token(t.text, t.y0, -t.x1, t.y1, -t.x0, t.confidence, t.box) for t in turned]
    return turned


def _slope(tokens: Sequence[Token]) -> float:
    """By how much lines sink per unit to the right: one regression over the words that follow each other on a line."""
    products = squares = 0.0
    for before, after in pairwise(tokens):
        dx = (after.x0 + after.x1 - before.x0 - before.x1) / 2
        dy = (after.y1 - before.y1 + after.y0 - before.y0) / 2
        height = max(before.y1 - before.y0, after.y1 - after.y0)
        if dx > 0 and abs(dy) < 0.6 * height and dx < 25 * height:
            products += dx * dy
            squares += dx * dx
    return products / squares if squares else 0.0


def _levelled(tokens: Sequence[Token], slope: float) -> list[Token]:
    c, s = cos(slope), sin(slope)
    levelled = []
    for token in tokens:
        x, y = (token.x0 + token.x1) / 2, token.middle
        half_x, half_y = (token.x1 - token.x0) / 2, (token.y1 - token.y0) / 2
        x, y = x * c + y * s, y * c - x * s
        box = (x - half_x, y - half_y, x + half_x, y + half_y)
        levelled.append(Token(token.text, *box, token.confidence, token.box))
    return levelled


def _rows(tokens: Sequence[Token]) -> list[list[Token]]:
    """Group words whose middles lie at one height; a row's height is that of its latest words, as lines may bend."""
    rows: list[list[Token]] = []
    for token in sorted(tokens, key=lambda token: (token.middle, token.x0)):
        for row in reversed(rows[-6:]):
            middle = fmean(other.middle for other in row[-4:])
            height = min(max(other.y1 - other.y0 for other in row), token.y1 - token.y0)
            if abs(token.middle - middle) < _SAME_LINE * max(height, 1.0) and len(row) < _MOST_LINE_WORDS:
                row.append(token)
                break
        else:
            rows.append([token])
    return rows


def _line(row: Sequence[Token], number: int) -> Line:
    tokens = tuple(sorted(row, key=lambda token: token.x0))
    height = median(token.y1 - token.y0 for token in tokens)
    text, starts = "", []
    for before, token in zip((None, *tokens), tokens, strict=False):
        if before is not None:
            text += "  " if token.x0 - before.x1 > _CELL_GAP * height else " "
        starts.append(len(text))
        text += token.text
    return Line(tokens, text, tuple(starts), number)
