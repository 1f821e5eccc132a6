"""Everything we know about e-invoices: recognise, read, check, show and write them; no database, no network.

`detect`, `read` and `check` take bytes; `read` raises `Refused` or `NotAnInvoice`, `check` never does.
"""

from invoicing.detect import Format, Syntax, detect
from invoicing.documents import Document, read, write_cii, write_ubl
from invoicing.errors import InvoicingError, NotAnInvoice, NotExpressible, Refused
from invoicing.findings import Finding, Level
from invoicing.hybrid import embed
from invoicing.model import Invoice
from invoicing.pdf_view import render_pdf, write_zugferd
from invoicing.render import render_html
from invoicing.report import Report
from invoicing.rules import Rulebook, RuleChecker
from invoicing.validate import Verdict, check, exit_code, judge, verdict

__all__ = [
    "Document",
    "Finding",
    "Format",
    "Invoice",
    "InvoicingError",
    "Level",
    "NotAnInvoice",
    "NotExpressible",
    "Refused",
    "Report",
    "RuleChecker",
    "Rulebook",
    "Syntax",
    "Verdict",
    "check",
    "detect",
    "embed",
    "exit_code",
    "judge",
    "read",
    "render_html",
    "render_pdf",
    "verdict",
    "write_cii",
    "write_ubl",
    "write_zugferd",
]
