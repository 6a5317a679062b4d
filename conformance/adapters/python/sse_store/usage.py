"""Usage: the number of cryptographic requests on each key (kms/usage.md).

The counts are no items of their own: each entry of the trail says which keys it counts for.
"""

from __future__ import annotations

from .words import Json

COUNTED = frozenset(
    {"GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Encrypt", "Decrypt", "ReEncrypt"}
)


class Usage:
    """Counts by account, key ARN and operation; they outlive the key."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[tuple[str, str], int]] = {}

    def count(self, account: str, arn: str, operation: str) -> None:
        """Counts one successful request."""
        # r[kms.usage.by-operation]
        # r[kms.usage.by-key]
        counts = self._counts.setdefault(account, {})
        counts[arn, operation] = counts.get((arn, operation), 0) + 1

    def requests(self, account: str) -> list[Json]:
        """KeyRequests, ascending by key and operation."""
        counts = self._counts.get(account, {})
        return [
            {"key_id": arn, "operation": operation, "count": count}
            for (arn, operation), count in sorted(counts.items())
        ]
