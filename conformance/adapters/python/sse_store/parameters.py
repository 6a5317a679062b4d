"""Step 1 of a KMS request: each field by itself and all fields together (kms.md).

Owns the table of the fields of every KMS operation. Nothing here looks at a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .encryption_context import encode
from .policy import Policy
from .words import Json, Refusal

ALIAS_NAME = re.compile(r"alias/[A-Za-z0-9/_-]{1,250}")
RESERVED_ALIAS = "alias/aws/"
HEX = re.compile(r"(?:[0-9a-f]{2})*")
SURROGATE = re.compile("[\ud800-\udfff]")
KEY_SPECS = {"AES_256": 32, "AES_128": 16}

Check = Callable[[Any, str], Any]


def wrong(message: str) -> Refusal:
    """The refusal of a wrong parameter."""
    # r[kms.order.parameters-class]
    return Refusal("invalid-argument", message, "kms")


def text(value: Any, name: str) -> str:
    """A text of Unicode scalar values."""
    if not isinstance(value, str) or SURROGATE.search(value):
        raise wrong(f"{name} is no text")
    return value


def key_identifier(value: Any, name: str) -> str:
    """A key identifier of any form."""
    # r[kms.key-id.length]
    if not 1 <= len(text(value, name)) <= 2048:
        raise wrong(f"{name} has 1 to 2048 characters")
    return str(value)


def alias_name(value: Any, name: str) -> str:
    """The name of an alias that is not reserved."""
    # r[key.create-alias.name]
    if not ALIAS_NAME.fullmatch(text(value, name)):
        raise wrong(f"{name} is no alias name")
    # r[key.create-alias.reserved]
    if value.startswith(RESERVED_ALIAS):
        raise wrong(f"{name} is reserved")
    return str(value)


def description(value: Any, name: str) -> str:
    """The description of a key."""
    if len(text(value, name)) > 8192:
        raise wrong(f"{name} has at most 8192 characters")
    return str(value)


def flag(value: Any, name: str) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise wrong(f"{name} is no boolean")
    return value


def integer(low: int, high: int) -> Check:
    """An integer within bounds."""

    def check(value: Any, name: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise wrong(f"{name} is an integer from {low} to {high}")
        return value

    return check


def data(low: int, high: int) -> Check:
    """Bytes in lower-case hexadecimal, of bounded length."""

    def check(value: Any, name: str) -> bytes:
        if not isinstance(value, str) or not low <= len(value) // 2 <= high:
            raise wrong(f"{name} has {low} to {high} bytes")
        if not HEX.fullmatch(value):
            raise wrong(f"{name} is no lower-case hexadecimal text")
        return bytes.fromhex(value)

    return check


def one_of(*words: str) -> Check:
    """One of a few words."""

    def check(value: Any, name: str) -> str:
        if text(value, name) not in words:
            raise wrong(f"{name} is one of {', '.join(words)}")
        return str(value)

    return check


def supported(word: str, others: tuple[str, ...], prefixes: tuple[str, ...] = ()) -> Check:
    """The one supported word; what is out of scope is refused as such."""

    def check(value: Any, name: str) -> str:
        # r[key.create.asymmetric-refused]
        if text(value, name) in others or value.startswith(prefixes):
            raise Refusal("unsupported-operation", f"this {name} is out of scope", "kms")
        if value != word:
            raise wrong(f"{name} is {word}")
        return word

    return check


def context(value: Any, name: str) -> dict[str, str]:
    """An encryption context."""
    if not isinstance(value, dict):
        raise wrong(f"{name} is no map of strings")
    encode(value)
    return value


def key_policy(value: Any, _name: str) -> Policy:
    """A key policy whose syntax is right."""
    return Policy.parse(value, "key")


@dataclass(frozen=True)
class Field:
    """One field of a request."""

    check: Check
    required: bool = False


KEY = Field(key_identifier, required=True)
CONTEXT = Field(context)
BYPASS = Field(flag)
BLOB = Field(data(1, 6144), required=True)
ALIAS = Field(alias_name, required=True)
_KEY_SPEC = supported("SYMMETRIC_DEFAULT", (), ("RSA_", "ECC_", "HMAC_", "ML_DSA_", "SM2"))
_KEY_USAGE = supported("ENCRYPT_DECRYPT", ("SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"))
_ORIGIN = supported("AWS_KMS", ("EXTERNAL", "EXTERNAL_KEY_STORE", "AWS_CLOUDHSM"))
# r[kms.generate-data-key.number-of-bytes]
_GENERATE = {
    "key_id": KEY,
    "key_spec": Field(one_of(*KEY_SPECS)),
    "number_of_bytes": Field(integer(1, 1024)),
    "encryption_context": CONTEXT,
}

FIELDS: dict[str, dict[str, Field]] = {
    "CreateKey": {
        "policy": Field(key_policy),
        "description": Field(description),
        "key_spec": Field(_KEY_SPEC),
        "key_usage": Field(_KEY_USAGE),
        "origin": Field(_ORIGIN),
        "bypass_policy_lockout_safety_check": BYPASS,
    },
    "DescribeKey": {"key_id": KEY},
    "ListKeys": {},
    "EnableKey": {"key_id": KEY},
    "DisableKey": {"key_id": KEY},
    # r[key.schedule-deletion.waiting-period-limits]
    "ScheduleKeyDeletion": {"key_id": KEY, "pending_window_in_days": Field(integer(7, 30))},
    "CancelKeyDeletion": {"key_id": KEY},
    "CreateAlias": {"alias_name": ALIAS, "target_key_id": KEY},
    "UpdateAlias": {"alias_name": ALIAS, "target_key_id": KEY},
    "DeleteAlias": {"alias_name": ALIAS},
    "ListAliases": {"key_id": Field(key_identifier)},
    "PutKeyPolicy": {
        "key_id": KEY,
        "policy": Field(key_policy, required=True),
        "bypass_policy_lockout_safety_check": BYPASS,
    },
    "GetKeyPolicy": {"key_id": KEY},
    # r[rotation.enable.period-limits]
    "EnableKeyRotation": {"key_id": KEY, "rotation_period_in_days": Field(integer(90, 2560))},
    "DisableKeyRotation": {"key_id": KEY},
    "GetKeyRotationStatus": {"key_id": KEY},
    "RotateKeyOnDemand": {"key_id": KEY},
    # r[rotation.list.invalid]
    "ListKeyRotations": {
        "key_id": KEY,
        "include_key_material": Field(one_of("ROTATIONS_ONLY", "ALL_KEY_MATERIAL")),
    },
    "GenerateDataKey": _GENERATE,
    "GenerateDataKeyWithoutPlaintext": _GENERATE,
    # r[kms.encrypt.length]
    "Encrypt": {
        "key_id": KEY,
        "plaintext": Field(data(1, 4096), required=True),
        "encryption_context": CONTEXT,
    },
    # r[kms.decrypt.blob-length]
    "Decrypt": {
        "ciphertext_blob": BLOB,
        "key_id": Field(key_identifier),
        "encryption_context": CONTEXT,
    },
    "ReEncrypt": {
        "ciphertext_blob": BLOB,
        "source_key_id": Field(key_identifier),
        "source_encryption_context": CONTEXT,
        "destination_key_id": KEY,
        "destination_encryption_context": CONTEXT,
    },
}


def read(name: str, request: Json) -> Json:
    """The checked fields of a request; bytes for hexadecimal, a Policy for a document."""
    fields = FIELDS.get(name)
    if fields is None:
        raise Refusal("unsupported-operation", f"no operation {name}", "kms")
    if not isinstance(request, dict):
        raise wrong("a request is an object")
    for field in request:
        if field not in fields:
            raise wrong("a field that the operation does not have")
    out: Json = {}
    for field, rule in fields.items():
        if field in request:
            out[field] = rule.check(request[field], field)
        elif rule.required:
            raise wrong(f"{field} is missing")
    # r[kms.generate-data-key.key-spec]
    # r[kms.generate-data-key-without-plaintext.parameters]
    if fields is _GENERATE and ("key_spec" in out) == ("number_of_bytes" in out):
        raise wrong("exactly one of key_spec and number_of_bytes is demanded")
    return out
