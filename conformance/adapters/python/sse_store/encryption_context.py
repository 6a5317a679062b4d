"""The canonical bytes of an encryption context (encryption-context.md).

Owns the encoder, the strict decoder and the store's own pair. The same encoding carries user
metadata.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from .words import Json, Refusal

MAX_PAIRS = 64
MAX_BYTES = 8192
OBJECT_ARN = "aws:s3:arn"
"""The name of the pair that a store adds."""


def object_pair(bucket: str, key: str) -> tuple[str, str]:
    """The pair that a store binds to an object's data key, from the names of the request."""
    # r[encryption-context.object-arn.from-request]
    return OBJECT_ARN, f"arn:aws:s3:::{bucket}/{key}"


def utf8(text: object) -> bytes:
    """The UTF-8 of a text; what is none is refused."""
    if not isinstance(text, str):
        raise Refusal("invalid-argument", "an encryption context holds strings only")
    # r[encryption-context.encode.case]
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Refusal("invalid-argument", "a string is no Unicode text") from None


def encode(pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> bytes:
    """The one encoding of a set of pairs."""
    source = pairs.items() if isinstance(pairs, Mapping) else pairs
    encoded = [(utf8(name), utf8(value)) for name, value in source]
    # r[encryption-context.encode.pair-limit]
    if len(encoded) > MAX_PAIRS:
        raise Refusal("invalid-argument", f"an encryption context has at most {MAX_PAIRS} pairs")
    # r[encryption-context.encode.empty-key]
    if any(not name for name, _ in encoded):
        raise Refusal("invalid-argument", "a key of an encryption context is empty")
    # r[encryption-context.encode.order]
    encoded.sort()
    # r[encryption-context.encode.duplicate]
    if any(left[0] == right[0] for left, right in pairwise(encoded)):
        raise Refusal("invalid-argument", "a key of an encryption context stands twice")
    # r[encryption-context.encode.length-limit]
    if 2 + sum(4 + len(name) + len(value) for name, value in encoded) > MAX_BYTES:
        raise Refusal("invalid-argument", f"an encryption context has at most {MAX_BYTES} bytes")
    # r[encryption-context.encode.layout]
    out = bytearray(len(encoded).to_bytes(2, "big"))
    for name, value in encoded:
        out += len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value
    return bytes(out)


def decode(data: bytes) -> dict[str, str]:
    """The pairs of canonical bytes; anything that the encoder cannot have written is refused."""
    # r[encryption-context.decode.strict]
    try:
        pairs = _split(data)
        canonical = encode(pairs)
    except (Refusal, UnicodeDecodeError, ValueError):
        raise Refusal("integrity", "the bytes are no canonical encryption context") from None
    if canonical != data:
        raise Refusal("integrity", "the bytes are no canonical encryption context")
    return dict(pairs)


def _split(data: bytes) -> list[tuple[str, str]]:
    if len(data) > MAX_BYTES:
        raise ValueError("too long")
    count, at = int.from_bytes(data[:2], "big"), 2
    if len(data) < 2 or count > MAX_PAIRS:
        raise ValueError("no count")
    texts: list[str] = []
    for _ in range(2 * count):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise ValueError("cut off")
        texts.append(data[at + 2 : end].decode())
        at = end
    if at != len(data):
        raise ValueError("trailing bytes")
    return list(zip(texts[::2], texts[1::2], strict=True))


def pairs_of(value: object) -> list[tuple[str, str]]:
    """The pairs of the vocabulary's `list of pair of strings`."""
    if not isinstance(value, list):
        raise Refusal("invalid-argument", "pairs is no list")
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise Refusal("invalid-argument", "a pair is a list of two strings")
        if not all(isinstance(text, str) for text in pair):
            raise Refusal("invalid-argument", "a pair is a list of two strings")
    return [(pair[0], pair[1]) for pair in value]


def perform_encode(request: Json) -> Json:
    """The operation EncodeContext."""
    return {"bytes": encode(pairs_of(request.get("pairs"))).hex()}
