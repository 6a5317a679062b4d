"""Objects: put, get, head, list and delete (sse.md).

Owns the order of checks of these operations, and writing and reading the one item of an object.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from . import body, data_keys, mode, names
from .body import SALT_BYTES, Bytes
from .data_key import identity as encode_identity
from .mode import Choice, Headers
from .sealed_object import (
    MAX_SIZE,
    SSE_KMS,
    SSE_S3,
    Opened,
    Part,
    Record,
    join,
    open_item,
    seal_record,
)
from .shapes import Range, Streamed
from .words import Caller, Items, Json, Refusal
from .world import Bucket, World
from .xaes import NONCE_BYTES


def find_bucket(world: World, name: str) -> Bucket:
    """An existing bucket."""
    # r[sse.put.no-such-bucket]
    found = world.buckets.get(name)
    if found is None:
        raise Refusal("no-such-bucket", "the bucket does not exist")
    return found


def allow(
    world: World,
    caller: Caller,
    action: str,
    bucket: str,
    key: str | None = None,
    conditions: dict[str, list[str]] | None = None,
) -> None:
    """The S3 permission of the caller on a bucket or an object."""
    # r[sse.authorization.root-permitted]
    # r[sse.authorization.default-deny]
    # r[sse.authorization.sse-s3-iam-only]
    settings = world.buckets[bucket]
    resource = names.bucket_arn(bucket) if key is None else names.object_arn(bucket, key)
    world.iam.check_s3(caller, action, resource, settings.owner, settings.policy, conditions or {})


def mode_of_write(
    world: World, caller: Caller, headers: Headers, bucket: Bucket
) -> tuple[Choice, dict[str, list[str]]]:
    """Mode and key of a write, and what a bucket policy sees of them."""
    # r[sse.key.identifier-forms]
    choice = mode.choose(headers, bucket.rule)
    seen = None
    if choice.algorithm == SSE_KMS:
        seen = world.kms.resolve_for_put(caller, choice.kms_key_id)
    return choice, mode.conditions(headers, seen)


def sse_shown(algorithm: str, kms_key_id: str) -> Json:
    """The mode as a reply shows it."""
    # r[sse.put.reply-no-key-id]
    # r[sse.put.reply-key-arn]
    # r[sse.get.context-not-returned]
    shown: Json = {"algorithm": algorithm}
    if kms_key_id:
        shown["kms_key_id"] = kms_key_id
    return shown


def new_etag(world: World, algorithm: str, plaintext: bytes) -> str:
    """The entity tag of an object put whole, or of a part."""
    # r[sse.put.sse-s3-etag]
    if algorithm == SSE_S3:
        return hashlib.md5(plaintext, usedforsecurity=False).hexdigest()
    # r[sse.put.kms-etag-not-md5]
    return world.random(16).hex()


def arrived(plaintext: bytes | Streamed) -> bytes:
    """The bytes of a body that arrived whole."""
    if not isinstance(plaintext, Streamed):
        return plaintext
    if plaintext.gone:
        raise Refusal("invalid-request", "the body broke off")
    return plaintext.data


# --- put


@dataclass(frozen=True)
class Write:
    """What is known of a write once its data key is there."""

    bucket: str
    key: str
    choice: Choice
    pairs: dict[str, str]
    metadata: dict[str, str]
    wrapped: data_keys.Wrapped


def put_object(world: World, caller: Caller, request: Json) -> Json:
    """PutObject."""
    # r[sse.order.sequence]
    bucket, key = request["bucket"], request["key"]
    metadata = request.get("metadata", {})
    names.check_key(key)
    headers = mode.write_headers(request.get("sse"), bucket, key)
    mode.check_metadata(metadata)
    settings = find_bucket(world, bucket)
    choice, conditions = mode_of_write(world, caller, headers, settings)
    allow(world, caller, "s3:PutObject", bucket, key, conditions)
    # r[sse.authorization.generate-data-key]
    secret, wrapped = data_keys.obtain(world, caller, choice, headers.pairs, bucket, key)
    write = Write(bucket, key, choice, headers.pairs, metadata, wrapped)
    with secret as data_key:
        return write_whole(world, write, data_key, arrived(request["body"]))


def write_whole(world: World, write: Write, data_key: Bytes, plaintext: bytes) -> Json:
    """Encrypts an object of one body and puts its item at rest in one step."""
    # r[sse.at-rest.before-writing] nothing is at rest before the whole of it is encrypted
    # r[sse.at-rest.no-plaintext]
    # r[sse.at-rest.refused-no-plaintext]
    # r[sse.put.refused-writes-nothing]
    # r[sse.put.overwrite-replaces]
    if len(plaintext) > MAX_SIZE:
        raise Refusal("entity-too-large", "the object is too large")
    identity = encode_identity(write.bucket, write.key)
    # r[sealed-object.body.salt-fresh]
    # r[sse.at-rest.keystream]
    # r[sse.at-rest.fresh-overwrite]
    salt = world.random(SALT_BYTES)
    sealed = body.seal(data_key, salt, identity, 0, plaintext)
    part = Part(0, len(plaintext), salt, sealed[SALT_BYTES : body.HEADER_BYTES])
    record = Record(
        write.choice.algorithm,
        write.wrapped.kms_key_id,
        write.pairs,
        write.wrapped.blob,
        write.metadata,
        new_etag(world, write.choice.algorithm, plaintext),
        [part],
    )
    world.disk.commit(object_item(world, write.bucket, write.key, record, [sealed]))
    return {
        "etag": record.etag,
        "sse": sse_shown(record.algorithm, record.kms_key_id),
    }


def object_item(
    world: World, bucket: str, key: str, record: Record, bodies: list[bytes]
) -> Items:
    """The item of an object, ready to be committed."""
    # r[sse.at-rest.stored-together]
    identity = encode_identity(bucket, key)
    sealed = seal_record(record, identity, world.sealer.record_key, world.random(NONCE_BYTES))
    item = join(bodies, sealed)
    return {names.object_id(bucket, key): (names.object_tag(bucket, key), item)}


# --- get and head


def open_object(world: World, bucket: str, key: str) -> Opened:
    """An existing object whose record is authentic."""
    # r[sse.get.no-such-key]
    # r[sse.tamper.swap]
    item = world.disk.read(names.object_id(bucket, key))
    if item is None:
        raise Refusal("no-such-key", "the object does not exist")
    return open_item(item, bucket, key, world.sealer.record_key)


def data_key_of(
    world: World, caller: Caller, record: Record, bucket: str, key: str
) -> data_keys.DataKey:
    """The data key of a stored object."""
    # r[sse.authorization.decrypt]
    return data_keys.reopen(
        world, caller, record.kms_key_id, record.blob, record.context, bucket, key
    )


def _described(record: Record) -> Json:
    # r[sse.get.metadata]
    # r[sse.get.mode-shown]
    # r[sse.tamper.metadata]
    # r[sse.head.matches-get]
    shown: Json = {"size": record.size, "etag": record.etag}
    if record.metadata:
        shown["metadata"] = record.metadata
    shown["sse"] = sse_shown(record.algorithm, record.kms_key_id)
    return shown


def _read(world: World, caller: Caller, request: Json) -> Opened:
    bucket, key = request["bucket"], request["key"]
    names.check_key(key)
    mode.no_headers(request.get("sse"))
    find_bucket(world, bucket)
    allow(world, caller, "s3:GetObject", bucket, key)
    return open_object(world, bucket, key)


def get_object(world: World, caller: Caller, request: Json) -> Json:
    """GetObject; it decrypts everything asked for before the first byte is released."""
    # r[sse.get.never-partial]
    opened = _read(world, caller, request)
    wanted: Range | None = request.get("range")
    record = opened.record
    first, end = wanted.within(record.size) if wanted else (0, record.size)
    # r[sse.get.round-trip]
    # r[sse.get.range]
    # r[sse.get.empty-object]
    # r[sse.tamper.refused]
    with data_key_of(world, caller, record, request["bucket"], request["key"]) as data_key:
        plaintext = opened.read(data_key, first, end)
    return {"delivery": {"complete": plaintext.hex()}, **_described(record)}


def head_object(world: World, caller: Caller, request: Json) -> Json:
    """HeadObject."""
    # r[sse.head.no-kms-request]
    # r[sse.head.key-unusable]
    # r[sse.tamper.head]
    return _described(_read(world, caller, request).record)


# --- list and delete


def list_objects(world: World, caller: Caller, request: Json) -> Json:
    """ListObjects."""
    # r[sse.list.complete]
    # r[sse.list.no-kms-request]
    bucket = request["bucket"]
    find_bucket(world, bucket)
    allow(world, caller, "s3:ListBucket", bucket)
    start = names.object_id(bucket, "")
    prefix = start + request.get("prefix", "")
    found = [name[len(start) :] for name in world.disk.items if name.startswith(prefix)]
    objects = []
    for key in sorted(found, key=str.encode):
        record = open_object(world, bucket, key).record
        objects.append({"key": key, "size": record.size, "etag": record.etag})
    return {"objects": objects}


def delete_object(world: World, caller: Caller, request: Json) -> Json:
    """DeleteObject; of an absent key it succeeds."""
    # r[sse.delete.gone]
    # r[sse.delete.no-kms-request]
    bucket, key = request["bucket"], request["key"]
    names.check_key(key)
    find_bucket(world, bucket)
    allow(world, caller, "s3:DeleteObject", bucket, key)
    item_id = names.object_id(bucket, key)
    if item_id in world.disk.items:
        world.disk.commit({}, [item_id])
    return {}


