"""Creates buckets: make_bucket.py HOST:PORT [--locked] BUCKET..., the administrator's secret on standard input.

With `--locked` they have versions and Object Lock, and a policy that lets nobody delete, neither by hiding an object
behind a marker nor by a rule of expiry. An administrator can change the policy, but not the locks. A second call sets
the policy again and changes nothing else.
"""

import argparse
import json
import sys

from minio import Minio

DESTRUCTION = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutLifecycleConfiguration", "s3:DeleteBucketLifecycle"]


def _nobody_deletes(bucket: str) -> str:
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    denied = {"Effect": "Deny", "Principal": "*", "Action": DESTRUCTION, "Resource": resources}
    return json.dumps({"Version": "2012-10-17", "Statement": [denied]})


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("endpoint")
parser.add_argument("--locked", action="store_true")
parser.add_argument("buckets", nargs="+")
asked = parser.parse_args()
client = Minio(asked.endpoint, "admin", sys.stdin.read().strip(), secure=False, region="us-east-1")
for name in asked.buckets:
    if not client.bucket_exists(name):
        client.make_bucket(name, object_lock=asked.locked)
    if asked.locked:
        client.set_bucket_policy(name, _nobody_deletes(name))
