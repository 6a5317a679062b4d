"""The worked example of sealed-object.md, and what its opener refuses."""

from __future__ import annotations

import re
import unittest
from pathlib import Path
from typing import Any

from sse_store import format_operations, shapes
from sse_store.words import Refusal

SPEC = Path(__file__).resolve().parents[4] / "spec"


def perform(name: str, request: dict[str, Any]) -> dict[str, Any]:
    """A format operation."""
    fields = shapes.read(request, shapes.OPERATIONS[name], name)
    return format_operations.perform(name, request, fields)


def example(document: str, name: str) -> dict[str, str]:
    """The lines of an example of the specification: name -> value."""
    text = (SPEC / document).read_text()
    block = text.split(f"#{name} -->")[1].split("```text\n")[1].split("```")[0]
    joined = re.sub(r"\n    +", "", block)
    joined = joined.replace("= ", "=")
    out = {}
    for line in joined.splitlines():
        left, _, right = line.partition("=")
        out[left.strip()] = right.strip().strip('"')
    return out


class Worked(unittest.TestCase):
    def setUp(self) -> None:
        self.example = example("sealed-object.md", "sealed-object/sse-kms-small")
        self.names = {
            name: self.example[f"input.{name}"]
            for name in ("bucket", "key", "root_key", "data_key")
        }
        self.item = self.example["expect.reply.item"]

    def seal(self, **changes: Any) -> str:
        fields: dict[str, Any] = {
            name: self.example[f"input.{name}"]
            for name in ("algorithm", "blob", "kms_key_id", "etag", "record_nonce")
        }
        fields |= self.names
        fields["context"] = {"department": "finance"}
        fields["metadata"] = {"color": "blue"}
        fields["parts"] = [
            {
                "part_number": 0,
                "salt": self.example["input.parts[0].salt"],
                "body": {"inline": self.example["input.parts[0].body.inline"]},
            }
        ]
        reply = perform("SealObject", {**fields, **changes})
        item: str = reply["item"]
        return item

    def open(self, item: str, **changes: Any) -> dict[str, Any]:
        request = {**self.names, "item": item, **changes}
        return perform("OpenObject", request)

    def refused(self, item: str, **changes: Any) -> str:
        with self.assertRaises(Refusal) as caught:
            self.open(item, **changes)
        return caught.exception.class_

    def test_seal(self) -> None:
        self.assertEqual(self.seal(), self.item)

    def test_open(self) -> None:
        reply = self.open(self.item)
        self.assertEqual(bytes.fromhex(reply["body"]), b"attack at dawn")
        self.assertEqual(reply["context"], {"department": "finance"})
        self.assertEqual(reply["size"], 14)

    def test_every_byte_is_authentic(self) -> None:
        data = bytes.fromhex(self.item)
        for at in range(len(data)):
            edited = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            self.assertEqual(self.refused(edited.hex()), "integrity", at)
        for cut in range(len(data)):
            self.assertEqual(self.refused(data[:cut].hex()), "integrity", cut)
        self.assertEqual(self.refused((data + b"\0").hex()), "integrity")
        self.assertEqual(self.refused(self.item, key="other"), "integrity")

    def test_wrong_parameters(self) -> None:
        wrong: tuple[dict[str, Any], ...] = (
            {"algorithm": "AES256"},
            {"kms_key_id": ""},
            {"blob": ""},
            {"etag": ""},
            {"etag": "x" * 65},
            {"parts": []},
            {"data_key": "00"},
            {"record_nonce": "00"},
            {"surplus": 1},
        )
        for changes in wrong:
            with self.assertRaises(Refusal) as caught:
                self.seal(**changes)
            self.assertEqual(caught.exception.class_, "invalid-argument", changes)

    def test_ranges_over_parts(self) -> None:
        bodies = [bytes([n]) * size for n, size in ((1, 16384), (2, 0), (3, 40000))]
        parts = [
            {"part_number": n, "salt": f"{n % 256:02x}" * 24, "body": {"inline": data.hex()}}
            for n, data in zip((1, 5, 10000), bodies, strict=True)
        ]
        item = self.seal(parts=parts)
        whole = b"".join(bodies)
        self.assertEqual(bytes.fromhex(self.open(item)["body"]), whole)
        for first, last in ((0, 0), (16383, 16384), (16384, 16384), (100, 50000), (56000, 99999)):
            reply = self.open(item, range={"from_to": {"first": first, "last": last}})
            self.assertEqual(bytes.fromhex(reply["body"]), whole[first : last + 1])
        reply = self.open(item, range={"last": {"length": 5}})
        self.assertEqual(bytes.fromhex(reply["body"]), whole[-5:])
        self.assertEqual(self.refused(item, range={"from": {"first": len(whole)}}), "invalid-range")


if __name__ == "__main__":
    unittest.main()
