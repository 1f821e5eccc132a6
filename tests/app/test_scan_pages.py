"""What a clerk sees of a scan and does with it: pages that nobody can read, and a long reading stopped and resumed."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageFilter

from dms.actor import Role
from dms.platform import Platform
from tests.factories import PASSWORD, add_person, bring, opened, wait_for_outcome
from tests.served import served
from tests.stacks import DPI, letter

STOP, READ_ON = "Lesen abbrechen", "Weiterlesen"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path / "data", recognition="tesseract") as platform:
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
