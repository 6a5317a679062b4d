"""Uploads in parts (sse/multipart.md).

Owns the items of an open upload: its sealed description, and for each part a sealed description
and the encrypted body, which becomes a body of the object as it is. Nothing of an upload is kept
in memory.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from itertools import pairwise

from . import body, data_keys, mode, names, shapes
from .body import SALT_BYTES, Bytes, damaged
from .data_key import identity as encode_identity
from .sealed_object import MAX_PARTS, MAX_SIZE, SSE_S3, Part, Record
from .store import allow, arrived, find_bucket, mode_of_write, new_etag, object_item, sse_shown
from .words import Caller, Json, Refusal
from .world import Change, World

SMALLEST_PART = 0
"""The smallest part that may stand before the last one; 0 is no bound."""
UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
TAG = "upload"


@dataclass(frozen=True)
class Upload:
    """The description of an open upload."""

    bucket: str
    key: str
    algorithm: str
    kms_key_id: str
    pairs: dict[str, str]
    blob: str
    """The wrapped data key in hex."""
    metadata: dict[str, str]
    conditions: dict[str, list[str]]
    """What a bucket policy saw of the creation."""


@dataclass(frozen=True)
class Description:
    """The description of a part; the bytes in hex."""

    length: int
    etag: str
    salt: str
    commitment: str


@dataclass(frozen=True)
class Listed:
    """A part that a completion names."""

    number: int
    etag: str


# --- creation


def create_upload(world: World, caller: Caller, request: Json) -> Json:
    """CreateMultipartUpload."""
    # r[sse.order.sequence]
    bucket, key = request["bucket"], request["key"]
    metadata = request.get("metadata", {})
    names.check_key(key)
    headers = mode.write_headers(request.get("sse"), bucket, key)
    mode.check_metadata(metadata)
    settings = find_bucket(world, bucket)
    # r[sse.multipart.header]
    # r[sse.multipart.default]
    # r[sse.multipart.default-at-creation]
    choice, conditions = mode_of_write(world, caller, headers, settings)
    allow(world, caller, "s3:PutObject", bucket, key, conditions)
    # r[sse.multipart.key-used]
    # r[sse.multipart.one-data-key]
    # r[sse.multipart.generate-data-key-permission]
    # r[sse.multipart.key-disabled]
    # r[audit.store.multipart]
    secret, made = data_keys.obtain(world, caller, choice, headers.pairs, bucket, key)
    with secret:
        pass
    # r[sse.multipart.metadata]
    upload = Upload(
        bucket,
        key,
        choice.algorithm,
        made.kms_key_id,
        headers.pairs,
        made.blob.hex(),
        metadata,
        conditions,
    )
    upload_id = world.random(16).hex()
    contents = json.dumps(asdict(upload)).encode()
    world.write_control([Change("upload", upload_id, TAG, contents)], {}, [])
    return {"upload_id": upload_id, "sse": sse_shown(choice.algorithm, made.kms_key_id)}


# --- an open upload


def _contents(world: World, kind: str, name: str) -> Json | None:
    """What a sealed description holds; None where it is not there."""
    item = world.disk.read(f"{kind}/{name}")
    if item is None:
        return None
    # r[sse.tamper.open-upload]
    contents = world.sealer.open(kind, name, item)
    if contents is None:
        raise damaged()
    found: Json = json.loads(contents)
    return found


def _find(world: World, request: Json) -> Upload | None:
    """The upload of this id, where it is open for this bucket and key."""
    if not UPLOAD_ID.fullmatch(request["upload_id"]):
        return None
    found = _contents(world, "upload", request["upload_id"])
    if found is None:
        return None
    upload = Upload(**found)
    same = (upload.bucket, upload.key) == (request["bucket"], request["key"])
    return upload if same else None


def _open(world: World, caller: Caller, action: str, request: Json) -> Upload:
    """Steps 2 to 4: bucket, permission with the headers of the creation, the upload itself."""
    bucket, key = request["bucket"], request["key"]
    find_bucket(world, bucket)
    upload: Upload | None = None
    broken: Refusal | None = None
    try:
        upload = _find(world, request)
    except Refusal as refused:
        broken = refused
    # r[sse.multipart.policy-at-creation]
    with_headers = upload is not None and action == "s3:PutObject"
    conditions = upload.conditions if upload and with_headers else {}
    allow(world, caller, action, bucket, key, conditions)
    if broken is not None:
        raise broken
    # r[sse.multipart.no-such-upload]
    # r[sse.multipart.ended]
    if upload is None:
        raise Refusal("no-such-upload", "no such upload is open")
    return upload


def _data_key(world: World, caller: Caller, upload: Upload) -> data_keys.DataKey:
    # r[sse.multipart.reference-decrypts]
    # r[sse.multipart.decrypt-permission]
    blob = bytes.fromhex(upload.blob)
    return data_keys.reopen(
        world, caller, upload.kms_key_id, blob, upload.pairs, upload.bucket, upload.key
    )


def _part_number(number: int) -> int:
    # r[sse.multipart.part-number]
    if not 1 <= number <= MAX_PARTS:
        raise shapes.wrong("a part number is 1 to 10000")
    return number


def upload_part(world: World, caller: Caller, request: Json) -> Json:
    """UploadPart; a part sent again takes the place of the earlier one."""
    names.check_key(request["key"])
    mode.no_headers(request.get("sse"))
    number = _part_number(request["part_number"])
    upload = _open(world, caller, "s3:PutObject", request)
    secret = _data_key(world, caller, upload)
    plaintext = arrived(request["body"])
    # r[sealed-object.body.salt-fresh]
    # r[sse.at-rest.keystream-parts]
    salt = world.random(SALT_BYTES)
    identity = encode_identity(upload.bucket, upload.key)
    # r[sse.at-rest.before-writing-part]
    # r[sse.at-rest.no-plaintext-part]
    # r[sse.at-rest.fresh-part]
    with secret as data_key:
        sealed = body.seal(data_key, salt, identity, number, plaintext)
    description = Description(
        len(plaintext),
        new_etag(world, upload.algorithm, plaintext),
        salt.hex(),
        sealed[SALT_BYTES : body.HEADER_BYTES].hex(),
    )
    name = f"{request['upload_id']}/{number}"
    change = Change("part", name, TAG, json.dumps(asdict(description)).encode())
    # r[sse.multipart.part-replaced]
    world.write_control([change], {f"body/{name}": (TAG, sealed)}, [])
    # r[sse.multipart.part-reply]
    return {"etag": description.etag, "sse": sse_shown(upload.algorithm, upload.kms_key_id)}


# --- completion


def _listed(parts: list[object]) -> list[Listed]:
    if not parts:
        raise Refusal("malformed-xml", "a completion lists its parts")
    listed: list[Listed] = []
    for value in parts:
        fields = shapes.read(value, shapes.COMPLETED_PART, "parts")
        listed.append(Listed(fields["part_number"], fields["etag"]))
    # r[sse.multipart.part-order]
    for before, after in pairwise(listed):
        if before.number >= after.number:
            raise Refusal("invalid-part-order", "the parts are not in ascending order")
    return listed


def _descriptions(world: World, upload_id: str, listed: list[Listed]) -> list[Description]:
    found: list[Description] = []
    for part in listed:
        contents = _contents(world, "part", f"{upload_id}/{part.number}")
        # r[sse.multipart.invalid-part]
        if contents is None or contents["etag"] != part.etag:
            raise Refusal("invalid-part", "a listed part is not there")
        found.append(Description(**contents))
    # r[sse.multipart.part-too-small]
    if any(part.length < SMALLEST_PART for part in found[:-1]):
        raise Refusal("entity-too-small", "a part before the last one is too small")
    if sum(part.length for part in found) > MAX_SIZE:
        raise Refusal("entity-too-large", "the object is too large")
    return found


def _take(
    world: World, upload_id: str, number: int, part: Description, data_key: Bytes, identity: bytes
) -> tuple[bytes, Part]:
    """The body of a listed part, which fits its description and its data key."""
    sealed = world.disk.read(f"body/{upload_id}/{number}")
    salt, commitment = bytes.fromhex(part.salt), bytes.fromhex(part.commitment)
    if sealed is None or len(sealed) != body.sealed_length(part.length):
        raise damaged()
    if sealed[: body.HEADER_BYTES] != salt + commitment:
        raise damaged()
    # r[sse.multipart.commitment-checked]
    body.check_commitment(body.derive(data_key, salt, identity, number), commitment)
    return sealed, Part(number, part.length, salt, commitment)


def _upload_etag(world: World, algorithm: str, parts: list[Description]) -> str:
    # r[sse.multipart.etag-form]
    # r[sse.multipart.etag-sse-s3]
    if algorithm == SSE_S3:
        digests = b"".join(bytes.fromhex(part.etag) for part in parts)
        stem = hashlib.md5(digests, usedforsecurity=False).hexdigest()
    else:
        stem = world.random(16).hex()
    return f"{stem}-{len(parts)}"


def complete_upload(world: World, caller: Caller, request: Json) -> Json:
    """CompleteMultipartUpload: the object of the listed parts, in one step."""
    # r[sse.order.sequence]
    names.check_key(request["key"])
    listed = _listed(request["parts"])
    upload = _open(world, caller, "s3:PutObject", request)
    upload_id: str = request["upload_id"]
    descriptions = _descriptions(world, upload_id, listed)
    identity = encode_identity(upload.bucket, upload.key)
    with _data_key(world, caller, upload) as data_key:
        taken = [
            _take(world, upload_id, part.number, description, data_key, identity)
            for part, description in zip(listed, descriptions, strict=True)
        ]
    record = Record(
        upload.algorithm,
        upload.kms_key_id,
        upload.pairs,
        bytes.fromhex(upload.blob),
        upload.metadata,
        _upload_etag(world, upload.algorithm, descriptions),
        [part for _, part in taken],
    )
    # r[sse.multipart.round-trip]
    # r[sse.multipart.refused-writes-nothing]
    bodies = [sealed for sealed, _ in taken]
    item = object_item(world, upload.bucket, upload.key, record, bodies)
    world.disk.commit(item, _items(world, upload_id))
    return {"etag": record.etag, "sse": sse_shown(upload.algorithm, upload.kms_key_id)}


# --- abort


def _items(world: World, upload_id: str) -> list[str]:
    """The ids of every item of an upload."""
    prefixes = (f"part/{upload_id}/", f"body/{upload_id}/")
    found = [item_id for item_id in world.disk.items if item_id.startswith(prefixes)]
    return [f"upload/{upload_id}", *found]


def abort_upload(world: World, caller: Caller, request: Json) -> Json:
    """AbortMultipartUpload: the upload and its parts are dropped."""
    names.check_key(request["key"])
    _open(world, caller, "s3:AbortMultipartUpload", request)
    # r[sse.multipart.abort]
    # r[sse.at-rest.abort-leaves-nothing]
    world.disk.commit({}, _items(world, request["upload_id"]))
    return {}
