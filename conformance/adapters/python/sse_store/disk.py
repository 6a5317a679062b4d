"""The items at rest of a world, and the points at which a fault can be injected.

Owns what outlives the memory of the process: a map from ids to tagged bytes that changes by
commits, each of which happens whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Literal, cast

from .words import Items, Refusal

Point = Literal["kms", "storage", "trail"]
FaultKind = Literal["unavailable", "timeout", "garbage"]
POINTS = ("kms", "storage", "trail")
KINDS = ("unavailable", "timeout", "garbage")


def unavailable(what: str) -> Refusal:
    """The refusal where a part that is needed did not answer."""
    return Refusal("unavailable", f"{what} did not answer")


class Faults:
    """At most one armed fault: the nth call to a point fails."""

    def __init__(self) -> None:
        self._point = ""
        self._left = 0
        self._kind: FaultKind = "unavailable"
        self.fired = False

    def arm(self, point: str, nth: int, kind: str) -> None:
        """The `nth` call to `point` from now on fails as `kind` says."""
        self._point, self._left, self._kind = point, nth, cast(FaultKind, kind)
        self.fired = False

    def disarm(self) -> None:
        """No call fails."""
        self._point = ""

    def hit(self, point: Point) -> FaultKind | None:
        """A call to a point: how it fails, or None."""
        if point != self._point:
            return None
        self._left -= 1
        if self._left != 0:
            return None
        self.fired = True
        return self._kind


class Disk:
    """The items at rest."""

    def __init__(self, faults: Faults) -> None:
        self.items: Items = {}
        self._faults = faults

    def read(self, item_id: str) -> bytes | None:
        """The bytes of an item."""
        kind = self._faults.hit("storage")
        if kind == "garbage":
            return os.urandom(257)
        if kind is not None:
            raise unavailable("the storage")
        found = self.items.get(item_id)
        return None if found is None else found[1]

    def commit(self, puts: Items, removes: Iterable[str] = ()) -> None:
        """Writes and removes items in one step; where it fails, nothing has changed."""
        # r[audit.durable.refuses-unrecorded]
        if any(tag == "trail" for tag, _ in puts.values()) and self._faults.hit("trail"):
            raise unavailable("the trail")
        if self._faults.hit("storage"):
            raise unavailable("the storage")
        self.items.update(puts)
        for item_id in removes:
            self.items.pop(item_id, None)
