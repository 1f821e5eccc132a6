"""The whole way in a real browser: hot folder → filed → coded → certified → refused → ordered → handed over → found."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = pytest.mark.browser
PASSWORD = "langes Kennwort 1"
OWN_PASSWORD = "ganz eigenes Kennwort"
TOWN = f"""
[[entities]]
key = "kommune"
name = "Samtgemeinde Auetal"
[[users]]
login = "desk"
name = "Rechnungsstelle"
roles = ["clerk", "invoice_desk"]
password = "{PASSWORD}"
[[users]]
login = "ben"
name = "Feststeller"
roles = ["certifier", "orderer"]
password = "{PASSWORD}"
limits = {{ kommune = 50000 }}
[[users]]
login = "dora"
name = "Anordnende"
roles = ["orderer"]
password = "{PASSWORD}"
limits = {{ kommune = 50000 }}
[[plan]]
key = "20.30"
title = "Steuern"
"""
INVOICE = "einvoice/kosit-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml"
CHROMIUM = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A served installation of its own, set up from a file; its address and its DATA folder."""
    data = tmp_path / "data"
    (tmp_path / "town.toml").write_text(TOWN, encoding="utf-8")
    environment = {**os.environ, "DMS_DATA": str(data), "DMS_POLL_SECONDS": "0.2"}
    port = _free_port()
    command = [sys.executable, "-c", "from dms.cli.main import main; main()"]
    subprocess.run([*command, "setup", str(tmp_path / "town.toml")], env=environment, check=True, cwd=tmp_path)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port)], env=environment, cwd=tmp_path, stdout=log, stderr=log
        )
        try:
            _wait(f"http://127.0.0.1:{port}/health/ready")
            yield f"http://127.0.0.1:{port}", data
        finally:
            process.terminate()
            process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own server on loopback
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.fixture
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM)
        yield browser
        browser.close()


def _log_in(browser: Browser, address: str, login: str, *, javascript: bool) -> Page:
    """A page of its own for a person, who chooses an own password at the first login."""
    page = browser.new_context(java_script_enabled=javascript, viewport={"width": 1440, "height": 900}).new_page()
    _enter(page, address, login, PASSWORD)
    page.get_by_label("Bisheriges Kennwort").fill(PASSWORD)
    page.get_by_label("Neues Kennwort", exact=True).fill(OWN_PASSWORD)
    page.get_by_label("Neues Kennwort wiederholen").fill(OWN_PASSWORD)
    page.get_by_role("button", name="Kennwort ändern").click()
    _enter(page, address, login, OWN_PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Meine Aufgaben")
    return page


def _enter(page: Page, address: str, login: str, password: str) -> None:
    page.goto(f"{address}/anmelden")
    page.get_by_label("Anmeldename").fill(login)
    page.get_by_label("Kennwort").fill(password)
    page.get_by_role("button", name="Anmelden").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_from_the_hot_folder_to_the_treasury(
    server: tuple[str, Path], browser: Browser, corpora: Path, javascript: bool
) -> None:
    address, data = server
    _drop(data, (corpora / INVOICE).read_bytes())
    desk = _log_in(browser, address, "desk", javascript=javascript)
    _file_and_release(desk, address)
    invoice = desk.url
    ben = _log_in(browser, address, "ben", javascript=javascript)
    ben.goto(invoice)
    ben.get_by_role("button", name="Sachlich richtig zeichnen").click()
    ben.get_by_role("button", name="Rechnerisch richtig zeichnen").click()
    expect(ben.get_by_text("Die Anordnung muss eine andere Person geben")).to_be_visible()
    expect(ben.get_by_role("button", name="Zahlung anordnen")).to_have_count(0)
    dora = _log_in(browser, address, "dora", javascript=javascript)
    dora.goto(invoice)
    dora.get_by_role("button", name="Zahlung anordnen").click()
    expect(dora.get_by_text(re.compile("Zahlung angeordnet")).first).to_be_visible()
    _expect_hand_over(data)
    dora.reload()
    for act in ("Freigegeben", "Festgestellt", "Zahlung angeordnet", "An die Kasse übergeben"):
        expect(dora.get_by_text(re.compile(act)).first).to_be_visible()
    desk.goto(f"{address}/suche?q=123456XX")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("1 Treffer")


def _drop(data: Path, content: bytes) -> None:
    station = data / "hotfolder" / "rathaus"
    station.mkdir(parents=True)
    (station / "rechnung.part").write_bytes(content)
    (station / "rechnung.part").rename(station / "rechnung.xml")


def _file_and_release(page: Page, address: str) -> None:
    link = page.get_by_role("link", name="Rechnung 123456XX")
    for _ in range(100):
        page.goto(f"{address}/posteingang")
        if link.count():
            break
        time.sleep(0.2)
    link.click()
    page.get_by_role("button", name="Neue Akte anlegen und ablegen").click()
    expect(page.get_by_text("Abgelegt in 20.30/")).to_have_count(2)
    page.get_by_role("link", name="Zur Rechnung").click()
    page.get_by_label("Haushaltsjahr").fill("2026")
    page.get_by_label("Produktsachkonto").fill("11.1.01.4431000")
    page.get_by_role("button", name="Kontierung speichern").click()
    page.get_by_role("button", name="Freigeben zur Prüfung").click()
    expect(page.get_by_text("In Prüfung").first).to_be_visible()


def _expect_hand_over(data: Path) -> None:
    for _ in range(100):
        found = list((data / "handover").glob("*/*/order.json"))
        if found:
            break
        time.sleep(0.2)
    order = json.loads(found[0].read_text(encoding="utf-8"))
    assert order["invoice"]["number"] == "123456XX"
    assert order["given_by"] == "Anordnende"
    assert [row["by"] for row in order["certificates"]] == ["Feststeller", "Feststeller"]
