"""What a jail child answers, and how it ended: read from outside, where nothing that it says is believed.

The child writes a length, a JSON and files to a socket; how it ended stands in a pipe that the zygote alone writes to.
"""

import json
import re
import select
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

MEBIBYTE = 1024 * 1024
MAX_JSON_BYTES = 64 * MEBIBYTE
MAX_FILES_BYTES = 64 * MEBIBYTE
_FILE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")


@dataclass(frozen=True)
class JailResult:
    """What the child found: a JSON value, and the files it left in its scratch folder by name."""

    value: Any
    files: Mapping[str, bytes]


class JailError(Exception):
    """The task gave no result."""


class JailRefused(JailError):
    """The task looked at the content and refused it; `code` says why."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


class JailCrashed(JailError):
    """The child died or answered nonsense: the content is to blame until proven otherwise."""


class JailTimeout(JailError):
    """The child used up its wall-clock or processor time."""


class JailUnavailable(JailError):
    """No child can be started on this machine now."""


class ZygoteGone(JailError):
    """The zygote died while a child of it was at work."""


class _Silence(JailError):
    """The child closed its answer before it was whole."""


def read_result(answer: socket.socket, verdict: BinaryIO, end: float) -> JailResult:
    """What the child answered, once it is dead; raises TimeoutError when the zygote says nothing until `end`."""
    try:
        result: JailResult | JailError = _read_answer(answer, end)
    except _Silence as exc:
        result = exc
    how = _read_verdict(verdict, end)
    if isinstance(result, JailResult):
        return result
    if isinstance(result, _Silence):
        raise _explanation(how) from result
    raise result


def _read_answer(connection: socket.socket, end: float) -> JailResult | JailError:
    size = int.from_bytes(_exactly(connection, 8, end), "big")
    if size > MAX_JSON_BYTES:
        return JailCrashed("answer too large")
    try:
        answer = json.loads(_exactly(connection, size, end))
        if answer["state"] == "refused":
            return JailRefused(str(answer["code"])[:80], str(answer["detail"])[:500])
        if answer["state"] == "timeout":
            return JailTimeout("processor time")
        if answer["state"] != "done":
            return JailCrashed(str(answer.get("detail", ""))[:500])
        return _with_files(connection, answer["value"], answer["files"], end)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return JailCrashed("nonsense answer")


def _with_files(connection: socket.socket, value: Any, sizes: Mapping[str, int], end: float) -> JailResult | JailError:
    if sum(sizes.values()) > MAX_FILES_BYTES or any(size < 0 for size in sizes.values()):
        return JailCrashed("files too large")
    if not all(_FILE_NAME.fullmatch(name) for name in sizes):
        return JailCrashed("file name")
    return JailResult(value, {name: _exactly(connection, size, end) for name, size in sizes.items()})


def _exactly(connection: socket.socket, size: int, end: float) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        connection.settimeout(max(0.01, end - time.monotonic()))
        chunk = connection.recv(min(MEBIBYTE, size - len(parts)))
        if not chunk:
            raise _Silence
        parts += chunk
    return bytes(parts)


def _read_verdict(verdict: BinaryIO, end: float) -> Mapping[str, str]:
    """How the zygote says that the child ended; nothing when the zygote died itself."""
    waiting = select.poll()  # select() knows no descriptor beyond 1,023
    waiting.register(verdict, select.POLLIN)
    if not waiting.poll(max(10, (end - time.monotonic()) * 1000)):
        raise TimeoutError
    found: Mapping[str, str] = json.loads(verdict.read(1024) or b"{}")
    return found


def _explanation(verdict: Mapping[str, str]) -> JailError:
    """Why a child gave no whole answer."""
    match verdict.get("end"):
        case None:
            return ZygoteGone()
        case "late":
            return JailTimeout(verdict["detail"])
        case "unavailable":
            return JailUnavailable(verdict["detail"])
        case _:
            return JailCrashed(f"child died: {verdict['detail']}")
