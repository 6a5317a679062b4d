"""The trail: one entry for each KMS request that resolved to a key (audit.md).

Owns the form of entries, who sees them, and their items: one small item for each entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from .key import Key
from .shelf import Shelf
from .usage import COUNTED, Usage
from .words import CLASSES, Caller, Items, Json, Refusal

ITEM = "kms/trail/"
TAG = "trail"
ALGORITHM = "SYMMETRIC_DEFAULT"
STORE = "s3.amazonaws.com"
KMS_ITSELF = "AWS Internal"

READ_ONLY = frozenset(
    {
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "Encrypt",
        "Decrypt",
        "ReEncrypt",
        "DescribeKey",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListKeyRotations",
        "ListKeys",
        "ListAliases",
    }
)

_KEY = (("keyId", "key_id"),)
_GENERATE = (
    ("keyId", "key_id"),
    ("keySpec", "key_spec"),
    ("numberOfBytes", "number_of_bytes"),
    ("encryptionContext", "encryption_context"),
)
_CRYPT = (
    ("keyId", "key_id"),
    ("encryptionAlgorithm", None),
    ("encryptionContext", "encryption_context"),
)
_ALIAS = (("aliasName", "alias_name"), ("targetKeyId", "target_key_id"))
_PARAMETERS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "GenerateDataKey": _GENERATE,
    "GenerateDataKeyWithoutPlaintext": _GENERATE,
    "Encrypt": _CRYPT,
    "Decrypt": _CRYPT,
    "ReEncrypt": (
        ("sourceKeyId", "source_key_id"),
        ("sourceEncryptionAlgorithm", None),
        ("sourceEncryptionContext", "source_encryption_context"),
        ("destinationKeyId", "destination_key_id"),
        ("destinationEncryptionAlgorithm", None),
        ("destinationEncryptionContext", "destination_encryption_context"),
    ),
    "CreateAlias": _ALIAS,
    "UpdateAlias": _ALIAS,
    "DeleteAlias": _ALIAS,
    "ScheduleKeyDeletion": (*_KEY, ("pendingWindowInDays", "pending_window_in_days")),
    "EnableKeyRotation": (*_KEY, ("rotationPeriodInDays", "rotation_period_in_days")),
}


def request_parameters(name: str, request: Json) -> Json | None:
    """What was asked for: a field only where the request sent it, an algorithm always."""
    # r[audit.entry.no-secrets]
    # r[audit.entry.context-in-clear]
    if name == "CreateKey":
        return None
    shown: Json = {}
    for parameter, field in _PARAMETERS.get(name, _KEY):
        if field is None:
            shown[parameter] = ALGORITHM
        elif field in request and request[field] != {}:
            shown[parameter] = request[field]
    return shown


def timestamp(seconds: int) -> str:
    """`YYYY-MM-DDThh:mm:ssZ`, for every year."""
    days, rest = divmod(seconds, 86400)
    # The civil date of a day number, counted in eras of 400 years from 0000-03-01.
    era, day = divmod(days + 719468, 146097)
    year_of_era = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day_of_year = day - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    date = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    hour, minute, second = rest // 3600, rest // 60 % 60, rest % 60
    return f"{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z"


@dataclass(frozen=True, slots=True)
class Act:
    """A request, or an act of KMS itself where there is no caller."""

    name: str
    time: int
    keys: tuple[Key, ...]
    caller: Caller | None = None
    through_store: bool = False
    request: Json | None = None
    refusal: Refusal | None = None


class Trail:
    """The entries of a world, by the accounts that see them."""

    def __init__(self, region: str, usage: Usage, shelf: Shelf) -> None:
        self._region = region
        self._usage = usage
        self._shelf = shelf
        self._seen: dict[str, list[Json]] = {}
        self._next = 1

    def entries(self, account: str) -> list[Json]:
        """The trail of an account, oldest first."""
        return list(self._seen.get(account, []))

    def write(self, act: Act, event_id: bytes) -> None:
        """Writes one entry, and counts what it counts."""
        # r[audit.entry.one-per-request]
        # r[audit.state-change.recorded]
        # r[audit.state-change.management]
        uses = []
        if act.refusal is None and act.name in COUNTED:
            # r[kms.usage.refused]
            # r[kms.usage.no-management]
            # r[kms.usage.management-free]
            # r[kms.usage.re-encrypt]
            uses = [[key.account, key.arn] for key in act.keys]
        record: Json = {"accounts": _accounts(act), "entry": self._entry(act, event_id)}
        if uses:
            record["uses"] = uses
        self._shelf.put(f"{ITEM}{self._next:012}", TAG, json.dumps(record).encode())
        self._next += 1
        self._take(record)

    def _take(self, record: Json) -> None:
        entry = record["entry"]
        for account in record["accounts"]:
            self._seen.setdefault(account, []).append(entry)
        for account, arn in record.get("uses", []):
            self._usage.count(account, arn, entry["eventName"])

    def _entry(self, act: Act, event_id: bytes) -> Json:
        # r[audit.entry.fields]
        parameters = None if act.request is None else request_parameters(act.name, act.request)
        entry: Json = {
            "eventID": str(UUID(bytes=event_id, version=4)),
            "eventTime": timestamp(act.time),
            "eventSource": "kms.amazonaws.com",
            # r[audit.entry.event-name]
            "eventName": act.name,
            "awsRegion": self._region,
            "userIdentity": _identity(act),
            # r[audit.entry.read-only]
            # r[audit.state-change.read-only]
            "readOnly": act.name in READ_ONLY,
            "requestParameters": parameters,
            "responseElements": None,
            # r[audit.entry.names-key]
            # r[audit.re-encrypt.both-keys]
            "resources": [
                {"ARN": key.arn, "accountId": key.account, "type": "AWS::KMS::Key"}
                for key in act.keys
            ],
        }
        # r[audit.entry.error-code]
        if act.refusal is not None:
            entry["errorCode"] = _error_code(act.refusal)
        return entry

    def load(self, items: Items) -> None:
        """Holds the entries of the items, in their order."""
        names = sorted(name for name in items if name.startswith(ITEM))
        for name in names:
            self._shelf.keep(name, items[name])
            self._take(json.loads(items[name][1]))
        if names:
            self._next = int(names[-1].removeprefix(ITEM)) + 1


def _identity(act: Act) -> Json:
    # r[audit.entry.names-caller]
    if act.caller is None:
        return {"arn": "", "accountId": act.keys[0].account, "invokedBy": KMS_ITSELF}
    identity = {"arn": act.caller.principal, "accountId": act.caller.account}
    if act.through_store:
        identity["invokedBy"] = STORE
    return identity


def _accounts(act: Act) -> list[str]:
    """The accounts in whose trails the entry stands."""
    # r[audit.cross-account.both-see]
    # r[audit.cross-account.denied-unseen]
    accounts = [] if act.caller is None else [act.caller.account]
    if act.refusal is None:
        accounts += [key.account for key in act.keys]
    return list(dict.fromkeys(accounts))


def _error_code(refusal: Refusal) -> str:
    if refusal.class_ == "access-denied":
        return "AccessDenied"
    row = CLASSES[refusal.class_]
    code = row.kms or row.s3
    return "" if code is None else code.code


def distinct(keys: Iterable[Key]) -> tuple[Key, ...]:
    """The keys in their order, each once."""
    return tuple({key.id: key for key in keys}.values())
