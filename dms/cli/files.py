"""`dms read` and `dms check-invoice`: look at files without a database, in the same jail as the intake."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dms.cli.main import NOT_NOW, REFUSED, print_json
from dms.intake.tasks import JAIL_TASKS
from dms.intake.wording import reason
from dms.jail import Jail, JailError, JailRefused, JailTimeout, JailUnavailable
from invoicing.text_fields import read_fields
from invoicing.validate import exit_code
from ocr import DEFAULT_ENGINE, ENGINE_NAMES
from ocr.base import OcrError
from ocr.document import read_document

FILES = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
NOT_AN_EINVOICE = 4


@contextmanager
def _jail() -> Iterator[Jail]:
    jail = Jail(JAIL_TASKS)
    try:
        yield jail
    finally:
        jail.close()


@click.command(name="check-invoice")
@FILES
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON")
def check_invoice(files: tuple[Path, ...], as_json: bool) -> None:
    """Prüft E-Rechnungen: XSD und, sobald eingerichtet, die amtlichen Regeln."""
    codes = []
    with _jail() as jail:
        for file in files:
            report = {"file": str(file), **_checked(jail, file)}
            codes.append(_check_code(report))
            print_json(report) if as_json else _print_report(report)
    raise click.exceptions.Exit(_overall(codes))


def _checked(jail: Jail, file: Path) -> dict[str, Any]:
    try:
        return dict(jail.run("check_einvoice", file, file_name=file.name).value)
    except JailError as exc:
        return _unread(file, _code_of(exc))


def _code_of(error: JailError) -> str:
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


def _unread(file: Path, code: str) -> dict[str, Any]:
    """The report on a file that the jail could not read at all: the same keys as any other."""
    is_checked = code not in ("engine.unavailable", "content.too_slow")
    rule = f"input.{code.partition('.')[2]}" if is_checked else code
    finding = {"rule": rule, "level": "error", "location": None, "bt": None, "message": reason(code)}
    nothing = dict.fromkeys(("syntax", "profile", "scenario", "rule_set", "xsd_valid"))
    lists: dict[str, Any] = {"terms": [], "embedded": [], "pdf_differences": []}
    accepted = False if is_checked else None
    return {"file_sha256": _sha256(file), **nothing, "accepted": accepted, "findings": [finding], **lists}


def _check_code(report: dict[str, Any]) -> int:
    return NOT_NOW if report["accepted"] is None else exit_code(report)


def _overall(codes: list[int]) -> int:
    """3 if any could not be checked, else 1 if any was rejected, else 4, else 0."""
    return next((code for code in (NOT_NOW, REFUSED, NOT_AN_EINVOICE) if code in codes), 0)


def _print_report(report: dict[str, Any]) -> None:
    verdict = {True: "angenommen", False: "nicht angenommen", None: "nicht geprüft"}[report["accepted"]]
    click.echo(f"{report['file']}: {verdict}")
    for finding in report["findings"]:
        click.echo(f"  {finding['rule']}: {finding['message']}")


@click.command()
@FILES
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON")
@click.option("--pixels", is_flag=True, help="Orte in Bildpunkten statt in Punkt")
@click.option(
    "--engine", default=DEFAULT_ENGINE, type=click.Choice([*ENGINE_NAMES, "rapid"]), help="womit gelesen wird"
)
def read(files: tuple[Path, ...], as_json: bool, pixels: bool, engine: str) -> None:
    """Liest Wörter mit Ort und Rechnungsfelder aus Dateien."""
    worst = 0
    with _jail() as jail:
        for file in files:
            answer = _read(jail, file, pixels, "rapidocr" if engine == "rapid" else engine)
            print_json(answer) if as_json else click.echo(_plain(answer))
            worst = max(worst, _code(answer))
    raise click.exceptions.Exit(worst)


def _read(jail: Jail, file: Path, pixels: bool, engine: str) -> dict[str, Any]:
    def run(task: str, /, **options: str | int | float | bool | None) -> Any:
        if task == "read_page":
            options["reader"] = engine
        try:
            return jail.run(task, file, **options).value
        except JailError as exc:
            raise OcrError(_code_of(exc)) from exc

    return dict(
        read_document(
            run,
            file=str(file),
            file_sha256=_sha256(file),
            read_fields=read_fields,
            pixels=pixels,
        )
    )


def _code(answer: dict[str, Any]) -> int:
    reason = str(answer.get("reason") or "")
    if not reason:
        return 0
    return NOT_NOW if reason.startswith("engine.") else REFUSED


def _plain(answer: dict[str, Any]) -> str:
    return "\n\n".join(" ".join(word[0] for word in page["words"]) for page in answer["pages"])


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
