"""An S3 bucket as a store, through the minio client against any S3 server.

Keys are content-addressed and asked for before they are put, which makes a put idempotent without conditional writes
(the client has none). Retention needs a bucket with Object Lock, in mode COMPLIANCE: over S3 nobody shortens it, not
even the server's administrator. Without one `retain` raises `RetentionUnsupported`.
"""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, cast
from urllib.parse import parse_qs, unquote, urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.error import MinioException, S3Error
from minio.retention import Retention

from storage.base import (
    CHUNK_BYTES,
    BlobCorrupt,
    BlobMissing,
    BlobRef,
    BlobRetained,
    RetentionUnsupported,
    StoreUnavailable,
    checked,
    checked_instant,
    copy_hashed,
    require_content,
)

SPOOL_BYTES = 8 * 1024 * 1024
_ABSENT = {"NoSuchKey", "NoSuchObject", "NoSuchVersion"}
_NO_LOCK = {"InvalidRequest", "ObjectLockConfigurationNotFoundError", "NotImplemented"}
_UNTIL = "x-amz-object-lock-retain-until-date"
_DOWN = (MinioException, urllib3.exceptions.HTTPError, OSError)


class S3Store:
    """Blobs as objects ``ab/cd/<sha256>`` in one bucket."""

    def __init__(self, client: Minio, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    @classmethod
    def from_url(cls, url: str) -> "S3Store":
        """Open ``s3://KEY:SECRET@host:port/bucket?secure=0``; the bucket must exist."""
        parts = urlsplit(url)
        secure = parse_qs(parts.query).get("secure", ["1"])[0] != "0"
        pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=60), retries=urllib3.Retry(2), maxsize=32)
        client = Minio(
            f"{parts.hostname}:{parts.port or (443 if secure else 80)}",
            access_key=unquote(parts.username or ""),
            secret_key=unquote(parts.password or ""),
            secure=secure,
            http_client=pool,
            region="us-east-1",
        )
        return cls(client, parts.path.strip("/"))

    def put(self, stream: BinaryIO, *, limit_bytes: int | None = None) -> BlobRef:
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
            blob = copy_hashed(stream, cast(BinaryIO, spool), limit_bytes=limit_bytes)
            if not self._has(blob):
                spool.seek(0)
                self._upload(blob, cast(BinaryIO, spool))
        return blob

    def _has(self, blob: BlobRef) -> bool:
        try:
            return self.stat(blob.sha256).size == blob.size
        except BlobMissing:
            return False

    def _upload(self, blob: BlobRef, stream: BinaryIO) -> None:
        try:
            self._client.put_object(self._bucket, _key(blob.sha256), stream, blob.size)
        except _DOWN as exc:
            raise StoreUnavailable("s3") from exc

    def open(self, sha256: str, *, verify: bool = False) -> BinaryIO:
        """See `BlobStore.open`. The bytes are hashed on their way in any case.

        Where somebody wrote other bytes over them, a bucket with versions still has them: they are handed out, but to
        `verify`, which is to find out, they are corrupt.
        """
        stream = self._fetched(sha256, None)
        if _is_content(stream, sha256):
            return stream
        stream.close()
        for version in [] if verify else self._versions(_key(sha256)):
            earlier = self._fetched(sha256, version)
            if _is_content(earlier, sha256):
                return earlier
            earlier.close()
        raise BlobCorrupt(sha256)

    def _fetched(self, sha256: str, version: str | None) -> BinaryIO:
        spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - the caller closes it
        try:
            response = self._client.get_object(self._bucket, _key(sha256), version_id=version)
            try:
                for chunk in response.stream(CHUNK_BYTES):
                    spool.write(chunk)
            finally:
                response.close()
                response.release_conn()
        except _DOWN as exc:
            spool.close()
            raise _translated(exc, sha256) from exc
        return cast(BinaryIO, spool)

    def _versions(self, key: str) -> list[str]:
        """All versions that hold bytes, the newest first; in a bucket without versions the one there is."""
        try:
            found = list(self._client.list_objects(self._bucket, prefix=key, include_version=True))
        except _DOWN as exc:
            raise StoreUnavailable("s3") from exc
        return [str(each.version_id) for each in found if not each.is_delete_marker]

    def stat(self, sha256: str) -> BlobRef:
        try:
            found = self._client.stat_object(self._bucket, _key(sha256))
        except _DOWN as exc:
            raise _translated(exc, sha256) from exc
        until = (found.metadata or {}).get(_UNTIL)
        return BlobRef(sha256, found.size or 0, datetime.fromisoformat(until) if until else None)

    def delete(self, sha256: str) -> None:
        """See `BlobStore.delete`. Every version goes: without a number, a bucket with versions only hides the bytes."""
        key = _key(sha256)
        try:
            for found in list(self._client.list_objects(self._bucket, prefix=key, include_version=True)):
                self._client.remove_object(self._bucket, key, version_id=found.version_id)
        except S3Error as exc:
            if exc.code in ("AccessDenied", "ObjectLocked"):
                raise BlobRetained(sha256) from exc
            raise _translated(exc, sha256) from exc
        except _DOWN as exc:
            raise StoreUnavailable("s3") from exc

    def iterate(self) -> Iterator[BlobRef]:
        try:
            for found in self._client.list_objects(self._bucket, recursive=True):
                yield BlobRef(str(found.object_name).rpartition("/")[2], found.size or 0)
        except _DOWN as exc:
            raise StoreUnavailable("s3") from exc

    def retain(self, sha256: str, until: datetime) -> None:
        try:
            rule = Retention(COMPLIANCE, _whole_second(checked_instant(until)))
            self._client.set_object_retention(self._bucket, _key(sha256), rule)
        except S3Error as exc:
            if exc.code in _NO_LOCK:
                raise RetentionUnsupported(self._bucket) from exc
            if exc.code == "AccessDenied" and (promised := self.stat(sha256).retained_until) and promised > until:
                raise BlobRetained(f"{sha256} until {promised.isoformat()}") from exc
            raise _translated(exc, sha256) from exc
        except _DOWN as exc:
            raise StoreUnavailable("s3") from exc


def _is_content(stream: BinaryIO, sha256: str) -> bool:
    """Whether these bytes have that hash; leaves the stream at its beginning."""
    stream.seek(0)
    try:
        require_content(stream, sha256)
    except BlobCorrupt:
        return False
    finally:
        stream.seek(0)
    return True


def _whole_second(until: datetime) -> datetime:
    """Never earlier: S3 keeps no fractions."""
    return until.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1 if until.microsecond else 0)


def _key(sha256: str) -> str:
    checked(sha256)
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _translated(exc: Exception, sha256: str) -> Exception:
    if isinstance(exc, S3Error) and exc.code in _ABSENT:
        return BlobMissing(sha256)
    return StoreUnavailable("s3")
