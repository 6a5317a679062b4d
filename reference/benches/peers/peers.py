"""The same envelope job in other libraries, beside the reference, in one run.

A job takes a plaintext to what would lie at rest and back: a new data key, the plaintext sealed
under it, the data key wrapped under a key that is held here; then the data key unwrapped and the
plaintext opened. No peer keeps a trail, decides a policy or seals a record, as the reference does.

`cargo xtask bench peers` calls it with the program of the reference's benches. Each round runs
every peer once; the median of the rounds counts.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import aws_encryption_sdk
import tink
from aws_encryption_sdk.identifiers import (
    Algorithm,
    CommitmentPolicy,
    EncryptionKeyType,
    WrappingAlgorithm,
)
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tink import aead

ROUNDS = 7
# Plaintext in bytes, and how many pairs make one measurement of the fast ones and of the slow.
SIZES = [(1024, 2_000, 20), (64 << 20, 1, 1)]
CONTEXT = {"aws:s3:arn": "arn:aws:s3:::bucket/key"}

Pair = Callable[[bytes], bytes]


def cryptography_pair() -> Pair:
    """An envelope made by hand: two calls of AES-256-GCM each way."""
    kek, context = AESGCM(os.urandom(32)), b"arn:aws:s3:::bucket/key"

    def pair(plaintext: bytes) -> bytes:
        dek, nonce, wrap_nonce = os.urandom(32), os.urandom(12), os.urandom(12)
        sealed = AESGCM(dek).encrypt(nonce, plaintext, context)
        wrapped = kek.encrypt(wrap_nonce, dek, context)
        return AESGCM(kek.decrypt(wrap_nonce, wrapped, context)).decrypt(nonce, sealed, context)

    return pair


def tink_pair() -> Pair:
    """Tink's KmsEnvelopeAead with a key encryption key that is held in memory."""
    aead.register()
    template = aead.aead_key_templates.AES256_GCM
    remote = tink.new_keyset_handle(template).primitive(aead.Aead)
    envelope = aead.KmsEnvelopeAead(template, remote)
    return lambda plaintext: envelope.decrypt(envelope.encrypt(plaintext, b"context"), b"context")


class Local(RawMasterKeyProvider):
    """A raw AES-256 wrapping key."""

    provider_id = "local"

    def __init__(self, **_: object) -> None:
        """Draws the key."""
        super().__init__()
        self._key = WrappingKey(
            wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
            wrapping_key=os.urandom(32),
            wrapping_key_type=EncryptionKeyType.SYMMETRIC,
        )

    def _get_raw_key(self, key_id: bytes) -> WrappingKey:
        return self._key


def aws_encryption_sdk_pair() -> Pair:
    """The AWS Encryption SDK: committing, unsigned, frames of its default length."""
    client = aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    )
    provider = Local()
    provider.add_master_key("key")

    def pair(plaintext: bytes) -> bytes:
        sealed, _ = client.encrypt(
            source=plaintext,
            key_provider=provider,
            encryption_context=CONTEXT,
            algorithm=Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
        )
        opened, _ = client.decrypt(source=sealed, key_provider=provider)
        return opened

    return pair


def seconds(pair: Pair, plaintext: bytes, count: int) -> float:
    """Seconds that one pair takes, in the mean of some."""
    start = time.perf_counter()
    for _ in range(count):
        opened = pair(plaintext)
    taken = (time.perf_counter() - start) / count
    if opened != plaintext:
        raise SystemExit("a peer did not give back what it was given")
    return taken


def reference(program: str, size: int, count: int) -> float:
    """Seconds that one put and get of the reference take: memory store, SSE-S3, random tags."""
    arguments = [program, "--pair", str(size), str(count)]
    return float(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Prints one row for each peer and size."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    peers = {
        "cryptography, by hand": (cryptography_pair(), False),
        "tink, KmsEnvelopeAead": (tink_pair(), False),
        "aws-encryption-sdk, raw keyring": (aws_encryption_sdk_pair(), True),
    }
    for size, fast, slow in SIZES:
        plaintext = os.urandom(size)
        taken: dict[str, list[float]] = {name: [] for name in peers}
        ratios: dict[str, list[float]] = {name: [] for name in peers}
        ours: list[float] = []
        for _ in range(ROUNDS):
            ours.append(reference(sys.argv[1], size, fast))
            for name, (pair, is_slow) in peers.items():
                taken[name].append(seconds(pair, plaintext, slow if is_slow else fast))
                ratios[name].append(taken[name][-1] / ours[-1])
        what = "1 KiB" if size == 1024 else f"{size >> 20} MiB"
        for name in peers:
            peer, own = statistics.median(taken[name]), statistics.median(ours)
            print(
                f"| put and get {what} | {name} | {statistics.median(ratios[name]):.2f} | - "
                f"| {own * 1e6:.1f} µs | {peer * 1e6:.1f} µs |",
                flush=True,
            )


if __name__ == "__main__":
    main()
