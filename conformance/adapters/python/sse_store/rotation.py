"""Key material and the rotation setting of a KMS key (rotation.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from .words import Json

DAY = 86400
DEFAULT_PERIOD = 365
ON_DEMAND_LIMIT = 25
ON_DEMAND_DISTANCE = 1200
MATERIAL_BYTES = 32

RotationType = Literal["AUTOMATIC", "ON_DEMAND"]


@dataclass(frozen=True, slots=True)
class Material:
    """One key material; the first one of a key has neither date nor type."""

    id: str
    secret: bytes = field(repr=False)  # r[data-key.secret.no-print]
    date: int | None = None
    type: str | None = None

    def to_json(self) -> Json:
        """The form at rest, which is sealed."""
        return {"id": self.id, "secret": self.secret.hex(), "date": self.date, "type": self.type}

    @staticmethod
    def from_json(record: Json) -> Material:
        """The material of its form at rest."""
        secret = bytes.fromhex(record["secret"])
        return Material(record["id"], secret, record["date"], record["type"])


def new_material(
    random: Callable[[int], bytes], date: int | None = None, type_: RotationType | None = None
) -> Material:
    """A random material, under an id that no other has."""
    return Material(random(32).hex(), random(MATERIAL_BYTES), date, type_)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Automatic rotation that is on: the period in days, and the next date."""

    period: int
    next_date: int

    @staticmethod
    def starting(now: int, period: int = DEFAULT_PERIOD) -> Schedule:
        """The schedule that starts at a moment."""
        # r[rotation.enable.next-date]
        return Schedule(period, now + period * DAY)

    def rotated_at(self, date: int) -> Schedule:
        """The schedule after a rotation at a date."""
        # r[rotation.automatic.schedule]
        return replace(self, next_date=date + self.period * DAY)

    def to_json(self) -> Json:
        """The form at rest."""
        return {"period": self.period, "next_date": self.next_date}


def listed(materials: list[Material], everything: bool) -> list[Json]:
    """ListKeyRotations: completed rotations, the oldest first."""
    # r[rotation.list.new-key]
    # r[rotation.list.all-material]
    # r[rotation.list.form]
    return [
        _listed(material, material is materials[-1])
        for material in (materials if everything else materials[1:])
    ]


def _listed(material: Material, current: bool) -> Json:
    # r[rotation.list.one-current]
    shown: Json = {
        "key_material_id": material.id,
        "key_material_state": "CURRENT" if current else "NON_CURRENT",
    }
    if material.type is not None:
        shown["rotation_date"] = material.date
        shown["rotation_type"] = material.type
    return shown
