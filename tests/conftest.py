"""What every test may ask for: the corpora, real servers, a browser; what is missing is skipped loudly."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORPORA = ROOT.parent / "shared" / "corpora"


def skip_loudly(reason: str) -> None:
    """Skip with a reason for the summary; in CI, where everything must be there, fail instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"must run in CI, but {reason}")
    pytest.skip(reason)


def _server(variable: str, name: str) -> str:
    url = os.environ.get(variable)
    if not url:
        skip_loudly(f"no {name} here: start it with `make services`")
    return url or ""


@pytest.fixture(scope="session")
def postgres_url() -> str:
    return _server("DMS_TEST_POSTGRES_URL", "PostgreSQL")


@pytest.fixture(scope="session")
def s3_url() -> str:
    return _server("DMS_TEST_S3_URL", "S3 server")


@pytest.fixture(scope="session")
def redis_url() -> str:
    return _server("DMS_TEST_REDIS_URL", "Redis")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = shutil.which("chromium")
    if not path:
        skip_loudly("no Chromium here: apt-get install chromium")
    return path or ""


@pytest.fixture(scope="session")
def corpora() -> Path:
    if not CORPORA.is_dir():
        pytest.skip("no test corpora beside the checkout (../shared/corpora)")
    return CORPORA
