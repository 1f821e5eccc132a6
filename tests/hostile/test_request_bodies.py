"""Bodies that are longer than they may be, or lie about themselves: refused early, nothing kept, no memory taken."""

import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from dms.actor import Role
from dms.intake.models import Intake
from dms.platform import Platform
from dms.web import session as sessions
from tests.factories import PASSWORD, TEST, add_person, opened
from tests.served import bearer, served

pytestmark = [  # a part that never ends is left to the garbage collector by Starlette, which closes its file at once
    pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
MIB = 1 << 20
INTAKE, UPLOAD, LOGIN = "/api/v1/intake", "/hochladen", "/anmelden"
EVENTS = "/api/v1/payables/01234567-89ab-7def-8123-456789abcdef/events"
PART = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a.bin"\r\n\r\n'
END = b"\r\n--x--\r\n"
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path, workers=False) as platform:
        add_person(platform, "anna", Role.CLERK)
        yield platform


@pytest.fixture
def client(platform: Platform) -> Iterator[httpx.Client]:
    """Anna with both of her keys: the token counts below /api, the cookie on the pages."""
    with served(platform) as client:
        client.headers.update({**bearer(platform, "anna"), **MULTIPART})
        client.cookies.set("aktenlauf", sessions.log_in(platform, "anna", PASSWORD, "test"))
        yield client


def _intakes(platform: Platform) -> int:
    with platform.db.read(TEST) as session:
        return session.scalar(select(func.count()).select_from(Intake)) or 0


def _raw(
    client: httpx.Client, path: str, *headers: str, body: bytes = b"", token: bool = True, patience: float = 30
) -> bytes:
    """What the server answers to a request written by hand; it may lack its end, then the caller hangs up."""
    own = [f"Authorization: {client.headers['authorization']}", f"Cookie: aktenlauf={client.cookies['aktenlauf']}"]
    lines = [f"POST {path} HTTP/1.1", "Host: x", *(own if token else []), *headers]
    lines += [f"{name}: {value}" for name, value in MULTIPART.items()]
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        connection.settimeout(patience)
        with suppress(TimeoutError):
            return connection.recv(65536)
    return b""


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def _sent(pieces: int, name: bytes = b"file", piece: bytes = bytes(MIB)) -> Iterator[bytes]:
    """A multipart body in chunks whose length nobody declares."""
    yield PART % name
    for _ in range(pieces):
        yield piece
    yield END


@pytest.mark.parametrize("path", [INTAKE, UPLOAD, EVENTS])
def test_a_body_declared_too_long_is_refused_before_it_is_sent(
    platform: Platform, client: httpx.Client, path: str
) -> None:
    answer = _raw(client, path, f"Content-Length: {202 * MIB}", "Expect: 100-continue")
    assert _status(answer) == 413
    kind = b"text/html" if path == UPLOAD else b"application/problem+json"
    assert b"content-type: " + kind in answer.lower()


def test_whoever_is_unknown_is_refused_before_the_body_is_sent(client: httpx.Client) -> None:
    assert _status(_raw(client, INTAKE, f"Content-Length: {100 * MIB}", token=False)) == 401
    assert _status(_raw(client, UPLOAD, f"Content-Length: {100 * MIB}", token=False)) == 303
    assert _status(_raw(client, LOGIN, f"Content-Length: {2 * MIB}", token=False)) == 413


@pytest.mark.parametrize(("path", "name"), [(INTAKE, b"file"), (UPLOAD, b"datei")])
def test_an_undeclared_length_is_counted(platform: Platform, client: httpx.Client, path: str, name: bytes) -> None:
    answer = client.post(path, content=_sent(202, name))
    assert answer.status_code == 413
    assert "größer als erlaubt" in answer.text
    assert _intakes(platform) == 0


def test_forms_and_commands_are_short(client: httpx.Client) -> None:
    assert client.post(LOGIN, content=_sent(2, b"login")).status_code == 413
    command = client.post(EVENTS, content=b'"' + b"x" * MIB + b'"', headers={"Content-Type": "application/json"})
    assert (command.status_code, command.json()["code"]) == (413, "request.too_large")


@pytest.mark.parametrize(("path", "name"), [(INTAKE, b"file"), (UPLOAD, b"datei")])
def test_a_length_declared_too_small_takes_nothing_in(
    platform: Platform, client: httpx.Client, path: str, name: bytes
) -> None:
    body = PART % name + bytes(1000) + END
    assert _status(_raw(client, path, "Content-Length: 200", body=body)) in (400, 422)
    assert _intakes(platform) == 0


@pytest.mark.parametrize(("path", "name"), [(INTAKE, b"file"), (UPLOAD, b"datei")])
def test_a_body_that_breaks_off_takes_nothing_in(
    platform: Platform, client: httpx.Client, path: str, name: bytes
) -> None:
    _raw(client, path, "Content-Length: 100000", body=PART % name + bytes(5000), patience=0.5)
    assert client.get("/health/live").status_code == 200
    time.sleep(0.2)
    assert _intakes(platform) == 0


def _fields(number: int, size: int = 1) -> bytes:
    field = b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + b"y" * size + b"\r\n"
    return field * number + PART % b"file" + b"z" + END


@pytest.mark.parametrize("path", [INTAKE, UPLOAD])
def test_floods_of_fields_and_giant_fields_are_refused(platform: Platform, client: httpx.Client, path: str) -> None:
    for body in (
        _fields(5000),
        _fields(1, 2 * MIB),
        _fields(1)[:-8],
        b"nichts",
        b"",
        PART * 2000,
        b"--x\r\n" + b"a" * MIB,
    ):
        answer = client.post(path, content=body)
        assert answer.status_code in (400, 422), body[:60]
    assert client.post(path, content=b"a", headers={"Content-Type": "multipart/form-data"}).status_code in (400, 422)
    assert _intakes(platform) == 0


def _serve(data: Path, ready: "multiprocessing.Queue[tuple[str, str]]", done: "multiprocessing.Queue[int]") -> None:
    with opened(data, workers=False) as platform, served(platform) as client:
        add_person(platform, "anna", Role.CLERK)
        ready.put((str(client.base_url), bearer(platform, "anna")["Authorization"]))
        done.get()


@contextmanager
def _alone(data: Path) -> Iterator[tuple[httpx.Client, int]]:
    """A server in a process of its own, so that its memory can be watched; a client and the process id."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Queue(), context.Queue()
    process = context.Process(target=_serve, args=(data, ready, done))
    process.start()
    try:
        address, token = ready.get(timeout=60)
        with httpx.Client(base_url=address, timeout=120, headers={"Authorization": token, **MULTIPART}) as client:
            yield client, process.pid or 0
    finally:
        done.put(0)
        process.join(timeout=60)


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def test_the_largest_file_is_taken_in_without_being_held_in_memory(tmp_path: Path) -> None:
    with _alone(tmp_path) as (client, pid):
        assert client.post(INTAKE, content=_sent(1)).status_code == 201
        before = _peak_mib(pid)
        taken = client.post(INTAKE, content=_sent(200))
        assert taken.status_code == 201
        original = f"/api/v1/documents/{taken.json()['document_id']}/original"
        with client.stream("GET", original) as answer:
            assert sum(len(piece) for piece in answer.iter_bytes()) == 200 * MIB
        refused = client.post(INTAKE, content=_sent(200, piece=bytes(MIB + 1)))
        assert (refused.status_code, refused.json()["code"]) == (422, "input.too_large")
        assert _peak_mib(pid) - before < 40
