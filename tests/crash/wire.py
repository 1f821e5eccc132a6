"""A network that goes wrong on demand: a relay on loopback between the application and one server."""

import asyncio
import random
import socket
import threading
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit

CHUNK_BYTES = 65536
SLOW_SECONDS = 0.3
LOST_SHARE = 0.05


class Fault(StrEnum):
    """What the relay does to what passes it."""

    SLOW = "slow"
    """Each piece comes late."""
    RESET = "reset"
    """Connections break, new ones as soon as they are made."""
    BLACK_HOLE = "black hole"
    """Connections are taken, and nothing passes until the fault is over."""
    LOST_ANSWER = "lost answer"
    """The server gets what was sent and does it; now and then its answer is lost and the connection breaks."""


class Wire:
    """Relays to the server of a URL; `fault` is what it does meanwhile, None is a good network.

    `connections` and `pieces` count what the application opened and sent, whether or not it arrived.
    """

    def __init__(self, url: str, seed: int) -> None:
        self._url = urlsplit(url)
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._fault: Fault | None = None
        self._is_good = asyncio.Event()
        self._is_good.set()
        self.connections = self.pieces = 0
        self._thread = threading.Thread(target=self._loop.run_forever, name="wire", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._relay, "127.0.0.1", 0))
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(self, *exc: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        await self._set(Fault.RESET)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(others, timeout=5) if others else None

    @property
    def url(self) -> str:
        """The address of the server through this relay."""
        login, at, _ = self._url.netloc.rpartition("@")
        return self._url._replace(netloc=f"{login}{at}127.0.0.1:{self.port}").geturl()

    @property
    def fault(self) -> Fault | None:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._do(self._set(fault))

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _set(self, fault: Fault | None) -> None:
        self._fault = fault
        if fault is Fault.BLACK_HOLE:
            self._is_good.clear()
        else:
            self._is_good.set()
        if fault is Fault.RESET:
            for writer in list(self._open):
                _break(writer)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        both = [writer]
        self._open.add(writer)
        try:
            await self._is_good.wait()
            if self._fault is Fault.RESET:
                return
            theirs, ours = await asyncio.open_connection(self._url.hostname, self._url.port)
            both.append(ours)
            self._open.add(ours)
            ways = [self._pass(reader, ours, is_answer=False), self._pass(theirs, writer, is_answer=True)]
            tasks = [asyncio.create_task(way) for way in ways]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        except OSError:
            pass  # the server is away: so is the relay
        finally:
            for each in both:
                self._open.discard(each)
                _break(each)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, is_answer: bool) -> None:
        try:
            while piece := await source.read(CHUNK_BYTES):
                self.pieces += not is_answer
                await self._is_good.wait()
                if self._fault is Fault.SLOW:
                    await asyncio.sleep(SLOW_SECONDS)
                if is_answer and self._fault is Fault.LOST_ANSWER and self._random.random() < LOST_SHARE:
                    return
                target.write(piece)
                await target.drain()
        except OSError:
            return


def _break(writer: asyncio.StreamWriter) -> None:
    """At once and with a reset, whatever was still to be sent."""
    connection = writer.get_extra_info("socket")
    if connection is not None and not writer.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()
