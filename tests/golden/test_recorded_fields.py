"""Invented invoices as recognition gave their words, recorded with all its errors: every printed field is read.

The words come from `tests/invoices` through `tests/benchmarks/recognised.py` (Tesseract; each file names its profile);
they keep the reader honest where no recognition is installed.
"""

import json
from pathlib import Path

import pytest

from invoicing.document_type import decide
from invoicing.text_fields import read_fields
from tests.benchmarks.field_scores import normal

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))
LEAST_ACCEPTED_SHARE = 0.6


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_words_give_every_printed_field(path: Path) -> None:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    fields = read_fields(recorded["pages"])
    expected = {name: normal(name, value) for name, value in recorded["expected"].items()}
    assert {name: normal(name, fields[name]["value"]) for name in expected if name in fields} == expected
    accepted = [name for name in expected if fields[name]["accepted"]]
    assert len(accepted) >= LEAST_ACCEPTED_SHARE * len(expected)
    assert decide(recorded["pages"], fields).is_invoice


def test_there_are_recorded_invoices() -> None:
    assert len(RECORDED) >= 7
