"""A small reader of policy documents: statements, patterns and conditions, written from
spec/policy.md and spec/policy/condition.md. It decides whether a statement matches; what
follows from that is in decision.py. It trusts that a document is well formed."""
import json

from decision import Statement


def lower(text):
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def listed(value):
    return value if isinstance(value, list) else [value]


def like(pattern, text):
    """`*` is any run of characters, `?` exactly one."""
    rows = {0}
    for sign in pattern:
        if sign == "*":
            rows = set(range(min(rows), len(text) + 1)) if rows else rows
        else:
            rows = {i + 1 for i in rows if i < len(text) and sign in ("?", text[i])}
    return len(text) in rows


def arn_like(pattern, text):
    left, right = pattern.split(":", 5), text.split(":", 5)
    return len(left) == len(right) == 6 and all(map(like, left, right))


def same_caseless(value, text):
    return lower(value) == lower(text)


# operator -> (test of one policy value against one request value, negated)
OPERATORS = {
    "StringEquals": (lambda p, r: p == r, False),
    "StringNotEquals": (lambda p, r: p == r, True),
    "StringEqualsIgnoreCase": (same_caseless, False),
    "StringLike": (like, False),
    "StringNotLike": (like, True),
    "ArnLike": (arn_like, False),
    "Bool": (same_caseless, False),
}
CONTEXT = "kms:encryptioncontext:"


class Request:
    """One decision's input: caller, action, resource and request context."""

    def __init__(self, caller, action, resource, context):
        self.caller, self.action, self.resource = caller, action, resource
        self.account = caller.split(":")[4]
        self.root = caller.split(":", 5)[5] == "root"
        self.context = context
        self.known = caller.split(":", 5)[5].split("/")[0] in ("root", "user", "role")

    def values(self, name):
        """The values of a condition key, None where it is absent."""
        if not lower(name).startswith(CONTEXT):
            folded = {lower(key): value for key, value in self.context.items()}
            return folded.get(lower(name))
        pairs = self.context.get("pairs", {})
        wanted = name[len(CONTEXT):]
        same = sorted((n for n in pairs if lower(n) == lower(wanted)), key=str.encode)
        chosen = wanted if wanted in same else (same or [None])[0]
        return None if chosen is None else [pairs[chosen]]


def operator_holds(name, values, found):
    if name == "Null":
        return any((lower(v) == "true") == (found is None) for v in values)
    prefix, _, base = name.rpartition(":")
    lenient = base.endswith("IfExists")
    test, negated = OPERATORS[base[:-8] if lenient else base]
    fits = lambda r: any(test(p, r) for p in values) != negated
    if prefix == "ForAnyValue":
        return any(map(fits, found or ())) or (lenient and not found)
    if prefix == "ForAllValues":
        return all(map(fits, found or ()))
    if found is None:
        return lenient or negated
    return fits(found[0])


def condition_holds(conditions, request):
    return all(operator_holds(operator, listed(values), request.values(key))
               for operator, keys in conditions.items() for key, values in keys.items())


def matches(statement, positive, test):
    if positive in statement:
        return any(map(test, listed(statement[positive])))
    return not any(map(test, listed(statement["Not" + positive])))


def principals(statement):
    value = statement.get("Principal")
    return listed(value["AWS"] if isinstance(value, dict) else value) if value else []


def read_statement(raw, request):
    names = principals(raw)
    account = request.account
    action = lambda p: like(lower(p), lower(request.action))
    return Statement(
        deny=raw["Effect"] == "Deny", star="*" in names, arn=not request.root and
        request.caller in names,
        account=account in names or "arn:aws:iam::%s:root" % account in names,
        rest=matches(raw, "Action", action)
        and matches(raw, "Resource", lambda p: like(p, request.resource))
        and condition_holds(raw.get("Condition", {}), request),
        label=raw.get("Sid", ""))


def read(text, request):
    """The statements of a document, as the decision sees them for one request."""
    return [read_statement(s, request) for s in listed(json.loads(text)["Statement"])]
