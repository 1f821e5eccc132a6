"""A served installation: the real application behind a real HTTP server on loopback, in a thread of the test."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from dms.platform import Platform
from dms.server import create_app


@contextmanager
def served(platform: Platform) -> Iterator[httpx.Client]:
    """A client of the served application; the server ends with the block."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(create_app(platform, bind=address), log_config=None, timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="server")
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            with httpx.Client(base_url=f"http://{address}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(timeout=60)
