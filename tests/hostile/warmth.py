"""A task that says how often the zygote warmed up before it forked."""

from pathlib import Path
from typing import BinaryIO

_CALLS: list[bool] = []


def warm_up(*, all_loaded: bool) -> bool:
    _CALLS.append(all_loaded)
    return all_loaded


def warmth(source: BinaryIO, scratch: Path, *, all_loaded: bool) -> int:
    return len(_CALLS)
