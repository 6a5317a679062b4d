"""The key management service: order of checks, states, rotation, aliases, trail and usage."""

from __future__ import annotations

import unittest

from sse_store.words import Json
from tests.common import ACCOUNT, DAY, OTHER, OTHER_ROOT, REGION, ROOT, START, World


class StateTest(World):
    """key.md and key/deletion.md."""

    def requests(self, key: str, blob: str) -> dict[str, Json]:
        return {
            "GenerateDataKey": {"key_id": key, "key_spec": "AES_256"},
            "GenerateDataKeyWithoutPlaintext": {"key_id": key, "number_of_bytes": 7},
            "Encrypt": {"key_id": key, "plaintext": "00"},
            "Decrypt": {"ciphertext_blob": blob},
            "ReEncrypt": {"ciphertext_blob": blob, "destination_key_id": key},
            "DescribeKey": {"key_id": key},
            "ListKeys": {},
            "GetKeyPolicy": {"key_id": key},
            "ListAliases": {"key_id": key},
            "GetKeyRotationStatus": {"key_id": key},
            "ListKeyRotations": {"key_id": key},
            "CreateAlias": {"alias_name": "alias/new", "target_key_id": key},
            "UpdateAlias": {"alias_name": "alias/moving", "target_key_id": key},
            "DeleteAlias": {"alias_name": "alias/moving"},
            "EnableKeyRotation": {"key_id": key},
            "DisableKeyRotation": {"key_id": key},
            "RotateKeyOnDemand": {"key_id": key},
            "EnableKey": {"key_id": key},
            "DisableKey": {"key_id": key},
            "ScheduleKeyDeletion": {"key_id": key},
            "CancelKeyDeletion": {"key_id": key},
        }

    def test_table(self) -> None:
        usable = {"Disabled": "key-disabled", "PendingDeletion": "invalid-key-state"}
        pending = {"PendingDeletion": "invalid-key-state"}
        expected: dict[str, dict[str, str]] = {
            name: usable
            for name in (
                "GenerateDataKey",
                "GenerateDataKeyWithoutPlaintext",
                "Encrypt",
                "Decrypt",
                "ReEncrypt",
                "EnableKeyRotation",
                "DisableKeyRotation",
                "RotateKeyOnDemand",
            )
        }
        for name in ("CreateAlias", "UpdateAlias", "EnableKey", "DisableKey"):
            expected[name] = pending
        expected["ScheduleKeyDeletion"] = pending
        expected["CancelKeyDeletion"] = dict.fromkeys(("Enabled", "Disabled"), "invalid-key-state")
        after = {
            "EnableKey": "Enabled",
            "DisableKey": "Disabled",
            "ScheduleKeyDeletion": "PendingDeletion",
            "CancelKeyDeletion": "Disabled",
        }
        for state in ("Enabled", "Disabled", "PendingDeletion"):
            for name in self.requests("", ""):
                with self.subTest(state=state, name=name):
                    self.setUp()
                    key, other = self.key()["key_id"], self.key()["key_id"]
                    blob = self.ask("Encrypt", key_id=key, plaintext="00")["ciphertext_blob"]
                    self.ask("CreateAlias", alias_name="alias/moving", target_key_id=other)
                    if state == "Disabled":
                        self.ask("DisableKey", key_id=key)
                    elif state == "PendingDeletion":
                        self.ask("ScheduleKeyDeletion", key_id=key)
                    request = self.requests(key, blob)[name]
                    class_ = expected.get(name, {}).get(state)
                    entries = len(self.names())
                    if class_ is None:
                        self.ask(name, **request)
                    else:
                        self.refused(class_, name, **request)
                        self.assertEqual(len(self.names()), entries + 1)
                        self.assertIn("errorCode", self.last())
                    state_now = self.ask("DescribeKey", key_id=key)["key_metadata"]["key_state"]
                    wanted = after.get(name, state) if class_ is None else state
                    self.assertEqual(state_now, wanted)

    def test_deletion(self) -> None:
        key = self.key()
        self.ask("CreateAlias", alias_name="alias/a", target_key_id=key["arn"])
        blob = self.ask("Encrypt", key_id="alias/a", plaintext="0102")["ciphertext_blob"]
        reply = self.ask("ScheduleKeyDeletion", key_id=key["key_id"], pending_window_in_days=7)
        self.assertEqual(
            reply,
            {
                "key_id": key["arn"],
                "deletion_date": START + 7 * DAY,
                "key_state": "PendingDeletion",
                "pending_window_in_days": 7,
            },
        )
        self.advance(7 * DAY - 1)
        shown = self.ask("DescribeKey", key_id="alias/a")["key_metadata"]
        self.assertEqual(shown["deletion_date"], START + 7 * DAY)
        self.advance(1)
        self.restart()
        self.refused("key-not-found", "DescribeKey", key_id=key["arn"])
        self.refused("key-not-found", "DescribeKey", key_id="alias/a")
        self.refused("key-not-found", "Decrypt", ciphertext_blob=blob)
        self.assertEqual(self.ask("ListAliases"), {"aliases": []})
        self.assertEqual(self.ask("ListKeys"), {"keys": []})
        self.assertEqual(self.last()["eventName"], "DeleteKey")
        self.assertEqual(
            self.last()["userIdentity"],
            {"arn": "", "accountId": ACCOUNT, "invokedBy": "AWS Internal"},
        )
        usage = self.kms.get_key_usage(ROOT)
        self.assertEqual(usage["keys"], [])
        self.assertEqual(
            usage["requests"], [{"key_id": key["arn"], "operation": "Encrypt", "count": 1}]
        )
        other = self.key()["key_id"]
        self.refused("incorrect-key", "Decrypt", ciphertext_blob=blob, key_id=other)

    def test_cancel(self) -> None:
        key = self.key()["key_id"]
        self.ask("EnableKeyRotation", key_id=key)
        status = self.ask("GetKeyRotationStatus", key_id=key)
        reply = self.ask("ScheduleKeyDeletion", key_id=key)
        self.assertEqual(reply["deletion_date"], START + 30 * DAY)
        pending = self.ask("GetKeyRotationStatus", key_id=key)
        self.assertEqual(pending, {"key_id": reply["key_id"], "key_rotation_enabled": False})
        self.assertEqual(self.ask("CancelKeyDeletion", key_id=key), {"key_id": reply["key_id"]})
        self.assertEqual(self.ask("GetKeyRotationStatus", key_id=key), status)
        self.advance(40 * DAY)
        shown = self.ask("DescribeKey", key_id=key)["key_metadata"]
        self.assertEqual((shown["key_state"], "deletion_date" in shown), ("Disabled", False))


class CryptographyTest(World):
    """kms.md and kms/re-encrypt.md."""

    def test_round_trip(self) -> None:
        key = self.key()
        context = {"a": "1", "b": "2"}
        self.ask("CreateAlias", alias_name="alias/a", target_key_id=key["key_id"])
        alias_arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/a"
        for name in (key["key_id"], key["arn"], "alias/a", alias_arn):
            made = self.ask(
                "GenerateDataKey", key_id=name, key_spec="AES_128", encryption_context=context
            )
            self.assertEqual(made["key_id"], key["arn"])
            self.assertEqual(len(made["plaintext"]), 32)
            opened = self.ask(
                "Decrypt",
                ciphertext_blob=made["ciphertext_blob"],
                encryption_context={"b": "2", "a": "1"},
            )
            self.assertEqual(opened["plaintext"], made["plaintext"])
            self.assertEqual(opened["encryption_algorithm"], "SYMMETRIC_DEFAULT")
            self.assertEqual(opened["key_material_id"], made["key_material_id"])
            for wrong in ({}, {"a": "1"}, {**context, "c": ""}, {"a": "1", "b": "3"}):
                self.refused(
                    "integrity",
                    "Decrypt",
                    ciphertext_blob=made["ciphertext_blob"],
                    encryption_context=wrong,
                )

    def test_wrong_blobs(self) -> None:
        key, other = self.key()["key_id"], self.key()["key_id"]
        blob = self.ask("Encrypt", key_id=key, plaintext="00" * 5)["ciphertext_blob"]
        self.refused("integrity", "Decrypt", ciphertext_blob="00")
        self.refused("integrity", "Decrypt", ciphertext_blob="00", key_id=key)
        unknown = blob[:8] + "00" + blob[10:]
        self.refused("key-not-found", "Decrypt", ciphertext_blob=unknown)
        self.refused("incorrect-key", "Decrypt", ciphertext_blob=unknown, key_id=key)
        self.refused("incorrect-key", "Decrypt", ciphertext_blob=blob, key_id=other)
        material = blob[:40] + "%02x" % (int(blob[40:42], 16) ^ 1) + blob[42:]
        self.refused("integrity", "Decrypt", ciphertext_blob=material)
        self.refused("integrity", "Decrypt", ciphertext_blob=blob + "00")
        self.refused("invalid-argument", "Decrypt", ciphertext_blob="")
        self.refused("invalid-argument", "Decrypt", ciphertext_blob="00" * 6145)
        self.refused(
            "incorrect-key",
            "ReEncrypt",
            ciphertext_blob=blob,
            source_key_id=other,
            destination_key_id=key,
        )

    def test_re_encrypt(self) -> None:
        source, destination = self.key(), self.key()
        blob = self.ask(
            "Encrypt", key_id=source["key_id"], plaintext="0a0b", encryption_context={"x": "y"}
        )["ciphertext_blob"]
        moved = self.ask(
            "ReEncrypt",
            ciphertext_blob=blob,
            source_encryption_context={"x": "y"},
            destination_key_id=destination["key_id"],
        )
        self.assertEqual(moved["source_key_id"], source["arn"])
        self.assertEqual(moved["key_id"], destination["arn"])
        opened = self.ask("Decrypt", ciphertext_blob=moved["ciphertext_blob"])
        self.assertEqual((opened["plaintext"], opened["key_id"]), ("0a0b", destination["arn"]))
        entry = self.kms.lookup_events(ROOT)["events"][-2]
        self.assertEqual(
            [one["ARN"] for one in entry["resources"]], [source["arn"], destination["arn"]]
        )
        self.assertEqual(
            entry["requestParameters"],
            {
                "sourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
                "sourceEncryptionContext": {"x": "y"},
                "destinationKeyId": destination["key_id"],
                "destinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            },
        )
        self.ask(
            "ReEncrypt",
            ciphertext_blob=moved["ciphertext_blob"],
            destination_key_id=destination["key_id"],
        )
        counts = {
            (one["key_id"], one["operation"]): one["count"]
            for one in self.kms.get_key_usage(ROOT)["requests"]
        }
        self.assertEqual(counts[source["arn"], "ReEncrypt"], 1)
        self.assertEqual(counts[destination["arn"], "ReEncrypt"], 2)

    def test_parameters(self) -> None:
        key = self.key()["key_id"]
        wrong: list[tuple[str, Json]] = [
            ("GenerateDataKey", {"key_id": key}),
            ("GenerateDataKey", {"key_id": key, "key_spec": "AES_256", "number_of_bytes": 32}),
            ("GenerateDataKey", {"key_id": key, "key_spec": "AES_512"}),
            ("GenerateDataKey", {"key_id": key, "number_of_bytes": 0}),
            ("GenerateDataKey", {"key_id": key, "number_of_bytes": 1025}),
            ("GenerateDataKey", {"key_id": key, "number_of_bytes": True}),
            ("GenerateDataKey", {"key_id": key, "number_of_bytes": "8"}),
            ("GenerateDataKey", {"key_id": 8, "number_of_bytes": 8}),
            ("GenerateDataKey", {"key_id": key, "number_of_bytes": 8, "encryption_context": []}),
            (
                "GenerateDataKey",
                {"key_id": key, "number_of_bytes": 8, "encryption_context": {"a": 1}},
            ),
            ("Encrypt", {"key_id": key, "plaintext": ""}),
            ("Encrypt", {"key_id": key, "plaintext": "00" * 4097}),
            ("Encrypt", {"key_id": key, "plaintext": "0G"}),
            ("Encrypt", {"key_id": key, "plaintext": None}),
            ("DescribeKey", {"key_id": ""}),
            ("DescribeKey", {"key_id": "x" * 2049}),
            ("DescribeKey", {}),
            ("DescribeKey", {"key_id": key, "more": 1}),
            ("CreateKey", {"key_spec": "AES"}),
            ("CreateKey", {"description": "x" * 8193}),
            ("CreateAlias", {"alias_name": "alias/aws/x", "target_key_id": key}),
            ("CreateAlias", {"alias_name": "alias/", "target_key_id": key}),
            ("CreateAlias", {"alias_name": "alias/a.b", "target_key_id": key}),
            ("CreateAlias", {"alias_name": "alias/a\n", "target_key_id": key}),
            ("DeleteAlias", {"alias_name": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/a"}),
            ("EnableKeyRotation", {"key_id": key, "rotation_period_in_days": 89}),
            ("ScheduleKeyDeletion", {"key_id": key, "pending_window_in_days": 31}),
            ("ListKeyRotations", {"key_id": key, "include_key_material": "X"}),
        ]
        before = len(self.names())
        for name, request in wrong:
            with self.subTest(name=name, request=request):
                self.refused("invalid-argument", name, **request)
        for field, value in (
            ("key_spec", "RSA_2048"),
            ("key_spec", "SM2"),
            ("origin", "EXTERNAL"),
            ("key_usage", "SIGN_VERIFY"),
        ):
            only: Json = {field: value}
            self.refused("unsupported-operation", "CreateKey", **only)
        self.assertEqual(len(self.names()), before)

    def test_identifiers(self) -> None:
        key, foreign = self.key(), self.key(OTHER_ROOT)
        self.ask("CreateAlias", alias_name="alias/a", target_key_id=key["key_id"])
        absent = [
            key["key_id"].upper(),
            "alias/b",
            "alias/aws/s3",
            "not a key",
            foreign["key_id"],
            key["arn"].replace(REGION, "eu-west-1"),
            key["arn"].replace(ACCOUNT, ""),
            key["arn"].replace(ACCOUNT, OTHER),
        ]
        for identifier in absent:
            with self.subTest(identifier=identifier):
                self.refused("key-not-found", "DescribeKey", key_id=identifier)
        self.refused("key-not-found", "EnableKey", key_id="alias/a")
        self.refused("key-not-found", "DescribeKey", OTHER_ROOT, key_id="alias/a")
        self.refused("access-denied", "DescribeKey", key_id=foreign["arn"])
        self.assertEqual(self.ask("ListAliases", key_id=foreign["arn"]), {"aliases": []})


class AliasTest(World):
    """key/aliases.md."""

    def test_life(self) -> None:
        one, two = self.key(), self.key()
        self.ask("CreateAlias", alias_name="alias/a", target_key_id=one["arn"])
        self.refused("alias-exists", "CreateAlias", alias_name="alias/a", target_key_id=two["arn"])
        self.ask("CreateAlias", alias_name="alias/A", target_key_id=two["arn"])
        self.assertEqual(
            self.last()["requestParameters"], {"aliasName": "alias/A", "targetKeyId": two["arn"]}
        )
        self.ask("UpdateAlias", alias_name="alias/a", target_key_id=two["key_id"])
        self.assertEqual(self.last()["resources"][0]["ARN"], two["arn"])
        self.restart()
        shown = self.ask("DescribeKey", key_id="alias/a")["key_metadata"]
        self.assertEqual(shown["arn"], two["arn"])
        aliases = self.ask("ListAliases", key_id=two["key_id"])["aliases"]
        self.assertEqual([one["alias_name"] for one in aliases], ["alias/A", "alias/a"])
        self.ask("DeleteAlias", alias_name="alias/a")
        self.assertEqual(self.last()["resources"][0]["ARN"], two["arn"])
        self.refused("key-not-found", "DeleteAlias", alias_name="alias/a")
        self.refused(
            "key-not-found", "UpdateAlias", alias_name="alias/a", target_key_id=two["key_id"]
        )

    def test_limit(self) -> None:
        one, two = self.key()["key_id"], self.key()["key_id"]
        for n in range(50):
            self.ask("CreateAlias", alias_name=f"alias/{n}", target_key_id=one)
        self.refused("limit-exceeded", "CreateAlias", alias_name="alias/50", target_key_id=one)
        self.ask("CreateAlias", alias_name="alias/50", target_key_id=two)
        self.refused("limit-exceeded", "UpdateAlias", alias_name="alias/50", target_key_id=one)
        self.ask("UpdateAlias", alias_name="alias/1", target_key_id=one)


class RotationTest(World):
    """rotation.md."""

    def materials(self, key: str) -> list[Json]:
        reply = self.ask("ListKeyRotations", key_id=key, include_key_material="ALL_KEY_MATERIAL")
        shown: list[Json] = reply["rotations"]
        return shown

    def test_automatic(self) -> None:
        key = self.key()["key_id"]
        self.assertFalse(self.ask("GetKeyRotationStatus", key_id=key)["key_rotation_enabled"])
        self.ask("EnableKeyRotation", key_id=key, rotation_period_in_days=90)
        blob = self.ask("Encrypt", key_id=key, plaintext="00")["ciphertext_blob"]
        self.advance(90 * DAY - 1)
        self.assertEqual(self.ask("ListKeyRotations", key_id=key), {"rotations": []})
        self.advance(90 * DAY + 1)
        rotations = self.ask("ListKeyRotations", key_id=key)["rotations"]
        dates = [one["rotation_date"] for one in rotations]
        self.assertEqual(dates, [START + 90 * DAY, START + 180 * DAY])
        self.assertEqual({one["rotation_type"] for one in rotations}, {"AUTOMATIC"})
        self.restart()
        self.assertEqual(self.ask("ListKeyRotations", key_id=key)["rotations"], rotations)
        states = [one["key_material_state"] for one in self.materials(key)]
        self.assertEqual(states, ["NON_CURRENT", "NON_CURRENT", "CURRENT"])
        self.assertNotIn("rotation_date", self.materials(key)[0])
        self.assertEqual(self.ask("Decrypt", ciphertext_blob=blob)["plaintext"], "00")
        status = self.ask("GetKeyRotationStatus", key_id=key)
        self.assertEqual(status["next_rotation_date"], START + 270 * DAY)
        self.assertEqual(self.names().count("RotateKey"), 2)

    def test_overdue(self) -> None:
        key = self.key()["key_id"]
        self.ask("EnableKeyRotation", key_id=key, rotation_period_in_days=90)
        self.ask("DisableKey", key_id=key)
        self.advance(400 * DAY)
        self.assertEqual(len(self.materials(key)), 1)
        self.ask("EnableKey", key_id=key)
        self.assertEqual(self.names()[-3:], ["ListKeyRotations", "EnableKey", "RotateKey"])
        self.assertEqual(
            [one.get("rotation_date") for one in self.materials(key)], [None, START + 400 * DAY]
        )
        status = self.ask("GetKeyRotationStatus", key_id=key)
        self.assertEqual(status["next_rotation_date"], START + 490 * DAY)

    def test_on_demand(self) -> None:
        key = self.key()
        for _ in range(25):
            reply = self.ask("RotateKeyOnDemand", key_id=key["key_id"])
            self.assertEqual(reply, {"key_id": key["arn"]})
        self.assertEqual(self.names()[-2:], ["RotateKeyOnDemand", "RotateKey"])
        self.refused("limit-exceeded", "RotateKeyOnDemand", key_id=key["key_id"])
        self.assertEqual(len(self.materials(key["key_id"])), 26)

    def test_conflict(self) -> None:
        key = self.key()["key_id"]
        self.ask("EnableKeyRotation", key_id=key, rotation_period_in_days=90)
        self.advance(90 * DAY - 1201)
        self.ask("RotateKeyOnDemand", key_id=key)
        self.advance(1)
        self.refused("conflict", "RotateKeyOnDemand", key_id=key)
        self.assertEqual(self.last()["errorCode"], "ConflictException")
        self.ask("DisableKeyRotation", key_id=key)
        self.ask("RotateKeyOnDemand", key_id=key)

    def test_order(self) -> None:
        keys = sorted(self.key()["key_id"] for _ in range(4))
        for key in reversed(keys):
            self.ask("EnableKeyRotation", key_id=key, rotation_period_in_days=90)
        self.ask("ScheduleKeyDeletion", key_id=keys[1], pending_window_in_days=7)
        before = len(self.names())
        self.advance(90 * DAY)
        acts = self.kms.lookup_events(ROOT)["events"][before:]
        shown = [(act["eventName"], act["resources"][0]["ARN"][-36:]) for act in acts]
        self.assertEqual(
            shown,
            [("DeleteKey", keys[1]), *(("RotateKey", keys[n]) for n in (0, 2, 3))],
        )


if __name__ == "__main__":
    unittest.main()
