"""A KMS key: its record, its states, and what each state allows (key.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from .policy import Policy
from .principal import root_arn
from .rotation import Material, Schedule
from .words import Json, Refusal

ENABLED, DISABLED, PENDING = "Enabled", "Disabled", "PendingDeletion"
CUSTOMER, AWS = "CUSTOMER", "AWS"

_USABLE = {DISABLED: "key-disabled", PENDING: "invalid-key-state"}
_NOT_PENDING = {PENDING: "invalid-key-state"}
# r[key.state.table]
# r[key.disable.refuses-cryptography]
# r[key.disable.refuses-other-cryptography]
# r[key.pending-deletion.refuses-cryptography]
# r[key.pending-deletion.transitions-refused]
# r[key.pending-deletion.no-new-alias]
# r[key.cancel-deletion.not-pending]
# r[rotation.state.refused]
FORBIDDEN: dict[str, dict[str, str]] = {
    "GenerateDataKey": _USABLE,
    "GenerateDataKeyWithoutPlaintext": _USABLE,
    "Encrypt": _USABLE,
    "Decrypt": _USABLE,
    "ReEncrypt": _USABLE,
    "CreateAlias": _NOT_PENDING,
    "UpdateAlias": _NOT_PENDING,
    "EnableKey": _NOT_PENDING,
    "DisableKey": _NOT_PENDING,
    "ScheduleKeyDeletion": _NOT_PENDING,
    "CancelKeyDeletion": {ENABLED: "invalid-key-state", DISABLED: "invalid-key-state"},
    "EnableKeyRotation": _USABLE,
    "DisableKeyRotation": _USABLE,
    "RotateKeyOnDemand": _USABLE,
}
"""By operation and state the class of the refusal; what is not listed succeeds."""


@dataclass(slots=True)
class Key:
    """One KMS key that exists."""

    id: str
    account: str
    arn: str
    creation_date: int
    policy: Policy
    materials: list[Material] = field(repr=False)
    manager: str = CUSTOMER
    description: str = ""
    state: str = ENABLED
    deletion_date: int | None = None
    schedule: Schedule | None = None
    on_demand: int = 0
    """The number of rotations on demand that were made."""

    @property
    def current(self) -> Material:
        """The material that encrypts."""
        return self.materials[-1]

    def material(self, material_id: str) -> Material | None:
        """The material of this id."""
        for material in reversed(self.materials):
            if material.id == material_id:
                return material
        return None

    def check_state(self, operation: str) -> None:
        """Refuses an operation that the state forbids."""
        # r[key.state.class]
        # r[key.state.cryptography-class]
        class_ = FORBIDDEN.get(operation, {}).get(self.state)
        if class_ is not None:
            raise Refusal(class_, f"{self.arn} is {self.state}", "kms")

    def metadata(self) -> Json:
        """KeyMetadata."""
        shown: Json = {
            "key_id": self.id,
            "arn": self.arn,
            "account_id": self.account,
            "key_manager": self.manager,
            "key_state": self.state,
            # r[key.describe.enabled-flag]
            "enabled": self.state == ENABLED,
            # r[key.describe.specification]
            "key_spec": "SYMMETRIC_DEFAULT",
            "key_usage": "ENCRYPT_DECRYPT",
            "origin": "AWS_KMS",
            "creation_date": self.creation_date,
            "description": self.description,
            "current_key_material_id": self.current.id,
        }
        # r[key.schedule-deletion.date-described]
        # r[key.schedule-deletion.date-only-pending]
        if self.deletion_date is not None:
            shown["deletion_date"] = self.deletion_date
        return shown

    def rotation_status(self) -> Json:
        """GetKeyRotationStatus."""
        shown: Json = {"key_id": self.arn, "key_rotation_enabled": False}
        # r[rotation.state.pending-status]
        # r[rotation.status.off]
        # r[rotation.status.default-off]
        # r[rotation.enable.shown]
        # r[rotation.enable.period-shown]
        # r[rotation.disable.shown]
        # r[rotation.state.disabled-status]
        if self.schedule is not None and self.state != PENDING:
            shown["key_rotation_enabled"] = True
            shown["rotation_period_in_days"] = self.schedule.period
            shown["next_rotation_date"] = self.schedule.next_date
        return shown

    def to_bytes(self) -> bytes:
        """The form at rest, which is sealed."""
        record: Json = {
            "id": self.id,
            "account": self.account,
            "arn": self.arn,
            "creation_date": self.creation_date,
            "policy": self.policy.text,
            "materials": [material.to_json() for material in self.materials],
            "manager": self.manager,
            "description": self.description,
            "state": self.state,
            "deletion_date": self.deletion_date,
            "schedule": None if self.schedule is None else self.schedule.to_json(),
            "on_demand": self.on_demand,
        }
        return json.dumps(record).encode()

    @staticmethod
    def from_bytes(data: bytes) -> Key:
        """The key of its form at rest."""
        record: Json = json.loads(data)
        schedule = record["schedule"]
        record["schedule"] = None if schedule is None else Schedule(**schedule)
        record["materials"] = [Material.from_json(one) for one in record["materials"]]
        record["policy"] = Policy.parse(record["policy"], "key")
        return Key(**record)


def default_policy(account: str) -> Policy:
    """The policy of a key that was made without one."""
    # r[policy.document.default-key-policy]
    statement = {
        "Sid": "Enable IAM policies",
        "Effect": "Allow",
        "Principal": {"AWS": root_arn(account)},
        "Action": "kms:*",
        "Resource": "*",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return Policy.parse(json.dumps(document), "key")


def aws_s3_policy(account: str, region: str) -> Policy:
    """The policy of `aws/s3`, which no request changes."""
    # r[key.aws-managed.policy-shown]
    # r[key.aws-managed.management-class]
    # r[key.aws-managed.not-disabled]
    # r[key.aws-managed.not-managed]
    # r[key.aws-managed.not-usable-directly]
    # r[key.aws-managed.no-direct-cryptography]
    # r[key.aws-managed.not-across-accounts]
    # r[policy.aws-managed.through-store]
    # r[policy.aws-managed.other-account]
    through_store = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Resource": "*",
        "Action": [
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:DescribeKey",
        ],
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": account,
                "kms:ViaService": f"s3.{region}.amazonaws.com",
            }
        },
    }
    reads = {
        "Effect": "Allow",
        "Principal": {"AWS": root_arn(account)},
        "Resource": "*",
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
    }
    document = {"Version": "2012-10-17", "Statement": [through_store, reads]}
    return Policy.parse(json.dumps(document), "key")
