"""The PDF view of a stranger's invoice, made in the real jail: bounded, and markup in it stays text."""

from collections.abc import Iterator
from dataclasses import replace

import pypdfium2 as pdfium
import pytest

from dms.intake.tasks import JAIL_TASKS
from dms.jail import Jail, JailRefused
from invoicing import Invoice, write_ubl
from invoicing.model import Line, LineTax, Note
from invoicing.pdf_view import MAX_CHARACTERS, MAX_VALUES
from tests.valid_invoices import valid_invoice

_LOOP = '#while true {} #let f() = f(); #f() #read("/etc/passwd") #import "@preview/x:1.0.0" #sys.inputs'


@pytest.fixture(scope="module")
def jail() -> Iterator[Jail]:
    made = Jail({"render_view": JAIL_TASKS["render_view"]})
    yield made
    made.close()


def _pages(jail: Jail, data: bytes) -> list[str]:
    result = jail.run("render_view", data)
    document = pdfium.PdfDocument(result.files[str(result.value)])
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def test_an_invoice_that_is_a_program_is_printed(jail: Jail) -> None:
    hostile = replace(valid_invoice(0), notes=(Note(None, _LOOP),))
    [*pages] = _pages(jail, write_ubl(hostile))
    assert "#whiletrue{}#letf()=f();#f()#read(" in "".join("".join(pages).split())


def test_the_largest_view_keeps_its_limits(jail: Jail) -> None:
    """About as much as `MAX_VALUES` and `MAX_CHARACTERS` let through together; a line has four values."""
    words = "Wort " * (MAX_CHARACTERS // (MAX_VALUES // 4) // 5 - 4)
    lines = tuple(
        Line(str(number), quantity=None, note=words, tax=LineTax("S", None), unit="C62")
        for number in range(MAX_VALUES // 4 - 10)
    )
    assert len(_pages(jail, write_ubl(Invoice(number="R-1", lines=lines)))) > 50


def test_a_larger_one_is_refused_in_words(jail: Jail) -> None:
    huge = write_ubl(Invoice(number="R-1", lines=(Line("1", note="x" * 1000),) * 1200))
    with pytest.raises(JailRefused, match=r"view\.too_large"):
        _pages(jail, huge)


def test_what_is_no_invoice_is_refused(jail: Jail) -> None:
    with pytest.raises(JailRefused, match=r"invoice\.none"):
        _pages(jail, b"<order/>")
