"""The JSON shapes of requests of the store, the format and the laboratory (operations.md).

Owns the table of fields of each operation, and the reading of one field. What is missing, unknown
or of another type is refused with `invalid-argument`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .words import Json, Refusal

MAX_PATTERN = 1 << 30


def wrong(message: str) -> Refusal:
    """The refusal of a wrong parameter."""
    return Refusal("invalid-argument", message)


@dataclass(frozen=True)
class Streamed:
    """A body that came in chunks; `gone` where the client went away in the middle."""

    data: bytes
    gone: bool


@dataclass(frozen=True)
class Range:
    """Bytes asked for: from `first` to `last`, or to the end, or the last `suffix` ones."""

    first: int | None
    last: int | None
    suffix: int | None

    def within(self, size: int) -> tuple[int, int]:
        """The half-open range in a body of `size` bytes."""
        # r[sse.get.range-unsatisfiable]
        # r[sse.get.range-empty]
        if self.suffix is not None:
            first, end = max(0, size - self.suffix), size
        else:
            first = self.first or 0
            end = size if self.last is None else min(size, self.last + 1)
        if first >= size or first >= end:
            raise Refusal("invalid-range", "the range holds no byte of the object")
        return first, end


# --- single values


def text(value: Any, name: str) -> str:
    """A string of Unicode scalar values."""
    if not isinstance(value, str):
        raise wrong(f"{name} is no string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise wrong(f"{name} is no Unicode text") from None
    return value


def integer(value: Any, name: str) -> int:
    """An integer."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong(f"{name} is no integer")
    return value


def boolean(value: Any, name: str) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        raise wrong(f"{name} is no boolean")
    return value


def hexadecimal(value: Any, name: str) -> bytes:
    """A byte string in lower-case hex."""
    try:
        data = bytes.fromhex(value)
    except (TypeError, ValueError):
        data = None
    if data is None or data.hex() != value:
        raise wrong(f"{name} is no lower-case hexadecimal text")
    return data


def mapping(value: Any, name: str) -> Json:
    """A JSON object."""
    if not isinstance(value, dict):
        raise wrong(f"{name} is no object")
    return value


def pairs(value: Any, name: str) -> dict[str, str]:
    """A map of strings."""
    found = mapping(value, name)
    for key, content in found.items():
        text(key, name)
        text(content, name)
    return found


def listing(value: Any, name: str) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise wrong(f"{name} is no list")
    return value


def anything(value: Any, name: str) -> Any:
    """A value that its user reads."""
    del name
    return value


def body(value: Any, name: str) -> bytes | Streamed:
    """A body."""
    if isinstance(value, Streamed):
        return value
    form, content = one_of(value, name)
    if form == "inline":
        return hexadecimal(content, name)
    if form == "pattern":
        return _pattern(read(content, PATTERN, name))
    raise wrong(f"{name} has no form of a body that is known here")


def _pattern(fields: Json) -> bytes:
    seed, length = fields["seed"], fields["len"]
    if not 0 <= seed < 1 << 64 or not 0 <= length <= MAX_PATTERN:
        raise wrong("a pattern is out of its bounds")
    label = b"sse-pattern/1\x00" + seed.to_bytes(8, "big")
    blocks = (
        hashlib.sha256(label + block.to_bytes(8, "big")).digest()
        for block in range((length + 31) // 32)
    )
    return b"".join(blocks)[:length]


def one_of(value: Any, name: str) -> tuple[str, Any]:
    """The one member of a type that holds one of several."""
    fields = mapping(value, name)
    if len(fields) != 1:
        raise wrong(f"{name} holds exactly one member")
    ((member, content),) = fields.items()
    return member, content


def byte_range(value: Any, name: str) -> Range:
    """A range."""
    form, content = one_of(value, name)
    if form not in RANGES:
        raise wrong(f"{name} has no member {form}")
    fields = read(content, RANGES[form], name)
    if any(number < 0 for number in fields.values()):
        raise wrong(f"{name} is no range")
    return Range(fields.get("first"), fields.get("last"), fields.get("length"))


# --- tables of fields

Reader = Callable[[Any, str], Any]
Table = dict[str, tuple[Reader, bool]]
"""Field -> how it is read, and whether it is demanded."""

MUST, MAY = True, False


def read(request: Any, table: Table, name: str) -> Json:
    """The fields of a request; an optional one that is absent is absent."""
    fields = mapping(request, name)
    out: Json = {}
    for field, value in fields.items():
        row = table.get(field)
        if row is None:
            raise wrong(f"{name} has no field {field}")
        if value is None and not row[1]:
            continue
        out[field] = row[0](value, field)
    if len(out) < len(table):
        for field, (_, demanded) in table.items():
            if demanded and field not in out:
                raise wrong(f"{name} lacks {field}")
    return out


PATTERN: Table = {"seed": (integer, MUST), "len": (integer, MUST)}
NONE: Table = {}
BUCKET: Table = {"bucket": (text, MUST)}
OBJECT: Table = {"bucket": (text, MUST), "key": (text, MUST)}
RANGES: dict[str, Table] = {
    "from_to": {"first": (integer, MUST), "last": (integer, MUST)},
    "from": {"first": (integer, MUST)},
    "last": {"length": (integer, MUST)},
}
SSE: Table = {"algorithm": (text, MAY), "kms_key_id": (text, MAY), "context": (one_of, MAY)}
RULE: Table = {"algorithm": (text, MUST), "kms_key_id": (text, MAY)}
COMPLETED_PART: Table = {"part_number": (integer, MUST), "etag": (text, MUST)}
UPLOAD: Table = {**OBJECT, "upload_id": (text, MUST)}


def sse(value: Any, name: str) -> Json:
    """The headers of server-side encryption, each as the caller sent it."""
    return read(value, SSE, name)


def object_name(value: Any, name: str) -> Json:
    """Bucket and key."""
    return read(value, OBJECT, name)


OPERATIONS: dict[str, Table] = {
    "CreateBucket": BUCKET,
    "PutObject": {**OBJECT, "body": (body, MUST), "sse": (sse, MAY), "metadata": (pairs, MAY)},
    "GetObject": {**OBJECT, "range": (byte_range, MAY), "sse": (sse, MAY)},
    "HeadObject": {**OBJECT, "sse": (sse, MAY)},
    "CopyObject": {
        **OBJECT,
        "source": (object_name, MUST),
        "sse": (sse, MAY),
        "replace_metadata": (pairs, MAY),
    },
    "DeleteObject": OBJECT,
    "ListObjects": {**BUCKET, "prefix": (text, MAY)},
    "PutBucketEncryption": {**BUCKET, "rules": (listing, MUST)},
    "GetBucketEncryption": BUCKET,
    "DeleteBucketEncryption": BUCKET,
    "PutBucketPolicy": {**BUCKET, "policy": (text, MUST)},
    "GetBucketPolicy": BUCKET,
    "DeleteBucketPolicy": BUCKET,
    "CreateMultipartUpload": {**OBJECT, "sse": (sse, MAY), "metadata": (pairs, MAY)},
    "UploadPart": {
        **UPLOAD,
        "part_number": (integer, MUST),
        "body": (body, MUST),
        "sse": (sse, MAY),
    },
    "CompleteMultipartUpload": {**UPLOAD, "parts": (listing, MUST)},
    "AbortMultipartUpload": UPLOAD,
    "CreatePrincipal": {"account": (text, MAY), "name": (text, MUST)},
    "PutIdentityPolicy": {"principal": (text, MUST), "name": (text, MUST), "policy": (text, MUST)},
    "DeleteIdentityPolicy": {"principal": (text, MUST), "name": (text, MUST)},
    "LookupEvents": NONE,
    "GetKeyUsage": NONE,
    "EncodeContext": {"pairs": (listing, MUST)},
    "WrapDataKey": {
        "wrapping_key": (hexadecimal, MUST),
        "nonce": (hexadecimal, MUST),
        "data_key": (hexadecimal, MUST),
        "binding": (mapping, MUST),
    },
    "UnwrapDataKey": {
        "wrapping_key": (hexadecimal, MUST),
        "blob": (hexadecimal, MUST),
        "binding": (mapping, MUST),
    },
    "SealObject": {
        **OBJECT,
        "algorithm": (text, MUST),
        "kms_key_id": (text, MAY),
        "context": (pairs, MAY),
        "blob": (hexadecimal, MUST),
        "metadata": (pairs, MAY),
        "etag": (text, MUST),
        "data_key": (hexadecimal, MUST),
        "root_key": (hexadecimal, MUST),
        "record_nonce": (hexadecimal, MUST),
        "parts": (listing, MUST),
    },
    "OpenObject": {
        **OBJECT,
        "root_key": (hexadecimal, MUST),
        "data_key": (hexadecimal, MUST),
        "item": (hexadecimal, MUST),
        "range": (byte_range, MAY),
    },
    "ReadAtRest": NONE,
    "WriteAtRest": {"edits": (listing, MUST), "fixup": (boolean, MAY)},
    "Restart": NONE,
    "AdvanceClock": {"seconds": (integer, MUST)},
    "InjectFault": {
        "point": (text, MUST),
        "nth": (integer, MUST),
        "kind": (text, MUST),
        "operation": (mapping, MUST),
    },
    "RotateServiceKey": NONE,
    "ListDataKeys": NONE,
}

SEAL_PART: Table = {
    "part_number": (integer, MUST),
    "salt": (hexadecimal, MUST),
    "body": (body, MUST),
}
ITEM: Table = {"id": (text, MUST), "tag": (anything, MUST), "bytes": (hexadecimal, MUST)}


def inserted(value: Any, name: str) -> Json:
    """An item that an edit inserts."""
    return read(value, ITEM, name)


EDITS: dict[str, Table] = {
    "replace": {"id": (text, MUST), "bytes": (hexadecimal, MUST)},
    "remove": {"id": (text, MUST)},
    "insert": {"item": (inserted, MUST)},
}
