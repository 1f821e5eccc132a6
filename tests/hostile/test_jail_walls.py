"""What a parser that was taken over can do: nothing, as root and as an ordinary user, on machines of every strength.

One run of `attacks.py` per user and machine tries everything; each test looks at one thing that it brought.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dms.errors import Unavailable
from dms.intake.tasks import JAIL_TASKS
from dms.intake.wording import JAIL_LAYERS
from dms.jail import JailStrength
from dms.web.wording import error_text
from tests.conftest import skip_loudly
from tests.hostile import attacks
from tests.hostile.conftest import RunAs

REFUSED = ("EPERM", "EACCES", "ENOENT", "EROFS", "ESRCH", "ENETUNREACH", "ENOSYS")
SECRET = attacks.SECRET.decode()
SETTINGS = [
    ("root", "whole"), ("root", "namespaces"), ("ordinary", "whole"), ("ordinary", "namespaces"),
    ("ordinary", "landlock"), ("ordinary", "namespaces,landlock"),
]  # fmt: skip
"""Who attacks, and what the kernel denies: nothing, namespaces (a container), Landlock (an old kernel), both."""
Found = dict[str, Any]


@pytest.fixture(scope="module")
def runs(run_as: RunAs) -> Iterator[dict[tuple[str, str], Future[Found]]]:
    """All attacks by every user on every machine, some at a time: most of a run is waiting."""

    def run(user: str, machine: str) -> Found:
        with tempfile.TemporaryDirectory(prefix="attacked-") as folder:
            ended = run_as(user, str(Path(attacks.__file__)), folder, machine, folder=Path(folder))
            assert ended.returncode == 0, ended.stderr[-3000:]
            found: Found = json.loads(ended.stdout)
            return found

    with ThreadPoolExecutor(4) as pool:
        yield {(user, machine): pool.submit(run, user, machine) for user, machine in SETTINGS if user in run_as.users}


@pytest.fixture(scope="module", params=SETTINGS, ids="-".join)
def setting(request: pytest.FixtureRequest, run_as: RunAs) -> tuple[str, str]:
    user, machine = request.param
    if user not in run_as.users:
        pytest.skip("the suite does not run as root")
    return user, machine


@pytest.fixture(scope="module")
def found(setting: tuple[str, str], runs: dict[tuple[str, str], Future[Found]]) -> Found:
    """What all attacks brought."""
    return runs[setting].result()


@pytest.fixture
def machine(setting: tuple[str, str]) -> str:
    return setting[1]


def _holds(found: Found, layer: str) -> bool:
    return bool(found["strength"][layer])


def test_a_machine_that_grants_all_gives_full_strength(found: Found, machine: str) -> None:
    missing = JailStrength(**found["strength"]).missing
    if machine == "whole":
        if missing:
            skip_loudly(f"this machine does not grant {missing} to the jail")
    elif machine == "landlock":
        assert missing == ()
    else:
        assert "disk_limited" in missing


def test_one_kind_of_wall_is_enough_for_files_processes_network_and_programs(found: Found, machine: str) -> None:
    closed = [layer for layer in found["strength"] if layer.endswith(("_closed", "_private")) or layer == "limits"]
    if "," not in machine:
        assert [layer for layer in closed if not _holds(found, layer)] == []


def test_strength_names_what_does_not_hold(found: Found) -> None:
    """The probe and the attack must agree: an attack that succeeds where the layer is said to hold is a lie."""
    assert _holds(found, "files_closed") == (found["read_database"] in REFUSED)
    assert _holds(found, "processes_closed") == (found["read_process"] in REFUSED)
    assert _holds(found, "scratch_private") == (SECRET not in found["neighbours"][0])
    assert _holds(found, "disk_limited") == (found["disk"] in range(60, 70))


def test_no_file_of_the_application_can_be_read(found: Found) -> None:
    if _holds(found, "files_closed"):
        for attack in ("read_database", "read_original", "read_passwords", "list_data"):
            assert found[attack] in REFUSED, attack


def test_nothing_is_written_outside_the_scratch_folder(found: Found) -> None:
    if _holds(found, "files_closed"):
        assert set(found["write_outside"].values()) <= set(REFUSED)
        assert found["written"] == []
        assert found["original"] == SECRET


def test_the_original_behind_the_descriptor_cannot_be_changed(found: Found) -> None:
    mode, through, again = found["change_the_original"].split("/")
    assert mode == "EPERM"
    assert through == "EBADF"
    if _holds(found, "files_closed"):
        assert again in REFUSED


def test_processes_outside_cannot_be_seen_signalled_or_looked_into(found: Found) -> None:
    assert found["signal"] in REFUSED
    assert set(found["spy"].split("/")) <= set(REFUSED)
    if _holds(found, "processes_closed"):
        assert found["list_processes"] in REFUSED
        assert found["read_process"] in REFUSED


def test_no_connection_is_made(found: Found) -> None:
    assert found["connect"] in REFUSED


def test_no_program_starts_but_those_of_the_system_where_the_task_needs_one(found: Found) -> None:
    assert found["program"] in REFUSED
    assert found["program_with_exec"] == "0"
    if found["own_program"] != "EACCES":
        assert not _holds(found, "files_closed")


def test_processes_memory_disk_and_descriptors_are_limited(found: Found) -> None:
    assert found["fork_bomb"] == 0
    assert found["fork_bomb_with_exec"] < 130  # 15 in a user namespace of its own
    assert found["memory"] == ["refused", "content.too_much_memory"]
    assert found["descriptors"] < 64
    assert found["disk"] in range(60, 70) or found["disk"][0] == "crashed"


def test_no_descriptor_and_no_secret_is_inherited(found: Found) -> None:
    assert found["inherited"] == [3, 4]
    assert found["environment"] == []


def test_nothing_outlives_the_child(found: Found) -> None:
    assert found["outlive"] == [["timeout", "signal 9"], []]
    assert found["outlive_briefly"] == ["stayed", []]


def test_another_childs_scratch_folder_cannot_be_read(found: Found) -> None:
    assert found["neighbours"][1] == SECRET
    if _holds(found, "scratch_private"):
        assert SECRET not in found["neighbours"][0]


def test_time_that_is_used_up_is_called_so_and_a_crash_a_crash(found: Found) -> None:
    assert found["spin"] == ["timeout", "processor time"]
    assert found["spin_in_a_library"] == ["timeout", "signal 9"]
    assert found["sleep"] == ["timeout", "signal 9"]
    assert found["crash"] == ["crashed", "child died: signal 11"]
    assert found["abort"][0] == found["half"][0] == found["nonsense"][0] == "crashed"
    assert found["refuse"] == ["refused", "content.test: ValueError: no"]


def test_a_call_returns_only_when_its_child_is_dead(found: Found) -> None:
    assert found["stay"] == "early"
    assert found["took"]["answer_and_stay"] >= attacks.SOON


def test_no_task_may_use_more_than_promised() -> None:
    for task in JAIL_TASKS.values():
        engines = 2 if task.limits.may_exec else 1
        assert task.limits.wall_seconds <= (180 if task.limits.may_exec else 30)
        assert task.limits.memory_bytes <= 2 * 1024**3
        assert task.limits.cpu_seconds <= (25 * engines if task.limits.may_exec else 10)


def test_less_than_full_strength_is_refused_in_german_when_it_is_required() -> None:
    strength = JailStrength(**{**dict.fromkeys(JAIL_LAYERS, True), "files_closed": False, "disk_limited": False})
    assert strength.missing == ("files_closed", "disk_limited")
    sentence = error_text(Unavailable("jail.weak", missing=",".join(strength.missing)))
    assert "Trennung von den Dateien" in sentence
    assert "Plattenplatz" in sentence
    assert "netz" not in sentence.lower()


def test_every_layer_has_a_german_name() -> None:
    assert set(JAIL_LAYERS) == set(JailStrength.__dataclass_fields__)


_REQUIRE = """
import sys
from pathlib import Path
from tests.hostile.attacks import _take_away
_take_away(sys.argv[1])
from dms.cli.main import main
sys.argv = ["dms", "verify", "--json"]
main()
"""


@pytest.mark.parametrize(("machine_now", "code"), [("whole", 0), ("namespaces", 3)])
def test_the_application_starts_at_full_strength_only_when_that_is_required(
    tmp_path: Path, machine_now: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DMS_DATA", str(tmp_path))
    monkeypatch.setenv("DMS_JAIL", "require")
    command = [sys.executable, "-c", _REQUIRE, machine_now]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == code, ended.stderr
    assert ("Plattenplatz" in ended.stderr) == (code == 3)


def test_tesseract_reads_inside(found: Found) -> None:
    page = found["tesseract"]
    if page == ["refused", "engine.missing: EngineFailed: engine.missing"]:
        skip_loudly("no Tesseract here")
    assert [word[0] for word in page["words"]] == ["Aktenlauf"]
