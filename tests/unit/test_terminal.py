"""Tables and progress as a person sees them."""

import io
import sys

import pytest

from dms.cli.terminal import CLEAR_LINE, Progress, prepare_streams, table


def test_columns_are_aligned_also_with_umlauts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert table(("Datei", "Stand"), [("Gruß.pdf", "geprüft"), ("a", "")]) == [
        "Datei     Stand",
        "────────  ───────",
        "Gruß.pdf  geprüft",
        "a",
    ]


def test_a_table_that_does_not_fit_loses_the_end_of_its_widest_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = table(("Datei", "Betreff"), [("brief.pdf", "Antrag auf Erlass der Hundesteuer für Blindenführhunde")])
    assert max(map(len, lines)) <= 40
    assert lines[-1].startswith("brief.pdf  Antrag auf Erlass")
    assert lines[-1].endswith("…")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "shown"),
    [(_Terminal(), f"{CLEAR_LINE}1 von 2{CLEAR_LINE}2 von 2\n"), (io.StringIO(), "1 von 2\n2 von 2\n")],
)
def test_progress_is_one_line_on_a_terminal_and_a_line_a_change_elsewhere(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, shown: str
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    progress = Progress()
    for text in ("1 von 2", "1 von 2", "2 von 2"):
        progress.show(text)
    progress.end()
    assert stream.getvalue() == shown


def test_results_are_utf_8_whatever_the_locale_says(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    prepare_streams()
    stream.write("geprüft")
    stream.flush()
    assert raw.getvalue() == "geprüft".encode()
