"""The decisions of policies, for keys and for buckets: pure functions (policy.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .condition import RequestContext
from .pattern import ascii_lower
from .policy import Policy, Statement
from .principal import account_of_root, is_principal
from .words import Caller

# r[policy.cross-account.operations]
CROSS_ACCOUNT = frozenset(
    {
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:DescribeKey",
        "kms:GetKeyRotationStatus",
    }
)
OWNER_ACTIONS = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})


@dataclass(frozen=True, slots=True)
class Question:
    """May this caller do this, given the identity policies that he has?"""

    caller: Caller
    identity: tuple[Policy, ...]
    action: str
    resource: str
    context: RequestContext


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, its reason, and the statements that determined it."""

    allowed: bool
    reason: str
    statements: tuple[Statement, ...] = ()


DEFAULT_DENY = Decision(False, "default-deny")


@dataclass(slots=True)
class _Applying:
    """The statements that apply."""

    denies: list[Statement]
    direct: list[Statement]
    delegated: list[Statement]
    identity: list[Statement]
    root: bool

    @property
    def allows(self) -> list[Statement]:
        return self.direct + self.delegated

    @property
    def identity_allows(self) -> bool:
        return self.root or bool(self.identity)


def _applying(question: Question, resource_policy: Policy | None) -> _Applying:
    caller = question.caller
    found = _Applying([], [], [], [], account_of_root(caller.principal) is not None)
    action = ascii_lower(question.action)
    for statement in resource_policy.statements if resource_policy else ():
        principals = statement.principals
        if principals is None:
            continue
        direct = principals.everybody or caller.principal in principals.named
        of_account = caller.account in principals.accounts
        if not (direct or of_account):
            continue
        if not statement.covers(action, question.resource, question.context):
            continue
        if not statement.allow:
            found.denies.append(statement)
        elif direct or found.root:
            found.direct.append(statement)
        else:
            found.delegated.append(statement)
    if not found.root:
        for statement in _statements(question.identity):
            if statement.covers(action, question.resource, question.context):
                (found.identity if statement.allow else found.denies).append(statement)
    return found


def _statements(policies: Iterable[Policy]) -> Iterable[Statement]:
    return (statement for policy in policies for statement in policy.statements)


def decide_key(question: Question, key_policy: Policy, owner: str) -> Decision:
    """The decision for keys; the first line that holds decides."""
    # r[policy.decision.reference]
    caller = question.caller
    if not is_principal(caller.principal):
        return DEFAULT_DENY
    found = _applying(question, key_policy)
    # r[policy.key.deny-in-key-policy]
    # r[policy.key.deny-in-identity-policy]
    if found.denies:
        return Decision(False, "explicit-deny", tuple(found.denies))
    if caller.account != owner:
        if question.action not in CROSS_ACCOUNT:
            return DEFAULT_DENY
        # r[policy.cross-account.both]
        # r[policy.cross-account.key-policy-only]
        # r[policy.cross-account.iam-only]
        if found.allows and found.identity_allows:
            return Decision(True, "cross-account", (*found.allows, *found.identity))
        return DEFAULT_DENY
    # r[policy.key.direct-allow]
    # r[policy.key.root-not-named]
    # r[policy.key.iam-without-delegation]
    # r[policy.key.neither]
    if found.direct:
        return Decision(True, "key-policy", tuple(found.direct))
    # r[policy.key.delegation-with-iam]
    # r[policy.key.delegation-without-iam]
    # r[policy.key.delegation-no-grant]
    if found.delegated and found.identity_allows:
        return Decision(True, "delegated", (*found.delegated, *found.identity))
    return DEFAULT_DENY


def decide_bucket(question: Question, bucket_policy: Policy | None, owner: str) -> Decision:
    """The decision for buckets; the first line that holds decides."""
    caller = question.caller
    if not is_principal(caller.principal):
        return DEFAULT_DENY
    # r[policy.bucket.owner-root]
    if question.action in OWNER_ACTIONS and account_of_root(caller.principal) == owner:
        return Decision(True, "owner")
    found = _applying(question, bucket_policy)
    # r[policy.bucket.deny]
    if found.denies:
        return Decision(False, "explicit-deny", tuple(found.denies))
    if caller.account != owner:
        # r[policy.bucket.one-side]
        if found.allows and found.identity_allows:
            return Decision(True, "cross-account", (*found.allows, *found.identity))
        return DEFAULT_DENY
    if found.direct:
        return Decision(True, "bucket-policy", tuple(found.direct))
    # r[policy.bucket.identity-allow]
    if found.identity_allows:
        return Decision(True, "identity-policy", tuple(found.identity))
    return DEFAULT_DENY


def decide_identity(question: Question) -> Decision:
    """The decision where the identity side alone decides."""
    return decide_bucket(question, None, question.caller.account)
