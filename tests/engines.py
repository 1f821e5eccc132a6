"""An empty index of each engine, gone after the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from search import SearchIndex, open_index
from search.cluster import Cluster

ENGINES = ("embedded", "opensearch")


@contextmanager
def empty_index(engine: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[SearchIndex]:
    """An index of its own; where no OpenSearch runs the test is skipped loudly."""
    if engine == "embedded":
        yield open_index(f"embedded://{folder}/index")
        return
    server, name = request.getfixturevalue("opensearch_url"), f"test-{uuid4().hex[:12]}"
    yield open_index(f"{server}/{name}")
    Cluster(server).ask("DELETE", f"/{name}-*?expand_wildcards=all")
