"""The encrypted body of one part: a Cobblestone-256 message (sealed-object.md, Body).

Owns the derivation of key, base nonce and commitment from a data key, sealing a whole part, and
opening the chunks that hold a range of it. A body is
`salt[24] || commitment[32] || chunk 0 || chunk 1 || ...`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .words import Refusal

SALT_BYTES = 24
COMMITMENT_BYTES = 32
HEADER_BYTES = SALT_BYTES + COMMITMENT_BYTES
CHUNK_BYTES = 16384
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES

SUITE = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"
BODY_LABEL = b"sse-body/1\x00"

Bytes = bytes | bytearray | memoryview


def damaged() -> Refusal:
    """The one refusal of whatever does not authenticate, so that no cause is told."""
    # r[refusal.integrity.opaque-object]
    return Refusal("integrity", "the object is not authentic")


def expand(key: Bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand with SHA-512 of RFC 5869."""
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes((counter,)), "sha512")
        out += block
        counter += 1
    return out[:length]


@dataclass(frozen=True, repr=False)
class BodyKeys:
    """What a data key, a salt and a body context give."""

    # r[data-key.secret.no-print] no generated repr: the bytes are secret
    key: bytes
    base_nonce: int
    commitment: bytes

    def nonce(self, index: int) -> bytes:
        """The nonce of a chunk."""
        return (self.base_nonce ^ index).to_bytes(12, "big")


def body_context(identity: bytes, number: int) -> bytes:
    """What binds a body to the identity of its object and to its part number."""
    # r[sealed-object.body.context]
    return BODY_LABEL + number.to_bytes(2, "big") + identity


def derive(data_key: Bytes, salt: bytes, identity: bytes, number: int) -> BodyKeys:
    """Key, base nonce and commitment of a body."""
    okm = expand(data_key, SUITE + salt + body_context(identity, number), 76)
    return BodyKeys(okm[:32], int.from_bytes(okm[32:44], "big"), okm[44:76])


def sealed_length(length: int) -> int:
    """The bytes of the body of a part with `length` bytes of plaintext."""
    return HEADER_BYTES + length + TAG_BYTES * (length // CHUNK_BYTES + 1)


def seal(data_key: Bytes, salt: bytes, identity: bytes, number: int, plaintext: Bytes) -> bytes:
    """The body of one part."""
    # r[sealed-object.body.cipher]
    keys = derive(data_key, salt, identity, number)
    cipher = AESGCM(keys.key)
    view = memoryview(plaintext)
    # r[sse.at-rest.keystream-within] each chunk has a nonce of its own
    out = [salt, keys.commitment]
    for index in range(len(view) // CHUNK_BYTES + 1):
        chunk = view[index * CHUNK_BYTES : (index + 1) * CHUNK_BYTES]
        out.append(cipher.encrypt(keys.nonce(index), chunk, None))
    return b"".join(out)


def check_commitment(keys: BodyKeys, commitment: Bytes) -> None:
    """A body fits one data key only."""
    # r[sealed-object.open.commitment]
    if not hmac.compare_digest(keys.commitment, commitment):
        raise damaged()


def open_range(keys: BodyKeys, body: memoryview, length: int, first: int, end: int) -> bytes:
    """The bytes `first` to `end` of a part whose body has the right length.

    Of an empty range the chunk that it stands in is authenticated all the same.
    """
    # r[sealed-object.open.range]
    # r[sealed-object.open.empty]
    cipher = AESGCM(keys.key)
    from_chunk = first // CHUNK_BYTES
    to_chunk = (end - 1) // CHUNK_BYTES if end > first else from_chunk
    if first == 0 and end == length:
        # a whole body ends in a short chunk, which may be empty and is authenticated too
        to_chunk = length // CHUNK_BYTES
    out: list[bytes] = []
    try:
        for index in range(from_chunk, to_chunk + 1):
            at = HEADER_BYTES + index * SEALED_CHUNK_BYTES
            sealed = body[at : at + SEALED_CHUNK_BYTES]
            out.append(cipher.decrypt(keys.nonce(index), sealed, None))
    except InvalidTag:
        # r[sealed-object.open.chunk]
        raise damaged() from None
    start = from_chunk * CHUNK_BYTES
    return b"".join(out)[first - start : end - start]
