"""The command line speaks German: help of every command, and what is wrong with a call."""

from collections.abc import Iterator

import click
import pytest

from dms.cli.german import in_german, show_fault
from dms.cli.main import COMMANDS, cli

ENGLISH = ("Usage", "Options", "Commands", "Show ", "Error", "Try ", "required", "default", "INTEGER", "x<=")


def _commands(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _commands(below, below.context_class(below, parent=context, info_name=name))


def _all() -> list[tuple[click.Command, click.Context]]:
    root = in_german(cli)
    return list(_commands(root, root.context_class(root, info_name="dms")))


def test_the_help_of_every_command_is_german() -> None:
    found = _all()
    assert len(found) > len(COMMANDS)
    for command, context in found:
        help_page = command.get_help(context)
        assert command.help, context.command_path
        assert not [word for word in ENGLISH if word in help_page], help_page


def test_every_option_says_what_it_does() -> None:
    options = [
        (context.command_path, option)
        for command, context in _all()
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
    ]
    assert [(path, option.name) for path, option in options if not option.help] == []


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("gibtsnicht", "Den Befehl „gibtsnicht“ gibt es nicht."),
        ("search", "Es fehlt die Angabe QUERIES..."),
        ("search x", "Es fehlt die Option --as"),
        ("serve --prot 1", "Die Option „--prot“ gibt es nicht. Meinten Sie"),
        ("serve --port", "Die Option „--port“ braucht einen Wert."),
        ("demo --exit=1", "Die Option „--exit“ nimmt keinen Wert."),
        ("serve --port 0", "--port: 0 liegt nicht im Bereich 1 bis 65535."),
        ("serve --port eins", "--port: „eins“ ist keine ganze Zahl."),
        ("migrate jetzt", "Zu viel angegeben: jetzt"),
        ("import /gibt/es/nicht", "„/gibt/es/nicht“ gibt es nicht."),
        ("check-invoice /tmp", "„/tmp“ ist ein Ordner, gebraucht wird eine Datei."),
        (
            "read --engine auge /etc/hostname",
            "„auge“ gibt es hier nicht, möglich ist 'cascade', 'tesseract', 'rapidocr', 'rapid'.",
        ),
        ("user add anna --role koenig", "Rollen sind: "),
        ("user", "Aufruf: dms user [OPTIONEN] BEFEHL …"),
    ],
)
def test_wrong_use_is_said_in_german(call: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(click.UsageError) as wrong:
        in_german(cli).main(call.split(), prog_name="dms", standalone_mode=False)
    show_fault(wrong.value)
    said = capsys.readouterr().err
    assert sentence in said
    assert not [word for word in ENGLISH if word in said], said
