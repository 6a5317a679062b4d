"""A world: its clock, its root key, its items at rest, and the services that live on them.

Owns the order of every change: an operation changes memory and then commits the sealed items of
what changed, before its reply leaves; where the commit fails, memory is rebuilt from what is at
rest. A Restart rebuilds everything the same way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from .control import Sealer
from .disk import Disk, Faults, unavailable
from .iam import Iam
from .kms import Kms
from .ledger import Ledger
from .policy import Policy
from .words import Caller, Items, Json, Refusal, Side, Tag

LOADED = ("bucket", "service", "iam", "kms")
"""Kinds of control items that are read at a Restart."""
LAZY = ("object", "upload", "part", "body")
"""Kinds of items that are read when they are used."""
TRAIL = "kms/trail/"
MANIFEST = "manifest/store"


@dataclass(frozen=True)
class Bucket:
    """The settings of a bucket."""

    owner: str
    rule: Json | None = None
    """The rule of a default of its own."""
    policy: Policy | None = None


class Keeper(Protocol):
    """A part of the world that keeps state in memory: IAM and KMS."""

    def items(self) -> Items: ...

    def changed(self) -> set[str]: ...


@dataclass(frozen=True)
class Change:
    """A control item that is to be written, or removed where it has no contents."""

    kind: str
    name: str
    tag: Tag
    contents: bytes | None


def damaged_store() -> Refusal:
    """The refusal of a store whose items were edited."""
    return Refusal("damaged-store", "the items at rest are damaged")


class World:
    """One fresh instance of store and KMS."""

    def __init__(self, accounts: list[str], region: str, start: int) -> None:
        self.accounts = accounts
        self.region = region
        self.now = start
        self.faults = Faults()
        self.disk = Disk(self.faults)
        # r[sealed-object.root.outside] the root key is held by the sealer alone
        self.sealer = Sealer(os.urandom(32), self.random)
        self.broken = False
        self.buckets: dict[str, Bucket] = {}
        self.service_keys: dict[int, bytes] = {}
        self._manifest: set[str] = set()
        self._trail: dict[str, tuple[bytes, bytes]] = {}
        """Entries of the trail that were opened once: id -> (item, contents)."""
        self.ledger = Ledger(lambda: self.kms.list_data_keys())
        self._renew()
        self.add_service_key()

    # --- sources

    def random(self, length: int) -> bytes:
        """Bytes of the random source."""
        # r[data-key.generate.random]
        # r[data-key.generate.source-failure]
        try:
            return os.urandom(length)
        except (OSError, NotImplementedError):
            raise unavailable("the random source") from None

    def _renew(self) -> None:
        self.iam = Iam(self.accounts)
        self.kms = Kms(
            iam=self.iam,
            accounts=self.accounts,
            region=self.region,
            now=lambda: self.now,
            random=self.random,
        )

    # --- control items

    def write_control(self, changes: Iterable[Change], puts: Items, removes: list[str]) -> None:
        """Seals and commits control items, together with other items, in one step."""
        puts, removes = dict(puts), list(removes)
        added: list[str] = []
        for change in changes:
            item_id = f"{change.kind}/{change.name}"
            if change.contents is None:
                removes.append(item_id)
                continue
            sealed = self.sealer.seal(change.kind, change.name, change.contents)
            puts[item_id] = (change.tag, sealed)
            if change.kind in LOADED and not item_id.startswith(TRAIL):
                added.append(item_id)
        manifest = self._manifest
        if not manifest.issuperset(added) or not manifest.isdisjoint(removes):
            manifest = (manifest | set(added)) - set(removes)
            listed = json.dumps(sorted(manifest)).encode()
            puts[MANIFEST] = ("service", self.sealer.seal("manifest", "store", listed))
        if puts or removes:
            self.disk.commit(puts, removes)
        self._manifest = manifest

    def save(self, side: Side = "s3") -> None:
        """Commits what IAM and KMS changed; where that fails, nothing has changed."""
        # r[audit.durable.survives-restart]
        changes = [*self._changes("iam", self.iam), *self._changes("kms", self.kms)]
        if not changes:
            return
        try:
            self.write_control(changes, {}, [])
        except Refusal as refused:
            self.rebuild()
            refused.side = side
            raise

    def _changes(self, kind: str, keeper: Keeper) -> list[Change]:
        changed = keeper.changed()
        if not changed:
            return []
        items = keeper.items()
        out = []
        for item_id in sorted(changed):
            tag, contents = items.get(item_id, ("unknown", None))
            out.append(Change(kind, item_id.removeprefix(f"{kind}/"), tag, contents))
        return out

    def save_bucket(self, name: str, bucket: Bucket) -> None:
        """Commits the settings of a bucket, then shows them."""
        policy = None if bucket.policy is None else bucket.policy.text
        fields = {"owner": bucket.owner, "rule": bucket.rule, "policy": policy}
        contents = json.dumps(fields).encode()
        self.write_control([Change("bucket", name, "bucket", contents)], {}, [])
        self.buckets[name] = bucket

    def add_service_key(self) -> None:
        """A new version of the service key; nothing else shows it."""
        # r[rotation.service-key.no-trace-in-replies]
        # r[rotation.service-key.no-trace-in-kms]
        version = len(self.service_keys) + 1
        key = self.random(32)
        self.write_control([Change("service", str(version), "service", key)], {}, [])
        self.service_keys[version] = key

    # --- restart

    def restart(self) -> None:
        """A crash: everything in memory is lost, and rebuilt from the items at rest."""
        self.faults.disarm()
        self.rebuild()

    def rebuild(self) -> None:
        """Memory as the items at rest say; damaged ones close the store."""
        # r[sse.at-rest.survives-restart]
        self.ledger.collect()
        self.ledger.forget_kms()
        self.broken = True
        self.buckets, self.service_keys = {}, {}
        self._renew()
        try:
            opened = self._open_all()
            self.iam.load(opened["iam"])
            self.kms.load(opened["kms"])
            for item_id, (_, contents) in opened["bucket"].items():
                name = item_id.removeprefix("bucket/")
                self.buckets[name] = _bucket(name, contents)
            for item_id, (_, contents) in opened["service"].items():
                self.service_keys[int(item_id.removeprefix("service/"))] = contents
        except (Refusal, ValueError, KeyError, TypeError):
            raise damaged_store() from None
        self.broken = False

    def _open_all(self) -> dict[str, Items]:
        # r[sse.tamper.control-items]
        # r[sse.tamper.no-widened-permission] an item that is missing or surplus closes the store
        listed = self.disk.items.get(MANIFEST, ("", b""))[1]
        manifest = set(json.loads(self.sealer.open("manifest", "store", listed) or b"[]"))
        if not manifest:
            raise damaged_store()
        out: dict[str, Items] = {kind: {} for kind in LOADED}
        seen = 0
        trail: dict[str, tuple[bytes, bytes]] = {}
        for item_id, (tag, item) in self.disk.items.items():
            kind, _, name = item_id.partition("/")
            if kind in LAZY or item_id == MANIFEST:
                continue
            of_trail = item_id.startswith(TRAIL)
            if kind not in out or not (of_trail or item_id in manifest):
                raise damaged_store()
            known = self._trail.get(item_id) if of_trail else None
            unchanged = known is not None and known[0] is item
            contents = known[1] if known and unchanged else self.sealer.open(kind, name, item)
            if contents is None:
                raise damaged_store()
            out[kind][item_id] = (tag, contents)
            if of_trail:
                trail[item_id] = (item, contents)
            else:
                seen += 1
        if seen != len(manifest):
            raise damaged_store()
        self._manifest, self._trail = manifest, trail
        return out

    # --- KMS

    def call_kms(self, caller: Caller, name: str, request: Json) -> Json:
        """A KMS request by the store, in the name of the principal who asked the store."""
        # r[kms.authorization.through-store]
        kind = self.faults.hit("kms")
        if kind == "garbage":
            return {"plaintext": self.random(7).hex(), "ciphertext_blob": "", "key_id": ""}
        if kind is not None:
            raise unavailable("KMS")
        return self.recorded(lambda: self.kms.through_store(caller, name, request))

    def recorded(self, act: Callable[[], Json], side: Side = "s3") -> Json:
        """What KMS or IAM answers, once what it changed is at rest."""
        # r[audit.durable.refuses-unrecorded]
        self.ledger.kms_was_asked()
        try:
            reply = act()
        except Refusal:
            self.save(side)
            raise
        self.save(side)
        return reply


def _bucket(name: str, contents: bytes) -> Bucket:
    fields = json.loads(contents)
    text = fields["policy"]
    policy = None if text is None else Policy.parse(text, "bucket", name)
    return Bucket(fields["owner"], fields["rule"], policy)
