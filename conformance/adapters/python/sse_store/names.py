"""Names of the store: buckets, objects, their ARNs, and the ids of their items at rest."""

from __future__ import annotations

import re

from .shapes import wrong
from .words import Refusal, Tag

MAX_KEY = 1024
BUCKET_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]")
ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")


def check_bucket_name(name: str) -> None:
    """The form of the name of a new bucket."""
    # r[sse.name.bucket]
    if not BUCKET_NAME.fullmatch(name) or ".." in name or ADDRESS.fullmatch(name):
        raise Refusal("invalid-bucket-name", "no name of a bucket")


def check_key(key: str) -> None:
    """The name of an object, whatever is done with it."""
    # r[sse.name.key-class]
    # r[sse.name.key-limit]
    if not key:
        raise wrong("the key of an object is not empty")
    if len(key.encode()) > MAX_KEY:
        raise Refusal("key-too-long", f"the key of an object has at most {MAX_KEY} bytes")


def bucket_arn(bucket: str) -> str:
    """The ARN of a bucket."""
    return f"arn:aws:s3:::{bucket}"


def object_arn(bucket: str, key: str) -> str:
    """The ARN of an object."""
    return f"arn:aws:s3:::{bucket}/{key}"


def object_id(bucket: str, key: str) -> str:
    """The id of an object's item; a bucket's name holds no `/`."""
    return f"object/{bucket}/{key}"


def object_tag(bucket: str, key: str) -> Tag:
    """The tag of an object's item."""
    return {"object": {"bucket": bucket, "key": key}}
