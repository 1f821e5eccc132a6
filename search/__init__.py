"""Find documents by words and fields, in German, whatever engine keeps the index."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from search.base import (
    Hit,
    IndexLocked,
    IndexUnavailable,
    Page,
    Query,
    Scope,
    SearchDocument,
    SearchError,
    SearchIndex,
)

__all__ = [
    "Hit",
    "IndexLocked",
    "IndexUnavailable",
    "Page",
    "Query",
    "Scope",
    "SearchDocument",
    "SearchError",
    "SearchIndex",
    "open_index",
]


def open_index(url: str) -> SearchIndex:
    """The index behind `url`: ``embedded:///folder`` (made when missing), ``opensearch[+https]://server/name``."""
    parts = urlsplit(url)
    if parts.scheme == "embedded":
        from search.embedded import EmbeddedIndex

        return EmbeddedIndex(Path(unquote(parts.path)))
    if parts.scheme in ("opensearch", "opensearch+https"):
        from search.opensearch import OpenSearchIndex

        return OpenSearchIndex(url)
    raise ValueError(f"no search engine for {parts.scheme}://")
