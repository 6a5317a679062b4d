"""Documents of policies: what is admitted, and when a statement applies (policy.md).

A document is parsed once, when it is put; what the subset does not know is refused with the place.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from . import condition
from .condition import Condition, RequestContext
from .pattern import Pattern, ascii_lower
from .principal import ACCOUNT, account_of_root, is_user_or_role
from .words import Refusal

Kind = Literal["key", "bucket", "identity"]
LIMITS: dict[Kind, int] = {"key": 32768, "bucket": 20480, "identity": 6144}
SURROGATE = re.compile("[\ud800-\udfff]")
STATEMENT_MEMBERS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)


def malformed(place: str, why: str) -> Refusal:
    """The refusal of a document, which names the place that is not admitted."""
    return Refusal("malformed-policy", f"{place}: {why}")


@dataclass(frozen=True, slots=True)
class Principals:
    """The principals of a statement."""

    everybody: bool
    accounts: frozenset[str]
    named: frozenset[str]


@dataclass(frozen=True, slots=True)
class Statement:
    """One rule of a policy."""

    place: str
    allow: bool
    principals: Principals | None
    actions: tuple[Pattern, ...]
    not_action: bool
    resources: tuple[Pattern, ...]
    not_resource: bool
    conditions: tuple[Condition, ...]

    def covers(self, action: str, resource: str, context: RequestContext) -> bool:
        """Whether action (in lower case), resource and condition match."""
        # r[policy.statement.not-action]
        # r[policy.statement.action-wildcard]
        if any(pattern.matches(action) for pattern in self.actions) == self.not_action:
            return False
        # r[policy.statement.resource-pattern]
        if any(pattern.matches(resource) for pattern in self.resources) == self.not_resource:
            return False
        # r[policy.condition.all-keys]
        return all(one.holds(context) for one in self.conditions)


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed document, with its text as it was put."""

    text: str
    statements: tuple[Statement, ...]

    @staticmethod
    def parse(text: object, kind: Kind, bucket: str | None = None) -> Policy:
        """The document of this text; `bucket` is the name of the bucket of a bucket policy."""
        if not isinstance(text, str):
            raise malformed("document", "a policy is a text")
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            raise malformed("document", "no Unicode text") from None
        # r[policy.document.limits]
        if size > LIMITS[kind]:
            class_ = "limit-exceeded" if kind == "key" else "malformed-policy"
            raise Refusal(class_, f"a {kind} policy has at most {LIMITS[kind]} bytes")
        # r[policy.document.malformed]
        try:
            document = json.loads(text, object_pairs_hook=_Object, parse_constant=_no_constant)
            statements = _Parser(kind, bucket).document(document)
        except (ValueError, RecursionError):
            raise malformed("document", "no JSON of this subset") from None
        return Policy(text, statements)

    def named_principals(self) -> set[str]:
        """The users and roles that the document names."""
        return {
            name
            for statement in self.statements
            if statement.principals is not None
            for name in statement.principals.named
        }


class _Object(dict[str, Any]):
    """A JSON object that remembers whether a member stood twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice: str | None = None
        if len(self) < len(pairs):
            names = sorted(name for name, _ in pairs)
            twice = (a for a, b in pairwise(names) if a == b)
            self.twice = next(twice, None)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


class _Parser:
    """One walk over a document; each method refuses what its place does not admit."""

    # r[policy.document.unknown-refused]

    def __init__(self, kind: Kind, bucket: str | None) -> None:
        self._kind = kind
        self._bucket_arn = None if bucket is None else f"arn:aws:s3:::{bucket}"

    def document(self, value: Any) -> tuple[Statement, ...]:
        members = self._object(value, "document", frozenset({"Version", "Id", "Statement"}))
        if "Version" in members:
            version = self._string(members["Version"], "Version")
            if version not in ("2012-10-17", "2008-10-17"):
                raise malformed("Version", "no version of the language")
        if "Id" in members:
            self._string(members["Id"], "Id")
        if "Statement" not in members:
            raise malformed("Statement", "it is missing")
        value = members["Statement"]
        if not isinstance(value, list):
            return (self._statement(value, "Statement"),)
        if not value:
            raise malformed("Statement", "the list is empty")
        return tuple(self._statement(one, f"Statement[{n}]") for n, one in enumerate(value))

    def _statement(self, value: Any, place: str) -> Statement:
        members = self._object(value, place, STATEMENT_MEMBERS)
        if "Sid" in members:
            self._string(members["Sid"], f"{place}.Sid")
        if members.get("Effect") not in ("Allow", "Deny"):
            raise malformed(f"{place}.Effect", "neither Allow nor Deny")
        not_action, actions = self._either(members, place, "Action")
        not_resource, resources = self._either(members, place, "Resource")
        return Statement(
            place=place,
            allow=members["Effect"] == "Allow",
            principals=self._principals(members, place),
            actions=tuple(Pattern(ascii_lower(text)) for text in actions),
            not_action=not_action,
            resources=tuple(Pattern(text) for text in resources),
            not_resource=not_resource,
            conditions=self._conditions(members, place),
        )

    def _either(self, members: _Object, place: str, name: str) -> tuple[bool, list[str]]:
        negative = f"Not{name}"
        if (name in members) == (negative in members):
            raise malformed(f"{place}.{name}", f"exactly one of {name} and {negative} is demanded")
        which = negative if negative in members else name
        texts = self._strings(members[which], f"{place}.{which}")
        check = self._check_action if name == "Action" else self._check_resource
        for text in texts:
            check(text, f"{place}.{which}")
        return which == negative, texts

    def _check_action(self, text: str, place: str) -> None:
        prefix, colon, name = text.partition(":")
        if text != "*" and not (prefix and colon and name):
            raise malformed(place, "neither * nor PREFIX:NAME")

    def _check_resource(self, text: str, place: str) -> None:
        if not text:
            raise malformed(place, "it is empty")
        arn = self._bucket_arn
        if arn is not None and text != arn and not text.startswith(arn + "/"):
            raise malformed(place, "it does not lie in the bucket of the policy")

    def _principals(self, members: _Object, place: str) -> Principals | None:
        place = f"{place}.Principal"
        if self._kind == "identity":
            if "Principal" in members:
                raise malformed(place, "an identity policy names no principal")
            return None
        if "Principal" not in members:
            raise malformed(place, "it is missing")
        value = members["Principal"]
        if value == "*":
            return Principals(True, frozenset(), frozenset())
        inner = self._object(value, place, frozenset({"AWS"}))
        if "AWS" not in inner:
            raise malformed(place, "the member AWS is missing")
        everybody, accounts, named = False, set(), set()
        for text in self._strings(inner["AWS"], f"{place}.AWS"):
            account = text if ACCOUNT.fullmatch(text) else account_of_root(text)
            if text == "*":
                everybody = True
            elif account is not None:
                accounts.add(account)
            elif is_user_or_role(text):
                named.add(text)
            else:
                raise malformed(f"{place}.AWS", "no form of a principal")
        return Principals(everybody, frozenset(accounts), frozenset(named))

    def _conditions(self, members: _Object, place: str) -> tuple[Condition, ...]:
        if "Condition" not in members:
            return ()
        place = f"{place}.Condition"
        found: list[Condition] = []
        for name, keys in self._object(members["Condition"], place, None).items():
            operator = condition.parse_operator(name)
            if operator is None:
                raise malformed(f"{place}.{name}", "no operator of this subset")
            for key, values in self._object(keys, f"{place}.{name}", None).items():
                inner = f"{place}.{name}.{key}"
                made = condition.make(operator, key, self._strings(values, inner))
                if isinstance(made, str):
                    raise malformed(inner, made)
                found.append(made)
        return tuple(found)

    def _object(self, value: Any, place: str, admitted: frozenset[str] | None) -> _Object:
        """An object; without `admitted` names, one of at least one member of any name."""
        if not isinstance(value, _Object):
            raise malformed(place, "no object")
        if admitted is None and not value:
            raise malformed(place, "the object is empty")
        for name in value:
            self._string(name, place)
            if admitted is not None and name not in admitted:
                raise malformed(name if place == "document" else f"{place}.{name}", "unknown")
        if value.twice is not None:
            raise malformed(f"{place}.{value.twice}", "the member stands twice")
        return value

    def _strings(self, value: Any, place: str) -> list[str]:
        if not isinstance(value, list):
            return [self._string(value, place)]
        if not value:
            raise malformed(place, "the list is empty")
        return [self._string(text, f"{place}[{n}]") for n, text in enumerate(value)]

    def _string(self, value: Any, place: str) -> str:
        if not isinstance(value, str):
            raise malformed(place, "no string")
        if "${" in value:
            raise malformed(place, "policy variables are not admitted")
        if SURROGATE.search(value):
            raise malformed("document", "no Unicode text")
        return value
