"""What the commands share that look at files in the jail, without an installation."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click import format_filename

from dms.intake.tasks import JAIL_TASKS
from dms.jail import Jail, JailError, JailRefused, JailTimeout, JailUnavailable
from ocr.base import OcrError
from ocr.document import TaskRunner


class RegularFile(click.Path):
    """A file with an end: from a pipe that nobody writes to a command would read for ever."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path: Any = super().convert(value, param, ctx)
        if not Path(path).is_file():
            self.fail(f"{format_filename(path)} ist keine gewöhnliche Datei.", param, ctx)
        return path


FILES = click.argument("files", nargs=-1, required=True, type=RegularFile(exists=True, dir_okay=False, path_type=Path))


@contextmanager
def opened_jail() -> Iterator[Jail]:
    jail = Jail(JAIL_TASKS)
    try:
        yield jail
    finally:
        jail.close()


def runner(jail: Jail, file: Path, **more: Mapping[str, str]) -> TaskRunner:
    """Asks the jail about `file`, with failures as `OcrError`; `more` holds options by the name of their task."""

    def run(task: str, /, **options: str | int | float | bool | None) -> Any:
        try:
            return jail.run(task, file, **options, **more.get(task, {})).value
        except JailError as exc:
            raise OcrError(code_of(exc)) from exc

    return run


def code_of(error: JailError) -> str:
    """The reason code of a call of the jail that gave no result."""
    match error:
        case JailRefused():
            return error.code
        case JailTimeout():
            return "content.too_slow"
        case JailUnavailable():
            return "engine.unavailable"
        case _:
            return "content.crash"


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
