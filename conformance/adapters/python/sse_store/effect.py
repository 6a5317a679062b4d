"""Step 5 of a KMS request: what operations on keys and aliases do, and refuse last (key.md).

An effect is computed first, with all that may fail, and made by its `commit`, which cannot fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from . import rotation
from .alias import MAX_ALIASES
from .decision import decide_key
from .iam import Iam, kms_context, missing_principals
from .key import DISABLED, ENABLED, PENDING, Key, default_policy
from .keyring import Keyring
from .lookup import Call, Plan
from .policy import Policy
from .rotation import DAY, DEFAULT_PERIOD, Schedule, new_material
from .words import Json, Refusal


def nothing() -> None:
    """The commit of an operation that changes nothing."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The reply of an operation, and the change that it makes."""

    reply: Json = field(repr=False)  # r[data-key.secret.no-print]
    commit: Callable[[], None] = nothing
    made: Key | None = None
    """The key that CreateKey makes."""
    rotated: Key | None = None
    """The key that a rotation follows for."""
    handed_out: tuple[bytes, dict[str, str], bytes] | None = field(default=None, repr=False)
    """Blob, encryption context and plaintext of a data key, for the laboratory's list."""


@dataclass(frozen=True, slots=True)
class Service:
    """What effects need of the service around them."""

    keyring: Keyring
    iam: Iam
    now: Callable[[], int]
    random: Callable[[int], bytes] = field(repr=False)


def _new_key_id(service: Service) -> str:
    # r[key.create.distinct]
    while (key_id := str(UUID(bytes=service.random(16), version=4))) in service.keyring.keys:
        pass
    return key_id


def create_key(service: Service, call: Call, _plan: Plan) -> Effect:
    """CreateKey."""
    account, key_id = call.caller.account, _new_key_id(service)
    arn = service.keyring.arn(account, key_id)
    policy: Policy | None = call.fields.get("policy")
    if policy is not None:
        _check_policy(service, call, policy, arn, account)
    # r[key.create.enabled]
    # r[key.create.description]
    # r[key.describe.customer]
    key = Key(
        id=key_id,
        account=account,
        arn=arn,
        creation_date=service.now(),
        policy=default_policy(account) if policy is None else policy,
        materials=[new_material(service.random)],
        description=call.fields.get("description", ""),
    )
    reply = {"key_metadata": key.metadata()}
    return Effect(reply, lambda: service.keyring.put(key), made=key)


def _check_policy(service: Service, call: Call, policy: Policy, arn: str, owner: str) -> None:
    """The checks of a key policy that come last."""
    # r[policy.document.unknown-principal]
    for name in missing_principals(service.iam, policy):
        raise Refusal("malformed-policy", f"the principal {name} does not exist")
    # r[policy.document.lockout]
    if call.fields.get("bypass_policy_lockout_safety_check", False):
        return
    context = kms_context(call.caller, service.keyring.region, call.through_store, None, {})
    question = service.iam.question(call.caller, "kms:PutKeyPolicy", arn, context)
    if not decide_key(question, policy, owner).allowed:
        raise Refusal("malformed-policy", "the caller could not change this policy again")


def put_key_policy(service: Service, call: Call, plan: Plan) -> Effect:
    """PutKeyPolicy."""
    (key,) = plan.keys
    policy: Policy = call.fields["policy"]
    _check_policy(service, call, policy, key.arn, key.account)

    def commit() -> None:
        # r[policy.document.latest]
        key.policy = policy
        service.keyring.put(key)

    return Effect({}, commit)


def get_key_policy(_service: Service, _call: Call, plan: Plan) -> Effect:
    """GetKeyPolicy."""
    # r[policy.document.text-kept]
    return Effect({"policy": plan.keys[0].policy.text})


def describe_key(_service: Service, _call: Call, plan: Plan) -> Effect:
    """DescribeKey."""
    return Effect({"key_metadata": plan.keys[0].metadata()})


def list_keys(service: Service, call: Call, _plan: Plan) -> Effect:
    """ListKeys."""
    # r[key.list.complete]
    # r[key.list.own-account]
    keys = sorted(service.keyring.of_account(call.caller.account), key=lambda key: key.id)
    return Effect({"keys": [{"key_id": key.id, "key_arn": key.arn} for key in keys]})


def enable_key(service: Service, _call: Call, plan: Plan) -> Effect:
    """EnableKey, and the rotation that is overdue."""
    (key,) = plan.keys
    now, schedule = service.now(), key.schedule
    # r[rotation.state.overdue-once]
    # r[rotation.state.overdue]
    # r[key.enable.idempotent]
    # r[key.enable.restores]
    overdue = key.state == DISABLED and schedule is not None and schedule.next_date <= now
    material = new_material(service.random, now, "AUTOMATIC") if overdue else None

    def commit() -> None:
        key.state = ENABLED
        if material is not None and schedule is not None:
            key.materials.append(material)
            key.schedule = schedule.rotated_at(now)
        service.keyring.put(key)

    return Effect({}, commit, rotated=key if overdue else None)


def disable_key(service: Service, _call: Call, plan: Plan) -> Effect:
    """DisableKey."""
    (key,) = plan.keys

    def commit() -> None:
        # r[key.disable.idempotent]
        key.state = DISABLED
        service.keyring.put(key)

    return Effect({}, commit)


def schedule_key_deletion(service: Service, call: Call, plan: Plan) -> Effect:
    """ScheduleKeyDeletion."""
    (key,) = plan.keys
    # r[key.schedule-deletion.waiting-period-shown]
    days = call.fields.get("pending_window_in_days", 30)
    # r[key.schedule-deletion.date]
    date = service.now() + days * DAY

    def commit() -> None:
        # r[key.schedule-deletion.pending]
        key.state, key.deletion_date = PENDING, date
        service.keyring.put(key)

    # r[key.schedule-deletion.arn-in-reply]
    reply: Json = {"key_id": key.arn, "deletion_date": date, "key_state": PENDING}
    return Effect({**reply, "pending_window_in_days": days}, commit)


def cancel_key_deletion(service: Service, _call: Call, plan: Plan) -> Effect:
    """CancelKeyDeletion."""
    (key,) = plan.keys

    def commit() -> None:
        # r[key.cancel-deletion.disabled]
        # r[key.cancel-deletion.lasting]
        # r[rotation.state.cancel-restores]
        key.state, key.deletion_date = DISABLED, None
        service.keyring.put(key)

    return Effect({"key_id": key.arn}, commit)


# --- aliases


def create_alias(service: Service, call: Call, plan: Plan) -> Effect:
    """CreateAlias."""
    account, name, (key,) = call.caller.account, call.fields["alias_name"], plan.keys
    # r[key.create-alias.exists]
    if service.keyring.by_alias(account, name) is not None:
        raise Refusal("alias-exists", "the alias exists")
    # r[key.create-alias.limit]
    _check_limit(service, key)
    return Effect({}, lambda: service.keyring.set_alias(account, name, key))


def update_alias(service: Service, call: Call, plan: Plan) -> Effect:
    """UpdateAlias."""
    account, name, (old, new) = call.caller.account, call.fields["alias_name"], plan.keys
    # r[key.update-alias.same-key]
    if old is new:
        return Effect({})
    # r[key.update-alias.limit]
    _check_limit(service, new)
    return Effect({}, lambda: service.keyring.set_alias(account, name, new))


def delete_alias(service: Service, call: Call, _plan: Plan) -> Effect:
    """DeleteAlias."""
    account, name = call.caller.account, call.fields["alias_name"]
    return Effect({}, lambda: service.keyring.remove_alias(account, name))


def list_aliases(service: Service, call: Call, plan: Plan) -> Effect:
    """ListAliases."""
    key = plan.keys[0] if plan.keys else None
    return Effect({"aliases": service.keyring.listed_aliases(call.caller.account, key)})


def _check_limit(service: Service, key: Key) -> None:
    if service.keyring.aliases.count(key.id) >= MAX_ALIASES:
        raise Refusal("limit-exceeded", f"a key has at most {MAX_ALIASES} aliases")


# --- rotation


def enable_key_rotation(service: Service, call: Call, plan: Plan) -> Effect:
    """EnableKeyRotation."""
    days = call.fields.get("rotation_period_in_days", DEFAULT_PERIOD)
    return _set_schedule(service, plan, Schedule.starting(service.now(), days))


def disable_key_rotation(service: Service, _call: Call, plan: Plan) -> Effect:
    """DisableKeyRotation."""
    return _set_schedule(service, plan, None)


def _set_schedule(service: Service, plan: Plan, schedule: Schedule | None) -> Effect:
    (key,) = plan.keys

    def commit() -> None:
        key.schedule = schedule
        service.keyring.put(key)

    return Effect({}, commit)


def get_key_rotation_status(_service: Service, _call: Call, plan: Plan) -> Effect:
    """GetKeyRotationStatus."""
    return Effect(plan.keys[0].rotation_status())


def list_key_rotations(_service: Service, call: Call, plan: Plan) -> Effect:
    """ListKeyRotations."""
    everything = call.fields.get("include_key_material") == "ALL_KEY_MATERIAL"
    return Effect({"rotations": rotation.listed(plan.keys[0].materials, everything)})


def rotate_key_on_demand(service: Service, _call: Call, plan: Plan) -> Effect:
    """RotateKeyOnDemand."""
    (key,) = plan.keys
    now = service.now()
    # r[rotation.on-demand.limit]
    if key.on_demand >= rotation.ON_DEMAND_LIMIT:
        raise Refusal("limit-exceeded", "the key was rotated on demand 25 times")
    # r[rotation.on-demand.conflict]
    distance = rotation.ON_DEMAND_DISTANCE
    if key.schedule is not None and key.schedule.next_date - now <= distance:
        raise Refusal("conflict", "an automatic rotation is near")
    material = new_material(service.random, now, "ON_DEMAND")

    def commit() -> None:
        # r[rotation.on-demand.complete]
        # r[rotation.on-demand.listed]
        # r[rotation.on-demand.keeps-schedule]
        key.materials.append(material)
        key.on_demand += 1
        service.keyring.put(key)

    # r[rotation.on-demand.arn-in-reply]
    return Effect({"key_id": key.arn}, commit, rotated=key)
