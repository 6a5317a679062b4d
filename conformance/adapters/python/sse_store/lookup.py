"""Step 2 of a KMS request, and the permissions of step 3: the table of operations (kms.md).

Each plan says which keys a request resolved to, which permissions it needs on what, in their order,
and whose states count. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .alias import alias_arn
from .audit import distinct
from .data_key import integrity, parse_kms
from .key import Key
from .keyring import Keyring, Named, not_found
from .words import Caller, Json, Refusal


@dataclass(frozen=True, slots=True)
class Call:
    """A request: who asks, what he sent, and the checked fields."""

    caller: Caller
    name: str
    request: Json = field(repr=False)  # r[data-key.secret.no-print]
    fields: Json = field(repr=False)
    through_store: bool


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission; without a key the identity side alone decides."""

    action: str
    resource: str
    key: Key | None = None
    alias: str | None = None
    pairs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request resolved to."""

    permissions: tuple[Permission, ...]
    keys: tuple[Key, ...] = ()
    """The keys that the operation works on."""
    entry: tuple[Key, ...] = ()
    """The keys that the entry of the trail names; without one there is no entry."""
    states: tuple[Key, ...] = ()
    """The keys whose states count, in their order."""


def _on_key(action: str, named: Named, pairs: dict[str, str] | None = None) -> Permission:
    return Permission(action, named.key.arn, named.key, named.alias, pairs or {})


def _one_key(call: Call, keyring: Keyring, aliases: bool) -> Plan:
    named = keyring.find(call.fields["key_id"], call.caller.account, aliases)
    pairs = call.fields.get("encryption_context")
    keys = (named.key,)
    return Plan((_on_key(f"kms:{call.name}", named, pairs),), keys, keys, keys)


def _by_key(call: Call, keyring: Keyring) -> Plan:
    # r[kms.key-id.management-forms]
    return _one_key(call, keyring, aliases=False)


def _by_any_form(call: Call, keyring: Keyring) -> Plan:
    return _one_key(call, keyring, aliases=True)


def _no_key(call: Call, _keyring: Keyring) -> Plan:
    return Plan((Permission(f"kms:{call.name}", "*"),))


def _list_aliases(call: Call, keyring: Keyring) -> Plan:
    permissions = (Permission("kms:ListAliases", "*"),)
    if "key_id" not in call.fields:
        return Plan(permissions)
    key = keyring.find(call.fields["key_id"], call.caller.account, aliases=False).key
    return Plan(permissions, (key,), (key,))


def _alias(call: Call, keyring: Keyring) -> tuple[Permission, Key | None]:
    """The permission on the alias itself, and the key that it names."""
    account, name = call.caller.account, call.fields["alias_name"]
    arn = alias_arn(keyring.region, account, name)
    return Permission(f"kms:{call.name}", arn), keyring.by_alias(account, name)


def _create_alias(call: Call, keyring: Keyring) -> Plan:
    on_alias, _ = _alias(call, keyring)
    target = keyring.find(call.fields["target_key_id"], call.caller.account, aliases=False)
    keys = (target.key,)
    return Plan((on_alias, _on_key("kms:CreateAlias", target)), keys, keys, keys)


def _update_alias(call: Call, keyring: Keyring) -> Plan:
    on_alias, old = _alias(call, keyring)
    # r[key.update-alias.unknown]
    if old is None:
        raise not_found()
    new = keyring.find(call.fields["target_key_id"], call.caller.account, aliases=False)
    on_keys = _on_key("kms:UpdateAlias", Named(old)), _on_key("kms:UpdateAlias", new)
    return Plan((on_alias, *on_keys), (old, new.key), (new.key,), (new.key,))


def _delete_alias(call: Call, keyring: Keyring) -> Plan:
    on_alias, key = _alias(call, keyring)
    # r[key.delete-alias.unknown]
    if key is None:
        raise not_found()
    return Plan((on_alias, _on_key("kms:DeleteAlias", Named(key))), (key,), (key,))


def _source(call: Call, keyring: Keyring, field_name: str) -> Named:
    """The key that is named, else the key of the blob."""
    identifier = call.fields.get(field_name)
    if identifier is not None:
        return keyring.find(identifier, call.caller.account, aliases=True)
    # r[kms.decrypt.key-optional]
    # r[key.deletion.blobs-lost]
    # r[kms.decrypt.wrong-blob]
    try:
        header = parse_kms(call.fields["ciphertext_blob"])
    except Refusal:
        raise integrity() from None
    key = keyring.keys.get(header.key_id)
    if key is None:
        raise not_found()
    return Named(key)


def _decrypt(call: Call, keyring: Keyring) -> Plan:
    named = _source(call, keyring, "key_id")
    pairs = call.fields.get("encryption_context")
    keys = (named.key,)
    return Plan((_on_key("kms:Decrypt", named, pairs),), keys, keys, keys)


def _re_encrypt(call: Call, keyring: Keyring) -> Plan:
    # r[kms.re-encrypt.order]
    source = _source(call, keyring, "source_key_id")
    identifier = call.fields["destination_key_id"]
    destination = keyring.find(identifier, call.caller.account, aliases=True)
    permissions = (
        # r[kms.re-encrypt.from-permission]
        _on_key("kms:ReEncryptFrom", source, call.fields.get("source_encryption_context")),
        # r[kms.re-encrypt.to-permission]
        _on_key("kms:ReEncryptTo", destination, call.fields.get("destination_encryption_context")),
    )
    keys = (source.key, destination.key)
    return Plan(permissions, keys, distinct(keys), keys)


_PLANS: dict[str, Callable[[Call, Keyring], Plan]] = {
    "CreateKey": _no_key,
    "ListKeys": _no_key,
    "ListAliases": _list_aliases,
    "CreateAlias": _create_alias,
    "UpdateAlias": _update_alias,
    "DeleteAlias": _delete_alias,
    "DescribeKey": _by_any_form,
    "GenerateDataKey": _by_any_form,
    "GenerateDataKeyWithoutPlaintext": _by_any_form,
    "Encrypt": _by_any_form,
    "Decrypt": _decrypt,
    "ReEncrypt": _re_encrypt,
}


def resolve(call: Call, keyring: Keyring) -> Plan:
    """What the request resolves to."""
    return _PLANS.get(call.name, _by_key)(call, keyring)
