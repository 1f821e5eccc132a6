"""Hazards of e-invoices: what their attachments are called, and invoices that are more than one."""

from typing import Any

import pytest

from dms.errors import Rejected
from dms.intake.hazards import HAZARDS, of_einvoice


def _invoice(*names: str | None, rules: tuple[str, ...] = ()) -> dict[str, Any]:
    findings = [[rule, "error"] for rule in rules]
    return {"attachments": [{"file_name": name} for name in names], "report": {"findings": findings}}


@pytest.mark.parametrize(
    ("name", "hazards"),
    [
        ("Lieferschein 4711.pdf", set()),
        ("Aufmaß_Los-2.xlsx", set()),
        (None, set()),
        ("../../etc/cron.d/x", {"attachment-path"}),
        ("..\\..\\Windows\\x.pdf", {"attachment-path"}),
        ("C:x.pdf", {"attachment-path"}),
        ("rechnung\u202efdp.exe", {"attachment-path", "embedded-program"}),
        ("rechnung.pdf\x00.exe", {"attachment-path", "embedded-program"}),
        ("rechnung.pdf.EXE. ", {"embedded-program"}),
    ],
)
def test_names_of_attachments_are_looked_at(name: str | None, hazards: set[str]) -> None:
    assert of_einvoice(_invoice("plan.pdf", name)) == hazards
    assert hazards <= set(HAZARDS)


def test_several_invoices_in_one_file_are_a_matter_for_a_person() -> None:
    with pytest.raises(Rejected, match=r"pdf\.several_invoices"):
        of_einvoice(_invoice(rules=("xsd.invalid", "pdf.several_invoices")))
    assert of_einvoice(_invoice(rules=("pdf.legacy_copy",))) == set()
