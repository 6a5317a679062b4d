"""The key management service: every operation in one visible order of checks (kms.md).

Parameters, key lookup, authorization, key state, cryptography, audit. Everything that changes is an
item: after each request, refused ones included, `changed` names the items to be written.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from uuid import UUID

from . import crypto, effect, parameters
from .alias import AWS_S3
from .audit import Act, Trail, distinct
from .decision import decide_identity, decide_key
from .effect import Effect, Service
from .iam import Iam, kms_context
from .key import AWS, ENABLED, PENDING, Key, aws_s3_policy
from .keyring import Keyring
from .lookup import Call, Plan, resolve
from .rotation import Schedule, new_material
from .shelf import Shelf
from .usage import Usage
from .words import Caller, Items, Json, Refusal

EFFECTS: dict[str, Callable[[Service, Call, Plan], Effect]] = {
    "CreateKey": effect.create_key,
    "DescribeKey": effect.describe_key,
    "ListKeys": effect.list_keys,
    "EnableKey": effect.enable_key,
    "DisableKey": effect.disable_key,
    "ScheduleKeyDeletion": effect.schedule_key_deletion,
    "CancelKeyDeletion": effect.cancel_key_deletion,
    "CreateAlias": effect.create_alias,
    "UpdateAlias": effect.update_alias,
    "DeleteAlias": effect.delete_alias,
    "ListAliases": effect.list_aliases,
    "PutKeyPolicy": effect.put_key_policy,
    "GetKeyPolicy": effect.get_key_policy,
    "EnableKeyRotation": effect.enable_key_rotation,
    "DisableKeyRotation": effect.disable_key_rotation,
    "GetKeyRotationStatus": effect.get_key_rotation_status,
    "RotateKeyOnDemand": effect.rotate_key_on_demand,
    "ListKeyRotations": effect.list_key_rotations,
    "GenerateDataKey": crypto.generate_data_key,
    "GenerateDataKeyWithoutPlaintext": crypto.generate_data_key,
    "Encrypt": crypto.encrypt,
    "Decrypt": crypto.decrypt,
    "ReEncrypt": crypto.re_encrypt,
}
OPERATIONS = frozenset(EFFECTS)


class Kms:
    """The KMS of a world."""

    def __init__(
        self,
        *,
        iam: Iam,
        accounts: list[str],
        region: str,
        now: Callable[[], int],
        random: Callable[[int], bytes],
    ) -> None:
        self._iam = iam
        self._accounts = frozenset(accounts)
        self._region = region
        self._random = random
        self._shelf = Shelf()
        self._usage = Usage()
        self._keyring = Keyring(self._accounts, region, self._shelf)
        self._trail = Trail(region, self._usage, self._shelf)
        self._service = Service(self._keyring, iam, now, self._draw)
        self._handed_out: set[bytes] = set()
        self._listed: list[Json] = []

    # --- requests

    def perform(self, caller: Caller, name: str, request: Json) -> Json:
        """An operation that a caller asks for directly."""
        return self._perform(caller, name, request, through_store=False)

    def through_store(self, caller: Caller, name: str, request: Json) -> Json:
        """GenerateDataKey or Decrypt by the store in a caller's name.

        `key_id` names the key of a write as its header or the bucket default does, and is left out
        for `aws/s3`; it names the key of a read by the ARN of the object's record.
        """
        # r[sse.put.kms-default-key]
        # r[key.aws-managed.created-on-first-use]
        # r[key.aws-managed.of-requester]
        # r[key.aws-managed.alias-in-put]
        identifier = request.get("key_id")
        if name != "Decrypt" and self._keyring.names_aws_s3(identifier):
            managed = self._aws_s3(caller.account)
            if identifier is None:
                named = AWS_S3 if managed is None else managed.arn
                request = {**request, "key_id": named}
        return self._perform(caller, name, request, through_store=True)

    def resolve_for_put(self, caller: Caller, key_id: str | None) -> str | None:
        """What a bucket policy sees of the key of a write under SSE-KMS.

        The ARN of the key; the identifier as it was sent where it names no key; None where `aws/s3`
        is chosen and does not exist yet.
        """
        account = caller.account
        if self._keyring.names_aws_s3(key_id):
            managed = self._keyring.aws_s3.get(account)
            return None if managed is None else managed.arn
        assert key_id is not None
        try:
            return self._keyring.find(key_id, account, aliases=True).key.arn
        except Refusal:
            return key_id

    def _perform(self, caller: Caller, name: str, request: Json, through_store: bool) -> Json:
        try:
            return self._in_order(caller, name, request, through_store)
        except Refusal as refusal:
            # r[refusal.class.through-store]
            refusal.side = "s3" if through_store else "kms"
            raise

    def _in_order(self, caller: Caller, name: str, request: Json, through_store: bool) -> Json:
        # r[kms.order.sequence]
        # r[kms.order.denied-or-state]
        fields = parameters.read(name, request)
        call = Call(caller, name, request, fields, through_store)
        plan = resolve(call, self._keyring)
        try:
            self._authorize(call, plan)
            for key in plan.states:
                key.check_state(name)
            done = EFFECTS[name](self._service, call, plan)
        except Refusal as refusal:
            # r[audit.entry.refused-recorded]
            # r[refusal.effect.none]
            self._record(call, plan.entry, refusal)
            raise
        keys = plan.entry if done.made is None else (done.made,)
        # r[audit.durable.refuses-unrecorded]
        self._record(call, keys, None, done)
        return done.reply

    def _authorize(self, call: Call, plan: Plan) -> None:
        # r[kms.authorization.default-deny]
        # r[kms.authorization.through-store]
        for needed in plan.permissions:
            context = kms_context(
                call.caller, self._region, call.through_store, needed.alias, needed.pairs
            )
            question = self._iam.question(call.caller, needed.action, needed.resource, context)
            key = needed.key
            if key is None:
                decided = decide_identity(question)
            else:
                decided = decide_key(question, key.policy, key.account)
            if not decided.allowed:
                reason = f"{needed.action} is not allowed: {decided.reason}"
                raise Refusal("access-denied", reason, "kms")

    # --- the trail

    def _record(
        self,
        call: Call,
        keys: tuple[Key, ...],
        refusal: Refusal | None,
        done: Effect | None = None,
    ) -> None:
        """Makes the effect and writes the entry; both are items of one `changed`."""
        rotated = None if done is None else done.rotated
        event_ids = [self._draw(16) for _ in range(1 if rotated is None else 2)] if keys else []
        if done is not None:
            done.commit()
            self._hand_out(done)
        if not keys:
            return
        now = self._service.now()
        self._trail.write(
            Act(
                call.name,
                now,
                distinct(keys),
                caller=call.caller,
                through_store=call.through_store,
                request=call.request,
                refusal=refusal,
            ),
            event_ids[0],
        )
        # r[audit.service-event.rotate-key]
        if rotated is not None:
            self._trail.write(Act("RotateKey", now, (rotated,)), event_ids[1])

    def _hand_out(self, done: Effect) -> None:
        if done.handed_out is not None:
            blob, context, plaintext = done.handed_out
            if blob in self._handed_out:
                return
            self._handed_out.add(blob)
            record = {"ciphertext_blob": blob.hex(), "encryption_context": context}
            self._listed.append({**record, "plaintext": plaintext.hex()})

    def lookup_events(self, caller: Caller) -> Json:
        """The fixture LookupEvents."""
        return {"events": self._trail.entries(caller.account)}

    def get_key_usage(self, caller: Caller) -> Json:
        """The fixture GetKeyUsage."""
        # r[kms.usage.existence-listed]
        # r[kms.usage.existence-time]
        # r[kms.usage.existence-end]
        now = self._service.now()
        keys = sorted(self._keyring.of_account(caller.account), key=lambda key: key.arn)
        return {
            "requests": self._usage.requests(caller.account),
            "keys": [{"key_id": key.arn, "seconds": now - key.creation_date} for key in keys],
        }

    def list_data_keys(self) -> list[Json]:
        """DataKeyRecord of every data key that KMS handed out or opened for the store.

        Oldest first, and the same growing list at every call.
        """
        return self._listed

    # --- the AWS managed key

    def _aws_s3(self, account: str) -> Key | None:
        """The account's `aws/s3`, made where it does not exist."""
        key = self._keyring.aws_s3.get(account)
        if key is not None or account not in self._accounts:
            return key
        key_id, now = str(UUID(bytes=self._draw(16), version=4)), self._service.now()
        key = Key(
            id=key_id,
            account=account,
            arn=self._keyring.arn(account, key_id),
            creation_date=now,
            policy=aws_s3_policy(account, self._region),
            materials=[new_material(self._draw)],
            manager=AWS,
            description="Default key that protects my S3 objects when no other key is defined",
            # r[rotation.aws-managed.schedule]
            # r[rotation.aws-managed.status]
            schedule=Schedule.starting(now),
        )
        self._keyring.put(key)
        return key

    # --- time

    def advance(self, now: int) -> None:
        """Runs every rotation and deletion that is due until a moment, in order."""
        rotated: dict[str, Key] = {}
        # r[rotation.automatic.order]
        # r[rotation.automatic.due]
        # r[rotation.automatic.not-early]
        # r[key.deletion.not-early]
        due = [event for key in self._keyring.keys.values() if (event := _due(key)) is not None]
        heapq.heapify(due)
        while due and due[0][0] <= now:
            date, key_id = heapq.heappop(due)
            key = self._keyring.keys[key_id]
            if key.state == PENDING:
                # r[key.deletion.on-its-date]
                self._keyring.delete(key)
                # r[audit.service-event.delete-key]
                self._trail.write(Act("DeleteKey", date, (key,)), self._draw(16))
            elif key.schedule is not None:
                # r[rotation.automatic.schedule]
                key.materials.append(new_material(self._draw, date, "AUTOMATIC"))
                key.schedule = key.schedule.rotated_at(date)
                self._trail.write(Act("RotateKey", date, (key,)), self._draw(16))
                rotated[key_id] = key
                heapq.heappush(due, (key.schedule.next_date, key_id))
        for key in rotated.values():
            self._keyring.put(key)

    def _draw(self, size: int) -> bytes:
        # r[data-key.generate.source-failure]
        try:
            return self._random(size)
        except (OSError, NotImplementedError):
            raise Refusal("unavailable", "the random source failed", "kms") from None

    # --- items at rest

    def items(self) -> Items:
        """Every item, unsealed; the same mapping until the next load."""
        return self._shelf.items

    def changed(self) -> set[str]:
        """The ids of the items that changed or vanished since the last call."""
        return self._shelf.take_changed()

    def load(self, items: Items) -> None:
        """Takes the place of everything held, from opened items."""
        # r[key.state.survives-restart]
        # r[key.alias.survives-restart]
        # r[rotation.effect.survives-restart]
        # r[rotation.automatic.survives-restart]
        # r[key.deletion.trail-kept]
        # r[audit.durable.survives-restart]
        # r[kms.usage.survives-restart]
        self._shelf = Shelf()
        self._usage = Usage()
        self._keyring = Keyring(self._accounts, self._region, self._shelf)
        self._trail = Trail(self._region, self._usage, self._shelf)
        self._service = Service(self._keyring, self._iam, self._service.now, self._draw)
        try:
            self._keyring.load(items)
            self._trail.load(items)
        except (KeyError, TypeError, ValueError, Refusal):
            raise Refusal("damaged-store", "an item of KMS is not readable") from None


def _due(key: Key) -> tuple[int, str] | None:
    """The next event of a key: its date and the key's id."""
    if key.state == PENDING and key.deletion_date is not None:
        return key.deletion_date, key.id
    # r[rotation.state.not-rotated]
    if key.state == ENABLED and key.schedule is not None:
        return key.schedule.next_date, key.id
    return None
