"""Who runs the hostile tests: the user of the suite, and an ordinary one where that is root."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, skip_loudly

ORDINARY = 23456
"""A user id without any right on this machine, with an account or not."""


@pytest.fixture(scope="session")
def python_for_all() -> str:
    """An interpreter that an ordinary user may start (ours may lie below a home of root's)."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        if _starts(candidate):
            return candidate
    skip_loudly(f"no {version} here that an ordinary user may start")
    return ""


def _starts(candidate: str) -> bool:
    try:
        return subprocess.run([candidate, "-c", ""], user=ORDINARY, group=ORDINARY, check=False).returncode == 0
    except OSError:
        return False


class RunAs:
    """Runs our interpreter as ``root`` or as an ``ordinary`` user; the suite's own user is one of the two."""

    def __init__(self, python_for_all: str) -> None:
        self._python_for_all = python_for_all
        self.users = ("root", "ordinary") if os.geteuid() == 0 else ("ordinary",)

    def __call__(
        self, user: str, *arguments: str, folder: Path, seconds: float = 200
    ) -> "subprocess.CompletedProcess[str]":
        drops = user == "ordinary" and os.geteuid() == 0
        other: dict[str, Any] = {"user": ORDINARY, "group": ORDINARY, "extra_groups": []} if drops else {}
        if drops:
            os.chown(folder, ORDINARY, ORDINARY)
        return subprocess.run(
            [self._python_for_all if drops else sys.executable, "-W", "error", *arguments],
            env=_environment(folder),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            **other,
        )


@pytest.fixture(scope="session")
def run_as(python_for_all: str) -> RunAs:
    return RunAs(python_for_all)


def _environment(folder: Path) -> dict[str, str]:
    paths = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
