"""What every blob store must do, on a folder and on a real S3 server."""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from storage import BlobCorrupt, BlobMissing, BlobRetained, BlobStore, BlobTooLarge, open_store


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "folder":
        return open_store(f"file://{tmp_path}/blobs")
    return open_store(request.getfixturevalue("s3_url"))


def test_the_same_bytes_come_back(store: BlobStore) -> None:
    data = os.urandom(300_000)
    blob = store.put(BytesIO(data))
    assert (blob.sha256, blob.size) == (hashlib.sha256(data).hexdigest(), len(data))
    with store.open(blob.sha256, verify=True) as stream:
        assert stream.read() == data
        stream.seek(100)
        assert stream.read(10) == data[100:110]
    assert store.stat(blob.sha256) == blob


def test_a_second_put_changes_nothing(store: BlobStore) -> None:
    data = os.urandom(1000)
    assert store.put(BytesIO(data)) == store.put(BytesIO(data))
    assert sum(found.sha256 == hashlib.sha256(data).hexdigest() for found in store.iterate()) == 1


def test_what_is_too_large_is_not_kept(store: BlobStore) -> None:
    data = os.urandom(1000)
    with pytest.raises(BlobTooLarge):
        store.put(BytesIO(data), limit_bytes=999)
    with pytest.raises(BlobMissing):
        store.stat(hashlib.sha256(data).hexdigest())


def test_a_missing_blob_is_missing(store: BlobStore) -> None:
    absent = "0" * 64
    for act in (store.open, store.stat):
        with pytest.raises(BlobMissing):
            act(absent)
    store.delete(absent)


def test_a_deleted_blob_is_gone(store: BlobStore) -> None:
    blob = store.put(BytesIO(os.urandom(100)))
    store.delete(blob.sha256)
    with pytest.raises(BlobMissing):
        store.open(blob.sha256)


def test_a_retained_blob_of_the_folder_stays(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/blobs")
    blob = store.put(BytesIO(b"bleibt"))
    until = datetime.now(UTC) + timedelta(days=1)
    store.retain(blob.sha256, until)
    with pytest.raises(BlobRetained):
        store.delete(blob.sha256)
    with pytest.raises(BlobRetained):
        store.retain(blob.sha256, until - timedelta(hours=1))


def test_damaged_bytes_are_not_taken_for_missing_ones(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/blobs")
    blob = store.put(BytesIO(b"unversehrt"))
    path = next((tmp_path / "blobs").rglob(blob.sha256))
    path.chmod(0o640)
    path.write_bytes(b"beschaedigt")
    with pytest.raises(BlobCorrupt):
        store.open(blob.sha256, verify=True)
