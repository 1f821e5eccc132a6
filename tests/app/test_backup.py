"""Backups come back: whole, onto either kind of servers, after kills, during work; and damage to one is found."""

import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from dms.actor import Role
from dms.audit import service as audit
from dms.cli.backup import bring_back, settings_below
from dms.clock import FrozenClock
from dms.config import Settings
from dms.errors import DmsError, Rejected
from dms.finding import service as finding
from dms.identity import service as identity
from dms.ids import uuid7
from dms.models import Base
from dms.ops import health
from dms.ops.backup import LEFT_OUT, back_up
from dms.ops.rows import pieces, unpacked
from dms.ops.vault import Pieces, TableRows, Vault
from dms.ops.verify import verify
from dms.platform import Platform
from dms.records.models import PlanUnit
from dms.web.wording import health_sentence
from tests.commands import DMS, dms, environment
from tests.conftest import bucket_of_its_own
from tests.factories import TEST, add_person, as_actor, bring, opened
from tests.holdings import SUBJECTS, grow, seal
from tests.unit.payables.town import town

QUIET = lambda *told: None  # noqa: E731 - nobody watches


@pytest.fixture(params=["embedded", "server"])
def source_settings(request: pytest.FixtureRequest) -> dict[str, str]:
    return _settings(request, "own_postgres_url")


@pytest.fixture(params=["embedded", "server"])
def target_settings(request: pytest.FixtureRequest) -> dict[str, str]:
    return _settings(request, "empty_postgres_url")


def _settings(request: pytest.FixtureRequest, database: str) -> dict[str, str]:
    if request.param == "embedded":
        return {}
    return {
        "database_url": request.getfixturevalue(database),
        "storage_url": bucket_of_its_own(request.getfixturevalue("s3_url")),
        "broker_url": request.getfixturevalue("redis_url"),
    }


def _state(platform: Platform, *, without_last: bool) -> dict[str, Any]:
    """All rows of a backup by table; of the audit trail without the event that the backup or the restoring left."""
    found = {}
    with platform.db.read(TEST) as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in LEFT_OUT:
                rows = [row for _, data in pieces(session.connection(), table) for row in unpacked(data)]
                found[table.name] = rows[:-1] if table.name == "audit_event" and without_last else rows
    return found


def _answers(platform: Platform) -> dict[str, list[tuple[str, float]]]:
    actor = as_actor(platform, "sucherin")
    with platform.db.read(actor) as session:
        found = {  # all of them: which of many equal hits make a page is not said
            word: finding.search(platform, session, actor, word, limit=200).found
            for word in (*SUBJECTS, "Schreiben", "Rechnung")
        }
    return {word: sorted((str(hit.document.id), hit.score) for hit in hits) for word, hits in found.items()}


def test_everything_comes_back_on_whichever_servers(
    tmp_path: Path, source_settings: dict[str, str], target_settings: dict[str, str]
) -> None:
    with town(tmp_path / "data", **source_settings) as made:
        platform = made.platform
        add_person(platform, "sucherin", Role.CLERK)
        made.code(), made.release(), made.certify("anna"), made.order("dora")
        _awkward_rows(platform)
        grow(platform, 30)
        (platform.settings.handover_path / "2026/A-1").mkdir(parents=True)
        (platform.settings.handover_path / "2026/A-1/order.json").write_text('{"order": "ü"}', encoding="utf-8")
        before, answers = _state(platform, without_last=False), _answers(platform)
        assert dms(tmp_path / "data", "backup", str(tmp_path / "vault"), **source_settings).returncode == 0
    restored = dms(tmp_path / "new", "restore", str(tmp_path / "vault"), "--json", **target_settings)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert json.loads(restored.stdout)["faults"] == []
    with opened(tmp_path / "new", workers=False, **target_settings) as platform:
        assert _state(platform, without_last=True) == before
        assert _answers(platform) == answers
        assert any(answers.values())
        assert verify(platform, deep=True)["faults"] == []
        assert "ü" in (platform.settings.handover_path / "2026/A-1/order.json").read_text(encoding="utf-8")
        bring(platform, "danach.txt", b"danach")
        grow(platform, 2, seed=2)
        assert verify(platform, deep=True)["faults"] == []
        with pytest.raises(Exception, match="append-only"), platform.db.engine.begin() as connection:
            connection.execute(text("update audit_event set action = 'x'"))


def _awkward_rows(platform: Platform) -> None:
    """A parent younger than its child, a duplicate, a signature of somebody who works in the treasury by now."""
    with platform.db.write(TEST) as session:
        child = PlanUnit(id=uuid7(), key="20.1", title="Kind", retention_years=10)
        parent = PlanUnit(id=uuid7(), key="20", title="Eltern")
        for row in (child, parent):
            audit.record(session, "plan_unit.created", row)
            session.add(row)
        session.flush()
        audit.record(session, "plan_unit.moved", child)
        child.parent_id = parent.id
        anna = identity.user_by_login(session, "anna")
        assert anna is not None
    with platform.db.engine.begin() as connection:
        connection.execute(
            text(
                "update user_role set role = 'treasury' where user_id = "
                "(select id from user_account where login = 'anna')"
            )
        )
    bring(platform, "einmal.txt", b"zweimal dasselbe")
    bring(platform, "zweimal.txt", b"zweimal dasselbe")


@contextmanager
def _held(data: Path, documents: int = 12) -> Iterator[Platform]:
    with opened(data, workers=False) as platform:
        add_person(platform, "sucherin", Role.CLERK)
        seal(platform)
        grow(platform, documents)
        yield platform


def _restored(vault: Path, data: Path, name: str | None = None) -> list[dict[str, str]]:
    """What is wrong with what came back into an embedded installation; `dms restore` in this process."""
    opened_vault = Vault(vault)
    found: list[dict[str, str]] = bring_back(settings_below(data), opened_vault, *opened_vault.read(name), QUIET)[
        "faults"
    ]
    return found


def _refusal(vault: Path, data: Path) -> str:
    """The code with which nothing was restored."""
    with pytest.raises(DmsError) as refused:
        _restored(vault, data)
    return refused.value.code


def test_a_second_backup_copies_what_is_new(tmp_path: Path) -> None:
    with _held(tmp_path / "data") as platform:
        first = back_up(platform, tmp_path / "vault", QUIET)
        assert (first.contents, first.copied.contents) == (26, 26)
        unchanged = back_up(platform, tmp_path / "vault", QUIET)
        assert (unchanged.contents, unchanged.copied.contents) == (26, 0)
        grow(platform, 1, seed=5)
        assert back_up(platform, tmp_path / "vault", QUIET).copied.contents == 3
    assert len(Vault(tmp_path / "vault").names()) == 3


def test_pieces_of_tables_that_only_grew_are_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dms.ops.rows.PIECE_ROWS", 10)
    with _held(tmp_path / "data", 30) as platform:
        back_up(platform, tmp_path / "vault", QUIET)
        grow(platform, 1, seed=7)
        back_up(platform, tmp_path / "vault", QUIET)
    vault = Vault(tmp_path / "vault")
    first, second = (_pieces_of(vault, name, "audit_event") for name in vault.names())
    assert first[:-1] == second[: len(first) - 1]
    assert len(first) > 2
    assert _restored(tmp_path / "vault", tmp_path / "new") == []


def _pieces_of(vault: Vault, name: str, table: str) -> tuple[str, ...]:
    return next(each.rows.hashes for each in vault.read(name)[1].tables if each.shape.name == table)


def test_a_killed_backup_is_none_and_the_next_goes_on_with_it(tmp_path: Path) -> None:
    with _held(tmp_path / "data", 200):
        pass
    vault, command = tmp_path / "vault", [*DMS, "backup", str(tmp_path / "vault")]
    process = subprocess.Popen(command, env=environment(tmp_path / "data"), cwd=tmp_path, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while len(list((vault / "contents/blobs").glob("*/*/*"))) < 60:
        assert process.poll() is None, "the backup was through before it could be killed"
        assert time.monotonic() < end
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list((vault / "snapshots").iterdir()) == []
    assert _refusal(vault, tmp_path / "none") == "backup.none"
    done = dms(tmp_path / "data", "backup", str(vault), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert 0 < report["copied"] < 380
    assert _restored(vault, tmp_path / "new") == []


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(tmp_path: Path) -> None:
    with _held(tmp_path / "data", 100) as platform:
        stopping, brought = threading.Event(), []

        def work() -> None:
            while not stopping.is_set():
                brought.append(bring(platform, "brief.txt", os.urandom(2000)).document_id)
                seal(platform)

        writer = threading.Thread(target=work)
        writer.start()
        names = [back_up(platform, tmp_path / "vault", QUIET).name for _ in range(3)]
        stopping.set()
        writer.join()
        assert len(brought) > 3
    for number, name in enumerate(names):
        assert _restored(tmp_path / "vault", tmp_path / f"new{number}", name) == []
    vault = Vault(tmp_path / "vault")
    counts = [vault.read(name)[1].contents.count for name in names]
    assert counts[0] < counts[-1]


def test_a_bit_that_flips_in_the_backup_is_found_wherever_it_is(tmp_path: Path) -> None:
    with _held(tmp_path / "data", 3) as platform:
        name = back_up(platform, tmp_path / "vault", QUIET).name
        files = sorted(path for path in (tmp_path / "vault").rglob("*") if path.is_file() and path.stat().st_size > 2)
        rng = random.Random(4)
        for number, path in enumerate(files):
            whole = path.read_bytes()
            _flip(path, rng)
            assert path.name == "aktenlauf-sicherung" or _is_found(tmp_path / "vault", tmp_path / f"new{number}"), path
            path.write_bytes(whole)
        assert len(files) > 20
        _flip(next((tmp_path / "vault/contents/blobs").rglob("*" + _an_original(platform))), rng)
        back_up(platform, tmp_path / "vault", QUIET)
        assert _is_found(tmp_path / "vault", tmp_path / "broken", name)
        back_up(platform, tmp_path / "vault", QUIET, deep=True)
    assert _restored(tmp_path / "vault", tmp_path / "mended", name) == []


def _is_found(vault: Path, data: Path, name: str | None = None) -> bool:
    try:
        return _restored(vault, data, name) != []
    except Rejected as exc:
        return exc.code == "backup.damaged"
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _flip(path: Path, rng: random.Random) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _an_original(platform: Platform) -> str:
    with platform.db.engine.connect() as connection:
        return str(connection.execute(text("select original_sha256 from document limit 1")).scalar_one())


def test_nothing_is_restored_over_what_is_there(tmp_path: Path) -> None:
    with _held(tmp_path / "data") as platform:
        back_up(platform, tmp_path / "vault", QUIET)
        before = _state(platform, without_last=False)
        done = dms(tmp_path / "data", "restore", str(tmp_path / "vault"))
        assert (done.returncode, "nicht leer" in done.stderr) == (1, True)
        assert _state(platform, without_last=False) == before
    (tmp_path / "left").mkdir()
    shutil.copy(tmp_path / "data/seals.jsonl", tmp_path / "left/seals.jsonl")
    assert _refusal(tmp_path / "vault", tmp_path / "left") == "restore.seals"
    with opened(tmp_path / "fresh", workers=False):
        pass
    assert _restored(tmp_path / "vault", tmp_path / "fresh") == []


@pytest.mark.parametrize("stage", ["Inhalte", "Tabellen", "Suchindex", "geprüft"])
def test_a_killed_restore_is_begun_again(tmp_path: Path, stage: str) -> None:
    with _held(tmp_path / "data", 60) as platform:
        back_up(platform, tmp_path / "vault", QUIET)
    command = [*DMS, "restore", str(tmp_path / "vault")]
    process = subprocess.Popen(
        command, env=environment(tmp_path / "new"), cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert process.stderr is not None
    with process.stderr:
        assert any(stage.encode() in line for line in process.stderr)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert _restored(tmp_path / "vault", tmp_path / "new") == []
    with opened(tmp_path / "new", workers=False) as platform:
        grow(platform, 1, seed=9)
    assert _refusal(tmp_path / "vault", tmp_path / "new") == "restore.not_empty"


def test_what_the_installation_lacks_is_said_and_stops_nothing_else(tmp_path: Path) -> None:
    with _held(tmp_path / "data") as platform:
        sha256 = _an_original(platform)
        platform.store.delete(sha256)
        done = dms(tmp_path / "data", "backup", str(tmp_path / "vault"), "--json", "--drill")
        assert done.returncode == 1
        answer = json.loads(done.stdout)
        missing = {"kind": "blob.missing", "subject": sha256, "detail": ""}
        assert answer["faults"] == [missing]
        assert answer["drill"]["faults"] == [missing]
        assert answer["copied"] == 25


def test_the_target_is_a_folder_of_backups_or_a_new_one(tmp_path: Path) -> None:
    with _held(tmp_path / "data", 1):
        pass
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/urlaub.jpg").write_bytes(b"x")
    with opened(tmp_path / "data", workers=False) as platform:
        for target, code in (("photos", "foreign"), ("data/x", "inside"), ("data", "inside"), (".", "inside")):
            with pytest.raises(Rejected, match=f"backup.{code}"):
                back_up(platform, tmp_path / target, QUIET)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["urlaub.jpg"]
    done = dms(tmp_path / "data", "restore", str(tmp_path / "nirgends"))
    assert (done.returncode, "keine fertige Sicherung" in done.stderr) == (1, True)
    done = dms(tmp_path / "data", "backup", "/proc/nirgends")
    assert (done.returncode, "lässt sich nicht benutzen" in done.stderr) == (3, True)


def test_two_backups_do_not_write_into_one_folder(tmp_path: Path) -> None:
    with _held(tmp_path / "data", 1) as platform:
        back_up(platform, tmp_path / "vault", QUIET)
        with Vault(tmp_path / "vault").turn():
            done = dms(tmp_path / "data", "backup", str(tmp_path / "vault"))
        assert (done.returncode, "andere Sicherung" in done.stderr) == (3, True)


def test_old_backups_go_and_what_others_need_stays(tmp_path: Path) -> None:
    with _held(tmp_path / "data") as platform:
        back_up(platform, tmp_path / "vault", QUIET)
        grow(platform, 1, seed=3)
        back_up(platform, tmp_path / "vault", QUIET)
        vault = Vault(tmp_path / "vault")
        oldest = vault.read(vault.names()[0])[1]
        young = dms(tmp_path / "data", "backup", str(tmp_path / "vault"), "--keep-days", "1", "--json")
        assert json.loads(young.stdout)["removed"] == 0
        before = sum(1 for _ in vault.contents.iterate())
        assert vault.forget(timedelta(0), platform.clock.now()) == 2
        assert sum(1 for _ in vault.contents.iterate()) < before
        assert oldest.seal_file is not None
    assert len(vault.names()) == 1
    assert _restored(tmp_path / "vault", tmp_path / "new") == []


def test_a_backup_of_the_release_before_is_brought_up_to_date(tmp_path: Path) -> None:
    with _held(tmp_path / "data") as platform:
        back_up(platform, tmp_path / "vault", QUIET)
    vault = Vault(tmp_path / "vault")
    _, snapshot = vault.read()
    before = tuple(_earlier(vault, each) for each in snapshot.tables if each.shape.name not in YOUNGER)
    assert len(before) < len(snapshot.tables)
    vault.write(
        snapshot.model_copy(update={"revision": EARLIER_REVISION, "tables": before, "made_at": _later(snapshot)})
    )
    assert _restored(tmp_path / "vault", tmp_path / "new") == []
    vault.write(snapshot.model_copy(update={"revision": "ffffffffffff", "made_at": _later(snapshot, 2)}))
    assert _refusal(tmp_path / "vault", tmp_path / "newer") == "backup.newer"


EARLIER_REVISION = "2026_11_24_1500"
YOUNGER = ("layout_example", "scan_check", "scan_count")
YOUNGER_COLUMNS = {
    "document": {"part_of_id", "part_pages", "arrangement", "merged_into_id", "awaits_check"},
    "intake": {"case_reference"},
    "station": {"check_every", "is_substitutive"},
}


def _earlier(vault: Vault, rows: TableRows) -> TableRows:
    """A table as it was before the columns that came later."""
    younger = YOUNGER_COLUMNS.get(rows.shape.name, set())
    kept = [number for number, (name, _) in enumerate(rows.shape.columns) if name not in younger]
    assert len(kept) == len(rows.shape.columns) - len(younger)
    shape = rows.shape.model_copy(update={"columns": tuple(rows.shape.columns[number] for number in kept)})
    return TableRows(
        shape=shape, rows=vault.keep_list([[row[number] for number in kept] for row in vault.list_of(rows.rows)])
    )


def _later(snapshot: Any, hours: int = 1) -> Any:
    return snapshot.made_at + timedelta(hours=hours)


def test_a_backup_that_names_places_outside_is_refused(tmp_path: Path) -> None:
    with _held(tmp_path / "data", 1) as platform:
        back_up(platform, tmp_path / "vault", QUIET)
    vault = Vault(tmp_path / "vault")
    _, snapshot = vault.read()
    for number, place in enumerate(("../../outside", "/tmp/outside", "a/../../x")):  # noqa: S108 - never written
        handover: Pieces = vault.keep_list([[place, vault.keep(b"evil"), 4]])
        vault.write(snapshot.model_copy(update={"handover": handover, "made_at": _later(snapshot, number + 1)}))
        assert _refusal(tmp_path / "vault", tmp_path / f"new{number}") == "backup.damaged"
    assert not (tmp_path / "outside").exists()
    assert not (tmp_path / "x").exists()


def test_a_drill_leaves_the_installation_and_its_servers_alone(
    tmp_path: Path, own_postgres_url: str, s3_url: str, redis_url: str
) -> None:
    settings = {"database_url": own_postgres_url, "broker_url": redis_url, "storage_url": bucket_of_its_own(s3_url)}
    with opened(tmp_path / "data", workers=False, **settings) as platform:
        add_person(platform, "sucherin", Role.CLERK)
        grow(platform, 5)
        before, held = _state(platform, without_last=False), sorted(platform.store.iterate())
        (tmp_path / "scratch").mkdir()
        done = dms(
            tmp_path / "data", "backup", str(tmp_path / "vault"), "--json", "--drill", "--scratch",
            str(tmp_path / "scratch"), **settings,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["drill"]["objects"] == 10
        assert list((tmp_path / "scratch").iterdir()) == []
        after = _state(platform, without_last=False)
        assert [row[3] for row in after["audit_event"][len(before["audit_event"]) :]] == [
            "system.backed_up",
            "system.drilled",
        ]
        assert sorted(platform.store.iterate()) == held
        del after["audit_event"], before["audit_event"]
        assert after == before


def test_settings_of_a_drill_name_nothing_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        if name.endswith("_url") or name in ("hotfolder", "data"):
            monkeypatch.setenv(f"DMS_{name.upper()}", f"sqlite:///{uuid4()}" if name == "database_url" else "")
    chosen = settings_below(tmp_path / "data")
    places = (chosen.effective_database_url, chosen.effective_storage_url, chosen.effective_search_url)
    assert all(str(tmp_path / "data") in place for place in places)
    assert chosen.hotfolder_path == tmp_path / "data/hotfolder"


def test_the_health_page_tells_of_backups_and_drills(tmp_path: Path) -> None:
    with _held(tmp_path / "data", 1) as platform:
        assert _health(platform) == "never"
        back_up(platform, tmp_path / "vault", QUIET)
        assert _health(platform) == "not_tried"
        _note_drill(platform, faults=0)
        assert _health(platform) == "tried"
        _note_drill(platform, faults=1)
        assert _health(platform) == "drill_failed"
        clock = FrozenClock(platform.clock.now() + timedelta(hours=27))
        assert _health(replace(platform, clock=clock)) == "late"
        platform.store.delete(_an_original(platform))
        back_up(platform, tmp_path / "vault2", QUIET)
        assert _health(platform) == "faults"


def _note_drill(platform: Platform, *, faults: int) -> None:
    with platform.db.write(TEST) as session:
        audit.record_key(session, "system.drilled", "system", details={"faults": faults})


def _health(platform: Platform) -> str:
    part = next(part for part in health.parts(platform) if part.name == "backup")
    assert health_sentence(part)
    return part.code
