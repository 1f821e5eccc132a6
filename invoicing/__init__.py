"""Everything we know about e-invoices: recognise, read, check, show and write them; no database, no network.

`detect`, `read` and `check` take bytes; `read` raises `Refused` or `NotAnInvoice`, `check` never does.
"""

from invoicing.detect import Format, Syntax, detect
from invoicing.documents import Document, read, write_cii, write_ubl
from invoicing.errors import InvoicingError, NotAnInvoice, Refused
from invoicing.findings import Finding, Level
from invoicing.model import Invoice
from invoicing.render import render_html
from invoicing.validate import Report, check, exit_code
from invoicing.zugferd import embed

__all__ = [
    "Document",
    "Finding",
    "Format",
    "Invoice",
    "InvoicingError",
    "Level",
    "NotAnInvoice",
    "Refused",
    "Report",
    "Syntax",
    "check",
    "detect",
    "embed",
    "exit_code",
    "read",
    "render_html",
    "write_cii",
    "write_ubl",
]
