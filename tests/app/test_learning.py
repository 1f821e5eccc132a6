"""Corrections of one sender's invoices teach where it prints its number; through the real pipeline and database."""

from pathlib import Path
from uuid import UUID

import typst
from sqlalchemy import select

from dms.actor import Role
from dms.audit import service as audit
from dms.intake.models import LayoutExample
from dms.intake.receive import ensure_station
from dms.payables import queries, service
from dms.platform import Platform
from dms.records.models import ExtractedValue
from dms.records.queries import values
from tests.factories import TEST, add_person, as_actor, bring, opened, wait_for_outcome

LETTER = """
#set page(paper: "a4", margin: 25mm)
*Kiesgrube Nord GmbH* \\ Am Bagger 3 \\ 21335 Lüneburg \\ USt-IdNr.: DE136695976
#v(20mm)
Samtgemeinde Mühlengrund \\ Rathausplatz 1 \\ 29386 Grünheide
#v(15mm)
= Abrechnung
Vorgang 47{n}-A \\ Beleg / Stück 08{n}-B \\ Datum: {day}. November 2025
#v(10mm)
#table(columns: 2, stroke: none, [Füllsand 40 t], [1.000,00], [Summe netto], [1.000,00], [zzgl. 19 % MwSt.], [190,00],
[Rechnungsbetrag], [1.190,00 EUR])
"""


def _invoice_station(platform: Platform) -> None:
    with platform.db.write(TEST) as session:
        station = ensure_station(session, "rechnungen")
        audit.record(session, "station.changed", station)
        station.document_kind = "invoice"


def invoice(platform: Platform, number: int) -> UUID:
    source = LETTER.replace("{n}", str(number)).replace("{day}", str(number - 10))
    data = bytes(typst.compile(source.encode()))
    receipt = bring(platform, f"{number}.pdf", data, station="rechnungen")
    assert receipt.document_id is not None
    wait_for_outcome(platform, receipt.document_id)
    return receipt.document_id


def correct(platform: Platform, document_id: UUID, number: str) -> None:
    with platform.db.write(as_actor(platform, "desk")) as session:
        row = queries.of_document(session, document_id)
        assert row is not None
        service.edit(session, row, {"invoice_number": number}, platform.clock, seen=None)
    wait_for_outcome(platform, document_id)


def read_number(platform: Platform, document_id: UUID) -> ExtractedValue | None:
    with platform.db.read(TEST) as session:
        return values(session, document_id).get("invoice_number")


def test_two_corrections_teach_the_third_invoice(tmp_path: Path) -> None:
    with opened(tmp_path) as platform:
        add_person(platform, "desk", Role.INVOICE_DESK)
        _invoice_station(platform)
        first, second = invoice(platform, 11), invoice(platform, 12)
        before = read_number(platform, first)
        assert before is None or before.value != "0811-B"
        correct(platform, first, "0811-B")
        correct(platform, second, "0812-B")
        third = read_number(platform, invoice(platform, 13))
    assert third is not None
    assert (third.value, third.source) == ("0813-B", "reading")
    assert {"layout", "examples-2"} <= set(third.witnesses)


def test_a_second_correction_of_a_document_replaces_the_first(tmp_path: Path) -> None:
    with opened(tmp_path) as platform:
        add_person(platform, "desk", Role.INVOICE_DESK)
        _invoice_station(platform)
        document_id = invoice(platform, 11)
        correct(platform, document_id, "4711-A")
        correct(platform, document_id, "0811-B")
        with platform.db.read(TEST) as session:
            rows = session.scalars(select(LayoutExample)).all()
    assert [row.field for row in rows] == ["invoice_number"]
    assert rows[0].label.endswith("stuck")
