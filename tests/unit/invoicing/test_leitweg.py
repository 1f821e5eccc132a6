"""The Leitweg-ID: form and check digits."""

import pytest

from invoicing import leitweg


@pytest.mark.parametrize(
    "text",
    ["04011000-1234512345-06", "04011000-900X999-08", "992-90009-96", "04011000-12345-03", "04011000-45"],
)
def test_valid_ids_pass_and_their_check_digits_can_be_computed(text: str) -> None:
    parsed = leitweg.parse(text)
    assert parsed is not None
    assert parsed.is_valid
    assert leitweg.check_digits(parsed.coarse, parsed.fine) == parsed.check


@pytest.mark.parametrize(("text", "right"), [("04011000-12345-34", "03"), ("90000000-03083-12", "72")])
def test_wrong_check_digits_are_noticed(text: str, right: str) -> None:
    parsed = leitweg.parse(text)
    assert parsed is not None
    assert not parsed.is_valid
    assert leitweg.check_digits(parsed.coarse, parsed.fine) == right


@pytest.mark.parametrize(
    "text", ["04011000--45", "05 123456 123", "Leitweg 4711", "", "0401100-45", "04011000-" + "A" * 31 + "-45"]
)
def test_other_texts_are_no_leitweg_id(text: str) -> None:
    assert leitweg.parse(text) is None
