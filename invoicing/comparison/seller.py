"""The seller's name (BT-27): do the pages name the seller of the XML, and if not, whom do they name instead?

Names are compared by their words: case, accents, punctuation, line breaks and a missing legal form do not matter; two
legal forms that exclude each other do.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rapidfuzz.distance import OSA

from invoicing import parties
from invoicing.comparison.printed import Page, Spot, below
from invoicing.comparison.result import State, TermComparison, judged
from invoicing.comparison.totals import Terms
from invoicing.labels import COMPANY, SECTIONS
from invoicing.page_layout import fold
from invoicing.readings import Place

SELLER: Final = "BT-27"
_OTHER_NAMES: Final = ("BT-28", "BT-30", "BT-33", "BT-41", "BT-44", "BT-45", "BT-56", "BT-59", "BT-62", "BT-70")
_SPELLINGS: Final = (
    (re.compile(r"gesellschaft mit beschrankter haftung"), "gmbh"),
    (re.compile(r"aktiengesellschaft"), "ag"),
    (re.compile(r"kommanditgesellschaft"), "kg"),
    (re.compile(r"eingetragene[rn]? verein"), "ev"),
    (re.compile(r"\b([a-z])\. ?([a-z])\. ?([a-z])\."), r"\1\2\3"),
    (re.compile(r"\b([a-z])\. ?([a-z])\."), r"\1\2"),
    (re.compile(r"([aou])e"), r"\1"),
    (re.compile(r"ss"), "s"),
    (re.compile(r"&|\+|\b(?:und|and|et)\b"), " "),
)
_FORMS: Final = frozenset(
    re.findall(
        r"\w+",
        "gmbh ggmbh mbh ag kg kgaa ohg gbr ug eg ev ek partg co ltd limited inc llc plc sarl sas sa bv nv srl spa",
    )
)
_WORD = re.compile(r"[a-z0-9]+")
_HEADING: Final = dict(SECTIONS)["seller"]
_LEAST_LETTERS: Final = 3
_ALIKE: Final = 0.75
"""Share of letters that agree in a garbled name."""
_GARBLED: Final = 2
_ADDRESS_LINES: Final = 3
"""A name stands at most this many lines above its street."""
_NO_NAME = re.compile(r"www\.|https?:|@")
_SENDER_PARTS: Final = re.compile(r"\s[·●•|*]\s?|\s[-–]\s|,\s")


@dataclass(frozen=True)
class Name:
    """Words of a name, legal forms aside, and the legal forms that it carries ("Co." not counted)."""

    core: tuple[str, ...]
    forms: frozenset[str]

    @cached_property
    def letters(self) -> str:
        """The words as one."""
        return "".join(self.core)


def compare_seller(terms: Terms, pages: Sequence[Page]) -> TermComparison:
    """BT-27; not comparable where no page names a seller in words."""
    stated = next((text.strip() for bt, text in terms if bt == SELLER), "")
    name = _name(_words(stated))
    if len(name.letters) < _LEAST_LETTERS:
        return TermComparison(SELLER, State.NOT_COMPARABLE)
    others = [_name(_words(text)) for bt, text in terms if bt in _OTHER_NAMES]
    is_printed = any(_names(page, text, name) for page in pages for text in _texts(page))
    found = [*_under_heading(pages), *_labelled(pages, is_printed=is_printed)]
    found += _garbled(name, pages, is_printed=is_printed)
    if not is_printed:
        found += list(_at_the_street(terms, pages))
    objections = [(text, place) for text, place in found if _is_another(_name(_words(text)), name, others)]
    objections = objections if is_printed else objections[:1]
    return judged(SELLER, " ".join(stated.split()), is_printed=is_printed, contradictions=objections)


def _words(text: str) -> list[str]:
    folded = fold(text)
    for pattern, replacement in _SPELLINGS:
        folded = pattern.sub(replacement, folded)
    return _WORD.findall(folded)


def _name(words: Sequence[str]) -> Name:
    forms = frozenset(word for word in words if word in _FORMS)
    return Name(tuple(word for word in words if word not in forms) or tuple(words), forms - {"co"})


def _texts(page: Page) -> Iterator[str]:
    """The lines, and each cell with those that continue it below."""
    for number, line in enumerate(page.lines):
        yield line.text
        for cell in page.cells[number]:
            yield from _continued(cell)


def _continued(cell: Spot) -> Iterator[str]:
    for under in below(cell):
        yield f"{cell.text} {under.text}"
        yield from (f"{cell.text} {under.text} {last.text}" for last in below(under))


def _names(page: Page, text: str, name: Name) -> bool:
    """Whether the text holds the name with no other legal form; on a picture some letters may be misread."""
    words = _words(text)
    for first, last in _windows(words, name):
        letters = "".join(words[first:last])
        similarity = OSA.normalized_similarity(letters, name.letters)
        if similarity == 1.0 or (page.is_recognised and similarity >= _ALIKE):
            forms = _forms_behind(words, last)
            if not forms or not name.forms or forms <= name.forms or name.forms <= forms:
                return True
    return False


def _windows(words: Sequence[str], name: Name) -> Iterator[tuple[int, int]]:
    """Stretches of words about as long as the name."""
    slack = max(_GARBLED, len(name.letters) // 4)
    for first in range(len(words)):
        length = 0
        for last in range(first + 1, min(len(words), first + len(name.core) + 4) + 1):
            length += len(words[last - 1])
            if length > len(name.letters) + slack:
                break
            if length >= len(name.letters) - slack:
                yield first, last


def _forms_behind(words: Sequence[str], at: int) -> frozenset[str]:
    behind = []
    for word in words[at : at + 4]:
        if word not in _FORMS:
            break
        behind.append(word)
    return frozenset(behind) - {"co"}


def _is_another(found: Name, stated: Name, others: Sequence[Name]) -> bool:
    """Neither the stated name, nor a part of it or more than it, nor anybody else whom the XML names."""
    is_part = set(found.core) <= set(stated.core) or set(stated.core) <= set(found.core)
    if is_part and not _exclude_each_other(found.forms, stated.forms):
        return False
    return bool(set(found.core) - _FORMS) and not any(set(other.core) <= set(found.core) for other in others)


def _exclude_each_other(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    return bool(ours and theirs and not ours <= theirs and not theirs <= ours)


def _under_heading(pages: Sequence[Page]) -> Iterator[tuple[str, Place]]:
    """The company under a heading for the seller, where headings stand side by side."""
    for page in pages:
        for cell in (cell for cells in page.cells for cell in cells if _HEADING.match(cell.folded)):
            column = [cell]
            for _ in range(_ADDRESS_LINES):
                column = [under for over in column[-1:] for under in below(over)][:1]
                if column and COMPANY.search(column[0].folded):
                    yield column[0].text, column[0].place
                    break


def _labelled(pages: Sequence[Page], *, is_printed: bool) -> Iterator[tuple[str, Place]]:
    """Names at the seller's place, surest first: under a heading, in the sender line, at the top of the letter.

    Where the stated name is printed too, only what cannot be anybody else's counts.
    """
    for page in pages[:1]:
        readings = parties.readings(page.lines, page.number, parties.sections(page.lines))
        for reading in sorted(readings, key=lambda reading: -reading.score):
            is_company = bool(COMPANY.search(fold(reading.value)))
            is_named = "section" in reading.witnesses and "label" in reading.witnesses
            is_certain = is_named or (is_company and not {"section", "sender-line"}.isdisjoint(reading.witnesses))
            if reading.field == "seller_name" and reading.place and (is_certain or (is_company and not is_printed)):
                yield reading.value, reading.place


def _garbled(name: Name, pages: Sequence[Page], *, is_printed: bool) -> Iterator[tuple[str, Place]]:
    """Copies of the name but for a few letters: a whole part of a line, several words, or with a legal form behind."""
    for page in pages:
        for cell, text in _parts(page) if not page.is_recognised else ():
            words = _words(text)
            for first, last in _windows(words, name):
                letters = "".join(words[first:last])
                is_name = len(name.core) > 1 or _forms_behind(words, last)
                is_close = is_printed or not is_name
                if (is_name or last - first == len(words)) and _is_garbled(letters, name, is_close=is_close):
                    yield text.strip(" :,;"), cell.place
                    return


def _parts(page: Page) -> Iterator[tuple[Spot, str]]:
    """The cells, their parts between separators, and each cell with the one that continues it below."""
    for cells in page.cells:
        for cell in cells:
            texts = [*_SENDER_PARTS.split(cell.text), cell.text, *_continued(cell)]
            yield from ((cell, text) for text in texts if not _NO_NAME.search(text))


def _is_garbled(letters: str, name: Name, *, is_close: bool) -> bool:
    if letters == name.letters:
        return False
    return OSA.distance(letters, name.letters) <= (_GARBLED if is_close else (1 - _ALIKE) * len(name.letters))


def _at_the_street(terms: Terms, pages: Sequence[Page]) -> Iterator[tuple[str, Place]]:
    """Whoever is named where the seller's street is printed: before it on the line, or right above it."""
    street = "".join(_words(next((text for bt, text in terms if bt == "BT-35"), "")))
    for page in pages if len(street) >= _LEAST_LETTERS else ():
        for cells in page.cells:
            for cell in cells:
                if street not in "".join(_words(cell.text)):
                    continue
                before = _SENDER_PARTS.split(cell.text)[0]
                if street not in "".join(_words(before)):
                    yield before, cell.place
                yield from ((above.text, above.place) for above in _above(cell))


def _above(cell: Spot) -> Iterator[Spot]:
    """The cells above with the same left edge that name a company, nearest first."""
    for number in range(cell.line.number - 1, max(-1, cell.line.number - 1 - _ADDRESS_LINES), -1):
        for other in cell.page.cells[number]:
            if abs(other.span.x0 - cell.span.x0) < cell.line.height and COMPANY.search(other.folded):
                yield other
