"""Figures about purchase orders for lists: one statement for a whole page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from plugins.purchasing.models import PurchaseOrder, PurchaseOrderLine, SupplierProduct


@dataclass(frozen=True, slots=True)
class Sums:
    """What the lines of one order add up to: units, and money in minor units."""

    lines: int = 0
    ordered: int = 0
    received: int = 0
    open: int = 0
    value: int = 0


def sums(order_ids: Collection[int]) -> Mapping[int, Sums]:
    """Add up the lines of these orders; the value leaves out what was cancelled."""
    line = PurchaseOrderLine
    kept = line.ordered_qty - line.cancelled_qty
    units = (line.ordered_qty, line.received_qty, kept - line.received_qty)
    added = [sa.func.sum(figure) for figure in (*units, kept * line.unit_cost_minor)]
    found = (
        sa.select(line.order_id, sa.func.count(line.id), *added)
        .where(line.order_id.in_(order_ids))
        .group_by(line.order_id)
    )
    return {key: Sums(*(int(x) for x in rest)) for key, *rest in db.session.execute(found)}


def by_status(conditions: Sequence[Any]) -> Mapping[str, int]:
    """Count orders by status, under the conditions of a list."""
    found = (
        sa.select(PurchaseOrder.status, sa.func.count())
        .where(*conditions)
        .group_by(PurchaseOrder.status)
    )
    return {status: count for status, count in db.session.execute(found)}


def products_sold(supplier_ids: Collection[int]) -> Mapping[int, int]:
    """Count the products that each supplier sells."""
    found = (
        sa.select(SupplierProduct.supplier_id, sa.func.count())
        .where(SupplierProduct.supplier_id.in_(supplier_ids))
        .group_by(SupplierProduct.supplier_id)
    )
    return {supplier: count for supplier, count in db.session.execute(found)}
