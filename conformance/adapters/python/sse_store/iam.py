"""Principals, their identity policies, and the permission of the store (policy.md).

Owns the fixtures CreatePrincipal, PutIdentityPolicy and DeleteIdentityPolicy. One item at rest for
each principal; that none of them vanished is the business of whoever opens the items.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from .condition import RequestContext
from .decision import Decision, Question, decide_bucket, decide_identity
from .pattern import ascii_lower
from .policy import Policy
from .principal import NAME, user_arn
from .shelf import Shelf
from .words import Caller, Items, Json, Refusal

TAG = "policy"
FIELDS = {
    "CreatePrincipal": frozenset({"account", "name"}),
    "PutIdentityPolicy": frozenset({"principal", "name", "policy"}),
    "DeleteIdentityPolicy": frozenset({"principal", "name"}),
}


class Iam:
    """The principals of a world."""

    def __init__(self, accounts: list[str]) -> None:
        self._accounts = frozenset(accounts)
        self._policies: dict[str, dict[str, Policy]] = {}
        self._identity: dict[str, tuple[Policy, ...]] = {}
        self._shelf = Shelf()

    # --- fixtures

    def perform(self, caller: Caller, name: str, request: Json) -> Json:
        """A fixture on principals."""
        if name not in FIELDS:
            raise Refusal("unsupported-operation", f"no operation {name}")
        if not FIELDS[name].issuperset(request):
            raise Refusal("invalid-argument", "a field that the operation does not have")
        if name == "CreatePrincipal":
            return self._create(request.get("account", caller.account), request)
        return self._put(request) if name == "PutIdentityPolicy" else self._delete(request)

    def _create(self, account: object, request: Json) -> Json:
        name = request.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise Refusal("invalid-argument", "no name of a principal")
        if not isinstance(account, str) or account not in self._accounts:
            raise Refusal("invalid-argument", "no account of this world")
        arn = user_arn(account, name)
        if arn in self._policies:
            raise Refusal("invalid-argument", "the principal exists")
        self._policies[arn] = {}
        self._write(arn)
        return {"arn": arn}

    def _put(self, request: Json) -> Json:
        name = _policy_name(request)
        policy = Policy.parse(request.get("policy"), "identity")
        self._of(request)[name] = policy
        self._write(request["principal"])
        return {}

    def _delete(self, request: Json) -> Json:
        name, policies = _policy_name(request), self._of(request)
        if policies.pop(name, None) is not None:
            self._write(request["principal"])
        return {}

    def _of(self, request: Json) -> dict[str, Policy]:
        principal = request.get("principal")
        if not isinstance(principal, str):
            raise Refusal("invalid-argument", "principal is no text")
        if principal not in self._policies:
            raise Refusal("no-such-principal", "the principal was never created")
        return self._policies[principal]

    # --- questions

    def exists(self, principal: str) -> bool:
        """Whether a user or role was created."""
        return principal in self._policies

    def identity(self, principal: str) -> tuple[Policy, ...]:
        """The identity policies of a principal."""
        return self._identity.get(principal, ())

    def question(
        self, caller: Caller, action: str, resource: str, context: RequestContext
    ) -> Question:
        """The question of the decisions, with the caller's identity policies."""
        return Question(caller, self.identity(caller.principal), action, resource, context)

    def decide_s3(
        self,
        caller: Caller,
        action: str,
        resource: str,
        owner: str,
        bucket_policy: Policy | None,
        conditions: Mapping[str, list[str]],
    ) -> Decision:
        """The decision for buckets, or for CreateBucket that of the identity side alone."""
        values = caller_values(caller)
        values.update((ascii_lower(key), value[0]) for key, value in conditions.items() if value)
        question = self.question(caller, action, resource, RequestContext(values))
        if action == "s3:CreateBucket":
            return decide_identity(question)
        return decide_bucket(question, bucket_policy, owner)

    def check_s3(
        self,
        caller: Caller,
        action: str,
        resource: str,
        owner: str,
        bucket_policy: Policy | None,
        conditions: dict[str, list[str]],
    ) -> None:
        """Refuses what the decision for buckets does not allow."""
        # r[policy.permission.s3-needed]
        decided = self.decide_s3(caller, action, resource, owner, bucket_policy, conditions)
        if not decided.allowed:
            raise Refusal("access-denied", f"{action} is not allowed: {decided.reason}")

    # --- items at rest

    def items(self) -> Items:
        """Every item, unsealed; the same mapping until the next load."""
        return self._shelf.items

    def changed(self) -> set[str]:
        """The ids of the items that changed since the last call."""
        return self._shelf.take_changed()

    def load(self, items: Items) -> None:
        """Takes the place of everything held, from opened items."""
        self._policies, self._identity = {}, {}
        self._shelf = Shelf()
        # r[policy.document.survives-restart]
        try:
            for _, data in items.values():
                self._load_one(json.loads(data))
        except (KeyError, TypeError, ValueError, Refusal):
            raise Refusal("damaged-store", "an item of a principal is not readable") from None
        for name, item in items.items():
            self._shelf.keep(name, item)

    def _load_one(self, record: Json) -> None:
        policies: dict[str, str] = record["policies"]
        arn: str = record["arn"]
        self._policies[arn] = {
            name: Policy.parse(text, "identity") for name, text in policies.items()
        }
        self._identity[arn] = tuple(self._policies[arn].values())

    def _write(self, arn: str) -> None:
        policies = self._policies[arn]
        self._identity[arn] = tuple(policies.values())
        texts = {name: policy.text for name, policy in policies.items()}
        record = {"arn": arn, "policies": texts}
        self._shelf.put(f"iam/principal/{arn}", TAG, json.dumps(record).encode())


def caller_values(caller: Caller) -> dict[str, str]:
    """The condition keys that every request has."""
    # r[policy.condition.secure-transport]
    return {
        "aws:principalarn": caller.principal,
        "aws:securetransport": "true" if caller.secure_transport else "false",
    }


def kms_context(
    caller: Caller, region: str, through_store: bool, alias: str | None, pairs: Mapping[str, str]
) -> RequestContext:
    """The request context of a kms action."""
    values = caller_values(caller)
    # r[policy.condition.caller-account]
    values["kms:calleraccount"] = caller.account
    # r[policy.condition.via-service]
    if through_store:
        values["kms:viaservice"] = f"s3.{region}.amazonaws.com"
    # r[policy.condition.request-alias]
    if alias is not None:
        values["kms:requestalias"] = alias
    return RequestContext(values, pairs)


def missing_principals(iam: Iam, policy: Policy) -> Iterable[str]:
    """The users and roles that a policy names and that do not exist."""
    return (name for name in sorted(policy.named_principals()) if not iam.exists(name))


def _policy_name(request: Json) -> str:
    name = request.get("name")
    if not isinstance(name, str):
        raise Refusal("invalid-argument", "name is no text")
    return name
