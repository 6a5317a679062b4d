"""Principals: the forms of their ARNs (policy.md, Documents)."""

from __future__ import annotations

import re

NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")
ACCOUNT = re.compile(r"[0-9]{12}")
_ARN = re.compile(r"arn:aws:iam::([0-9]{12}):(?:(root)|(user|role)/([A-Za-z0-9+=,.@_-]{1,64}))")


def root_arn(account: str) -> str:
    """The ARN of an account's root principal."""
    return f"arn:aws:iam::{account}:root"


def user_arn(account: str, name: str) -> str:
    """The ARN of a user."""
    return f"arn:aws:iam::{account}:user/{name}"


def is_principal(arn: str) -> bool:
    """Whether the text is the ARN of a root principal, a user or a role."""
    return _ARN.fullmatch(arn) is not None


def account_of_root(arn: str) -> str | None:
    """The account whose root principal the ARN names."""
    match = _ARN.fullmatch(arn)
    return match[1] if match and match[2] else None


def is_user_or_role(arn: str) -> bool:
    """Whether the text is the ARN of a user or a role."""
    match = _ARN.fullmatch(arn)
    return match is not None and match[3] is not None
