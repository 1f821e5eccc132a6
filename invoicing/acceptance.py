"""Which readings are taken without asking a person, and how sure each reading is: the one place that decides.

A reading is accepted when its witnesses fulfil a rule below. The rules are
combinations of witnesses that were hardly ever wrong on recognised pages of the open layouts of `tests/invoices` and of
the simulated scans (3 of some 3,000 accepted readings, letters lost or misread without a trace);
`tests/benchmarks/measure_fields.py` measures them again, also on layouts that no
rule was tuned on. A reading that fulfils none is offered; its confidence says how often readings like it were right.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from invoicing.readings import Reading

ACCEPT_FROM: Final = 0.99
"""Confidence from which a value counts as filled; only the rules lift a reading so high."""
_SUPPORTED: Final = 0.992
_TEXT_LAYER: Final = 0.985
"""No recognition is as sure of a word; only text layers are."""


@dataclass(frozen=True)
class Rule:
    """Witnesses that together prove a reading.

    `clarity` is the least confidence of its least sure word, `score` the least strength of its label.
    """

    needs: frozenset[str]
    clarity: float
    score: float

    def holds(self, found: Reading) -> bool:
        is_sure = found.clarity >= self.clarity and found.score >= self.score
        return is_sure and self.needs <= set(found.witnesses)


def _rules(clarity: float, score: float, *alternatives: str) -> tuple[Rule, ...]:
    return tuple(Rule(frozenset(names.split()), clarity, score) for names in alternatives)


_SUM: Final = _rules(0.5, 0.0, "arithmetic tax-rate", "arithmetic label", "arithmetic label-above", "arithmetic code")
_NUMBER: Final = (
    *_rules(0.85, 0.85, "label unrivalled", "label repeated"),
    *_rules(0.85, 0.7, "label-above unrivalled"),
    *_rules(0.7, 0.0, "code", "layout unrivalled"),
)
_DAY: Final = (
    *_rules(0.85, 0.7, "label unrivalled", "label-above unrivalled", "label repeated"),
    *_rules(0.7, 0.0, "layout unrivalled"),
)
RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "invoice_number": _NUMBER,
    "order_number": _NUMBER,
    "buyer_reference": _rules(0.7, 0.0, "checksum label", "checksum label-above", "checksum layout"),
    "seller_tax_no": _rules(0.85, 0.5, "label unrivalled", "label-above unrivalled", "layout unrivalled", "master"),
    "issue_date": _DAY,
    "due_date": _rules(0.7, 0.7, "label unrivalled plausible", "label-above unrivalled plausible", "layout plausible"),
    "seller_vat_id": _rules(0.6, 0.0, "checksum label unrivalled", "checksum master", "checksum layout"),
    "iban": _rules(0.6, 0.0, "checksum payment-text", "checksum master", "checksum code", "checksum layout"),
    "net": _SUM,
    "tax": _SUM,
    "tax_rates": _SUM,
    "gross": _SUM,
    "payable": (*_SUM, *_rules(0.7, 0.7, "balance label", "balance label-above")),
    "currency": _rules(0.4, 0.0, "label unrivalled", "repeated unrivalled"),
    "type_code": _rules(0.6, 0.0, "heading unrivalled", "label unrivalled"),
    "seller_name": (
        *_rules(0.85, 0.9, "repeated sender-line unrivalled", "repeated footer letterhead unrivalled"),
        *_rules(0.85, 0.9, "repeated letterhead sender-line", "repeated address letterhead unrivalled"),
        *_rules(0.85, 0.9, "repeated section address unrivalled", "repeated account-holder unrivalled"),
        *_rules(0.5, 0.0, "master"),
    ),
    "buyer_name": (
        *_rules(0.9, 0.7, "municipality window", "municipality address", "municipality section"),
        *_rules(0.9, 0.7, "section address repeated"),
        *_rules(0.5, 0.0, "master"),
    ),
}
_LETTERS_BY_DIGITS = re.compile(r"[^\W\d_][01568]|[01568][^\W\d_]|\d[OIlSBZ]|[OIlSBZ]\d")
"""Where O and 0, I and 1, S and 5 stand for each other; in a number without check digit nothing tells which it is."""
_WITHOUT_CHECK_DIGIT: Final = frozenset({"invoice_number", "order_number"})
_CURVE: Final = ((0.0, 0.05), (0.35, 0.35), (0.6, 0.65), (0.75, 0.86), (0.9, 0.95), (1.0, 0.97))
"""Score → share of offered readings that were right; drawn by hand along the measured ones, not fitted."""


def confidence(found: Reading) -> float:
    """How likely the reading is right, 0 to 1; from `ACCEPT_FROM` on it is accepted."""
    if _is_proven(found):
        return _SUPPORTED + (1 - _SUPPORTED) * min(found.clarity, 1.0) * 0.9
    return _calibrated(min(max(found.score, 0.0), 1.0))


def _is_proven(found: Reading) -> bool:
    if "contradicted" in found.witnesses:
        return False
    if "repaired" in found.witnesses and not {"master", "code"} & set(found.witnesses):
        return False
    if found.field in _WITHOUT_CHECK_DIGIT and _is_ambiguous(found):
        return False
    return any(rule.holds(found) for rule in RULES.get(found.field, ()))


def _is_ambiguous(found: Reading) -> bool:
    is_certain = found.clarity >= _TEXT_LAYER or "repeated" in found.witnesses or "code" in found.witnesses
    return not is_certain and bool(_LETTERS_BY_DIGITS.search(found.value))


def _calibrated(score: float) -> float:
    for (low, from_share), (high, to_share) in pairwise(_CURVE):
        if score <= high:
            return from_share + (to_share - from_share) * (score - low) / (high - low)
    return _CURVE[-1][1]
