"""A served installation, a real browser, people who log in, and axe: what every page test starts from."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import ROOT, skip_loudly

PASSWORD = "langes Kennwort 1"
OWN_PASSWORD = "ganz eigenes Kennwort"
TOWN = f"""
[[entities]]
key = "samtgemeinde"
name = "Samtgemeinde Auetal"
[[units]]
key = "bau"
name = "Bauamt"
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
limits = {{ samtgemeinde = 50000 }}
[[users]]
login = "dora"
name = "Anordnende"
roles = ["orderer"]
password = "{PASSWORD}"
limits = {{ samtgemeinde = 50000 }}
[[users]]
login = "bea"
name = "Bauamtsleitung"
unit = "bau"
roles = ["clerk"]
password = "{PASSWORD}"
[[users]]
login = "rita"
name = "Prüferin"
roles = ["auditor"]
password = "{PASSWORD}"
[[users]]
login = "adam"
name = "Verwalter"
roles = ["admin"]
password = "{PASSWORD}"
[[stations]]
key = "rathaus"
name = "Scanner im Rathaus"
[[stations]]
key = "keller"
name = "Scanner im Keller"
check_every = 1
[[plan]]
key = "20"
title = "Finanzen"
[[plan]]
key = "20.30"
title = "Steuern"
"""
CHROMIUM = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTHS = (1440, 390)


@dataclass(frozen=True)
class Site:
    """Where the installation answers, and where its documents lie."""

    address: str
    data: Path

    def drop(self, name: str, content: bytes, station: str = "rathaus") -> None:
        """A file falls into the hot folder, renamed into place as a careful scanner does."""
        folder = self.data / "hotfolder" / station
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.part").write_bytes(content)
        (folder / f"{name}.part").rename(folder / name)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A served installation of its own, set up from a file."""
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
            yield Site(f"http://127.0.0.1:{port}", data)
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


@pytest.fixture
def log_in(browser: Browser, site: Site) -> Callable[..., Page]:
    """A page of its own for a person, who chooses an own password at the first login."""

    def enter(login: str, *, javascript: bool = True, password: str = PASSWORD) -> Page:
        context = browser.new_context(java_script_enabled=javascript, viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(15_000)
        _enter(page, site.address, login, password)
        page.get_by_label("Bisheriges Kennwort").fill(password)
        page.get_by_label("Neues Kennwort", exact=True).fill(OWN_PASSWORD)
        page.get_by_label("Neues Kennwort wiederholen").fill(OWN_PASSWORD)
        page.get_by_role("button", name="Kennwort ändern").click()
        _enter(page, site.address, login, OWN_PASSWORD)
        expect(page.get_by_role("heading", level=1)).to_have_text("Meine Aufgaben")
        return page

    return enter


def _enter(page: Page, address: str, login: str, password: str) -> None:
    page.goto(f"{address}/anmelden")
    page.get_by_label("Anmeldename").fill(login)
    page.get_by_label("Kennwort").fill(password)
    page.get_by_role("button", name="Anmelden").click()


@pytest.fixture(scope="session")
def axe_source() -> str:
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        skip_loudly("no axe-core here: run `make setup`")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def expect_accessible(axe_source: str) -> Callable[[Page], None]:
    """Fails with what axe finds on a page (WCAG 2.2 AA and best practice), in light and dark, wide and narrow.

    The page is also refused when it scrolls sideways.
    """

    def check(page: Page) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the words it takes
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                page.evaluate(axe_source)
                found = page.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
                assert found == [], f"{page.url} at {width} px, {scheme}: {found}"
                overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert overflow <= 0, f"{page.url} scrolls sideways by {overflow} px at {width} px"
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})

    return check


def wait_for_link(page: Page, address: str, name: str) -> None:
    """Loads the list again until it shows the link."""
    for _ in range(150):
        page.goto(address)
        if page.get_by_role("link", name=name).count():
            return
        time.sleep(0.2)
    raise AssertionError(f"no {name} on {address}")


def press(page: Page, *keys: str) -> None:
    """Strikes keys once the page listens to them: its script runs after its headings show."""
    page.wait_for_load_state()
    for key in keys:
        page.keyboard.press(key)
