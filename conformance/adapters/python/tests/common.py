"""What the tests of KMS and of policies share."""

from __future__ import annotations

import json
import random
import unittest
from collections.abc import Callable
from typing import Any

from sse_store.iam import Iam
from sse_store.kms import Kms
from sse_store.words import Caller, Json, Refusal

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
START, DAY = 1_700_000_000, 86400
ROOT = Caller(f"arn:aws:iam::{ACCOUNT}:root")
OTHER_ROOT = Caller(f"arn:aws:iam::{OTHER}:root")


class World(unittest.TestCase):
    """A KMS with a clock that the test moves, and a seeded source of bytes."""

    def setUp(self) -> None:
        self.now = START
        source = random.Random(7)
        self.iam = Iam([ACCOUNT, OTHER])
        self.random: Callable[[int], bytes] = source.randbytes
        self.kms = self.fresh()

    def fresh(self) -> Kms:
        return Kms(
            iam=self.iam,
            accounts=[ACCOUNT, OTHER],
            region=REGION,
            now=lambda: self.now,
            random=self.random,
        )

    def restart(self) -> None:
        items = dict(self.kms.items())
        self.kms = self.fresh()
        self.kms.load(items)

    def ask(self, name: str, caller: Caller = ROOT, **request: Any) -> Json:
        return self.kms.perform(caller, name, request)

    def refused(self, class_: str, name: str, caller: Caller = ROOT, **request: Any) -> None:
        with self.assertRaises(Refusal) as caught:
            self.ask(name, caller, **request)
        self.assertEqual(caught.exception.class_, class_, caught.exception.message)
        self.assertEqual(caught.exception.side, "kms")

    def key(self, caller: Caller = ROOT, **request: Any) -> Json:
        made: Json = self.ask("CreateKey", caller, **request)["key_metadata"]
        return made

    def user(self, name: str, policy: Json | None = None, account: str = ACCOUNT) -> Caller:
        arn = self.iam.perform(ROOT, "CreatePrincipal", {"name": name, "account": account})["arn"]
        if policy is not None:
            put = {"principal": arn, "name": "p", "policy": json.dumps({"Statement": policy})}
            self.iam.perform(ROOT, "PutIdentityPolicy", put)
        return Caller(arn)

    def advance(self, seconds: int) -> None:
        self.now += seconds
        self.kms.advance(self.now)

    def names(self, caller: Caller = ROOT) -> list[str]:
        return [entry["eventName"] for entry in self.kms.lookup_events(caller)["events"]]

    def last(self, caller: Caller = ROOT) -> Json:
        entry: Json = self.kms.lookup_events(caller)["events"][-1]
        return entry
