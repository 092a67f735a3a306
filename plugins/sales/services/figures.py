"""Read orders for screens with a constant number of statements."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from erp_core.db import db
from erp_core.errors import NotFoundError
from plugins.inventory.services.upsert import chunks
from plugins.sales.domain.money import FULL_DISCOUNT_BP
from plugins.sales.models import (
    Payment,
    SalesOrder,
    SalesOrderLine,
    Shipment,
    ShipmentLine,
)

L = SalesOrderLine
_GROSS = (L.ordered_qty - L.cancelled_qty) * L.unit_price_minor
_ROUNDED = (_GROSS * (FULL_DISCOUNT_BP - L.discount_bp) + FULL_DISCOUNT_BP // 2) // (
    FULL_DISCOUNT_BP
)
LINE_TOTAL = _ROUNDED + L.rounding_minor
"""`SalesOrderLine.total_minor` in SQL; a test compares the two."""


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """What a list shows of an order: number of lines, value and paid in minor units."""

    lines: int = 0
    total_minor: int = 0
    paid_minor: int = 0


def figures(order_ids: Collection[int]) -> dict[int, OrderFigures]:
    """Return the figures of many orders, by order id."""
    found: dict[int, OrderFigures] = {}
    for part in chunks(sorted(order_ids)):
        paid = _paid(part)
        query = (
            sa.select(L.order_id, sa.func.count(), sa.cast(sa.func.sum(LINE_TOTAL), sa.BigInteger))
            .where(L.order_id.in_(part), L.ordered_qty > 0)
            .group_by(L.order_id)
        )
        for order_id, lines, total in db.session.execute(query):
            found[order_id] = OrderFigures(lines, total, paid.get(order_id, 0))
    return found


def _paid(order_ids: list[int]) -> dict[int, int]:
    paid = sa.cast(sa.func.sum(Payment.amount_minor), sa.BigInteger)
    query = sa.select(Payment.order_id, paid).where(Payment.order_id.in_(order_ids))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Payment.order_id))}


def whole_order(order_id: int) -> SalesOrder:
    """Return an order with customer, location, lines and payments; raises NotFoundError."""
    query = sa.select(SalesOrder).where(SalesOrder.id == order_id)
    found = db.session.scalar(
        query.options(
            joinedload(SalesOrder.customer),
            joinedload(SalesOrder.warehouse),
            joinedload(SalesOrder.company),
            selectinload(SalesOrder.lines).joinedload(SalesOrderLine.product),
            selectinload(SalesOrder.payments),
        )
    )
    if found is None:
        raise NotFoundError(f"There is no sales order with the id {order_id} (any more).")
    return found


@dataclass(frozen=True, slots=True)
class Relatives:
    """The order that an order was split from, and those that were split from it."""

    parent: SalesOrder | None
    children: tuple[SalesOrder, ...]


def relatives(order: SalesOrder) -> Relatives:
    """Return parent and children of an order; one statement."""
    near = sa.or_(SalesOrder.parent_id == order.id, SalesOrder.id == order.parent_id)
    found = list(db.session.scalars(sa.select(SalesOrder).where(near).order_by(SalesOrder.id)))
    parent = next((one for one in found if one.id == order.parent_id), None)
    return Relatives(parent, tuple(one for one in found if one.parent_id == order.id))


def shipments_of(order_id: int) -> list[Shipment]:
    """Return what left for an order, the newest first, with lines and products."""
    line = selectinload(Shipment.lines).joinedload(ShipmentLine.order_line)
    query = sa.select(Shipment).filter_by(order_id=order_id).order_by(Shipment.id.desc())
    return list(db.session.scalars(query.options(line.joinedload(SalesOrderLine.product))))
