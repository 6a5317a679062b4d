"""The format operations SealObject and OpenObject on the JSON vocabulary (sealed-object.md)."""

from __future__ import annotations

from . import body, shapes, xaes
from .data_key import DATA_KEY_BYTES, perform_format
from .data_key import identity as encode_identity
from .sealed_object import (
    ROOT_KEY_BYTES,
    Part,
    Record,
    check_part_table,
    derived_key,
    join,
    open_item,
    seal_record,
)
from .words import Json


def perform(name: str, request: Json, fields: Json) -> Json:
    """A format operation, as it was sent and as its fields were read; it needs no world."""
    if name == "SealObject":
        return seal_object(fields)
    if name == "OpenObject":
        return open_object(fields)
    return perform_format(name, request)


def _check_length(data: bytes, length: int, name: str) -> None:
    # r[sealed-object.seal.lengths]
    if len(data) != length:
        raise shapes.wrong(f"{name} has {length} bytes")


def seal_object(request: Json) -> Json:
    """The item of an object, every random value given."""
    _check_length(request["data_key"], DATA_KEY_BYTES, "data_key")
    _check_length(request["root_key"], ROOT_KEY_BYTES, "root_key")
    _check_length(request["record_nonce"], xaes.NONCE_BYTES, "record_nonce")
    plain: list[tuple[int, bytes, bytes]] = []
    for value in request["parts"]:
        part = shapes.read(value, shapes.SEAL_PART, "parts")
        _check_length(part["salt"], body.SALT_BYTES, "salt")
        if isinstance(part["body"], shapes.Streamed):
            raise shapes.wrong("a body of a format operation is inline")
        plain.append((part["part_number"], part["salt"], part["body"]))
    # r[sealed-object.seal.parts] before a body is sealed under a number that no context can hold
    if not check_part_table([(number, len(data)) for number, _, data in plain]):
        raise shapes.wrong("the part table cannot hold these parts")
    identity = encode_identity(request["bucket"], request["key"])
    bodies = [
        body.seal(request["data_key"], salt, identity, number, data) for number, salt, data in plain
    ]
    table = [
        Part(number, len(data), salt, sealed[body.SALT_BYTES : body.HEADER_BYTES])
        for (number, salt, data), sealed in zip(plain, bodies, strict=True)
    ]
    record = Record(
        request["algorithm"],
        request.get("kms_key_id", ""),
        request.get("context", {}),
        request["blob"],
        request.get("metadata", {}),
        request["etag"],
        table,
    )
    record_key = derived_key(request["root_key"], "record")
    sealed_record = seal_record(record, identity, record_key, request["record_nonce"])
    return {"item": join(bodies, sealed_record).hex()}


def open_object(request: Json) -> Json:
    """What an item holds, under its root key and data key."""
    _check_length(request["data_key"], DATA_KEY_BYTES, "data_key")
    _check_length(request["root_key"], ROOT_KEY_BYTES, "root_key")
    record_key = derived_key(request["root_key"], "record")
    opened = open_item(request["item"], request["bucket"], request["key"], record_key)
    record = opened.record
    wanted: shapes.Range | None = request.get("range")
    first, end = wanted.within(record.size) if wanted else (0, record.size)
    reply: Json = {"algorithm": record.algorithm}
    if record.kms_key_id:
        reply["kms_key_id"] = record.kms_key_id
    if record.context:
        reply["context"] = record.context
    reply["blob"] = record.blob.hex()
    if record.metadata:
        reply["metadata"] = record.metadata
    reply["etag"] = record.etag
    reply["size"] = record.size
    reply["body"] = opened.read(request["data_key"], first, end).hex()
    return reply
