"""Net, tax, gross and payable: is the amount of the XML printed, and does a labelled amount contradict it?

An amount that the XML gives for something else (a line, a rate, an allowance) or that follows from such amounts is
explained and no objection: a misread label alone raises no alarm. An amount that nothing explains, under the label of
a total, is one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Final

from rapidfuzz.distance import OSA

from invoicing.comparison.announced import Announced, announced_amounts
from invoicing.comparison.figures import CENT, Figure
from invoicing.comparison.printed import Page
from invoicing.comparison.result import TermComparison, judged
from invoicing.comparison.totals import GROSS, NET, PAYABLE, TAX, Totals

_TERMS: Final = {"net": NET, "tax": TAX, "gross": GROSS, "total": GROSS, "payable": PAYABLE}
_ANYWHERE: Final = r"lohn|arbeitsk|skonto|escompte|vorjahr|vormonat|letzte|35 ?a|angebot|verzug|mahn"
_NO_TAX = re.compile(_ANYWHERE)
_NO_TOTAL = re.compile(
    rf"{_ANYWHERE}|davon|darin|enthalt|anteil|rabatt|nachlass|abschlag|zuschlag|\braten?\b|basis|bemessung|"
    r"pfand|gutschein|bisher|guthaben|\bpro\b|\bje\b|einzel|stuck|mindest|kredit|limit|"
    r"versicherungssumme|kapital|capital|gezahlt|bezahlt|erhalten|anzahlung|acompte|deja|prepaid|already|versand|"
    r"fracht|porto|vertrag|auftragssumme|freibetrag"
)
_SUBTOTAL = re.compile(r"\bseite\b|\bpage\b|position|zwischen|subtotal|\bteil|ubertrag|titel|\blos\b|gruppe|warenwert")
"""May be the net amount; never an objection to one that is printed elsewhere."""
_INSURANCE_TAX = re.compile(r"versicherungs?steuer")
"""No value-added tax: some invoices state it as BT-110, others state none."""
_ANCHOR_LINES: Final = 12
"""An objection stands this near to another total of the invoice, where one is printed at all."""
_MOST_PARTS: Final = 8
_CLEAR: Final = 0.85
_MISREAD_DIGITS: Final = 2


def compare_amounts(totals: Totals, pages: Sequence[Page]) -> list[TermComparison]:
    """Each stated total; the largest danger first."""
    own = (None, totals.currency) if totals.currency else ()
    found = [one for one in announced_amounts(pages) if not own or one.currency in own]
    objector = _Objector(totals, found)
    return [objector.compared(bt) for bt in (GROSS, PAYABLE, NET, TAX) if bt in totals.stated]


@dataclass(frozen=True)
class _Objector:
    """The totals of the XML against all numbers that the pages print."""

    totals: Totals
    found: Sequence[Announced]

    def compared(self, term: str) -> TermComparison:
        """The state of one total and what contradicts it."""
        value = self.totals.stated[term]
        printed = [one for one in self.found if one.equals(value) and (value or self._term(one) == term)]
        is_announced = any(one.kind for one in printed)
        objections = [one for one in self.found if self._objects(one, term, is_announced=is_announced)]
        parts = _parts(objections, value)
        objections = [one for one in objections if one not in parts]
        if is_announced or any(self._is_announced(bt) for bt in self.totals.stated if bt != term):
            objections = [one for one in objections if self._is_among_totals(one)]
        if printed:
            objections = [one for one in objections if one.is_exact or is_near(one.figure, value)]
            objections = [one for one in objections if not _SUBTOTAL.search(one.label)]
        elif not objections:
            objections = self._unlabelled(term)
        surest = [one for one in objections if one.is_exact] or objections[:1]
        contradictions = [(one.figure.value, one.figure.spot.place) for one in surest]
        return judged(term, format(value, "f"), is_printed=bool(printed or parts), contradictions=contradictions)

    def _term(self, one: Announced) -> str | None:
        """Which term the amount would be.

        A mere "total" belongs to the amount that it resembles, else to the gross amount, but to the net amount where
        that is the one that no label of a total announces.
        """
        if one.kind is None:
            return None
        term = _TERMS[one.kind]
        if one.kind == "total":
            for bt in (GROSS, PAYABLE, NET, TAX):
                value = self.totals.stated.get(bt)
                if value and (one.equals(value) or is_near(one.figure, value)):
                    return bt
            if self._is_announced(GROSS) and not self._is_announced(NET):
                term = NET
        if term == PAYABLE and PAYABLE not in self.totals.stated:
            term = GROSS
        return term if term in self.totals.stated else None

    def _is_announced(self, term: str) -> bool:
        value = self.totals.stated.get(term, Decimal(0))
        return value >= 1 and any(one.kind not in (None, "tax") and one.equals(value) for one in self.found)

    def _objects(self, one: Announced, term: str, *, is_announced: bool) -> bool:
        """Whether the amount stands under the label of the term and has no other meaning.

        Where no label announces the stated amount, words that plainly say net, tax or gross beside an amount outweigh
        that some line of the invoice has the same amount.
        """
        if self._term(one) != term or not _may_be_amount(one):
            return False
        is_plain = one.is_exact and one.is_beside and one.kind != "total" and not _SUBTOTAL.search(one.label)
        return self._is_unexplained(one, term, is_of_line_excused=is_announced or not is_plain)

    def _is_unexplained(self, one: Announced, term: str, *, is_of_line_excused: bool) -> bool:
        value, label = self.totals.stated[term], one.label
        if one.equals(value) or (_NO_TAX if one.kind == "tax" else _NO_TOTAL).search(label):
            return False
        if term == TAX and not value and _INSURANCE_TAX.search(label):
            return False
        if one.figure.spot.page.is_recognised and _may_be_misread(one, value):
            return False
        readings = [reading.quantize(CENT) for reading in one.figure.values]
        return not any(self.totals.explains(term, reading, of_line=is_of_line_excused) for reading in readings)

    def _is_among_totals(self, one: Announced) -> bool:
        page, line = one.figure.spot.page.number, one.figure.spot.line.number
        return any(
            other is not one
            and other.figure.spot.page.number == page
            and abs(other.figure.spot.line.number - line) <= _ANCHOR_LINES
            and any(value >= 1 and other.equals(value) for value in self.totals.stated.values())
            for other in self.found
        )

    def _unlabelled(self, term: str) -> list[Announced]:
        """What must be meant where no label says so: the value that a sum of the XML demands, or one that is alike."""
        value = self.totals.stated[term]
        money = [one for one in self.found if one.figure.is_money and (one.kind == "tax") <= (term == TAX)]
        repairs = self.totals.repairs[term] if term != PAYABLE else ()
        demanded = [one for one in money if any(one.equals(repair) for repair in repairs if repair)]
        alike = [one for one in money if is_near(one.figure, value)]
        alike = [one for one in alike if self._is_unexplained(one, term, is_of_line_excused=True)]
        return (demanded or alike)[:1]


def _may_be_amount(one: Announced) -> bool:
    """Money, or behind a plain label something that was meant to be."""
    return one.figure.is_money or (one.is_exact and not one.figure.spot.text.isdigit())


def _may_be_misread(one: Announced, value: Decimal) -> bool:
    """Of a picture only clear words count, and amounts that no slip of the reader explains."""
    is_clear = one.is_exact and one.figure.spot.span.confidence >= _CLEAR and bool(one.figure.values)
    return not is_clear or OSA.distance(_digits(one.figure.values[0]), _digits(value)) <= _MISREAD_DIGITS


def _parts(objections: Sequence[Announced], value: Decimal) -> list[Announced]:
    """Amounts that together make the value: the tax of each rate where no total of the taxes is printed."""
    money = [one for one in objections if one.figure.values][:_MOST_PARTS]
    for size in range(2, len(money) + 1):
        for chosen in combinations(money, size):
            if sum(one.figure.values[0] for one in chosen) == value:
                return list(chosen)
    return []


def is_near(figure: Figure, value: Decimal) -> bool:
    """One slip apart: a digit other, more or less, two swapped, a separator moved, a few cents."""
    if not figure.values or value < 1:
        return False
    printed = figure.values[0]
    ours, theirs = _digits(value), _digits(printed)
    if ours.rstrip("0") == theirs.rstrip("0"):
        return True
    return abs(printed - value) <= 2 * CENT or (len(ours) >= 4 and OSA.distance(ours, theirs) == 1)


def _digits(value: Decimal) -> str:
    return format(value.quantize(CENT), "f").replace(".", "")
