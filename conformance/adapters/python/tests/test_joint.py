"""Store and KMS together: permissions, conditions and the trail through the store."""

from __future__ import annotations

import json
import unittest
from typing import Any

from sse_store.perform import perform
from sse_store.words import Caller, Json, Refusal
from sse_store.world import World
from tests.common import ACCOUNT, DAY, OTHER, OTHER_ROOT, REGION, ROOT, START


class JointTest(unittest.TestCase):
    """Requests on the store that reach KMS."""

    def setUp(self) -> None:
        self.world = World([ACCOUNT, OTHER], REGION, START)
        self.do("CreateBucket", bucket="bucket-a")

    def do(self, name: str, caller: Caller = ROOT, /, **request: Any) -> Json:
        return perform(self.world, caller, name, request)

    def refused(self, class_: str, name: str, caller: Caller = ROOT, /, **request: Any) -> Json:
        with self.assertRaises(Refusal) as caught:
            self.do(name, caller, **request)
        self.assertEqual(caught.exception.class_, class_, caught.exception.message)
        return caught.exception.to_json()

    def put(self, caller: Caller = ROOT, /, key: str = "k", **sse: Any) -> Json:
        return self.do(
            "PutObject",
            caller,
            bucket="bucket-a",
            key=key,
            body={"inline": "0102"},
            sse={"algorithm": "aws:kms", **sse},
        )

    def get(self, caller: Caller = ROOT, /, key: str = "k") -> str:
        reply = self.do("GetObject", caller, bucket="bucket-a", key=key)
        body: str = reply["delivery"]["complete"]
        return body

    def user(self, name: str, *statements: Json, account: str = ACCOUNT) -> Caller:
        arn = self.do("CreatePrincipal", name=name, account=account)["arn"]
        if statements:
            text = json.dumps({"Statement": list(statements)})
            self.do("PutIdentityPolicy", principal=arn, name="p", policy=text)
        return Caller(arn)

    def events(self, caller: Caller = ROOT) -> list[Json]:
        events: list[Json] = self.do("LookupEvents", caller)["events"]
        return events

    def test_trail(self) -> None:
        key = self.do("CreateKey")["key_metadata"]
        self.do("CreateAlias", alias_name="alias/a", target_key_id=key["arn"])
        before = len(self.events())
        self.put(kms_key_id="alias/a", context={"pairs": {"x": "y"}})
        self.assertEqual(self.get(), "0102")
        self.do("HeadObject", bucket="bucket-a", key="k")
        put, get = self.events()[before:]
        context = {"aws:s3:arn": "arn:aws:s3:::bucket-a/k", "x": "y"}
        self.assertEqual(put["eventName"], "GenerateDataKey")
        self.assertEqual(
            put["requestParameters"],
            {"keyId": "alias/a", "keySpec": "AES_256", "encryptionContext": context},
        )
        self.assertEqual(get["eventName"], "Decrypt")
        self.assertEqual(
            get["requestParameters"],
            {
                "keyId": key["arn"],
                "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
                "encryptionContext": context,
            },
        )
        self.do("DisableKey", key_id=key["arn"])
        answer = self.refused("key-disabled", "GetObject", bucket="bucket-a", key="k")
        self.assertEqual((answer["code"], answer["status"]), ("KMS.DisabledException", 400))
        self.assertEqual(self.events()[-1]["errorCode"], "DisabledException")
        self.do("Restart")
        self.assertEqual(len(self.events()), before + 4)
        usage = self.do("GetKeyUsage")["requests"]
        self.assertEqual(
            usage,
            [
                {"key_id": key["arn"], "operation": "Decrypt", "count": 1},
                {"key_id": key["arn"], "operation": "GenerateDataKey", "count": 1},
            ],
        )

    def test_permissions(self) -> None:
        key = self.do("CreateKey")["key_metadata"]
        s3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        only_s3 = self.user("s3", s3)
        both = self.user(
            "both",
            s3,
            {"Effect": "Allow", "Action": "kms:*", "Resource": key["arn"]},
        )
        only_kms = self.user("kms", {"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
        sse = {"algorithm": "aws:kms", "kms_key_id": key["key_id"]}
        request: Json = {"bucket": "bucket-a", "key": "k", "body": {"inline": "00"}, "sse": sse}
        for caller in (only_s3, only_kms, OTHER_ROOT):
            self.refused("access-denied", "PutObject", caller, **request)
        self.do("PutObject", both, **request)
        self.refused("access-denied", "GetObject", only_s3, bucket="bucket-a", key="k")
        self.assertEqual(self.get(both), "00")
        self.put(only_s3, key="managed")
        self.assertEqual(self.get(only_s3, key="managed"), "0102")

    def test_via_service(self) -> None:
        bob = self.user("bob", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
        condition = {
            "StringEquals": {
                "kms:ViaService": f"s3.{REGION}.amazonaws.com",
                "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::bucket-a/k",
            }
        }
        through = {
            "Effect": "Allow",
            "Principal": {"AWS": bob.principal},
            "Action": "kms:*",
            "Resource": "*",
            "Condition": condition,
        }
        root = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}
        key = self.do("CreateKey", policy=json.dumps({"Statement": [through, root]}))
        arn = key["key_metadata"]["arn"]
        self.put(bob, kms_key_id=arn)
        self.assertEqual(self.get(bob), "0102")
        self.refused(
            "access-denied",
            "GenerateDataKey",
            bob,
            key_id=arn,
            key_spec="AES_256",
            encryption_context={"aws:s3:arn": "arn:aws:s3:::bucket-a/k"},
        )
        with self.assertRaises(Refusal):
            self.put(bob, key="other", kms_key_id=arn)

    def test_header_conditions(self) -> None:
        deny: Json = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::bucket-a/*",
        }

        def policy(condition: Json) -> None:
            text = json.dumps({"Statement": {**deny, "Condition": condition}})
            self.do("PutBucketPolicy", bucket="bucket-a", policy=text)

        policy({"Null": {"s3:x-amz-server-side-encryption": "true"}})
        plain: Json = {"bucket": "bucket-a", "key": "k", "body": {"inline": ""}}
        self.refused("access-denied", "PutObject", **plain)
        self.put()
        key = self.do("CreateKey")["key_metadata"]
        name = "s3:x-amz-server-side-encryption-aws-kms-key-id"
        policy({"StringNotEquals": {name: key["arn"]}})
        self.put(kms_key_id=key["key_id"])
        with self.assertRaises(Refusal):
            self.put()
        rule = {"algorithm": "aws:kms", "kms_key_id": key["key_id"]}
        self.do("PutBucketEncryption", bucket="bucket-a", rules=[rule])
        self.do("PutObject", **plain)
        insecure = Caller(ROOT.principal, secure_transport=False)
        policy({"Bool": {"aws:SecureTransport": "false"}})
        self.refused("access-denied", "PutObject", insecure, **plain)

    def test_other_account(self) -> None:
        self.put()
        arn = self.do("DescribeKey", key_id="alias/aws/s3")["key_metadata"]["arn"]
        allow = {
            "Effect": "Allow",
            "Principal": {"AWS": OTHER},
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::bucket-a", "arn:aws:s3:::bucket-a/*"],
        }
        self.do("PutBucketPolicy", bucket="bucket-a", policy=json.dumps({"Statement": allow}))
        self.refused("access-denied", "GetObject", OTHER_ROOT, bucket="bucket-a", key="k")
        with self.assertRaises(Refusal):
            self.put(OTHER_ROOT, key="x", kms_key_id=arn)
        own = self.put(OTHER_ROOT, key="own")["sse"]["kms_key_id"]
        self.assertIn(OTHER, own)
        self.assertEqual(self.events(OTHER_ROOT)[-1]["eventName"], "GenerateDataKey")
        self.refused("access-denied", "GetObject", bucket="bucket-a", key="own")

    def test_trail_fault(self) -> None:
        key = self.do("CreateKey")["key_metadata"]["key_id"]
        operation = {"DisableKey": {"key_id": key}}
        reply = self.do(
            "InjectFault", point="trail", nth=1, kind="unavailable", operation=operation
        )
        self.assertTrue(reply["fired"])
        self.assertEqual(reply["outcome"]["refused"]["class"], "unavailable")
        shown = self.do("DescribeKey", key_id=key)["key_metadata"]
        self.assertEqual(shown["key_state"], "Enabled")
        self.assertEqual([e["eventName"] for e in self.events()], ["CreateKey", "DescribeKey"])

    def test_deleted_key(self) -> None:
        arn = self.do("CreateKey")["key_metadata"]["arn"]
        self.put(kms_key_id=arn)
        self.do("ScheduleKeyDeletion", key_id=arn, pending_window_in_days=7)
        self.refused("invalid-key-state", "GetObject", bucket="bucket-a", key="k")
        self.do("AdvanceClock", seconds=7 * DAY)
        self.do("Restart")
        answer = self.refused("key-not-found", "GetObject", bucket="bucket-a", key="k")
        self.assertEqual(answer["code"], "KMS.NotFoundException")
        self.do("HeadObject", bucket="bucket-a", key="k")

    def test_copy_and_multipart(self) -> None:
        source = self.do("CreateKey")["key_metadata"]["arn"]
        target = self.do("CreateKey")["key_metadata"]["arn"]
        self.put(kms_key_id=source, context={"pairs": {"x": "y"}})
        before = len(self.events())
        self.do(
            "CopyObject",
            source={"bucket": "bucket-a", "key": "k"},
            bucket="bucket-a",
            key="c",
            sse={"algorithm": "aws:kms", "kms_key_id": target},
        )
        names = [(e["eventName"], e["resources"][0]["ARN"]) for e in self.events()[before:]]
        self.assertEqual(names, [("Decrypt", source), ("GenerateDataKey", target)])
        self.assertEqual(
            self.events()[-1]["requestParameters"]["encryptionContext"],
            {"aws:s3:arn": "arn:aws:s3:::bucket-a/c"},
        )
        before = len(self.events())
        upload = self.do(
            "CreateMultipartUpload",
            bucket="bucket-a",
            key="m",
            sse={"algorithm": "aws:kms", "kms_key_id": target},
        )["upload_id"]
        part = self.do(
            "UploadPart",
            bucket="bucket-a",
            key="m",
            upload_id=upload,
            part_number=1,
            body={"inline": "ff"},
        )
        self.do(
            "CompleteMultipartUpload",
            bucket="bucket-a",
            key="m",
            upload_id=upload,
            parts=[{"part_number": 1, "etag": part["etag"]}],
        )
        names_only = [e["eventName"] for e in self.events()[before:]]
        self.assertEqual(names_only, ["GenerateDataKey", "Decrypt", "Decrypt"])
        self.assertEqual(self.get(key="m"), "ff")

    def test_laboratory_list(self) -> None:
        self.put()
        self.do("Restart")
        self.get()
        (record,) = self.do("ListDataKeys")["data_keys"]
        self.assertEqual(len(record["plaintext"]), 64)
        self.assertEqual(record["encryption_context"], {"aws:s3:arn": "arn:aws:s3:::bucket-a/k"})


if __name__ == "__main__":
    unittest.main()
