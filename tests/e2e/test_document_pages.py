"""Pages of a document side by side, as a clerk arranges them without a script: every act, its way back, its refusal."""

import re

import pikepdf
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import LogIn, Look, Site, wait_for_link
from tests.stacks import letter, scanned
from tests.typeset import letter_pdf

pytestmark = pytest.mark.browser


def _open(page: Page, site: Site, title: str) -> None:
    wait_for_link(page, f"{site.address}/posteingang", title)
    page.get_by_role("link", name=title).click()
    expect(page.get_by_text("im Posteingang").first).to_be_visible(timeout=60_000)


def _card(page: Page, title: str) -> Locator:
    return page.locator(".ak-leaf").filter(has=page.get_by_role("heading", name=title, exact=True))


def test_a_clerk_arranges_pages_without_a_script(site: Site, log_in: LogIn) -> None:
    site.drop("stapel.pdf", letter_pdf("Hundesteuer", "Spielplatz", "Zaunbau"))
    site.drop("nachtrag.pdf", letter_pdf("Nachtrag"))
    desk = log_in("desk", javascript=False)
    _open(desk, site, "Nachtrag")
    _open(desk, site, "Hundesteuer")
    desk.get_by_role("link", name="Seiten bearbeiten").click()
    for width in (1440, 390):
        desk.set_viewport_size({"width": width, "height": 900})
        expect(_card(desk, "Seite 3").get_by_role("button", name="Rechts drehen")).to_be_visible()
    _card(desk, "Seite 1").get_by_role("button", name="Rechts drehen").click()
    expect(desk.get_by_text("Seite gedreht.")).to_be_visible()
    _card(desk, "Seite 2").get_by_role("button", name="Ausblenden").click()
    expect(_card(desk, "Ausgeblendet")).to_have_count(1)
    _card(desk, "Seite 2").get_by_label("Platz").fill("eins")
    desk.get_by_role("button", name="Reihenfolge speichern").click()
    expect(desk.get_by_text("Bitte tragen Sie bei „Platz“ ganze Zahlen ein")).to_be_visible()
    _card(desk, "Seite 2").get_by_label("Platz").fill("1")
    desk.get_by_role("button", name="Reihenfolge speichern").click()
    expect(desk.get_by_text("Reihenfolge gespeichert.")).to_be_visible()
    expect(_card(desk, "Seite 1").get_by_role("img")).to_have_attribute("src", re.compile(r"/seiten/3\.jpg"))
    desk.get_by_role("button", name="Rückgängig").click()
    expect(_card(desk, "Seite 1").get_by_role("img")).to_have_attribute("src", re.compile(r"/seiten/1\.jpg.*=90$"))
    with desk.expect_download() as download:
        desk.goto(desk.url.partition("/seiten")[0])
        desk.get_by_role("link", name="Seiten als PDF").click()
    assert len(pikepdf.open(download.value.path()).pages) == 2
    desk.get_by_role("link", name="Seiten bearbeiten").click()
    desk.get_by_role("button", name="Anfügen").click()
    expect(desk.get_by_text("Bitte wählen Sie das Dokument aus")).to_be_visible()
    desk.get_by_label("Dokument im Posteingang").select_option(index=1)
    desk.get_by_role("button", name="Anfügen").click()
    expect(_card(desk, "Seite 3")).to_contain_text("angefügt")
    _card(desk, "Seite 1").get_by_role("button", name="Dahinter trennen").click()
    expect(desk.get_by_text("Abgetrennt. Die hinteren Seiten")).to_be_visible()
    expect(desk.locator(".ak-leaf")).to_have_count(1)
    _open(desk, site, "Zaunbau")
    expect(desk.get_by_text("stapel, Seiten 2-4.pdf (")).to_be_visible()
    expect(desk.get_by_role("link", name="Hundesteuer")).to_be_visible()


def test_pages_are_for_everybody_and_two_do_not_lay_over_each_other(
    site: Site, log_in: LogIn, expect_accessible: Look
) -> None:
    site.drop("stapel.pdf", letter_pdf("Hundesteuer", "Spielplatz", "Zaunbau"))
    desk = log_in("desk")
    _open(desk, site, "Hundesteuer")
    expect_accessible(desk)
    desk.get_by_role("link", name="Seiten bearbeiten").click()
    expect_accessible(desk)
    other = desk.context.new_page()
    other.goto(desk.url)
    _card(other, "Seite 2").get_by_role("button", name="Ausblenden").click()
    expect(other.get_by_text("Seite ausgeblendet.")).to_be_visible()
    _card(desk, "Seite 3").get_by_role("button", name="Links drehen").click()
    expect(desk.get_by_text("Inzwischen hat jemand anderes diese Daten geändert.")).to_be_visible()
    expect(_card(desk, "Ausgeblendet")).to_have_count(1)
    expect_accessible(desk)
    desk.get_by_role("button", name="So wiederherstellen").last.click()
    expect(_card(desk, "Ausgeblendet")).to_have_count(0)
    desk.get_by_role("link", name="Zum Dokument").click()
    expect(desk.get_by_text("Frühere Anordnung der Seiten wiederhergestellt")).to_be_visible()
    rita = log_in("rita")
    rita.goto(desk.url)
    expect(rita.get_by_role("link", name="Seiten bearbeiten")).to_have_count(0)
    expect(rita.get_by_text("Frühere Anordnung der Seiten wiederhergestellt")).to_be_visible()


def test_a_clerk_points_at_a_value_without_a_script(site: Site, log_in: LogIn) -> None:
    site.drop("brief.pdf", letter_pdf("Hundesteuer"))
    desk = log_in("desk", javascript=False)
    _open(desk, site, "Hundesteuer")
    desk.get_by_role("link", name="auf der Seite wählen").first.click()
    desk.locator("a.ak-word[aria-label='angeforderten']").click()
    desk.locator("a.ak-word[aria-label='Unterlagen']").click()
    expect(desk.get_by_text("Gewählt: „angeforderten Unterlagen“")).to_be_visible()
    desk.get_by_label("Erstes Wort").select_option(label="Unterlagen")
    desk.get_by_role("button", name="Wörter zeigen").click()
    expect(desk.get_by_text("Gewählt: „Unterlagen“")).to_be_visible()
    desk.get_by_role("button", name="Übernehmen").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Unterlagen")
    expect(desk.get_by_text("von Hand gewählt").first).to_be_visible()


def test_everybody_can_point_at_a_value(site: Site, log_in: LogIn, expect_accessible: Look) -> None:
    site.drop("brief.pdf", letter_pdf("Hundesteuer"))
    desk = log_in("desk")
    _open(desk, site, "Hundesteuer")
    desk.get_by_role("link", name="auf der Seite wählen").first.click()
    expect_accessible(desk)
    desk.locator("a.ak-word[aria-label='Unterlagen']").click()
    expect_accessible(desk)
    desk.get_by_label("Betreff").last.fill(" ")
    desk.get_by_role("button", name="Übernehmen").click()
    expect(desk.get_by_text("Bitte füllen Sie dieses Feld aus.").first).to_be_visible()
    expect_accessible(desk)


def test_a_person_says_what_a_scan_is_like(site: Site, log_in: LogIn, expect_accessible: Look) -> None:
    site.drop("scan.pdf", scanned(letter("Hundesteuer")), station="keller")
    desk = log_in("desk")
    wait_for_link(desk, f"{site.address}/scanqualitaet", "scan.pdf")
    expect_accessible(desk)
    desk.get_by_role("link", name="scan.pdf").click()
    desk.get_by_role("button", name="Mangel festhalten").click()
    expect(desk.get_by_text("Bitte beschreiben Sie den Mangel.").first).to_be_visible()
    expect_accessible(desk)
    desk.get_by_label("Mangel oder Bemerkung").fill("Stempel fehlt")
    desk.get_by_role("button", name="Mangel festhalten").click()
    expect(desk.get_by_text("Stempel fehlt")).to_be_visible()
    expect_accessible(desk)
    desk.get_by_role("button", name="Rückgängig").click()
    expect(desk.get_by_text("Die Entscheidung ist zurückgenommen.")).to_be_visible()
    desk.get_by_role("button", name="In Ordnung").click()
    expect(desk.get_by_text("Kein Scan zu prüfen")).to_be_visible()
