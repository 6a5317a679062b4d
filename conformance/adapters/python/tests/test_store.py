"""What the store promises, on worlds without a process around them."""

from __future__ import annotations

import hashlib
import unittest
from typing import Any

from sse_store.perform import perform
from sse_store.words import Caller, Json, Refusal
from sse_store.world import World

ROOT = Caller("arn:aws:iam::111122223333:root")
JOE = Caller("arn:aws:iam::111122223333:user/joe")
KMS = {"algorithm": "aws:kms"}


class Case(unittest.TestCase):
    """A world with one bucket and one key."""

    def setUp(self) -> None:
        self.world = World(["111122223333", "444455556666"], "us-east-1", 1_700_000_000)
        self.do("CreateBucket", bucket="bucket-a")
        self.key_id = self.do("CreateKey")["key_metadata"]["key_id"]

    def do(self, operation: str, by: Caller = ROOT, /, **request: Any) -> Json:
        return perform(self.world, by, operation, request)

    def refused(self, operation: str, by: Caller = ROOT, /, **request: Any) -> str:
        with self.assertRaises(Refusal) as caught:
            self.do(operation, by, **request)
        return caught.exception.class_

    def put(self, key: str, body: bytes, **more: Any) -> Json:
        return self.do("PutObject", bucket="bucket-a", key=key, body={"inline": body.hex()}, **more)

    def get(self, key: str, **more: Any) -> bytes:
        reply = self.do("GetObject", bucket="bucket-a", key=key, **more)
        return bytes.fromhex(reply["delivery"]["complete"])

    def events(self) -> list[str]:
        return [entry["eventName"] for entry in self.do("LookupEvents")["events"]]


class Objects(Case):
    def test_modes(self) -> None:
        reply = self.put("a", b"hello", metadata={"x": "y"})
        self.assertEqual(reply["etag"], hashlib.md5(b"hello").hexdigest())
        self.assertEqual(reply["sse"], {"algorithm": "AES256"})
        reply = self.put("b", b"hello", sse={**KMS, "kms_key_id": self.key_id})
        self.assertNotEqual(reply["etag"], hashlib.md5(b"hello").hexdigest())
        self.assertTrue(reply["sse"]["kms_key_id"].endswith(self.key_id))
        self.assertEqual((self.get("a"), self.get("b")), (b"hello", b"hello"))
        self.assertEqual(self.events(), ["CreateKey", "GenerateDataKey", "Decrypt"])

    def test_order_of_checks(self) -> None:
        wrong = {"algorithm": "x"}
        body = {"inline": ""}
        self.assertEqual(
            self.refused("PutObject", JOE, bucket="none", key="k", body=body, sse=wrong),
            "invalid-argument",
        )
        unknown = {**KMS, "kms_key_id": "alias/none"}
        self.assertEqual(
            self.refused("PutObject", JOE, bucket="none", key="k", body=body), "no-such-bucket"
        )
        request = {"bucket": "bucket-a", "key": "k", "body": body, "sse": unknown}
        self.assertEqual(self.refused("PutObject", JOE, **request), "access-denied")
        self.assertEqual(self.refused("PutObject", **request), "key-not-found")
        request["key"] = "k" * 1025
        self.assertEqual(self.refused("PutObject", **request), "key-too-long")

    def test_headers(self) -> None:
        arn = "arn:aws:s3:::bucket-a/k"
        refused: list[tuple[Json, str]] = [
            ({"algorithm": "aws:kms:dsse", "kms_key_id": "x"}, "unsupported-operation"),
            ({"algorithm": "AES256", "kms_key_id": "x"}, "invalid-argument"),
            ({"kms_key_id": "x"}, "invalid-argument"),
            ({"context": {"pairs": {}}}, "invalid-argument"),
            ({**KMS, "kms_key_id": ""}, "invalid-argument"),
            ({**KMS, "context": {"raw": "e30"}}, "invalid-argument"),
            ({**KMS, "context": {"raw": "WzFd"}}, "invalid-argument"),
            ({**KMS, "context": {"pairs": {"aws:s3:arn": "other"}}}, "invalid-argument"),
        ]
        for sse, class_ in refused:
            request = {"bucket": "bucket-a", "key": "k", "body": {"inline": ""}, "sse": sse}
            self.assertEqual(self.refused("PutObject", **request), class_, sse)
        self.put("k", b"", sse={**KMS, "context": {"pairs": {"aws:s3:arn": arn}}})
        self.put("k", b"", sse={**KMS, "context": {"raw": "e30="}})

    def test_copy_takes_mode_of_destination(self) -> None:
        self.do("CreateBucket", bucket="bucket-b")
        rules = [{"algorithm": "aws:kms", "kms_key_id": self.key_id}]
        self.do("PutBucketEncryption", bucket="bucket-b", rules=rules)
        self.put("a", b"hello", metadata={"x": "y"})
        source = {"bucket": "bucket-a", "key": "a"}
        reply = self.do("CopyObject", source=source, bucket="bucket-b", key="c")
        self.assertEqual(reply["sse"]["algorithm"], "aws:kms")
        shown = self.do("HeadObject", bucket="bucket-b", key="c")
        self.assertEqual(shown["metadata"], {"x": "y"})
        self.assertEqual(self.refused("CopyObject", source=source, **source), "invalid-request")
        self.do("CopyObject", source=source, replace_metadata={}, **source)
        self.assertNotIn("metadata", self.do("HeadObject", bucket="bucket-a", key="a"))

    def test_upload(self) -> None:
        name = {"bucket": "bucket-a", "key": "m"}
        sse = {**KMS, "kms_key_id": self.key_id}
        created = self.do("CreateMultipartUpload", **name, sse=sse)
        upload = {**name, "upload_id": created["upload_id"]}
        tags = {}
        for number, body in ((2, b"two"), (1, b"one"), (2, b"again")):
            request = {**upload, "part_number": number, "body": {"inline": body.hex()}}
            tags[number] = self.do("UploadPart", **request)["etag"]
        self.assertEqual(self.refused("GetObject", **name), "no-such-key")
        self.do("Restart")
        parts = [{"part_number": n, "etag": tags[n]} for n in (1, 2)]
        classes = {
            "malformed-xml": [],
            "invalid-part-order": parts[::-1],
            "invalid-part": [{"part_number": 3, "etag": "x"}],
        }
        for class_, wrong in classes.items():
            self.assertEqual(
                self.refused("CompleteMultipartUpload", **upload, parts=wrong), class_
            )
        reply = self.do("CompleteMultipartUpload", **upload, parts=parts)
        self.assertTrue(reply["etag"].endswith("-2"))
        self.assertEqual(self.get("m"), b"oneagain")
        self.assertEqual(self.get("m", range={"from_to": {"first": 2, "last": 4}}), b"eag")
        self.assertEqual(self.refused("AbortMultipartUpload", **upload), "no-such-upload")
        expected = ["CreateKey", "GenerateDataKey", *["Decrypt"] * 3, "Decrypt", *["Decrypt"] * 2]
        self.assertEqual(self.events(), expected)

    def test_abort_leaves_nothing(self) -> None:
        name = {"bucket": "bucket-a", "key": "m"}
        before = self.do("ReadAtRest")
        upload = {**name, "upload_id": self.do("CreateMultipartUpload", **name)["upload_id"]}
        self.do("UploadPart", **upload, part_number=1, body={"inline": "00"})
        self.do("AbortMultipartUpload", **upload)
        self.assertEqual(self.do("ReadAtRest"), before)


class Laboratory(Case):
    def setUp(self) -> None:
        super().setUp()
        self.put("o", b"0123456789" * 3, sse={**KMS, "kms_key_id": self.key_id})
        self.do("CreatePrincipal", name="joe")

    def edited(self, *edits: Json) -> str | None:
        """The refusal of a WriteAtRest, or else of the get after it."""
        try:
            self.do("WriteAtRest", edits=list(edits))
            self.assertEqual(self.get("o"), b"0123456789" * 3)
        except Refusal as refused:
            return refused.class_
        return None

    def test_every_edit_fails_closed(self) -> None:
        for item in self.do("ReadAtRest")["items"]:
            data = bytes.fromhex(item["bytes"])
            expected = "integrity" if "object" in item["tag"] else "damaged-store"
            for at in range(0, len(data), 5):
                edited = data[:at] + bytes([data[at] ^ 128]) + data[at + 1 :]
                replaced = {"replace": {"id": item["id"], "bytes": edited.hex()}}
                self.assertEqual(self.edited(replaced), expected, item["id"])
                self.do(
                    "WriteAtRest",
                    edits=[{"replace": {"id": item["id"], "bytes": item["bytes"]}}],
                )
            if item["tag"] != "trail":
                self.assertIsNotNone(self.edited({"remove": {"id": item["id"]}}), item["id"])
                self.do("WriteAtRest", edits=[{"insert": {"item": item}}])
        self.assertEqual(self.get("o"), b"0123456789" * 3)

    def test_restored_key_is_noticed(self) -> None:
        items = self.do("ReadAtRest")["items"]
        key = next(item for item in items if item["tag"] == "key")
        self.do("ScheduleKeyDeletion", key_id=self.key_id, pending_window_in_days=7)
        self.do("AdvanceClock", seconds=7 * 86400)
        self.assertEqual(self.edited(), "key-not-found")
        self.assertEqual(self.edited({"insert": {"item": key}}), "damaged-store")

    def test_swapped_objects(self) -> None:
        self.put("p", b"9" * 30, sse={**KMS, "kms_key_id": self.key_id})
        items = {item["id"]: item for item in self.do("ReadAtRest")["items"]}
        moved = {"id": "object/bucket-a/o", "bytes": items["object/bucket-a/p"]["bytes"]}
        self.assertEqual(self.edited({"replace": moved}), "integrity")

    def test_faults_change_nothing(self) -> None:
        body = {"inline": "ff"}
        operation = {"PutObject": {"bucket": "bucket-a", "key": "o", "body": body, "sse": KMS}}
        for point in ("kms", "storage", "trail"):
            for nth in range(1, 9):
                fault = {"point": point, "nth": nth, "kind": "garbage", "operation": operation}
                done = self.do("InjectFault", **fault)
                if not done["fired"]:
                    self.assertIn("replied", done["outcome"])
                    break
                self.assertEqual(done["outcome"]["refused"]["class"], "unavailable")
                self.assertEqual(self.get("o"), b"0123456789" * 3)
            self.put("o", b"0123456789" * 3)

    def test_faults_in_an_upload(self) -> None:
        name = {"bucket": "bucket-a", "key": "o"}
        created = self.do("CreateMultipartUpload", **name, sse=KMS)
        upload = {**name, "upload_id": created["upload_id"]}
        part = {**upload, "part_number": 1, "body": {"inline": "ff"}}
        tag = ""
        for point in ("kms", "storage", "trail"):
            for nth in range(1, 9):
                fault = {"point": point, "nth": nth, "kind": "timeout"}
                done = self.do("InjectFault", **fault, operation={"UploadPart": part})
                if not done["fired"]:
                    tag = done["outcome"]["replied"]["UploadPart"]["etag"]
                    break
        complete = {**upload, "parts": [{"part_number": 1, "etag": tag}]}
        for point in ("trail", "kms", "storage"):
            fault = {"point": point, "nth": 1, "kind": "unavailable"}
            done = self.do(
                "InjectFault", **fault, operation={"CompleteMultipartUpload": complete}
            )
            self.assertEqual(done["outcome"]["refused"]["class"], "unavailable")
            self.assertEqual(self.get("o"), b"0123456789" * 3)
        self.do("CompleteMultipartUpload", **complete)
        self.assertEqual(self.get("o"), b"\xff")

    def test_edited_part(self) -> None:
        name = {"bucket": "bucket-a", "key": "u"}
        upload = {**name, "upload_id": self.do("CreateMultipartUpload", **name)["upload_id"]}
        part = {**upload, "part_number": 1, "body": {"inline": "ff" * 50}}
        parts = [{"part_number": 1, "etag": self.do("UploadPart", **part)["etag"]}]
        for item in self.do("ReadAtRest")["items"]:
            if item["tag"] != "upload":
                continue
            data = bytes.fromhex(item["bytes"])
            for at in range(min(56, len(data))):
                edited = (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]).hex()
                self.do("WriteAtRest", edits=[{"replace": {"id": item["id"], "bytes": edited}}])
                self.assertEqual(
                    self.refused("CompleteMultipartUpload", **upload, parts=parts), "integrity"
                )
            back = {"id": item["id"], "bytes": item["bytes"]}
            self.do("WriteAtRest", edits=[{"replace": back}])
        self.do("CompleteMultipartUpload", **upload, parts=parts)
        self.assertEqual(self.get("u"), b"\xff" * 50)

    def test_service_key(self) -> None:
        self.put("s", b"before")
        self.do("RotateServiceKey")
        self.put("t", b"after")
        self.do("Restart")
        self.assertEqual((self.get("s"), self.get("t")), (b"before", b"after"))
        listed = self.do("ListDataKeys")["data_keys"]
        self.assertEqual(len({entry["plaintext"] for entry in listed}), 3)
        rest = "".join(item["bytes"] for item in self.do("ReadAtRest")["items"])
        for entry in listed:
            self.assertIn(entry["ciphertext_blob"], rest)
            self.assertNotIn(entry["plaintext"], rest)

    def test_policy_on_headers(self) -> None:
        policy = """{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::bucket-a/*",
            "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}}}"""
        self.do("PutBucketPolicy", bucket="bucket-a", policy=policy)
        self.assertEqual(self.do("GetBucketPolicy", bucket="bucket-a")["policy"], policy)
        self.do("Restart")
        name = {"bucket": "bucket-a", "key": "m"}
        self.assertEqual(self.refused("PutObject", **name, body={"inline": ""}), "access-denied")
        self.put("m", b"", sse={"algorithm": "AES256"})
        self.assertEqual(self.refused("CreateMultipartUpload", **name), "access-denied")
        sse = {"algorithm": "AES256"}
        created = self.do("CreateMultipartUpload", **name, sse=sse)
        upload = {**name, "upload_id": created["upload_id"]}
        tag = self.do("UploadPart", **upload, part_number=1, body={"inline": ""})["etag"]
        self.do("CompleteMultipartUpload", **upload, parts=[{"part_number": 1, "etag": tag}])


if __name__ == "__main__":
    unittest.main()
