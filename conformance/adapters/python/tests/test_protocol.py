"""The child process: framing, chunks in both directions, and its end."""

from __future__ import annotations

import json
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

ADAPTER = Path(__file__).resolve().parents[1] / "adapter.py"
Json = dict[str, Any]


class Process(unittest.TestCase):
    def setUp(self) -> None:
        pipe = subprocess.PIPE
        self.child = subprocess.Popen([sys.executable, str(ADAPTER)], stdin=pipe, stdout=pipe)
        self.seq = 0
        self.ask({"start": {"protocols": [1], "suite": "test"}})
        self.ask({"world": "w", "open": {"start": 0}})
        self.perform("CreateBucket", {"bucket": "bucket-a"})

    def tearDown(self) -> None:
        assert self.child.stdin is not None and self.child.stdout is not None
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait(5)

    def ask(self, message: Json, *follow: Json) -> list[Json]:
        assert self.child.stdin is not None and self.child.stdout is not None
        for one in (message, *follow):
            self.child.stdin.write(json.dumps({"seq": self.seq, **one}).encode() + b"\n")
        self.child.stdin.flush()
        answers: list[Json] = []
        while not answers or "chunk" in answers[-1]:
            answers.append(json.loads(self.child.stdout.readline()))
            self.assertEqual(answers[-1]["seq"], self.seq)
        self.seq += 1
        return answers

    def perform(self, name: str, request: Json, *follow: Json) -> list[Json]:
        caller = {"principal": "arn:aws:iam::111122223333:root"}
        message = {"world": "w", "caller": caller, "perform": {name: request}}
        return self.ask(message, *({"world": "w", **one} for one in follow))

    def test_chunks(self) -> None:
        name = {"bucket": "bucket-a", "key": "k"}
        piece = bytes(range(256)) * 4096
        chunk = {"chunk": piece.hex()}
        put = {**name, "body": {"chunks": {}}}
        for pieces in (0, 1, 2, 3):
            follow: list[Json] = [*([chunk] * pieces), {"end": {}}]
            self.assertIn("reply", self.perform("PutObject", put, *follow)[0])
            answers = self.perform("GetObject", name)
            digits = "".join(answer["chunk"] for answer in answers[:-1])
            digits += answers[-1]["reply"]["GetObject"]["delivery"]["complete"]
            self.assertEqual(digits, piece.hex() * pieces)
        gone = self.perform("PutObject", put, chunk, {"gone": {}})[0]
        self.assertEqual(gone["refused"]["class"], "invalid-request")
        missing = {"bucket": "none", "key": "k", "body": {"chunks": {}}}
        refused = self.perform("PutObject", missing, chunk, {"end": {}})[0]
        self.assertEqual(refused["refused"]["class"], "no-such-bucket")

    def test_odd_messages(self) -> None:
        self.assertIn("skipped", self.perform("Unknown", {})[0])
        self.assertIn("errored", self.ask({"world": "none", "perform": {"Restart": {}}})[0])
        self.assertIn("closed", self.ask({"world": "w", "close": {}})[0])

    def test_shutdown(self) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(b'{"seq":9,"shutdown":{}}\n')
        self.child.stdin.flush()
        self.assertEqual(self.child.wait(5), 0)


if __name__ == "__main__":
    unittest.main()
