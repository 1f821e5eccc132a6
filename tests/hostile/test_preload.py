"""A jail child may have no right to read its own interpreter: after the zygote's preload no task imports anything."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, skip_loudly
from tests.hostile import specimens

_CHILD = """
import io, json, sys, tempfile
from pathlib import Path
from dms import jail_zygote
from dms.intake.tasks import JAIL_TASKS

tasks = {name: jail_zygote._load(task.function) for name, task in JAIL_TASKS.items()}
jail_zygote._preload()
for warm_up in {task.warm_up for task in JAIL_TASKS.values() if task.warm_up}:
    jail_zygote._load(warm_up)()
imported = []
sys.addaudithook(lambda event, arguments: imported.append(arguments[0]) if event == "import" else None)

def run(task, data, **options):
    with tempfile.TemporaryDirectory() as scratch:
        try:
            return tasks[task](io.BytesIO(data), Path(scratch), **options)
        except Exception as exc:
            refused.append(getattr(exc, "code", type(exc).__name__))

refused = []
for path in sorted(Path(sys.argv[1]).iterdir()):
    data = path.read_bytes()
    kind = run("identify", data, name=path.name)
    run("office_text", data, media_type=kind["media_type"])
    for name in ("describe", "text_layer", "read_einvoice", "check_einvoice", "xml_text"):
        run(name, data)
    run("read_page", data, page=1)
    run("render_page", data, page=1, max_dpi=100)
print(json.dumps([imported, refused]))
"""


def _pdf_with_text() -> bytes:
    import typst

    return bytes(typst.compile(b"Sehr geehrte Damen und Herren, " * 20, format="pdf"))


def test_no_task_imports_a_module_in_the_child(tmp_path: Path) -> None:
    files = {
        "a.pdf": specimens.PDF, "text.pdf": _pdf_with_text(), "a.jpg": specimens.JPEG, "a.png": specimens.PNG,
        "a.tif": specimens.TIFF, "a.docx": specimens.DOCX, "a.xlsx": specimens.XLSX, "a.pptx": specimens.PPTX,
        "a.odt": specimens.ODT, "a.odp": specimens.ODP, "a.xml": specimens.INVOICE.encode(), "a.txt": b"Guten Tag",
        "b.txt": "Grüße".encode("utf-16"), "c.txt": "Grüße".encode("cp850"), "a.csv": b"a;b\n1;2\n",
        "a.html": b"<p>Guten Tag &auml;</p>", "a.rtf": b"{\\rtf1 Guten Tag}", "a.eml": specimens.mail(a_pdf=b"x"),
        "b.eml": b"From: =?utf-8?b?w6Q=?= <a@b>\nSubject: =?iso-8859-15?q?=E4?=\n\nx", "broken.xml": b"<a",
        "broken.tif": specimens.TIFF[:100], "broken.docx": specimens.DOCX[:500], "broken.pdf": b"%PDF-1.7 x %%EOF",
        "x.bin": b"\x01\x02",
    }  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    command = [sys.executable, "-c", _CHILD, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr[-3000:]
    imported, refused = json.loads(ended.stdout.splitlines()[-1])
    if "engine.missing" in refused:
        skip_loudly("no Tesseract here")
    there = [name for name in imported if importlib.util.find_spec(name)]  # some libraries try names of long ago
    assert there == []
    assert len(refused) > 20
