"""Keeps bytes for ever and gives them back unchanged, in a folder or in an S3 bucket."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from storage.base import (
    BlobCorrupt,
    BlobMissing,
    BlobRef,
    BlobRetained,
    BlobStore,
    BlobTooLarge,
    RetentionUnsupported,
    StorageError,
    StoreUnavailable,
)

__all__ = [
    "BlobCorrupt",
    "BlobMissing",
    "BlobRef",
    "BlobRetained",
    "BlobStore",
    "BlobTooLarge",
    "RetentionUnsupported",
    "StorageError",
    "StoreUnavailable",
    "open_store",
]


def open_store(url: str) -> BlobStore:
    """The store that `url` names.

    `file:///absolute/folder` (made when missing), or `s3://KEY:SECRET@host:port/bucket[/prefix][?secure=0]` with key
    and secret percent-encoded; `secure=0` speaks plain HTTP. Raises `ValueError` for any other form, and
    `StoreUnavailable` when the folder or the bucket cannot be reached.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        from storage.local import LocalStore

        return LocalStore(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        from storage.s3 import S3Store

        return S3Store.from_url(url)
    raise ValueError("a storage address starts with file:/// or s3://")
