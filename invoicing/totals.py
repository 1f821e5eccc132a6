"""Net, tax, gross and payable of a printed invoice: labelled amounts, tried together until they add up.

The sum alone proves little (it held for wrong amounts in 5 of 51 cases measured): a second witness is asked for, the
labels of all three, a usual tax rate, or the positions that sum up to the net amount.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import Final

from invoicing.field_readers import reading
from invoicing.page_layout import Line
from invoicing.pairing import Candidate, Page
from invoicing.readings import Reading, best

FIELDS: Final = frozenset({"net", "tax", "gross", "payable", "_amount"})
USUAL_RATES: Final = tuple(Decimal(rate) / 100 for rate in (19, 7, 16, 5, 20, 10))
_HIGHEST_RATE: Final = Decimal("0.27")
"""Highest standard rate of value-added tax in the European Union."""
_CENT: Final = Decimal("0.01")
_MOST_CANDIDATES: Final = 8
_POOL: Final = 80
_MOST_POSITIONS: Final = 120
"""Lines above a sum that are looked at."""
_MOST_RATES: Final = 3
_SUM: Final = ("net", "tax", "gross")
_RATE = re.compile(r"(?<!\d)(\d{1,2})(?:[.,]\d{1,2})?\s?%")
_SIZE: Final = 3.0
_FREE_SCORE: Final = 0.3


@dataclass(frozen=True)
class _Sum:
    """Net + taxes = gross; `proofs` say what besides the addition speaks for it."""

    net: Reading
    taxes: tuple[Reading, ...]
    gross: Reading
    proofs: tuple[str, ...]
    strength: float

    @property
    def tax(self) -> Decimal:
        return sum((Decimal(tax.value) for tax in self.taxes), Decimal(0))


def readings(page: Page) -> Iterator[Reading]:
    """Amounts with the fields that their labels name, and each amount once more as `_amount`."""
    for line in page.lines:
        for candidate in page.values_on(line, "amount"):
            positions = ("positions",) if _sums_up(page, candidate) else ()
            yield reading(page, "_amount", line, candidate.value, _FREE_SCORE, *positions)
            pairs = page.pairs(candidate)
            if pairs and pairs[0].field == "other_amount" and pairs[0].place == "right":
                continue
            rate = _rate(line, candidate)
            for pair in pairs:
                if pair.field in FIELDS:
                    by = "label" if pair.place == "right" else "label-above"
                    witnesses = [by, *positions, *([f"rate-{rate}"] if rate and pair.field == "tax" else [])]
                    repaired = 0.6 if "repaired" in candidate.value.witnesses else 1.0
                    yield reading(page, pair.field, line, candidate.value, pair.strength * repaired, *witnesses)


def _rate(line: Line, candidate: Candidate) -> str | None:
    """The last tax rate printed before an amount."""
    found = _RATE.findall(line.text[: candidate.start])
    return str(found[-1]) if found else None


def _sums_up(page: Page, candidate: Candidate) -> bool:
    """Whether the amounts above it at the same right edge, from the nearest upwards, add up to this one."""
    span = candidate.span
    if not span.tokens:
        return False
    wanted, total, count = Decimal(candidate.value.value), Decimal(0), 0
    for line in reversed(page.lines[max(0, candidate.line.number - _MOST_POSITIONS) : candidate.line.number]):
        for other in page.values_on(line, "amount")[-1:]:
            edge = line.span(other.start, other.end)
            if edge.tokens and abs(edge.x1 - span.x1) < 2 * line.height:
                total, count = total + Decimal(other.value.value), count + 1
                if count > 1 and total == wanted:
                    return True
    return False


def choose(candidates: Sequence[Reading]) -> dict[str, Reading]:
    """The amounts that fit together best; without a sum that works out, the best labelled ones."""
    by_field = {field: _strongest(candidates, field) for field in (*_SUM, "payable")}
    pool = _strongest(candidates, "_amount", count=_POOL)
    proven = _best_sum(by_field, pool)
    if proven and _is_part(proven, candidates):
        proven = replace(proven, proofs=tuple(name for name in proven.proofs if name != "arithmetic"))
    chosen = _as_proven(proven) if proven else _completed(_one_field_each(by_field))
    payable = _payable(best(by_field["payable"]).get("payable"), chosen.get("gross"))
    if payable:
        chosen["payable"] = _balanced(payable, chosen.get("gross"), pool)
    if "net" in chosen and "gross" not in chosen and "tax" not in chosen and payable is None:
        chosen["net"] = chosen["net"].but(score=chosen["net"].score * 0.8)
    return chosen


def _balanced(payable: Reading, gross: Reading | None, pool: Sequence[Reading]) -> Reading:
    """Less than the gross amount, and what was paid before is printed as well."""
    if gross is None or payable.value == gross.value or "arithmetic" not in gross.witnesses:
        return payable
    paid = abs(Decimal(gross.value) - Decimal(payable.value))
    return payable.also("balance") if any(abs(Decimal(found.value)) == paid for found in pool) else payable


def _is_part(proven: _Sum, candidates: Sequence[Reading]) -> bool:
    """Whether a larger amount or another tax stands on the pages: one rate or one page adds up as well as the whole."""
    gross = abs(Decimal(proven.gross.value))
    rates = {_rate_of(part) for part in proven.taxes}
    larger = any(abs(Decimal(found.value)) > gross for found in candidates)
    return larger or any(
        found.field == "tax" and _rate_of(found) not in (*rates, None) and Decimal(found.value) != 0
        for found in candidates
        if abs(Decimal(found.value)) < gross and None not in rates
    )


def _payable(labelled: Reading | None, gross: Reading | None) -> Reading | None:
    """What its own label says, with the proof of the gross amount if it is the same; else the gross amount itself."""
    if gross is None or (labelled and labelled.value != gross.value):
        return labelled
    proofs = ("gross", *(name for name in gross.witnesses if not name.startswith("label")))
    if labelled:
        return labelled.but(score=max(labelled.score, gross.score), witnesses=(*labelled.witnesses, *proofs))
    return Reading("payable", gross.value, gross.score * 0.95, gross.place, proofs, gross.clarity)


def _one_field_each(by_field: dict[str, list[Reading]]) -> dict[str, Reading]:
    """The best labelled amount of each field; an amount that two labels claim goes to the stronger one."""
    chosen: dict[str, Reading] = {}
    claims = sorted((claim for name in _SUM for claim in by_field[name]), key=lambda claim: -claim.score)
    for claim in claims:
        if claim.field not in chosen and all(claim.place != other.place for other in chosen.values()):
            chosen[claim.field] = claim
    return chosen


def _completed(chosen: dict[str, Reading]) -> dict[str, Reading]:
    """Two of the three amounts whose rate is a usual one give the third, where it was lost or misread."""
    known = {name: Decimal(found.value) for name, found in chosen.items()}
    for missing, others in (("net", ("tax", "gross")), ("gross", ("net", "tax")), ("tax", ("net", "gross"))):
        if not all(name in known for name in others):
            continue
        net = known["gross"] - known["tax"] if missing == "net" else known["net"]
        tax = known["gross"] - known["net"] if missing == "tax" else known["tax"]
        if net == 0 or tax == 0 or not has_usual_rate(net, tax):
            continue
        value = {"net": net, "tax": tax, "gross": net + tax}[missing]
        rest = {name: chosen[name].also("tax-rate") for name in others}
        clarity = min(found.clarity for found in rest.values())
        computed = Reading(missing, f"{value:.2f}", 0.75 * clarity, None, ("computed", "tax-rate"), clarity)
        return {**chosen, **rest, missing: computed}
    return chosen


def _strongest(candidates: Sequence[Reading], field: str, *, count: int = _MOST_CANDIDATES) -> list[Reading]:
    """The best reading of each value, strongest first; of equals the later one (totals stand at the end)."""
    of_value: dict[str, Reading] = {}
    for found in candidates:
        if found.field == field and (found.value not in of_value or found.score >= of_value[found.value].score):
            of_value[found.value] = found
    newest_first = list(of_value.values())[::-1]
    return sorted(newest_first, key=lambda found: -found.score)[:count]


def _best_sum(by_field: dict[str, list[Reading]], pool: list[Reading]) -> _Sum | None:
    """Net, taxes and gross that add up, at least two of them labelled; the strongest, and of those the largest.

    Size decides because every rate and every page may carry a sum of its own that adds up as well.
    """
    taxes = _taxes(by_field["tax"], pool)
    grosses = {found.value: found for found in (*by_field["payable"], *by_field["gross"])}
    sums: list[_Sum] = []
    known = list(grosses.values())
    for nets, totals in ((by_field["net"], known), (pool, known), (by_field["net"], pool)):
        for net in nets:
            for gross in totals:
                sums.extend(_sums(net, gross, taxes))
    if not sums:
        return None
    largest = max(abs(Decimal(found.gross.value)) for found in sums)
    return max(sums, key=lambda found: found.strength + _SIZE * float(abs(Decimal(found.gross.value)) / largest))


def _taxes(labelled: list[Reading], pool: list[Reading]) -> dict[Decimal, list[tuple[Reading, ...]]]:
    """Tax total → the amounts it is made of: a labelled one, a free one, or one for each rate."""
    found: dict[Decimal, list[tuple[Reading, ...]]] = {}
    for tax in (*labelled, *pool):
        found.setdefault(Decimal(tax.value), []).append((tax,))
    for count in range(2, _MOST_RATES + 1):
        for several in combinations(labelled, count):
            rates = {_rate_of(tax) for tax in several}
            if len({tax.place for tax in several}) == len(rates) == count and None not in rates:
                total = sum((Decimal(tax.value) for tax in several), Decimal(0))
                found.setdefault(total, []).append(several)
    return found


def _rate_of(tax: Reading) -> Decimal | None:
    return next((Decimal(name[5:]) / 100 for name in tax.witnesses if name.startswith("rate-")), None)


def _sums(net: Reading, gross: Reading, taxes: dict[Decimal, list[tuple[Reading, ...]]]) -> Iterator[_Sum]:
    """The ways in which taxes lead from this net to this gross; a zero tax must be labelled."""
    base = Decimal(net.value)
    tax = Decimal(gross.value) - base
    if base == 0 or not 0 <= tax / base <= _HIGHEST_RATE:
        return
    for parts in taxes.get(tax, ()):
        places = [net.place, gross.place, *(part.place for part in parts)]
        labelled = sum(found.field != "_amount" for found in (net, gross, parts[0]))
        if labelled < 2 or len(set(places)) < len(places) or (tax == 0 and parts[0].field != "tax"):
            continue
        proofs = _proofs(net, parts, gross, base, tax)
        score = net.score + gross.score + sum(part.score for part in parts) / len(parts)
        yield _Sum(net, parts, gross, proofs, score + 0.4 * ("tax-rate" in proofs) + 0.3 * ("positions" in proofs))


def _proofs(net: Reading, parts: tuple[Reading, ...], gross: Reading, base: Decimal, tax: Decimal) -> tuple[str, ...]:
    """`arithmetic` only beside a second witness: a usual rate, the positions, or all three labels."""
    usual = has_usual_rate(base, tax) if len(parts) == 1 else _rates_fit(base, parts)
    all_labelled = all(found.field != "_amount" for found in (net, gross, *parts)) and tax != 0
    positions = "positions" in net.witnesses
    found = [name for name, holds in (("tax-rate", usual), ("positions", positions)) if holds]
    return ("arithmetic", *found) if usual or positions or all_labelled else ()


def has_usual_rate(net: Decimal, tax: Decimal) -> bool:
    """Whether the tax is the net times one usual rate, within the rounding of a few lines."""
    return bool(_fitting_rates(net, tax))


def _fitting_rates(net: Decimal, tax: Decimal) -> list[Decimal]:
    return [rate for rate in USUAL_RATES if net != 0 and abs(net * rate - tax) <= 2 * _CENT]


def _rates_fit(net: Decimal, parts: Sequence[Reading]) -> bool:
    """Whether the taxes divided by their rates give the whole net again, as far as rounded cents can tell."""
    rates = [_rate_of(part) or Decimal(1) for part in parts]
    bases = sum((Decimal(part.value) / rate for part, rate in zip(parts, rates, strict=True)), Decimal(0))
    slack = sum((_CENT / rate for rate in rates), Decimal(0))
    return abs(bases - net) <= slack


def _as_proven(proven: _Sum) -> dict[str, Reading]:
    """The three with what proves them."""
    found = {}
    for name, given in (("net", proven.net), ("tax", proven.taxes[0]), ("gross", proven.gross)):
        is_labelled = given.field != "_amount"
        share = 0.7 if "tax-rate" in proven.proofs else 0.5
        raised = given.score + (1 - given.score) * share if is_labelled else 0.75
        found[name] = Reading(name, given.value, raised, given.place, (), given.clarity).but(
            witnesses=(*(mark for mark in given.witnesses if not mark.startswith("rate-")), *proven.proofs)
        )
    if len(proven.taxes) > 1:
        clarity = min(part.clarity for part in proven.taxes)
        found["tax"] = Reading("tax", f"{proven.tax:.2f}", found["tax"].score, None, (), clarity).but(
            witnesses=("computed", "label", *proven.proofs)
        )
    rates = sorted((rate, part.value) for part in proven.taxes if (rate := _rate_of(part)))
    if not rates and len(proven.taxes) == 1:
        rates = [(rate, f"{proven.tax:.2f}") for rate in _fitting_rates(Decimal(proven.net.value), proven.tax)]
    if len(rates) == len(proven.taxes) and "tax-rate" in proven.proofs:
        text = " ".join(f"{(rate * 100).normalize():f}:{value}" for rate, value in rates)
        found["tax_rates"] = replace(found["tax"], field="tax_rates", value=text, place=proven.taxes[0].place)
    return found
