"""The command `dms`: one module a command group, each imported only when it is called."""

import importlib
import json
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from dms.cli.german import SYSTEM, in_german, show_fault
from dms.cli.terminal import harmless_json, prepare_streams, start_logging
from dms.errors import DmsError, Invalid, Unavailable

COMMANDS = {
    "serve": "dms.cli.serve:serve",
    "worker": "dms.cli.serve:worker",
    "watch": "dms.cli.serve:watch",
    "migrate": "dms.cli.admin:migrate",
    "setup": "dms.cli.admin:setup",
    "config": "dms.cli.admin:config",
    "user": "dms.cli.admin:user",
    "token": "dms.cli.tokens:token",
    "jobs": "dms.cli.admin:jobs",
    "sheets": "dms.cli.sheets:sheets",
    "import": "dms.cli.documents:import_",
    "search": "dms.cli.documents:search",
    "export": "dms.cli.documents:export",
    "reindex": "dms.cli.documents:reindex",
    "verify": "dms.cli.documents:verify",
    "rules": "dms.cli.rules:rules",
    "backup": "dms.cli.backup:backup",
    "restore": "dms.cli.backup:restore_",
    "read": "dms.cli.files:read",
    "check-invoice": "dms.cli.einvoice:check_invoice",
    "demo": "dms.cli.demo:demo",
}
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON")
REFUSED, WRONG_USE, NOT_NOW, INTERRUPTED = 1, 2, 3, 130


class LazyGroup(click.Group):
    """Knows its commands by name and loads the module of the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return in_german(command)


@click.group(cls=LazyGroup, context_settings={"max_content_width": 110})
@click.version_option(package_name="aktenlauf", message="Aktenlauf %(version)s")
def cli() -> None:
    """Aktenlauf: Dokumente und E-Rechnungen einer Kommune."""


def main() -> None:
    """Entry point: exit code 1 for what is refused, 2 for wrong use, 3 for what cannot be done now."""
    prepare_streams()
    start_logging()
    try:
        code = in_german(cli).main(prog_name="dms", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as exc:
        show_fault(exc)
        sys.exit(WRONG_USE)
    except click.Abort:
        stop("Abgebrochen.", INTERRUPTED)
    except Unavailable as exc:
        stop(sentence(exc), NOT_NOW)
    except DmsError as exc:
        stop(sentence(exc), REFUSED)
    except UnicodeEncodeError:
        stop(
            "Eine Angabe ist nicht in UTF-8 geschrieben. Bitte stellen Sie das Terminal oder die Datei auf UTF-8.",
            WRONG_USE,
        )
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(REFUSED)
    except OSError as exc:
        stop(
            f"Kein Zugriff auf {exc.filename or 'das System'}: {SYSTEM.get(exc.errno or 0, exc.strerror or exc)}.",
            NOT_NOW,
        )


def say(text: str) -> None:
    """A message for the person at the terminal; standard output is for results only."""
    click.echo(text, err=True)


def stop(text: str, code: int) -> NoReturn:
    """Say why and end with this exit code."""
    say(text)
    sys.exit(code)


def sentence(error: DmsError) -> str:
    """The German sentence for an error; for input with several faults one for each."""
    from dms.wording import ERRORS, error_text

    if isinstance(error, Invalid) and error.code == "input.invalid":
        return " ".join(ERRORS.get(code, code) for code in error.fields.values())
    return error_text(error)


def print_json(value: Any) -> None:
    """One JSON document on one line of standard output."""
    click.echo(harmless_json(json.dumps(value, ensure_ascii=False, default=str)))


def parts(values: Sequence[str]) -> list[str]:
    """Values of a repeatable option that may also be given comma-separated."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]
