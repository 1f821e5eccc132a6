"""A child of the jail may not be able to read the environment, so nothing that a task needs may be imported in it."""

import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from dms.demo.specimens import specimens
from ocr import PageJson, packed

RUN_ALL = """
import contextlib, importlib, json, sys
from pathlib import Path
from dms.intake.tasks import JAIL_TASKS

folder, options = Path(sys.argv[1]), json.loads(sys.argv[2])
modules = {task.function.partition(":")[0] for task in JAIL_TASKS.values()}
for module in [importlib.import_module(name) for name in modules]:
    getattr(module, "preload", lambda: None)()
for module, _, function in (task.warm_up.partition(":") for task in JAIL_TASKS.values() if task.warm_up):
    getattr(importlib.import_module(module), function)()
known = set(sys.modules)
for name, task in JAIL_TASKS.items():
    module, _, function = task.function.partition(":")
    for file in sorted(folder.iterdir()):
        with file.open("rb") as source, contextlib.suppress(Exception):
            getattr(sys.modules[module], function)(source, folder.parent / "scratch", **options.get(name, {}))
print(json.dumps(sorted(name for name in set(sys.modules) - known if not name.startswith("encodings."))))
"""
OPTIONS = {
    "identify": {"name": "a"},
    "office_text": {"media_type": "text/plain"},
    "text_layer": {"first": 1, "last": 1},
    "read_page": {"page": 1},
    "take_pages": {"numbers": "1"},
    "make_archive": {"at": "2026-11-24T08:00:00+00:00"},
    "render_page": {"page": 1},
    "check_einvoice": {"file_name": "a"},
    "check_einvoices": {"sizes": "1000000"},
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """One file of each kind that the intake reads, made in this process."""
    folder = tmp_path / "files"
    folder.mkdir()
    (tmp_path / "scratch").mkdir()
    for specimen in specimens(date(2026, 11, 24))[3:]:
        (folder / specimen.name).write_bytes(specimen.data)
    scan = Image.open(io.BytesIO((folder / "scan-004.jpg").read_bytes()))
    for ending in ("png", "tif"):
        scan.save(folder / f"scan.{ending}", dpi=(200, 200))
    for original in [folder / "scan-004.jpg", *folder.glob("*.pdf")]:
        words: list[list[str | float]] = [["Gemeinde", 72, 72, 144, 84, 0.9]]
        page = PageJson(number=1, width_pt=595, height_pt=842, source="tesseract", rotation=0, words=words)
        with original.open("rb") as stream:
            (folder / f"{original.stem}.packed").write_bytes(packed(stream, [page]))
    return folder


def test_no_task_imports_anything_once_it_runs(files: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", RUN_ALL, str(files), json.dumps(OPTIONS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []
