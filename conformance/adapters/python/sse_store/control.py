"""Sealed control items (sealed-object.md, Control item), and the keys made of the root key.

Owns the seal of everything at rest that is no body and no record: the state of KMS and of the
principals, buckets, service keys, open uploads and their parts, and the list of those items that
have to be there.
"""

from __future__ import annotations

from collections.abc import Callable

from . import xaes
from .sealed_object import ROOT_KEY_BYTES, derived_key, lp16
from .words import Refusal

MAGIC = b"SSEC\x01"
LABEL = b"sse-control/1\x00"
MAX_CONTENTS = 16777216
HEADER_BYTES = len(MAGIC) + xaes.NONCE_BYTES + 4


class Sealer:
    """Seals and opens under the keys that come from a root key, and never shows them."""

    def __init__(self, root_key: bytes, random: Callable[[int], bytes]) -> None:
        # r[sealed-object.root.zero]
        if len(root_key) != ROOT_KEY_BYTES or not any(root_key):
            raise Refusal("invalid-argument", "a root key has 32 bytes, not all of them zero")
        self._control_key = derived_key(root_key, "control")
        self.record_key = derived_key(root_key, "record")
        self._random = random

    def __repr__(self) -> str:
        # r[data-key.secret.no-print]
        return "Sealer(secret)"

    def seal(self, kind: str, name: str, contents: bytes) -> bytes:
        """A control item."""
        # r[sealed-object.control.sealed]
        if len(contents) > MAX_CONTENTS:
            raise Refusal("invalid-argument", "the contents of a control item are too long")
        nonce = self._random(xaes.NONCE_BYTES)
        sealed = xaes.seal(self._control_key, nonce, _additional(kind, name), contents)
        return MAGIC + nonce + len(contents).to_bytes(4, "big") + sealed

    def open(self, kind: str, name: str, item: bytes) -> bytes | None:
        """The contents of an item that was looked for under kind and name, or None."""
        length = int.from_bytes(item[HEADER_BYTES - 4 : HEADER_BYTES], "big")
        if len(item) != HEADER_BYTES + length + xaes.TAG_BYTES or length > MAX_CONTENTS:
            return None
        if item[: len(MAGIC)] != MAGIC:
            return None
        nonce = item[len(MAGIC) : len(MAGIC) + xaes.NONCE_BYTES]
        sealed = item[HEADER_BYTES:]
        return xaes.open_sealed(self._control_key, nonce, _additional(kind, name), sealed)


def _additional(kind: str, name: str) -> bytes:
    return LABEL + lp16(kind.encode()) + lp16(name.encode())
