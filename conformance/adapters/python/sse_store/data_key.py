"""Data keys and their two wrapped forms (data-key.md).

Owns the layouts of the KMS blob and of the service blob, wrapping, unwrapping, and the format
operations WrapDataKey, UnwrapDataKey and EncodeContext on the JSON vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from . import xaes
from .encryption_context import encode, perform_encode, utf8
from .words import Json, Refusal

DATA_KEY_BYTES = 32
WRAPPING_KEY_BYTES = 32
NONCE_BYTES = 24
MAX_KMS_PLAINTEXT = 4096
KMS_HEADER = 52
KMS_PREFIX = KMS_HEADER + NONCE_BYTES
SERVICE_HEADER = 8
SERVICE_PREFIX = SERVICE_HEADER + NONCE_BYTES
SERVICE_BLOB_BYTES = 80

KMS_MAGIC = b"SKB\x01"
SERVICE_MAGIC = b"SSB\x01"
KMS_LABEL = b"sse-kms-wrap/1\x00"
SERVICE_LABEL = b"sse-s3-wrap/1\x00"

UUID_FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HEX = re.compile(r"(?:[0-9a-f]{2})*")


@dataclass(frozen=True)
class KmsHeader:
    """What a KMS blob says of itself in clear."""

    key_id: str
    material_id: str


def integrity() -> Refusal:
    """The one refusal of a blob that does not open."""
    return Refusal("integrity", "the wrapped data key is not authentic")


def generate(random: Callable[[int], bytes]) -> bytes:
    """A data key of an object."""
    # r[data-key.generate.length]
    # r[data-key.generate.random]
    return random(DATA_KEY_BYTES)


def identity(bucket: str, key: str) -> bytes:
    """lp16(bucket) || lp16(key)."""
    out = b""
    for name in (bucket, key):
        text = utf8(name)
        if len(text) > 0xFFFF:
            raise Refusal("invalid-argument", "a name is longer than 65535 bytes")
        out += len(text).to_bytes(2, "big") + text
    return out


def _check_wrapping(wrapping_key: bytes, nonce: bytes) -> None:
    # r[sealed-object.seal.lengths]
    if len(wrapping_key) != WRAPPING_KEY_BYTES:
        raise Refusal("invalid-argument", "a wrapping key has 32 bytes")
    if len(nonce) != NONCE_BYTES:
        raise Refusal("invalid-argument", "the nonce of a wrap has 24 bytes")


# --- KMS blob


def wrap_kms(
    wrapping_key: bytes,
    nonce: bytes,
    data_key: bytes,
    key_id: str,
    material_id: str,
    context: Mapping[str, str],
) -> bytes:
    """A KMS blob. `key_id` is a UUID, `material_id` 64 hexadecimal digits."""
    _check_wrapping(wrapping_key, nonce)
    # r[data-key.wrap.plaintext-limit]
    if not 1 <= len(data_key) <= MAX_KMS_PLAINTEXT:
        raise Refusal("invalid-argument", "a KMS blob holds 1 to 4096 bytes")
    if not UUID_FORM.fullmatch(key_id) or not re.fullmatch("[0-9a-f]{64}", material_id):
        raise Refusal("invalid-argument", "a key id is a UUID, a key material id has 64 digits")
    # r[data-key.kms-wrap.layout]
    header = KMS_MAGIC + UUID(key_id).bytes + bytes.fromhex(material_id)
    # r[data-key.kms-wrap.additional-data]
    aad = KMS_LABEL + header + encode(context)
    return header + nonce + xaes.seal(wrapping_key, nonce, aad, data_key)


def parse_kms(blob: bytes) -> KmsHeader:
    """The header of a KMS blob; what has not its form is refused."""
    # r[data-key.unwrap.strict]
    if not KMS_PREFIX + 1 <= len(blob) - xaes.TAG_BYTES <= KMS_PREFIX + MAX_KMS_PLAINTEXT:
        raise integrity()
    if blob[:4] != KMS_MAGIC:
        raise integrity()
    return KmsHeader(str(UUID(bytes=blob[4:20])), blob[20:KMS_HEADER].hex())


def unwrap_kms(wrapping_key: bytes, blob: bytes, context: Mapping[str, str]) -> bytes:
    """The plaintext of a KMS blob under its context."""
    _check_wrapping(wrapping_key, bytes(NONCE_BYTES))
    canonical = encode(context)
    parse_kms(blob)
    nonce, sealed = blob[KMS_HEADER:KMS_PREFIX], blob[KMS_PREFIX:]
    # r[data-key.unwrap.binding]
    aad = KMS_LABEL + blob[:KMS_HEADER] + canonical
    plaintext = xaes.open_sealed(wrapping_key, nonce, aad, sealed)
    # r[data-key.unwrap.authentic]
    if plaintext is None:
        raise integrity()
    return plaintext


# --- service blob


def wrap_service(
    wrapping_key: bytes, nonce: bytes, data_key: bytes, version: int, bucket: str, key: str
) -> bytes:
    """A service blob: a data key of an object under a version of the service key."""
    _check_wrapping(wrapping_key, nonce)
    # r[data-key.wrap.plaintext-limit]
    if len(data_key) != DATA_KEY_BYTES:
        raise Refusal("invalid-argument", "a service blob holds 32 bytes")
    if not 1 <= version <= 0xFFFFFFFF:
        raise Refusal("invalid-argument", "versions of the service key count from 1")
    # r[data-key.service-wrap.layout]
    header = SERVICE_MAGIC + version.to_bytes(4, "big")
    # r[data-key.service-wrap.additional-data]
    aad = SERVICE_LABEL + header + identity(bucket, key)
    return header + nonce + xaes.seal(wrapping_key, nonce, aad, data_key)


def service_version(blob: bytes) -> int:
    """The version of the service key that a service blob names."""
    # r[data-key.unwrap.strict]
    if len(blob) != SERVICE_BLOB_BYTES or blob[:4] != SERVICE_MAGIC:
        raise integrity()
    version = int.from_bytes(blob[4:SERVICE_HEADER], "big")
    if version < 1:
        raise integrity()
    return version


def unwrap_service(wrapping_key: bytes, blob: bytes, bucket: str, key: str) -> bytes:
    """The data key of a service blob, for the object of the request."""
    _check_wrapping(wrapping_key, bytes(NONCE_BYTES))
    name = identity(bucket, key)
    service_version(blob)
    nonce, sealed = blob[SERVICE_HEADER:SERVICE_PREFIX], blob[SERVICE_PREFIX:]
    # r[data-key.unwrap.binding]
    aad = SERVICE_LABEL + blob[:SERVICE_HEADER] + name
    data_key = xaes.open_sealed(wrapping_key, nonce, aad, sealed)
    # r[data-key.unwrap.authentic]
    if data_key is None:
        raise integrity()
    return data_key


# --- the format operations


def perform_format(name: str, request: Json) -> Json:
    """EncodeContext, WrapDataKey and UnwrapDataKey."""
    if name == "EncodeContext":
        _members(request, "pairs")
        return perform_encode(request)
    if name == "WrapDataKey":
        _members(request, "wrapping_key", "nonce", "data_key", "binding")
        return {"blob": _wrap(request).hex()}
    if name == "UnwrapDataKey":
        _members(request, "wrapping_key", "blob", "binding")
        return {"data_key": _unwrap(request).hex()}
    raise Refusal("unsupported-operation", f"no operation {name}")


def _members(value: object, *names: str) -> Json:
    """An object with exactly these members."""
    if not isinstance(value, dict) or set(value) != set(names):
        raise Refusal("invalid-argument", f"an object with the members {', '.join(names)}")
    return value


def hex_bytes(request: Json, field: str) -> bytes:
    """A field of lower-case hexadecimal digits."""
    value = request.get(field)
    if not isinstance(value, str) or not HEX.fullmatch(value):
        raise Refusal("invalid-argument", f"{field} is no lower-case hexadecimal text")
    return bytes.fromhex(value)


def _text(fields: Json, field: str) -> str:
    value = fields[field]
    if not isinstance(value, str):
        raise Refusal("invalid-argument", f"{field} is no text")
    return value


def _context(fields: Json) -> dict[str, str]:
    value = fields["context"]
    if not isinstance(value, dict):
        raise Refusal("invalid-argument", "context is no map of strings")
    return value


def _binding(request: Json, kms: tuple[str, ...], service: tuple[str, ...]) -> tuple[str, Json]:
    value = request.get("binding")
    if isinstance(value, dict) and len(value) == 1:
        if "kms" in value:
            return "kms", _members(value["kms"], *kms)
        if "service" in value:
            return "service", _members(value["service"], *service)
    raise Refusal("invalid-argument", "binding is either kms or service")


def _wrap(request: Json) -> bytes:
    wrapping_key, nonce = hex_bytes(request, "wrapping_key"), hex_bytes(request, "nonce")
    data_key = hex_bytes(request, "data_key")
    kms, service = ("key_id", "key_material_id", "context"), ("version", "bucket", "key")
    kind, binding = _binding(request, kms, service)
    if kind == "kms":
        key_id, material = _text(binding, "key_id"), _text(binding, "key_material_id")
        return wrap_kms(wrapping_key, nonce, data_key, key_id, material, _context(binding))
    version = binding["version"]
    if not isinstance(version, int) or isinstance(version, bool):
        raise Refusal("invalid-argument", "version is no integer")
    bucket, key = _text(binding, "bucket"), _text(binding, "key")
    return wrap_service(wrapping_key, nonce, data_key, version, bucket, key)


def _unwrap(request: Json) -> bytes:
    wrapping_key, blob = hex_bytes(request, "wrapping_key"), hex_bytes(request, "blob")
    kind, binding = _binding(request, ("context",), ("bucket", "key"))
    if kind == "kms":
        return unwrap_kms(wrapping_key, blob, _context(binding))
    return unwrap_service(wrapping_key, blob, _text(binding, "bucket"), _text(binding, "key"))
