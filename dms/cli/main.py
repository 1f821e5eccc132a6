"""The command `dms`: one module a command group, each imported only when it is called."""

import importlib
import json
import logging
import sys
from collections.abc import Sequence
from typing import Any

import click
from pythonjsonlogger.json import JsonFormatter

from dms.errors import DmsError, Unavailable

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
    "import": "dms.cli.documents:import_",
    "search": "dms.cli.documents:search",
    "export": "dms.cli.documents:export",
    "reindex": "dms.cli.documents:reindex",
    "verify": "dms.cli.documents:verify",
    "read": "dms.cli.files:read",
    "check-invoice": "dms.cli.files:check_invoice",
    "demo": "dms.cli.demo:demo",
}
REFUSED, WRONG_USE, NOT_NOW = 1, 2, 3


class LazyGroup(click.Group):
    """Knows its commands by name and loads the module of the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="aktenlauf")
def cli() -> None:
    """Aktenlauf: Dokumente und E-Rechnungen einer Kommune."""


def main() -> None:
    """Entry point: exit code 1 for what is refused, 2 for wrong use, 3 for what cannot be done now."""
    _log_as_json()
    try:
        code = cli(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as exc:
        exc.show()
        sys.exit(WRONG_USE)
    except click.Abort:
        sys.exit(130)
    except Unavailable as exc:
        say(sentence(exc))
        sys.exit(NOT_NOW)
    except DmsError as exc:
        say(sentence(exc))
        sys.exit(REFUSED)


def say(text: str) -> None:
    """A message for the person at the terminal; standard output is for results only."""
    click.echo(text, err=True)


def sentence(error: DmsError) -> str:
    """The German sentence for an error."""
    from dms.wording import error_text

    return error_text(error)


def print_json(value: Any) -> None:
    """One JSON document on one line of standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def _log_as_json() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter("{asctime}{levelname}{name}{message}", style="{"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for noisy in ("alembic", "dramatiq", "pikepdf", "pdfminer", "httpx", "watchdog"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def parts(values: Sequence[str]) -> list[str]:
    """Values of a repeatable option that may also be given comma-separated."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]
