"""Stacks fall apart at our sheets and nowhere else, however badly they were scanned."""

from typing import Any

import pytest

from dms.intake.separate import Part, separated
from ocr import Sheet, read_sheet
from tests import stacks

SEPARATOR, COVER = Sheet("bauamt", "letter"), Sheet("bauamt", "letter", "20.30.01/2026-17")


def page(number: int, *, blank: bool = False, code: str | None = None) -> dict[str, Any]:
    codes = [{"text": code}] if code else []
    return {"number": number, "source": "blank" if blank else "mixed", "codes": codes}


def sheet(number: int, said: Sheet = SEPARATOR) -> dict[str, Any]:
    return page(number, code=said.code)


def test_without_a_sheet_nothing_is_separated() -> None:
    assert separated([page(1), page(2, code="https://example.org"), page(3, blank=True)]) is None


def test_sheets_stand_between_parts_and_belong_to_none() -> None:
    parts = separated([page(1), sheet(2), page(3), page(4), sheet(5, COVER), page(6)])
    assert parts == (Part((1,), None), Part((3, 4), SEPARATOR), Part((6,), COVER))


def test_front_and_back_of_a_sheet_make_no_empty_part() -> None:
    assert separated([sheet(1), sheet(2), page(3), sheet(4)]) == (Part((3,), SEPARATOR),)


def test_a_blank_back_goes_with_its_sheet_and_stays_with_its_letter() -> None:
    parts = separated([sheet(1), page(2, blank=True), page(3), page(4, blank=True), page(5)])
    assert parts == (Part((3, 4, 5), SEPARATOR),)


def test_a_part_of_blank_pages_alone_is_none() -> None:
    assert separated([sheet(1), page(2), sheet(3), page(4, blank=True), page(5, blank=True)]) == (
        Part((2,), SEPARATOR),
    )


def test_a_stack_of_sheets_alone_has_no_parts() -> None:
    assert separated([sheet(1), sheet(2)]) == ()


@pytest.mark.parametrize("said", [SEPARATOR, COVER, Sheet("a/b", "", "ä%/ö"), Sheet()])
def test_a_sheet_says_what_was_written_on_it(said: Sheet) -> None:
    assert read_sheet(said.code) == said


@pytest.mark.parametrize(
    "text", ["", "AKTENLAUF/1/a/b/c/00000000", SEPARATOR.code[:-1], SEPARATOR.code + "0", "AKTENLAUF/2"]
)
def test_what_is_not_quite_our_code_is_none(text: str) -> None:
    assert read_sheet(text) is None


@pytest.mark.parametrize("seed", range(8))
def test_badly_scanned_stacks_fall_apart_where_a_person_would_part_them(seed: int) -> None:
    stack = stacks.made(seed)
    found = separated([stacks.facts(number, picture) for number, picture in enumerate(stack.pages, start=1)])
    assert [part.pages for part in found or ()] == stack.parts
