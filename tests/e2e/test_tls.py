"""Other desks: an empty installation is set up and used from another host name over TLS, by certificate or proxy."""

import json
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.commands import Tls, dms, free_port, issue, serving
from tests.conftest import ROOT, skip_loudly

pytestmark = pytest.mark.browser
HOST = "akten.example.test"
PROXY = "127.0.0.2"
CLIENT = "127.0.0.3"
EVIL = "https://evil.example.test"
INVOICE = "einvoice/kosit-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml"
PASSWORD, OWN_PASSWORD = "langes Kennwort 1", "ganz eigenes Kennwort"
PEOPLE = {
    "desk": '["clerk", "invoice_desk"]',
    "ben": '["certifier", "orderer"]',
    "dora": '["orderer"]',
    "pia": '["auditor"]',
}
TOWN = """
[[entities]]
key = "kommune"
name = "Samtgemeinde Auetal"
[[plan]]
key = "20"
title = "Finanzen"
[[plan]]
key = "20.30"
title = "Steuern"
""" + "".join(
    f"""
[[users]]
login = "{login}"
name = "{login.title()}"
roles = {roles}
password = "{PASSWORD}"
limits = {{ kommune = 50000 }}
"""
    for login, roles in PEOPLE.items()
)
CHROMIUM = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--host-resolver-rules=MAP {HOST} 127.0.0.1",
]
WAYS = ("own certificate", "reverse proxy")


@dataclass(frozen=True)
class Desk:
    """What another desk knows: the address and whom to trust; and, for the test, what lies behind it."""

    port: int
    tls: Tls
    data: Path
    application_port: int

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.port}"

    def ask(self, method: str, path: str, *, source: str | None = None, **request: object) -> httpx.Response:
        """One request over TLS that trusts the made-up authority alone and insists on the host name."""
        context = ssl.create_default_context(cafile=self.tls.authority)
        with httpx.Client(transport=httpx.HTTPTransport(verify=context, local_address=source)) as client:
            extensions = {"sni_hostname": HOST}
            headers = {"Host": f"{HOST}:{self.port}", **dict(request.pop("headers", {}))}  # type: ignore[call-overload]
            url = f"https://127.0.0.1:{self.port}{path}"
            return client.request(method, url, headers=headers, extensions=extensions, **request)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=WAYS)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A served installation that knows no demonstration data, set up from a file, reached by its public address."""
    folder = tmp_path_factory.mktemp("desk")
    data, tls, port = folder / "data", issue(folder / "tls", HOST), free_port()
    (folder / "town.toml").write_text(TOWN, encoding="utf-8")
    assert dms(data, "setup", str(folder / "town.toml")).returncode == 0
    settings = {"public_url": f"https://{HOST}:{port}", "poll_seconds": 0.2}
    if request.param == "own certificate":
        with serving(data, port, tls_cert=tls.cert, tls_key=tls.key, **settings):
            yield Desk(port, tls, data, port)
        return
    behind = free_port()
    with serving(data, behind, trusted_proxy=PROXY, **settings), _nginx(folder / "nginx", tls, port, behind):
        yield Desk(port, tls, data, behind)


@contextmanager
def _nginx(folder: Path, tls: Tls, port: int, behind: int) -> Iterator[None]:
    """nginx with the lines of docs/operations.md; it speaks to the application from `PROXY`."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if program is None:
        skip_loudly("no nginx here: apt-get install nginx-light")
    folder.mkdir()
    lines = re.search(r"```nginx\n(.*?)```", (ROOT / "docs/operations.md").read_text(encoding="utf-8"), re.DOTALL)
    assert lines is not None
    server = lines[1].replace("akten.example.de", HOST).replace("listen 443", f"listen 127.0.0.1:{port}")
    server = server.replace("/etc/aktenlauf/akten.pem", str(tls.cert)).replace("/etc/aktenlauf/akten.key", str(tls.key))
    server = server.replace("127.0.0.1:8080;", f"127.0.0.1:{behind}; proxy_bind {PROXY};")
    scratch = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; user root; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {scratch}\n{server} }}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([str(program), "-e", str(folder / "error.log"), "-c", str(config)])
    try:
        _wait_for_port(process, port)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_port(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "nginx ended"
        time.sleep(0.1)


@pytest.fixture
def browser(desk: Desk, chromium_path: str, tmp_path: Path) -> Iterator[Browser]:
    """A browser on another machine: it finds the host by name and trusts the authority as a person's profile does."""
    certutil = shutil.which("certutil")
    if certutil is None:
        skip_loudly("no certutil here: apt-get install libnss3-tools")
    store = tmp_path / ".pki/nssdb"
    store.mkdir(parents=True)
    command = [str(certutil), "-d", f"sql:{store}"]
    subprocess.run([*command, "-N", "--empty-password"], check=True)
    subprocess.run([*command, "-A", "-t", "C,,", "-n", "made up", "-i", str(desk.tls.authority)], check=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM, env={"HOME": str(tmp_path)})
        yield browser
        browser.close()


def test_three_people_pay_an_invoice_from_another_host(desk: Desk, browser: Browser, corpora: Path) -> None:
    clerk = _log_in(browser, desk, "desk")
    _expect_a_safe_cookie(clerk)
    clerk.goto(f"{desk.address}/hochladen")
    clerk.get_by_label("Dateien auswählen").set_input_files(corpora / INVOICE)
    clerk.get_by_role("button", name="Hochladen").click()
    _file(clerk, desk)
    _code_and_release(clerk)
    certifier = _log_in(browser, desk, "ben")
    certifier.goto(clerk.url)
    certifier.get_by_role("button", name="Sachlich richtig zeichnen").click()
    certifier.get_by_role("button", name="Rechnerisch richtig zeichnen").click()
    expect(certifier.get_by_text("Die Anordnung muss eine andere Person geben")).to_be_visible()
    orderer = _log_in(browser, desk, "dora")
    orderer.goto(clerk.url)
    orderer.get_by_role("button", name="Zahlung anordnen").click()
    expect(orderer.get_by_text(re.compile("Zahlung angeordnet")).first).to_be_visible()
    _expect_hand_over(desk.data)


def _log_in(browser: Browser, desk: Desk, login: str) -> Page:
    """A page of its own for a person, who chooses an own password at the first login."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    _enter(page, desk, login, PASSWORD)
    page.get_by_label("Bisheriges Kennwort").fill(PASSWORD)
    page.get_by_label("Neues Kennwort", exact=True).fill(OWN_PASSWORD)
    page.get_by_label("Neues Kennwort wiederholen").fill(OWN_PASSWORD)
    page.get_by_role("button", name="Kennwort ändern").click()
    _enter(page, desk, login, OWN_PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Meine Aufgaben")
    return page


def _enter(page: Page, desk: Desk, login: str, password: str) -> None:
    page.goto(f"{desk.address}/anmelden")
    page.get_by_label("Anmeldename").fill(login)
    page.get_by_label("Kennwort").fill(password)
    page.get_by_role("button", name="Anmelden").click()


def _file(page: Page, desk: Desk) -> None:
    link = page.get_by_role("link", name="Rechnung 123456XX")
    for _ in range(150):
        page.goto(f"{desk.address}/posteingang")
        if link.count():
            break
        time.sleep(0.2)
    link.click()
    plan = page.get_by_label(re.compile("Neue Akte unter|Aktenplan")).first
    if plan.count():
        plan.select_option(label="20.30 Steuern")
    page.get_by_role("button", name="Neue Akte anlegen und ablegen").click()
    expect(page.get_by_text(re.compile(r"Abgelegt in 20")).first).to_be_visible()


def _code_and_release(page: Page) -> None:
    page.get_by_role("link", name="Zur Rechnung").click()
    page.get_by_label("Produktsachkonto", exact=True).wait_for()
    _save(page, {"Haushaltsjahr": "2026", "Produktsachkonto": "11.1.01.4431000"}, "Kontierung speichern")
    release = page.get_by_role("button", name="Freigeben zur Prüfung")
    if not release.count():
        _save(page, {"IBAN": "DE02 1203 0000 0000 2020 51"}, "Angaben speichern")
    release.click()
    expect(page.get_by_text("In Prüfung").first).to_be_visible()


def _save(page: Page, answers: dict[str, str], button: str) -> None:
    """Fill in what the page asks for of these, and save."""
    for label, value in answers.items():
        field = page.get_by_label(re.compile(f"^{label}"))
        if field.count():
            field.first.fill(value)
    page.get_by_role("button", name=button).click()
    page.wait_for_load_state("networkidle")


def _expect_hand_over(data: Path) -> None:
    for _ in range(100):
        found = list((data / "handover").glob("*/*/order.json"))
        if found:
            break
        time.sleep(0.2)
    order = json.loads(found[0].read_text(encoding="utf-8"))
    assert (order["invoice"]["number"], order["given_by"]) == ("123456XX", "Dora")
    assert [row["by"] for row in order["certificates"]] == ["Ben", "Ben"]


def _expect_a_safe_cookie(page: Page) -> None:
    (cookie,) = page.context.cookies()
    assert cookie["name"] == "__Host-aktenlauf"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    assert (cookie["domain"], cookie["path"]) == (HOST, "/")


def test_the_browser_does_not_take_another_authority(desk: Desk, chromium_path: str, tmp_path: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM, env={"HOME": str(tmp_path)})
        with pytest.raises(Exception, match="ERR_CERT_AUTHORITY_INVALID"):
            browser.new_page().goto(f"{desk.address}/anmelden")
        browser.close()


def test_every_answer_demands_tls_and_the_cookie_is_bound_to_the_host(desk: Desk) -> None:
    page = desk.ask("GET", "/anmelden")
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    form = {"login": "pia", "password": PASSWORD}
    answer = desk.ask("POST", "/anmelden", data=form, headers={"Origin": desk.address})
    assert (answer.status_code, answer.headers["location"]) == (303, "/aufgaben")
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-aktenlauf=")
    assert {attribute.lower() for attribute in attributes} == {"httponly", "path=/", "samesite=lax", "secure"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": f"https://{HOST}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": f"https://{HOST}"},
    ],
)
def test_a_foreign_page_cannot_send_a_form(desk: Desk, headers: dict[str, str]) -> None:
    form = {"login": "pia", "password": PASSWORD}
    answer = desk.ask("POST", "/anmelden", data=form, headers=headers)
    assert answer.status_code == 403
    assert "__Host-aktenlauf=" not in answer.headers.get("set-cookie", "")
    assert "nicht von einer Seite dieser Anwendung" in answer.text


def test_a_form_that_is_refused_unread_gets_its_answer(desk: Desk) -> None:
    form = {"login": "pia", "password": "x" * 300_000}
    answers = [desk.ask("POST", "/anmelden", data=form, headers={"Origin": EVIL}).status_code for _ in range(20)]
    assert answers == [403] * 20


@pytest.mark.parametrize("host", ["evil.example.test", f"{HOST}.evil.example.test", "10.0.0.1", ""])
def test_another_host_name_gets_the_right_address(desk: Desk, host: str) -> None:
    answer = desk.ask("GET", "/anmelden", headers={"Host": host})
    if desk.application_port == desk.port or host:
        assert (answer.status_code, answer.headers["content-type"]) == (421, "text/plain; charset=utf-8")
        assert desk.address in answer.text
    else:
        assert answer.status_code == 400  # nginx answers itself


def test_probes_need_no_name(desk: Desk) -> None:
    assert desk.ask("GET", "/health/live", headers={"Host": "probe"}).status_code == 200


def test_plain_http_on_the_tls_port_fails_cleanly(desk: Desk) -> None:
    with socket.create_connection(("127.0.0.1", desk.port), 10) as plain:
        plain.sendall(f"GET /anmelden HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        answer = plain.recv(1000)
    assert b"200 OK" not in answer
    assert b"Aktenlauf" not in answer
    assert desk.ask("GET", "/anmelden").status_code == 200
    assert "Traceback" not in desk.data.with_suffix(".log").read_text(encoding="utf-8")


def test_a_failed_login_counts_for_the_client_and_not_for_whom_it_names(desk: Desk) -> None:
    headers = {"Origin": desk.address, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}
    answer = desk.ask(
        "POST", "/anmelden", source=CLIENT, headers=headers, data={"login": "niemand", "password": "falsch"}
    )
    assert answer.status_code == 403
    assert _counted(desk) & {f"address:{CLIENT}", "address:203.0.113.9", f"address:{PROXY}"} == {f"address:{CLIENT}"}


def _counted(desk: Desk) -> set[str]:
    with sqlite3.connect(desk.data / "aktenlauf.sqlite") as connection:
        keys = {str(key) for (key,) in connection.execute("select key from login_throttle")}
    connection.close()
    return keys


@pytest.mark.parametrize("desk", ["reverse proxy"], indirect=True)
def test_nobody_goes_past_the_proxy(desk: Desk) -> None:
    past = {"X-Forwarded-For": "203.0.113.77", "X-Forwarded-Proto": "https", "Host": f"{HOST}:{desk.port}"}
    url = f"http://127.0.0.1:{desk.application_port}"
    page = httpx.get(f"{url}/anmelden", headers=past)
    assert (page.status_code, desk.address in page.text) == (403, True)
    form = {"login": "niemand", "password": "falsch"}
    assert httpx.post(f"{url}/anmelden", headers=past, data=form).status_code == 403
    assert "address:203.0.113.77" not in _counted(desk)
    assert httpx.get(f"{url}/health/live").status_code == 200
