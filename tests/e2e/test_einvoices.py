"""E-invoices in a real browser: verdict, findings that lead to their value, the refusal, the page against the XML."""

import re
import time
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import expect

from invoicing.rulesets import default_folder, installed
from tests.conftest import skip_loudly
from tests.e2e.conftest import LogIn, Look, Site, wait_for_link
from tests.hybrids import IBAN, OTHER, PAGE, hybrid

pytestmark = pytest.mark.browser
CASE = "einvoice/kosit-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml"


def test_an_invoice_that_breaks_a_rule_is_refused_and_says_why(
    site: Site, corpora: Path, log_in: LogIn, expect_accessible: Look
) -> None:
    _need_rules()
    xml = (corpora / CASE).read_text(encoding="utf-8")
    broken = re.sub(r"<cbc:TaxExclusiveAmount([^>]*)>[^<]*<", r"<cbc:TaxExclusiveAmount\1>111.11<", xml)
    site.drop("rechnung.xml", broken.encode())
    desk = log_in("desk")
    wait_for_link(desk, f"{site.address}/rechnungen?stand=erledigt", "[Seller name]")
    expect(desk.get_by_text("E-Rechnung nicht angenommen").first).to_be_visible()
    desk.get_by_role("link", name="[Seller name]").click()
    expect(desk.get_by_role("heading", name="Prüfung der E-Rechnung")).to_be_visible()
    expect_accessible(desk)
    jump = desk.get_by_role("link", name=re.compile("Zur Stelle")).first
    jump.focus()
    desk.keyboard.press("Enter")
    target = desk.locator(":target")
    expect(target).to_be_in_viewport()
    assert target.get_attribute("id") == (jump.get_attribute("href") or "").removeprefix("#")
    [mail] = _mails(site.data)
    assert "123456XX" in mail
    desk.get_by_role("button", name="Doch bearbeiten").click()
    expect(desk.get_by_text("Die Rechnung wird nun doch bearbeitet.")).to_be_visible()
    desk.goto(f"{site.address}/verwaltung/e-rechnungen")
    expect(desk.get_by_role("heading", name="Regelsätze")).to_be_visible()
    expect_accessible(desk)


def test_a_forged_account_on_the_page_is_shown_beside_the_true_one(
    site: Site, tmp_path: Path, log_in: LogIn, expect_accessible: Look
) -> None:
    forged = hybrid(
        tmp_path / "rechnung.pdf", PAGE.replace("DE02 1203 0000 0000 2020 51", "DE75 5121 0800 1245 1261 99")
    )
    site.drop("rechnung.pdf", forged.read_bytes())
    desk = log_in("desk")
    wait_for_link(desk, f"{site.address}/rechnungen?stand=", "Malerei Pinsel GmbH")
    desk.get_by_role("link", name="Malerei Pinsel GmbH").click()
    alert = desk.get_by_role("alert").filter(has_text="Das Bild der Rechnung zeigt etwas anderes")
    row = alert.get_by_role("row").filter(has_text="IBAN")
    expect(row.get_by_role("cell").nth(0)).to_have_text(_grouped(IBAN))
    expect(row.get_by_role("cell").nth(1)).to_contain_text(_grouped(OTHER))
    row.get_by_role("link").click()
    expect(desk.locator("rect.ak-region--danger.is-lit")).to_be_in_viewport()
    expect_accessible(desk)
    number = desk.locator(".bt-number").first
    expect(number).to_be_hidden()
    desk.get_by_label("Nummern der Angaben zeigen").check()
    expect(number).to_be_visible()
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Ansicht als PDF").click()
    with pikepdf.open(download.value.path()) as view:
        assert [name for name in view.attachments if name.endswith(".xml")]


def _need_rules() -> None:
    if not installed(default_folder()):
        skip_loudly("no rule sheets here: run `make setup`")


def _grouped(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def _mails(data: Path) -> list[str]:
    end = time.monotonic() + 60
    while not (found := sorted((data / "mail").glob("*.eml"))) and time.monotonic() < end:
        time.sleep(0.2)
    return [path.read_text(encoding="utf-8") for path in found]
