"""Buckets: their making, their default encryption and their policy (sse/bucket-default.md)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from . import names, shapes
from .mode import UNSUPPORTED, unsupported
from .policy import Policy
from .sealed_object import SSE_KMS, SSE_S3
from .store import allow, find_bucket
from .words import Caller, Json, Refusal
from .world import Bucket, World


def create_bucket(world: World, caller: Caller, request: Json) -> Json:
    """CreateBucket; the bucket belongs to the caller's account."""
    name = request["bucket"]
    names.check_bucket_name(name)
    resource = names.bucket_arn(name)
    world.iam.check_s3(caller, "s3:CreateBucket", resource, caller.account, None, {})
    if name in world.buckets:
        raise Refusal("bucket-exists", "the bucket exists")
    world.save_bucket(name, Bucket(caller.account))
    return {}


# --- default encryption


def _rule(rules: list[Any]) -> Json:
    # r[sse.bucket-default.one-rule]
    if len(rules) != 1:
        raise Refusal("malformed-xml", "a default is exactly one rule")
    rule = shapes.read(rules[0], shapes.RULE, "rules")
    algorithm, kms_key_id = rule["algorithm"], rule.get("kms_key_id")
    # r[sse.bucket-default.unsupported-algorithm]
    if algorithm in UNSUPPORTED:
        raise unsupported(algorithm)
    # r[sse.bucket-default.invalid-algorithm]
    if algorithm not in (SSE_S3, SSE_KMS):
        raise Refusal("malformed-xml", "the algorithm is not known")
    # r[sse.bucket-default.key-with-aes256]
    if algorithm == SSE_S3 and kms_key_id is not None:
        raise shapes.wrong("a key goes with the algorithm aws:kms only")
    # r[sse.bucket-default.key-not-validated]
    return rule


def put_bucket_encryption(world: World, caller: Caller, request: Json) -> Json:
    """PutBucketEncryption."""
    # r[sse.bucket-default.objects-untouched] an object's record holds its own mode and key
    # r[refusal.effect.none]
    name, rule = request["bucket"], _rule(request["rules"])
    bucket = find_bucket(world, name)
    allow(world, caller, "s3:PutEncryptionConfiguration", name)
    world.save_bucket(name, replace(bucket, rule=rule))
    return {}


def get_bucket_encryption(world: World, caller: Caller, request: Json) -> Json:
    """GetBucketEncryption."""
    name = request["bucket"]
    bucket = find_bucket(world, name)
    allow(world, caller, "s3:GetEncryptionConfiguration", name)
    # r[sse.bucket-default.shown]
    # r[sse.bucket-default.initial]
    return {"rules": [{"algorithm": SSE_S3} if bucket.rule is None else bucket.rule]}


def delete_bucket_encryption(world: World, caller: Caller, request: Json) -> Json:
    """DeleteBucketEncryption; of a bucket without a default of its own it succeeds."""
    name = request["bucket"]
    bucket = find_bucket(world, name)
    allow(world, caller, "s3:PutEncryptionConfiguration", name)
    if bucket.rule is not None:
        world.save_bucket(name, replace(bucket, rule=None))
    return {}


# --- policy


def put_bucket_policy(world: World, caller: Caller, request: Json) -> Json:
    """PutBucketPolicy: the document is a parameter, and read before the bucket is looked for."""
    name = request["bucket"]
    # r[policy.document.malformed]
    policy = Policy.parse(request["policy"], "bucket", name)
    bucket = find_bucket(world, name)
    # r[policy.bucket.owner-root]
    allow(world, caller, "s3:PutBucketPolicy", name)
    # r[policy.document.latest]
    world.save_bucket(name, replace(bucket, policy=policy))
    return {}


def get_bucket_policy(world: World, caller: Caller, request: Json) -> Json:
    """GetBucketPolicy."""
    name = request["bucket"]
    bucket = find_bucket(world, name)
    allow(world, caller, "s3:GetBucketPolicy", name)
    # r[policy.document.no-bucket-policy]
    if bucket.policy is None:
        raise Refusal("no-such-bucket-policy", "the bucket has no policy")
    # r[policy.document.text-kept]
    return {"policy": bucket.policy.text}


def delete_bucket_policy(world: World, caller: Caller, request: Json) -> Json:
    """DeleteBucketPolicy; of a bucket without a policy it succeeds."""
    name = request["bucket"]
    bucket = find_bucket(world, name)
    allow(world, caller, "s3:DeleteBucketPolicy", name)
    if bucket.policy is not None:
        world.save_bucket(name, replace(bucket, policy=None))
    return {}
