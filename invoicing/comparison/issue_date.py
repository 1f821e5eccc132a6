"""The issue date (BT-2): is it printed in any form, and does the date announced as the invoice's say something else?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from rapidfuzz.distance import OSA

from invoicing.comparison.labels import LABELS
from invoicing.comparison.printed import Page, Spot, announcement, headers, is_bare, sentence
from invoicing.comparison.result import State, TermComparison, judged
from invoicing.comparison.totals import Terms
from invoicing.text_values import dates

ISSUE_DATE: Final = "BT-2"
_OTHER_TERMS: Final = ("BT-7", "BT-9", "BT-26", "BT-72", "BT-73", "BT-74", "BT-134", "BT-135")
_SURE_WEIGHT: Final = 0.95
_SURE, _LIKELY, _LONE, _OTHER = 3, 2, 1, 0
_OTHER_DATE = re.compile(
    r"liefer(?!- ?(?:und|u\.|/) ?rechnung)|leistung|bestell|auftrag|fallig|zahl|gultig|\bgeb|stand\b|skonto|vertrag|"
    r"angebot|druck|\bbis\b|\bab\b|zeitraum|period|delivery|due|order|echeance|livraison|commande|debut|\bfin\b|"
    r"associee|versand|ubergabe|ruckgabe"
)
_REFERENCE = re.compile(
    r"\b(?:zu[rm]?|gema(?:ss|s)|betr\w*|bezug\w*|ursprung\w*|vorherig\w*|original\w*|abschlag\w*)\b"
)
_TIME_AFTER = re.compile(r"\s?[,/]?\s?\d{1,2}:\d{2}|\s+(?:um|zeit)\b|\s?uhr|\s?(?:-|–|bis)\s?\d", re.IGNORECASE)
_PLACE = re.compile(r"(?:[a-z][a-z .-]{2,40},?\s(?:den\s|le\s)?|den\s|le\s)?")
_MISREAD_DIGITS: Final = 2
_MOST_LABEL_WORDS: Final = 3
_CLOSE_BY_DAYS: Final = 7
_HEAD_SHARE: Final = 0.5
"""Letters are dated in the upper half of their first page."""


@dataclass(frozen=True)
class DateFound:
    """A printed date in ISO readings, likeliest first, and how surely it is announced as the date of the invoice."""

    readings: tuple[str, ...]
    rank: int
    spot: Spot


def compare_issue_date(terms: Terms, pages: Sequence[Page]) -> TermComparison:
    """BT-2; not comparable where the XML has no calendar date or the pages show no date of issue."""
    stated = next((text for bt, text in terms if bt == ISSUE_DATE), "")
    if not _is_iso(stated):
        return TermComparison(ISSUE_DATE, State.NOT_COMPARABLE)
    found = list(_dates(terms, pages))
    others = {text for bt, text in terms if bt in _OTHER_TERMS}
    is_printed = any(stated in one.readings for one in found)
    objections = [
        one
        for one in _objections(found, stated, others, is_printed=is_printed)
        if not one.spot.page.is_recognised or OSA.distance(one.readings[0], stated) > _MISREAD_DIGITS
    ]
    contradictions = [(one.readings[0], one.spot.place) for one in objections]
    return judged(ISSUE_DATE, stated, is_printed=is_printed, contradictions=contradictions)


def _is_iso(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _objections(found: Sequence[DateFound], stated: str, others: set[str], *, is_printed: bool) -> Iterator[DateFound]:
    """What the surest kind of announcement on the pages says, if it is not the stated date."""
    for rank in (_SURE, _LIKELY) if is_printed else (_SURE, _LIKELY, _LONE, _OTHER):
        of_rank = [one for one in found if one.rank == rank]
        if rank == _SURE and of_rank:
            yield from (one for one in of_rank if stated not in one.readings)
            yield from (one for one in found if one.rank == _LONE and _is_slip(one, stated, others))
            return
        if any(stated in one.readings for one in of_rank):
            return
        of_rank = [one for one in of_rank if not others.intersection(one.readings)]
        if rank == _OTHER:
            of_rank = [one for one in of_rank if _is_in_head(one.spot) and not _is_of_another_kind(one.spot)]
            of_rank = [one for one in of_rank if _is_near(one.readings[0], stated)]
        if of_rank:
            yield of_rank[0]
            return


def _is_slip(one: DateFound, stated: str, others: set[str]) -> bool:
    """A date of the letter that is no day close by, as that of a print may be, but the same digits changed."""
    days = abs((date.fromisoformat(one.readings[0]) - date.fromisoformat(stated)).days)
    return days > _CLOSE_BY_DAYS and one.readings[0] not in others and _is_near(one.readings[0], stated)


def _is_near(printed: str, stated: str) -> bool:
    """One digit other, or two digits, or day and month swapped."""
    differing = [at for at in range(10) if printed[at] != stated[at]]
    return len(differing) == 1 or sorted(printed) == sorted(stated)


def _dates(terms: Terms, pages: Sequence[Page]) -> Iterator[DateFound]:
    spots = [
        (value.value, Spot(page, line, value.start, value.end))
        for page in pages
        for line in page.lines
        for value in dates(line.text)
    ]
    is_american = ("BT-5", "USD") in terms or any(_is_month_first(value, spot.text) for value, spot in spots)
    for value, spot in spots:
        swapped = f"{value[:4]}-{value[8:]}-{value[5:7]}"
        both = is_american and "/" in spot.text and _is_iso(swapped)
        yield DateFound((value, swapped) if both else (value,), _rank(spot), spot)


def _is_month_first(value: str, printed: str) -> bool:
    return "/" in printed and printed.split("/")[0].lstrip("0") == value[5:7].lstrip("0") and int(value[8:]) > 12


def _rank(spot: Spot) -> int:
    if _TIME_AFTER.match(spot.line.text, spot.end):
        return _OTHER
    label = announcement(spot).text or _header(spot)
    weight = _weight(label) or _weight(sentence(spot))
    if weight >= _SURE_WEIGHT:
        return _SURE
    if weight and _is_in_head(spot) and not _OTHER_DATE.search(label):
        return _LIKELY
    is_announced = label.rstrip().endswith(":") or _is_of_another_kind(spot)
    return _LONE if _is_in_head(spot) and not is_announced and _stands_alone(spot) else _OTHER


def _is_of_another_kind(spot: Spot) -> bool:
    """By its label, or because it stands in a sentence."""
    if len(announcement(spot).text.split()) > _MOST_LABEL_WORDS:
        return True
    return bool(_OTHER_DATE.search(f"{announcement(spot).text} {sentence(spot)} {_header(spot)}"))


def _header(spot: Spot) -> str:
    return next((header.folded for header in headers(spot)), "")


def _weight(label: str) -> float:
    """How surely a label that ends in the words for it, and speaks of no other document, means the issue date."""
    weight = 0.0
    for entry in LABELS["issue_date"]:
        for match in entry.pattern.finditer(label):
            tail = label[match.end() :]
            if is_bare(tail) and not any(char.isdigit() for char in tail) and not _REFERENCE.search(label):
                weight = max(weight, entry.weight)
    return weight


def _is_in_head(spot: Spot) -> bool:
    lines = spot.page.lines
    share = (spot.line.middle - lines[0].middle) / max(lines[-1].middle - lines[0].middle, 1.0)
    return spot.page.number == 1 and share <= _HEAD_SHARE


def _stands_alone(spot: Spot) -> bool:
    """The date of a letter: nothing in its cell but a place."""
    cell = next(cell for cell in spot.page.cells[spot.line.number] if cell.start <= spot.start < cell.end)
    before = spot.part(cell.start, spot.start).folded
    return bool(_PLACE.fullmatch(before)) and spot.end >= cell.end
