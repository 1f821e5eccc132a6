"""What goes wrong in a scanner's folder: nothing is lost, nothing comes twice, nobody else has to wait."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest

from dms.errors import Unavailable
from dms.intake import left_alone
from dms.intake.hotfolder import CLAIMS_A_PASS
from dms.ops import health
from dms.web.wording import health_sentence
from tests.app.stations import PDF, Watched
from tests.conftest import skip_loudly
from tests.factories import opened

NOBODY = 65534


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with opened(tmp_path / "data", workers=False, poll_seconds=1.0) as platform:
        yield Watched(platform)


def _notices(watched: Watched) -> dict[str, str]:
    return {Path(notice.path).name: notice.code for notice in watched.watcher.notices}


def _left_alone(watched: Watched) -> list[str]:
    """What the health page says about it."""
    return [health_sentence(part) for part in health.parts(watched.platform) if part.name == "left_alone"]


def test_links_pipes_sockets_and_folders_are_reported_and_never_followed(watched: Watched, tmp_path: Path) -> None:
    outside = tmp_path / "geheim.txt"
    outside.write_text("geheim", encoding="utf-8")
    (watched.station / "link.txt").symlink_to(outside)
    (watched.station / "ordner-link").symlink_to(tmp_path)
    (watched.station / "unter").mkdir()
    (watched.station / "unter" / "tief.txt").write_text("tief", encoding="utf-8")
    os.mkfifo(watched.station / "rohr.pdf")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(watched.station / "dose"))
        watched.drop("brief.txt")
        assert watched.passes() == 1
    assert _notices(watched) == {
        "link.txt": "hotfolder.link",
        "ordner-link": "hotfolder.link",
        "unter": "hotfolder.folder",
        "rohr.pdf": "hotfolder.special",
        "dose": "hotfolder.special",
    }
    assert outside.exists()
    assert (watched.station / "unter" / "tief.txt").exists()
    (watched.station / "rohr.pdf").unlink()
    watched.passes(1)
    assert "rohr.pdf" not in _notices(watched)
    assert not [said for said in _left_alone(watched) if "rohr.pdf" in said]


def test_hidden_and_temporary_files_are_not_taken(watched: Watched) -> None:
    for name in (".versteckt", "x.tmp", "y.part", "~$z.docx", "..pdf"):
        watched.drop(name)
    assert watched.passes() == 0
    assert _notices(watched) == {}


def test_what_lies_beside_the_stations_is_reported(watched: Watched) -> None:
    (watched.station.parent / "daneben.pdf").write_bytes(PDF)
    (watched.station.parent / "link").symlink_to(watched.station)
    watched.station.with_name("x" * 61).mkdir()
    os.mkdir(os.fsencode(watched.station.parent) + b"/b\xe4u")  # noqa: PTH102 - no text
    assert watched.passes() == 0
    assert sorted(_notices(watched).values()) == ["hotfolder.no_station"] * 2 + ["hotfolder.station_name"] * 2
    shown = _left_alone(watched)
    assert "„daneben.pdf“ liegt neben den Ordnern der Stationen. Bitte legen Sie es in einen davon." in shown
    assert len(shown) == 4
    assert "".join(shown).encode()  # a name that is no text is shown too
    for number in range(3):
        (watched.station.parent / f"mehr{number}.pdf").touch()
    watched.passes(1)
    assert _left_alone(watched)[-1].startswith("und 2 weitere")


def test_a_list_that_is_no_list_shows_nothing(watched: Watched) -> None:
    for content in ("[1]", '[{"path": "a"}]', "kein JSON", '{"path": 1}'):
        (watched.platform.settings.folder / left_alone.LIST).write_text(content, encoding="utf-8")
        assert _left_alone(watched) == []


NAMES: dict[str, str | bytes] = {
    "line break": "zwei\nzeilen.pdf",
    "latin-1": "Gr\u00fc\u00dfe.pdf".encode("latin-1"),
    "255 bytes": "a" * 251 + ".pdf",
    "255 bytes of umlauts": ("ä" * 126)[:125] + ".pdf"[:4],
    "emoji": "\N{GRINNING FACE}\N{ZERO WIDTH JOINER}\N{FIRE}.pdf",
    "backslash path": "c:\\..\\windows\\system.pdf",
    "dots": "x\\..",
    "blank": " .pdf",
    "option": "-rf",
    "quotes": "'\"; drop table intake; --.pdf",
}


@pytest.mark.parametrize(("data", "folder"), [(PDF, ".erledigt"), (b"", ".fehler")])
def test_any_name_is_taken_and_stays_inside(watched: Watched, data: bytes, folder: str) -> None:
    for name in NAMES.values():
        watched.drop(name, data)
    assert watched.passes(14, after=60) == (len(NAMES) if data else 0)
    taken = sorted(intake.file_name for intake in watched.intakes())
    assert len(taken) == len(NAMES)
    assert all(name.isprintable() and name.encode() for name in taken)
    assert sorted(name for name in watched.names(folder) if not name.endswith(".txt")) == taken
    assert (watched.names(".arbeit"), watched.names("")) == ([], [".arbeit", folder])
    assert os.listdir(watched.station.parent) == ["rathaus"]  # noqa: PTH208 - bytes and all


def test_a_claim_of_a_watcher_that_died_is_taken_up_after_its_lease_and_is_one_intake(watched: Watched) -> None:
    claim = watched.station / ".arbeit" / str(uuid4())
    for _ in range(2):
        claim.mkdir(parents=True, exist_ok=True)
        (claim / "c.txt").write_text("halb", encoding="utf-8")
        assert watched.passes(2) == 0
        assert watched.another(lease_seconds=-1).poll() == 1
    assert len(watched.intakes()) == 1
    assert watched.names(".arbeit") == []


def test_the_only_watcher_takes_up_claims_at_once(watched: Watched) -> None:
    claim = watched.station / ".arbeit" / str(uuid4())
    claim.mkdir(parents=True)
    (claim / "c.txt").write_text("halb", encoding="utf-8")
    assert watched.another(is_alone=True).poll() == 1


def test_what_was_appended_to_a_committed_claim_before_it_was_put_aside_comes_in_again(watched: Watched) -> None:
    """The watcher died between commit and move, and the scanner wrote on."""
    target = watched.drop("a.txt", b"Seite 1")
    watched.passes(3)
    watched.passes(1)
    done = watched.station / ".erledigt" / target.name
    claim = watched.station / ".arbeit" / watched.intakes()[0].claim_id.removeprefix("hot:")
    claim.mkdir()
    (claim / "a.txt").write_bytes(done.read_bytes() + b", Seite 2")
    done.unlink()
    assert watched.another(lease_seconds=-1).poll() == 0
    assert watched.passes(6) == 1
    assert [intake.size_bytes for intake in watched.intakes()] == [7, 16]


@contextmanager
def _meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Let `act` happen again and again in a thread of its own."""
    stop = threading.Event()

    def repeat() -> None:
        while not stop.is_set():
            act()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_file_that_grows_while_it_is_read_is_given_back_and_taken_whole(watched: Watched) -> None:
    watched.drop("scan.pdf", PDF + b"x" * 5_000_000)
    with (watched.station / "scan.pdf").open("ab", buffering=0) as scanner:
        with _meanwhile(lambda: bool(scanner.write(b"y"))):
            for _ in range(5):
                watched.drop("scan.pdf.done", b"")
                assert watched.passes(1) == 0
                assert watched.names(".arbeit") == []
        scanner.write(b"\n%%EOF\n")
    size = (watched.station / "scan.pdf").stat().st_size
    assert watched.passes(3) == 1
    assert [intake.size_bytes for intake in watched.intakes()] == [size]
    assert (watched.station / ".erledigt" / "scan.pdf").stat().st_size == size


def test_a_file_put_back_beside_a_namesake_replaces_nothing(watched: Watched) -> None:
    """While the first is read, another of its name is dropped: the first waits in its claim for the lease."""
    watched.drop("scan.txt", b"x" * 5_000_000)
    claims = watched.station / ".arbeit"

    def interfere() -> None:
        with suppress(FileNotFoundError):
            for path in claims.glob("*/scan.txt"):
                with path.open("ab") as scanner:
                    scanner.write(b"y")
                watched.drop("scan.txt", b"die andere")

    with _meanwhile(interfere):
        watched.drop("scan.txt.done", b"")
        watched.passes(1)
    assert (watched.intakes(), (watched.station / "scan.txt").read_bytes()) == ([], b"die andere")
    assert watched.passes(6) == 1
    assert watched.another(lease_seconds=-1).poll() == 1
    assert {intake.size_bytes > 5_000_000 for intake in watched.intakes()} == {True, False}
    assert len(watched.names(".erledigt")) == 2


def test_a_file_taken_away_while_it_is_claimed_holds_up_nobody(watched: Watched) -> None:
    for number in range(20):
        watched.drop(f"{number:02d}.pdf", PDF + str(number).encode() + b"\n%%EOF" + b"\n" * 1_000)

    def take_away() -> None:
        with suppress(FileNotFoundError):
            for path in (watched.station / ".arbeit").glob("*/*[05].pdf"):
                path.unlink(missing_ok=True)

    with _meanwhile(take_away):
        watched.passes(4)
    others = {f"{number:02d}.pdf" for number in range(20) if number % 5}
    assert others <= {intake.file_name for intake in watched.intakes()} & set(watched.names(".erledigt"))
    assert watched.names(".arbeit") == []
    assert len({intake.file_name for intake in watched.intakes()}) == len(watched.intakes())


def test_links_planted_in_our_own_folders_lead_nowhere(watched: Watched, tmp_path: Path) -> None:
    secret = tmp_path / "geheim.txt"
    secret.write_text("geheim", encoding="utf-8")
    claim = watched.station / ".arbeit" / str(uuid4())
    claim.mkdir(parents=True)
    (claim / "brief.txt").symlink_to(secret)
    (watched.station / ".arbeit" / "fremd").mkdir()
    assert watched.another(lease_seconds=-1).poll() == 0
    (intake,) = watched.intakes()
    assert (intake.outcome, intake.reason_code, intake.sha256) == ("refused", "input.not_regular", None)
    assert (watched.station / ".fehler" / "brief.txt").is_symlink()
    outside = tmp_path / "anderswo"
    outside.mkdir()
    (watched.station / ".erledigt").symlink_to(outside)
    watched.drop("a.txt")
    watched.passes()
    assert list(outside.iterdir()) == []
    assert list((watched.station / ".arbeit").glob("*/a.txt"))
    (watched.station / ".erledigt").unlink()
    assert watched.another(lease_seconds=-1).poll() == 1
    assert watched.names(".erledigt") == ["a.txt"]


def test_a_station_that_is_gone_or_broken_does_not_hold_up_the_others(watched: Watched) -> None:
    broken = watched.station.with_name("bauamt")
    broken.mkdir()
    (broken / ".arbeit").write_text("eine Datei", encoding="utf-8")
    (broken / "x.txt").write_text("wartet", encoding="utf-8")
    watched.drop("brief.txt")
    assert watched.passes() == 1
    assert (broken / "x.txt").exists()
    assert "hotfolder.file" in _notices(watched).values()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    yield from _mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=4m", "tmpfs")


def _mounted(folder: Path, *arguments: str) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(["mount", *arguments, str(folder)], check=False).returncode != 0:
        skip_loudly("mounting a file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def _full(disk: Path) -> Iterator[None]:
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(disk).free == 0
    yield
    filler.unlink()


@pytest.mark.parametrize("what", ["storage", "database"])
def test_a_full_disk_makes_files_wait_and_loses_none(tmp_path: Path, small_disk: Path, what: str) -> None:
    urls = {
        "storage": {"storage_url": f"file://{small_disk}/blobs"},
        "database": {"database_url": f"sqlite:///{small_disk}/d.sqlite"},
    }
    with opened(tmp_path / "data", workers=False, poll_seconds=1.0, **urls[what]) as platform:
        watched = Watched(platform)
        for number in range(5):
            watched.drop(f"{number}.pdf", PDF + bytes(20_000) + b"%%EOF" + str(number).encode())
        watched.passes(1)
        with _full(small_disk):
            for _ in range(4):
                with suppress(Unavailable):
                    assert watched.passes(1) == 0
                watched.seconds += 1
            waiting = [path.name for path in watched.station.glob("*.pdf")]
            assert sorted(waiting) == [f"{number}.pdf" for number in range(5)]
        assert watched.passes(2) == 5
        assert len(watched.intakes()) == len(watched.names(".erledigt")) == 5


def test_a_folder_named_like_a_marker_stays_where_it_is(watched: Watched) -> None:
    watched.drop("brief.txt")
    (watched.station / "brief.txt.done").mkdir()
    assert watched.passes(1) == 1
    assert watched.names("") == [".arbeit", ".erledigt", "brief.txt.done"]
    assert watched.names(".arbeit") == []


def _without_store(watched: Watched) -> None:
    """Several passes while the store is gone."""
    blobs, aside = watched.platform.settings.folder / "blobs", watched.platform.settings.folder / "weg"
    blobs.rename(aside)
    blobs.write_bytes(b"")
    for _ in range(3):
        with suppress(Unavailable):
            assert watched.passes(1) == 0
    blobs.unlink()
    aside.rename(blobs)


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_was_said_to_be_complete_still_is_after_an_outage(watched: Watched, is_killed: bool) -> None:
    """Of a file whose bytes show no end the marker is all that is known; a watcher may die while it holds both."""
    watched.drop("brief.dat", b"ohne Ende")
    watched.drop("brief.dat.done", b"")
    if is_killed:
        claim = watched.station / ".arbeit" / str(uuid4())
        claim.mkdir(parents=True)
        for name in ("brief.dat", "brief.dat.done"):
            (watched.station / name).rename(claim / name)
        watched.watcher = watched.another(lease_seconds=-1)
    _without_store(watched)
    assert {"brief.dat", "brief.dat.done"} <= set(watched.names(""))
    watched.watcher = watched.another()
    assert watched.passes(1) == 1
    assert watched.names("") == [".arbeit", ".erledigt"]
    assert watched.names(".arbeit") == []


def test_a_source_that_may_not_be_moved_comes_in_once_until_it_changes(watched: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "freigabe"
    folder.mkdir()
    watched.station.rmdir()
    (folder / "brief.txt").write_text("Guten Tag", encoding="utf-8")
    (folder / "leer.txt").touch()
    for _ in _mounted(watched.station, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(watched.station)], check=True)
        assert watched.passes() == 1
        assert (watched.passes(20, after=60), len(watched.intakes())) == (0, 2)
        assert {intake.outcome for intake in watched.intakes()} == {"pending", "refused"}
        assert _notices(watched) == {"brief.txt": "hotfolder.immovable", "leer.txt": "input.empty"}
        again = watched.another()
        assert sum(again.poll() for _ in range(6)) == 0
        (folder / "brief.txt").write_text("Guten Tag, Nachtrag", encoding="utf-8")
        assert watched.passes() == 1
    assert [intake.size_bytes for intake in watched.intakes()] == [9, 0, 19]
    assert sorted(path.name for path in folder.iterdir()) == ["brief.txt", "leer.txt"]


def test_sources_that_may_not_be_moved_stand_in_nobodys_way(watched: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "freigabe"
    folder.mkdir()
    watched.station.rmdir()
    for number in range(CLAIMS_A_PASS + 6):
        (folder / f"{number:02}.txt").write_text(f"Brief {number}", encoding="utf-8")
    for _ in _mounted(watched.station, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(watched.station)], check=True)
        assert watched.passes(8, after=5) == CLAIMS_A_PASS + 6
        watched.watcher._wake.clear()
        assert (watched.passes(1), watched.watcher._wake.is_set()) == (0, False), "it looks again at its own pace"


AS_NOBODY = """
import json, os, sys
from pathlib import Path
from tests.app.stations import Watched
from tests.factories import opened

def look(data):
    with opened(data, workers=False, poll_seconds=1.0) as platform:
        watched = Watched(platform)
        yield watched
        taken = watched.passes(14, after=60)
        found = [[row.file_name, row.outcome] for row in watched.intakes()]
        print(json.dumps([taken, found, sorted({notice.code for notice in watched.watcher.notices})]))

for _ in look(Path(sys.argv[1]) / "first"):  # whatever is imported late is imported now
    _.drop("a.txt")
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for _ in look(Path(sys.argv[1]) / "second"):
    pass
"""


def test_an_ordinary_user_takes_in_what_root_put_there_and_leaves_it(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        skip_loudly("becoming another user needs root")
    base = tmp_path / "base"
    hot = base / "second" / "hotfolder"
    hot.mkdir(parents=True)
    for folder in (base, base / "second", hot):
        os.chown(folder, NOBODY, NOBODY)
    for parent in base.parents:
        if parent.is_relative_to(Path(tempfile.gettempdir())) and parent != Path(tempfile.gettempdir()):
            parent.chmod(0o755)
    for station, name, mode in (("rathaus", "brief.txt", 0o644), ("rathaus", "geheim.txt", 0), ("amt", "zu.txt", 0)):
        (hot / station).mkdir(exist_ok=True)
        (hot / station / name).write_text(name, encoding="utf-8")
        (hot / station / name).chmod(mode)
    os.chown(hot / "amt", NOBODY, NOBODY)
    run = subprocess.run([sys.executable, "-c", AS_NOBODY, str(base)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    taken, found, notices = json.loads(run.stdout.splitlines()[-1])
    assert (taken, found) == (1, [["zu.txt", "refused"], ["brief.txt", "pending"]])
    assert "nicht lesbar" in (hot / "amt" / ".fehler" / "zu.txt.txt").read_text(encoding="utf-8")
    assert notices == ["hotfolder.file", "hotfolder.immovable"]
    assert sorted(path.name for path in (hot / "rathaus").iterdir()) == ["brief.txt", "geheim.txt"]
