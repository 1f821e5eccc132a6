"""A served installation, a real browser, people who log in, and axe: what every page test starts from."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from dms.identity import service as identity
from dms.identity.models import User
from tests.commands import dms, free_port, serving
from tests.conftest import ROOT, skip_loudly
from tests.factories import TEST, opened

LogIn = Callable[..., Page]
"""A page for the login of a person; ``javascript=False`` for one without, ``password`` is one to be changed first."""
Look = Callable[[Page], None]
"""Fails with what is inaccessible on a page."""
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
ALL_RULES, COLOUR_RULES = "{}", '{runOnly: ["color-contrast", "link-in-text-block"]}'
SCHEMES: dict[Literal["light", "dark"], str] = {"light": ALL_RULES, "dark": COLOUR_RULES}
"""Look → the rules of axe for it: the dark one differs in nothing but colours."""
WIDTHS = (1440, 390)
VIOLATIONS = "r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)])"


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


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The DATA of the town, set up from its file; everybody has chosen an own password since."""
    folder = tmp_path_factory.mktemp("settled")
    data = folder / "data"
    (folder / "town.toml").write_text(TOWN, encoding="utf-8")
    assert dms(data, "setup", str(folder / "town.toml")).returncode == 0
    with opened(data, workers=False) as platform, platform.db.write(TEST) as session:
        for user in session.scalars(select(User)):
            identity.set_password(session, user, OWN_PASSWORD, by_owner=True)
    return data


@pytest.fixture
def recognition() -> str:
    """What reads scans; a module may say otherwise."""
    return "tesseract"


@pytest.fixture
def site(tmp_path: Path, settled: Path, recognition: str) -> Iterator[Site]:
    """A served installation of this test alone."""
    data, port = tmp_path / "data", free_port()
    shutil.copytree(settled, data)
    with serving(data, port, poll_seconds=0.2, recognition=recognition):
        yield Site(f"http://127.0.0.1:{port}", data)


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """No longer than a module: while it lives, its thread can run no other event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def log_in(chromium: Browser, site: Site) -> Iterator[LogIn]:
    """A browser of its own for a person who logs in."""
    with ExitStack() as contexts:

        def enter(login: str, *, javascript: bool = True, password: str | None = None) -> Page:
            context = chromium.new_context(java_script_enabled=javascript, viewport={"width": 1440, "height": 900})
            contexts.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(15_000)
            if password is not None:
                _enter(page, site.address, login, password)
                page.get_by_label("Bisheriges Kennwort").fill(password)
                page.get_by_label("Neues Kennwort", exact=True).fill(OWN_PASSWORD)
                page.get_by_label("Neues Kennwort wiederholen").fill(OWN_PASSWORD)
                page.get_by_role("button", name="Kennwort ändern").click()
            _enter(page, site.address, login, OWN_PASSWORD)
            expect(page.get_by_role("heading", level=1)).to_have_text("Meine Aufgaben")
            return page

        yield enter


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
def expect_accessible(axe_source: str) -> Look:
    """Fails with what axe finds on a page (WCAG 2.2 AA and best practice), in light and dark, wide and narrow.

    The page is also refused when it scrolls sideways.
    """

    def check(page: Page) -> None:
        page.evaluate(axe_source)
        for scheme, rules in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                found = page.evaluate(f"axe.run({rules}).then({VIOLATIONS})")
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
