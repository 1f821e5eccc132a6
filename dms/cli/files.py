"""`dms read`: the words and invoice fields of files without a database, in the same jail as the intake."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dms.cli.jailed import FILES, opened_jail, runner, sha256
from dms.cli.main import AS_JSON, NOT_NOW, REFUSED, print_json
from dms.jail import Jail
from invoicing import payment_code
from invoicing.knowledge import Knowledge
from invoicing.page_layout import WordRow
from invoicing.text_fields import Field, read_fields
from ocr import DEFAULT_ENGINE, ENGINE_NAMES
from ocr.document import read_document


@click.command()
@FILES
@AS_JSON
@click.option("--pixels", is_flag=True, help="Orte in Bildpunkten statt in Punkt")
@click.option(
    "--engine", default=DEFAULT_ENGINE, type=click.Choice([*ENGINE_NAMES, "rapid"]), help="womit gelesen wird"
)
def read(files: tuple[Path, ...], as_json: bool, pixels: bool, engine: str) -> None:
    """Liest Wörter mit Ort und Rechnungsfelder aus Dateien."""
    worst = 0
    with opened_jail() as jail:
        for file in files:
            answer = _read(jail, file, pixels, "rapidocr" if engine == "rapid" else engine)
            print_json(answer) if as_json else click.echo(_plain(answer))
            worst = max(worst, _code(answer))
    raise click.exceptions.Exit(worst)


def _read(jail: Jail, file: Path, pixels: bool, engine: str) -> dict[str, Any]:
    return dict(
        read_document(
            runner(jail, file, read_page={"reader": engine}),
            file=str(file),
            file_sha256=sha256(file),
            read_fields=_fields,
            pixels=pixels,
        )
    )


def _fields(pages: Sequence[Sequence[WordRow]], codes: Sequence[str]) -> dict[str, Field]:
    """Of lists of a town nothing is known here; a payment code is a witness all the same."""
    return read_fields(pages, Knowledge(payment_code=payment_code.first(codes)))


def _code(answer: dict[str, Any]) -> int:
    reason = str(answer.get("reason") or "")
    if not reason:
        return 0
    return NOT_NOW if reason.startswith("engine.") else REFUSED


def _plain(answer: dict[str, Any]) -> str:
    return "\n\n".join(" ".join(word[0] for word in page["words"]) for page in answer["pages"])
