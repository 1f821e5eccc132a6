"""Whatever the bytes are, a check ends with a report that never says "accepted" without a check."""

import json
from datetime import date
from decimal import Decimal
from io import BytesIO

import pikepdf
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing import check, exit_code, render_html, write_cii, write_ubl
from invoicing.model import Account, Invoice, Line, Party, PaymentInstructions, Period, ProcessControl, Totals
from invoicing.scenarios import XRECHNUNG

_INVOICE = Invoice(
    number="1",
    issue_date=date(2026, 11, 5),
    type_code="380",
    currency="EUR",
    process=ProcessControl(None, XRECHNUNG),
    seller=Party("Pinsel"),
    invoicing_period=Period(date(2026, 1, 1), date(2026, 1, 31)),
    payment_instructions=(PaymentInstructions("58", accounts=(Account("DE02120300000000202051"),)),),
    totals=Totals(gross=Decimal("1.00"), payable=Decimal("1.00")),
    lines=(Line("1", quantity=Decimal(1), unit="C62"),),
)
_SOURCES = [write_ubl(_INVOICE), write_cii(_INVOICE)]


def _hybrid(data: bytes) -> bytes:
    written = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["factur-x.xml"] = pikepdf.AttachedFileSpec(pdf, data, filename="factur-x.xml")
        pdf.save(written, compress_streams=False, static_id=True)
    return written.getvalue()


_SOURCES.append(_hybrid(_SOURCES[1]))


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """An invoice file in which a few stretches were cut out, doubled, swapped or overwritten."""
    data = bytearray(draw(st.sampled_from(_SOURCES)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data) - 1))
        end = min(len(data), start + draw(st.integers(1, 60)))
        piece = draw(
            st.sampled_from([b"", bytes(data[start:end]) * 2, b"<x>", b"&#x0;", b"]]>", b"\xff", b"-9e9", b"\x00"])
        )
        data[start:end] = piece
        if not data:
            break
    return bytes(data)


def _judge(data: bytes) -> None:
    report = check(data)
    assert report.accepted is not True
    assert exit_code(json.loads(json.dumps(report.as_json()))) in (1, 3, 4)


@settings(max_examples=150, deadline=None)
@given(_damaged())
def test_a_damaged_invoice_gives_a_report(data: bytes) -> None:
    _judge(data)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"<", b"%PDF-1.7\n", b"\xff\xfe<\x00", b"<?xml version='1.0'?>"]))
def test_arbitrary_bytes_give_a_report(data: bytes, start: bytes) -> None:
    _judge(start + data)


@settings(max_examples=100, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False), st.dates())
def test_any_amount_and_any_day_can_be_shown(amount: Decimal, day: date) -> None:
    html = render_html(Invoice(number="1", issue_date=day, totals=Totals(gross=amount)))
    assert f"{day:%d.%m.}" in html
