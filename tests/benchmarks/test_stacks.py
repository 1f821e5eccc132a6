"""Stacks of paper, badly scanned: every sheet must be found, and nothing else may part a stack."""

from collections import Counter

import pytest

from dms.intake.separate import Part, separated
from ocr import read_sheet
from tests import stacks
from tests.benchmarks.report import Report, Table

STACKS, FIRST_SEED = 200, 1_000
LEAST_FOUND = 0.995


@pytest.mark.benchmark
@pytest.mark.timeout(7200)
def test_stacks_fall_apart_at_their_sheets_alone(report: Report) -> None:
    counts = sum((_judged(stacks.made(seed)) for seed in range(FIRST_SEED, FIRST_SEED + STACKS)), Counter())
    share = counts["found"] / counts["sheets"]
    heads = ["stacks", "pages", "sheets", "sheets found", "false splits", "stacks parted as a person would"]
    row = [str(STACKS), str(counts["pages"]), str(counts["sheets"]), f"{share:.2%}", str(counts["false splits"]),
           str(counts["right"])]  # fmt: skip
    note = (
        "Simulated stacks at 150 dpi: letters with foreign codes, separator sheets, simplex or duplex with blank "
        "backs; skewed, blurred, faint, noisy, shadowed, upside down, some in black and white. Read as the intake "
        "does, without an engine."
    )
    report.add(Table("Separator sheets", heads, [row], note))
    assert share >= LEAST_FOUND
    assert counts["false splits"] == 0


def _judged(stack: stacks.Stack) -> Counter[str]:
    """How many sheets were found, how many parts begin where none should, and whether all is right."""
    pages = [stacks.facts(number, picture) for number, picture in enumerate(stack.pages, start=1)]
    found = {page["number"] for page in pages for code in page.get("codes", []) if read_sheet(code["text"])}
    parts = [part.pages for part in separated(pages) or (_whole(stack),)]
    begins = {part[0] for part in parts} - {part[0] for part in stack.parts}
    return Counter(
        {
            "pages": len(stack.pages),
            "sheets": len(stack.sheets),
            "found": len(found.intersection(stack.sheets)),
            "false splits": len(begins),
            "right": int(parts == stack.parts),
        }
    )


def _whole(stack: stacks.Stack) -> Part:
    """A stack that nothing parts is one document."""
    return Part(tuple(range(1, len(stack.pages) + 1)), None)
