"""How fast an installation is backed up and comes back, and so how much can be lost and how long it takes."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dms.cli.backup import bring_back, settings_below
from dms.ops.backup import back_up
from dms.ops.vault import Vault
from dms.platform import Platform
from tests.benchmarks.report import Report, Table, number
from tests.factories import opened
from tests.holdings import grow

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3600)]
DOCUMENTS, BYTES, LATER = 2000, 200_000, 20
GIB = 1024**3


def _quiet(at_work: str, done: int, total: int) -> None:
    """Nobody watches."""


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def test_what_a_backup_costs(tmp_path: Path, report: Report) -> None:
    with opened(tmp_path / "data", workers=False) as platform:
        grow(platform, DOCUMENTS, size=BYTES)
        rows = _backups(platform, tmp_path)
    vault = Vault(tmp_path / "vault")
    name, snapshot = vault.read()
    found: dict[str, object] = {}
    seconds = _seconds(
        lambda: found.update(bring_back(settings_below(tmp_path / "new"), vault, name, snapshot, _quiet))
    )
    assert found["faults"] == []
    rows.append(_row("restore with new index and deep verify", snapshot.contents_bytes, seconds))
    note = (
        f"Embedded, {DOCUMENTS:,} documents of {BYTES:,} random bytes with a text each, all on one disk. *Bare*: `cp "
        f"-a` of the store and `sync -f`; *hashed*: `sha256sum` of every file. *Next*: {LATER} documents later; what "
        "is not in it yet is lost, so a backup every five minutes loses five minutes and its own duration."
    )
    report.add(Table("Backup and restore", ["work", "MiB", "s", "GB/min"], rows, note))


def _backups(platform: Platform, folder: Path) -> list[list[str]]:
    store = platform.settings.folder / "blobs"
    size = sum(blob.size for blob in platform.store.iterate())
    bare = _seconds(lambda: _copy(store, folder / "bare"))
    read = _seconds(lambda: _hash(folder / "bare"))
    shutil.rmtree(folder / "bare")
    first = _seconds(lambda: back_up(platform, folder / "vault", _quiet))
    nothing = _seconds(lambda: back_up(platform, folder / "vault", _quiet))
    grow(platform, LATER, seed=2, size=BYTES)
    following = _seconds(lambda: back_up(platform, folder / "vault", _quiet))
    return [
        _row("bare", size, bare),
        _row("bare, then hashed", size, bare + read),
        _row("first backup", size, first),
        _row("again, nothing new", 0, nothing),
        _row("next", LATER * BYTES, following),
    ]


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", source, target], check=True)
    subprocess.run(["sync", "-f", target], check=True)


def _hash(folder: Path) -> None:
    command = ["find", folder, "-type", "f", "-exec", "sha256sum", "{}", "+"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _row(name: str, size: int, seconds: float) -> list[str]:
    rate = number(size / GIB / seconds * 60) if size else ""
    return [name, number(size / 1024**2), number(seconds), rate]
