"""Which of the characters that a network offers are read."""

import numpy as np
import pytest

from ocr.rapid import Alphabet

KNOWN = ["a", "á", "ä", ":", "：", "文", " "]


def spelt(*columns: dict[str, float]) -> list[tuple[str, float]]:
    """What is read where each column offers these characters; "" is nothing."""
    answer = np.zeros((1, len(columns), len(KNOWN) + 1), dtype=np.float32)
    for number, column in enumerate(columns):
        for name, chance in column.items():
            answer[0, number, ["", *KNOWN].index(name)] = chance
    alphabet = Alphabet(KNOWN)
    return [(letter.text, letter.confidence) for letter in alphabet.letters(alphabet.chances(answer)[0], 1.0)]


def test_a_character_that_is_likely_in_several_columns_is_one() -> None:
    assert [text for text, _ in spelt({"a": 0.9}, {"a": 0.8}, {"": 0.9}, {"a": 0.9}, {"ä": 0.9})] == ["a", "a", "ä"]


def test_characters_of_other_writings_are_not_read() -> None:
    assert spelt({"文": 0.6, "a": 0.3}) == [("a", pytest.approx(0.3))]


def test_a_full_width_form_counts_for_the_plain_one() -> None:
    assert spelt({"：": 0.5, ":": 0.4}) == [(":", pytest.approx(0.9))]


def test_an_accent_that_german_does_not_write_must_be_certain() -> None:
    assert spelt({"á": 0.9, "a": 0.05}) == [("a", pytest.approx(0.95))]
    assert spelt({"á": 0.98}) == [("á", pytest.approx(0.98))]


def test_umlauts_are_letters_of_their_own() -> None:
    assert spelt({"ä": 0.5, "a": 0.4}) == [("ä", pytest.approx(0.5))]
