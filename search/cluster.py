"""OpenSearch by HTTP: one pool of connections, times after which it counts as down, and patience when it is busy."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import urllib3

from search.base import IndexUnavailable, SearchError

CONNECT_SECONDS, READ_SECONDS = 3.0, 20.0
LONG_SECONDS = 600.0
PATIENCE_SECONDS = 60.0
"""So long a busy server (429) is asked again, at growing distances, before it counts as down."""
CONNECTIONS = 32
BULK_BYTES = 4_000_000
BUSY, CONFLICT, MISSING = 429, 409, 404
Json = dict[str, Any]


class Missing(SearchError):
    """What was asked for is not there."""


class Cluster:
    """The server at ``opensearch[+https]://[NAME:PASSWORD@]HOST[:PORT]``; safe for many threads."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        headers = urllib3.make_headers(basic_auth=login) if login else {}
        secure = parts.scheme.endswith("+https")
        self._base = f"{'https' if secure else 'http'}://{parts.hostname}:{parts.port or 9200}"
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool = urllib3.PoolManager(
            maxsize=CONNECTIONS, block=True, timeout=timeout, retries=False,
            headers={**headers, "Content-Type": "application/x-ndjson"},
        )  # fmt: skip

    def ask(self, method: str, path: str, body: object = None, *, seconds: float = READ_SECONDS) -> Json:
        """The answer to one request. Raises `IndexUnavailable`, `Missing`, `SearchError`."""
        return self._send(method, path, None if body is None else json.dumps(body).encode(), seconds)

    def search_all(self, path: str, bodies: Sequence[Json]) -> list[Json]:
        """The answers to several searches of one index, in one request."""
        if not bodies:
            return []
        answers = self._send("POST", f"{path}/_msearch", _lines(line for body in bodies for line in ({}, body)))
        for answer in answers["responses"]:
            if "error" in answer:
                raise IndexUnavailable(str(answer["error"])[:500])
        return list(answers["responses"])

    def bulk(self, actions: Iterable[Sequence[Json]]) -> None:
        """Write (action, document) or (action,) in pieces; what is refused for its version or alias is left out."""
        for piece in _pieces(actions):
            self._write(piece)

    def _write(self, actions: Sequence[Sequence[Json]]) -> None:
        """Again what the server was too busy for."""
        for pause in _pauses():
            answer = self._send("POST", "/_bulk", _lines(line for action in actions for line in action))
            results = [next(iter(item.values())) for item in answer["items"]] if answer["errors"] else []
            actions = [action for action, one in zip(actions, results, strict=False) if one["status"] == BUSY]
            failed = [one for one in results if one["status"] >= 400 and one["status"] not in (BUSY, CONFLICT, MISSING)]
            if failed:
                raise IndexUnavailable(str(failed[0].get("error"))[:500])
            if not actions:
                return
            time.sleep(pause)
        raise IndexUnavailable("the server is too busy to write")

    def _send(self, method: str, path: str, data: bytes | None, seconds: float = READ_SECONDS) -> Json:
        for pause in _pauses():
            response = self._try(method, path, data, seconds)
            if response.status != BUSY:
                return _answer(response)
            time.sleep(pause)
        raise IndexUnavailable("the server is too busy")

    def _try(self, method: str, path: str, data: bytes | None, seconds: float) -> urllib3.BaseHTTPResponse:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)
        try:
            return self._pool.request(method, self._base + path, body=data, timeout=timeout)
        except urllib3.exceptions.HTTPError as exc:
            raise IndexUnavailable(str(exc)) from exc


def in_path(name: str) -> str:
    """A name as part of an address."""
    return quote(name, safe="")


def _answer(response: urllib3.BaseHTTPResponse) -> Json:
    if response.status == MISSING:
        raise Missing(response.data[:500].decode(errors="replace"))
    if response.status >= 500 or response.status in (401, 403):
        raise IndexUnavailable(f"{response.status}: {response.data[:500].decode(errors='replace')}")
    if response.status >= 400:
        raise SearchError(f"{response.status}: {response.data[:500].decode(errors='replace')}")
    if not response.data:
        return {}
    try:
        answer: Json = json.loads(response.data)
    except ValueError as exc:
        raise IndexUnavailable("the server did not answer in JSON") from exc
    return answer


def _pauses() -> Iterator[float]:
    """Growing pauses until the patience is used up."""
    pause, spent = 0.1, 0.0
    while spent < PATIENCE_SECONDS:
        yield pause
        spent += pause
        pause = min(2 * pause, 5.0)


def _lines(values: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)


def _pieces(actions: Iterable[Sequence[Json]]) -> Iterator[list[Sequence[Json]]]:
    """Actions in portions of a few megabytes."""
    piece: list[Sequence[Json]] = []
    size = 0
    for action in actions:
        piece.append(action)
        size += sum(len(value) if isinstance(value, str) else 50 for line in action for value in line.values())
        if size > BULK_BYTES:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece
