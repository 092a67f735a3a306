"""The full path: rebuild the queue, give out all stock anew, write only what was wrong (A09).

The same answer as the incremental engine, reached from the documents and the stock on hand. It
repairs whatever is wrong, so nobody has to know why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

import sqlalchemy as sa

from erp_core.db import db
from erp_core.events import publish
from plugins.backorders.domain.full_pass import Balance, FullPass, QueueRow, Spot, Supply
from plugins.backorders.domain.order_class import OrderTally
from plugins.backorders.events import BackordersFilled, OrdersBackordered
from plugins.backorders.models import BalanceRow
from plugins.backorders.services import balances, bulk, classes, lines, records, repair, requested
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.demand import OPEN_QTY
from plugins.backorders.services.layout import Layout, layout
from plugins.backorders.services.lines import Moved
from plugins.backorders.services.queue import CLAIM, QUEUE, Rows
from plugins.backorders.services.repair import Repaired, pools
from plugins.inventory.models import Product, StockBalance
from plugins.sales.models import OPEN_STATUSES, SalesOrder, SalesOrderLine

BATCH = 5_000
_NOWHERE = (0, 0)
"""The spot of a change of figures alone: the line stays where it is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a full pass read and changed: lines read, rows touched, orders that changed class."""

    lines: int = 0
    rows: int = 0
    orders: int = 0


@dataclass(slots=True)
class Verdict:
    """The decision over the whole queue: wrong lines, and what balances and orders should be."""

    lines: int = 0
    moved: dict[int, Moved] = field(default_factory=dict)
    supplies: Mapping[Spot, Supply] = field(default_factory=dict)
    balances: dict[Spot, Balance] = field(default_factory=dict)
    orders: OrderTally = field(default_factory=OrderTally)

    def figures(self, spot: Spot) -> Figures:
        """Return what the balance row of a spot should say."""
        balance = self.balances.get(spot, Balance(0, 0))
        return Figures(self.supplies.get(spot, Supply(0)).units, balance.free, balance.backordered)


def refresh() -> Outcome:
    """Recompute everything in the caller's transaction; with the workflow off, nothing (F145)."""
    plan = layout()
    if not plan.awake:
        return Outcome()
    with bulk.whole_tables():
        return _refresh(plan)


def _refresh(plan: Layout) -> Outcome:
    balances.lock_all()
    repaired = repair.repair(plan)
    verdict = judge(plan)
    lines.write(verdict.moved.values())
    rows = repaired.rows + len(verdict.moved) + _write_balances(verdict, plan)
    orders = classes.repair(verdict.orders, plan)
    rows += orders.changed + _follow(repaired, verdict, plan)
    if orders.entered:
        publish(OrdersBackordered(tuple(orders.entered)))
    return Outcome(verdict.lines, rows, orders.changed)


def judge(plan: Layout) -> Verdict:
    """Decide over the queue as it stands, changing nothing."""
    verdict = Verdict(supplies=_supplies(plan))
    for replacing in (False, True) if plan.substituting else (False,):
        mine = {s: units for s, units in verdict.supplies.items() if _in(s, plan) is replacing}
        named = _replacements() if replacing else {}
        work = FullPass(mine, named, plan.by_hand, orders=verdict.orders)
        condition = QUEUE.c.pool.in_(plan.substituting)
        rows = _rows(condition if replacing else ~condition, plan)
        for change in work.changes(_counting(rows, verdict)):
            line_id = change.after.line_id
            verdict.moved[line_id] = Moved(_NOWHERE, change.before, change.after)
        verdict.balances |= work.balances
    return verdict


def _in(spot: Spot, plan: Layout) -> bool:
    return spot[1] in plan.substituting


def _counting(rows: Iterable[QueueRow], verdict: Verdict) -> Iterator[QueueRow]:
    for row in rows:
        verdict.lines += 1
        yield row


def _rows(condition: sa.ColumnElement[bool], plan: Layout) -> Iterator[QueueRow]:
    """Stream the queue in the order of service; memory does not grow with it."""
    query = (
        sa.select(QUEUE.c.product_id, QUEUE.c.pool, *CLAIM)
        .where(condition, QUEUE.c.pool.not_in(plan.asleep))
        .order_by(QUEUE.c.product_id, QUEUE.c.pool, QUEUE.c.alloc_key)
    )
    found = db.session.execute(query, execution_options={"yield_per": BATCH})
    return cast("Iterator[QueueRow]", iter(found))


def _supplies(plan: Layout) -> dict[Spot, Supply]:
    pinned = {(product, pool): units for product, pool, units in db.session.execute(_pins(plan))}
    counted = {(product, pool): units for product, pool, units in db.session.execute(_stock(plan))}
    return {
        spot: Supply(int(counted.get(spot, 0)), int(pinned.get(spot, 0)))
        for spot in counted.keys() | pinned.keys()
    }


def _pins(plan: Layout) -> Rows:
    held = sa.case(
        (QUEUE.c.allocated_qty < QUEUE.c.pinned_qty, QUEUE.c.allocated_qty),
        else_=QUEUE.c.pinned_qty,
    )
    units = sa.case((QUEUE.c.pool.in_(plan.by_hand), held), else_=QUEUE.c.pinned_qty)
    return (
        sa.select(QUEUE.c.product_id, QUEUE.c.pool, sa.func.sum(units))
        .where(QUEUE.c.pinned_qty > 0, QUEUE.c.pool.not_in(plan.asleep))
        .group_by(QUEUE.c.product_id, QUEUE.c.pool)
    )


def _stock(plan: Layout) -> Rows:
    places = pools(plan.stock, "counted")
    return (
        sa.select(StockBalance.product_id, places.c.pool, sa.func.sum(StockBalance.on_hand))
        .join(places, places.c.warehouse_id == StockBalance.warehouse_id)
        .where(StockBalance.on_hand != 0)
        .group_by(StockBalance.product_id, places.c.pool)
    )


def _replacements() -> dict[int, int]:
    query = sa.select(Product.id, Product.replacement_id)
    named = query.where(Product.replacement_id.is_not(None))
    return {product: int(target or 0) for product, target in db.session.execute(named)}


def stored_balances(plan: Layout) -> dict[Spot, Figures]:
    """Return every balance row of the companies whose workflow is on."""
    query = sa.select(
        BalanceRow.product_id,
        BalanceRow.pool,
        BalanceRow.counted,
        BalanceRow.free,
        BalanceRow.backordered,
    ).where(BalanceRow.pool.not_in(plan.asleep))
    rows = db.session.execute(query)
    return {(product, pool): Figures(*figures) for product, pool, *figures in rows}


def _write_balances(verdict: Verdict, plan: Layout) -> int:
    stored = stored_balances(plan)
    changed = [
        (spot, verdict.figures(spot))
        for spot, figures in sorted(stored.items())
        if figures != verdict.figures(spot)
    ]
    new = [(spot, verdict.figures(spot)) for spot in sorted(verdict.balances.keys() - stored)]
    balances.write(changed)
    balances.add(new)
    return len(changed) + len(new)


def _follow(repaired: Repaired, verdict: Verdict, plan: Layout) -> int:
    """Let pegs and records follow; returns how many records were written beside that."""
    moved = dict(repaired.moved)
    for line, move in verdict.moved.items():
        moved[line] = moved[line]._replace(after=move.after) if line in moved else move
    requested.trim(moved)
    known = records.locked(moved)
    filled = records.follow_known(known, moved, repaired.shipped)
    mended = records.repair(plan) + requested.repair(plan)
    if filled:
        publish(BackordersFilled(tuple(filled)))
    return len(known) + mended


def on_order(condition: sa.ColumnElement[bool]) -> bool:
    """Say whether any open line of a confirmed order meets the condition."""
    found = (
        sa.select(SalesOrderLine.id)
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
        .where(SalesOrder.status.in_(OPEN_STATUSES), OPEN_QTY > 0, condition)
        .limit(1)
    )
    return db.session.scalar(found) is not None


def stocked(warehouse_ids: Collection[int]) -> bool:
    """Say whether any of these warehouses holds anything."""
    held = sa.select(StockBalance.product_id).where(StockBalance.on_hand != 0)
    found = held.where(StockBalance.warehouse_id.in_(warehouse_ids)).limit(1)
    return db.session.scalar(found) is not None
