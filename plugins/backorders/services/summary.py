"""Figures over everything that is open, and the list of open back orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from erp_core.registry import providers
from plugins.backorders.domain.order_class import OrderClass
from plugins.backorders.models import OPEN_BACKORDERS, Backorder, OrderState
from plugins.backorders.services.queue import QUEUE, Rows
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.ports import SupplySource
from plugins.sales.models import OPEN_STATUSES, Customer, SalesOrder, SalesOrderLine

Summary = dict[str, dict[str, int]]


def summary() -> Summary:
    """Return units and orders over all open confirmed orders.

    `units`: open, allocated, substitutable, backordered; `orders`: none, partial, full (A05).
    An order that carries no mark (F149) counts as none.
    """
    return {"units": _units(), "orders": _orders()}


def _units() -> dict[str, int]:
    names = ("open", "allocated", "substitutable", "backordered")
    sums = (sa.func.coalesce(sa.func.sum(QUEUE.c[f"{name}_qty"]), 0) for name in names)
    row = db.session.execute(sa.select(*sums)).one()
    return {name: int(units) for name, units in zip(names, row, strict=True)}


def _orders() -> dict[str, int]:
    """Count by class; only classes beyond none are read from the states, the rest is the rest."""
    marked = (
        sa.select(OrderState.order_class, sa.func.count())
        .join(SalesOrder, SalesOrder.id == OrderState.order_id)
        .where(OrderState.marked.is_(True), OrderState.order_class != OrderClass.NONE)
        .where(SalesOrder.status.in_(OPEN_STATUSES))
        .group_by(OrderState.order_class)
    )
    found = {str(name): int(count) for name, count in db.session.execute(marked)}
    every = sa.select(sa.func.count()).where(SalesOrder.status.in_(OPEN_STATUSES))
    total = int(db.session.scalar(every.select_from(SalesOrder)) or 0)
    counted = {str(name): found.get(name, 0) for name in (OrderClass.PARTIAL, OrderClass.FULL)}
    return {str(OrderClass.NONE): total - sum(counted.values()), **counted}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which open back orders to list; everything that is left out does not narrow the list."""

    statuses: Collection[str] = OPEN_BACKORDERS
    order_ids: Collection[int] | None = None
    product_ids: Collection[int] | None = None
    warehouse_ids: Collection[int] | None = None
    supplier: str | None = None
    limit: int | None = None
    after_id: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One open back order with the figures of its order line, in stock units."""

    backorder_id: int
    order_id: int
    line_id: int
    order: str
    customer: str
    sku: str
    ordered: int
    allocated: int
    substitutable: int
    backordered: int
    status: str
    supplier: str | None
    warehouse: str


def rows(filters: Filters | None = None) -> list[Row]:
    """List open back orders, oldest record first; one statement, whatever their number."""
    chosen = filters or Filters()
    suppliers = supplier_names()
    query = _columns(suppliers).where(*_conditions(chosen))
    if chosen.supplier is not None:
        query = query.where(suppliers.c.supplier == chosen.supplier)
    found = db.session.execute(query.order_by(Backorder.id).limit(chosen.limit))
    return [Row(*row) for row in found]


def supplier_names() -> sa.Subquery:
    """Return (product_id, supplier): the first source that has a supplier for a product names it.

    Empty when no enabled plugin knows suppliers.
    """
    sources = [source.suppliers() for source in providers(SupplySource)]  # type: ignore[type-abstract]
    known = [query.subquery() for query in sources if query is not None]
    parts = []
    for part in known:
        product, _supplier_id, name, _days = part.c
        parts.append(sa.select(product.label("product_id"), name.label("supplier")))
    nobody: Rows = sa.select(sa.literal(0).label("product_id"), sa.literal("").label("supplier"))
    every = sa.union_all(*parts, nobody.where(sa.false())).subquery()
    first = sa.select(every.c.product_id, sa.func.min(every.c.supplier).label("supplier"))
    return first.group_by(every.c.product_id).subquery("supplier_names")


def _columns(suppliers: sa.Subquery) -> Rows:
    figures = (sa.func.coalesce(QUEUE.c[f"{name}_qty"], 0) for name in FIGURES)
    customer = sa.func.coalesce(sa.func.nullif(Customer.company_name, ""), Customer.name)
    return (
        sa.select(
            Backorder.id,
            SalesOrder.id,
            SalesOrderLine.id,
            SalesOrder.number,
            customer,
            Product.sku,
            SalesOrderLine.ordered_qty,
            *figures,
            Backorder.status,
            suppliers.c.supplier,
            Warehouse.name,
        )
        .join(SalesOrderLine, SalesOrderLine.id == Backorder.line_id)
        .join(SalesOrder, SalesOrder.id == Backorder.order_id)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .join(Product, Product.id == Backorder.product_id)
        .join(Warehouse, Warehouse.id == Backorder.warehouse_id)
        .join(QUEUE, QUEUE.c.line_id == Backorder.line_id, isouter=True)
        .join(suppliers, suppliers.c.product_id == Backorder.product_id, isouter=True)
        .where(Backorder.closed_at.is_(None))
    )


FIGURES = ("allocated", "substitutable", "backordered")


def _conditions(chosen: Filters) -> list[sa.ColumnElement[bool]]:
    columns: Mapping[Any, Collection[int] | None] = {
        Backorder.order_id: chosen.order_ids,
        Backorder.product_id: chosen.product_ids,
        Backorder.warehouse_id: chosen.warehouse_ids,
    }
    wanted = [column.in_(ids) for column, ids in columns.items() if ids is not None]
    wanted.append(Backorder.status.in_([str(status) for status in chosen.statuses]))
    return [*wanted, Backorder.id > chosen.after_id]
