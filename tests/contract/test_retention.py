"""What is locked stays: whoever has the application's key can neither delete, hide, shorten, downgrade nor bypass."""

import hashlib
import json
import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from minio import Minio
from minio.commonconfig import COMPLIANCE, ENABLED, GOVERNANCE, Filter
from minio.deleteobjects import DeleteObject
from minio.error import MinioException
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule
from minio.objectlockconfig import DAYS, ObjectLockConfig
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig

from storage import BlobCorrupt, BlobMissing, BlobRetained, BlobStore, RetentionUnsupported, open_store
from tests.conftest import bucket_of_its_own

UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)


@pytest.fixture(params=["folder", "s3", "s3 with the key of the application"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "folder":
        return open_store(f"file://{tmp_path}/blobs")
    if request.param == "s3":
        return open_store(bucket_of_its_own(request.getfixturevalue("s3_url"), object_lock=True))
    return open_store(request.getfixturevalue("s3_app_url"))


def _kept(store: BlobStore) -> str:
    return store.put(BytesIO(os.urandom(100))).sha256


def test_what_is_retained_can_be_prolonged_only(store: BlobStore) -> None:
    sha256 = _kept(store)
    assert store.stat(sha256).retained_until is None
    store.retain(sha256, UNTIL)
    store.retain(sha256, UNTIL)
    assert store.stat(sha256).retained_until == UNTIL
    with pytest.raises(BlobRetained):
        store.retain(sha256, UNTIL - timedelta(hours=1))
    store.retain(sha256, UNTIL + timedelta(days=1))
    assert store.stat(sha256).retained_until == UNTIL + timedelta(days=1)
    with pytest.raises(BlobRetained):
        store.delete(sha256)
    store.open(sha256, verify=True).close()


def test_of_promises_at_once_the_longest_counts(tmp_path: Path) -> None:
    """In a folder, where the program itself has to see to it; the store of another process is as good as a thread."""
    stores = [open_store(f"file://{tmp_path}/blobs") for _ in range(4)]

    def promise(sha256: str, days: int) -> None:
        with suppress(BlobRetained):
            stores[days % 4].retain(sha256, UNTIL + timedelta(days=days))

    for _ in range(20):
        sha256 = _kept(stores[0])
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(partial(promise, sha256), random.sample(range(40), 40)))
        assert stores[0].stat(sha256).retained_until == UNTIL + timedelta(days=39)


def test_a_fraction_of_a_second_is_not_lost(store: BlobStore) -> None:
    sha256 = _kept(store)
    until = UNTIL + timedelta(microseconds=7)
    store.retain(sha256, until)
    held = store.stat(sha256).retained_until
    assert held is not None
    assert held >= until
    store.retain(sha256, until)


def test_nothing_can_be_promised_for_what_is_missing_or_in_a_vague_zone(store: BlobStore) -> None:
    with pytest.raises(BlobMissing):
        store.retain("0" * 64, UNTIL)
    with pytest.raises(ValueError, match="aware"):
        store.retain(_kept(store), UNTIL.replace(tzinfo=None))


def test_a_bucket_without_lock_says_so(s3_url: str) -> None:
    store = open_store(s3_url)
    with pytest.raises(RetentionUnsupported):
        store.retain(_kept(store), UNTIL)


def test_a_delete_leaves_no_version_behind(s3_url: str) -> None:
    url = bucket_of_its_own(s3_url, object_lock=True)
    store, (client, bucket) = open_store(url), _client(url)
    sha256 = _kept(store)
    client.put_object(bucket, _key(sha256), BytesIO(b"a second version"), 16)
    store.delete(sha256)
    assert list(client.list_objects(bucket, include_version=True, recursive=True)) == []


def _client(url: str) -> tuple[Minio, str]:
    parts = urlsplit(url)
    client = Minio(f"{parts.hostname}:{parts.port}", parts.username, parts.password, secure=False, region="us-east-1")
    return client, parts.path.strip("/")


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


Attack = Callable[[Minio, str, str, str], Any]
EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
SOON = LifecycleConfig([Rule(ENABLED, rule_filter=Filter(prefix=""), rule_id="x", expiration=Expiration(days=1))])
ATTACKS: dict[str, Attack] = {
    "delete": lambda s3, bucket, key, version: s3.remove_object(bucket, key),
    "delete the version": lambda s3, bucket, key, version: s3.remove_object(bucket, key, version_id=version),
    "delete many": lambda s3, bucket, key, version: _raise_first(
        s3.remove_objects(bucket, [DeleteObject(key), DeleteObject(key, version)])
    ),
    "bypass": lambda s3, bucket, key, version: _raise_first(
        s3.remove_objects(bucket, [DeleteObject(key, version)], bypass_governance_mode=True)
    ),
    "shorten": lambda s3, bucket, key, version: s3.set_object_retention(
        bucket, key, Retention(COMPLIANCE, UNTIL - timedelta(days=1)), version_id=version
    ),
    "downgrade": lambda s3, bucket, key, version: s3.set_object_retention(bucket, key, Retention(GOVERNANCE, UNTIL)),
    "downgrade for longer": lambda s3, bucket, key, version: s3.set_object_retention(
        bucket, key, Retention(GOVERNANCE, UNTIL + timedelta(days=9))
    ),
    "remove the bucket": lambda s3, bucket, key, version: s3.remove_bucket(bucket),
    "stop versions": lambda s3, bucket, key, version: s3.set_bucket_versioning(bucket, VersioningConfig("Suspended")),
    "remove the lock": lambda s3, bucket, key, version: s3.delete_object_lock_config(bucket),
    "weaken the lock": lambda s3, bucket, key, version: s3.set_object_lock_config(
        bucket, ObjectLockConfig(GOVERNANCE, 1, DAYS)
    ),
    "own policy": lambda s3, bucket, key, version: s3.set_bucket_policy(
        bucket, json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING]})
    ),
    "remove the policy": lambda s3, bucket, key, version: s3.delete_bucket_policy(bucket),
    "let it expire": lambda s3, bucket, key, version: s3.set_bucket_lifecycle(bucket, SOON),
}


def _raise_first(errors: Any) -> None:
    for error in errors:
        raise MinioException(error.code)


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_key_of_the_application_is_refused(s3_app_url: str, attack: str) -> None:
    store, (client, bucket) = open_store(s3_app_url), _client(s3_app_url)
    sha256 = _kept(store)
    store.retain(sha256, UNTIL)
    version = str(client.stat_object(bucket, _key(sha256)).version_id)
    with pytest.raises(MinioException):
        ATTACKS[attack](client, bucket, _key(sha256), version)
    assert store.stat(sha256).retained_until == UNTIL
    store.open(sha256, verify=True).close()


def test_what_is_written_over_an_original_leaves_it_as_it_was(s3_app_url: str) -> None:
    store, (client, bucket) = open_store(s3_app_url), _client(s3_app_url)
    sha256 = _kept(store)
    store.retain(sha256, UNTIL)
    version = str(client.stat_object(bucket, _key(sha256)).version_id)
    client.put_object(bucket, _key(sha256), BytesIO(b"forged"), 6)
    assert client.stat_object(bucket, _key(sha256), version_id=version).size == 100
    with store.open(sha256) as stream:
        assert hashlib.sha256(stream.read()).hexdigest() == sha256
    with pytest.raises(BlobCorrupt):
        store.open(sha256, verify=True)


def test_bytes_that_were_never_there_are_not_handed_out(s3_url: str) -> None:
    store, (client, bucket) = open_store(s3_url), _client(s3_url)
    sha256 = os.urandom(32).hex()
    client.put_object(bucket, _key(sha256), BytesIO(b"forged"), 6)
    with pytest.raises(BlobCorrupt):
        store.open(sha256)
