"""Whatever a model says is still said after it was written as XML and read again."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoicing.documents import read, write_cii, write_ubl
from invoicing.model import Binary, Identifier, Invoice, Kind, Line, Totals, term_fields

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
_ALWAYS = {"BT-5", "BT-3", "BT-27", "BT-44"}
"""Mandatory terms that others depend on: a party without a name is read by its trading name."""
_SINGLE = {"BG-16"}
"""Once in EN 16931; the model keeps several because documents with several codes exist."""


def _ids(model: type, group_id: str) -> frozenset[str]:
    """The terms that can stand in a group, at any depth."""
    found: set[str] = set()
    for item in term_fields(model):
        name = item.id_in(group_id)
        if name is None:
            continue
        found.add(name)
        if item.group_class is not None and name != "BG-DEX-01":
            found |= _ids(item.group_class, name)
    return frozenset(found)


_ALL_IDS = sorted(_ids(Invoice, ""))


@st.composite
def _invoices(draw: st.DrawFn) -> Invoice:
    """An invoice that says an arbitrary choice of the terms, arbitrarily often where the standard allows it."""
    chosen = draw(st.sets(st.sampled_from(_ALL_IDS), min_size=1, max_size=60))
    return _distinguishable(_content(draw, Invoice, "", chosen | _ALWAYS, depth=0))


def _content(draw: st.DrawFn, model: type, group_id: str, chosen: set[str], depth: int) -> Any:
    content = {}
    for item in term_fields(model):
        name = item.id_in(group_id)
        if name is None or (name not in chosen and not _wanted_inside(item.group_class, name, chosen)):
            continue
        if name == "BG-DEX-01" and depth > 1:
            continue
        content[item.name] = _field(draw, item, name, chosen, depth)
    return model(**content)


def _wanted_inside(group_class: type | None, name: str, chosen: set[str]) -> bool:
    return group_class is not None and name != "BG-DEX-01" and not chosen.isdisjoint(_ids(group_class, name))


def _field(draw: st.DrawFn, item: Any, name: str, chosen: set[str], depth: int) -> Any:
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


_many = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@_many
@given(_invoices())
def test_an_invoice_written_as_ubl_reads_back_equal(invoice: Invoice) -> None:
    assert read(write_ubl(invoice)).invoice == invoice


@_many
@given(_invoices())
def test_a_credit_note_written_as_ubl_reads_back_equal(invoice: Invoice) -> None:
    note = replace(invoice, type_code="381")
    document = read(write_ubl(note))
    assert document.format.syntax == "ubl-creditnote"
    assert document.invoice == note


@_many
@given(_invoices())
def test_an_invoice_written_as_cii_reads_back_equal(invoice: Invoice) -> None:
    plain = _for_cii(invoice)
    assert read(write_cii(plain)).invoice == plain


def _for_cii(invoice: Invoice) -> Invoice:
    """CII has no sub-lines and no third-party claims, and it sorts identifiers without a scheme before the others."""
    parties = {
        role: replace(party, identifiers=tuple(sorted(party.identifiers, key=lambda one: one.scheme is not None)))
        for role in ("seller", "buyer", "payee", "tax_representative")
        if (party := getattr(invoice, role)) is not None
    }
    lines = tuple(replace(line, sub_lines=()) for line in invoice.lines)
    return replace(invoice, lines=tuple(one for one in lines if one != Line()), third_party_payments=(), **parties)
