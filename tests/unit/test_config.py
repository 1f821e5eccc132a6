"""Settings: what may be said, what is refused, what is hidden."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from dms.config import SecretUnreadable, Settings, is_loopback


def _settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]  # values as an operator types them


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://Akten.Example.DE", "https://akten.example.de"),
        ("https://akten.example.de:443/", "https://akten.example.de"),
        ("https://akten.example.de:8443", "https://akten.example.de:8443"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_the_public_address_is_kept_as_browsers_write_an_origin(typed: str, kept: str) -> None:
    assert _settings(public_url=typed).public_url == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "akten.example.de"),
        ("public_url", "https://akten.example.de/pfad"),
        ("public_url", "https://nutzer@akten.example.de"),
        ("public_url", "https://akten.example.de:port"),
        ("public_url", "ftp://akten.example.de"),
        ("trusted_proxy", "*"),
        ("trusted_proxy", "proxy.example.de"),
        ("trusted_proxy", "0.0.0.0/0"),
        ("trusted_proxy", "::/0"),
        ("trusted_proxy", "10.0.0.1,"),
        ("database_url", "mysql://nutzer:geheim@host/name"),
        ("storage_url", "file://relativ"),
        ("storage_url", "s3://host/bucket"),
        ("search_url", "https://host"),
        ("search_url", "opensearch://"),
        ("search_url", "opensearch://host/Akten lauf"),
        ("search_url", "opensearch://host/a/b"),
        ("broker_url", "kafka://host"),
        ("mail_url", "host"),
        ("jail", "off"),
        ("worker_threads", 0),
        ("worker_threads", 65),
        ("poll_seconds", 0),
        ("poll_seconds", "nan"),
    ],
)
def test_what_cannot_work_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        _settings(**{name: value})
    assert [error["loc"] for error in refused.value.errors()] == [(name,)]


def test_an_empty_value_means_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMS_PUBLIC_URL", "")
    assert _settings().public_url is None


EVERYWHERE = "0.0.0.0"  # noqa: S104 - asked, not opened
TLS = {"tls_cert": Path("c"), "tls_key": Path("k")}
HTTPS = {"public_url": "https://akten.example.de"}


@pytest.mark.parametrize(
    ("host", "values", "unsafe"),
    [
        ("127.0.0.1", {}, []),
        ("::1", {}, []),
        ("localhost", TLS, []),
        ("127.0.0.1", {"public_url": "http://localhost:8080"}, []),
        (EVERYWHERE, TLS | HTTPS, []),
        (EVERYWHERE, {"trusted_proxy": "10.0.0.1"} | HTTPS, []),
        ("127.0.0.1", {"trusted_proxy": "127.0.0.1"} | HTTPS, []),
        (EVERYWHERE, {}, ["config.public_url_missing", "config.tls_missing"]),
        ("10.0.0.5", TLS, ["config.public_url_missing"]),
        (EVERYWHERE, HTTPS, ["config.tls_missing"]),
        ("127.0.0.1", HTTPS, ["config.tls_missing"]),
        (EVERYWHERE, TLS | {"public_url": "http://akten.example.de"}, ["config.public_url_http"]),
        ("127.0.0.1", {"public_url": "http://a.de"}, ["config.public_url_http", "config.tls_missing"]),
        ("127.0.0.1", TLS | {"public_url": "http://localhost"}, ["config.public_url_http"]),
        ("127.0.0.1", {"trusted_proxy": "127.0.0.1"}, ["config.public_url_missing"]),
        (EVERYWHERE, {"tls_cert": Path("c")} | HTTPS, ["config.tls_pair"]),
        ("127.0.0.1", {"tls_key": Path("k")}, ["config.tls_pair"]),
    ],
)
def test_other_desks_are_served_over_tls_only(host: str, values: dict[str, object], unsafe: list[str]) -> None:
    assert _settings(**values).unsafe_for(host) == unsafe


@pytest.mark.parametrize(("host", "is_own"), [("127.0.0.9", True), ("::1", True), ("10.0.0.1", False), ("a.de", False)])
def test_loopback_is_told_from_other_desks(host: str, is_own: bool) -> None:
    assert is_loopback(host) is is_own


def test_secrets_are_read_from_files_and_percent_encoded(tmp_path: Path) -> None:
    (tmp_path / "postgres").write_text("a/b@c:d\n", encoding="utf-8")
    one = _settings(database_url="postgresql+psycopg://dms:{secret}@host/dms", secret_file=tmp_path / "postgres")
    many = _settings(storage_url="s3://dms:{secret:postgres}@host/dms", secret_file=tmp_path)
    assert one.effective_database_url == "postgresql+psycopg://dms:a%2Fb%40c%3Ad@host/dms"
    assert many.effective_storage_url == "s3://dms:a%2Fb%40c%3Ad@host/dms"


@pytest.mark.parametrize("file", [None, "missing"])
def test_a_secret_that_cannot_be_read_is_named(tmp_path: Path, file: str | None) -> None:
    chosen = _settings(broker_url="redis://:{secret}@host/0", secret_file=tmp_path / file if file else None)
    with pytest.raises(SecretUnreadable) as refused:
        _ = chosen.effective_broker_url
    assert refused.value.place == (str(tmp_path / "missing") if file else "")


def test_no_secret_name_leaves_its_folder(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("x", encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    chosen = _settings(broker_url="redis://:{secret:../outside}@host/0", secret_file=tmp_path / "secrets")
    assert chosen.effective_broker_url == "redis://:{secret:../outside}@host/0"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://dms:geheim@host/name",
        "postgresql+psycopg://dms:ge/geheim@host/name",
        "postgresql+psycopg://dms@host/name?password=geheim&x=1",
    ],
)
def test_no_password_is_shown(url: str) -> None:
    shown = _settings(database_url=url).redacted()["DMS_DATABASE_URL"]
    assert "geheim" not in shown
    assert "host/name" in shown
