"""Settings: environment variables with the prefix `DMS_`; the URL scheme picks the adapter behind each port."""

import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from invoicing.rulesets import default_folder

SHAPES = {
    "database_url": (
        r"sqlite:///.+|postgresql\+psycopg://.+",
        "sqlite:///DATEI, postgresql+psycopg://NUTZER@HOST/NAME",
    ),
    "storage_url": (r"file:///.+|s3://[^/]+:[^/]+@[^/@]+/.+", "file:///ORDNER, s3://KEY:SECRET@HOST:PORT/BUCKET"),
    "search_url": (
        r"embedded:///.+|opensearch(\+https)?://[^/]+(/[a-z][a-z0-9-]{0,99})?",
        "embedded:///ORDNER, opensearch://HOST:PORT/NAME, opensearch+https://NUTZER:KENNWORT@HOST:PORT/NAME",
    ),
    "broker_url": (r"memory://|rediss?://.+|amqps?://.+", "memory://, redis://HOST:PORT/0, amqp://NUTZER@HOST:PORT"),
    "mail_url": (r"spool:///.+|smtps?://.+", "spool:///ORDNER, smtp://HOST:PORT"),
}
"""What each port has an adapter for: the form of its address, and examples of it."""
DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_SECRET_BYTES = 4096
_PASSWORD_IN_QUERY = re.compile(r"([?&](?:password|secret|token|key)=)[^&]*", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{secret(?::([A-Za-z0-9_.-]+))?\}")

Network = IPv4Network | IPv6Network


class SecretUnreadable(Exception):
    """A URL asks for a secret that cannot be had; `place` is the file, or empty when `DMS_SECRET_FILE` is not set."""

    def __init__(self, place: str, cause: str = "") -> None:
        super().__init__(f"{place}: {cause}")
        self.place, self.cause = place, cause


class Settings(BaseSettings):
    """Everything an operator can set; each one is described in docs/operations.md.

    Unset URLs mean the embedded system under `data`: SQLite, a folder, tantivy, workers in the process.
    """

    model_config = SettingsConfigDict(
        env_prefix="DMS_", env_file=".env", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    data: Path = Path("data")
    database_url: str | None = None
    storage_url: str | None = None
    search_url: str | None = None
    broker_url: str = "memory://"
    mail_url: str | None = None
    mail_from: str | None = Field(default=None, pattern=r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+", max_length=254)
    hotfolder: Path | None = None
    public_url: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxy: str | None = None
    secret_file: Path | None = None
    jail: Literal["auto", "require"] = "auto"
    recognition: Literal["cascade", "tesseract", "rapidocr"] = "cascade"
    worker_threads: int = Field(default=2, ge=1, le=64)
    poll_seconds: float = Field(default=2.0, ge=0.05, le=3600)
    hotfolder_keep_days: int = Field(default=30, ge=0, le=3650)
    antivirus_url: str | None = None
    rules_dir: Path | None = None
    retain_days: int = Field(default=35, ge=0, le=3650)

    @field_validator(*SHAPES)
    @classmethod
    def _for_an_adapter(cls, value: str | None, info: ValidationInfo) -> str | None:
        pattern, examples = SHAPES[info.field_name or ""]
        if value is not None and not re.fullmatch(pattern, value):
            raise PydanticCustomError("address", "no adapter", {"examples": examples})
        return value

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, value: str | None) -> str | None:
        """The address as browsers write an origin: lower case, no default port, no path."""
        return None if value is None else _origin(value)

    @field_validator("trusted_proxy")
    @classmethod
    def _addresses(cls, value: str | None) -> str | None:
        """Addresses or networks; a name, or everybody, would be trusted by mistake."""
        try:
            is_named = all(network.prefixlen > 0 for network in _networks(value))
        except ValueError:
            is_named = False
        if not is_named:
            raise PydanticCustomError("proxy_address", "not an address")
        return value

    @cached_property
    def folder(self) -> Path:
        """The DATA folder, absolute."""
        return self.data.resolve()

    @property
    def effective_database_url(self) -> str:
        return self._secret(self.database_url or f"sqlite:///{self.folder / 'aktenlauf.sqlite'}")

    @property
    def effective_storage_url(self) -> str:
        return self._secret(self.storage_url or f"file://{self.folder / 'blobs'}")

    @property
    def effective_search_url(self) -> str:
        return self._secret(self.search_url or f"embedded://{self.folder / 'index'}")

    @property
    def effective_broker_url(self) -> str:
        return self._secret(self.broker_url)

    @property
    def effective_mail_url(self) -> str:
        return self.mail_url or f"spool://{self.folder / 'mail'}"

    @property
    def effective_mail_from(self) -> str:
        """The address that mails come from: that of this server unless another one is set."""
        host = urlsplit(self.public_url or "").hostname or ""
        return self.mail_from or f"aktenlauf@{host if '.' in host else 'gemeinde.invalid'}"

    @property
    def hotfolder_path(self) -> Path:
        return (self.hotfolder or self.folder / "hotfolder").resolve()

    @property
    def seal_file(self) -> Path:
        return self.folder / "seals.jsonl"

    @property
    def handover_path(self) -> Path:
        return self.folder / "handover"

    @property
    def rules_path(self) -> Path:
        """Where the rule artefacts of e-invoices lie: inside the environment unless said otherwise."""
        return self.rules_dir or default_folder()

    @property
    def is_embedded(self) -> bool:
        """True when web, workers, watcher and sealer share one process."""
        return self.broker_url.startswith("memory:")

    @property
    def has_embedded_index(self) -> bool:
        """True when the index is a folder, which one process at a time can write."""
        return self.effective_search_url.startswith("embedded:")

    @property
    def has_tls(self) -> bool:
        return self.tls_cert is not None or (self.trusted_proxy is not None and self._public_scheme == "https")

    @property
    def public_host(self) -> str | None:
        """The name in the public address, without its port."""
        return urlsplit(self.public_url or "").hostname

    @property
    def proxies(self) -> tuple[Network, ...]:
        """Who may say for whom a request is."""
        return _networks(self.trusted_proxy)

    @property
    def _public_scheme(self) -> str:
        return urlsplit(self.public_url or "").scheme

    def unsafe_for(self, host: str) -> list[str]:
        """Codes of what forbids listening on `host`: nothing while only this machine is served without TLS.

        Other desks are served as soon as the host, the public address or a proxy says so; they need https, ended here
        or by a named proxy.
        """
        unsafe = [] if (self.tls_cert is None) == (self.tls_key is None) else ["config.tls_pair"]
        is_shared = not (is_loopback(host) and is_loopback(self.public_host or host)) or self.trusted_proxy is not None
        if is_shared and self.public_url is None:
            unsafe.append("config.public_url_missing")
        if self._public_scheme == "http" and (is_shared or self.tls_cert is not None):
            unsafe.append("config.public_url_http")
        if is_shared and self.tls_cert is None and self.tls_key is None and self.trusted_proxy is None:
            unsafe.append("config.tls_missing")
        return unsafe

    def redacted(self) -> dict[str, str]:
        """The effective values by environment name, secrets inside URLs hidden."""
        values = {f"DMS_{name.upper()}": getattr(self, name) for name in type(self).model_fields}
        values |= {
            "DMS_DATABASE_URL": self.database_url or self.effective_database_url,
            "DMS_STORAGE_URL": self.storage_url or self.effective_storage_url,
            "DMS_SEARCH_URL": self.search_url or self.effective_search_url,
            "DMS_MAIL_URL": self.effective_mail_url,
            "DMS_MAIL_FROM": self.effective_mail_from,
            "DMS_DATA": self.folder,
            "DMS_HOTFOLDER": self.hotfolder_path,
        }
        return {name: _without_password(str(value)) if value is not None else "" for name, value in values.items()}

    def _secret(self, url: str) -> str:
        """`url` with ``{secret}`` and ``{secret:NAME}`` replaced, percent-encoded; so no password stands in a setting.

        ``{secret}`` is the content of `secret_file`; ``{secret:NAME}`` that of the file NAME in the folder that
        `secret_file` names. Raises `SecretUnreadable`.
        """
        return _PLACEHOLDER.sub(lambda found: quote(self._read_secret(found[1]), safe=""), url)

    def _read_secret(self, name: str | None) -> str:
        if self.secret_file is None:
            raise SecretUnreadable("")
        path = self.secret_file / name if name else self.secret_file
        try:
            with path.open("rb") as file:
                return file.read(MAX_SECRET_BYTES).decode().strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise SecretUnreadable(str(path), getattr(exc, "strerror", None) or "not text") from exc


def is_loopback(host: str) -> bool:
    """True for the names and addresses of this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(value: str) -> str:
    parts = urlsplit(value.strip())
    try:
        port = parts.port
    except ValueError:
        port = -1
    extras = (parts.path.strip("/"), parts.query, parts.fragment, parts.username)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or any(extras) or port in (-1, 0):
        raise PydanticCustomError("origin", "not an address like https://akten.example.de")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != DEFAULT_PORTS[parts.scheme] else "")


def _networks(value: str | None) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in value.split(",")) if value else ()


def _without_password(text: str) -> str:
    """`text` with the passwords of a URL hidden, also where one holds signs that end it for a URL parser."""
    text = _PASSWORD_IN_QUERY.sub(r"\1***", text)
    user, at, rest = text.rpartition("@")
    scheme, slashes, login = user.partition("://")
    name, colon, _ = login.partition(":")
    if not (at and slashes and colon):
        return text
    return f"{scheme}://{name}:***@{rest}"
