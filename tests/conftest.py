"""What every test may ask for: the corpora, real servers, a browser; what is missing is skipped loudly."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from minio import Minio
from sqlalchemy import create_engine, make_url, text

from dms.migrations import upgrade
from tests.databases import begin_migrated
from tests.engines import own_address

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
def migrated_postgres(postgres_url: str) -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    name = f"template_{uuid4().hex[:12]}"
    _administer(postgres_url, f"create database {name}")
    upgrade(_named(postgres_url, name))
    yield name
    _administer(postgres_url, f"drop database {name} with (force)")


@pytest.fixture
def own_postgres_url(postgres_url: str, migrated_postgres: str) -> Iterator[str]:
    """A migrated database of this test alone."""
    name = f"test_{uuid4().hex[:12]}"
    _administer(postgres_url, f"create database {name} template {migrated_postgres}")
    yield _named(postgres_url, name)
    _administer(postgres_url, f"drop database {name} with (force)")


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> Iterator[str]:
    """An empty database of this test alone."""
    name = f"test_{uuid4().hex[:12]}"
    _administer(postgres_url, f"create database {name}")
    yield _named(postgres_url, name)
    _administer(postgres_url, f"drop database {name} with (force)")


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _administer(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database of this test alone, on each of the two kinds."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("own_postgres_url"))
    begin_migrated(tmp_path / "own.sqlite")
    return f"sqlite:///{tmp_path / 'own.sqlite'}"


@pytest.fixture(scope="session")
def s3_url() -> str:
    return _server("DMS_TEST_S3_URL", "S3 server")


def bucket_of_its_own(url: str, *, object_lock: bool = False) -> str:
    """The address of a new bucket on the S3 server of `url`."""
    parts = urlsplit(url)
    client = Minio(f"{parts.hostname}:{parts.port}", parts.username, parts.password, secure=False, region="us-east-1")
    bucket = f"test-{uuid4().hex[:12]}"
    client.make_bucket(bucket, object_lock=object_lock)
    return parts._replace(path=f"/{bucket}").geturl()


@pytest.fixture(scope="session")
def s3_app_url() -> str:
    """A bucket with Object Lock, with the key that an application gets: no administrator's."""
    return _server("DMS_TEST_S3_APP_URL", "S3 server")


@pytest.fixture(scope="session")
def redis_url() -> str:
    return _server("DMS_TEST_REDIS_URL", "Redis")


@pytest.fixture(scope="session")
def opensearch_url() -> str:
    return _server("DMS_TEST_OPENSEARCH_URL", "OpenSearch")


@pytest.fixture(scope="session")
def opensearch3_url() -> str:
    """Skipped in CI too, where `make services` says why it is missing."""
    url = os.environ.get("DMS_TEST_OPENSEARCH3_URL")
    if not url:
        pytest.skip("no OpenSearch 3 here: `make services` starts it where /usr/lib/jvm has a Java from 21 on")
    return url


@pytest.fixture
def own_opensearch_url(opensearch_url: str) -> Iterator[str]:
    """The address of an index of this test alone."""
    with own_address(opensearch_url) as address:
        yield address


@pytest.fixture
def installation(request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings of the embedded system, or of a server installation for a test that asks for it (`ON_BOTH_SETS`)."""
    if getattr(request, "param", "embedded") == "embedded":
        return {}
    urls = {
        "database_url": "own_postgres_url", "storage_url": "s3_url", "broker_url": "redis_url",
        "search_url": "own_opensearch_url",
    }  # fmt: skip
    return {name: request.getfixturevalue(fixture) for name, fixture in urls.items()}


ON_BOTH_SETS = pytest.mark.parametrize("installation", ["embedded", "server"], indirect=True)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Without its windows the browser costs a quarter less; it lays out, runs scripts and trusts certificates alike."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if not path:
        skip_loudly("no Chromium here: apt-get install chromium-headless-shell")
    return path or ""


@pytest.fixture(scope="session")
def corpora() -> Path:
    if not CORPORA.is_dir():
        pytest.skip("no test corpora beside the checkout (../shared/corpora)")
    return CORPORA
