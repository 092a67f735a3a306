"""What may leave the house, and from where."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.models import BalanceRow
from plugins.backorders.services.layout import Layout, layout
from plugins.backorders.services.queue import QUEUE
from plugins.inventory.services.upsert import chunks
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.ports import Kept


def units(line_ids: Collection[int]) -> Mapping[int, int] | None:
    """Return the units given to each line; None where nobody keeps account at present."""
    plan = layout()
    if not plan.awake or (plan.asleep and not _kept(line_ids, plan)):
        return None
    query = sa.select(QUEUE.c.line_id, QUEUE.c.allocated_qty)
    rows = db.session.execute(query.where(QUEUE.c.line_id.in_(line_ids)))
    return {line: given for line, given in rows}


def _kept(line_ids: Collection[int], plan: Layout) -> bool:
    """Say whether any of the lines belongs to a company whose workflow is on."""
    query = (
        sa.select(SalesOrderLine.id)
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
        .where(SalesOrderLine.id.in_(line_ids), SalesOrder.warehouse_id.in_(plan.demand))
    )
    return db.session.scalar(query.limit(1)) is not None


def kept() -> Kept | None:
    """Return the locations with the workflow on, and the orders there that lack stock."""
    plan = layout()
    if not plan.awake:
        return None
    lacking = QUEUE.c.open_qty > QUEUE.c.allocated_qty
    return Kept(sorted(plan.demand), sa.select(QUEUE.c.order_id).where(lacking))


def waiting(product_ids: Collection[int], warehouse_id: int) -> Mapping[int, int]:
    """Return the units that lines at a location wait for, by product; nothing while off."""
    pool = layout().demand.get(warehouse_id)
    found: dict[int, int] = {}
    for part in chunks(sorted(product_ids)) if pool is not None else ():
        query = sa.select(BalanceRow.product_id, BalanceRow.backordered).where(
            BalanceRow.pool == pool, BalanceRow.product_id.in_(part), BalanceRow.backordered > 0
        )
        found |= {product: units for product, units in db.session.execute(query)}
    return found


def forced(line_ids: Collection[int]) -> Mapping[int, int]:
    """Return the units held back by hand of each line that stands in the queue."""
    found: dict[int, int] = {}
    for part in chunks(sorted(line_ids)):
        query = sa.select(QUEUE.c.line_id, QUEUE.c.forced_qty).where(QUEUE.c.line_id.in_(part))
        found |= {line: units for line, units in db.session.execute(query)}
    return found


def places(warehouse_id: int) -> list[int]:
    """Return the warehouses of a location's pool, its own first; only its own while off."""
    plan = layout()
    pool = plan.demand.get(warehouse_id)
    others = [] if pool is None else [p for p in plan.members(pool) if p != warehouse_id]
    return [warehouse_id, *others]
