"""The wheel: all that the application needs is in it, and it runs where no checkout is."""

import ast
import json
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

from tests.commands import environment, free_port, wait_until_it_answers
from tests.conftest import ROOT, skip_loudly

pytestmark = pytest.mark.timeout(600)
OURS = ("dms", "invoicing", "ocr", "search", "storage")
WHERE = """
import importlib, sys
from dms.cli.main import COMMANDS
from dms.intake.tasks import JAIL_TASKS
for name in [*COMMANDS.values(), *(task.function for task in JAIL_TASKS.values())]:
    importlib.import_module(name.partition(":")[0])
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] in sys.argv and module.__file__:
        print(module.__file__)
"""


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel, and the wheel."""

    wheel: Path
    bin: Path

    def run(self, *command: str, data: Path, **options: object) -> subprocess.CompletedProcess[str]:
        program = str(self.bin / command[0])
        return subprocess.run(
            [program, *command[1:]], cwd=data.parent, env=environment(data), capture_output=True, text=True, check=True
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment of its own; the libraries are those of this one, without the checkout."""
    if not list((ROOT / "dms/web/static/vendor").glob("stamp-*")):
        skip_loudly("no browser assets here: make setup")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = str(venv / "bin/python")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", str(wheel)],
        check=True,
    )
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_paths()["purelib"], encoding="utf-8")
    return Installed(wheel, venv / "bin")


def test_everything_that_is_no_code_is_in_the_wheel(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = set(wheel.namelist())
    assert {"dms/demo/town.toml", "dms/_migrations/env.py", "dms/web/templates/base.html"} <= names
    assert {f"dms/web/static/vendor/{name}" for name in ("kern.min.css", "htmx.min.js")} <= names
    tracked = subprocess.run(
        ["git", "ls-files", "dms", "alembic"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    wanted = {re.sub("^alembic/", "dms/_migrations/", name) for name in tracked.stdout.splitlines()}
    assert len(wanted) > 100
    assert sorted(wanted - names) == []
    assert [name for name in names if "stamp-" in name or "__pycache__" in name] == []


def test_the_wheel_migrates_and_shows_the_demonstration(installed: Installed, tmp_path: Path) -> None:
    data = tmp_path / "data"
    installed.run("dms", "migrate", data=data)
    shown = installed.run("dms", "demo", "--exit", data=data)
    assert {document["outcome"] for document in json.loads(shown.stdout)["documents"]} == {"inbox"}


@pytest.fixture
def address(installed: Installed, tmp_path: Path) -> Iterator[str]:
    port, log = free_port(), tmp_path / "log"
    command = [str(installed.bin / "dms"), "serve", "--port", str(port)]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(tmp_path / "data"), stdout=stream, stderr=stream
        )
        try:
            wait_until_it_answers(process, "127.0.0.1", port, log, tls=False)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=60)


def test_every_file_that_a_page_asks_for_is_served_from_the_wheel(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        page = client.get("/anmelden")
        links = re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text)
        assert any("vendor/" in link for link in links)
        assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_what_runs_comes_from_the_wheel(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("python", "-W", "ignore", "-c", WHERE, *OURS, data=tmp_path / "data")
    files = done.stdout.splitlines()
    assert len(files) > 80
    assert [file for file in files if not file.startswith(str(installed.bin.parent))] == []


def test_nothing_that_only_developers_install_is_imported() -> None:
    owners = packages_distributions()
    needed = _closure("aktenlauf")
    imported = {name for package in OURS for path in (ROOT / package).rglob("*.py") for name in _imports(path)}
    third_party = {name for name in imported if name in owners}
    assert len(third_party) > 20
    assert {name for name in third_party if not needed & {_plain(owner) for owner in owners[name]}} == set()


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _closure(name: str) -> set[str]:
    """The distributions that `name` needs to run, itself included."""
    found, todo = set(), [(name, frozenset[str]())]
    while todo:
        name, extras = todo.pop()
        if (_plain(name), extras) in found:
            continue
        found.add((_plain(name), extras))
        for text in distribution(name).requires or []:
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                todo.append((need.name, frozenset(need.extras)))
    return {name for name, _ in found}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
