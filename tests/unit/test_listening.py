"""The handshake before the port opens: each fault of a certificate has its own name."""

import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dms.cli.listening import CertificateUnusable, PortUnavailable, check_certificate, open_port
from dms.cli.wording import CERTIFICATE, PORT
from dms.config import Settings
from tests.commands import Tls, issue

HOST = "akten.example.test"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    return issue(tmp_path, HOST)


def _fault(cert: Path, key: Path, host: str | None = HOST) -> str | None:
    chosen = Settings(_env_file=None, tls_cert=cert, tls_key=key, public_url=f"https://{host}" if host else None)  # type: ignore[call-arg]
    try:
        check_certificate(chosen)
    except CertificateUnusable as exc:
        CERTIFICATE[exc.code].format(**exc.params)
        return exc.code
    return None


def test_a_good_certificate_is_taken(tls: Tls) -> None:
    assert _fault(tls.cert, tls.key) is None


def test_without_a_public_address_no_name_is_asked_for(tls: Tls) -> None:
    assert _fault(tls.cert, tls.key, None) is None


def test_a_certificate_for_another_name(tls: Tls) -> None:
    assert _fault(tls.cert, tls.key, "anders.example.test") == "host"
    assert _fault(tls.cert, tls.key, "127.0.0.1") == "host"


def test_a_certificate_outside_its_dates(tmp_path: Path) -> None:
    old = issue(tmp_path / "old", HOST, not_before=NOW - 9 * DAY, not_after=NOW - DAY)
    new = issue(tmp_path / "new", HOST, not_before=NOW + DAY, not_after=NOW + 9 * DAY)
    assert (_fault(old.cert, old.key), _fault(new.cert, new.key)) == ("expired", "not_yet")


def test_a_key_of_another_certificate(tmp_path: Path, tls: Tls) -> None:
    assert _fault(tls.cert, issue(tmp_path / "other", HOST).key) == "mismatch"


def test_files_that_are_none(tmp_path: Path, tls: Tls) -> None:
    (tmp_path / "text").write_text("kein PEM", encoding="utf-8")
    assert _fault(tls.cert, tmp_path / "text") == "format"
    assert _fault(tmp_path / "text", tls.key) == "format"
    assert _fault(tls.cert, tmp_path / "missing") == "unreadable"
    assert _fault(tmp_path, tls.key) == "unreadable"


def test_a_key_with_a_password_is_not_asked_for(tmp_path: Path, tls: Tls) -> None:
    locked = tmp_path / "locked.pem"
    command = ["openssl", "pkcs8", "-topk8", "-in", str(tls.key), "-out", str(locked), "-passout", "pass:geheim"]
    subprocess.run(command, check=True, capture_output=True)
    assert _fault(tls.cert, locked) == "encrypted"


def test_a_certificate_that_is_not_for_servers(tmp_path: Path) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    options = ["-nodes", "-days", "3", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    purpose = ["-addext", "extendedKeyUsage=clientAuth", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", *options, *purpose], check=True, capture_output=True
    )
    assert _fault(cert, key) == "refused"


def test_the_next_free_port_is_taken_when_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with open_port("127.0.0.1", taken, attempts=50) as found:
            assert taken < found.getsockname()[1] < taken + 50
        with pytest.raises(PortUnavailable) as refused:
            open_port("127.0.0.1", taken)
    assert "schon belegt" in PORT[refused.value.code]


def test_an_address_of_another_machine_is_told_from_a_taken_port() -> None:
    with pytest.raises(PortUnavailable) as refused:
        open_port("192.0.2.1", 0)
    assert refused.value.code == "address"


def test_a_connection_sends_without_waiting_for_the_other_end() -> None:
    with (
        open_port("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
