"""Seals in three places: a crash between them is mended, and what is missing or altered is named as what it is."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from dms.audit.models import Seal
from dms.audit.seal import SEAL_EVERY, add_seal, anchor, seal_new_leaves
from dms.audit.seal_file import SealFile
from dms.clock import FrozenClock
from dms.ops.verify import verify
from dms.platform import Platform
from tests.factories import TEST, bring, opened


@pytest.fixture
def platform(tmp_path: Path, database_url: str) -> Iterator[Platform]:
    with opened(tmp_path / "data", workers=False, database_url=database_url) as platform:
        yield replace(platform, clock=FrozenClock(platform.clock.now()))


def _seal(platform: Platform, text: str) -> None:
    bring(platform, f"{text}.txt", text.encode())
    seal_new_leaves(platform.db, platform.store, platform.clock, _file(platform))


def _file(platform: Platform) -> SealFile:
    return SealFile(platform.settings.seal_file)


def _faults(platform: Platform) -> list[tuple[str, str]]:
    """What `dms verify` says of seals once nothing can be on its way any more."""
    assert isinstance(platform.clock, FrozenClock)
    platform.clock.advance(3 * SEAL_EVERY)
    faults = verify(platform)["faults"]
    return [(fault["kind"], fault["subject"]) for fault in faults if not fault["kind"].startswith("index.")]


def test_a_crash_between_database_and_file_is_named_and_mended(platform: Platform) -> None:
    _seal(platform, "eins")
    bring(platform, "zwei.txt", b"zwei")
    assert add_seal(platform.db, platform.clock) is not None
    assert _faults(platform) == [("seal.not_in_file", "2"), ("seal.not_in_store", "2")]
    assert seal_new_leaves(platform.db, platform.store, platform.clock, _file(platform)) is None
    assert _faults(platform) == []


def test_a_young_seal_may_still_be_on_its_way(platform: Platform) -> None:
    bring(platform, "eins.txt", b"eins")
    add_seal(platform.db, platform.clock)
    assert [fault for fault in verify(platform)["faults"] if fault["kind"].startswith("seal.")] == []


@pytest.mark.parametrize("kept", [1, 40, -1])
def test_half_a_line_is_a_missing_seal_and_mended(platform: Platform, kept: int) -> None:
    """Only the last byte, the line end, missing: the seal is whole, and the next one begins a line of its own."""
    for text in ("eins", "zwei"):
        _seal(platform, text)
    path = platform.settings.seal_file
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + second[:kept])
    assert _faults(platform) == ([] if kept == -1 else [("seal.not_in_file", "2")])
    _seal(platform, "drei")
    assert _faults(platform) == []
    assert list(_file(platform).read()) == [1, 2, 3]


def test_an_altered_line_and_a_lost_anchor_are_told_apart(platform: Platform) -> None:
    for text in ("eins", "zwei", "drei"):
        _seal(platform, text)
    path = platform.settings.seal_file
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b'"seal_sha256":"', b'"seal_sha256":"0') + lines[2])
    with platform.db.read(TEST) as session:
        seals = session.scalars(select(Seal).order_by(Seal.number)).all()
    blob = next(found for found in platform.store.iterate() if _holds(platform, found.sha256, seals[2].seal_sha256))
    platform.store.delete(blob.sha256)
    assert _faults(platform) == [("seal.differs", "2"), ("seal.not_in_store", "3")]


def _holds(platform: Platform, sha256: str, text: str) -> bool:
    with platform.store.open(sha256) as stream:
        return f'"seal_sha256":"{text}"'.encode() in stream.read()


def test_a_seal_that_only_the_file_knows_was_removed(platform: Platform) -> None:
    _seal(platform, "eins")
    line = platform.settings.seal_file.read_bytes().replace(b'"number":1', b'"number":2')
    with platform.settings.seal_file.open("ab") as file:
        file.write(line)
    assert _faults(platform) == [("seal.removed", "2")]


def test_two_sealers_at_once_make_one_chain(platform: Platform) -> None:
    def work() -> None:
        for _ in range(10):
            bring(platform, "brief.txt", b"immer derselbe")
            seal_new_leaves(platform.db, platform.store, platform.clock, _file(platform))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    anchor(platform.db, platform.store, _file(platform))
    assert _faults(platform) == []
    numbers = [line.split(b'"number":')[1].split(b",")[0] for line in platform.settings.seal_file.read_bytes().split()]
    assert numbers == [str(number).encode() for number in range(1, len(numbers) + 1)]


def test_nothing_new_is_no_seal(platform: Platform) -> None:
    _seal(platform, "eins")
    assert isinstance(platform.clock, FrozenClock)
    platform.clock.advance(timedelta(hours=1))
    assert seal_new_leaves(platform.db, platform.store, platform.clock, _file(platform)) is None
