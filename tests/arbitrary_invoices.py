"""Arbitrary models for property tests: any choice of terms, any values, valid or not, but always writable as XML."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from invoicing.model import Binary, Identifier, Invoice, Kind, TermField, Totals, term_fields

_CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffe\uffff#")
_TEXT = st.text(_CHARACTERS, min_size=1, max_size=12).map(lambda text: text.strip(" \t\r\n")).filter(bool)
_RAW = st.tuples(_TEXT, st.sampled_from(["", "\n", " \n\n", "\r\n", "\t"])).map("".join)
_CODE = st.text("ABCXYZ0123456789", min_size=1, max_size=4)
_NUMBER = st.decimals(-10_000_000, 10_000_000, places=2) | st.decimals(0, 1000, places=4)
_IDENTIFIER = st.builds(Identifier, _TEXT, st.none() | st.sampled_from(["0088", "0204", "EM"]))
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    Kind.TEXT: _TEXT,
    Kind.RAW: _RAW,
    Kind.CODE: _CODE,
    Kind.IDENTIFIER: _IDENTIFIER,
    Kind.DATE: st.dates(date(1, 1, 1), date(9999, 12, 31)),
    Kind.AMOUNT: _NUMBER,
    Kind.NUMBER: _NUMBER,
    Kind.BINARY: st.builds(Binary, st.binary(min_size=1, max_size=40), st.just("application/pdf"), _TEXT),
    # what the standard narrows further: fixed code lists, and the currencies that tell BT-110 from BT-111
    "BT-3": st.just("380"),
    "BT-5": st.sampled_from(["EUR", "SEK"]),
    "BT-6": st.sampled_from(["DKK", "NOK"]),
    "BT-8": st.sampled_from(["3", "35", "432"]),
    "BT-21": st.sampled_from(["ADU", "REG"]),
    "BT-158": st.builds(Identifier, _TEXT, st.sampled_from(["STI", "TST"]), st.none() | _CODE),
}
MANDATORY = {
    "": "BT-1 BT-2 BT-3 BT-5 BT-24 BT-27 BT-40 BT-44 BT-55 BT-106 BT-109 BT-112 BT-115",
    "BG-1": "BT-22", "BG-3": "BT-25", "BG-5": "BT-40", "BG-8": "BT-55", "BG-10": "BT-59", "BG-11": "BT-62 BT-63 BT-69",
    "BG-12": "BT-69", "BG-15": "BT-80", "BG-16": "BT-81", "BG-17": "BT-84", "BG-18": "BT-87", "BG-20": "BT-92 BT-95",
    "BG-21": "BT-99 BT-102", "BG-23": "BT-110 BT-116 BT-117 BT-118 BT-119", "BG-24": "BT-122",
    "BG-25": "BT-126 BT-129 BT-130 BT-131 BT-146 BT-151 BT-153", "BG-27": "BT-136", "BG-28": "BT-141",
    "BG-32": "BT-160 BT-161", "BG-DEX-01": "BG-25", "BG-DEX-09": "BT-DEX-001 BT-DEX-002 BT-DEX-003",
}  # fmt: skip
"""Group → the terms that EN 16931 demands in it; what is used only where they stand is nothing of their own.

BG-23 asks for BT-110 too: both syntaxes keep them together.
"""
_SINGLE = {"BG-16"}
"""Once in EN 16931; the model keeps several because documents with several codes exist."""


def _parents(model: type, group_id: str, above: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Every term and group that can stand in a group, with the groups that it stands in, innermost last."""
    found: dict[str, tuple[str, ...]] = {}
    for item in term_fields(model):
        name = item.id_in(group_id)
        if name is None:
            continue
        found[name] = above
        if item.group_class is not None and name != "BG-DEX-01":
            found |= _parents(item.group_class, name, (*above, name))
    return found


GROUPS_OF = _parents(Invoice, "", ())
ALL_TERMS = sorted(name for name in GROUPS_OF if name.startswith("BT-") or name == "BG-DEX-01")


def with_mandatory(chosen: set[str]) -> set[str]:
    """The chosen terms and all that become mandatory by them."""
    wanted, new = set(), {*chosen, *MANDATORY[""].split(), "BG-25"}
    while new:
        wanted |= new
        groups = {group for name in new for group in (*GROUPS_OF[name], name)}
        new = {term for group in groups for term in MANDATORY.get(group, "").split()} - wanted
    return wanted


@st.composite
def arbitrary_invoices(draw: st.DrawFn, terms: frozenset[str] | None = None) -> Invoice:
    """An invoice that says the given or an arbitrary choice of the terms, arbitrarily often where that is allowed."""
    chosen = terms if terms is not None else draw(st.sets(st.sampled_from(ALL_TERMS), min_size=1, max_size=60))
    return _distinguishable(_content(draw, Invoice, "", with_mandatory(set(chosen)), depth=0))


def _content(draw: st.DrawFn, model: type, group_id: str, chosen: set[str], depth: int) -> Any:
    content = {}
    for item in term_fields(model):
        name = item.id_in(group_id)
        if name is None or not _is_wanted(item, name, chosen) or (name == "BG-DEX-01" and depth > 1):
            continue
        content[item.name] = _field(draw, item, name, chosen, depth)
    return model(**content)


def _is_wanted(item: TermField, name: str, chosen: set[str]) -> bool:
    inside = item.group_class is not None and name != "BG-DEX-01"
    return name in chosen or (inside and any(name in GROUPS_OF[one] for one in chosen))


def _field(draw: st.DrawFn, item: TermField, name: str, chosen: set[str], depth: int) -> Any:
    count = draw(st.integers(1, 1 if name in _SINGLE or not item.many else 2))
    if item.group_class is None:
        found = [draw(_VALUES[name] if name in _VALUES else _VALUES[item.kind]) for _ in range(count)]
    else:
        nested = name == "BG-DEX-01"
        made = (
            _content(draw, item.group_class, "BG-25" if nested else name, chosen, depth + nested) for _ in range(count)
        )
        found = [one for one in made if one != item.group_class()]
    if item.many:
        return tuple(found)
    return found[0] if found else None


def _distinguishable(invoice: Invoice) -> Invoice:
    """BT-111 exists only beside BT-6."""
    if invoice.totals is None or invoice.tax_currency is not None:
        return invoice
    totals = replace(invoice.totals, tax_in_tax_currency=None)
    return replace(invoice, totals=totals if totals != Totals() else None)
