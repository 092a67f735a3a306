"""Order preparation: which orders miss stock, which can ship, and what can leave of each (F055)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from erp_core.registry import providers
from plugins.inventory.models import Product, StockBalance
from plugins.sales.domain.statuses import Step
from plugins.sales.models import OrderStatus, SalesOrder, SalesOrderLine
from plugins.sales.ports import Kept, Reservations
from plugins.sales.services import shipping
from plugins.sales.services.loading import taking

PREPARED = (OrderStatus.CONFIRMED, OrderStatus.APPROVED, OrderStatus.PARTIALLY_FULFILLED)
"""Statuses in which an order is prepared: those that may ship."""

_OPEN = SalesOrderLine.ordered_qty - SalesOrderLine.shipped_qty - SalesOrderLine.cancelled_qty


class Tab(StrEnum):
    """Where an order stands in preparation; derived, never set (features.md 5.2)."""

    IN_STOCK = "in_stock"
    BACKORDER = "backorder"

    @property
    def words(self) -> str:
        """Return the tab as screens name it."""
        return self.value.replace("_", " ").capitalize()


def in_tab(tab: Tab) -> sa.ColumnElement[bool]:
    """Return the condition on orders of a tab: all open units have stock, or some miss it."""
    short = misses_stock()
    return sa.and_(in_preparation(), short if tab is Tab.BACKORDER else ~short)


def in_preparation() -> sa.ColumnElement[bool]:
    """Return the condition on orders that are prepared at all."""
    return SalesOrder.status.in_(PREPARED)


def misses_stock() -> sa.ColumnElement[bool]:
    """Return the condition on orders of which some open unit has no stock.

    Whoever gives out stock says so for the locations it keeps account of; elsewhere physical
    stock at the order's location decides.
    """
    physical = SalesOrder.id.in_(_more_than_on_hand())
    kept = _kept()
    if kept is None:
        return physical
    accounted = SalesOrder.warehouse_id.in_(kept.places)
    return sa.or_(sa.and_(accounted, SalesOrder.id.in_(kept.short)), sa.and_(~accounted, physical))


def _kept() -> Kept | None:
    answers = (port.kept() for port in providers(Reservations))  # type: ignore[type-abstract]
    return next((answer for answer in answers if answer is not None), None)


def _more_than_on_hand() -> sa.Select[int]:
    """Select orders that want more of a tracked product than lies at their location."""
    there = sa.func.coalesce(StockBalance.on_hand, 0)
    here = sa.and_(
        StockBalance.product_id == SalesOrderLine.product_id,
        StockBalance.warehouse_id == SalesOrder.warehouse_id,
    )
    return (
        sa.select(SalesOrderLine.order_id)
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
        .join(Product, Product.id == SalesOrderLine.product_id)
        .outerjoin(StockBalance, here)
        .where(in_preparation(), _OPEN > 0, Product.tracked.is_(True))
        .group_by(SalesOrderLine.order_id, SalesOrderLine.product_id, StockBalance.on_hand)
        .having(sa.func.sum(_OPEN) > there)
    )


@dataclass(frozen=True, slots=True)
class Readiness:
    """How many of an order's open units can leave now."""

    ready: int = 0
    open: int = 0

    @property
    def complete(self) -> bool:
        """Say whether everything open can leave."""
        return self.ready == self.open


def readiness(orders: Collection[SalesOrder]) -> dict[int, Readiness]:
    """Return the readiness of orders whose lines are loaded, by order id."""
    limits = shipping.shippable_units(orders)
    return {
        order.id: Readiness(
            sum(limits.get(line.id, 0) for line in order.lines),
            sum(line.open_qty for line in order.lines),
        )
        for order in orders
    }


def ship_all(order_ids: Sequence[int]) -> int:
    """Ship what can leave of each order, in the given order; returns the units that left.

    Raises ErpError naming the first order of which nothing can leave; nothing ships then.
    """
    taking(Step.SHIP, order_ids)
    shipments = [shipping.ship(order_id) for order_id in order_ids]
    return sum(part.qty for shipment in shipments for part in shipment.lines)
