"""What a person sees at the terminal: log lines, one updating line of progress, aligned tables."""

import io
import logging
import re
import shutil
import sys
from collections.abc import Sequence

import click
from pythonjsonlogger.json import JsonFormatter

CLEAR_LINE = "\r\x1b[K"
GAP = "  "
NARROWEST = 8
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
UNKNOWN_WIDTH = 120


def prepare_streams() -> None:
    """Results are UTF-8 whatever the locale says; a terminal that lacks a sign shows a question mark."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="replace")


def printable(text: str) -> str:
    """What somebody else wrote, on one line, without what a terminal obeys or what turns the direction of writing."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def harmless_json(text: str) -> str:
    """The same JSON with such characters escaped; those below a blank are escaped in any JSON."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def start_logging() -> None:
    """Log to standard error: JSON lines for machines; for a person plain lines, and warnings only.

    Libraries speak from warnings on: they know nothing that an operator needs on a good day.
    """
    handler = logging.StreamHandler(sys.stderr)
    if sys.stderr.isatty():
        handler.setFormatter(logging.Formatter(CLEAR_LINE + "{asctime} {levelname} {name}: {message}", style="{"))
    else:
        handler.setFormatter(JsonFormatter("{asctime}{levelname}{name}{message}", style="{"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("dms").setLevel(logging.WARNING if sys.stderr.isatty() else logging.INFO)
    logging.getLogger("watchdog").setLevel(logging.CRITICAL)  # it reports every folder event that meets its own end


class Progress:
    """One line that tells how far something is: rewritten in place on a terminal, else printed when it changes."""

    def __init__(self) -> None:
        self._shown = ""

    def show(self, text: str) -> None:
        if text == self._shown:
            return
        self._shown = text
        if sys.stderr.isatty():
            click.echo(f"{CLEAR_LINE}{text}", nl=False, err=True)
        else:
            click.echo(text, err=True)

    def end(self) -> None:
        """Leave the last line standing."""
        if self._shown and sys.stderr.isatty():
            click.echo(err=True)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Aligned lines under a head; where they would not fit the terminal, the widest column is cut with an ellipsis."""
    every = [heads, *rows]
    widths = [max(len(row[column]) for row in every) for column in range(len(heads))]
    room = shutil.get_terminal_size((UNKNOWN_WIDTH, 24)).columns - len(GAP) * len(heads)
    while sum(widths) > room and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    lines = [GAP.join(_cell(text, width) for text, width in zip(row, widths, strict=True)).rstrip() for row in every]
    return [lines[0], GAP.join("─" * width for width in widths), *lines[1:]]


def _cell(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"
