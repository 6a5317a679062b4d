"""The one dispatch of operations: who performs which (operations.md)."""

from __future__ import annotations

from collections.abc import Callable

from . import bucket, copying, format_operations, laboratory, multipart, shapes, store
from .words import Caller, Json, Refusal
from .world import World, damaged_store

Operation = Callable[[World, Caller, Json], Json]

DATA_PLANE: dict[str, Operation] = {
    "CreateBucket": bucket.create_bucket,
    "PutObject": store.put_object,
    "GetObject": store.get_object,
    "HeadObject": store.head_object,
    "CopyObject": copying.copy_object,
    "DeleteObject": store.delete_object,
    "ListObjects": store.list_objects,
    "PutBucketEncryption": bucket.put_bucket_encryption,
    "GetBucketEncryption": bucket.get_bucket_encryption,
    "DeleteBucketEncryption": bucket.delete_bucket_encryption,
    "PutBucketPolicy": bucket.put_bucket_policy,
    "GetBucketPolicy": bucket.get_bucket_policy,
    "DeleteBucketPolicy": bucket.delete_bucket_policy,
    "CreateMultipartUpload": multipart.create_upload,
    "UploadPart": multipart.upload_part,
    "CompleteMultipartUpload": multipart.complete_upload,
    "AbortMultipartUpload": multipart.abort_upload,
}
PRINCIPALS = frozenset({"CreatePrincipal", "PutIdentityPolicy", "DeleteIdentityPolicy"})
FORMAT = frozenset({"EncodeContext", "WrapDataKey", "UnwrapDataKey", "SealObject", "OpenObject"})
LABORATORY = frozenset(
    {
        "ReadAtRest",
        "WriteAtRest",
        "Restart",
        "AdvanceClock",
        "InjectFault",
        "RotateServiceKey",
        "ListDataKeys",
    }
)
OF_DAMAGED = frozenset({"ReadAtRest", "WriteAtRest", "Restart"}) | FORMAT
"""What a store that found its items damaged still does."""
KMS = frozenset(
    {
        "CreateKey",
        "DescribeKey",
        "ListKeys",
        "EnableKey",
        "DisableKey",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
        "CreateAlias",
        "UpdateAlias",
        "DeleteAlias",
        "ListAliases",
        "PutKeyPolicy",
        "GetKeyPolicy",
        "EnableKeyRotation",
        "DisableKeyRotation",
        "GetKeyRotationStatus",
        "RotateKeyOnDemand",
        "ListKeyRotations",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "Encrypt",
        "Decrypt",
        "ReEncrypt",
    }
)


def is_known(name: str) -> bool:
    """Whether there is an operation of this name."""
    return name in KMS or name in shapes.OPERATIONS


def perform(world: World, caller: Caller, name: str, request: Json) -> Json:
    """Performs an operation, or raises its refusal."""
    if world.broken and name not in OF_DAMAGED:
        raise damaged_store()
    operation = DATA_PLANE.get(name)
    if operation is not None:
        return _data_plane(world, caller, operation, name, request)
    if name in KMS:
        shapes.mapping(request, name)
        return world.recorded(lambda: world.kms.perform(caller, name, request), "kms")
    if name not in shapes.OPERATIONS:
        raise Refusal("unsupported-operation", f"no operation {name}")
    fields = shapes.read(request, shapes.OPERATIONS[name], name)
    if name in LABORATORY:
        return _laboratory(world, caller, name, fields)
    if name in PRINCIPALS:
        return world.recorded(lambda: world.iam.perform(caller, name, request))
    if name in FORMAT:
        return format_operations.perform(name, request, fields)
    if name == "LookupEvents":
        return world.kms.lookup_events(caller)
    return world.kms.get_key_usage(caller)


def _data_plane(
    world: World, caller: Caller, operation: Operation, name: str, request: Json
) -> Json:
    try:
        return operation(world, caller, shapes.read(request, shapes.OPERATIONS[name], name))
    except Refusal as refused:
        # r[refusal.class.through-store] the class stays, the code is that of S3
        refused.side = "s3"
        raise


def _laboratory(world: World, caller: Caller, name: str, request: Json) -> Json:
    if name == "ReadAtRest":
        return laboratory.read_at_rest(world)
    if name == "WriteAtRest":
        return laboratory.write_at_rest(world, request)
    if name == "AdvanceClock":
        return laboratory.advance_clock(world, request)
    if name == "InjectFault":
        return laboratory.inject_fault(world, caller, request, perform)
    if name == "ListDataKeys":
        return laboratory.list_data_keys(world)
    if name == "RotateServiceKey":
        world.add_service_key()
    else:
        world.restart()
    return {}
