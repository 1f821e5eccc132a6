"""Whatever stands on a page, the comparison answers; and in whatever form a value is printed, it is the value."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.comparison import State, compare
from invoicing.comparison.figures import readings
from tests.alterations import page_of

TERM_IDS = (
    "BT-1",
    "BT-2",
    "BT-5",
    "BT-20",
    "BT-27",
    "BT-84",
    "BT-109",
    "BT-110",
    "BT-112",
    "BT-115",
    "BT-131",
    "BT-152",
)
ODD = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["Rechnung Nr.", "IBAN DE02", "Nettobetrag", "1.234,56 EUR", "0,00", "€", "vom 31.02.2026", "GmbH", "-9e99"]
    ),
)
AMOUNTS = st.decimals(Decimal("0.01"), Decimal("9999999.99"), places=2)


@st.composite
def _pages(draw: st.DrawFn) -> list[dict[str, object]]:
    edge = st.floats(-1e4, 1e4)
    words = st.lists(st.tuples(ODD, edge, edge, edge, edge, st.floats(0, 1)).map(list), max_size=25)
    source = st.sampled_from(["text-layer", "tesseract"])
    return [{"number": n, "source": draw(source), "words": draw(words)} for n in range(1, draw(st.integers(0, 3)) + 1)]


@given(st.lists(st.tuples(st.sampled_from(TERM_IDS), ODD), max_size=12), _pages())
@settings(deadline=None)
def test_odd_terms_and_words_never_raise(terms: list[tuple[str, str]], pages: list[dict[str, object]]) -> None:
    for one in compare(terms, pages).terms:
        assert (one.state is State.DIFFERS) == bool(one.differences)


@given(AMOUNTS, st.sampled_from([".", "'", " ", ""]))
def test_every_notation_of_an_amount_can_be_read_as_it(amount: Decimal, mark: str) -> None:
    german = f"{amount:,.2f}".replace(",", mark).rpartition(".")
    assert amount in readings(f"{german[0]},{german[2]}")


@given(AMOUNTS, AMOUNTS)
@settings(deadline=None)
def test_a_labelled_gross_amount_is_equal_only_to_itself(stated: Decimal, printed: Decimal) -> None:
    shown = f"{printed:,.2f}".translate(str.maketrans(",.", ".,"))
    found = compare([("BT-5", "EUR"), ("BT-112", str(stated))], [page_of(f"Rechnungsbetrag    {shown} EUR")])
    state = next(term.state for term in found.terms if term.bt == "BT-112")
    assert state is (State.EQUAL if stated == printed else State.DIFFERS)


@given(st.dates(date(1995, 1, 1), date(2095, 1, 1)), st.dates(date(1995, 1, 1), date(2095, 1, 1)))
@settings(deadline=None)
def test_a_labelled_date_is_equal_only_to_itself(stated: date, printed: date) -> None:
    found = compare([("BT-2", stated.isoformat())], [page_of(f"Rechnungsdatum: {printed:%d.%m.%Y}")])
    state = next(term.state for term in found.terms if term.bt == "BT-2")
    assert state is (State.EQUAL if stated == printed else State.DIFFERS)
