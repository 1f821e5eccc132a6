"""Hazards of a document: what a person should know before opening the original (German: dms/intake/wording.py).

`ocr.hazards` finds those of a PDF, `dms.intake.archives` those of office files; here stand those of e-invoices.
"""

from collections.abc import Mapping
from typing import Any

from dms.errors import Rejected
from dms.intake.texts import PROGRAM_NAMES

HAZARDS = (
    "attachment-path", "changed-later", "embedded-file", "embedded-object", "embedded-program", "javascript", "launch",
    "media", "not-fully-checked", "remote-file", "submit", "uri-action", "xfa",
)  # fmt: skip
"""Every code that `Document.hazards` can hold."""


def of_einvoice(invoice: Mapping[str, Any]) -> set[str]:
    """What the attachments of an e-invoice (BG-24) are; raises `Rejected` when it is not one invoice but several."""
    if any(rule == "pdf.several_invoices" for rule, *_ in invoice["report"]["findings"]):
        raise Rejected("pdf.several_invoices")
    names = [attached["file_name"] for attached in invoice["attachments"] if attached["file_name"]]
    found = {"attachment-path"} if any(_is_path(name) for name in names) else set()
    return found | ({"embedded-program"} if any(_is_program(name) for name in names) else set())


def _is_path(name: str) -> bool:
    """Whether a file name leads somewhere: separators, drives, or characters that show it otherwise than it is."""
    return any(mark in name for mark in ("/", "\\", ":", "..")) or not name.isprintable()


def _is_program(name: str) -> bool:
    return name.lower().rstrip(". ").endswith(PROGRAM_NAMES)
