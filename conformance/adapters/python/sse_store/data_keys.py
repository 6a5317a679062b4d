"""The data key of an object, from the service key or from KMS (sse.md, Put and Get).

Owns what the store asks of KMS, in the name of the principal who asked the store, and the checks
on what KMS answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

from . import service_key
from .body import damaged
from .data_key import DATA_KEY_BYTES
from .disk import unavailable
from .mode import Choice, full_context
from .sealed_object import MAX_ARN, MAX_BLOB, SSE_S3
from .words import Caller, Json, Refusal
from .world import World


class DataKey:
    """A data key in clear, for the length of a `with` block."""

    __slots__ = ("_plaintext",)

    def __init__(self, plaintext: bytes) -> None:
        # r[data-key.secret.no-print] no generated repr
        self._plaintext = bytearray(plaintext)

    def __enter__(self) -> bytearray:
        return self._plaintext

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # r[data-key.erase.after-use]
        # r[sse.data-key.erased] as far as Python lets a program erase
        self._plaintext[:] = bytes(len(self._plaintext))


@dataclass(frozen=True)
class Wrapped:
    """The wrapped form of a data key, and the ARN of the KMS key, empty under SSE-S3."""

    blob: bytes
    kms_key_id: str


def obtain(
    world: World, caller: Caller, choice: Choice, pairs: dict[str, str], bucket: str, key: str
) -> tuple[DataKey, Wrapped]:
    """A fresh data key for a write."""
    # r[sse.put.fresh-data-key]
    if choice.algorithm == SSE_S3:
        plaintext, blob = service_key.new_data_key(world, bucket, key)
        return DataKey(plaintext), Wrapped(blob, "")
    # r[sse.put.generate-data-key-once]
    # r[sse.put.data-key-256-bit]
    # r[sse.put.kms-default-key]
    # r[sse.put.key-not-found] what KMS refuses is the refusal of the write
    # r[sse.put.key-disabled-refused]
    # r[sse.bucket-default.key-unusable] there is no fall back to another mode
    request: Json = {
        "key_spec": "AES_256",
        "encryption_context": full_context(pairs, bucket, key),
    }
    if choice.kms_key_id is not None:
        request["key_id"] = choice.kms_key_id
    reply = world.call_kms(caller, "GenerateDataKey", request)
    plaintext, blob = _secret(reply), _hex(reply, "ciphertext_blob")
    arn = reply.get("key_id")
    if not 1 <= len(blob) <= MAX_BLOB or not isinstance(arn, str) or not 1 <= len(arn) <= MAX_ARN:
        raise unavailable("KMS")
    return DataKey(plaintext), Wrapped(blob, arn)


def reopen(
    world: World,
    caller: Caller,
    kms_key_id: str,
    blob: bytes,
    pairs: dict[str, str],
    bucket: str,
    key: str,
) -> DataKey:
    """The data key of a wrapped form; the ARN is empty under SSE-S3."""
    # r[refusal.integrity.opaque-object]
    try:
        if not kms_key_id:
            return DataKey(service_key.open_data_key(world, blob, bucket, key))
        # r[sse.get.decrypt-once]
        # r[sse.multipart.get-decrypts-once]
        # r[sse.get.key-disabled-refused]
        # r[audit.store.multipart-decrypt]
        request: Json = {
            "key_id": kms_key_id,
            "ciphertext_blob": blob.hex(),
            "encryption_context": full_context(pairs, bucket, key),
        }
        return DataKey(_secret(world.call_kms(caller, "Decrypt", request)))
    except Refusal as refused:
        if refused.class_ == "integrity":
            raise damaged() from None
        raise


def _hex(reply: Json, field: str) -> bytes:
    try:
        return bytes.fromhex(reply[field])
    except (KeyError, TypeError, ValueError):
        raise unavailable("KMS") from None


def _secret(reply: Json) -> bytes:
    # r[data-key.generate.length]
    plaintext = _hex(reply, "plaintext")
    if len(plaintext) != DATA_KEY_BYTES:
        raise unavailable("KMS")
    return plaintext
