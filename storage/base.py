"""What every store of bytes promises: content kept under its own SHA-256, unchanged, for good."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol

CHUNK_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


class StorageError(Exception):
    """Anything a store can refuse or fail at."""


class BlobMissing(StorageError):
    """The store holds nothing under this hash. Permanent: asking again does not help."""


class BlobCorrupt(StorageError):
    """The store holds something under this hash, but its bytes have another hash. Permanent; restore from a backup."""


class BlobTooLarge(StorageError):
    """The content is longer than the caller's limit; nothing of it was kept."""


class BlobRetained(StorageError):
    """Deleting, or shortening the retention, is refused until the date that was promised."""


class RetentionUnsupported(StorageError):
    """The store keeps no promise of retention (an S3 bucket without Object Lock). Permanent until it is replaced."""


class StoreUnavailable(StorageError):
    """The store cannot answer now (disk, network, credentials). Transient: the same call may succeed later."""


@dataclass(frozen=True, order=True)
class BlobRef:
    """Names one content: lower-case hexadecimal SHA-256 and length in bytes.

    `retained_until` is what `stat` knows of its retention; it is no part of the name.
    """

    sha256: str
    size: int
    retained_until: datetime | None = field(default=None, compare=False)


class BlobStore(Protocol):
    """Keeps contents for ever and gives them back unchanged.

    A content becomes visible whole or not at all: a crash at any moment leaves either nothing under its hash or all of
    it. Once `put` has returned, the bytes survive a crash of the machine. Every method raises `StoreUnavailable` when
    the store cannot answer, and `ValueError` when an argument is no SHA-256 in lower-case hexadecimal digits.
    """

    def put(self, stream: BinaryIO, *, limit_bytes: int | None = None) -> BlobRef:
        """Keep what `stream` still holds and return its name.

        Idempotent: the same content again gives the same name and takes no further room. Raises `BlobTooLarge` as soon
        as more than `limit_bytes` came out of the stream, whatever its sender declared.
        """
        ...

    def open(self, sha256: str, *, verify: bool = False) -> BinaryIO:
        """The content as a seekable file at position 0; the caller closes it.

        With `verify` the whole content is hashed before it is handed out. Raises `BlobMissing`, `BlobCorrupt`.
        """
        ...

    def stat(self, sha256: str) -> BlobRef:
        """Name, stored length and retention, without reading the content. Raises `BlobMissing`."""
        ...

    def delete(self, sha256: str) -> None:
        """Remove the content; removing what is not there is done already. Raises `BlobRetained`."""
        ...

    def iterate(self) -> Iterator[BlobRef]:
        """Every content held, in the order of the hashes, as of some moment during the walk."""
        ...

    def retain(self, sha256: str, until: datetime) -> None:
        """Refuse to delete the content before `until` (aware).

        A later date prolongs, the same date changes nothing. Raises `BlobRetained` for an earlier one, `BlobMissing`,
        `RetentionUnsupported`.
        """
        ...


def checked(sha256: str) -> str:
    """The hash itself, or `ValueError`: it becomes a path or a key, and may come from outside."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 in lower-case hexadecimal digits")
    return sha256


def checked_instant(until: datetime) -> datetime:
    """The instant itself, or `ValueError` when it names no time zone and so no instant."""
    if until.tzinfo is None:
        raise ValueError("a retention needs an aware datetime")
    return until


@contextmanager
def unavailable_on_os_error() -> Iterator[None]:
    """Turns a failing disk (full, read-only, I/O error) into `StoreUnavailable`."""
    try:
        yield
    except OSError as exc:
        raise StoreUnavailable(exc.strerror or type(exc).__name__) from exc


def copy_hashed(stream: BinaryIO, sink: BinaryIO, *, limit_bytes: int | None) -> BlobRef:
    """Copy in chunks while hashing and counting the real bytes.

    Errors of `stream` pass through unchanged; errors of `sink` are the store's own (`StoreUnavailable`).
    """
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        if limit_bytes is not None and size > limit_bytes:
            raise BlobTooLarge(f"more than {limit_bytes} bytes")
        digest.update(chunk)
        with unavailable_on_os_error():
            sink.write(chunk)
    return BlobRef(digest.hexdigest(), size)


def require_content(stream: BinaryIO, sha256: str) -> None:
    """Hash all that is left in `stream`; raises `BlobCorrupt` when it is not the content of that name."""
    digest = hashlib.sha256()
    with unavailable_on_os_error():
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != sha256:
        raise BlobCorrupt(sha256)
