"""Policies: what is admitted, when a statement applies, the decisions, the lockout check."""

from __future__ import annotations

import itertools
import json
import unittest
from typing import Any

from sse_store import condition
from sse_store.condition import RequestContext
from sse_store.decision import Question, decide_bucket, decide_identity, decide_key
from sse_store.iam import kms_context
from sse_store.pattern import Pattern
from sse_store.policy import Kind, Policy
from sse_store.words import Caller, Refusal
from tests.common import ACCOUNT, OTHER, ROOT, World

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/7880b4b1-03d8-51bb-386c-dc30d4f8b087"
ALICE = Caller(f"arn:aws:iam::{ACCOUNT}:user/alice")
STRANGER = Caller(f"arn:aws:iam::{OTHER}:user/eve")
STRANGER_ROOT = Caller(f"arn:aws:iam::{OTHER}:root")


def statement(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*", **more}


def policy(*statements: dict[str, Any], kind: Kind = "key") -> Policy:
    return Policy.parse(json.dumps({"Statement": list(statements)}), kind)


def identity(*statements: dict[str, Any]) -> tuple[Policy, ...]:
    return (policy(*statements, kind="identity"),) if statements else ()


class PatternTest(unittest.TestCase):
    """Patterns."""

    def test_against_reference(self) -> None:
        """Every short pattern on every short text, against the plain recursive reading."""

        def reference(pattern: str, text: str) -> bool:
            if not pattern:
                return not text
            if pattern[0] == "*":
                return any(reference(pattern[1:], text[n:]) for n in range(len(text) + 1))
            return bool(text) and pattern[0] in ("?", text[0]) and reference(pattern[1:], text[1:])

        texts = ["".join(t) for n in range(5) for t in itertools.product("ab", repeat=n)]
        patterns = ["".join(p) for n in range(5) for p in itertools.product("ab?*", repeat=n)]
        for shape in patterns:
            compiled = Pattern(shape)
            for text in texts:
                self.assertEqual(compiled.matches(text), reference(shape, text), (shape, text))

    def test_long(self) -> None:
        self.assertFalse(Pattern("*a" * 3000 + "b").matches("a" * 4000))
        self.assertTrue(Pattern("a.*\n?").matches("a.x\n\n\u00e9"))


class DocumentTest(unittest.TestCase):
    """What is admitted."""

    def refused(self, place: str, document: Any, kind: Kind = "key", **more: Any) -> None:
        text = document if isinstance(document, str) else json.dumps(document)
        with self.assertRaises(Refusal) as caught:
            Policy.parse(text, kind, **more)
        self.assertEqual(caught.exception.class_, "malformed-policy")
        self.assertTrue(caught.exception.message.startswith(place), caught.exception.message)

    def test_places(self) -> None:
        good = statement(Principal="*")
        for place, change in (
            ("Statement[1].Effect", {"Effect": "allow"}),
            ("Statement[1].Effect", {"Effect": ["Allow"]}),
            ("Statement[1].Action", {"Action": "kms"}),
            ("Statement[1].Action", {"Action": ":x"}),
            ("Statement[1].Action", {"Action": "kms:"}),
            ("Statement[1].Action", {"NotAction": "*"}),
            ("Statement[1].Action", {"Action": []}),
            ("Statement[1].Action[0]", {"Action": [3]}),
            ("Statement[1].Resource", {"Resource": ""}),
            ("Statement[1].Resource", {"Resource": "a${b}"}),
            ("Statement[1].Principal", {"Principal": {"Service": "x"}}),
            ("Statement[1].Principal", {"Principal": {}}),
            ("Statement[1].Principal", {"Principal": ACCOUNT}),
            ("Statement[1].Principal.AWS", {"Principal": {"AWS": "arn:aws:iam::*:root"}}),
            ("Statement[1].Principal.AWS", {"Principal": {"AWS": KEY}}),
            ("Statement[1].NotPrincipal", {"NotPrincipal": "*"}),
            ("Statement[1].Sid", {"Sid": 3}),
            ("Statement[1].Condition", {"Condition": {}}),
            ("Statement[1].Condition.StringEqual", {"Condition": {"StringEqual": {"a": "b"}}}),
            ("Statement[1].Condition.Bool", {"Condition": {"Bool": {}}}),
            (
                "Statement[1].Condition.Bool.aws:SecureTransport",
                {"Condition": {"Bool": {"aws:SecureTransport": "yes"}}},
            ),
            (
                "Statement[1].Condition.Bool.aws:SecureTransport",
                {"Condition": {"Bool": {"aws:SecureTransport": True}}},
            ),
            (
                "Statement[1].Condition.StringEquals.aws:username",
                {"Condition": {"StringEquals": {"aws:username": "b"}}},
            ),
        ):
            with self.subTest(change=change):
                self.refused(place, {"Statement": [good, {**good, **change}]})
        self.refused("Statement.Principal", {"Statement": statement()})
        self.refused("Statement.Principal", {"Statement": good}, "identity")
        self.refused("Version", {"Version": "2020-01-01", "Statement": good})
        self.refused("Extra", {"Extra": 1, "Statement": good})
        self.refused("Statement", {"Version": "2012-10-17"})
        self.refused("Statement", {"Statement": []})
        for text in ("", "[]", "{} x", "nul", "{", '{"Statement": NaN}', "[" * 5000):
            self.refused("", text)
        self.refused("document.Id", '{"Id": "a", "Id": "a", "Statement": []}')
        self.refused("document", '{"Id": "\\ud800", "Statement": []}')

    def test_conditions(self) -> None:
        admitted = {
            "StringEquals": "aws:principalarn",
            "StringNotLikeIfExists": "kms:EncryptionContext:${"[:-2] + "a",
            "ForAnyValue:StringLikeIfExists": "kms:EncryptionContextKeys",
            "Null": "kms:EncryptionContextKeys",
            "ArnLikeIfExists": "aws:PrincipalArn",
        }
        for operator, key in admitted.items():
            value = "true" if operator == "Null" else "x"
            policy(statement(Principal="*", Condition={operator: {key: value}}))
        for operator, key in (
            ("StringEquals", "kms:EncryptionContextKeys"),
            ("ForAnyValue:StringEquals", "kms:CallerAccount"),
            ("ForAnyValue:ArnLike", "aws:PrincipalArn"),
            ("NullIfExists", "aws:PrincipalArn"),
            ("stringEquals", "aws:PrincipalArn"),
            ("StringEquals", "kms:EncryptionContext:"),
            ("StringEqualsIfExistsIfExists", "aws:PrincipalArn"),
        ):
            with self.subTest(operator=operator, key=key), self.assertRaises(Refusal):
                policy(statement(Principal="*", Condition={operator: {key: "true"}}))

    def test_limits(self) -> None:
        for kind, limit, class_ in (
            ("key", 32768, "limit-exceeded"),
            ("bucket", 20480, "malformed-policy"),
            ("identity", 6144, "malformed-policy"),
        ):
            text = "x" * (limit + 1)
            with self.assertRaises(Refusal) as caught:
                Policy.parse(text, kind)  # type: ignore[arg-type]
            self.assertEqual(caught.exception.class_, class_)
        whole = json.dumps({"Statement": statement(Principal="*")})
        Policy.parse(whole + " " * (32768 - len(whole)), "key")

    def test_bucket_resource(self) -> None:
        for resource, good in (
            ("arn:aws:s3:::b", True),
            ("arn:aws:s3:::b/*", True),
            ("arn:aws:s3:::bb", False),
            ("*", False),
        ):
            text = json.dumps({"Statement": statement(Principal="*", Resource=resource)})
            if good:
                Policy.parse(text, "bucket", bucket="b")
            else:
                self.refused("Statement.Resource", text, "bucket", bucket="b")


class ConditionTest(unittest.TestCase):
    """The tables of policy/condition.md."""

    def holds(self, operator: str, key: str, values: list[str], context: RequestContext) -> bool:
        parsed = condition.parse_operator(operator)
        assert parsed is not None
        made = condition.make(parsed, key, values)
        assert isinstance(made, condition.Condition), made
        return made.holds(context)

    def test_single(self) -> None:
        absent = RequestContext({})
        present = RequestContext({"kms:calleraccount": "a"})
        for operator, fits, differs, missing in (
            ("StringEquals", True, False, False),
            ("StringEqualsIfExists", True, False, True),
            ("StringNotEquals", False, True, True),
            ("StringNotEqualsIfExists", False, True, True),
            ("StringLike", True, False, False),
            ("StringNotLike", False, True, True),
            ("StringEqualsIgnoreCase", True, False, False),
        ):
            key = "kms:CallerAccount"
            self.assertEqual(self.holds(operator, key, ["x", "a"], present), fits, operator)
            self.assertEqual(self.holds(operator, key, ["x", "y"], present), differs, operator)
            self.assertEqual(self.holds(operator, key, ["x"], absent), missing, operator)
        self.assertTrue(self.holds("Null", "kms:CallerAccount", ["True"], absent))
        self.assertFalse(self.holds("Null", "kms:CallerAccount", ["false"], absent))
        self.assertTrue(self.holds("Null", "kms:CallerAccount", ["true", "false"], present))

    def test_set(self) -> None:
        key = "kms:EncryptionContextKeys"
        for names, any_value, all_values in (
            ([], False, True),
            (["a"], True, True),
            (["a", "z"], True, False),
            (["z"], False, False),
        ):
            context = RequestContext({}, dict.fromkeys(names, ""))
            values = ["a", "b"]
            for operator, expected in (
                ("ForAnyValue:StringEquals", any_value),
                ("ForAllValues:StringEquals", all_values),
                ("ForAnyValue:StringEqualsIfExists", any_value or not names),
                ("ForAllValues:StringEqualsIfExists", all_values),
            ):
                self.assertEqual(self.holds(operator, key, values, context), expected)
        both = RequestContext({}, {"a": "", "z": ""})
        self.assertTrue(self.holds("ForAnyValue:StringNotEquals", key, ["a"], both))
        self.assertFalse(self.holds("ForAllValues:StringNotEquals", key, ["a"], both))

    def test_pairs(self) -> None:
        context = RequestContext({}, {"NAME": "1", "Name": "2", "x": "3"})
        for spelled, value in (("Name", "2"), ("name", "1"), ("X", "3")):
            key = f"KMS:encryptioncontext:{spelled}"
            self.assertTrue(self.holds("StringEquals", key, [value], context))

    def test_arn_like(self) -> None:
        context = RequestContext({"aws:principalarn": ALICE.principal})
        for pattern, expected in (
            (f"arn:aws:iam::{ACCOUNT}:user/*", True),
            ("arn:*:iam::*:user/a?ice", True),
            ("arn:aws:iam:*:user/alice", False),
            ("*", False),
        ):
            self.assertEqual(
                self.holds("ArnLike", "aws:PrincipalArn", [pattern], context), expected, pattern
            )


class DecisionTest(unittest.TestCase):
    """The decisions, line by line."""

    def key(
        self,
        caller: Caller,
        key_policy: Policy,
        own: tuple[Policy, ...] = (),
        action: str = "kms:Decrypt",
    ) -> str:
        context = kms_context(caller, "us-east-1", False, None, {})
        question = Question(caller, own, action, KEY, context)
        return decide_key(question, key_policy, ACCOUNT).reason

    def test_key(self) -> None:
        everybody = policy(statement(Principal="*"))
        account = policy(statement(Principal={"AWS": ACCOUNT}))
        alice = policy(statement(Principal={"AWS": ALICE.principal}))
        other = policy(statement(Principal={"AWS": OTHER}))
        nobody = policy(statement(Principal={"AWS": [f"arn:aws:iam::{ACCOUNT}:role/x"]}))
        deny = policy(statement(Principal="*"), statement(Effect="Deny", Principal="*"))
        allow, denied = identity(statement()), identity(statement(Effect="Deny"))
        for caller, key_policy, own, reason in (
            (ALICE, everybody, (), "key-policy"),
            (ALICE, alice, (), "key-policy"),
            (ALICE, account, (), "default-deny"),
            (ALICE, account, allow, "delegated"),
            (ALICE, nobody, allow, "default-deny"),
            (ALICE, deny, allow, "explicit-deny"),
            (ALICE, alice, denied, "explicit-deny"),
            (ROOT, account, (), "key-policy"),
            (ROOT, nobody, (), "default-deny"),
            (STRANGER, everybody, (), "default-deny"),
            (STRANGER, everybody, allow, "cross-account"),
            (STRANGER, other, allow, "cross-account"),
            (STRANGER, account, allow, "default-deny"),
            (STRANGER_ROOT, other, (), "cross-account"),
            (Caller("nobody"), everybody, allow, "default-deny"),
            (Caller(f"arn:aws:iam::{ACCOUNT}:group/x"), everybody, allow, "default-deny"),
        ):
            with self.subTest(caller=caller, policy=key_policy.text):
                self.assertEqual(self.key(caller, key_policy, own), reason)
        across = self.key(STRANGER, everybody, allow, "kms:DisableKey")
        self.assertEqual(across, "default-deny")

    def test_bucket(self) -> None:
        def decide(
            caller: Caller,
            text: Policy | None,
            own: tuple[Policy, ...] = (),
            action: str = "s3:GetObject",
        ) -> str:
            question = Question(caller, own, action, "arn:aws:s3:::b/k", RequestContext({}))
            return decide_bucket(question, text, ACCOUNT).reason

        resource = "arn:aws:s3:::b/*"
        allow = identity(statement())
        alice = policy(statement(Principal={"AWS": ALICE.principal}, Resource=resource))
        other = policy(statement(Principal={"AWS": OTHER}, Resource=resource))
        deny = policy(statement(Effect="Deny", Principal="*", Resource=resource))
        self.assertEqual(decide(ROOT, deny, (), "s3:PutBucketPolicy"), "owner")
        self.assertEqual(decide(ROOT, deny), "explicit-deny")
        self.assertEqual(decide(ROOT, None), "identity-policy")
        self.assertEqual(decide(ALICE, alice), "bucket-policy")
        self.assertEqual(decide(ALICE, other, allow), "identity-policy")
        self.assertEqual(decide(ALICE, None), "default-deny")
        self.assertEqual(decide(STRANGER, other), "default-deny")
        self.assertEqual(decide(STRANGER, None, allow), "default-deny")
        self.assertEqual(decide(STRANGER, other, allow), "cross-account")
        question = Question(ALICE, allow, "s3:CreateBucket", "arn:aws:s3:::b", RequestContext({}))
        self.assertTrue(decide_identity(question).allowed)


class KeyPolicyTest(World):
    """Policies through KMS."""

    def test_defaults(self) -> None:
        key = self.key()
        text = self.ask("GetKeyPolicy", key_id=key["key_id"])["policy"]
        (only,) = json.loads(text)["Statement"]
        self.assertEqual(only["Principal"], {"AWS": ROOT.principal})
        self.assertEqual((only["Action"], only["Resource"]), ("kms:*", "*"))
        bob = self.user("bob", statement(Action="kms:GenerateDataKey", Resource=key["arn"]))
        self.ask("GenerateDataKey", bob, key_id=key["arn"], key_spec="AES_256")
        self.refused(
            "access-denied",
            "GenerateDataKeyWithoutPlaintext",
            bob,
            key_id=key["arn"],
            key_spec="AES_256",
        )

    def test_kept_and_checked(self) -> None:
        key = self.key()["key_id"]
        bob = self.user("bob")
        text = json.dumps({"Statement": statement(Principal={"AWS": bob.principal})}, indent=3)
        self.refused("malformed-policy", "PutKeyPolicy", key_id=key, policy=text)
        self.assertEqual(self.last()["errorCode"], "MalformedPolicyDocumentException")
        self.ask("PutKeyPolicy", key_id=key, policy=text, bypass_policy_lockout_safety_check=True)
        self.assertEqual(self.last()["requestParameters"], {"keyId": key})
        self.refused("access-denied", "GetKeyPolicy", key_id=key)
        self.restart()
        self.assertEqual(self.ask("GetKeyPolicy", bob, key_id=key), {"policy": text})
        unknown = text.replace("bob", "nobody")
        self.refused("malformed-policy", "PutKeyPolicy", bob, key_id=key, policy=unknown)
        self.refused("malformed-policy", "CreateKey", policy=unknown)
        self.refused("malformed-policy", "CreateKey", policy="{}")
        self.refused("limit-exceeded", "CreateKey", policy=" " * 32769)
        self.refused("access-denied", "CreateKey", bob, policy=unknown)

    def test_request_alias(self) -> None:
        key = self.key()["key_id"]
        self.ask("CreateAlias", alias_name="alias/a", target_key_id=key)
        self.ask("CreateAlias", alias_name="alias/b", target_key_id=key)
        bob = self.user("bob")
        only = statement(
            Principal={"AWS": bob.principal},
            Condition={"StringEquals": {"kms:RequestAlias": "alias/a"}},
        )
        text = json.dumps({"Statement": [only, statement(Principal={"AWS": ACCOUNT})]})
        self.ask("PutKeyPolicy", key_id=key, policy=text)
        self.ask("Encrypt", bob, key_id="alias/a", plaintext="00")
        arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/a"
        self.ask("Encrypt", bob, key_id=arn, plaintext="00")
        self.refused("access-denied", "Encrypt", bob, key_id="alias/b", plaintext="00")
        self.refused("access-denied", "Encrypt", bob, key_id=key, plaintext="00")

    def test_fixtures(self) -> None:
        def fixture(operation: str, /, **request: Any) -> None:
            self.iam.perform(ROOT, operation, request)

        def refused(class_: str, operation: str, /, **request: Any) -> None:
            with self.assertRaises(Refusal) as caught:
                fixture(operation, **request)
            self.assertEqual(caught.exception.class_, class_)

        fixture("CreatePrincipal", name="a")
        for wrong in ("", "a", "a b", "x" * 65, 3, None):
            refused("invalid-argument", "CreatePrincipal", name=wrong)
        refused("invalid-argument", "CreatePrincipal", name="b", account="999999999999")
        arn = f"arn:aws:iam::{ACCOUNT}:user/a"
        fixture("DeleteIdentityPolicy", principal=arn, name="absent")
        for other in (ROOT.principal, arn + "b"):
            refused("no-such-principal", "DeleteIdentityPolicy", principal=other, name="p")
            refused(
                "no-such-principal",
                "PutIdentityPolicy",
                principal=other,
                name="p",
                policy=json.dumps({"Statement": statement()}),
            )
        refused("malformed-policy", "PutIdentityPolicy", principal=arn, name="p", policy="{}")


if __name__ == "__main__":
    unittest.main()
