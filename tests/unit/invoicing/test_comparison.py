"""What counts as the same, as a contradiction, or as neither, when a page is held against the XML."""

import json

import pytest

from invoicing import Report
from invoicing.comparison import State, compare, pdf_differences, report_differences
from invoicing.reader import Term
from tests.alterations import Terms, page_of

IBAN, OTHER = "DE02120300000000202051", "DE75512108001245126199"
PAGE = """\
Malerei Pinsel GmbH · Farbweg 3 · 31234 Kleckersdorf

Samtgemeinde Beispielau                       Rechnungsdatum: 05.11.2026
Rathausplatz 1
31235 Beispielau

Rechnung Nr. R-2026-17

Anstrich Turnhalle                                        1.000,00
Nettobetrag                                               1.000,00
19 % Umsatzsteuer                                           190,00
Rechnungsbetrag                                           1.190,00

Bitte überweisen Sie den Betrag auf IBAN DE02 1203 0000 0000 2020 51
"""
TERMS = [
    ("BT-1", "R-2026-17"),
    ("BT-2", "2026-11-05"),
    ("BT-5", "EUR"),
    ("BT-27", "Malerei Pinsel GmbH"),
    ("BT-44", "Samtgemeinde Beispielau"),
    ("BT-84", IBAN),
    ("BT-109", "1000.00"),
    ("BT-110", "190.00"),
    ("BT-112", "1190.00"),
    ("BT-115", "1190.00"),
    ("BT-131", "1000.00"),
]


def states(page: str, terms: Terms = TERMS, source: str = "text-layer") -> dict[str, State]:
    return {term.bt: term.state for term in compare(terms, [page_of(page, source=source)]).terms}


def differing(page: str, terms: Terms = TERMS, source: str = "text-layer") -> dict[str, str]:
    return {one.bt: one.pdf for one in compare(terms, [page_of(page, source=source)]).differences}


def test_a_page_that_says_the_same_is_equal_in_every_term() -> None:
    found = states(PAGE)
    assert list(found) == ["BT-84", "BT-112", "BT-109", "BT-110", "BT-1", "BT-2", "BT-27"]
    assert set(found.values()) == {State.EQUAL}


@pytest.mark.parametrize(
    ("printed", "instead"),
    [
        ("05.11.2026", "5. November 2026"),
        ("05.11.2026", "2026-11-05"),
        ("05.11.2026", "05/11/26"),
        ("R-2026-17", "R 2026/17"),
        ("1.190,00", "1,190.00"),
        ("1.190,00", "1'190.00"),
        ("1.190,00", "1 190,00"),
        ("1.190,00", "EUR 1190,00"),
        ("1.190,00", "1.190,-- €"),
        ("DE02 1203 0000 0000 2020 51", "DE02120300000000202051"),
        ("DE02 1203 0000 0000 2020 51", "D E 0 2 1 2 0 3 0 0 0 0 0 0 0 0 2 0 2 0 5 1"),
        ("Malerei Pinsel GmbH", "MALEREI PINSEL"),
        ("Malerei Pinsel GmbH", "Malerei Pinsel G.m.b.H."),
        ("Malerei Pinsel GmbH", "M a l e r e i   P i n s e l   GmbH"),
    ],
)
def test_another_way_to_print_a_value_is_no_difference(printed: str, instead: str) -> None:
    assert printed in PAGE
    assert set(states(PAGE.replace(printed, instead)).values()) == {State.EQUAL}


@pytest.mark.parametrize(
    ("printed", "instead", "bt", "found"),
    [
        ("R-2026-17", "R-2026-71", "BT-1", "R-2026-71"),
        ("05.11.2026", "11.05.2026", "BT-2", "2026-05-11"),
        ("DE02 1203 0000 0000 2020 51", "DE75 5121 0800 1245 1261 99", "BT-84", OTHER),
        ("DE02 1203 0000 0000 2020 51", "DE02 1203 0000 0000 2002 51", "BT-84", "DE02120300000000200251"),
        ("1.190,00", "1.190,01", "BT-112", "1190.01"),
        ("1.190,00", "11.900,00", "BT-112", "11900.00"),
        ("190,00\n", "1.900,00\n", "BT-110", "1900.00"),
        ("Malerei Pinsel GmbH", "Farben Klecks GmbH", "BT-27", "Farben Klecks GmbH"),
        ("Malerei Pinsel GmbH", "Malerei Pinsel AG", "BT-27", "Malerei Pinsel AG"),
    ],
)
def test_another_value_is_a_difference_with_what_is_printed(printed: str, instead: str, bt: str, found: str) -> None:
    assert differing(PAGE.replace(printed, instead, 1))[bt] == found


def test_a_difference_names_page_and_place() -> None:
    pages = [page_of("Anschreiben"), page_of(PAGE.replace("1.190,00", "1.990,00"), number=2)]
    (difference,) = compare(TERMS, pages).differences
    word = next(word for word in pages[1]["words"] if word[0] == "1.990,00")
    assert (difference.page, list(difference.box)) == (2, word[1:5])


def test_a_foreign_account_in_the_request_to_pay_counts_though_the_footer_has_the_right_one() -> None:
    forged = PAGE.replace("DE02 1203 0000 0000 2020 51", OTHER) + "\n" * 6 + f"Sparkasse Kleckersdorf IBAN {IBAN}\n"
    assert differing(forged) == {"BT-84": OTHER}


def test_a_second_account_listed_beside_the_first_is_no_difference() -> None:
    assert differing(PAGE + f"Weitere Konten:                     IBAN {OTHER}\n") == {}


def test_one_of_two_prints_of_the_gross_amount_changed_is_a_difference() -> None:
    assert differing(PAGE + "\nZahlbetrag                            1.990,00\n")["BT-112"] == "1990.00"


@pytest.mark.parametrize(
    "sentence", ["Der Betrag in Höhe von EUR {} wird fällig.", "Wir buchen den Betrag von {} EUR ab."]
)
def test_another_amount_in_the_request_to_pay_is_a_difference(sentence: str) -> None:
    assert differing(f"{PAGE}\n{sentence.format('1.190,00')}\n") == {}
    assert differing(f"{PAGE}\n{sentence.format('1.790,00')}\n")["BT-112"] == "1790.00"


def test_any_of_several_accounts_of_the_xml_will_do() -> None:
    assert states(PAGE, [*TERMS, ("BT-84", OTHER)])["BT-84"] is State.EQUAL


def test_the_account_of_the_buyer_is_none_to_pay_to() -> None:
    debit = PAGE.replace("Bitte überweisen Sie den Betrag auf", "Wir buchen ab per Lastschrift von Ihrem Konto")
    assert states(debit.replace("DE02 1203 0000 0000 2020 51", OTHER))["BT-84"] is State.NOT_COMPARABLE


@pytest.mark.parametrize("sign", ["", "-"])
def test_the_sign_of_a_credit_note_does_not_matter(sign: str) -> None:
    credit = PAGE.replace("1.190,00", "-1.190,00").replace("1.000,00", "-1.000,00").replace("   190,00", "  -190,00")
    amounts = ("BT-109", "BT-110", "BT-112", "BT-115", "BT-131")
    terms = [(bt, sign + value if bt in amounts else value) for bt, value in TERMS]
    assert differing(credit, terms) == {}
    assert differing(credit.replace("-1.190,00", "-1.109,00"), terms)["BT-112"] == "1109.00"


def test_no_tax_is_equal_to_a_printed_nought_and_else_not_comparable() -> None:
    free = [(bt, {"BT-110": "0.00", "BT-112": "1000.00", "BT-115": "1000.00"}.get(bt, value)) for bt, value in TERMS]
    page = PAGE.replace("1.190,00", "1.000,00")
    assert states(page.replace("   190,00", "     0,00"), free)["BT-110"] is State.EQUAL
    without = page.replace("19 % Umsatzsteuer                                           190,00\n", "")
    assert states(without, free)["BT-110"] is State.NOT_COMPARABLE
    assert differing(page, free)["BT-110"] == "190.00"


def test_a_payable_amount_of_its_own_is_compared_too() -> None:
    terms = [(bt, "190.00" if bt == "BT-115" else value) for bt, value in TERMS] + [("BT-113", "1000.00")]
    page = PAGE + "\nAnzahlung        1.000,00\nZahlbetrag         190,00\n"
    assert states(page, terms)["BT-115"] is State.EQUAL
    assert (
        differing(page.replace("Zahlbetrag         190,00", "Zahlbetrag         910,00"), terms)["BT-115"] == "910.00"
    )


def test_nothing_on_the_page_is_not_comparable() -> None:
    assert set(states("Sehr geehrte Damen und Herren, anbei unsere Unterlagen.").values()) == {State.NOT_COMPARABLE}
    assert {term.state for term in compare(TERMS, []).terms} == {State.NOT_COMPARABLE}


def test_a_slip_of_the_recognition_is_no_difference_and_another_value_is() -> None:
    scanned = PAGE.replace("R-2026-17", "R-2O26-17").replace("2020 51", "2O2O 51")
    assert differing(scanned, source="tesseract") == {}
    assert differing(PAGE.replace("1.190,00", "7.854,20"), source="tesseract")["BT-112"] == "7854.20"
    assert differing(PAGE.replace("DE02 1203 0000 0000 2020 51", OTHER), source="tesseract")["BT-84"] == OTHER


def test_the_hook_of_the_pipeline_gives_plain_entries_account_first() -> None:
    forged = PAGE.replace("DE02 1203 0000 0000 2020 51", OTHER).replace("R-2026-17", "R-2026-18")
    invoice = {"report": {"terms": [list(term) for term in TERMS]}}
    found = pdf_differences(invoice, {"pages": [page_of(forged)], "failed": []})
    assert [(one["bt"], one["xml"], one["pdf"]) for one in found] == [
        ("BT-84", IBAN, OTHER),
        ("BT-1", "R-2026-17", "R-2026-18"),
    ]
    assert json.loads(json.dumps(found)) == found
    assert pdf_differences(invoice, {"text": "XML"}) == []


@pytest.mark.parametrize("accepted", [True, False, None])
def test_a_report_gets_a_german_warning_and_keeps_its_verdict(accepted: bool | None) -> None:
    report = Report("0" * 64, accepted=accepted, terms=tuple(Term(*term) for term in TERMS))
    found = report_differences(report, [page_of(PAGE.replace("1.190,00", "1.990,00"))], is_complete=True).as_json()
    assert (found["accepted"], [one["bt"] for one in found["pdf_differences"]]) == (accepted, ["BT-112"])
    (finding,) = found["findings"]
    assert (finding["rule"], finding["level"], finding["bt"]) == ("comparison.differs", "warning", "BT-112")
    assert "Bruttobetrag: XML 1.190,00, Seite 1 1.990,00" in finding["message"]


def test_a_report_says_when_pages_could_not_be_read() -> None:
    report = Report("0" * 64, terms=tuple(Term(*term) for term in TERMS))
    found = report_differences(report, [], is_complete=False)
    assert [one.rule for one in found.findings] == ["comparison.not_read"]
