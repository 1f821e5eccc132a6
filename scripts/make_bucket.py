"""Creates the buckets of the tests: make_bucket.py HOST:PORT KEY SECRET BUCKET LOCKED_BUCKET.

The locked one has versions and Object Lock; its policy lets nobody delete, neither by hiding an object behind a marker
nor by a rule of expiry. An administrator can change the policy, but not the locks.
"""

import json
import sys

from minio import Minio

endpoint, key, secret, bucket, locked = sys.argv[1:]
client = Minio(endpoint, access_key=key, secret_key=secret, secure=False, region="us-east-1")
for name in (bucket, locked):
    if not client.bucket_exists(name):
        client.make_bucket(name, object_lock=name == locked)
nobody_deletes = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutLifecycleConfiguration", "s3:DeleteBucketLifecycle"],
    "Resource": [f"arn:aws:s3:::{locked}", f"arn:aws:s3:::{locked}/*"],
}
client.set_bucket_policy(locked, json.dumps({"Version": "2012-10-17", "Statement": [nobody_deletes]}))
