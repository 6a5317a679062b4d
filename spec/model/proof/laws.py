"""The obligations on the decision: laws for any set of statements.

Each law returns pairs (name of the case, formula that has to be unsatisfiable)."""
import z3

import decision

ATTRIBUTES = ("deny", "star", "arn", "account", "rest")


STATEMENT = z3.DeclareSort("Statement")
FUNCTIONS = {name: z3.Function(name, STATEMENT, z3.BoolSort()) for name in ATTRIBUTES}


class Sets:
    """Any set of statements on each side: two predicates over an uninterpreted sort."""

    sort, functions = STATEMENT, FUNCTIONS

    def __init__(self, name, mutant=None):
        self.members = {side: z3.Function("%s_%s" % (name, side), self.sort, z3.BoolSort())
                        for side in ("resource", "identity")}

    @classmethod
    def statement(cls, x):
        return decision.Statement(*[cls.functions[n](x) for n in ATTRIBUTES])

    def some(self, side, test):
        x = z3.Const("x", self.sort)
        return z3.Exists([x], z3.And(self.members[side](x), test(self.statement(x))))


class Lists(Sets):
    """Any two lists of statements, of any lengths."""

    def __init__(self, name, mutant=None):
        self.mutant = mutant
        self.at = {side: z3.Function("%s_%s_at" % (name, side), z3.IntSort(), self.sort)
                   for side in ("resource", "identity")}
        self.size = {side: z3.Int("%s_%s_size" % (name, side)) for side in self.at}

    def some(self, side, test):
        if self.mutant == "only-first-statement-counts":
            return z3.And(self.size[side] > 0, test(self.statement(self.at[side](0))))
        i = z3.Int("i")
        inside = z3.And(i >= 0, i < self.size[side])
        return z3.Exists([i], z3.And(inside, test(self.statement(self.at[side](i)))))


SAME, ROOT, CROSSABLE, OWNER = z3.Bools("same_account root crossable owner_action")


def facts(source):
    return decision.Facts(source.some, SAME, ROOT, CROSSABLE, OWNER)


def allowed(kind, source, mutant=None):
    return getattr(decision, kind + "_decision")(facts(source), mutant)[0]


def direct_facts(source):
    """The facts once more, spelled out here without the functions of decision.py."""
    def some(side, *conditions):
        return source.some(side, lambda s: z3.And(*[c(s) for c in conditions]))
    named = lambda s: z3.Or(s.star, s.arn, s.account)
    rest, denies, allows = (lambda s: s.rest), (lambda s: s.deny), (lambda s: z3.Not(s.deny))
    return {"key_deny": some("resource", named, rest, denies),
            "own_deny": some("identity", rest, denies),
            "key_allow": some("resource", named, rest, allows),
            "own_allow": some("identity", rest, allows),
            "for_all": some("resource", lambda s: z3.Or(s.star, s.arn), rest, allows)}


def implies(assumption, conclusion):
    return z3.And(assumption, z3.Not(conclusion))


def deny_wins(m):
    s = Sets("p")
    d = direct_facts(s)
    denied = z3.Or(d["key_deny"], z3.And(z3.Not(ROOT), d["own_deny"]))
    yield "key", implies(denied, z3.Not(allowed("key", s, m)))
    yield "bucket", implies(z3.And(denied, z3.Not(z3.And(SAME, ROOT, OWNER))),
                            z3.Not(allowed("bucket", s, m)))


def default_deny(m):
    s = Sets("p")
    d = direct_facts(s)
    nothing = z3.And(z3.Not(d["key_allow"]), z3.Not(d["own_allow"]))
    yield "key", implies(nothing, z3.Not(allowed("key", s, m)))
    yield "bucket", implies(z3.And(nothing, z3.Not(ROOT)), z3.Not(allowed("bucket", s, m)))


def swapped(one, two):
    """The smallest case, for a counterexample: two statements, the other way round."""
    sides = [z3.And(one.size[s] == 2, two.size[s] == 2, one.at[s](0) == two.at[s](1),
                    one.at[s](1) == two.at[s](0)) for s in one.at]
    return z3.And(*sides)


def order_and_duplicates(m):
    """Two lists with the same elements, in any order and any number, decide alike."""
    one, two = Lists("a", m), Lists("b", m)
    same = [swapped(one, two)] if m else []
    for left, right in () if m else ((one, two), (two, one)):
        for side in ("resource", "identity"):
            i = z3.Int("j")
            to = z3.Function("to_%s_%s" % (side, left is one), z3.IntSort(), z3.IntSort())
            same.append(z3.ForAll([i], z3.Implies(
                z3.And(i >= 0, i < left.size[side]),
                z3.And(to(i) >= 0, to(i) < right.size[side],
                       right.at[side](to(i)) == left.at[side](i))),
                patterns=[left.at[side](i)]))
    for kind in ("key", "bucket"):
        yield kind, implies(z3.And(*same), allowed(kind, one) == allowed(kind, two))


def added(denies):
    """(smaller, larger, assumption): what larger has more are only Allows, or only Denies."""
    less, more = Sets("less"), Sets("more")
    x = z3.Const("y", Sets.sort)
    deny = Sets.functions["deny"](x)
    rules = []
    for side in ("resource", "identity"):
        old, new = less.members[side](x), more.members[side](x)
        extra = z3.And(new, z3.Not(old))
        rules += [z3.ForAll([x], z3.Implies(old, new)),
                  z3.ForAll([x], z3.Implies(extra, deny if denies else z3.Not(deny)))]
    return less, more, z3.And(*rules)


def allow_monotone(m):
    less, more, rules = added(False)
    for kind in ("key", "bucket"):
        before, after = allowed(kind, less, m), allowed(kind, more, m)
        yield kind, implies(z3.And(rules, before), after)


def deny_antitone(m):
    less, more, rules = added(True)
    for kind in ("key", "bucket"):
        before, after = allowed(kind, more, m), allowed(kind, less, m)
        yield kind, implies(z3.And(rules, before), after)


def cross_account_both(m):
    s = Sets("p")
    d = direct_facts(s)
    sides = z3.And(d["key_allow"], z3.Or(ROOT, d["own_allow"]))
    undenied = z3.Not(z3.Or(d["key_deny"], z3.And(z3.Not(ROOT), d["own_deny"])))
    for kind in ("key", "bucket"):
        yes = allowed(kind, s, m)
        yield kind + " needs both", implies(z3.And(z3.Not(SAME), yes), sides)
        crosses = CROSSABLE if kind == "key" else z3.BoolVal(True)
        yield kind + " takes both", implies(
            z3.And(z3.Not(SAME), sides, undenied, crosses), yes)


def crossable_only(m):
    yes = allowed("key", Sets("p"), m)
    yield "key", implies(z3.And(z3.Not(SAME), z3.Not(CROSSABLE)), z3.Not(yes))


def key_policy_needed(m):
    s = Sets("p")
    yield "key", implies(allowed("key", s, m), direct_facts(s)["key_allow"])


def delegation_needs_identity(m):
    s = Sets("p")
    d = direct_facts(s)
    only = z3.And(SAME, z3.Not(ROOT), z3.Not(d["for_all"]), z3.Not(d["own_allow"]))
    yield "key", implies(only, z3.Not(allowed("key", s, m)))


def direct_enough(m):
    s = Sets("p")
    d = direct_facts(s)
    undenied = z3.Not(z3.Or(d["key_deny"], z3.And(z3.Not(ROOT), d["own_deny"])))
    direct = z3.Or(d["for_all"], z3.And(ROOT, d["key_allow"]))
    for kind in ("key", "bucket"):
        yield kind, implies(z3.And(SAME, direct, undenied), allowed(kind, s, m))
    taken = z3.And(SAME, d["key_allow"], d["own_allow"], undenied)
    yield "delegated", implies(taken, allowed("key", s, m))


def root_bound_by_key_policy(m):
    s = Sets("p")
    d = direct_facts(s)
    named = z3.And(d["key_allow"], z3.Not(d["key_deny"]))
    yield "key", implies(z3.And(ROOT, SAME), allowed("key", s, m) == named)


def bucket_owner(m):
    yield "bucket", implies(z3.And(SAME, ROOT, OWNER), allowed("bucket", Sets("p"), m))


def bucket_one_side(m):
    s = Sets("p")
    d = direct_facts(s)
    undenied = z3.Not(z3.Or(d["key_deny"], d["own_deny"]))
    yield "own account", implies(
        z3.And(SAME, undenied, d["own_allow"]), allowed("bucket", s, m))


LAWS = [
    ("explicit deny overrides", "policy.key.deny-in-key-policy "
     "policy.key.deny-in-identity-policy policy.bucket.deny", deny_wins),
    ("default is deny", "policy.key.neither kms.authorization.default-deny "
     "sse.authorization.default-deny", default_deny),
    ("order and duplicates do not matter", "policy.decision.reference", order_and_duplicates),
    ("an Allow more never takes access", "policy.decision.reference", allow_monotone),
    ("a Deny more never gives access", "policy.decision.reference", deny_antitone),
    ("across accounts both sides, and both are enough", "policy.cross-account.both "
     "policy.cross-account.key-policy-only policy.cross-account.iam-only "
     "policy.bucket.one-side", cross_account_both),
    ("only the listed actions cross accounts", "policy.cross-account.operations",
     crossable_only),
    ("a key is never reached without its key policy", "policy.key.iam-without-delegation",
     key_policy_needed),
    ("delegation alone gives nothing", "policy.key.delegation-without-iam "
     "policy.key.delegation-no-grant", delegation_needs_identity),
    ("a direct Allow, or delegation and identity, is enough", "policy.key.direct-allow "
     "policy.key.delegation-with-iam", direct_enough),
    ("root reaches a key exactly by its key policy", "policy.key.root-not-named "
     "kms.authorization.root-permitted", root_bound_by_key_policy),
    ("root of the owner keeps the bucket policy", "policy.bucket.owner-root", bucket_owner),
    ("in the account an identity policy opens a bucket", "policy.bucket.identity-allow",
     bucket_one_side),
]

# mutant of the decision -> the law that has to fail
MUTANTS = {
    "key-policy-deny-ignored": deny_wins, "identity-deny-ignored": deny_wins,
    "allow-beats-deny": deny_wins, "deny-counts-as-allow": deny_antitone,
    "delegation-shadows-direct": allow_monotone,
    "bucket-deny-ignored": deny_wins,
    "default-allow": default_deny, "only-first-statement-counts": order_and_duplicates,
    "cross-account-or": cross_account_both, "bucket-cross-account-or": cross_account_both,
    "every-action-crosses": crossable_only, "identity-alone-on-key": key_policy_needed,
    "delegation-alone": delegation_needs_identity, "direct-needs-identity": direct_enough,
    "root-needs-no-statement": root_bound_by_key_policy,
    "bucket-owner-locked-out": bucket_owner, "bucket-identity-ignored": bucket_one_side,
}
