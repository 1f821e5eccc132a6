"""What the commands share that look at files in the jail, without an installation."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dms.intake.tasks import JAIL_TASKS
from dms.jail import Jail, JailError, JailRefused, JailTimeout, JailUnavailable
from ocr.base import OcrError
from ocr.document import TaskRunner

FILES = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))


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
