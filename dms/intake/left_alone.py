"""What the watcher leaves alone in the hot folder and a person should see.

The health page may be shown by another process, so the watcher keeps the list in DATA: whoever may write into the hot
folder may not write there.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LIST = "left-alone.json"
MOST = 100
MAX_PATH = 300
"""Characters of a path that are kept, its end."""


@dataclass(frozen=True, order=True)
class Notice:
    """A path in the hot folder, and a code that says why nothing more is done with it."""

    path: str
    code: str


def tell(data: Path, notices: Iterable[Notice]) -> None:
    """Keep the list, at most `MOST` of it. Raises nothing: a full disk shows by other means."""
    rows = [{"path": _printable(one.path), "code": one.code} for one in sorted(notices)[:MOST]]
    with suppress(OSError):
        (data / f"{LIST}.new").write_text(json.dumps(rows), encoding="utf-8")
        (data / f"{LIST}.new").rename(data / LIST)


def told(data: Path) -> list[Notice]:
    """The list as the watcher's last change left it; empty where there is none, or none that can be read."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        return [Notice(one["path"], one["code"]) for one in json.loads((data / LIST).read_text(encoding="utf-8"))]
    return []


def _printable(path: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in path)[-MAX_PATH:]
