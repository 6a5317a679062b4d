"""Aliases: second names of keys, each of one account (key/aliases.md)."""

from __future__ import annotations

from .words import Json

AWS_S3 = "alias/aws/s3"
"""The alias of the AWS managed key; it is no item, since it never names another key."""
MAX_ALIASES = 50


def alias_arn(region: str, account: str, name: str) -> str:
    """The ARN of an alias."""
    return f"arn:aws:kms:{region}:{account}:{name}"


class Aliases:
    """The aliases that accounts made: account -> name -> key id."""

    def __init__(self) -> None:
        self._names: dict[str, dict[str, str]] = {}
        self._counts: dict[str, int] = {}

    def key_id(self, account: str, name: str) -> str | None:
        """The id of the key that the alias names."""
        return self._names.get(account, {}).get(name)

    def set(self, account: str, name: str, key_id: str) -> None:
        """Makes the alias name this key."""
        self.remove(account, name)
        self._names.setdefault(account, {})[name] = key_id
        self._counts[key_id] = self.count(key_id) + 1

    def remove(self, account: str, name: str) -> None:
        """Takes the alias away, if there is one."""
        key_id = self._names.get(account, {}).pop(name, None)
        if key_id is not None:
            self._counts[key_id] -= 1

    def count(self, key_id: str) -> int:
        """The number of aliases of a key."""
        return self._counts.get(key_id, 0)

    def of_account(self, account: str) -> dict[str, str]:
        """The key ids of an account's aliases by name."""
        return self._names.get(account, {})

    def of_key(self, account: str, key_id: str) -> list[str]:
        """The names of the aliases of a key."""
        return [name for name, own in self.of_account(account).items() if own == key_id]


def listed(region: str, account: str, name: str, key_id: str) -> Json:
    """ListedAlias."""
    # r[key.list-aliases.arn]
    return {
        "alias_name": name,
        "alias_arn": alias_arn(region, account, name),
        "target_key_id": key_id,
    }
