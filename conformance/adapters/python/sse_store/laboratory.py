"""The laboratory (operations.md): items at rest, restarts, the clock, faults, the service key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import service_key, shapes
from .disk import KINDS, POINTS
from .words import Caller, Items, Json, Refusal, Tag
from .world import World

Perform = Callable[[World, Caller, str, Json], Json]
LAST_SECOND = 253402300799
"""The end of the year 9999."""
TAGS = frozenset({"upload", "bucket", "key", "policy", "trail", "service", "unknown"})


def read_at_rest(world: World) -> Json:
    """Every item, ascending by id."""
    items = world.disk.items
    return {
        "items": [
            {"id": item_id, "tag": items[item_id][0], "bytes": items[item_id][1].hex()}
            for item_id in sorted(items)
        ]
    }


def _tag(value: Any) -> Tag:
    if isinstance(value, dict):
        shapes.object_name(shapes.one_of(value, "tag")[1], "tag")
    elif value not in TAGS:
        raise shapes.wrong("the tag is not known")
    return value


def _edit(items: Items, value: Any) -> None:
    form, content = shapes.one_of(value, "edits")
    if form not in shapes.EDITS:
        raise shapes.wrong(f"no edit {form}")
    fields = shapes.read(content, shapes.EDITS[form], form)
    if form == "insert":
        item = fields["item"]
        if item["id"] in items:
            raise shapes.wrong("the item is there already")
        items[item["id"]] = (_tag(item["tag"]), item["bytes"])
        return
    if fields["id"] not in items:
        raise shapes.wrong("no item has this id")
    if form == "remove":
        del items[fields["id"]]
    else:
        items[fields["id"]] = (items[fields["id"]][0], fields["bytes"])


def write_at_rest(world: World, request: Json) -> Json:
    """Applies every edit or none, then restarts; no checksum here needs no key."""
    items = dict(world.disk.items)
    for edit in request["edits"]:
        _edit(items, edit)
    world.disk.items = items
    world.restart()
    return {}


def advance_clock(world: World, request: Json) -> Json:
    """Moves the clock; every event that is due has happened before the reply."""
    seconds = request["seconds"]
    if seconds < 0 or world.now + seconds > LAST_SECOND:
        raise shapes.wrong("the clock goes forward, and not beyond the year 9999")
    before = world.now
    world.now += seconds
    try:
        world.kms.advance(world.now)
        world.save()
    except Refusal:
        world.now = before
        world.rebuild()
        raise
    return {"now": world.now}


def inject_fault(world: World, caller: Caller, request: Json, perform: Perform) -> Json:
    """Performs an operation while one call to a point fails."""
    if request["point"] not in POINTS or request["kind"] not in KINDS or request["nth"] < 1:
        raise shapes.wrong("no fault of this point, kind or number")
    name, fields = shapes.one_of(request["operation"], "operation")
    if name == "InjectFault":
        raise shapes.wrong("a fault carries no other fault")
    world.faults.arm(request["point"], request["nth"], request["kind"])
    try:
        outcome: Json = {"replied": {name: perform(world, caller, name, fields)}}
    except Refusal as refused:
        outcome = {"refused": refused.to_json()}
    finally:
        world.faults.disarm()
    return {"fired": world.faults.fired, "outcome": outcome}


def list_data_keys(world: World) -> Json:
    """Every data key handed out or used."""
    return {
        "data_keys": world.ledger.show(
            lambda blob, bucket, key: service_key.open_data_key(world, blob, bucket, key)
        )
    }
