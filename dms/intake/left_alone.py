"""What the watcher leaves alone in the hot folder and a person should see.

The health page may be shown by another process, so the watcher keeps the list in a file beside the stations.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dms.intake.completeness import open_regular

LIST = ".liegengeblieben.json"
MOST, MOST_BYTES = 100, 1_000_000


@dataclass(frozen=True, order=True)
class Notice:
    """A path in the hot folder, and a code that says why nothing more is done with it."""

    path: str
    code: str


def tell(root: Path, notices: Iterable[Notice]) -> None:
    """Keep the list, at most `MOST` of it. Raises nothing: a folder that takes no file shows by other means."""
    rows = [{"path": _printable(one.path), "code": one.code} for one in sorted(notices)[:MOST]]
    with suppress(OSError):
        if not rows:
            (root / LIST).unlink(missing_ok=True)
            return
        (root / f"{LIST}.new").write_text(json.dumps(rows), encoding="utf-8")
        (root / f"{LIST}.new").rename(root / LIST)


def told(root: Path) -> list[Notice]:
    """The list as the watcher's last change left it; empty where there is none, or none that can be read."""
    with suppress(OSError, ValueError, TypeError, KeyError), open_regular(root / LIST) as file:
        return [Notice(str(one["path"]), str(one["code"])) for one in json.loads(file.read(MOST_BYTES))]
    return []


def _printable(path: str) -> str:
    return os.fsencode(path).decode(errors="replace")
