"""XAES-256-GCM: AES-256-GCM with a 24-byte nonce (C2SP XAES-256-GCM)."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 24
TAG_BYTES = 16


def derive(key: bytes, nonce: bytes) -> bytes:
    """The key of the inner AES-256-GCM: two blocks of CMAC over key and half the nonce."""
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    whole = int.from_bytes(block.update(bytes(16)), "big")
    doubled = (whole << 1) & ((1 << 128) - 1)
    subkey = doubled ^ 0x87 if whole >> 127 else doubled
    derived = b""
    for counter in (1, 2):
        message = bytes((0, counter)) + b"X\x00" + nonce[:12]
        derived += block.update((int.from_bytes(message, "big") ^ subkey).to_bytes(16, "big"))
    return derived


def seal(key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
    """Ciphertext and tag."""
    _check(key, nonce)
    return AESGCM(derive(key, nonce)).encrypt(nonce[12:], plaintext, aad)


def open_sealed(key: bytes, nonce: bytes, aad: bytes, sealed: bytes) -> bytes | None:
    """The plaintext, or None where the tag does not verify."""
    _check(key, nonce)
    if len(sealed) < TAG_BYTES:
        return None
    try:
        return AESGCM(derive(key, nonce)).decrypt(nonce[12:], sealed, aad)
    except InvalidTag:
        return None


def _check(key: bytes, nonce: bytes) -> None:
    if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError("XAES-256-GCM takes a key of 32 bytes and a nonce of 24")
