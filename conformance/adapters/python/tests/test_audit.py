"""The trail and the AWS managed key."""

from __future__ import annotations

import json
import unittest
from typing import Any

from sse_store.audit import timestamp
from sse_store.words import Caller, Json, Refusal
from tests.common import ACCOUNT, DAY, OTHER, OTHER_ROOT, ROOT, World


class ManagedTest(World):
    """The AWS managed key `aws/s3`."""

    def through(self, name: str, caller: Caller = ROOT, **request: Any) -> Json:
        return self.kms.through_store(caller, name, request)

    def test_life(self) -> None:
        user = self.user("u")
        self.assertIsNone(self.kms.resolve_for_put(user, None))
        self.assertIsNone(self.kms.resolve_for_put(user, "alias/aws/s3"))
        made = self.through(
            "GenerateDataKey",
            user,
            key_spec="AES_256",
            encryption_context={"aws:s3:arn": "arn:aws:s3:::b/k"},
        )
        arn = made["key_id"]
        self.assertEqual(self.kms.resolve_for_put(user, None), arn)
        entry = self.last()
        self.assertEqual(entry["requestParameters"]["keyId"], arn)
        self.assertEqual(entry["userIdentity"]["invokedBy"], "s3.amazonaws.com")
        self.assertEqual(entry["userIdentity"]["arn"], user.principal)
        shown = self.ask("DescribeKey", key_id="alias/aws/s3")["key_metadata"]
        self.assertEqual((shown["arn"], shown["key_manager"]), (arn, "AWS"))
        again = self.through("GenerateDataKey", user, key_id="alias/aws/s3", key_spec="AES_256")
        self.assertEqual(again["key_id"], arn)
        for name, request in (
            ("GenerateDataKey", {"key_id": arn, "key_spec": "AES_256"}),
            ("Decrypt", {"ciphertext_blob": made["ciphertext_blob"]}),
            ("Encrypt", {"key_id": arn, "plaintext": "00"}),
            ("EnableKey", {"key_id": arn}),
            ("DisableKey", {"key_id": arn}),
            ("ScheduleKeyDeletion", {"key_id": arn}),
            ("CancelKeyDeletion", {"key_id": arn}),
            ("EnableKeyRotation", {"key_id": arn}),
            ("RotateKeyOnDemand", {"key_id": arn}),
            ("CreateAlias", {"alias_name": "alias/x", "target_key_id": arn}),
            ("PutKeyPolicy", {"key_id": arn, "policy": default_document()}),
        ):
            with self.subTest(name=name):
                self.refused("access-denied", name, **request)
        self.assertTrue(self.ask("GetKeyRotationStatus", key_id=arn)["key_rotation_enabled"])
        aliases = self.ask("ListAliases")["aliases"]
        self.assertEqual(aliases[0]["alias_name"], "alias/aws/s3")
        with self.assertRaises(Refusal) as caught:
            self.through("Decrypt", OTHER_ROOT, key_id=arn, ciphertext_blob=made["ciphertext_blob"])
        self.assertEqual(caught.exception.to_json()["code"], "AccessDenied")
        self.advance(365 * DAY)
        self.assertEqual(self.last()["eventName"], "RotateKey")


def default_document() -> str:
    return json.dumps(
        {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
    )


def no_bytes(_size: int) -> bytes:
    raise OSError


class TrailTest(World):
    """audit.md."""

    def test_fields(self) -> None:
        key = self.key()
        self.assertEqual(self.last()["requestParameters"], None)
        self.assertEqual(
            self.last()["resources"],
            [{"ARN": key["arn"], "accountId": ACCOUNT, "type": "AWS::KMS::Key"}],
        )
        self.ask("GenerateDataKey", key_id=key["key_id"], number_of_bytes=5, encryption_context={})
        entry = self.last()
        self.assertEqual(entry["requestParameters"], {"keyId": key["key_id"], "numberOfBytes": 5})
        self.assertEqual(entry["eventTime"], "2023-11-14T22:13:20Z")
        self.assertNotIn("errorCode", entry)
        user = self.user("u")
        self.refused("access-denied", "DisableKey", user, key_id=key["key_id"])
        self.assertEqual(self.last()["errorCode"], "AccessDenied")
        self.restart()
        self.assertEqual(len(self.names()), 3)
        self.ask("DescribeKey", key_id=key["key_id"])
        self.assertEqual(len(self.kms.items()), 5)

    def test_across(self) -> None:
        policy = {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": [ACCOUNT, OTHER]},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ]
        }
        key = self.key(policy=json.dumps(policy))
        self.ask("Encrypt", OTHER_ROOT, key_id=key["arn"], plaintext="00")
        self.assertEqual(self.names(), ["CreateKey", "Encrypt"])
        self.assertEqual(self.names(OTHER_ROOT), ["Encrypt"])
        self.refused("access-denied", "DisableKey", OTHER_ROOT, key_id=key["arn"])
        self.assertEqual(len(self.names()), 2)
        self.assertEqual(self.names(OTHER_ROOT), ["Encrypt", "DisableKey"])
        self.assertEqual(self.kms.get_key_usage(OTHER_ROOT), {"requests": [], "keys": []})
        self.assertEqual(len(self.kms.get_key_usage(ROOT)["requests"]), 1)

    def test_random_source_that_fails(self) -> None:
        key = self.key()["key_id"]
        source, self.random = self.random, no_bytes
        items = self.kms.items()
        self.kms = self.fresh()
        self.kms.load(items)
        for name, more in (
            ("CreateKey", {}),
            ("RotateKeyOnDemand", {"key_id": key}),
            ("GenerateDataKey", {"key_id": key, "number_of_bytes": 1}),
        ):
            self.refused("unavailable", name, **more)
        self.random = source
        self.restart()
        self.assertEqual(self.ask("ListKeyRotations", key_id=key)["rotations"], [])

    def test_timestamp(self) -> None:
        for seconds, text in (
            (0, "1970-01-01T00:00:00Z"),
            (951782400, "2000-02-29T00:00:00Z"),
            (4107542399, "2100-02-28T23:59:59Z"),
        ):
            self.assertEqual(timestamp(seconds), text)


if __name__ == "__main__":
    unittest.main()
