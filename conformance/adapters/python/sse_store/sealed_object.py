"""The item of an object at rest: bodies, sealed record, length of the record (sealed-object.md).

Owns the layout of the record, its sealing under the key that is derived from the root key, the
strict parser, and reading a range of the plaintext out of an item. Nothing here knows a store: the
identity comes from the caller, who took it from the request.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from . import body, xaes
from .body import Bytes, damaged
from .data_key import identity as encode_identity
from .encryption_context import decode, encode, utf8
from .words import Refusal

SSE_S3 = "AES256"
SSE_KMS = "aws:kms"

MAGIC = b"SSEO\x01"
MODES = {SSE_S3: 1, SSE_KMS: 2}
MODE_NAMES = {1: SSE_S3, 2: SSE_KMS}
RECORD_LABEL = b"sse-record/1\x00"
ROOT_LABEL = b"sse-root/1\x00"
MAX_RECORD = 1048576
MAX_ARN = 2048
MAX_BLOB = 6144
MAX_ETAG = 64
MAX_SIZE = 2**52 - 1
MAX_PARTS = 10000
PART_ENTRY = 2 + 8 + body.HEADER_BYTES
ROOT_KEY_BYTES = 32
NO_PAIRS = b"\x00\x00"


@dataclass(frozen=True)
class Part:
    """One entry of the part table."""

    number: int
    length: int
    salt: bytes
    commitment: bytes


@dataclass(frozen=True)
class Record:
    """What describes an object; the size is the sum of the lengths of its parts."""

    algorithm: str
    kms_key_id: str
    """The ARN of the key, empty under SSE-S3."""
    context: dict[str, str]
    """The caller's own pairs."""
    blob: bytes
    metadata: dict[str, str]
    etag: str
    parts: list[Part] = field(default_factory=list)

    @property
    def size(self) -> int:
        """The bytes of the plaintext."""
        return sum(part.length for part in self.parts)


def derived_key(root_key: Bytes, purpose: str) -> bytes:
    """A key for one purpose, made of the root key."""
    # r[sealed-object.record.key]
    return body.expand(root_key, ROOT_LABEL + purpose.encode(), 32)


# --- seal


def lp16(data: bytes) -> bytes:
    """A length of 16 bits, then the bytes."""
    return len(data).to_bytes(2, "big") + data


def check_part_table(parts: list[tuple[int, int]]) -> bool:
    """Whether a part table can hold these numbers and lengths."""
    # r[sealed-object.parts.numbers]
    if not 1 <= len(parts) <= MAX_PARTS:
        return False
    if len(parts) > 1 or parts[0][0] != 0:
        last = 0
        for number, _ in parts:
            if not last < number <= MAX_PARTS:
                return False
            last = number
    return sum(length for _, length in parts) <= MAX_SIZE


def _check_record(record: Record) -> None:
    # r[sealed-object.seal.mode-fields]
    if record.algorithm not in MODES:
        raise Refusal("invalid-argument", "a record has the mode AES256 or aws:kms")
    if record.algorithm == SSE_KMS and not record.kms_key_id:
        raise Refusal("invalid-argument", "SSE-KMS has a key")
    if record.algorithm == SSE_S3 and (record.kms_key_id or record.context):
        raise Refusal("invalid-argument", "SSE-S3 has neither a key nor a context")
    if len(utf8(record.kms_key_id)) > MAX_ARN:
        raise Refusal("invalid-argument", "a key ARN has at most 2048 bytes")
    if not 1 <= len(record.blob) <= MAX_BLOB:
        raise Refusal("invalid-argument", "a wrapped data key has 1 to 6144 bytes")
    if not 1 <= len(utf8(record.etag)) <= MAX_ETAG:
        raise Refusal("invalid-argument", "an entity tag has 1 to 64 bytes")
    # r[sealed-object.seal.parts]
    if not check_part_table([(part.number, part.length) for part in record.parts]):
        raise Refusal("invalid-argument", "the part table cannot hold these parts")


def seal_record(record: Record, identity: bytes, record_key: bytes, nonce: bytes) -> bytes:
    """The sealed record of an object."""
    _check_record(record)
    # r[sealed-object.record.layout]
    clear = b"".join(
        (
            MAGIC,
            bytes((MODES[record.algorithm],)),
            lp16(utf8(record.kms_key_id)),
            lp16(encode(record.context)),
            lp16(record.blob),
            lp16(encode(record.metadata)),
        )
    )
    # r[sealed-object.parts.table]
    # r[sealed-object.record.digest-hidden] the entity tag may be an MD5: it is in the sealed part
    table = [lp16(utf8(record.etag)), len(record.parts).to_bytes(2, "big")]
    for part in record.parts:
        table.append(part.number.to_bytes(2, "big") + part.length.to_bytes(8, "big"))
        table.append(part.salt + part.commitment)
    # r[sealed-object.record.additional-data]
    sealed = xaes.seal(record_key, nonce, RECORD_LABEL + identity + clear, b"".join(table))
    length = len(sealed) - xaes.TAG_BYTES
    return clear + nonce + length.to_bytes(4, "big") + sealed


def join(bodies: list[bytes], record: bytes) -> bytes:
    """The item of an object."""
    # r[sealed-object.body.order]
    return b"".join((*bodies, record, len(record).to_bytes(4, "big")))


# --- open


class _Reader:
    """Takes fields off a record; what is cut off is damage."""

    def __init__(self, data: Bytes) -> None:
        self.data = bytes(data)
        self.at = 0

    def take(self, length: int) -> bytes:
        end = self.at + length
        # r[sealed-object.open.strict] a length is bounded by what is there
        if end > len(self.data):
            raise damaged()
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "big")

    def lp16(self, least: int, most: int) -> bytes:
        length = self.number(2)
        if not least <= length <= most:
            raise damaged()
        return self.take(length)

    def end(self) -> None:
        if self.at != len(self.data):
            raise damaged()


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise damaged() from None


def _pairs(data: bytes) -> dict[str, str]:
    if data == NO_PAIRS:
        return {}
    try:
        return decode(data)
    except Refusal:
        raise damaged() from None


def _open_table(sealed_part: bytes) -> tuple[str, list[Part]]:
    reader = _Reader(sealed_part)
    etag = _text(reader.lp16(1, MAX_ETAG))
    count = reader.number(2)
    if not 1 <= count <= MAX_PARTS or len(sealed_part) - reader.at != count * PART_ENTRY:
        raise damaged()
    parts = [
        Part(
            reader.number(2),
            reader.number(8),
            reader.take(body.SALT_BYTES),
            reader.take(body.COMMITMENT_BYTES),
        )
        for _ in range(count)
    ]
    if not check_part_table([(part.number, part.length) for part in parts]):
        raise damaged()
    return etag, parts


def open_record(data: Bytes, identity: bytes, record_key: bytes) -> Record:
    """The record of an object, authentic, or the refusal `integrity`."""
    # r[sealed-object.open.strict]
    # r[sealed-object.open.identity]
    reader = _Reader(data)
    if reader.take(len(MAGIC)) != MAGIC:
        raise damaged()
    algorithm = MODE_NAMES.get(reader.number(1))
    if algorithm is None:
        raise damaged()
    arn = _text(reader.lp16(0, MAX_ARN))
    context = _pairs(reader.lp16(0, 8192))
    blob = reader.lp16(1, MAX_BLOB)
    metadata = _pairs(reader.lp16(0, 8192))
    if (algorithm == SSE_KMS) != bool(arn) or (context and algorithm == SSE_S3):
        raise damaged()
    clear = reader.data[: reader.at]
    nonce = reader.take(xaes.NONCE_BYTES)
    sealed = reader.take(reader.number(4) + xaes.TAG_BYTES)
    reader.end()
    # r[sealed-object.open.record-first]
    opened = xaes.open_sealed(record_key, nonce, RECORD_LABEL + identity + clear, sealed)
    if opened is None:
        raise damaged()
    etag, parts = _open_table(opened)
    return Record(algorithm, arn, context, blob, metadata, etag, parts)


@dataclass(frozen=True)
class Opened:
    """An item whose record is authentic; its bodies are opened when they are read."""

    record: Record
    identity: bytes
    bodies: memoryview

    def read(self, data_key: Bytes, first: int, end: int) -> bytes:
        """The bytes `first` to `end` of the plaintext, every one of them authentic."""
        # r[sealed-object.open.range]
        # r[sse.multipart.range]
        out: list[bytes] = []
        start = at = 0
        whole = first == 0 and end == self.record.size
        for part in self.record.parts:
            sealed = body.sealed_length(part.length)
            stop = start + part.length
            if whole or (start < end and first < stop):
                view = self.bodies[at : at + sealed]
                low, high = max(first, start) - start, min(end, stop) - start
                out.append(self._part(data_key, part, view, low, high))
            start, at = stop, at + sealed
        return out[0] if len(out) == 1 else b"".join(out)

    def _part(self, data_key: Bytes, part: Part, view: memoryview, low: int, high: int) -> bytes:
        # r[sealed-object.open.part-moved]
        expected = part.salt + part.commitment
        if not hmac.compare_digest(view[: body.HEADER_BYTES], expected):
            raise damaged()
        keys = body.derive(data_key, part.salt, self.identity, part.number)
        body.check_commitment(keys, part.commitment)
        return body.open_range(keys, view, part.length, low, high)


def open_item(item: bytes, bucket: str, key: str, record_key: bytes) -> Opened:
    """Splits an item and opens its record."""
    identity = encode_identity(bucket, key)
    length = int.from_bytes(item[-4:], "big")
    if len(item) < 4 or not 1 <= length <= MAX_RECORD or length > len(item) - 4:
        raise damaged()
    view = memoryview(item)
    at = len(item) - 4 - length
    record = open_record(view[at:-4], identity, record_key)
    # r[sealed-object.open.truncation]
    if sum(body.sealed_length(part.length) for part in record.parts) != at:
        raise damaged()
    return Opened(record, identity, view[:at])
