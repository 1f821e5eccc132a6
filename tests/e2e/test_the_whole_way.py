"""The whole way in a real browser: hot folder → filed → coded → certified → refused → ordered → handed over → found."""

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import LogIn, Look, Site, wait_for_link

pytestmark = pytest.mark.browser
INVOICE = "einvoice/kosit-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml"


@pytest.fixture
def recognition() -> str:
    """As delivered."""
    return "cascade"


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_from_the_hot_folder_to_the_treasury(
    site: Site, corpora: Path, log_in: LogIn, expect_accessible: Look, javascript: bool
) -> None:
    look = expect_accessible if javascript else _nothing
    site.drop("rechnung.xml", (corpora / INVOICE).read_bytes())
    desk = log_in("desk", javascript=javascript)
    wait_for_link(desk, f"{site.address}/posteingang", "Rechnung 123456XX")
    look(desk)
    _file(desk)
    look(desk)
    _code_and_release(desk)
    look(desk)
    invoice = desk.url
    ben = log_in("ben", javascript=javascript)
    look(ben)
    ben.goto(invoice)
    ben.get_by_role("button", name="Sachlich richtig zeichnen").click()
    ben.get_by_role("button", name="Rechnerisch richtig zeichnen").click()
    expect(ben.get_by_text("Die Anordnung muss eine andere Person geben")).to_be_visible()
    expect(ben.get_by_role("button", name="Zahlung anordnen")).to_have_count(0)
    look(ben)
    dora = log_in("dora", javascript=javascript)
    dora.goto(invoice)
    dora.get_by_role("button", name="Zahlung anordnen").click()
    expect(dora.get_by_text(re.compile("Zahlung angeordnet")).first).to_be_visible()
    _expect_hand_over(site.data)
    _reload_until(dora, "An die Kasse übergeben")
    for act in ("Freigegeben", "Festgestellt: sachlich richtig", "Zahlung angeordnet", "An die Kasse übergeben"):
        expect(dora.get_by_text(re.compile(act)).first).to_be_visible()
    look(dora)
    desk.goto(f"{site.address}/suche?q=123456XX")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("1 Treffer")
    look(desk)
    for path in ("/rechnungen", "/akten", "/hochladen", "/aufgaben", "/konto/kennwort"):
        desk.goto(site.address + path)
        look(desk)


def _nothing(page: Page) -> None:
    """Without JavaScript axe cannot run; the same pages were looked at with it."""


def _file(page: Page) -> None:
    """Three actions: open it, choose the unit of the plan, file it."""
    page.get_by_role("link", name="Rechnung 123456XX").click()
    page.get_by_label("Neue Akte unter").select_option(label="20.30 Steuern")
    page.get_by_role("button", name="Neue Akte anlegen und ablegen").click()
    expect(page.get_by_text(re.compile(r"Abgelegt in 20\.30/"))).to_have_count(2)


def _code_and_release(page: Page) -> None:
    page.get_by_role("link", name="Zur Rechnung").click()
    page.get_by_label("Produktsachkonto", exact=True).fill("11.1.01.4431000")
    page.get_by_role("button", name="Kontierung speichern").click()
    page.get_by_label("IBAN").fill("DE02 1203 0000 0000 2020 51")
    page.get_by_role("button", name="Angaben speichern").click()
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


def _reload_until(page: Page, text: str) -> None:
    """What a worker does meanwhile shows on the next look: without JavaScript nothing comes by itself."""
    for _ in range(40):
        page.reload()
        if page.get_by_text(text).first.is_visible():
            return
        time.sleep(0.25)
