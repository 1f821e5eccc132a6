"""Settings: environment variables with the prefix `DMS_`; the URL scheme picks the adapter behind each port."""

from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Settings(BaseSettings):
    """Everything an operator can set; each one is described in docs/operations.md.

    Unset URLs mean the embedded system under `data`: SQLite, a folder, tantivy, workers in the process.
    """

    model_config = SettingsConfigDict(env_prefix="DMS_", env_file=".env", frozen=True, extra="ignore")

    data: Path = Path("data")
    database_url: str | None = None
    storage_url: str | None = None
    search_url: str | None = None
    broker_url: str = "memory://"
    mail_url: str | None = None
    hotfolder: Path | None = None
    public_url: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxy: str | None = None
    secret_file: Path | None = None
    jail: str = "auto"
    worker_threads: int = 2
    poll_seconds: float = 2.0
    hotfolder_keep_days: int = 30
    antivirus_url: str | None = None
    rules_dir: Path | None = None

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
        return self.search_url or f"embedded://{self.folder / 'index'}"

    @property
    def effective_mail_url(self) -> str:
        return self.mail_url or f"spool://{self.folder / 'mail'}"

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
    def _public_scheme(self) -> str:
        return urlsplit(self.public_url or "").scheme

    def unsafe_for(self, host: str) -> list[str]:
        """Codes of what forbids listening on `host`: empty on loopback, else all that is missing for other desks."""
        if host in LOOPBACK:
            return []
        missing = []
        if self._public_scheme != "https":
            missing.append("config.public_url_missing")
        if not ((self.tls_cert and self.tls_key) or self.trusted_proxy):
            missing.append("config.tls_missing")
        return missing

    def redacted(self) -> dict[str, str]:
        """The effective values by environment name, secrets inside URLs hidden."""
        values = {f"DMS_{name.upper()}": getattr(self, name) for name in type(self).model_fields}
        values |= {
            "DMS_DATABASE_URL": self.effective_database_url,
            "DMS_STORAGE_URL": self.effective_storage_url,
            "DMS_SEARCH_URL": self.effective_search_url,
            "DMS_MAIL_URL": self.effective_mail_url,
            "DMS_DATA": self.folder,
            "DMS_HOTFOLDER": self.hotfolder_path,
        }
        return {name: _without_password(str(value)) if value is not None else "" for name, value in values.items()}

    def _secret(self, url: str) -> str:
        """`url` with ``{secret}`` replaced by the content of `secret_file`, so that no password stands in a URL."""
        if "{secret}" not in url or self.secret_file is None:
            return url
        secret = SecretStr(self.secret_file.read_text(encoding="utf-8").strip())
        return url.replace("{secret}", secret.get_secret_value())


def _without_password(text: str) -> str:
    parts = urlsplit(text)
    if not parts.password:
        return text
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")))
