"""What a parser taken over by a hostile file might try, as jail tasks; run as a script, it tries all on one machine.

`python attacks.py FOLDER MACHINE` builds an installation in FOLDER, starts a jail with these tasks and prints what each
attack brought, as JSON. MACHINE takes layers away by a filter of system calls, as a container or an old kernel does.
"""

import ctypes
import errno
import hashlib
import io
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageDraw, ImageFont

from dms.intake.tasks import JAIL_TASKS
from dms.jail import Jail, JailCrashed, JailError, JailLimits, JailRefused, JailTask, JailTimeout

LIMITS = JailLimits(cpu_seconds=1, memory_bytes=512 * 1024 * 1024)
SOON = 1.0
SHARED, MEMORY = Path("/tmp"), Path("/dev/shm")  # noqa: S108 - where every user may write
SECRET = b"the word that must stay outside"
_libc = ctypes.CDLL(None, use_errno=True)


def read_file(source: BinaryIO, scratch: Path, path: str) -> str:
    return _tried(lambda: Path(path).read_bytes()[:40].decode("latin-1"))


def list_folder(source: BinaryIO, scratch: Path, path: str) -> str:
    return _tried(lambda: ",".join(sorted(entry.name for entry in Path(path).iterdir())))


def write_file(source: BinaryIO, scratch: Path, path: str) -> str:
    return _tried(lambda: Path(path).write_bytes(b"written by the jail"))


def change_the_original(source: BinaryIO, scratch: Path) -> str:
    """By its own descriptor: make it writable, then open it again."""
    found = _tried(lambda: os.fchmod(source.fileno(), 0o666)), _tried(lambda: os.write(source.fileno(), b"x"))
    again = _tried(lambda: os.write(os.open(f"/proc/self/fd/{source.fileno()}", os.O_RDWR), b"x"))
    return "/".join((*found, again))


def signal_process(source: BinaryIO, scratch: Path, process: int) -> str:
    if os.getpid() == 1 and process == 1:
        return "ESRCH"
    return _tried(lambda: os.kill(process, signal.SIGTERM))


def spy_on_process(source: BinaryIO, scratch: Path, process: int) -> str:
    attached = _errno(_libc.ptrace(16, process, None, None))
    place = (ctypes.c_size_t * 2)(ctypes.addressof(ctypes.create_string_buffer(8)), 8)
    read = _errno(_libc.process_vm_readv(process, place, 1, place, 1, 0))
    limited = _errno(_libc.prlimit(process, 7, (ctypes.c_uint64 * 2)(1, 1), None))
    return f"{attached}/{read}/{limited}"


def connect(source: BinaryIO, scratch: Path, port: int) -> str:
    def attempt() -> str:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as found:
            return str(found.getpeername())

    return _tried(attempt)


def run_program(source: BinaryIO, scratch: Path, own: bool) -> str:
    """A program of the system, or one that the child brought along."""
    program = Path("/usr/bin/true")
    if own:
        program = scratch / "own"
        program.write_bytes(source.read())
        _tried(lambda: program.chmod(0o755))

    def attempt() -> int:
        pid = os.posix_spawn(program, ["own"], {})
        return os.waitpid(pid, 0)[1]

    return _tried(attempt)


def fork_bomb(source: BinaryIO, scratch: Path) -> int:
    """How many processes there can be at once."""
    count = 0
    for _ in range(500):
        try:
            if os.fork() == 0:
                time.sleep(2)
                os._exit(0)
        except OSError:
            break
        count += 1
    return count


def outlive(source: BinaryIO, scratch: Path, seconds: float, mark: str) -> str:
    """Leave the process group and stay: in processes of their own, each with a name that can be found."""
    _libc.prctl(15, mark.encode(), 0, 0, 0)
    if os.fork() == 0:
        _tried(os.setsid)
        os.fork()
        time.sleep(60)
        os._exit(0)
    time.sleep(seconds)
    return "stayed"


def take_memory(source: BinaryIO, scratch: Path, mebibytes: int) -> str:
    taken = bytearray(mebibytes * 1024 * 1024)
    return f"{len(taken)}"


def fill_disk(source: BinaryIO, scratch: Path) -> int:
    """Mebibytes that can be written in many files."""
    block, written = bytes(1024 * 1024), 0
    try:
        for number in range(20):
            with (scratch / f"f{number}").open("wb") as file:
                for _ in range(60):
                    file.write(block)
                    written += 1
    except OSError:
        pass
    for file in scratch.iterdir():
        file.unlink()
    return written


def open_many(source: BinaryIO, scratch: Path) -> int:
    opened = []
    try:
        while len(opened) < 5000:
            opened.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    return len(opened)


def inherited(source: BinaryIO, scratch: Path) -> list[int]:
    return [number for number in range(3, 256) if _tried(lambda number=number: os.fstat(number)) != "EBADF"]


def environment(source: BinaryIO, scratch: Path) -> list[str]:
    return [value for value in os.environ.values() if "geheim" in value]


def keep_a_secret(source: BinaryIO, scratch: Path, seconds: float) -> str:
    (scratch / "secret").write_bytes(SECRET)
    time.sleep(seconds)
    return (scratch / "secret").read_bytes().decode()


def search_neighbours(source: BinaryIO, scratch: Path) -> str:
    """Every file that can be reached beside one's own scratch folder."""
    places = {scratch.parent, Path("/scratch"), Path(tempfile.gettempdir()).parent, SHARED}
    found = [_tried(lambda path=path: path.read_bytes().decode()) for place in places for path in _below(place)]
    return " ".join(found)


def _below(place: Path) -> list[Path]:
    try:
        return list(place.glob("*/secret")) + list(place.glob("jail-*/*/secret")) + [place / "secret"]
    except OSError:
        return []


def spin(source: BinaryIO, scratch: Path) -> None:
    while True:
        pass


def spin_in_a_library(source: BinaryIO, scratch: Path) -> str:
    """Where no Python code runs that could notice a signal."""
    return hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9).hex()


def sleep(source: BinaryIO, scratch: Path, seconds: float) -> str:
    time.sleep(seconds)
    return "awake"


def crash(source: BinaryIO, scratch: Path) -> None:
    ctypes.string_at(0)


def abort(source: BinaryIO, scratch: Path) -> None:
    os.abort()


def answer_half(source: BinaryIO, scratch: Path) -> None:
    os.write(3, (100).to_bytes(8, "big") + b"{")
    os._exit(0)


def answer_nonsense(source: BinaryIO, scratch: Path) -> None:
    os.write(3, (2).to_bytes(8, "big") + b"[]")
    os._exit(0)


def answer_and_stay(source: BinaryIO, scratch: Path) -> None:
    body = json.dumps({"state": "done", "value": "early", "files": {}}).encode()
    os.write(3, len(body).to_bytes(8, "big") + body)
    time.sleep(60)


def refuse(source: BinaryIO, scratch: Path) -> None:
    error = ValueError("no")
    error.code = "content.test"  # type: ignore[attr-defined]
    raise error


def echo(source: BinaryIO, scratch: Path) -> str:
    (scratch / "copy").write_bytes(source.read())
    return "done"


_PROGRAMS = ("run_program", "fork_bomb", "outlive")
_MUST_BE_ENDED = ("outlive", "sleep", "answer_and_stay")


def _limits(name: str, *, may_exec: bool = False) -> JailLimits:
    wall = SOON if name in _MUST_BE_ENDED else LIMITS.wall_seconds
    return replace(LIMITS, wall_seconds=wall, may_exec=may_exec)


TASKS = {
    name: JailTask(f"tests.hostile.attacks:{name}", _limits(name))
    for name, thing in list(globals().items())
    if getattr(thing, "__module__", "") == __name__ and callable(thing) and not name.startswith("_")
}
TASKS |= {
    f"{name}_with_exec": JailTask(f"tests.hostile.attacks:{name}", _limits(name, may_exec=True)) for name in _PROGRAMS
}


def _tried(attempt: Callable[[], Any]) -> str:
    try:
        return str(attempt())
    except OSError as exc:
        return errno.errorcode.get(exc.errno or 0, "error")
    except Exception as exc:
        return type(exc).__name__


def _errno(result: int) -> str:
    return "done" if result >= 0 else errno.errorcode.get(ctypes.get_errno(), "error")


def main(folder: Path, machine: str) -> None:
    _take_away(machine)
    os.environ["DMS_DATABASE_URL_SECRET"] = "geheim"
    data, original = _installation(folder)
    jail = Jail({**TASKS, "read_page": JAIL_TASKS["read_page"]})
    try:
        print(json.dumps({"strength": asdict(jail.strength()), **_attack(jail, folder, data, original)}))  # noqa: T201
    finally:
        jail.close()


def _installation(folder: Path) -> tuple[list[Path], Path]:
    """A real installation with one document; its files, readable for all as a careless administrator leaves them."""
    from tests.factories import bring, opened

    with opened(folder / "data", workers=False) as platform:
        bring(platform, "brief.txt", SECRET)
    files = [path for path in (folder / "data").rglob("*") if path.is_file()]
    for path in [*files, *(folder / "data").rglob("*/"), folder / "data", folder]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    original = next(path for path in files if path.stat().st_size == len(SECRET))
    return files, original


def _attack(jail: Jail, folder: Path, files: list[Path], original: Path) -> dict[str, Any]:
    def run(task: str, source: Any = b"", **options: Any) -> Any:
        started = time.monotonic()
        try:
            answer: Any = jail.run(task, source, **options).value
        except JailError as exc:
            kinds = {JailTimeout: "timeout", JailCrashed: "crashed", JailRefused: "refused"}
            answer = [kinds.get(type(exc), "unavailable"), str(exc)]
        took[task] = round(time.monotonic() - started, 2)
        return answer

    took: dict[str, float] = {}
    database = next(path for path in files if path.suffix == ".sqlite")
    me = os.getpid()
    mark = f"outlive{me}"
    folders = [folder / "data", folder, SHARED, MEMORY, Path(__file__).parent]
    outside = [place / f"planted{me}" for place in folders]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = {
            "read_database": run("read_file", path=str(database)),
            "read_original": run("read_file", path=str(original)),
            "read_passwords": run("read_file", path="/etc/passwd"),
            "list_data": run("list_folder", path=str(folder / "data")),
            "list_processes": run("list_folder", path="/proc"),
            "read_process": run("read_file", path=f"/proc/{me}/cmdline"),
            "write_outside": {str(path): run("write_file", path=str(path)) for path in outside},
            "change_the_original": run("change_the_original", original),
            "signal": run("signal_process", process=me),
            "spy": run("spy_on_process", process=me),
            "connect": run("connect", port=listener.getsockname()[1]),
            "program": run("run_program", own=False),
            "program_with_exec": run("run_program_with_exec", own=False),
            "own_program": run("run_program_with_exec", Path("/usr/bin/true"), own=True),
            "fork_bomb": run("fork_bomb"),
            "fork_bomb_with_exec": run("fork_bomb_with_exec"),
            "memory": run("take_memory", mebibytes=800),
            "disk": run("fill_disk"),
            "descriptors": run("open_many"),
            "inherited": run("inherited"),
            "environment": run("environment"),
            "outlive": [run("outlive_with_exec", seconds=60, mark=mark), _survivors(mark)],
            "outlive_briefly": [run("outlive_with_exec", seconds=0.1, mark=mark), _survivors(mark)],
            "neighbours": _search(jail),
            "tesseract": run("read_page", _page(), page=1),
            "spin": run("spin"),
            "spin_in_a_library": run("spin_in_a_library"),
            "sleep": run("sleep", seconds=60),
            "crash": run("crash"),
            "abort": run("abort"),
            "half": run("answer_half"),
            "nonsense": run("answer_nonsense"),
            "stay": run("answer_and_stay"),
            "refuse": run("refuse"),
        }
    written = [str(path) for path in outside if path.exists()]
    for path in written:
        Path(path).unlink(missing_ok=True)
    return {**found, "written": written, "original": original.read_bytes().decode(), "took": took}


def _page() -> bytes:
    """A page image with one word on it."""
    page, file = Image.new("L", (1240, 1754), 255), io.BytesIO()
    ImageDraw.Draw(page).text((200, 300), "Aktenlauf", fill=0, font=ImageFont.load_default(size=60))
    page.save(file, "PNG", dpi=(150, 150))
    return file.getvalue()


def _survivors(mark: str) -> list[str]:
    """Processes that bear the mark of `outlive`, some moments later."""
    time.sleep(0.3)
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and (folder / "comm").read_text(encoding="ascii").strip() == mark:
                found.append(f"{folder.name} {(folder / 'stat').read_text(encoding='ascii').split()[2]}")
        except OSError:
            continue
    return found


def _search(jail: Jail) -> list[str]:
    """What one child finds of another that is at work at the same time."""
    kept: list[str] = []
    neighbour = threading.Thread(target=lambda: kept.append(jail.run("keep_a_secret", b"", seconds=1.0).value))
    neighbour.start()
    time.sleep(0.5)
    found = jail.run("search_neighbours", b"").value
    neighbour.join()
    return [found, *kept]


def _take_away(machine: str) -> None:
    """Let the kernel deny namespaces (as Docker's profile does) or Landlock (as an old kernel does) from now on."""
    if machine == "whole":
        return
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    if "namespaces" in machine:
        for name in ("unshare", "setns", "mount", "pivot_root"):
            rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
    if "landlock" in machine:
        rules.add_rule(seccomp.ERRNO(errno.ENOSYS), 444)
    rules.load()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
