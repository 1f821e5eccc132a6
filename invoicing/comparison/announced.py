"""Printed amounts with the kind of total that the page announces: by the words beside them or by the column header."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from invoicing.comparison.figures import Figure, currency_named, figures
from invoicing.comparison.labels import LABELS
from invoicing.comparison.printed import Page, Spot, announcement, headers, is_bare, overlapping

_INCLUDING = re.compile(r"\b(?:inkl|incl)")
_SAYS_GROSS = re.compile(r"brutto|inkl|incl|ttc|grand")
_SAYS_NET = re.compile(r"\b(?:exkl|excl|ohne|zzgl|netto|ht)\b")
_SUM = re.compile(r"gesamt|summe|total|betrag|montant|somme|amount|solde|saldo|bedrag")
_RATE = re.compile(r"(?<!\d)(?<!\d )%[\s:]*$")
"""The words announce a percentage, not an amount with its rate."""
_HEADS_A_TOTAL = re.compile(r"rechnungs|zahl|end|zu zahl|fallig|offen|amount due|balance|invoice total|net a payer")
"""Above a column of prices no table of items says so."""
_LONGEST_HEADER: Final = 40


@dataclass(frozen=True)
class Announced:
    """A printed number and its label.

    `kind`: net, tax, gross, payable, total (a sum, of whatever) or None. `is_exact`: the label says nothing else.
    `is_beside`: it stands left of the number, not above it.
    """

    figure: Figure
    kind: str | None
    is_exact: bool
    is_beside: bool
    label: str

    def equals(self, value: Decimal) -> bool:
        """Whether it can be read as this amount of cents; a unit price has more decimals."""
        return any(reading == value and int(reading.as_tuple().exponent) >= -2 for reading in self.figure.values)

    @property
    def currency(self) -> str | None:
        """As named beside the number or in its label."""
        return self.figure.currency or currency_named(self.label)


def announced_amounts(pages: Sequence[Page]) -> Iterator[Announced]:
    """Every number on the pages."""
    rows: dict[int, list[Figure]] = {}
    found = list(figures(pages))
    for one in found:
        rows.setdefault(id(one.spot.line), []).extend([one] if one.is_money else [])
    for one in found:
        yield _announced(one, rows[id(one.spot.line)])


def _announced(figure: Figure, row: Sequence[Figure]) -> Announced:
    """By the words left of it; without such words, and in a row of several amounts, rather by the header above.

    In a row without headers words count that plainly say what follows, and words before all amounts for the last one.
    """
    beside = announcement(figure.spot)
    kind, is_exact = kind_of(beside.text)
    if figure.is_money and (kind is None or beside.is_behind_figure or len(row) > 1):
        for header in headers(figure.spot):
            above = _kind_of_header(header, figure.spot) if header.end - header.start <= _LONGEST_HEADER else None
            if above:
                return Announced(figure, *above, False, header.folded)
    is_exact = is_exact and not beside.is_behind_figure
    is_for_row = beside.start < row[0].spot.start and figure is row[-1] if len(row) > 1 else True
    return Announced(figure, kind if is_exact or is_for_row else None, is_exact, True, beside.text)


def _kind_of_header(header: Spot, value: Spot) -> tuple[str, bool] | None:
    """In a row that names the net amount and more, or by words that head a total; a label with its own amount is none.

    Of two headers that stand close together the words right above the value count.
    """
    row = header.page.cells[header.line.number]
    right_above = overlapping(header, value)
    text = right_above if kind_of(right_above)[0] else header.folded
    kind, is_exact = kind_of(text)
    if kind is None or "%" in text or any(is_bare(cell.folded) and _has_digit(cell) for cell in row):
        return None
    beside = {kind_of(word)[0] for cell in row for word in (cell.folded, *cell.folded.split())}
    if _HEADS_A_TOTAL.match(text) or ("net" in beside and beside & {"tax", "gross", "total"}):
        return kind, is_exact
    return None


def _has_digit(cell: Spot) -> bool:
    return any(char.isdigit() for char in cell.text)


@lru_cache(maxsize=4096)
def kind_of(label: str) -> tuple[str | None, bool]:
    """Which total a folded label announces, and whether it says nothing else; a mere word for a sum is `total`."""
    text = label.replace("beitrag", "betrag")
    if _RATE.search(text):
        return None, False
    best: tuple[bool, bool, int, str] | None = None
    for kind in ("net", "tax", "gross", "payable"):
        for entry in LABELS[kind]:
            for match in entry.pattern.finditer(text):
                is_exact = is_bare(text[: match.start()]) and is_bare(text[match.end() :])
                rank = (is_exact, _INCLUDING.search(match[0]) is not None, match.end() - match.start(), kind)
                best = max(best, rank) if best else rank
    if best is None:
        return ("total", False) if _SUM.search(text) else (None, False)
    kind = best[-1]
    if kind == "gross" and not _SAYS_GROSS.search(text):
        kind = "net" if _SAYS_NET.search(text) else "total"
    return kind, best[0]
