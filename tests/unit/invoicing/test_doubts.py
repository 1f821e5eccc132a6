"""Which words of a page a second reader should look at: values that fail their proof, and nothing else."""

from invoicing.doubts import judge
from invoicing.page_layout import WordRow

LETTER = ["Rechnung Nr. R-2026-17", "Datum 05.11.2026"]
SUMS = ["Netto 100,00", "MwSt 19 % 19,00", "Gesamtbetrag 119,00"]


def rows(*lines: str) -> list[WordRow]:
    """The words of lines as an engine gives them, six points a letter."""
    found: list[WordRow] = []
    for number, line in enumerate(lines):
        x, y = 72.0, 72.0 + 20 * number
        for word in line.split(" "):
            found.append([word, x, y, x + 6 * len(word), y + 10, 0.96])
            x += 6 * (len(word) + 1)
    return found


def doubted(*lines: str) -> list[str]:
    words = rows(*lines)
    return [str(words[number][0]) for number in sorted(judge(words).doubted)]


def test_an_account_that_fails_its_checksum_is_doubted() -> None:
    assert doubted(*LETTER, "IBAN DE02 1203 0000 0000 2020 51") == []
    assert doubted(*LETTER, "IBAN DE02 1208 0000 0000 2020 51") == ["DE02", "1208", "0000", "0000", "2020", "51"]


def test_a_vat_id_that_fails_its_checksum_is_doubted() -> None:
    assert doubted("USt-IdNr. DE136695976") == []
    assert doubted("USt-IdNr. DE136695978") == ["DE136695978"]


def test_amounts_are_doubted_where_no_three_of_them_fit() -> None:
    assert doubted(*LETTER, *SUMS) == []
    assert doubted(*LETTER, SUMS[0], "MwSt 19 % 18,00", SUMS[2]) == ["100,00", "18,00", "119,00"]


def test_a_label_whose_value_is_nowhere_is_doubted_with_what_is_behind_it() -> None:
    assert doubted("Rechnungsdatum 2O.l1.2O26") == ["Rechnungsdatum", "2O.l1.2O26"]
    assert doubted("IBAN DE0Z 1Z03 OOOO") == ["IBAN", "DE0Z", "1Z03", "OOOO"]


def test_a_letter_holds_nothing_to_doubt() -> None:
    assert doubted("Sehr geehrte Damen und Herren,", "am 05.11.2026 fand die Abnahme statt.", "Kosten: 25,00 EUR") == []
    assert (judge([]).doubted, judge([]).proofs) == (frozenset(), 0)


def test_a_value_that_is_read_no_more_proves_nothing() -> None:
    """What settles a doubt is a proof: an account without its country is in no doubt, and none any more."""
    misread, lost, right = (f"IBAN {start} 1203 0000 0000 2020 51" for start in ("DE03", "53", "DE02"))
    known = rows("Konto DE02 1203 0000 0000 2020 51")
    proofs = [judge([*known, *rows("", "", "", line)]).proofs for line in (misread, lost, right)]
    assert proofs[0] == proofs[1] < proofs[2]


def test_a_letter_taken_for_a_digit_proves_nothing() -> None:
    """One in eleven wrong VAT ids passes its checksum by chance."""
    plain, repaired = judge(rows("USt-IdNr. DE136695976")), judge(rows("USt-IdNr. DEl36695976"))
    assert (plain.proofs - repaired.proofs, repaired.doubted) == (1, frozenset())
