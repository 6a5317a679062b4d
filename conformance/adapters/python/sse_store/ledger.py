"""What ListDataKeys shows: every data key that was handed out or used (operations.md).

Owns no data key: of those that the store made it keeps the wrapped form, which is opened when the
laboratory asks.
"""

from __future__ import annotations

from collections.abc import Callable

from .words import Json

Open = Callable[[bytes, str, str], bytes]


class Ledger:
    """The data keys of a world, oldest first; it survives a Restart, as the laboratory does."""

    def __init__(self, from_kms: Callable[[], list[Json]]) -> None:
        self._from_kms = from_kms
        self._seen = 0
        self._stale = False
        self._entries: list[Json | tuple[bytes, str, str]] = []

    def kms_was_asked(self) -> None:
        """KMS may have handed out something."""
        self._stale = True

    def collect(self) -> None:
        """Takes over what KMS handed out since the last call."""
        if not self._stale:
            return
        self._stale = False
        listed = self._from_kms()
        self._entries += listed[self._seen :]
        self._seen = len(listed)

    def forget_kms(self) -> None:
        """KMS has begun a new list."""
        self._seen = 0

    def made_by_store(self, blob: bytes, bucket: str, key: str) -> None:
        """A data key under the service key, wrapped for this object."""
        self.collect()
        self._entries.append((blob, bucket, key))

    def show(self, open_blob: Open) -> list[Json]:
        """Every data key once, with its plaintext."""
        self.collect()
        shown: dict[str, Json] = {}
        for entry in self._entries:
            if isinstance(entry, tuple):
                blob, bucket, key = entry
                found: Json = {
                    "ciphertext_blob": blob.hex(),
                    "encryption_context": {},
                    "plaintext": open_blob(blob, bucket, key).hex(),
                }
            else:
                found = entry
            shown.setdefault(found["ciphertext_blob"], found)
        return list(shown.values())
