"""Net, tax, gross and payable of a printed invoice: labelled amounts, tried together until they add up.

The sum alone proves little (it held for wrong amounts in 5 of 51 cases measured): a second witness, the label or a
usual tax rate, is asked for.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product
from typing import Final

from invoicing.labels import LABELS
from invoicing.page_layout import Line, Span
from invoicing.readings import Place, Reading, best
from invoicing.text_values import Value, amounts

FIELDS: Final = frozenset({"net", "tax", "gross", "payable", "_amount"})
USUAL_RATES: Final = (Decimal("0.07"), Decimal("0.19"), Decimal("0.05"), Decimal("0.16"), Decimal("0.20"))
_HIGHEST_RATE: Final = Decimal("0.27")
"""Highest standard rate of value-added tax in the European Union."""
_CENT: Final = Decimal("0.01")
_MOST_CANDIDATES: Final = 8
_LINES_BELOW: Final = 8.0
_SUM = ("net", "tax", "gross")


def readings(lines: Sequence[Line], page: int) -> Iterator[Reading]:
    """Amounts that a label announces, right of it or in its column below, and every other amount as `_amount`."""
    for line in lines:
        for value in amounts(line.text):
            yield _reading("_amount", line, value, page, 0.3, ())
    for field in ("net", "tax", "gross", "payable"):
        for line in lines:
            folded = line.folded
            for label in LABELS[field]:
                for match in label.pattern.finditer(folded):
                    yield from _labelled(field, label.weight, lines, line, (match.start(), match.end()), page)


def _labelled(
    field: str, weight: float, lines: Sequence[Line], line: Line, label: tuple[int, int], page: int
) -> Iterator[Reading]:
    right = [value for value in amounts(line.text) if value.start >= label[1] - 1]
    for rank, value in enumerate(right):
        near = 1.0 if rank in (0, len(right) - 1) else 0.9
        yield _reading(field, line, value, page, weight * (1.0 if len(right) == 1 else 0.9 * near), ("label",))
    if not right:
        yield from _in_column(field, weight, lines, line, line.span(*label), page)


def _in_column(
    field: str, weight: float, lines: Sequence[Line], line: Line, label: Span, page: int
) -> Iterator[Reading]:
    for below in lines[line.number + 1 :]:
        if below.middle - line.middle > _LINES_BELOW * max(line.height, below.height):
            return
        for value in amounts(below.text):
            span = below.span(value.start, value.end)
            if span.x0 < label.x1 and span.x1 > label.x0:
                yield _reading(field, below, value, page, weight * 0.85, ("label",))


def _reading(field: str, line: Line, value: Value, page: int, weight: float, witnesses: tuple[str, ...]) -> Reading:
    span = line.span(value.start, value.end)
    return Reading(field, value.value, weight * span.confidence**0.5, Place(page, span.box), witnesses)


def choose(candidates: Sequence[Reading]) -> dict[str, Reading]:
    """The amounts that fit together best; without a sum that works out, the best labelled ones."""
    by_field = {field: _strongest(candidates, field) for field in (*_SUM, "payable")}
    pool = _strongest(candidates, "_amount", count=60)
    chosen = _proven(by_field, pool) or _one_field_each(by_field)
    payable = _payable(best(by_field["payable"]).get("payable"), chosen.get("gross"))
    return {**chosen, "payable": payable} if payable else chosen


def _payable(labelled: Reading | None, gross: Reading | None) -> Reading | None:
    """What its own label says, with the proof of the gross amount if it is the same; else the gross amount itself."""
    if gross is None or (labelled and labelled.value != gross.value):
        return labelled
    proofs = ("gross", *(name for name in gross.witnesses if name != "label"))
    if labelled:
        return labelled.but(score=max(labelled.score, gross.score), witnesses=(*labelled.witnesses, *proofs))
    return Reading("payable", gross.value, gross.score * 0.95, gross.place, proofs)


def _one_field_each(by_field: dict[str, list[Reading]]) -> dict[str, Reading]:
    """The best labelled amount of each field; an amount that two labels claim goes to the stronger one."""
    chosen: dict[str, Reading] = {}
    claims = sorted((reading for name in _SUM for reading in by_field[name]), key=lambda reading: -reading.score)
    for claim in claims:
        if claim.field not in chosen and all(claim.place != other.place for other in chosen.values()):
            chosen[claim.field] = claim
    return chosen


def _strongest(candidates: Sequence[Reading], field: str, *, count: int = _MOST_CANDIDATES) -> list[Reading]:
    """The best reading of each value, strongest first; of equals the later one (totals stand at the end)."""
    of_value: dict[str, Reading] = {}
    for reading in candidates:
        if reading.field == field and (reading.value not in of_value or reading.score >= of_value[reading.value].score):
            of_value[reading.value] = reading
    newest_first = list(of_value.values())[::-1]
    return sorted(newest_first, key=lambda reading: -reading.score)[:count]


def _proven(by_field: dict[str, list[Reading]], pool: list[Reading]) -> dict[str, Reading] | None:
    """Net, tax and gross that add up, at least two of them labelled; the strongest, and of those the largest.

    Size decides because every rate and every page may carry a sum of its own that adds up as well.
    """
    triples = []
    for missing in (None, *_SUM):
        lists = [pool if name == missing else by_field[name] for name in _SUM]
        triples += [triple for triple in product(*lists) if _adds_up(triple)]
    largest = max((abs(Decimal(triple[2].value)) for triple in triples), default=Decimal(0))
    if not largest:
        return None
    return _as_proven(max(triples, key=lambda triple: _strength(triple, largest)))


def _adds_up(triple: tuple[Reading, ...]) -> bool:
    """Whether net + tax = gross with a possible tax; a zero tax must be labelled, else every amount proves itself."""
    net, tax, gross = (Decimal(reading.value) for reading in triple)
    if net == 0 or net + tax != gross or len({reading.place for reading in triple}) < len(triple):
        return False
    return 0 <= tax / net <= _HIGHEST_RATE and (tax != 0 or triple[1].field == "tax")


def _strength(triple: tuple[Reading, ...], largest: Decimal) -> float:
    net, tax, gross = (Decimal(reading.value) for reading in triple)
    size = float(abs(gross) / largest)
    return sum(reading.score for reading in triple) + 0.4 * has_usual_rate(net, tax) + 3.0 * size


def has_usual_rate(net: Decimal, tax: Decimal) -> bool:
    """Whether the tax is the net times one usual rate, within the rounding of a few lines."""
    return net != 0 and any(abs(net * rate - tax) <= 2 * _CENT for rate in USUAL_RATES)


def _as_proven(triple: tuple[Reading, ...]) -> dict[str, Reading]:
    """The three with what proves them: `arithmetic` only beside a second witness, a usual rate or all three labels."""
    usual = has_usual_rate(Decimal(triple[0].value), Decimal(triple[1].value))
    all_labelled = all(reading.witnesses for reading in triple) and Decimal(triple[1].value) != 0
    proofs = (("arithmetic",) if usual or all_labelled else ()) + (("tax-rate",) if usual else ())
    proven = {}
    for name, reading in zip(_SUM, triple, strict=True):
        raised = reading.score + (1 - reading.score) * (0.7 if usual else 0.5) if reading.witnesses else 0.75
        proven[name] = Reading(name, reading.value, raised, reading.place, (*reading.witnesses, *proofs))
    return proven
