"""Conditions of policies: the request context, operators and condition keys (condition.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from .pattern import Pattern, ascii_lower

PAIR_PREFIX = "kms:encryptioncontext:"
PAIR_NAMES = "kms:encryptioncontextkeys"
SINGLE_KEYS = frozenset(
    {
        "aws:principalarn",
        "aws:securetransport",
        "kms:calleraccount",
        "kms:viaservice",
        "kms:requestalias",
        "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What conditions see of a request: values by lower-case name, and the encryption context."""

    values: Mapping[str, str]
    pairs: Mapping[str, str] = field(default_factory=dict)

    def one(self, key: str) -> str | None:
        """The value of a condition key that has one."""
        return self.values.get(key)

    def pair(self, name: str) -> str | None:
        """The value of a pair of the encryption context, by its name in a policy."""
        if name in self.pairs:
            return self.pairs[name]
        wanted = ascii_lower(name)
        names = [own for own in self.pairs if ascii_lower(own) == wanted]
        return self.pairs[min(names, key=str.encode)] if names else None


Match = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator as a policy spells it, taken apart."""

    base: str
    prefix: str
    if_exists: bool

    @property
    def negated(self) -> bool:
        """Whether a value fits where none of the policy's values matches."""
        return self.base in ("StringNotEquals", "StringNotLike")


BASES = frozenset(
    {
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "ArnLike",
        "Bool",
        "Null",
    }
)


def parse_operator(name: str) -> Operator | None:
    """The operator of this name, or None where there is none."""
    base, prefix = name, ""
    for candidate in ("ForAnyValue:", "ForAllValues:"):
        if name.startswith(candidate):
            base, prefix = name[len(candidate) :], candidate
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    if base not in BASES or (prefix and not base.startswith("String")):
        return None
    if base == "Null" and if_exists:
        return None
    return Operator(base, prefix, if_exists)


def _arn_like(pattern: str) -> Match:
    # r[policy.condition.principal-arn]
    parts = [Pattern(part) for part in pattern.split(":", 5)]

    def match(value: str) -> bool:
        own = value.split(":", 5)
        if len(parts) != 6 or len(own) != 6:
            return False
        return all(part.matches(text) for part, text in zip(parts, own, strict=True))

    return match


def _matcher(base: str, values: list[str]) -> Match:
    """Whether one of the policy's values matches a value of the request."""
    if base in ("StringEquals", "StringNotEquals"):
        return frozenset(values).__contains__
    if base in ("StringEqualsIgnoreCase", "Bool"):
        folded = frozenset(ascii_lower(value) for value in values)
        return lambda value: ascii_lower(value) in folded
    if base == "ArnLike":
        arns = [_arn_like(value) for value in values]
        return lambda value: any(arn(value) for arn in arns)
    patterns = [Pattern(value) for value in values]
    return lambda value: any(pattern.matches(value) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one condition key."""

    operator: Operator
    key: str
    """Lower-case name; of a pair of the encryption context, PAIR_PREFIX."""
    pair: str
    """NAME of a pair of the encryption context, as the policy spells it."""
    match: Match
    null: frozenset[str]
    """The values of `Null`, in lower case."""

    def holds(self, context: RequestContext) -> bool:
        """Whether the condition holds for a request."""
        if self.key == PAIR_NAMES:
            return self._holds_on_set(context.pairs)
        value = context.pair(self.pair) if self.pair else context.one(self.key)
        # r[policy.condition.null]
        if self.operator.base == "Null":
            return ("true" if value is None else "false") in self.null
        # r[policy.condition.absent]
        # r[policy.condition.negated-absent]
        # r[policy.condition.if-exists]
        if value is None:
            return self.operator.negated or self.operator.if_exists
        return self._fits(value)

    def _holds_on_set(self, names: Iterable[str]) -> bool:
        values = list(names)
        if self.operator.base == "Null":
            return ("false" if values else "true") in self.null
        # r[policy.condition.for-all-values]
        if self.operator.prefix == "ForAllValues:":
            return all(self._fits(value) for value in values)
        # r[policy.condition.for-any-value]
        if not values:
            return self.operator.if_exists
        return any(self._fits(value) for value in values)

    def _fits(self, value: str) -> bool:
        # r[policy.condition.negated-values]
        # r[policy.condition.present]
        # r[policy.condition.differing]
        return self.match(value) != self.operator.negated


def parse_key(name: str) -> tuple[str, str] | None:
    """A condition key: its lower-case name and the NAME of a pair, or None for an unknown one."""
    lower = ascii_lower(name)
    if lower in SINGLE_KEYS or lower == PAIR_NAMES:
        return lower, ""
    # r[policy.condition.context-name-case]
    if lower.startswith(PAIR_PREFIX) and len(lower) > len(PAIR_PREFIX):
        return PAIR_PREFIX, name[len(PAIR_PREFIX) :]
    return None


def make(operator: Operator, key: str, values: list[str]) -> Condition | str:
    """The condition, or what is not admitted about it."""
    parsed = parse_key(key)
    if parsed is None:
        return "no condition key of this subset"
    # A set of values needs a prefix or Null, one value has none.
    prefixed = bool(operator.prefix)
    if parsed[0] == PAIR_NAMES and not prefixed and operator.base != "Null":
        return "a set of values needs the prefix ForAnyValue: or ForAllValues:"
    if parsed[0] != PAIR_NAMES and prefixed:
        return "a condition key of one value takes no prefix"
    folded = frozenset(ascii_lower(value) for value in values)
    if operator.base in ("Bool", "Null") and not folded <= {"true", "false"}:
        return "only true and false are admitted"
    return Condition(operator, parsed[0], parsed[1], _matcher(operator.base, values), folded)
