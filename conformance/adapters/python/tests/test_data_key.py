"""The worked examples of encryption-context.md and data-key.md, and one-fault-invalid forms."""

from __future__ import annotations

import unittest
from typing import Any

from sse_store import data_key, encryption_context, xaes
from sse_store.words import Refusal

KMS: dict[str, Any] = {
    "binding": {
        "kms": {
            "context": {
                "aws:s3:arn": "arn:aws:s3:::bucket-a/folder/report.txt",
                "department": "finance",
            },
            "key_id": "7880b4b1-03d8-51bb-386c-dc30d4f8b087",
            "key_material_id": "573628f009e9fb0e0f2aa3f84a2a90d40b59bdfc4802ea1bca721b0ff82035e3",
        }
    },
    "data_key": "b976fd5c0cec961c282a5714bf7594258ebd44c02297111990e8e81c4b160c72",
    "nonce": "465904b317b530d8dca29862fea972456baf962ea4309878",
    "wrapping_key": "2811a49d91f6f20d917908da97a7f15f5bd76eabf047145b6253aa255b2a0863",
}
KMS_BLOB = (
    "534b42017880b4b103d851bb386cdc30d4f8b087573628f009e9fb0e0f2aa3f8"
    "4a2a90d40b59bdfc4802ea1bca721b0ff82035e3465904b317b530d8dca29862"
    "fea972456baf962ea43098780ba5161ebf85fce6fab5cf0fcffb662bf5f258bf"
    "a98a6efaa037c99052f22913962673556bde174316212e9fc9e5d114"
)
SERVICE: dict[str, Any] = {
    "binding": {"service": {"bucket": "bucket-a", "key": "folder/report.txt", "version": 1}},
    "data_key": "b073b8f1c094c336ab7dffaa4e7ea10b4e0595510ce534722c93e3589bc73133",
    "nonce": "145865b30aa52404242e551072d07f46ba31fb3533f36cee",
    "wrapping_key": "a3363f11600e7fc1a24e343699164f8de37606a4f791248ae99c015e9837a0be",
}
SERVICE_BLOB = (
    "5353420100000001145865b30aa52404242e551072d07f46ba31fb3533f36cee"
    "126043cca9fde0a0327d8438d3396a6380217241a54eec4681542e08e1d42824"
    "0f11e7c3acb923a3ccf72898a462cfe9"
)


def unwrap(request: dict[str, Any], blob: str) -> dict[str, Any]:
    """The unwrap that answers a wrap."""
    ((kind, binding),) = request["binding"].items()
    names = ("context",) if kind == "kms" else ("bucket", "key")
    own = {kind: {name: binding[name] for name in names}}
    return {"wrapping_key": request["wrapping_key"], "blob": blob, "binding": own}


class Case(unittest.TestCase):
    """A test that expects refusals."""

    def refused(self, class_: str, function: Any, *arguments: Any) -> None:
        with self.assertRaises(Refusal) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.class_, class_)


class ContextTest(Case):
    """encryption-context.md."""

    def test_example(self) -> None:
        pairs = [
            ["department", "finance"],
            ["aws:s3:arn", "arn:aws:s3:::bucket-a/folder/report.txt"],
        ]
        reply = data_key.perform_format("EncodeContext", {"pairs": pairs})
        self.assertEqual(
            reply["bytes"],
            "0002000a6177733a73333a61726e002761726e3a6177733a73333a3a3a627563"
            "6b65742d612f666f6c6465722f7265706f72742e747874000a6465706172746d"
            "656e74000766696e616e6365",
        )
        decoded = encryption_context.decode(bytes.fromhex(reply["bytes"]))
        self.assertEqual(decoded, {pair[0]: pair[1] for pair in pairs})

    def test_refused(self) -> None:
        encode = encryption_context.encode
        self.refused("invalid-argument", encode, [("a", "b"), ("a", "c")])
        self.refused("invalid-argument", encode, [("", "b")])
        self.refused("invalid-argument", encode, [(f"{n}", "") for n in range(65)])
        self.refused("invalid-argument", encode, [("a", "x" * 8186)])
        self.refused("invalid-argument", encode, [("\ud800", "x")])
        self.assertEqual(len(encode([("a", "x" * 8185)])), 8192)
        several: tuple[Any, ...] = (None, {}, [1], [["a"]], [["a", 1]], [["a", "b", "c"]])
        for wrong in several:
            self.refused("invalid-argument", encryption_context.perform_encode, {"pairs": wrong})

    def test_decode_strict(self) -> None:
        for wrong in (
            "",
            "00",
            "0001",
            "000000",
            "000100000000",
            "0001000161",
            "00010001ff0000",
            "0002000162000000016100 00",
            "0002000161000000016100 00",
            "0041",
        ):
            self.refused("integrity", encryption_context.decode, bytes.fromhex(wrong))
        self.assertEqual(encryption_context.decode(b"\0\0"), {})


class WrapTest(Case):
    """data-key.md."""

    def test_examples(self) -> None:
        for request, blob in ((KMS, KMS_BLOB), (SERVICE, SERVICE_BLOB)):
            self.assertEqual(data_key.perform_format("WrapDataKey", request), {"blob": blob})
            answer = data_key.perform_format("UnwrapDataKey", unwrap(request, blob))
            self.assertEqual(answer, {"data_key": request["data_key"]})

    def test_derived_keys(self) -> None:
        for request, derived in (
            (KMS, "89edfca1faacb12362d9de8dc3d9e86d61dc2e4dff814be2a92b5d9da94ddcd6"),
            (SERVICE, "a836ceb30385a3a141f68b6d664a8c0d5d73f8baa1f505fde181dc59e944bf99"),
        ):
            key, nonce = bytes.fromhex(request["wrapping_key"]), bytes.fromhex(request["nonce"])
            self.assertEqual(xaes.derive(key, nonce).hex(), derived)

    def test_every_changed_byte(self) -> None:
        for request, blob in ((KMS, KMS_BLOB), (SERVICE, SERVICE_BLOB)):
            for at in range(0, len(blob), 2):
                wrong = blob[:at] + f"{int(blob[at : at + 2], 16) ^ 1:02x}" + blob[at + 2 :]
                self.refused(
                    "integrity", data_key.perform_format, "UnwrapDataKey", unwrap(request, wrong)
                )
            for other in ("", blob[:-2], blob + "00", blob[:60]):
                self.refused(
                    "integrity", data_key.perform_format, "UnwrapDataKey", unwrap(request, other)
                )

    def test_other_kind(self) -> None:
        self.refused(
            "integrity", data_key.perform_format, "UnwrapDataKey", unwrap(KMS, SERVICE_BLOB)
        )
        self.refused(
            "integrity", data_key.perform_format, "UnwrapDataKey", unwrap(SERVICE, KMS_BLOB)
        )

    def test_limits(self) -> None:
        for request in (KMS, SERVICE):
            for field, value in (
                ("data_key", ""),
                ("data_key", "00" * 4097),
                ("nonce", "00" * 12),
                ("wrapping_key", "00" * 16),
                ("data_key", "0"),
                ("nonce", None),
                ("binding", {}),
                ("binding", 3),
                ("binding", {"kms": 1}),
            ):
                self.refused(
                    "invalid-argument",
                    data_key.perform_format,
                    "WrapDataKey",
                    {**request, field: value},
                )
        longest = {**KMS, "data_key": "ab" * 4096}
        blob = data_key.perform_format("WrapDataKey", longest)["blob"]
        self.assertEqual(len(blob) // 2, 4188)
        service = {"bucket": "b", "key": "k", "version": 0}
        self.refused(
            "invalid-argument",
            data_key.perform_format,
            "WrapDataKey",
            {**SERVICE, "binding": {"service": service}},
        )


if __name__ == "__main__":
    unittest.main()
