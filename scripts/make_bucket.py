"""Creates the bucket of the contract tests: make_bucket.py HOST:PORT KEY SECRET BUCKET."""

import sys

from minio import Minio

endpoint, key, secret, bucket = sys.argv[1:]
client = Minio(endpoint, access_key=key, secret_key=secret, secure=False, region="us-east-1")
if not client.bucket_exists(bucket):
    client.make_bucket(bucket)
