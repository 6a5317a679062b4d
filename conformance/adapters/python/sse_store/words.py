"""Words that every part shares: callers, refusals, items at rest (operations.md, refusal.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Side = Literal["s3", "kms"]
"""Which service refuses: the code and the status of a class depend on it."""

Json = dict[str, Any]
"""A JSON object of the vocabulary."""

Tag = Any
"""An item's tag in its JSON form: a word, or `{"object": {...}}`."""

Items = dict[str, tuple[Tag, bytes]]
"""Items at rest: id -> (tag, bytes)."""


@dataclass(frozen=True)
class Code:
    """What the wire says of a class on one side."""

    code: str
    status: int


@dataclass(frozen=True)
class Class:
    """One row of the table of classes of refusal.md."""

    kind: str
    s3: Code | None
    kms: Code | None


# r[refusal.class.closed]
CLASSES: dict[str, Class] = {
    "access-denied": Class(
        "denied",
        Code("AccessDenied", 403),
        Code("AccessDeniedException", 400),
    ),
    "no-such-bucket": Class(
        "not-found",
        Code("NoSuchBucket", 404),
        None,
    ),
    "no-such-key": Class(
        "not-found",
        Code("NoSuchKey", 404),
        None,
    ),
    "no-such-upload": Class(
        "not-found",
        Code("NoSuchUpload", 404),
        None,
    ),
    "no-such-bucket-policy": Class(
        "not-found",
        Code("NoSuchBucketPolicy", 404),
        None,
    ),
    "key-not-found": Class(
        "not-found",
        Code("KMS.NotFoundException", 400),
        Code("NotFoundException", 400),
    ),
    "no-such-principal": Class(
        "not-found",
        Code("NoSuchEntity", 404),
        None,
    ),
    "bucket-exists": Class(
        "conflict",
        Code("BucketAlreadyExists", 409),
        None,
    ),
    "alias-exists": Class(
        "conflict",
        None,
        Code("AlreadyExistsException", 400),
    ),
    "conflict": Class(
        "conflict",
        Code("OperationAborted", 409),
        Code("ConflictException", 400),
    ),
    "invalid-argument": Class(
        "invalid",
        Code("InvalidArgument", 400),
        Code("ValidationException", 400),
    ),
    "invalid-request": Class(
        "invalid",
        Code("InvalidRequest", 400),
        None,
    ),
    "invalid-range": Class(
        "invalid",
        Code("InvalidRange", 416),
        None,
    ),
    "invalid-bucket-name": Class(
        "invalid",
        Code("InvalidBucketName", 400),
        None,
    ),
    "key-too-long": Class(
        "invalid",
        Code("KeyTooLongError", 400),
        None,
    ),
    "invalid-part": Class(
        "invalid",
        Code("InvalidPart", 400),
        None,
    ),
    "invalid-part-order": Class(
        "invalid",
        Code("InvalidPartOrder", 400),
        None,
    ),
    "entity-too-small": Class(
        "invalid",
        Code("EntityTooSmall", 400),
        None,
    ),
    "entity-too-large": Class(
        "limit",
        Code("EntityTooLarge", 400),
        None,
    ),
    "malformed-xml": Class(
        "invalid",
        Code("MalformedXML", 400),
        None,
    ),
    "malformed-policy": Class(
        "invalid",
        Code("MalformedPolicy", 400),
        Code("MalformedPolicyDocumentException", 400),
    ),
    "unsupported-operation": Class(
        "invalid",
        Code("NotImplemented", 501),
        Code("UnsupportedOperationException", 400),
    ),
    "incorrect-key": Class(
        "invalid",
        Code("KMS.IncorrectKeyException", 400),
        Code("IncorrectKeyException", 400),
    ),
    "invalid-key-usage": Class(
        "key-unusable",
        Code("KMS.InvalidKeyUsageException", 400),
        Code("InvalidKeyUsageException", 400),
    ),
    "key-disabled": Class(
        "key-unusable",
        Code("KMS.DisabledException", 400),
        Code("DisabledException", 400),
    ),
    "invalid-key-state": Class(
        "key-unusable",
        Code("KMS.KMSInvalidStateException", 400),
        Code("KMSInvalidStateException", 400),
    ),
    "integrity": Class(
        "integrity",
        Code("InternalError", 500),
        Code("InvalidCiphertextException", 400),
    ),
    "damaged-store": Class(
        "integrity",
        Code("InternalError", 500),
        None,
    ),
    "limit-exceeded": Class(
        "limit",
        None,
        Code("LimitExceededException", 400),
    ),
    "throttled": Class(
        "limit",
        Code("SlowDown", 503),
        Code("ThrottlingException", 400),
    ),
    "unavailable": Class(
        "unavailable",
        Code("ServiceUnavailable", 503),
        Code("KMSInternalException", 500),
    ),
}


class Refusal(Exception):
    """A request that is refused with a class of refusal.md."""

    def __init__(self, class_: str, message: str, side: Side = "s3") -> None:
        super().__init__(f"{class_}: {message}")
        self.class_ = class_
        self.message = message
        self.side: Side = side

    @property
    def kind(self) -> str:
        """The coarse kind of the class."""
        return CLASSES[self.class_].kind

    def to_json(self) -> Json:
        """The refusal as the vocabulary writes it."""
        row = CLASSES[self.class_]
        first, second = (row.kms, row.s3) if self.side == "kms" else (row.s3, row.kms)
        code = first or second
        answer: Json = {"class": self.class_, "message": self.message}
        if code is not None:
            answer["code"] = code.code
            answer["status"] = code.status
        return answer


@dataclass(frozen=True)
class Caller:
    """Who performs an operation."""

    principal: str
    """ARN of the principal."""
    secure_transport: bool = True

    @property
    def account(self) -> str:
        """The principal's account, the fifth part of its ARN."""
        parts = self.principal.split(":")
        return parts[4] if len(parts) > 4 else ""
