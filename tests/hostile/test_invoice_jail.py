"""A forked jail child may have no right to read anything: after `preload` the tasks must not need to."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pikepdf

from invoicing import write_cii, write_ubl
from invoicing.model import Account, Address, Invoice, Line, Note, Party, PaymentInstructions, ProcessControl, Totals
from invoicing.scenarios import XRECHNUNG

_CHILD = """
import sys
from io import BytesIO
from pathlib import Path

from invoicing import tasks
from invoicing.errors import Refused

files = [path.read_bytes() for path in sorted(Path(sys.argv[1]).iterdir())]
scratch = Path(sys.argv[2])
tasks.preload()

def forbid(event, arguments):
    if event == "import":
        raise PermissionError(f"imports {arguments[0]}")
    if event == "open" and not str(arguments[0]).startswith(str(scratch)):
        raise PermissionError(f"opens {arguments[0]}")

sys.addaudithook(forbid)
for data in files:
    for task in (tasks.check, tasks.read_einvoice, tasks.render_view, tasks.xml_text):
        try:
            task(BytesIO(data), scratch)
        except Refused as refusal:
            sys.stdout.write(f"{refusal.code}\\n")
sys.stdout.write(f"{len(files)} files\\n")
"""

_INVOICE = Invoice(
    number="1 ä",
    issue_date=date(2026, 11, 5),
    type_code="380",
    currency="EUR",
    buyer_reference="04011000-12345-34",
    payment_terms="#SKONTO#TAGE=14#PROZENT=2.25#\n",
    notes=(Note("AAI", "Text"),),
    process=ProcessControl(None, XRECHNUNG),
    seller=Party("Pinsel", vat_id="IT00743110157", address=Address(country="FR")),
    buyer=Party("Beispielau", vat_id="ES54362315K"),
    payment_instructions=(PaymentInstructions("58", accounts=(Account("BE00000000000000"), Account("ES1"))),),
    totals=Totals(gross=Decimal("1.00"), payable=Decimal("1.00")),
    lines=(Line("1", quantity=Decimal(1), unit="C62"),),
)


def test_after_preload_no_task_opens_a_file_or_imports_a_module(tmp_path: Path) -> None:
    inputs, scratch = tmp_path / "in", tmp_path / "scratch"
    inputs.mkdir()
    scratch.mkdir()
    files = _files()
    for number, data in enumerate(files):
        (inputs / f"{number:02}").write_bytes(data)
    command = [sys.executable, "-W", "error", "-c", _CHILD, str(inputs), str(scratch)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == f"{len(files)} files"


def _files() -> list[bytes]:
    ubl, cii = write_ubl(_INVOICE).decode(), write_cii(_INVOICE)
    bare = ubl.partition("?>")[2]
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["factur-x.xml"] = pikepdf.AttachedFileSpec(pdf, cii, filename="factur-x.xml")
        hybrid = BytesIO()
        pdf.save(hybrid)
    return [
        ubl.encode(),
        cii,
        write_ubl(replace(_INVOICE, type_code="381")),
        cii.replace(b">20261105<", b">20261399<"),
        bare.encode("utf-16"),
        bare.encode("utf-16-be"),
        f'<?xml version="1.0" encoding="ISO-8859-1"?>{bare}'.encode("latin-1"),
        f'<?xml version="1.0" encoding="ISO-8859-15"?>{bare}'.encode("iso-8859-15"),
        f'<?xml version="1.0" encoding="windows-1252"?>{bare}'.encode("windows-1252"),
        '<?xml version="1.0" encoding="US-ASCII"?><a/>'.encode("ascii"),
        hybrid.getvalue(),
        hybrid.getvalue()[:400],
        b"<!DOCTYPE a><a/>",
        b"<a>\xff</a>",
        b"no invoice",
        b"",
    ]
