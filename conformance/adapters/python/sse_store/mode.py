"""Which mode and which key a write has (sse.md, Which mode; sse/bucket-default.md, Precedence).

Owns the checks on the headers of server-side encryption, the choice between headers and the
bucket's default, and what a bucket policy sees of both.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from . import shapes
from .encryption_context import OBJECT_ARN, encode, object_pair
from .sealed_object import SSE_KMS, SSE_S3
from .words import Json, Refusal

UNSUPPORTED = frozenset({"aws:kms:dsse", "aws:fsx", "aws:backup"})
"""Published algorithms that are out of scope."""
MAX_IDENTIFIER = 2048
MAX_METADATA = 2048
MAX_METADATA_NAMES = 64
ALGORITHM_CONDITION = "s3:x-amz-server-side-encryption"
KEY_CONDITION = "s3:x-amz-server-side-encryption-aws-kms-key-id"


@dataclass(frozen=True)
class Headers:
    """The checked headers of a write."""

    algorithm: str | None
    kms_key_id: str | None
    pairs: dict[str, str]
    """The caller's pairs, without the one that the store adds."""


@dataclass(frozen=True)
class Choice:
    """The mode of a write, and the key as header or default name it."""

    algorithm: str
    kms_key_id: str | None
    """None under SSE-KMS stands for `aws/s3`."""


def unsupported(algorithm: str) -> Refusal:
    """The refusal of a published algorithm that is out of scope."""
    return Refusal("unsupported-operation", f"the algorithm {algorithm} is not supported")


def check_identifier(kms_key_id: str) -> None:
    """A key identifier by itself, without a look at any key."""
    if not 1 <= len(kms_key_id) <= MAX_IDENTIFIER:
        raise shapes.wrong("a key identifier has 1 to 2048 characters")


def write_headers(sse: Json | None, bucket: str, key: str) -> Headers:
    """The headers of a write to this object, or the refusal of wrong ones."""
    if not sse:
        return Headers(None, None, {})
    algorithm, kms_key_id = sse.get("algorithm"), sse.get("kms_key_id")
    # r[sse.bucket-default.unsupported-algorithm]
    if algorithm in UNSUPPORTED:
        raise unsupported(algorithm)
    # r[sse.put.invalid-algorithm]
    # r[sse.put.invalid-algorithm-code]
    if algorithm not in (None, SSE_S3, SSE_KMS):
        raise shapes.wrong("the algorithm is not known")
    # r[sse.bucket-default.lone-fields]
    # r[sse.put.key-id-without-kms]
    # r[sse.put.key-id-with-aes256]
    # r[sse.put.context-without-kms]
    if algorithm != SSE_KMS and (kms_key_id is not None or "context" in sse):
        raise shapes.wrong("a key or a context goes with the algorithm aws:kms only")
    if kms_key_id is not None:
        check_identifier(kms_key_id)
    pairs = _context(sse["context"]) if "context" in sse else {}
    return Headers(algorithm, kms_key_id, _own_pairs(pairs, bucket, key))


def _context(argument: tuple[str, Any]) -> dict[str, str]:
    form, value = argument
    if form == "pairs":
        return dict(shapes.pairs(value, "context"))
    if form != "raw":
        raise shapes.wrong("a context is given as pairs or raw")
    # r[sse.put.context-malformed]
    try:
        decoded = base64.b64decode(shapes.text(value, "context").encode(), validate=True)
        return dict(shapes.pairs(json.loads(decoded.decode()), "context"))
    except (binascii.Error, ValueError, RecursionError):
        raise shapes.wrong("the context is no Base64 of a JSON object of strings") from None


def _own_pairs(pairs: dict[str, str], bucket: str, key: str) -> dict[str, str]:
    name, arn = object_pair(bucket, key)
    # r[sse.put.context-arn]
    if pairs.pop(OBJECT_ARN, arn) != arn:
        raise shapes.wrong(f"the pair {OBJECT_ARN} is the object's own")
    encode({**pairs, name: arn})
    return pairs


def full_context(pairs: dict[str, str], bucket: str, key: str) -> dict[str, str]:
    """The encryption context that KMS sees for an object."""
    # r[encryption-context.object-arn.added]
    # r[sse.put.context-arn-added]
    # r[sse.put.context-bound]
    name, arn = object_pair(bucket, key)
    return {**pairs, name: arn}


def no_headers(sse: Json | None) -> None:
    """Refuses the headers of a request that takes none."""
    # r[sse.get.request-header-refused]
    # r[sse.multipart.header-on-part]
    if sse:
        raise shapes.wrong("this request takes no headers of server-side encryption")


def check_metadata(metadata: dict[str, str]) -> None:
    """The limits of user metadata."""
    # r[sse.metadata.limit]
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > MAX_METADATA or len(metadata) > MAX_METADATA_NAMES or "" in metadata:
        raise shapes.wrong("the user metadata is out of its limits")


def choose(headers: Headers, rule: Json | None) -> Choice:
    """The mode and key of a write: header before default, default before SSE-S3."""
    # r[sse.bucket-default.header-sse-s3]
    # r[sse.bucket-default.header-key]
    # r[sse.bucket-default.header-without-key]
    if headers.algorithm is not None:
        return Choice(headers.algorithm, headers.kms_key_id)
    # r[sse.bucket-default.applied]
    # r[sse.bucket-default.managed-key]
    if rule is not None:
        return Choice(rule["algorithm"], rule.get("kms_key_id"))
    # r[sse.put.default-sse-s3]
    # r[sse.bucket-default.removed]
    return Choice(SSE_S3, None)


def conditions(headers: Headers, key_seen: str | None) -> dict[str, list[str]]:
    """The condition keys of s3:PutObject; `key_seen` is the key that a policy sees, if any."""
    found: dict[str, list[str]] = {}
    # r[policy.header.default-not-seen]
    if headers.algorithm is not None:
        found[ALGORITHM_CONDITION] = [headers.algorithm]
    # r[policy.header.key-id]
    # r[policy.header.key-id-effective]
    if key_seen is not None:
        found[KEY_CONDITION] = [key_seen]
    return found
