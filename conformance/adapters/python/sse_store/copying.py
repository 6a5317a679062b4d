"""CopyObject (sse/copy.md): a read of the source and a write of the destination."""

from __future__ import annotations

from . import data_keys, mode, names
from .store import (
    Write,
    allow,
    data_key_of,
    find_bucket,
    mode_of_write,
    open_object,
    write_whole,
)
from .words import Caller, Json, Refusal
from .world import World


def copy_object(world: World, caller: Caller, request: Json) -> Json:
    """CopyObject."""
    # r[sse.order.sequence]
    source = request["source"]
    from_bucket, from_key = source["bucket"], source["key"]
    bucket, key = request["bucket"], request["key"]
    replaced: dict[str, str] | None = request.get("replace_metadata")
    names.check_key(from_key)
    names.check_key(key)
    # r[sse.copy.source-context-left] the pairs are those of this request alone
    headers = mode.write_headers(request.get("sse"), bucket, key)
    mode.check_metadata(replaced or {})
    # r[sse.copy.no-such-source]
    find_bucket(world, from_bucket)
    settings = find_bucket(world, bucket)
    # r[sse.copy.destination-default]
    # r[sse.copy.header]
    choice, conditions = mode_of_write(world, caller, headers, settings)
    # r[sse.copy.source-permission]
    allow(world, caller, "s3:GetObject", from_bucket, from_key)
    allow(world, caller, "s3:PutObject", bucket, key, conditions)
    opened = open_object(world, from_bucket, from_key)
    # r[sse.copy.onto-itself-illegal]
    if (from_bucket, from_key) == (bucket, key) and headers.algorithm is None and replaced is None:
        raise Refusal("invalid-request", "a copy onto itself that changes nothing")
    # r[sse.copy.decrypt-once]
    # r[sse.copy.decrypt-permission]
    # r[sse.copy.source-key-unusable]
    source_secret = data_key_of(world, caller, opened.record, from_bucket, from_key)
    # r[sse.copy.fresh-data-key]
    # r[sse.copy.destination-arn]
    # r[sse.copy.generate-data-key-once]
    # r[sse.copy.generate-data-key-permission]
    with source_secret as source_key:
        secret, wrapped = data_keys.obtain(world, caller, choice, headers.pairs, bucket, key)
        # r[sse.tamper.copy-source]
        plaintext = opened.read(source_key, 0, opened.record.size)
    # r[sse.copy.metadata]
    metadata = opened.record.metadata if replaced is None else replaced
    # r[sse.copy.round-trip]
    # r[sse.copy.refused-writes-nothing]
    # r[sse.copy.onto-itself-encrypts-anew]
    # r[sse.at-rest.no-plaintext-copy]
    write = Write(bucket, key, choice, headers.pairs, metadata, wrapped)
    with secret as data_key:
        return write_whole(world, write, data_key, plaintext)
