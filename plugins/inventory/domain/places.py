"""What kinds of warehouses there are and which location one may serve."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class WarehouseKind(StrEnum):
    """What a warehouse stands for (F153, F166). Only store, warehouse and dropship can count."""

    STORE = "store"
    WAREHOUSE = "warehouse"
    DROPSHIP = "dropship"
    DEFECTIVE = "defective"
    RESERVED = "reserved"


LOCATIONS = frozenset({WarehouseKind.STORE, WarehouseKind.WAREHOUSE})
"""Kinds that are locations of their own: an order can be served from them."""

TITLES = {
    WarehouseKind.STORE: "Store",
    WarehouseKind.WAREHOUSE: "Warehouse",
    WarehouseKind.DROPSHIP: "Dropship",
    WarehouseKind.DEFECTIVE: "Defective stock",
    WarehouseKind.RESERVED: "Reserved stock",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse as these rules see it."""

    name: str
    kind: str
    company: int


def serving_problem(place: Place, serves: Place | None) -> str:
    """Say why `place` may not serve `serves`; empty when it may.

    Only a dropship warehouse serves another one: a store or warehouse of the same company. One
    that serves nobody stands alone.
    """
    if serves is None:
        return ""
    if place.kind != WarehouseKind.DROPSHIP:
        return "Only a warehouse of the type Dropship serves another location; leave this empty."
    if serves.kind not in LOCATIONS:
        return f"{serves.name} is no store or warehouse, so it cannot be served."
    if serves.company != place.company:
        return f"{serves.name} belongs to another company; choose one of the same company."
    return ""
