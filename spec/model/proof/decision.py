"""The policy decision of spec/policy.md, written once.

The same functions take Python booleans (to be run on the vectors) and z3 terms (to be
proved for any set of statements). `mutant` names a deliberate fault; None is the model.
"""
import z3

CROSSABLE = frozenset(
    "kms:" + name for name in (
        "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Encrypt", "Decrypt",
        "ReEncryptFrom", "ReEncryptTo", "DescribeKey", "GetKeyRotationStatus"))
OWNER_ACTIONS = frozenset(
    "s3:" + name for name in ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"))

KEY_REASONS = ("explicit-deny", "default-deny", "cross-account", "key-policy", "delegated",
               "default-deny")
BUCKET_REASONS = ("owner", "explicit-deny", "cross-account", "bucket-policy",
                  "identity-policy", "default-deny")
ALLOWING = frozenset(("owner", "cross-account", "key-policy", "bucket-policy", "delegated",
                      "identity-policy"))


def _symbolic(values):
    return any(z3.is_expr(value) for value in values)


def both(*values):
    return z3.And(*values) if _symbolic(values) else all(values)


def either(*values):
    return z3.Or(*values) if _symbolic(values) else any(values)


def no(value):
    return z3.Not(value) if z3.is_expr(value) else not value


class Statement:
    """What the decision asks of one statement: its effect, which form of principal
    matches the caller, and whether action, resource and condition match."""

    def __init__(self, deny, star, arn, account, rest, label=""):
        self.deny, self.star, self.arn, self.account = deny, star, arn, account
        self.rest, self.label = rest, label


def applies_resource(s):
    return both(either(s.star, s.arn, s.account), s.rest)


def direct(s, root):
    return both(applies_resource(s), no(s.deny), either(s.star, s.arn, both(s.account, root)))


def delegation(s, root):
    only = both(s.account, no(s.star), no(s.arn), no(root))
    return both(applies_resource(s), no(s.deny), only)


class Facts:
    """The booleans on which both decisions depend. `some(side, test)` says whether a
    statement of the policy on that side ("resource" or "identity") passes the test."""

    def __init__(self, some, same_account, root, crossable=False, owner_action=False):
        self.same, self.root = same_account, root
        self.crossable, self.owner_action = crossable, owner_action
        self.resource_deny = some("resource", lambda s: both(applies_resource(s), s.deny))
        self.resource_allow = some("resource", lambda s: both(applies_resource(s), no(s.deny)))
        self.direct = some("resource", lambda s: direct(s, root))
        self.delegation = some("resource", lambda s: delegation(s, root))
        self.own_deny = both(no(root), some("identity", lambda s: both(s.rest, s.deny)))
        self.own_allow = either(root, some("identity", lambda s: both(s.rest, no(s.deny))))


def key_lines(f, mutant=None):
    """Whether each of lines 1 to 6 of "The decision for keys" holds by itself."""
    deny = either(f.resource_deny, f.own_deny)
    cross = both(no(f.same), f.resource_allow, f.own_allow)
    delegated = both(f.same, f.delegation, f.own_allow)
    confined = both(no(f.same), no(f.crossable))
    named = both(f.same, f.direct)
    if mutant == "key-policy-deny-ignored":
        deny = f.own_deny
    if mutant == "identity-deny-ignored":
        deny = f.resource_deny
    if mutant == "allow-beats-deny":
        deny = both(deny, no(f.resource_allow))
    if mutant == "deny-counts-as-allow":
        deny, named = f.own_deny, both(f.same, either(f.direct, f.resource_deny))
    if mutant == "delegation-shadows-direct":
        named = both(f.same, f.direct, no(f.delegation))
    if mutant == "cross-account-or":
        cross = both(no(f.same), either(f.resource_allow, f.own_allow))
    if mutant == "every-action-crosses":
        confined = both(confined, no(confined))
    if mutant == "delegation-alone":
        delegated = both(f.same, f.delegation)
    if mutant == "identity-alone-on-key":
        delegated = both(f.same, f.own_allow)
    if mutant == "root-needs-no-statement":
        named = both(f.same, either(f.direct, f.root))
    if mutant == "direct-needs-identity":
        named = both(f.same, f.direct, f.own_allow)
    return [deny, confined, cross, named, delegated, True]


def bucket_lines(f, mutant=None):
    """Whether each of lines 1 to 6 of "The decision for buckets" holds by itself."""
    owner = both(f.same, f.root, f.owner_action)
    deny = either(f.resource_deny, f.own_deny)
    cross = both(no(f.same), f.resource_allow, f.own_allow)
    identity = both(f.same, f.own_allow)
    if mutant == "bucket-cross-account-or":
        cross = both(no(f.same), either(f.resource_allow, f.own_allow))
    if mutant == "bucket-deny-ignored":
        deny = f.own_deny
    if mutant == "bucket-owner-locked-out":
        owner = both(owner, no(f.resource_deny))
    if mutant == "bucket-identity-ignored":
        identity = both(identity, f.resource_allow)
    return [owner, deny, cross, both(f.same, f.direct), identity, True]


def first(lines, reasons, mutant=None):
    """(allowed, index of the deciding line): the first line that holds decides."""
    allowed, index = reasons[-1] in ALLOWING, len(lines)
    if mutant == "default-allow":
        allowed = True
    for number in range(len(lines) - 2, -1, -1):
        verdict = reasons[number] in ALLOWING
        line = lines[number]
        if z3.is_expr(line):
            allowed = z3.If(line, verdict, allowed)
            index = z3.If(line, number + 1, index)
        elif line:
            allowed, index = verdict, number + 1
    return allowed, index


def key_decision(facts, mutant=None):
    return first(key_lines(facts, mutant), KEY_REASONS, mutant)


def bucket_decision(facts, mutant=None):
    return first(bucket_lines(facts, mutant), BUCKET_REASONS, mutant)


def identity_decision(facts, mutant=None):
    """Where the identity side alone decides, such as CreateKey."""
    return both(no(facts.own_deny), facts.own_allow)


def concrete_some(resource, identity):
    """The quantifier over two concrete lists of statements."""
    sides = {"resource": resource, "identity": identity}
    return lambda side, test: any(test(s) for s in sides[side])
