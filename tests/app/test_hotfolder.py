"""What a scanner does in its folder, and how each file ends: exactly one intake, exactly one place."""

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from docx import Document as Docx
from sqlalchemy import select

from dms.clock import FrozenClock, SystemClock
from dms.intake.aside import empty_done
from dms.intake.hotfolder import HotFolder
from dms.intake.models import Intake, Station
from dms.ops.verify import verify
from dms.platform import Platform
from dms.records.models import Document
from tests.app.stations import PDF, Watched
from tests.factories import TEST, opened, wait_for_outcome


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """Nobody works the queues."""
    with opened(tmp_path / "data", workers=False, poll_seconds=1.0) as platform:
        yield Watched(platform)


@pytest.fixture
def worked(tmp_path: Path) -> Iterator[Watched]:
    """The whole pipeline behind the folder."""
    with opened(tmp_path / "data", poll_seconds=1.0) as platform:
        yield Watched(platform)


def _outcome(worked: Watched) -> Intake:
    (intake,) = worked.intakes()
    assert intake.document_id is not None
    return wait_for_outcome(worked.platform, intake.document_id)


def test_a_finished_file_is_taken_once_and_lies_aside(watched: Watched) -> None:
    watched.drop("a.txt")
    assert watched.passes() == 1
    assert watched.names(".erledigt") == ["a.txt"]
    assert (watched.passes(), len(watched.intakes())) == (0, 1)
    with watched.platform.db.read(TEST) as session:
        assert session.scalars(select(Station.key)).all() == ["rathaus"]


def test_a_file_that_still_grows_is_left_alone_until_it_is_whole(watched: Watched) -> None:
    target = watched.drop("scan.pdf", b"%PDF-1.4\n")
    for _ in range(20):
        with target.open("ab") as stream:
            stream.write(b"x" * 100)
        assert watched.passes(1, after=60) == 0
    assert watched.passes(5) == 0
    with target.open("ab") as stream:
        stream.write(b"\n%%EOF\n")
    assert [watched.passes(1), watched.passes(1)] == [0, 1]
    assert watched.intakes()[0].size_bytes == (watched.station / ".erledigt" / "scan.pdf").stat().st_size


def test_a_marker_takes_the_file_at_once(watched: Watched) -> None:
    watched.drop("b.bin", b"\x00\x01")
    watched.drop("b.bin.done", b"")
    assert watched.passes(1) == 1
    assert not (watched.station / "b.bin.done").exists()


@pytest.mark.parametrize("from_outside", [True, False])
def test_a_rename_into_the_folder_is_taken_at_once(tmp_path: Path, *, from_outside: bool) -> None:
    """Well before a second sample: the next pass without an event would come after an hour."""
    with opened(tmp_path / "data", workers=False, poll_seconds=3600.0) as platform:
        watched = Watched(platform)
        watched.watcher.start()
        beside = tmp_path / "scan.part" if from_outside else watched.station / "scan.part"
        target, end = watched.station / "scan.pdf", time.monotonic() + 30
        while not watched.intakes() and time.monotonic() < end:  # again, until the watcher has set up its events
            beside.write_bytes(PDF)
            beside.rename(target)
            time.sleep(0.5)
        watched.watcher.stop()
        assert watched.intakes()


def test_a_station_that_was_made_anew_is_watched_again(tmp_path: Path) -> None:
    with opened(tmp_path / "data", workers=False, poll_seconds=0.2) as platform:
        watched = Watched(platform)
        watched.watcher = HotFolder(platform)
        watched.watcher.start()
        for count in (1, 2, 3):
            shutil.rmtree(watched.station)
            watched.station.mkdir()
            watched.drop(f"{count}.pdf", PDF)
            end = time.monotonic() + 30
            while len(watched.intakes()) < count and time.monotonic() < end:
                time.sleep(0.05)
        watched.watcher.stop()
        assert len(watched.intakes()) == 3


def test_a_copy_into_the_folder_is_not_taken_at_once(tmp_path: Path) -> None:
    with opened(tmp_path / "data", workers=False, poll_seconds=3600.0) as platform:
        watched = Watched(platform)
        watched.watcher.start()
        for number in range(6):
            watched.drop(f"{number}.pdf", PDF)
            time.sleep(0.3)
        watched.watcher.stop()
        assert watched.intakes() == []


@pytest.mark.parametrize("name", ["leer.pdf", "leer.txt"])
def test_an_empty_file_is_refused_after_a_while(watched: Watched, name: str) -> None:
    watched.drop(name, b"")
    assert watched.passes(10, after=60) == 0
    assert watched.intakes() == []
    watched.passes(2, after=60)
    (intake,) = watched.intakes()
    assert (intake.outcome, intake.reason_code, intake.document_id) == ("refused", "input.empty", None)
    assert watched.reason(name).startswith("Die Datei ist leer. Bitte scannen")
    assert f"Eingangsnummer: {intake.id}" in watched.reason(name)
    assert "Zeitpunkt: " in watched.reason(name)
    assert watched.names(".fehler") == [name, f"{name}.txt"]
    watched.passes(3, after=60)
    assert len(watched.intakes()) == 1


def test_an_incomplete_file_is_kept_and_given_to_a_person_after_a_while(worked: Watched) -> None:
    worked.drop("halb.pdf", b"%PDF-1.4\n" + b"x" * 100)
    assert worked.passes(13, after=60) == 1
    intake = _outcome(worked)
    assert (intake.outcome, intake.reason_code, intake.size_bytes) == ("quarantined", "input.incomplete", 109)
    worked.passes(1)
    assert "unvollständig" in worked.reason("halb.pdf")
    assert worked.names(".erledigt") == []


def _encrypted(path: Path) -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path, encryption=pikepdf.Encryption(user="geheim", owner="geheim"))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [("kaputt.pdf", "pdf.broken", "beschädigt"), ("geheim.pdf", "pdf.encrypted", "Kennwort")],
)
def test_what_cannot_be_read_is_kept_and_moves_on_to_the_failed(
    worked: Watched, tmp_path: Path, name: str, code: str, says: str
) -> None:
    data = _encrypted(tmp_path / "e.pdf") if name == "geheim.pdf" else PDF
    worked.drop(name, data)
    assert worked.passes() == 1
    intake = _outcome(worked)
    assert (intake.outcome, intake.reason_code) == ("quarantined", code)
    worked.passes(1)
    assert (worked.names(".erledigt"), worked.names(".fehler")) == ([], [name, f"{name}.txt"])
    assert says in worked.reason(name)
    assert str(intake.id) in worked.reason(name)
    with worked.platform.store.open(intake.sha256 or "") as stream:
        assert stream.read() == data
    worked.passes(2)
    assert worked.intakes()[0].source_path == str(worked.station / ".fehler" / name)


def test_the_same_bytes_again_are_another_intake_linked_to_the_first(watched: Watched) -> None:
    watched.drop("a.txt")
    watched.drop("b.txt")
    assert watched.passes() == 2
    first, second = watched.intakes()
    with watched.platform.db.read(TEST) as session:
        assert session.get_one(Document, second.document_id).duplicate_of_id == first.document_id
        assert session.get_one(Document, first.document_id).duplicate_of_id is None


def test_the_same_name_again_never_replaces_the_earlier_source(watched: Watched) -> None:
    for text in (b"eins", b"zwei", b"drei"):
        watched.drop("scan.txt", text)
        assert watched.passes() == 1
    names = watched.names(".erledigt")
    assert len(names) == 3
    contents = {(watched.station / ".erledigt" / name).read_bytes() for name in names}
    assert contents == {b"eins", b"zwei", b"drei"}


def test_an_office_file_is_filed_with_its_words(worked: Watched, tmp_path: Path) -> None:
    letter = Docx()
    letter.add_paragraph("Antrag auf Sondernutzung")
    letter.save(str(tmp_path / "antrag.docx"))
    worked.drop("antrag.docx", (tmp_path / "antrag.docx").read_bytes())
    assert worked.passes() == 1
    assert _outcome(worked).outcome == "inbox"
    assert verify(worked.platform, deep=True)["faults"] == []


def test_a_burst_is_taken_in_bounded_passes_and_each_file_once(watched: Watched) -> None:
    for number in range(200):
        watched.drop(f"{number:03d}.txt", f"Brief {number}".encode())
    assert watched.passes(3) == 0
    passes = [watched.passes(1) for _ in range(12)]
    assert passes == [20] * 10 + [0] * 2
    assert len({intake.sha256 for intake in watched.intakes()}) == len(watched.intakes()) == 200
    assert len(watched.names(".erledigt")) == 200


def test_stations_take_turns(watched: Watched) -> None:
    other = watched.station.with_name("bauamt")
    other.mkdir()
    (other / "dringend.txt").write_bytes(b"dringend")
    for number in range(60):
        watched.drop(f"{number}.txt", str(number).encode())
    watched.passes(4)
    assert (other / ".erledigt" / "dringend.txt").exists()
    assert len(watched.intakes()) == 21


def test_two_watchers_take_each_file_of_a_burst_exactly_once(watched: Watched) -> None:
    for number in range(60):
        watched.drop(f"{number:03d}.txt", f"Brief {number}".encode())
    watchers = [watched.watcher, watched.another()]
    for watcher in watchers * 3:
        watcher.poll()
        watched.seconds += 1
    threads = [threading.Thread(target=lambda found=watcher: [found.poll() for _ in range(8)]) for watcher in watchers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(watched.intakes()) == 60
    assert len(watched.names(".erledigt")) == 60
    assert watched.names(".arbeit") == []


def test_done_sources_go_after_their_time_and_only_if_the_store_has_them(watched: Watched) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        watched.drop(name, name.encode())
    assert watched.passes() == 3
    platform, (_, second, third) = watched.platform, watched.intakes()
    _settle(watched)
    clock = FrozenClock(SystemClock().now() + timedelta(days=29))
    later = _at(platform, clock)
    assert empty_done(later) == 0
    clock.advance(timedelta(days=2))
    platform.store.delete(second.sha256 or "")
    grown = watched.station / ".erledigt" / "c.txt"
    grown.write_bytes(b"c.txt und mehr")
    assert empty_done(later) == 1
    assert watched.names(".erledigt") == ["b.txt", "c.txt"]
    assert [bool(intake.source_path) for intake in watched.intakes()] == [False, True, False]
    assert third.sha256 is not None


def _settle(watched: Watched) -> None:
    """As if a person had all of them in the inbox."""
    from dms.intake.outcome import Outcome, set_outcome

    with watched.platform.db.write(TEST) as session:
        for intake in session.scalars(select(Intake)):
            assert intake.document_id is not None
            set_outcome(session, intake.document_id, Outcome.INBOX)


def _at(platform: Platform, clock: FrozenClock) -> Platform:
    from dataclasses import replace

    return replace(platform, clock=clock)
