"""`dms check-invoice`: the report on e-invoices without a database, in the same jail as the intake."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from dms.cli.jailed import FILES, code_of, opened_jail, runner, sha256
from dms.cli.main import AS_JSON, NOT_NOW, REFUSED, print_json
from dms.cli.session import settings
from dms.cli.terminal import printable
from dms.clock import SystemClock, local_date
from dms.intake.wording import reason
from dms.jail import Jail, JailError, JailResult
from invoicing import Report, Rulebook, RuleChecker, exit_code, judge
from invoicing.comparison import report_differences
from invoicing.tasks import INVOICE_FILE
from ocr.answers import Description
from ocr.base import OcrError
from ocr.document import read_pages

NOT_AN_EINVOICE = 4
MOST_PAGES_COMPARED = 50
PARALLEL = min(2, os.cpu_count() or 1)
"""While one file is judged by the rules, the next ones are read in the jail."""
SMALL_BYTES = 512 * 1024
ROW = 16
"""So many small XML files share one jail process: starting it costs more than reading one of them."""


@click.command(name="check-invoice")
@FILES
@AS_JSON
def check_invoice(files: tuple[Path, ...], as_json: bool) -> None:
    """Prüft E-Rechnungen: XSD und die amtlichen Regeln."""
    codes = []
    with opened_jail() as jail, _rules() as checker, ThreadPoolExecutor(PARALLEL) as pool:
        for reports in pool.map(lambda row: _checked_row(jail, checker, row), _rows(files)):
            for report in reports:
                codes.append(exit_code(report))
                print_json(report) if as_json else _print_report(report)
    raise click.exceptions.Exit(_overall(codes))


@contextmanager
def _rules() -> Iterator[RuleChecker | None]:
    """The rules in force today; None where none are installed, which every report then says."""
    rulebook = Rulebook(settings().rules_path)
    try:
        yield rulebook.checker(local_date(SystemClock().now()))
    finally:
        rulebook.close()


def _rows(files: Sequence[Path]) -> Iterator[list[Path]]:
    """The files in their order, small XML files that follow each other in rows."""
    for is_small, alike in groupby(files, _is_small_xml):
        found = list(alike)
        step = ROW if is_small else 1
        yield from (found[first : first + step] for first in range(0, len(found), step))


def _is_small_xml(file: Path) -> bool:
    with file.open("rb") as stream:
        begins = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        return os.fstat(stream.fileno()).st_size <= SMALL_BYTES and begins.startswith(b"<")


def _checked_row(jail: Jail, checker: RuleChecker | None, files: list[Path]) -> list[dict[str, Any]]:
    """A row whose process ended early is read once more file by file, so that one file never decides about another."""
    if len(files) == 1:
        return [_checked(jail, checker, files[0])]
    contents = [file.read_bytes() for file in files]
    try:
        found = jail.run("check_einvoices", b"".join(contents), sizes=",".join(str(len(data)) for data in contents))
    except JailError:
        return [_checked(jail, checker, file) for file in files]
    texts = [_text(found, f"{number}-{INVOICE_FILE}") for number in range(len(files))]
    return [
        {"file": str(file), **judge(Report.load(report), text, checker).as_json()}
        for file, report, text in zip(files, found.value, texts, strict=True)
    ]


def _checked(jail: Jail, checker: RuleChecker | None, file: Path) -> dict[str, Any]:
    try:
        found = jail.run("check_einvoice", file)
    except JailError as exc:
        return _unread(file, code_of(exc))
    report = judge(Report.load(found.value), _text(found, INVOICE_FILE), checker)
    if report.syntax is not None and report.embedded:
        report = _compared(jail, report, file)
    return {"file": str(file), **report.as_json()}


def _text(found: JailResult, name: str) -> str:
    return found.files.get(name, b"").decode()


def _compared(jail: Jail, report: Report, file: Path) -> Report:
    """With what the pages of a hybrid PDF show; of a very long one only the first pages are read."""
    run = runner(jail, file)
    try:
        described: Description = run("describe")
        is_whole = described["page_count"] <= MOST_PAGES_COMPARED
        count = min(described["page_count"], MOST_PAGES_COMPARED)
        read = read_pages(run, count, is_pdf=described["format"] == "pdf")
    except OcrError:
        return report_differences(report, (), is_complete=False)
    return report_differences(report, read.pages, is_complete=is_whole and not read.failed)


def _unread(file: Path, code: str) -> dict[str, Any]:
    """The report on a file that the jail could not read at all: the same keys as any other."""
    is_checked = code not in ("engine.unavailable", "content.too_slow")
    rule = f"input.{code.partition('.')[2]}" if is_checked else code
    finding = {"rule": rule, "level": "error", "location": None, "bt": None, "message": reason(code)}
    nothing = dict.fromkeys(("syntax", "profile", "scenario", "rule_set", "xsd_valid"))
    lists: dict[str, Any] = {"terms": [], "embedded": [], "pdf_differences": []}
    accepted = False if is_checked else None
    head = {"file": str(file), "file_sha256": sha256(file)}
    return {**head, **nothing, "accepted": accepted, "findings": [finding], **lists}


def _overall(codes: list[int]) -> int:
    """3 if any could not be checked, else 1 if any was rejected, else 4, else 0."""
    return next((code for code in (NOT_NOW, REFUSED, NOT_AN_EINVOICE) if code in codes), 0)


def _print_report(report: dict[str, Any]) -> None:
    verdict = {True: "angenommen", False: "nicht angenommen", None: "nicht geprüft"}[report["accepted"]]
    click.echo(printable(f"{report['file']}: {verdict}"))
    for finding in report["findings"]:
        click.echo(f"  {printable(finding['rule'])}: {printable(finding['message'])}")
