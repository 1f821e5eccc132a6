"""The invoice number (BT-1): is it printed, with whatever separators, and does the page announce another one?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import OSA

from invoicing.comparison.labels import LABELS
from invoicing.comparison.printed import Page, Spot, announcement, below
from invoicing.comparison.result import State, TermComparison, judged
from invoicing.comparison.totals import Terms
from invoicing.text_values import dates

INVOICE_NUMBER: Final = "BT-1"
_OTHER_REFERENCES: Final = frozenset(f"BT-{number}" for number in (*range(10, 20), 25, 29, 30, 32, 46, 47))
_SURE_WEIGHT: Final = 0.95
_LEAST_UNLABELLED: Final = 4
"""A shorter number counts only where a label announces it."""
_LONGEST: Final = 60
_REFERENCE = re.compile(
    r"\b(?:zu[rm]?|gema(?:ss|s)|betr\w*|bezug\w*|bestell\w*|auftrag\w*|liefer\w*|vertrag\w*|angebot\w*|ursprung\w*|"
    r"vorherig\w*|original\w*|abschlag\w*|teil\w*|storn\w*|associe\w*|order|delivery)\b"
)
_STOP: Final = re.compile(r"vo[mnr]|datum|date|dated|du|of|a[mn]|seite|page|bei|bitte|und|angeben")
_MISREAD: Final = 2
_BILL = re.compile(r"rechnung|gutschrift|invoice|facture")
"""On later pages other documents have numbers too."""
_AMOUNT = re.compile(r"[\d.,' ]*\d[.,]\d{2}")
_OTHERS_NUMBER = re.compile(
    r"(?:liefer|bestell|auftrag|vertrag|kunde|angebot|gln|gtin|tel|fax|bon|order|client)[a-z.\-/ ]*:?\s*$"
)
_YEAR = re.compile(r"(?:19|20)\d{2}")
"""Behind a weak label, as in "Abrechnung 2025", no number."""
_NEVER_IN_NUMBER = re.compile(r"[?!%$€\"@<>{}]")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class NumberFound:
    """A printed number, whether its label means the number of this invoice for sure, and where it stands."""

    text: str
    is_sure: bool
    spot: Spot


def compare_number(terms: Terms, pages: Sequence[Page]) -> TermComparison:
    """BT-1; not comparable where the XML has none or the pages announce none."""
    stated = next((text.strip() for bt, text in terms if bt == INVOICE_NUMBER), "")
    if not any(char.isalnum() for char in stated) or len(stated) > _LONGEST:
        return TermComparison(INVOICE_NUMBER, State.NOT_COMPARABLE)
    found = [one for page in pages for one in _announced(page)]
    is_printed = any(_same(one.text, stated, one.spot.page) for one in found) or _stands_anywhere(stated, pages)
    others = {_compact(text) for bt, text in terms if bt in _OTHER_REFERENCES}
    unequal = [one for one in found if not _same(one.text, stated, one.spot.page) and _compact(one.text) not in others]
    if is_printed:
        first = next((one for one in found if one.is_sure), None)
        objections = [first] if first in unequal and first and first.spot.page.number == 1 else []
    else:
        objections = [one for one in unequal if one.is_sure][:1] or unequal[:1] or _alike(stated, others, pages)
    return judged(
        INVOICE_NUMBER, stated, is_printed=is_printed, contradictions=[(o.text, o.spot.place) for o in objections]
    )


def _compact(text: str) -> str:
    compact = "".join(char for char in text.upper() if char.isalnum())
    return compact.lstrip("0") if compact.isdigit() else compact


def _same(printed: str, stated: str, page: Page) -> bool:
    """Letters and digits agree; on a picture some may be misread."""
    ours, theirs = _compact(stated), _compact(printed)
    return ours == theirs or (page.is_recognised and OSA.distance(ours, theirs) <= min(_MISREAD, len(ours) - 2))


def _stands_anywhere(stated: str, pages: Sequence[Page]) -> bool:
    """Whether the number stands on a page as a reference of its own, not as a part of a longer one."""
    compact = _compact(stated)
    if len(compact) < _LEAST_UNLABELLED:
        return False
    body = r"(?: ?[-–./_:#] ?| )?".join(map(re.escape, compact))
    form = re.compile(rf"(?<![A-Za-z0-9])(?<![A-Za-z0-9][-/_])(?<!\d[.])0*{body}(?![A-Za-z0-9])(?![-/_.]\w)", re.I)
    return any(form.search(text) for page in pages for text in _texts(page))


def _texts(page: Page) -> Iterator[str]:
    """The lines, and each cell with the one that continues it below."""
    for number, line in enumerate(page.lines):
        yield line.text
        for cell in page.cells[number]:
            for under in below(cell):
                yield f"{cell.text} {under.text}"


def _announced(page: Page) -> Iterator[NumberFound]:
    """The numbers behind or below the words for an invoice number, from top to bottom."""
    for number, line in enumerate(page.lines):
        ends: dict[int, float] = {}
        for entry in LABELS["invoice_number"]:
            for match in entry.pattern.finditer(page.folded[number]):
                before = page.folded[number][max(0, match.start() - 25) : match.end()]
                if not _REFERENCE.search(before) and (page.number == 1 or _BILL.search(match[0])):
                    ends[match.end()] = max(entry.weight, ends.get(match.end(), 0.0))
        for end, weight in sorted(ends.items()):
            spot = _value_after(Spot(page, line, end, end))
            is_sure = weight >= _SURE_WEIGHT
            if spot and (is_sure or not _YEAR.fullmatch(spot.text)):
                yield NumberFound(spot.text, is_sure, spot)


def _value_after(label: Spot) -> Spot | None:
    """The number in the rest of the label's cell, else in the next cell, else in the one below."""
    cells = label.page.cells[label.line.number]
    at = next((n for n, cell in enumerate(cells) if cell.start < label.end <= cell.end), None)
    if at is None:
        return None
    rest = label.part(label.end, cells[at].end)
    if any(char.isalnum() for char in rest.text):
        return _number_in(rest)
    if at + 1 < len(cells) and (found := _number_in(cells[at + 1])):
        return found
    return next((found for under in below(cells[at]) if (found := _number_in(under))), None)


def _number_in(spot: Spot) -> Spot | None:
    """The leading words that make up a number: short capitals, then words with digits, up to a date or a stop word."""
    start = end = None
    taken = [(spot.start + found.start, spot.start + found.end) for found in dates(spot.text)]
    for match in _WORD.finditer(spot.text):
        word = match[0].strip(".,;:()#")
        at, to = spot.start + match.start(), spot.start + match.end()
        if not any(char.isalnum() for char in word) and start is None:
            continue
        has_digit, is_capitals = any(char.isdigit() for char in word), word.isupper() and len(word) <= 5
        is_date = any(first < to and at < last for first, last in taken)
        if is_date or _STOP.fullmatch(word.lower()) or not (has_digit or is_capitals or word in "-/–"):
            break
        start = at if start is None else start
        end = to if has_digit else end
    if start is None or end is None:
        return None
    text = spot.line.text[start:end]
    if _AMOUNT.fullmatch(text) or _NEVER_IN_NUMBER.search(text):
        return None
    lead, tail = len(text) - len(text.lstrip("#(:;,.")), len(text) - len(text.rstrip(".,;:)"))
    return spot.part(start + lead, end - tail)


def _alike(stated: str, others: set[str], pages: Sequence[Page]) -> list[NumberFound]:
    """A number without a label that is the stated one but for one slip."""
    ours = _compact(stated)
    for page in pages:
        for line in page.lines if not page.is_recognised and len(ours) > _LEAST_UNLABELLED else ():
            for match in _WORD.finditer(line.text):
                theirs = _compact(match[0])
                spot = Spot(page, line, match.start(), match.end())
                if theirs in others or len(theirs) != len(ours) or OSA.distance(ours, theirs) != 1:
                    continue
                if not _OTHERS_NUMBER.search(announcement(spot).text):
                    return [NumberFound(match[0].strip(".,;:()"), False, spot)]
    return []
