"""click in German: usage, help, and what is wrong with a call; and why the system refuses a file."""

import errno
import re
from collections.abc import Iterable

import click

HEADINGS = {"Options": "Optionen", "Commands": "Befehle", "Positional arguments": "Angaben"}
METAVARS = {"INTEGER RANGE": "ZAHL", "INTEGER": "ZAHL", "FLOAT": "ZAHL", "PATH": "PFAD", "FILE": "DATEI"}
SYSTEM = {
    errno.EACCES: "keine Berechtigung",
    errno.EPERM: "nicht erlaubt",
    errno.ENOENT: "das gibt es nicht",
    errno.EEXIST: "dort liegt schon etwas",
    errno.ENOTDIR: "das ist kein Ordner",
    errno.EISDIR: "das ist ein Ordner",
    errno.ENOSPC: "der Datenträger ist voll",
    errno.EROFS: "der Datenträger ist nur lesbar",
    errno.ENAMETOOLONG: "der Name ist zu lang",
}
HELP = (
    (r"Show this message and exit\.", "Zeigt diese Hilfe."),
    (r"Show the version and exit\.", "Zeigt die Version."),
    (r"default: ", "sonst "),
    (r"\brequired\]", "nötig]"),
    (r"(\d+)<=x<=(\d+)", r"\1 bis \2"),
)
_NAME = r"""['"](.*?)['"]"""
FAULTS = (
    (rf"No such command {_NAME}\.", r"Den Befehl „\1“ gibt es nicht."),
    (rf"No such option {_NAME}\.", r"Die Option „\1“ gibt es nicht."),
    (r"\(Did you mean one of: (.*)\?\)", r"Meinten Sie eines von diesen: \1?"),
    (r"Did you mean (.*)\?", r"Meinten Sie \1?"),
    (r"Missing command\.", "Es fehlt der Befehl."),
    (rf"Missing argument {_NAME}\.", r"Es fehlt die Angabe \1"),
    (rf"Missing option {_NAME}\.", r"Es fehlt die Option \1."),
    (r"Choose from:\s+", "Möglich sind: "),
    (r"Got unexpected extra arguments? \((.*)\)", r"Zu viel angegeben: \1"),
    (rf"Option {_NAME} requires an argument\.", r"Die Option „\1“ braucht einen Wert."),
    (rf"Option {_NAME} does not take a value\.", r"Die Option „\1“ nimmt keinen Wert."),
    (rf"Invalid value for {_NAME}: ", r"\1: "),
    (r"Invalid value: ", ""),
    (rf"{_NAME} is not a valid integer(?: range)?\.", r"„\1“ ist keine ganze Zahl."),
    (rf"{_NAME} is not a valid float(?: range)?\.", r"„\1“ ist keine Zahl."),
    (r"(\S+) is not in the range (\d+)<=x<=(\d+)\.", r"\1 liegt nicht im Bereich \2 bis \3."),
    (rf"{_NAME} is not (?:one of )?(['\"].*)\.", r"„\1“ gibt es hier nicht, möglich ist \2."),
    (rf"(?:File|Path|Directory) {_NAME} does not exist\.", r"„\1“ gibt es nicht."),
    (rf"(?:File|Path|Directory) {_NAME} is a directory\.", r"„\1“ ist ein Ordner, gebraucht wird eine Datei."),
    (rf"(?:File|Path|Directory) {_NAME} is a file\.", r"„\1“ ist eine Datei, gebraucht wird ein Ordner."),
    (rf"(?:File|Path|Directory) {_NAME} is not readable\.", r"„\1“ ist nicht lesbar."),
)


class GermanFormatter(click.HelpFormatter):
    """click's help pages with German words around ours."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or "Aufruf: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(HEADINGS.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(_term(term), _replaced(text, HELP)) for term, text in rows], col_max, col_spacing)


class GermanContext(click.Context):
    """Writes help with `GermanFormatter`."""

    formatter_class = GermanFormatter


def in_german(command: click.Command) -> click.Command:
    """The command, and those below it, with German help."""
    command.context_class = GermanContext
    command.options_metavar = "[OPTIONEN]"
    if isinstance(command, click.Group):
        command.subcommand_metavar = "BEFEHL …"
        for below in command.commands.values():
            in_german(below)
    return command


def show_fault(error: click.ClickException) -> None:
    """What is wrong with the call, how it is called, and where to read more, on standard error."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return
    click.echo(f"Fehler: {_replaced(error.format_message(), FAULTS)}", err=True)
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        click.echo(f"{context.get_usage()}\nHilfe:  {context.command_path} --help", err=True)


def _term(term: str) -> str:
    option, space, metavar = term.partition(" ")
    return f"{option}{space}{METAVARS.get(metavar, metavar)}"


def _replaced(text: str, table: Iterable[tuple[str, str]]) -> str:
    for english, german in table:
        text = re.sub(english, german, text, flags=re.DOTALL)
    return text
