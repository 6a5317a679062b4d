"""Faults to seed on purpose: each breaks one rule of the implementation, and the suite convicts it.

A fault is a short function that replaces one attribute of `sse_store` before the first request. Its
docstring says what the broken implementation does; `breaks` names the requirements that it violates
and, where there is one, the public report of software that did the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sse_store import body, crypto, data_keys, kms, multipart, names, perform, store
from sse_store.audit import Act, Trail
from sse_store.body import BodyKeys, Bytes
from sse_store.data_keys import DataKey, Wrapped
from sse_store.decision import Decision, Question, decide_identity, decide_key
from sse_store.key import DISABLED, FORBIDDEN, Key
from sse_store.mode import Headers
from sse_store.policy import Policy, Statement
from sse_store.principal import root_arn
from sse_store.rotation import Material
from sse_store.sealed_object import SSE_KMS, Record
from sse_store.store import Write, mode_of_write
from sse_store.usage import Usage
from sse_store.words import Caller, Items, Json, Refusal
from sse_store.world import Bucket, World

Seed = Callable[[], None]


@dataclass(frozen=True)
class Fault:
    """One broken rule."""

    name: str
    seed: Seed
    requirements: tuple[str, ...]
    like: str
    """The public report of software that did the same, or nothing."""

    @property
    def description(self) -> str:
        """What the broken implementation does, in one line."""
        return (self.seed.__doc__ or "").rstrip(".")


FAULTS: dict[str, Fault] = {}


def breaks(*requirements: str, like: str = "") -> Callable[[Seed], Seed]:
    """Enters a function into the table, under its name with dashes."""

    def enter(seed: Seed) -> Seed:
        name = seed.__name__.replace("_", "-")
        FAULTS[name] = Fault(name, seed, requirements, like)
        return seed

    return enter


def put(owner: object, name: str, value: object) -> None:
    """Replaces an attribute that exists."""
    getattr(owner, name)
    setattr(owner, name, value)


# --- bytes at rest


class _OnlyAuthenticated:
    """AES-GCM that computes its tag and encrypts nothing."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(secret)

    def encrypt(self, nonce: bytes, data: Bytes, _aad: None) -> bytes:
        return bytes(data) + self._cipher.encrypt(nonce, b"", bytes(data))

    def decrypt(self, nonce: bytes, data: Bytes, _aad: None) -> bytes:
        clear = bytes(data[: -body.TAG_BYTES])
        self._cipher.decrypt(nonce, bytes(data[-body.TAG_BYTES :]), clear)
        return clear


@breaks("sse.at-rest.no-plaintext")
def body_in_clear() -> None:
    """A body is authenticated, but lies at rest in clear."""
    put(body, "AESGCM", _OnlyAuthenticated)


@breaks("sse.at-rest.no-data-key-in-clear", like="Ceph CVE-2018-16889: keys in debug logs")
def data_key_logged() -> None:
    """The data key of each write stays in an item at rest, as in a debug log."""
    obtain = data_keys.obtain

    def logged(world: World, *rest: Any) -> tuple[DataKey, Wrapped]:
        secret, wrapped = obtain(world, *rest)
        line = b"data key " + bytes(secret.__enter__())  # not left, so not erased
        world.disk.items[f"body/log/{len(world.disk.items)}"] = ("unknown", line)
        return secret, wrapped

    put(data_keys, "obtain", logged)


@breaks("sse.at-rest.no-plaintext-digest", like="minio issue 6618: MD5 of plaintexts at rest")
def etag_in_clear() -> None:
    """The entity tag lies beside the object in clear, for faster listings."""
    object_item = store.object_item

    def indexed(world: World, bucket: str, name: str, record: Record, bodies: Any) -> Items:
        items = object_item(world, bucket, name, record, bodies)
        entry = bytes.fromhex(record.etag.partition("-")[0])
        return {**items, f"body/index/{bucket}/{name}": ("unknown", entry)}

    put(store, "object_item", indexed)


class _SaltZero:
    """A world as one write sees it: the salt, which is drawn first, is zero."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._drawn = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def random(self, length: int) -> bytes:
        if self._drawn:
            return self._world.random(length)
        self._drawn = True
        return bytes(length)


@breaks("sse.at-rest.fresh-overwrite")
def data_key_kept() -> None:
    """An overwrite encrypts under the data key and the salt of the object that it replaces."""
    write_whole = store.write_whole

    def kept(world: World, write: Write, data_key: Bytes, plaintext: bytes) -> Json:
        place = (write.bucket, write.key, write.wrapped.kms_key_id, *sorted(write.pairs.items()))
        known = vars(world).setdefault("data_keys_kept", {})
        first, wrapped = known.setdefault(place, (bytes(data_key), write.wrapped))
        unsalted: Any = _SaltZero(world)
        return write_whole(unsalted, replace(write, wrapped=wrapped), first, plaintext)

    put(store, "write_whole", kept)


@breaks("sse.at-rest.keystream-parts", like="ceph/ceph pull request 69336: a part sent again")
def part_salt_constant() -> None:
    """A part has the salt zero, so one that is sent again has the same keystream."""
    upload_part: Any = perform.DATA_PLANE["UploadPart"]
    perform.DATA_PLANE["UploadPart"] = lambda world, *rest: upload_part(_SaltZero(world), *rest)


# --- reading


@breaks("sse.tamper.refused", like="AWS CVE-2020-8912: AES-GCM bodies opened as AES-CTR")
def range_unauthenticated() -> None:
    """A range is decrypted by itself, without the tags of its chunks."""
    open_range = body.open_range

    def unchecked(keys: BodyKeys, sealed: memoryview, length: int, first: int, end: int) -> bytes:
        if first == 0 and end == length:
            return open_range(keys, sealed, length, first, end)
        out = b""
        for index in range(first // body.CHUNK_BYTES, -(-end // body.CHUNK_BYTES)):
            at = body.HEADER_BYTES + index * body.SEALED_CHUNK_BYTES
            counter = keys.nonce(index) + (2).to_bytes(4, "big")
            chunk = sealed[at : min(at + body.SEALED_CHUNK_BYTES, len(sealed)) - body.TAG_BYTES]
            out += Cipher(algorithms.AES(keys.key), modes.CTR(counter)).decryptor().update(chunk)
        start = first // body.CHUNK_BYTES * body.CHUNK_BYTES
        return out[first - start : end - start]

    put(body, "open_range", unchecked)


@breaks("sse.get.never-partial")
def prefix_as_whole() -> None:
    """A body that is damaged in the middle ends before the damage, as if it were whole."""
    open_range = body.open_range

    def until_damage(
        keys: BodyKeys, sealed: memoryview, length: int, first: int, end: int
    ) -> bytes:
        try:
            return open_range(keys, sealed, length, first, end)
        except Refusal:
            shorter = (end - 1) // body.CHUNK_BYTES * body.CHUNK_BYTES
            return until_damage(keys, sealed, length, first, shorter) if shorter > first else b""

    put(body, "open_range", until_damage)


@breaks(
    "sse.get.decrypt-once",
    "sse.get.key-disabled-refused",
    like="minio pull request 5525: empty objects are not encrypted",
)
def empty_object_unread() -> None:
    """A get of an empty object unwraps no data key and authenticates no body."""
    get_object = perform.DATA_PLANE["GetObject"]

    def unread(world: World, caller: Caller, request: Json) -> Json:
        shown = store.head_object(world, caller, request)
        if shown["size"] == 0 and "range" not in request:
            return {"delivery": {"complete": ""}, **shown}
        return get_object(world, caller, request)

    perform.DATA_PLANE["GetObject"] = unread


# --- keys and permissions


@breaks("kms.decrypt.context-match", like="floci issue 817: Decrypt takes any encryption context")
def context_unbound() -> None:
    """A data key is wrapped and unwrapped without its encryption context."""
    put(crypto, "_context", lambda call, field="encryption_context": {})


@breaks(
    "key.disable.refuses-cryptography",
    "sse.get.key-disabled-refused",
    like="localstack issue 8422: objects are read after the key is disabled",
)
def disabled_decrypts() -> None:
    """A disabled key still decrypts."""
    states = FORBIDDEN["Decrypt"]
    FORBIDDEN["Decrypt"] = {state: states[state] for state in states if state != DISABLED}


@breaks(
    "policy.key.iam-without-delegation",
    like="moto issue 4600: key policies are kept and not enforced",
)
def key_policy_ignored() -> None:
    """An identity policy opens a key of the account whose policy does not let IAM decide."""

    def alone(question: Question, policy: Policy, owner: str) -> Decision:
        decided = decide_key(question, policy, owner)
        if decided.reason == "default-deny" and question.caller.account == owner:
            return decide_identity(question)
        return decided

    put(kms, "decide_key", alone)


@breaks(
    "policy.key.deny-in-key-policy",
    "policy.key.deny-in-identity-policy",
    "policy.bucket.deny",
    like="versitygw issue 1092: Deny statements of a bucket policy are not applied",
)
def deny_ignored() -> None:
    """A statement that denies is passed over."""
    covers = Statement.covers
    put(Statement, "covers", lambda self, *rest: self.allow and covers(self, *rest))


@breaks("sse.authorization.generate-data-key", "sse.authorization.decrypt")
def store_asks_as_root() -> None:
    """The store asks KMS in the name of the account, not of who asked the store."""
    call_kms = World.call_kms

    def as_root(world: World, caller: Caller, name: str, request: Json) -> Json:
        return call_kms(world, replace(caller, principal=root_arn(caller.account)), name, request)

    put(World, "call_kms", as_root)


@breaks(
    "rotation.effect.old-blobs",
    "rotation.effect.old-objects",
    like="localstack pull request 12482: materials before a rotation were not kept",
)
def rotation_forgets() -> None:
    """A rotation forgets the materials before the newest one."""

    def newest(self: Key, material_id: str) -> Material | None:
        return self.current if self.current.id == material_id else None

    put(Key, "material", newest)


# --- trail and usage


@breaks("audit.entry.refused-recorded")
def refusal_unrecorded() -> None:
    """A request that KMS refuses leaves no entry."""
    write = Trail.write

    def kept(self: Trail, act: Act, event_id: bytes) -> None:
        if act.refusal is None:
            write(self, act, event_id)

    put(Trail, "write", kept)


@breaks("audit.entry.one-per-request")
def entry_doubled() -> None:
    """The trail shows each entry twice."""
    entries = Trail.entries
    put(Trail, "entries", lambda self, account: [e for e in entries(self, account) for _ in "12"])


@breaks("kms.usage.by-operation")
def decrypt_uncounted() -> None:
    """A Decrypt costs nothing."""
    count = Usage.count

    def counted(self: Usage, account: str, arn: str, operation: str) -> None:
        if operation != "Decrypt":
            count(self, account, arn, operation)

    put(Usage, "count", counted)


# --- the store


@breaks(
    "sse.multipart.default",
    like="kumo pull request 846: CreateMultipartUpload passed the bucket default over",
)
def upload_without_default() -> None:
    """An upload in parts does not look at the default of its bucket."""

    def bare(world: World, caller: Caller, headers: Headers, bucket: Bucket) -> Any:
        return mode_of_write(world, caller, headers, replace(bucket, rule=None))

    put(multipart, "mode_of_write", bare)


@breaks("sse.copy.source-context-left")
def copy_keeps_context() -> None:
    """A copy under SSE-KMS without a context takes that of its source."""
    copy_object = perform.DATA_PLANE["CopyObject"]

    def kept(world: World, caller: Caller, request: Json) -> Json:
        sse, source = request.get("sse") or {}, request["source"]
        there = names.object_id(source["bucket"], source["key"]) in world.disk.items
        if there and sse.get("algorithm") == SSE_KMS and "context" not in sse:
            pairs = store.open_object(world, source["bucket"], source["key"]).record.context
            request = {**request, "sse": {**sse, "context": ("pairs", pairs)}}
        return copy_object(world, caller, request)

    perform.DATA_PLANE["CopyObject"] = kept


@breaks("sse.put.kms-etag-not-md5")
def etag_always_md5() -> None:
    """The entity tag under SSE-KMS is the MD5 of the plaintext, as under SSE-S3."""

    def md5(_world: World, _algorithm: str, plaintext: bytes) -> str:
        return hashlib.md5(plaintext, usedforsecurity=False).hexdigest()

    put(store, "new_etag", md5)


@breaks("sse.at-rest.survives-restart", like="fake-s3 issue 22: no objects after a restart")
def restart_loses() -> None:
    """Objects are kept in memory only, so that a Restart loses those that were acknowledged."""
    laboratory = perform._laboratory

    def lost(world: World, caller: Caller, name: str, request: Json) -> Json:
        if name == "Restart":
            for item_id in [one for one in world.disk.items if one.startswith("object/")]:
                del world.disk.items[item_id]
        return laboratory(world, caller, name, request)

    put(perform, "_laboratory", lost)
