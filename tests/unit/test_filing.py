"""Where documents probably belong: the weighing of references, senders and subjects."""

from uuid import UUID

from dms.records.filing import REFERENCE, SENDER, SUBJECT, Letter, Place, rank
from dms.records.wording import sentence

STREET = UUID(int=1)
WATER = UUID(int=2)
LETTER = Letter("Kiesgrube Nord GmbH", "Sperrung der Dorfstraße ab 1. Dezember", ("20.1/25-0114.3",))


def place(case_id: UUID, *, reference: str = "99/1", title: str = "Verschiedenes", sent: int = 0) -> Place:
    return Place(case_id, (reference, f"{reference}-file"), title, tuple(f"Schreiben {n}" for n in range(sent)))


def test_a_printed_reference_counts_more_than_any_number_of_earlier_letters() -> None:
    found = rank(LETTER, [place(WATER, sent=200), place(STREET, reference="20.1/25-0114.3")])
    assert [each.case_id for each in found] == [STREET, WATER]
    assert found[0].reasons[0].code == REFERENCE


def test_references_are_the_same_whatever_stands_between_their_digits() -> None:
    found = rank(LETTER, [place(STREET, reference="20.1 / 25 - 0114.3")])
    assert found[0].reasons[0].code == REFERENCE


def test_the_case_with_most_letters_of_the_sender_comes_first_and_says_how_many() -> None:
    found = rank(LETTER, [place(WATER, sent=2), place(STREET, sent=14)])
    assert [each.case_id for each in found] == [STREET, WATER]
    assert sentence(found[0].reasons[0]) == "wie 14 frühere Schreiben dieses Absenders"
    assert sentence(rank(LETTER, [place(WATER, sent=1)])[0].reasons[0]) == "wie ein früheres Schreiben dieses Absenders"


def test_a_like_subject_decides_between_cases_of_one_sender() -> None:
    found = rank(LETTER, [place(WATER, sent=3), place(STREET, title="Dorfstraße, Sperrung", sent=3)])
    assert found[0].case_id == STREET
    assert {reason.code for reason in found[0].reasons} == {SENDER, SUBJECT}


def test_words_of_every_letter_and_numbers_make_no_subject() -> None:
    assert rank(Letter("", "Ihre Rechnung vom 1.2.2025", ()), [place(STREET, title="Rechnung 2025 vom 3.4.")]) == []


def test_nothing_is_proposed_where_nothing_speaks_for_it() -> None:
    assert rank(LETTER, [place(STREET), place(WATER)]) == []
