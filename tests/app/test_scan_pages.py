"""What a clerk does about scans: print sheets, see what nobody can read, stop a long reading and let it go on."""

import hashlib
import io
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from sqlalchemy import select

from dms.actor import Role
from dms.identity import service as identity
from dms.identity.models import LegalEntity
from dms.identity.setup_file import StationSpec
from dms.intake import arranging, pages, readings
from dms.intake.outcome import intake_of
from dms.intake.setup import save_station
from dms.payables.models import PayableInvoice
from dms.platform import Platform
from dms.records import files
from dms.records import service as records
from dms.records.models import Document
from ocr import Sheet, pdf, read_sheet
from ocr.codes import read_codes
from tests.commands import DMS
from tests.factories import PASSWORD, TEST, add_person, as_actor, bring, open_case, opened, wait_for_outcome
from tests.served import served
from tests.stacks import DPI, letter, with_broken_frame

STOP, READ_ON = "Lesen abbrechen", "Weiterlesen"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path / "data") as platform:
        yield platform


@pytest.fixture
def clerk(platform: Platform) -> Iterator[httpx.Client]:
    add_person(platform, "anna", Role.CLERK)
    with served(platform) as client:
        client.headers["Origin"] = str(client.base_url)
        assert client.post("/anmelden", data={"login": "anna", "password": PASSWORD}).status_code == 303
        yield client


def scan(folder: Path, *pages: Image.Image) -> bytes:
    path = folder / "scan.tif"
    pages[0].save(path, dpi=(DPI, DPI), save_all=True, append_images=pages[1:])
    return path.read_bytes()


def test_a_page_that_nobody_can_read_is_named_on_the_document(
    tmp_path: Path, platform: Platform, clerk: httpx.Client
) -> None:
    blurred = letter("Blatt 2").filter(ImageFilter.GaussianBlur(4))
    receipt = bring(platform, "scan.tif", scan(tmp_path, letter("Blatt 1"), blurred))
    wait_for_outcome(platform, receipt.document_id)
    shown = clerk.get(f"/dokumente/{receipt.document_id}").text
    assert "Seite 2 schlecht lesbar, bitte neu scannen." in shown
    assert "Seite 2 von 2 · schlecht lesbar" in shown
    assert "Seite 1 von 2</figcaption>" in shown


def with_second_page_broken(folder: Path, said: str = "") -> bytes:
    path = folder / "stapel.tif"
    pages = [letter(f"Blatt{number}") for number in (1, 2, 3)]
    ImageDraw.Draw(pages[0]).text((120, 1100), said, 0, font=ImageFont.load_default(size=28))
    pages[0].save(path, dpi=(DPI, DPI), save_all=True, append_images=pages[1:], compression="tiff_deflate")
    return with_broken_frame(path, 1)


def row_of(platform: Platform, document_id: UUID) -> Document:
    with platform.db.read(TEST) as session:
        return records.document(session, document_id)


def test_an_invoice_with_a_failed_page_waits_for_a_person_and_keeps_what_its_station_says(
    tmp_path: Path, platform: Platform, clerk: httpx.Client
) -> None:
    with platform.db.write(TEST) as session:
        entity = session.scalars(select(LegalEntity)).one()
        save_station(session, StationSpec(key="rathaus", kind="invoice", entity=entity.key))
        identity.add_entity(session, key="werke", name="Werke", buyer_reference=None)
    receipt = bring(platform, "stapel.tif", with_second_page_broken(tmp_path), station="rathaus")
    wait_for_outcome(platform, receipt.document_id)
    address = f"/dokumente/{receipt.document_id}"
    shown = clerk.get(address).text
    assert "Das Deckblatt oder die Scannerstation nennt es eine Rechnung." in shown
    whole, broken = (clerk.get(f"{address}/seiten/{number}.jpg?groesse=klein") for number in (1, 2))
    assert (whole.status_code, whole.headers["content-type"]) == (200, "image/jpeg")
    assert (broken.status_code, broken.headers["location"]) == (307, "/static/no-page.svg")
    assert clerk.get(broken.headers["location"]).headers["content-type"] == "image/svg+xml"
    assert clerk.get(f"{address}/seiten/2.jpg").status_code >= 400
    assert not row_of(platform, receipt.document_id).is_invoice
    assert clerk.post(f"{address}/rechnung").status_code == 303
    row = row_of(platform, receipt.document_id)
    assert (row.state, row.reason_code, row.is_invoice) == ("inbox", None, True)
    with platform.db.read(TEST) as session:
        assert session.scalars(select(PayableInvoice.legal_entity_id)).one() == entity.id
        assert intake_of(session, row.id).outcome == "inbox"


def test_a_second_copy_with_a_failed_page_says_what_was_read_of_it(tmp_path: Path, platform: Platform) -> None:
    data = with_second_page_broken(tmp_path, "Neustadt, den 5. November 2026")
    both = [bring(platform, name, data).document_id for name in ("eins.tif", "zwei.tif")]
    for document_id in both:
        wait_for_outcome(platform, document_id)
    first, second = (row_of(platform, document_id) for document_id in both)
    assert (second.state, second.reason_code, second.duplicate_of_id) == ("quarantined", "pages.failed", first.id)
    assert first.document_date == second.document_date == date(2026, 11, 5)


def test_pages_cut_from_a_filed_document_stay_in_its_case_whatever_could_not_be_read(
    tmp_path: Path, platform: Platform, clerk: httpx.Client
) -> None:
    data, case = scan(tmp_path, *map(letter, ("eins", "zwei", "drei"))), open_case(platform)
    read = bring(platform, "anders.tif", scan(tmp_path, *map(letter, ("eins", "drei")))).document_id
    wait_for_outcome(platform, read)
    known = pages.content(platform, row_of(platform, read))
    first, last = known["pages"]
    gap = {**known, "pages": [first, {**last, "number": 3}], "failed": [[2, "engine.timeout"]]}
    readings.save(platform, hashlib.sha256(data).hexdigest(), "text", readings.TEXT_RELEASE, gap)
    document_id = bring(platform, "scan.tif", data).document_id
    wait_for_outcome(platform, document_id)
    assert row_of(platform, document_id).reason_code == "pages.failed"
    with platform.db.write(TEST) as session:
        row, into = records.document(session, document_id), files.case(session, case.id)
        records.file_document(session, row, into, platform.clock)
    seen = row_of(platform, document_id).current_version
    part = arranging.cut(platform, as_actor(platform, "anna"), document_id, after=1, seen=seen)
    wait_for_outcome(platform, part)
    assert pages.content(platform, row_of(platform, part))["failed"]
    assert (row_of(platform, part).state, row_of(platform, part).case_id) == ("filed", case.id)


def test_a_page_that_failed_keeps_its_number_and_is_shown_as_such(
    tmp_path: Path, platform: Platform, clerk: httpx.Client
) -> None:
    receipt = bring(platform, "stapel.tif", with_second_page_broken(tmp_path))
    wait_for_outcome(platform, receipt.document_id)
    address = f"/dokumente/{receipt.document_id}"
    shown = clerk.get(address).text
    assert "Klärfall: dieses Dokument braucht Ihre Entscheidung" in shown
    assert "Mindestens eine Seite ließ sich nicht lesen." in shown
    assert "Nicht gelesen: Seite 2." in shown
    assert "Seite 2 konnte nicht gelesen werden" in shown
    assert "Seite 2 von 3 · nicht gelesen" in shown
    assert "Seite 3 von 3</figcaption>" in shown
    assert f'{address}/seiten/3.jpg?drehung=0"' in shown
    hit = clerk.get(address, params={"suche": "Blatt3"}).text
    assert "auf Seite" in hit
    assert "suche=Blatt3&amp;seite=3#seite-3" in hit


def test_a_clerk_stops_the_reading_of_a_long_scan_and_lets_it_go_on(
    tmp_path: Path, platform: Platform, clerk: httpx.Client
) -> None:
    receipt = bring(platform, "scan.tif", scan(tmp_path, *(letter(f"Blatt {number}") for number in range(1, 4))))
    address = f"/dokumente/{receipt.document_id}"
    await_text(clerk, address, STOP)
    assert clerk.post(f"{address}/lesen-abbrechen").status_code == 303
    stopped = clerk.get(address).text
    assert "Jemand hat das Lesen abgebrochen." in stopped
    assert READ_ON in stopped
    assert STOP not in stopped
    assert clerk.post(f"{address}/weiterlesen").status_code == 303
    await_text(clerk, address, "Seite 3 von 3")
    assert READ_ON not in clerk.get(address).text


def test_what_is_not_being_read_offers_neither(tmp_path: Path, platform: Platform, clerk: httpx.Client) -> None:
    receipt = bring(platform, "brief.txt", b"Guten Tag")
    wait_for_outcome(platform, receipt.document_id)
    address = f"/dokumente/{receipt.document_id}"
    shown = clerk.get(address).text
    assert STOP not in shown
    assert READ_ON not in shown
    refused = clerk.post(f"{address}/lesen-abbrechen", follow_redirects=True)
    assert "Dieses Dokument wird gerade nicht gelesen." in refused.text


def await_text(client: httpx.Client, address: str, text: str) -> None:
    end = time.monotonic() + 120
    while text not in client.get(address).text:
        assert time.monotonic() < end, f"no {text}"
        time.sleep(0.05)


def said_by(sheet: bytes) -> list[Sheet | None]:
    """What the codes of a printed sheet say, each once."""
    with pdf.opened_page(io.BytesIO(sheet), 1) as page:
        return [read_sheet(code.text) for code in read_codes(pdf.render(page))]


def test_a_clerk_prints_the_cover_sheet_of_a_case(platform: Platform, clerk: httpx.Client) -> None:
    case, address = open_case(platform), "/trennblaetter/blatt.pdf"
    assert 'name="vorgang"' in clerk.get("/trennblaetter").text
    cover = clerk.get(address, params={"art": "invoice", "vorgang": f" {case.case_reference} "})
    assert cover.headers["content-type"] == "application/pdf"
    assert said_by(cover.content) == [Sheet("", "invoice", case.case_reference)]
    plain = clerk.get(address, params={"station": "", "art": "", "vorgang": ""})
    assert said_by(plain.content) == [Sheet()]
    for wrong, told in (({"vorgang": "99.99/1"}, "Diesen Vorgang gibt es nicht"), ({"station": "nirgends"}, "Station")):
        refused = clerk.get(address, params=wrong)
        assert (refused.status_code, told in refused.text) == (404, True)
    assert clerk.get(address, params={"vorgang": "9" * 91}).status_code == 422


def test_a_command_prints_the_sheet_too(tmp_path: Path, platform: Platform) -> None:
    case, target = open_case(platform), tmp_path / "blatt.pdf"
    environment = {**os.environ, "DMS_DATA": str(platform.settings.folder)}

    def print_sheet(*options: str) -> subprocess.CompletedProcess[str]:
        command = [*DMS, "sheets", str(target), *options]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    wrong = print_sheet("--case", "99.99/1")
    assert (wrong.returncode, target.exists()) == (1, False)
    assert "Diesen Vorgang gibt es nicht" in wrong.stderr
    assert print_sheet("--kind", "letter", "--case", case.case_reference).returncode == 0
    assert said_by(target.read_bytes()) == [Sheet("", "letter", case.case_reference)]
