"""Figures of rules as sentences, for tips and cells."""

from __future__ import annotations

from decimal import Decimal

from plugins.replenishment.domain.rules import Method
from plugins.replenishment.services.standing import Standing

METHODS = {
    Method.MIN_MAX: "Minimum and maximum",
    Method.REORDER_POINT: "Reorder point from demand",
}


def per_day(value: Decimal) -> str:
    """Write a quantity a day with at most two decimals: 1.25."""
    return f"{value.quantize(Decimal('0.01')).normalize():f}"


def arithmetic(one: Standing) -> str:
    """Say how a rule comes to its decision, so that it can be checked with a pencil."""
    stand, known = one.stand, one.levels
    position = (
        f"Position {stand.position:,} = {stand.free:,} free + {stand.own:,} ordered for it "
        f"+ {stand.left:,} on order for nobody."
    )
    return f"{position} Reorder point {known.point:,}{_point(one)}. {_order(one)}"


def _point(one: Standing) -> str:
    if one.known.method == Method.MIN_MAX:
        return ""
    asked, lead = one.known.demand, one.known.lead
    return f" = {per_day(asked.mean)} a day * {lead.days} days + {one.levels.safety:,} safety stock"


def _order(one: Standing) -> str:
    if not one.buy:
        return "Above it: nothing to order."
    how = f"in lots of {one.levels.lot:,}" if one.levels.lot else f"up to {one.levels.top:,}"
    return f"Order {one.buy:,}, {how}."


def target(one: Standing) -> str:
    """Say what a rule orders: "up to 40" or "lots of 25"."""
    return f"lots of {one.levels.lot:,}" if one.levels.lot else f"up to {one.levels.top:,}"
