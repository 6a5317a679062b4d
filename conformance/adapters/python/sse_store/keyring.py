"""All keys and aliases of a world: what an identifier names, and what lies at rest (kms.md).

One item for each key and one for each alias; `changed` collects the ids of those that changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import alias
from .alias import AWS_S3, Aliases
from .key import AWS, Key
from .shelf import Shelf
from .words import Items, Json, Refusal

KEY_ITEM = "kms/key/"
ALIAS_ITEM = "kms/alias/"
TAG = "key"


@dataclass(frozen=True, slots=True)
class Named:
    """A key, and the alias by which it was named."""

    key: Key
    alias: str | None = None


def not_found() -> Refusal:
    """The refusal of an identifier that names no key."""
    # r[kms.key-id.unresolved-class]
    return Refusal("key-not-found", "no such key or alias", "kms")


class Keyring:
    """Keys by id, aliases by account and name, `aws/s3` by account."""

    def __init__(self, accounts: frozenset[str], region: str, shelf: Shelf) -> None:
        self.region = region
        self._accounts = accounts
        self.keys: dict[str, Key] = {}
        self.aliases = Aliases()
        self.aws_s3: dict[str, Key] = {}
        self._shelf = shelf
        self._arn = re.compile(
            rf"arn:aws:kms:{re.escape(region)}:([0-9]{{12}}):(key/|alias/)(.*)", re.DOTALL
        )

    def arn(self, account: str, key_id: str) -> str:
        """The ARN of a key."""
        # r[key.create.arn]
        return f"arn:aws:kms:{self.region}:{account}:key/{key_id}"

    # --- lookup

    def find(self, identifier: str, account: str, aliases: bool) -> Named:
        """The key that an identifier names for a caller of an account."""
        named = self._find(identifier, account, aliases)
        # r[kms.key-id.unknown]
        # r[kms.key-id.unknown-alias]
        # r[kms.key-id.no-form]
        # r[kms.generate-data-key.key-not-found]
        # r[key.describe.not-found]
        # r[key.deletion.class]
        # r[key.delete-alias.gone]
        if named is None:
            raise not_found()
        return named

    def _find(self, identifier: str, account: str, aliases: bool) -> Named | None:
        # r[kms.key-id.four-forms]
        # r[key.describe.id-and-arn]
        # r[key.create-alias.names-key]
        # r[kms.key-id.alias-of-caller]
        kind, name = "key/", identifier
        if match := self._arn.fullmatch(identifier):
            account, kind, name = match.groups()
            if account not in self._accounts:
                return None
        elif identifier.startswith("alias/"):
            kind, name = "alias/", identifier.removeprefix("alias/")
        if kind == "key/":
            # r[kms.key-id.other-account]
            key = self.keys.get(name)
            return Named(key) if key is not None and key.account == account else None
        if not aliases:
            return None
        key = self.by_alias(account, f"alias/{name}")
        return None if key is None else Named(key, f"alias/{name}")

    def by_alias(self, account: str, name: str) -> Key | None:
        """The key that an alias names."""
        # r[key.aws-managed.alias-resolved]
        if name == AWS_S3:
            return self.aws_s3.get(account)
        key_id = self.aliases.key_id(account, name)
        return None if key_id is None else self.keys.get(key_id)

    @staticmethod
    def names_aws_s3(identifier: str | None) -> bool:
        """Whether a write with this identifier chooses its caller's `aws/s3`, made if need be."""
        # r[key.aws-managed.alias-in-put] the name alone: the ARN of an alias names what exists
        return identifier is None or identifier == AWS_S3

    def of_account(self, account: str) -> Iterator[Key]:
        """The keys of an account."""
        return (key for key in self.keys.values() if key.account == account)

    def listed_aliases(self, account: str, key: Key | None) -> list[Json]:
        """The aliases of an account, or of one of its keys."""
        # r[key.list-aliases.foreign-key]
        names = dict(self.aliases.of_account(account))
        # r[key.aws-managed.alias-listed]
        if account in self.aws_s3:
            names[AWS_S3] = self.aws_s3[account].id
        # r[key.list-aliases.of-key]
        # r[key.list-aliases.complete]
        return [
            alias.listed(self.region, account, name, key_id)
            for name, key_id in sorted(names.items())
            if key is None or key_id == key.id
        ]

    # --- changes

    def put(self, key: Key) -> None:
        """Holds a key as it is now, in memory and at rest."""
        self.keys[key.id] = key
        if key.manager == AWS:
            self.aws_s3[key.account] = key
        self._shelf.put(KEY_ITEM + key.id, TAG, key.to_bytes())

    def delete(self, key: Key) -> None:
        """Destroys a key with its materials, its policy and its aliases."""
        # r[key.deletion.material-erased]
        # r[key.deletion.unlisted]
        # r[key.deletion.survives-restart]
        key.materials.clear()
        del self.keys[key.id]
        self._shelf.remove(KEY_ITEM + key.id)
        for name in self.aliases.of_key(key.account, key.id):
            self.remove_alias(key.account, name)

    def set_alias(self, account: str, name: str, key: Key) -> None:
        """Makes an alias name a key."""
        self.aliases.set(account, name, key.id)
        record = {"account": account, "name": name, "key_id": key.id}
        self._shelf.put(f"{ALIAS_ITEM}{account}/{name}", TAG, json.dumps(record).encode())

    def remove_alias(self, account: str, name: str) -> None:
        """Takes an alias away."""
        self.aliases.remove(account, name)
        self._shelf.remove(f"{ALIAS_ITEM}{account}/{name}")

    # --- restart

    def load(self, items: Items) -> None:
        """Holds what the items hold; an alias whose key is gone names no key."""
        for name, (_, data) in items.items():
            if name.startswith(KEY_ITEM):
                key = Key.from_bytes(data)
                self.keys[key.id] = key
                if key.manager == AWS:
                    self.aws_s3[key.account] = key
                self._shelf.keep(name, items[name])
        for name, (_, data) in items.items():
            if name.startswith(ALIAS_ITEM):
                record = json.loads(data)
                self._shelf.keep(name, items[name])
                if record["key_id"] in self.keys:
                    self.aliases.set(record["account"], record["name"], record["key_id"])
