"""Items at rest in the making: their contents, and which of them changed.

Contents are unsealed here; whoever writes them seals them first.
"""

from __future__ import annotations

from .words import Items, Tag


class Shelf:
    """Items by id, and the ids that changed or vanished since they were last taken."""

    def __init__(self) -> None:
        self.items: Items = {}
        self._changed: set[str] = set()

    def put(self, name: str, tag: Tag, contents: bytes) -> None:
        """Writes an item."""
        self.items[name] = (tag, contents)
        self._changed.add(name)

    def remove(self, name: str) -> None:
        """Takes an item away, if there is one."""
        if self.items.pop(name, None) is not None:
            self._changed.add(name)

    def keep(self, name: str, item: tuple[Tag, bytes]) -> None:
        """Holds an item that lies at rest already."""
        self.items[name] = item

    def take_changed(self) -> set[str]:
        """The ids of the items that changed since the last call."""
        changed, self._changed = self._changed, set()
        return changed
