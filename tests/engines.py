"""An empty index of each engine, gone after the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from search import SearchIndex, open_index
from search.cluster import Cluster

ENGINES = ("embedded", "opensearch")
"""What every machine has that runs the tests."""
EVERY_ENGINE = (*ENGINES, "opensearch3")
"""And the next release of the server, which takes a newer Java than Debian 12 has."""


@contextmanager
def own_address(server: str) -> Iterator[str]:
    """A name of its own on an OpenSearch server; what was made under it is deleted."""
    name = f"test-{uuid4().hex[:12]}"
    yield f"{server}/{name}"
    Cluster(server).ask("DELETE", f"/{name}-*?expand_wildcards=all")


@contextmanager
def empty_index(engine: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[SearchIndex]:
    """An index of its own; where no OpenSearch runs the test is skipped loudly."""
    if engine == "embedded":
        yield open_index(f"embedded://{folder}/index")
        return
    with own_address(request.getfixturevalue(f"{engine}_url")) as address:
        yield open_index(address)
