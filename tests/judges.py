"""Judges by other people over many files at once: phive for e-invoices, veraPDF for PDF/A and PDF/UA."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, skip_loudly

JUDGES = ROOT.parent / "shared" / "judges"
SECONDS = 900


def phive(files: Sequence[Path]) -> dict[Path, dict[str, Any]]:
    """What the rules behind many Peppol access points say: `valid`, `rules` at level error, `warnings`."""
    return _judge("phive", files, {})


def vera_pdf(files: Sequence[Path], flavour: str) -> dict[Path, dict[str, Any]]:
    """Whether the files keep a standard such as `3b` or `ua1`: `valid`, `claimed`, `rules` broken, `messages`."""
    return _judge("verapdf", files, {"FLAVOUR": flavour})


def _judge(name: str, files: Sequence[Path], settings: dict[str, str]) -> dict[Path, dict[str, Any]]:
    command = JUDGES / name / "run.sh"
    if not command.exists():
        pytest.skip("no judges beside the checkout (../shared/judges)")
    for program in ("java", "javac", "mvn"):
        if not shutil.which(program):
            skip_loudly(f"no {program} here: apt-get install default-jdk-headless maven")
    listed = files[0].parent / f"{name}-{'-'.join(settings.values())}.list"
    listed.write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
    ended = subprocess.run(
        [command, f"@{listed}"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if ended.returncode and "Could not resolve" in ended.stderr + ended.stdout:
        skip_loudly(f"{name} could not be fetched: Maven Central is out of reach")
    assert ended.returncode == 0, ended.stderr[-2000:]
    rows = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    return {Path(row["file"]): row for row in rows}
