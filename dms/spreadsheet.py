"""Tables that leave the application for a spreadsheet: semicolons, and no cell that would be taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """The rows as CSV; a cell that a spreadsheet would calculate gets an apostrophe before it (OWASP CSV injection)."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return target.getvalue()


def _harmless(cell: str) -> str:
    is_number = cell.lstrip("-").replace(".", "").replace(",", "", 1).isdigit()
    return f"'{cell}" if cell[:1] in _FORMULA_STARTS and not is_number else cell
