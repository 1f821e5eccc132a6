"""The pages as people use them, each by its own desk; every page they pass is looked at by axe at both widths."""

import io
import re
from datetime import date

import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, expect

from dms.demo.specimens import specimens
from tests.e2e.conftest import LogIn, Look, Site, press, wait_for_link

pytestmark = pytest.mark.browser


def _scan(*lines: str) -> bytes:
    """A page with these lines, as a scanner would deliver it."""
    page = Image.new("L", (1240, 1754), 255)
    font = ImageFont.load_default(size=40)
    ImageDraw.Draw(page).multiline_text((120, 200), "\n".join(lines), fill=0, font=font)
    target = io.BytesIO()
    page.save(target, "PNG", dpi=(150, 150))
    return target.getvalue()


def _upload(page: Page, site: Site, name: str, content: bytes, kind: str = "Schreiben") -> None:
    page.goto(f"{site.address}/hochladen")
    page.get_by_label("Dateien auswählen").set_input_files([{"name": name, "mimeType": "", "buffer": content}])
    page.get_by_label(kind).check()
    page.get_by_role("button", name="Hochladen", exact=True).click()
    page.get_by_role("link", name="angenommen").click()
    expect(page.get_by_text("Das Dokument wird gelesen")).to_have_count(0, timeout=60_000)


def test_a_clerk_reads_corrects_files_and_takes_back(site: Site, log_in: LogIn, expect_accessible: Look) -> None:
    desk = log_in("desk")
    _upload(desk, site, "brief.png", _scan("Antrag auf Sperrung", "der Gemeindestrasse", "am Dorfplatz"))
    expect(desk.get_by_role("heading", level=1)).to_have_text("brief.png")
    desk.get_by_label("Im Dokument suchen").fill("Dorfplatz")
    desk.get_by_role("button", name="Finden").click()
    expect(desk.locator(".ak-hit")).to_have_count(1)
    desk.get_by_label("Betreff", exact=True).fill("Sperrung Dorfplatz")
    desk.get_by_label("Datum des Schreibens").fill("31.02.2026")
    desk.get_by_role("button", name="Angaben speichern").click()
    expect(desk.get_by_label("Betreff", exact=True)).to_have_value("Sperrung Dorfplatz")
    expect(desk.get_by_label("Datum des Schreibens")).to_have_value("31.02.2026")
    expect_accessible(desk)
    desk.get_by_label("Datum des Schreibens").fill("20.11.26")
    desk.get_by_role("button", name="Angaben speichern").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Sperrung Dorfplatz")
    desk.get_by_label("Neue Akte unter").select_option(label="20.30 Steuern")
    desk.get_by_role("button", name="Neue Akte anlegen und ablegen").click()
    expect(desk.get_by_text(re.compile(r"Abgelegt in 20\.30/"))).to_have_count(2)
    desk.get_by_role("button", name="Rückgängig").click()
    expect(desk.get_by_text("Das Dokument liegt wieder im Posteingang.")).to_be_visible()
    desk.get_by_label("Anderen Vorgang suchen").fill("Dorfplatz")
    desk.get_by_role("button", name="Suchen", exact=True).click()
    desk.get_by_role("button", name="Ablegen in 20.30/").first.click()
    desk.get_by_role("link", name="-0001.1").first.click()
    expect_accessible(desk)
    desk.get_by_role("button", name="Vorgang schließen").click()
    expect(desk.get_by_text("geschlossen", exact=True).first).to_be_visible()
    desk.get_by_role("button", name="Rückgängig").click()
    expect(desk.get_by_text("Wieder geöffnet.")).to_be_visible()
    desk.get_by_role("link", name=re.compile("Sperrung Dorfplatz")).first.click()
    expect_accessible(desk)
    desk.goto(f"{site.address}/akten")
    desk.get_by_role("link", name="20 Finanzen").click()
    expect_accessible(desk)


def test_several_documents_are_forwarded_together_and_come_back(
    site: Site, log_in: LogIn, expect_accessible: Look
) -> None:
    for name in ("eins", "zwei"):
        site.drop(f"{name}.txt", f"Brief Nummer {name}".encode())
    desk = log_in("desk")
    for name in ("eins.txt", "zwei.txt"):
        wait_for_link(desk, f"{site.address}/posteingang", name)
    _choose(desk, "eins.txt", "zwei.txt")
    desk.get_by_role("button", name="Weiterleiten").click()
    expect(desk.get_by_text("Bitte wählen Sie das Amt aus")).to_be_visible()
    expect(desk.get_by_label("zwei.txt auswählen")).to_be_checked()
    desk.get_by_label("Amt", exact=True).last.select_option(label="Bauamt")
    desk.get_by_role("button", name="Weiterleiten").click()
    expect(desk.get_by_text("2 Dokumente weitergeleitet an Bauamt.")).to_be_visible()
    bea = log_in("bea")
    bea.goto(f"{site.address}/posteingang")
    expect(bea.get_by_role("link", name="eins.txt")).to_be_visible()
    desk.get_by_role("button", name="Rückgängig").click()
    expect(desk.get_by_role("link", name="zwei.txt")).to_be_visible()
    bea.reload()
    expect(bea.get_by_text("Der Posteingang ist leer")).to_be_visible()
    expect_accessible(bea)
    _choose(desk, "eins.txt")
    desk.get_by_label("Grund").fill("Werbung")
    desk.get_by_role("button", name="Verwerfen").click()
    expect(desk.get_by_role("link", name="eins.txt")).to_have_count(0)
    desk.get_by_role("link", name="Verworfen").click()
    desk.get_by_role("link", name="eins.txt").click()
    expect(desk.get_by_text("Verworfen: Werbung")).to_be_visible()
    expect_accessible(desk)
    desk.get_by_role("button", name="Wiederherstellen").click()
    expect(desk.get_by_text("im Posteingang").first).to_be_visible()
    desk.get_by_label("An wen").select_option(label="Bauamtsleitung (Bauamt)")
    desk.get_by_role("button", name="Weiterleiten").click()
    bea.goto(f"{site.address}/aufgaben")
    expect(bea.get_by_role("link", name="eins.txt")).to_be_visible()
    expect_accessible(bea)


def _choose(page: Page, *titles: str) -> None:
    for title in titles:
        page.get_by_label(f"{title} auswählen").check()


def test_a_broken_file_and_a_duplicate_wait_for_a_decision(site: Site, log_in: LogIn, expect_accessible: Look) -> None:
    site.drop("kaputt.pdf", b"%PDF-1.4 kaputt\n%%EOF")
    desk = log_in("desk")
    wait_for_link(desk, f"{site.address}/posteingang?ansicht=clarification", "kaputt.pdf")
    expect_accessible(desk)
    desk.get_by_role("link", name="kaputt.pdf").click()
    expect(desk.get_by_text("Die PDF-Datei ist beschädigt.").first).to_be_visible()
    desk.get_by_role("button", name="Noch einmal lesen").click()
    expect(desk.get_by_text("wird noch einmal gelesen")).to_be_visible()
    for name in ("a.txt", "b.txt"):
        _upload(desk, site, name, b"zweimal dasselbe")
    expect(desk.get_by_text("Dasselbe Dokument liegt schon einmal vor")).to_be_visible()
    expect_accessible(desk)
    desk.get_by_role("button", name="Beide behalten").click()
    expect(desk.get_by_text("Dasselbe Dokument liegt schon einmal vor")).to_have_count(0)


def test_the_invoice_desk_captures_codes_and_gives_reasons(site: Site, log_in: LogIn, expect_accessible: Look) -> None:
    desk = log_in("desk")
    _upload(desk, site, "papier.png", _scan("Malerbetrieb Nord", "Rechnung", "Rechnungsnummer: 4711"), kind="Rechnung")
    desk.get_by_role("link", name="Zur Rechnung").click()
    expect_accessible(desk)
    desk.get_by_label("Rechnungssteller").fill("Malerbetrieb Nord GmbH")
    desk.get_by_label("Rechnungsnummer").fill("4711")
    desk.get_by_label("Rechnungsdatum").fill("20.11.2026")
    desk.get_by_label("Brutto").fill("zwölf")
    desk.get_by_label("IBAN").fill("DE02 1203 0000 0000 2020 52")
    desk.get_by_role("button", name="Angaben speichern").click()
    expect(desk.get_by_text("Die Prüfziffer dieser IBAN stimmt nicht").first).to_be_visible()
    expect(desk.get_by_label("Brutto")).to_have_value("zwölf")
    expect(desk.get_by_label("Rechnungssteller")).to_have_value("Malerbetrieb Nord GmbH")
    desk.get_by_label("Brutto").fill("119,00")
    desk.get_by_label("Zahlbetrag").fill("119")
    desk.get_by_label("IBAN").fill("DE02 1203 0000 0000 2020 51")
    desk.get_by_role("button", name="Angaben speichern").click()
    expect(desk.get_by_text("Angaben gespeichert.")).to_be_visible()
    desk.get_by_label("Produktsachkonto", exact=True).fill("11.1.01.4431000")
    desk.get_by_label("Betrag", exact=True).fill("100,00")
    desk.get_by_role("button", name="Kontierung speichern").click()
    expect(desk.get_by_text(re.compile(r"Es fehlen noch 19,00")).first).to_be_visible()
    desk.get_by_text("Betrag auf eine weitere Zeile aufteilen").click()
    desk.get_by_label("Haushaltsjahr (Zeile 2)").fill("2026")
    desk.get_by_label("Produktsachkonto (Zeile 2)").fill("11.1.02.4431000")
    desk.get_by_label("Betrag (Zeile 2)").fill("19,00")
    desk.get_by_role("button", name="Kontierung speichern").click()
    expect(desk.get_by_text(re.compile("Es fehlen noch"))).to_have_count(0)
    desk.get_by_label("Anmerkung").fill("Bitte bis Freitag")
    desk.get_by_role("button", name="Anmerkung speichern").click()
    desk.get_by_role("button", name="Freigeben zur Prüfung").click()
    ben = log_in("ben")
    ben.goto(desk.url)
    expect(ben.get_by_text("Bitte bis Freitag")).to_be_visible()
    ben.get_by_role("link", name="Zurückgeben an die Rechnungsstelle").click()
    expect_accessible(ben)
    ben.get_by_role("button", name="Zurückgeben").click()
    expect(ben.get_by_text("Bitte füllen Sie dieses Feld aus.").first).to_be_visible()
    ben.get_by_label("Grund").fill("Lieferschein fehlt")
    ben.get_by_role("button", name="Zurückgeben").click()
    expect(ben.get_by_text("Lieferschein fehlt")).to_be_visible()
    desk.reload()
    desk.get_by_role("link", name="Zurückweisen").click()
    desk.get_by_label("Grund").fill("Bitte als E-Rechnung senden")
    desk.get_by_role("button", name="Zurückweisen").click()
    expect(desk.get_by_text("Zurückgewiesen an den Rechnungssteller.")).to_be_visible()
    with desk.expect_download() as download:
        desk.goto(f"{site.address}/rechnungen?stand=erledigt")
        desk.get_by_role("link", name="Als Tabelle herunterladen").click()
    assert "Malerbetrieb Nord GmbH;4711" in download.value.path().read_text(encoding="utf-8-sig")


def test_the_administration_sets_up_people_and_the_auditor_reads_the_record(
    site: Site, log_in: LogIn, expect_accessible: Look
) -> None:
    adam = log_in("adam")
    for path in ("auftraege", "gesundheit", "leute", "leute/neu", "aemter", "stationen", "plan"):
        adam.goto(f"{site.address}/verwaltung/{path}")
        expect_accessible(adam)
    adam.goto(f"{site.address}/verwaltung/leute/neu")
    adam.get_by_label("Anmeldename").fill("nina")
    adam.get_by_label("Name, wie er in Akten steht").fill("N. Neumann")
    adam.get_by_label("Kasse").check()
    adam.get_by_label("Anordnung", exact=True).check()
    adam.get_by_role("button", name="Speichern").click()
    expect(adam.get_by_text("darf keine Zahlungen anordnen").first).to_be_visible()
    expect(adam.get_by_label("Anmeldename")).to_have_value("nina")
    adam.get_by_label("Kasse").uncheck()
    adam.get_by_label("Samtgemeinde Auetal").fill("2.500,00")
    adam.get_by_role("button", name="Speichern").click()
    password = adam.locator("code").inner_text()
    nina = log_in("nina", password=password)
    expect(nina.get_by_text("Nichts zu tun")).to_be_visible()
    adam.goto(f"{site.address}/verwaltung/leute")
    adam.get_by_role("link", name="N. Neumann").click()
    expect(adam.get_by_label("Samtgemeinde Auetal")).to_have_value("2.500,00")
    adam.get_by_role("link", name="Konto stilllegen").click()
    expect_accessible(adam)
    adam.get_by_role("button", name="Konto stilllegen").click()
    nina.reload()
    expect(nina.get_by_role("heading", level=1)).to_have_text("Anmelden")
    adam.goto(f"{site.address}/verwaltung/plan")
    adam.get_by_label("CSV-Datei").set_input_files(
        [
            {
                "name": "plan.csv",
                "mimeType": "",
                "buffer": "Kennzahl;Titel;Jahre\n30;Öffentliche Ordnung;10\n".encode("cp1252"),
            }
        ]
    )
    adam.get_by_role("button", name="Einlesen").click()
    expect(adam.get_by_text("Öffentliche Ordnung")).to_be_visible()
    adam.goto(f"{site.address}/posteingang")
    expect(adam.get_by_text("Dafür ist Ihr Konto nicht berechtigt")).to_be_visible()
    rita = log_in("rita")
    rita.goto(f"{site.address}/protokoll?wer=Verwalter")
    expect(rita.locator("strong", has_text="Konto stillgelegt")).to_be_visible()
    expect_accessible(rita)


def test_the_keys_lead_through_the_lists(site: Site, log_in: LogIn) -> None:
    site.drop("brief.txt", b"Guten Tag")
    desk = log_in("desk")
    wait_for_link(desk, f"{site.address}/posteingang", "brief.txt")
    desk.goto(f"{site.address}/aufgaben")
    press(desk, "g", "p")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Posteingang")
    press(desk, "j", "Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("brief.txt")
    press(desk, "/", *"Tag", "Enter")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Treffer für „Tag“")
    press(desk, "?")
    expect(desk.get_by_role("heading", name="Tastenkürzel")).to_be_visible()


def test_a_scan_that_is_an_invoice_is_proposed_as_one(site: Site, log_in: LogIn, expect_accessible: Look) -> None:
    paper = next(one for one in specimens(date(2026, 11, 24)) if one.name == "rechnung-papier.jpg")
    site.drop("scan.jpg", paper.data)
    desk = log_in("desk")
    wait_for_link(desk, f"{site.address}/posteingang", "G-0799")
    desk.get_by_role("link", name=re.compile("G-0799")).first.click()
    expect(desk.get_by_text("Die Überschrift nennt eine Rechnung.")).to_be_visible()
    desk.get_by_text(re.compile("^Warum")).first.click()
    expect(desk.get_by_text("Netto und Steuer ergeben zusammen Brutto.").last).to_be_attached()
    expect_accessible(desk)
    desk.get_by_role("button", name="Als Rechnung bearbeiten").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Rechnung G-0799")
