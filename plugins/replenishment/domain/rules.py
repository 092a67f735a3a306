"""When a rule orders, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from plugins.replenishment.domain.formulas import (
    Demand,
    LeadTime,
    economic_order,
    reorder_point,
    safety_stock,
)


class Method(StrEnum):
    """How a rule finds its levels."""

    MIN_MAX = "min_max"
    REORDER_POINT = "reorder_point"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a rule knows. Costs in minor units: S of an order, H of holding a unit for a year."""

    method: str
    demand: Demand
    lead: LeadTime
    service: int = 950
    minimum: int = 0
    maximum: int = 0
    ordering_minor: int = 0
    holding_minor: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Levels:
    """Order when the position is at or below `point`: up to `top`, or whole lots of `lot`."""

    point: int
    top: int = 0
    lot: int = 0
    safety: int = 0


def levels(known: Inputs) -> Levels:
    """Return the levels of a rule: as entered (min/max), or by the formulas."""
    if known.method == Method.MIN_MAX:
        return Levels(known.minimum, top=known.maximum)
    return Levels(
        point=reorder_point(known.demand, known.lead, known.service),
        lot=economic_order(known.demand, known.ordering_minor, known.holding_minor),
        safety=safety_stock(known.demand, known.lead, known.service),
    )


@dataclass(frozen=True, slots=True)
class Stand:
    """What a product has at a place, in stock units.

    `free` is given to nobody, `own` is on order for the rule, `loose` on order for nobody, and
    `wanted` is short for others and not pegged: they take of `loose` first.
    """

    free: int
    own: int = 0
    loose: int = 0
    wanted: int = 0

    @property
    def left(self) -> int:
        """Return what others leave of the supply on order for nobody."""
        return max(0, self.loose - self.wanted)

    @property
    def position(self) -> int:
        """Return the inventory position: what will be there for the shelf."""
        return self.free + self.own + self.left


def to_buy(known: Levels, stand: Stand) -> int:
    """Return what to order now; 0 above the point, or where there is neither demand nor level."""
    if stand.position > known.point or known.point + known.top <= 0:
        return 0
    if known.lot:
        return -(-(known.point + 1 - stand.position) // known.lot) * known.lot
    return max(0, known.top - stand.position)


def need(known: Levels, stand: Stand) -> int:
    """Return what is short and not pegged: what to buy and what loose supply will cover."""
    buy = to_buy(known, stand)
    return buy + stand.left if buy else 0
