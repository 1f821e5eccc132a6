"""What a clerk does about scans: print sheets, see what nobody can read, stop a long reading and let it go on."""

import io
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageFilter

from dms.actor import Role
from dms.platform import Platform
from ocr import Sheet, pdf, read_sheet
from ocr.codes import read_codes
from tests.commands import DMS
from tests.factories import PASSWORD, add_person, bring, open_case, opened, wait_for_outcome
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


def test_a_page_that_failed_keeps_its_number_and_is_shown_as_such(
    tmp_path: Path, platform: Platform, clerk: httpx.Client
) -> None:
    path = tmp_path / "stapel.tif"
    pages = [letter(f"Blatt{number}") for number in (1, 2, 3)]
    pages[0].save(path, dpi=(DPI, DPI), save_all=True, append_images=pages[1:], compression="tiff_deflate")
    receipt = bring(platform, "stapel.tif", with_broken_frame(path, 1))
    wait_for_outcome(platform, receipt.document_id)
    address = f"/dokumente/{receipt.document_id}"
    shown = clerk.get(address).text
    assert "Klärfall: dieses Dokument braucht Ihre Entscheidung" in shown
    assert "Nicht jede Seite ließ sich lesen." in shown
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
