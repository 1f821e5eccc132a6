"""What a scanner station may do to its folder, and how each file ends."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dms.intake.hotfolder import HotFolder
from dms.intake.models import Intake, Station
from dms.platform import Platform
from tests.factories import TEST, opened

PDF_END = b"\n%%EOF\n"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path / "data", workers=False) as platform:
        yield platform


@pytest.fixture
def station(platform: Platform) -> Path:
    folder = platform.settings.hotfolder_path / "rathaus"
    folder.mkdir(parents=True)
    return folder


def _intakes(platform: Platform) -> int:
    with platform.db.read(TEST) as session:
        return session.scalar(select(func.count()).select_from(Intake)) or 0


def _polls(folder: HotFolder, times: int = 6) -> int:
    return sum(folder.poll() for _ in range(times))


def test_a_finished_file_is_taken_once_and_lies_aside(platform: Platform, station: Path) -> None:
    (station / "a.txt").write_text("Guten Tag", encoding="utf-8")
    assert _polls(HotFolder(platform)) == 1
    assert [path.name for path in (station / ".erledigt").iterdir()] == ["a.txt"]
    assert _polls(HotFolder(platform)) == 0
    with platform.db.read(TEST) as session:
        assert session.scalars(select(Station.key)).all() == ["rathaus"]


def test_a_file_that_still_grows_is_left_alone_until_it_is_whole(platform: Platform, station: Path) -> None:
    folder, target = HotFolder(platform), station / "scan.pdf"
    target.write_bytes(b"%PDF-1.4\n")
    for _ in range(5):
        with target.open("ab") as stream:
            stream.write(b"x" * 100)
        assert folder.poll() == 0
    assert _polls(folder) == 0
    with target.open("ab") as stream:
        stream.write(PDF_END)
    assert _polls(folder) == 1


def test_a_marker_takes_the_file_at_once(platform: Platform, station: Path) -> None:
    (station / "b.bin").write_bytes(b"\x00\x01")
    (station / "b.bin.done").touch()
    assert HotFolder(platform).poll() == 1
    assert not (station / "b.bin.done").exists()


def test_an_empty_file_ends_in_the_failed_folder_with_its_reason(platform: Platform, station: Path) -> None:
    (station / "leer.pdf").touch()
    folder = HotFolder(platform, give_up_seconds=0.05)
    folder.poll()
    time.sleep(0.1)
    assert _polls(folder) == 0
    reason = (station / ".fehler" / "leer.pdf.txt").read_text(encoding="utf-8")
    assert "Die Datei ist leer" in reason
    assert _intakes(platform) == 0


def test_hidden_temporary_and_linked_files_are_never_taken(platform: Platform, station: Path, tmp_path: Path) -> None:
    outside = tmp_path / "geheim.txt"
    outside.write_text("geheim", encoding="utf-8")
    (station / "link.txt").symlink_to(outside)
    (station / "unter").mkdir()
    (station / "unter" / "tief.txt").write_text("tief", encoding="utf-8")
    for name in (".versteckt", "x.tmp", "y.part", "~$z.docx"):
        (station / name).write_text("nein", encoding="utf-8")
    assert _polls(HotFolder(platform)) == 0
    assert outside.exists()


def test_a_claim_of_a_watcher_that_died_is_taken_up_again_and_is_one_intake(platform: Platform, station: Path) -> None:
    claim = station / ".arbeit" / "0190-claim"
    claim.mkdir(parents=True)
    (claim / "c.txt").write_text("halb", encoding="utf-8")
    assert HotFolder(platform).poll() == 0
    assert HotFolder(platform, lease_seconds=-1).poll() == 1
    claim.mkdir(exist_ok=True)
    (claim / "c.txt").write_text("halb", encoding="utf-8")
    HotFolder(platform, lease_seconds=-1).poll()
    assert _intakes(platform) == 1


def test_two_watchers_take_each_file_of_a_burst_exactly_once(platform: Platform, station: Path) -> None:
    for number in range(60):
        (station / f"{number:03d}.txt").write_text(f"Brief {number}", encoding="utf-8")
    folders = [HotFolder(platform), HotFolder(platform)]
    threads = [threading.Thread(target=_polls, args=(folder, 12)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _intakes(platform) == 60
    assert len(list((station / ".erledigt").iterdir())) == 60
