"""What the pages show, ready to be searched: lines with places, and the words that announce a value.

Words are brought into one form first (ligatures, blanks, letter-spaced text), so that a rule sees what a person sees.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from invoicing.page_layout import Line, Span, WordRow, fold, page_lines
from invoicing.readings import Place

_FIRST_PAGES: Final = 40
_LAST_PAGES: Final = 10
"""Of a long document these pages are looked at."""
_MOST_WORDS: Final = 5_000
_LONGEST_WORD: Final = 120
_LEAST_SPACED_LETTERS: Final = 4
_SPACED_GAP: Final = 0.8
"""Letters of one spaced-out word stand at most this many letter heights apart."""
_TORN_GAP: Final = 0.2
"""A number torn apart by its font has smaller gaps than this; a blank is wider."""
_HEADER_ABOVE: Final = 9.0
"""A column header stands at most this many line heights above its value."""
_HALF_A_LINE: Final = 0.8
_NEXT_LINE: Final = 2.2
"""Text that runs on continues at most this many line heights below."""
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_NUMBER_PART = re.compile(r"[\d.,'’-]+")
_FILLER = re.compile(
    r"\b(?:eur|euro|chf|usd|gbp|in|inkl|inklusive|incl|including|mwst|ust|mehrwertsteuer|umsatzsteuer|vat|tva|"
    r"zzgl|zuzuglich|exkl|excl|excluding|ohne|plus|hors|gesetzl\w*|der|die|das|den|dem|des|dieser|diese|ein|eine|ihr\w*|unser\w*|the|your|our|le|la|les|de|du|l|von|of|"
    r"hohe|auf|am|bis|zum|bitte|sie|uns|wir|ziehen|buchen|please|noch|sofort|a|nr|no)\b"
)
_UNIT = re.compile(r"\b(?:eur|euro|chf|usd|gbp|in|von|of|a)\b")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Page:
    """The lines of one page from top to bottom; `is_recognised` where a machine read them from a picture."""

    number: int
    lines: tuple[Line, ...]
    is_recognised: bool
    folded: tuple[str, ...] = field(default=())

    @cached_property
    def cells(self) -> tuple[tuple["Spot", ...], ...]:
        """For each line the parts that stand apart, from left to right."""
        return tuple(tuple(_cells(self, line)) for line in self.lines)


@dataclass(frozen=True)
class Spot:
    """A stretch of a line."""

    page: Page
    line: Line
    start: int
    end: int

    @property
    def text(self) -> str:
        """As printed."""
        return self.line.text[self.start : self.end]

    @property
    def folded(self) -> str:
        """As label patterns want it."""
        return self.page.folded[self.line.number][self.start : self.end]

    @cached_property
    def span(self) -> Span:
        """The words it touches."""
        return self.line.span(self.start, self.end)

    @property
    def place(self) -> Place:
        """Where these words stand on the page as it came."""
        return Place(self.page.number, self.span.box)

    def part(self, start: int, end: int) -> "Spot":
        """A stretch of the same line."""
        return Spot(self.page, self.line, start, end)


def printed_pages(pages: Sequence[Mapping[str, Any]]) -> tuple[Page, ...]:
    """The pages as `ocr` gives them (number, source, words), of a very long document the first and the last ones."""
    kept = [page for at, page in enumerate(pages) if at < _FIRST_PAGES or at >= len(pages) - _LAST_PAGES]
    return tuple(_page(page) for page in kept)


def _page(page: Mapping[str, Any]) -> Page:
    lines = tuple(page_lines(_whole_words([_seen(word) for word in page["words"][:_MOST_WORDS]])))
    is_recognised = page.get("source") != "text-layer"
    return Page(int(page["number"]), lines, is_recognised, tuple(line.folded for line in lines))


def _seen(word: WordRow) -> WordRow:
    """The word as it looks: ligatures dissolved, invisible characters gone."""
    text = unicodedata.normalize("NFKC", str(word[0])[:_LONGEST_WORD]).translate(_UNSEEN)
    return [" ".join(text.split()), *word[1:]]


def _whole_words(words: Sequence[WordRow]) -> Iterator[WordRow]:
    """Words set in spaced letters, and numbers torn apart, as one word each."""
    run: list[WordRow] = []
    for word in words:
        if run and not _belong_together(run[-1], word):
            yield from _joined(run)
            run = []
        run.append(word)
    if run:
        yield from _joined(run)


def _belong_together(left: WordRow, right: WordRow) -> bool:
    height = min(float(left[4]) - float(left[2]), float(right[4]) - float(right[2]))
    gap = float(right[1]) - float(left[3])
    if abs(float(left[4]) - float(right[4])) > 0.3 * height or gap < -height:
        return False
    if len(str(left[0])) == len(str(right[0])) == 1:
        return gap < _SPACED_GAP * height
    both = str(left[0]), str(right[0])
    return gap < _TORN_GAP * height and all(_NUMBER_PART.fullmatch(text) for text in both)


def _joined(run: Sequence[WordRow]) -> Iterator[WordRow]:
    """A run of letters as one word if it is long enough to be meant so; a torn number always."""
    are_letters = all(len(str(word[0])) == 1 for word in run)
    if len(run) < 2 or (are_letters and len(run) < _LEAST_SPACED_LETTERS):
        yield from run
        return
    x0, y0 = min(float(word[1]) for word in run), min(float(word[2]) for word in run)
    x1, y1 = max(float(word[3]) for word in run), max(float(word[4]) for word in run)
    yield ["".join(str(word[0]) for word in run), x0, y0, x1, y1, min(float(word[5]) for word in run)]


def _cells(page: Page, line: Line) -> Iterator[Spot]:
    at = 0
    for part in line.text.split("  "):
        if part.strip():
            yield Spot(page, line, at, at + len(part))
        at += len(part) + 2


def is_bare(text: str) -> bool:
    """Whether folded text says nothing of its own: currency, articles, a mention of VAT, punctuation, figures."""
    return not _LETTER.search(_FILLER.sub(" ", text))


def _is_silent(text: str) -> bool:
    """Whether folded text announces nothing: at most a currency and figures."""
    return not _LETTER.search(_UNIT.sub(" ", text))


@dataclass(frozen=True)
class Announcement:
    """The words left of a value: folded, where they begin on its line, and whether another figure stands between."""

    text: str
    start: int
    is_behind_figure: bool


def announcement(spot: Spot) -> Announcement:
    """What announces a value on its line; empty where nothing but currencies and figures stands left of it.

    In a table whose cells are centred the words may stand half a line higher or lower.
    """
    cells = spot.page.cells[spot.line.number]
    at = next(number for number, cell in enumerate(cells) if cell.start <= spot.start < cell.end)
    own = spot.part(cells[at].start, spot.start)
    if not _is_silent(own.folded):
        return Announcement(own.folded, own.start, False)
    is_behind_figure = _has_digit(own.text)
    for cell in reversed(cells[:at]):
        if not _is_silent(cell.folded):
            return Announcement(f"{cell.folded} {own.folded}", cell.start, is_behind_figure)
        is_behind_figure = is_behind_figure or _has_digit(cell.text)
    shifted = "" if is_behind_figure else _half_a_line_away(spot)
    return Announcement(shifted or own.folded, own.start, is_behind_figure)


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _half_a_line_away(spot: Spot) -> str:
    number = spot.line.number
    for line in spot.page.lines[max(0, number - 1) : number + 2]:
        if line is not spot.line and abs(line.middle - spot.line.middle) < _HALF_A_LINE * spot.line.height:
            left = [cell for cell in spot.page.cells[line.number] if cell.span.x1 <= spot.span.x0]
            if left and not _is_silent(left[-1].folded):
                return left[-1].folded
    return ""


def sentence(spot: Spot) -> str:
    """The folded words before a value in its cell, with the line above at the same left edge: text that runs on."""
    cell = next(cell for cell in spot.page.cells[spot.line.number] if cell.start <= spot.start < cell.end)
    own = spot.part(cell.start, spot.start).folded
    if spot.line.number == 0:
        return own
    above = spot.page.lines[spot.line.number - 1]
    if spot.line.middle - above.middle > _NEXT_LINE * max(spot.line.height, above.height):
        return own
    for other in spot.page.cells[above.number]:
        if abs(other.span.x0 - cell.span.x0) < spot.line.height:
            return f"{other.folded} {own}"
    return own


def below(cell: Spot) -> Iterator[Spot]:
    """The cells of the next line that a cell may run on in or announce: those under it."""
    number = cell.line.number + 1
    if number < len(cell.page.lines):
        span = cell.span
        for under in cell.page.cells[number]:
            if under.span.x0 < span.x1 and under.span.x1 > span.x0:
                yield under


def headers(spot: Spot) -> Iterator[Spot]:
    """The cells with words of their own that stand above a value, the nearest first."""
    x0, x1, middle = spot.span.x0, spot.span.x1, spot.line.middle
    for line in reversed(spot.page.lines[: spot.line.number]):
        if middle - line.middle > _HEADER_ABOVE * max(line.height, spot.line.height):
            return
        for cell in spot.page.cells[line.number]:
            span = cell.span
            if span.x0 < x1 and span.x1 > x0 and not _is_silent(cell.folded):
                yield cell


def overlapping(header: Spot, value: Spot) -> str:
    """The folded words of a header that stand right above the value."""
    x0, x1 = value.span.x0, value.span.x1
    return fold(" ".join(token.text for token in header.span.tokens if token.x0 < x1 and token.x1 > x0))
