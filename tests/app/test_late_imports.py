"""A child of the jail may not be able to read the environment, so nothing that a task needs may be imported in it."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from dms.demo.specimens import specimens
from ocr import PageJson, packed
from ocr.packing import packed_files
from tests.conftest import skip_loudly
from tests.hostile import specimens as honest

RUN_ALL = """
import json, sys
from pathlib import Path
from dms import jail_zygote
from dms.intake.tasks import JAIL_TASKS

folder, options = Path(sys.argv[1]), json.loads(sys.argv[2])
tasks = {name: jail_zygote._load(task.function) for name, task in JAIL_TASKS.items()}
jail_zygote._preload()
for warm_up in {task.warm_up for task in JAIL_TASKS.values() if task.warm_up}:
    jail_zygote._load(warm_up)()
known, done = set(sys.modules), set()
for name, task in tasks.items():
    for file in sorted(folder.iterdir()):
        try:
            with file.open("rb") as source:
                task(source, folder.parent / "scratch", **options.get(name, {}))
            done.add(name)
        except Exception:
            pass
print(json.dumps([sorted(set(sys.modules) - known), sorted(set(tasks) - done)]))
"""
OPTIONS = {
    "identify": {"name": "a"},
    "office_text": {"media_type": "text/plain"},
    "text_layer": {"first": 1, "last": 1},
    "read_page": {"page": 1},
    "take_pages": {"numbers": "1"},
    "make_archive": {"at": "2026-11-24T08:00:00+00:00"},
    "render_page": {"page": 1, "max_dpi": 100},
    "check_einvoices": {"sizes": "1000000"},
}


SMALL = {
    "a.jpg": honest.JPEG, "a.png": honest.PNG, "a.tif": honest.TIFF, "a.docx": honest.DOCX, "a.xlsx": honest.XLSX,
    "a.pptx": honest.PPTX, "a.odt": honest.ODT, "a.odp": honest.ODP, "a.xml": honest.INVOICE.encode(),
    "a.txt": b"Guten Tag", "b.txt": "Grüße".encode("utf-16"), "c.txt": "Grüße".encode("cp850"), "a.csv": b"a;b\n1;2\n",
    "a.html": b"<p>Guten Tag &auml;</p>", "a.rtf": b"{\\rtf1 Guten Tag}", "a.eml": honest.mail(a_pdf=b"x"),
    "b.eml": b"From: =?utf-8?b?w6Q=?= <a@b>\nSubject: =?iso-8859-15?q?=E4?=\n\nx", "broken.xml": b"<a",
    "broken.tif": honest.TIFF[:100], "broken.docx": honest.DOCX[:500], "broken.pdf": b"%PDF-1.7 x %%EOF",
    "x.bin": b"\x01\x02", "files.packed": packed_files([honest.PDF, honest.PDF]),
}  # fmt: skip
FROM_THE_DEMONSTRATION = {"scan-004.jpg", "xrechnung-2026-1187.xml", "xrechnung-RE-4711.xml", "rechnung-RE-4650.pdf"}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Files of each kind that the intake reads, whole ones and broken ones, made in this process."""
    folder = tmp_path / "files"
    folder.mkdir()
    (tmp_path / "scratch").mkdir()
    larger = {one.name: one.data for one in specimens(date(2026, 11, 24)) if one.name in FROM_THE_DEMONSTRATION}
    assert set(larger) == FROM_THE_DEMONSTRATION
    for name, data in {**SMALL, **larger}.items():
        (folder / name).write_bytes(data)
    for original in (folder / "scan-004.jpg", folder / "rechnung-RE-4650.pdf"):
        words: list[list[str | float]] = [["Gemeinde", 72, 72, 144, 84, 0.9]]
        page = PageJson(number=1, width_pt=595, height_pt=842, source="tesseract", rotation=0, words=words)
        with original.open("rb") as stream:
            (folder / f"{original.stem}.packed").write_bytes(packed(stream, [page]))
    return folder


def test_a_command_starts_without_what_only_a_reader_needs() -> None:
    """They take a fifth of a second of each start."""
    code = "import sys, dms.app; print(*{'numpy', 'cv2', 'PIL', 'zxingcpp', 'pytesseract'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == []


def test_no_task_imports_anything_once_it_runs(files: Path) -> None:
    if not shutil.which("tesseract"):
        skip_loudly("no Tesseract here: apt-get install tesseract-ocr tesseract-ocr-deu")
    command = [sys.executable, "-W", "ignore", "-c", RUN_ALL, str(files), json.dumps(OPTIONS)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    imported, never_done = json.loads(ended.stdout.splitlines()[-1])
    assert (imported, never_done) == ([], [])
