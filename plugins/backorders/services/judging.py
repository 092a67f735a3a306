"""Decide who should have what, over chosen products or over everything, changing nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.domain.full_pass import Balance, FullPass, QueueRow, Spot, Supply
from plugins.backorders.services import bulk, proof
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.differing import Row
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.queue import CLAIM, QUEUE, Rows
from plugins.inventory.models import Product

Column = sa.ColumnElement[int]


@dataclass(slots=True)
class Verdict:
    """The decision; `rows` (columns of `differing`) may be read once, then the rest is complete."""

    rows: Iterable[Row] = ()
    lines: int = 0
    work: FullPass = field(default_factory=lambda: FullPass({}))

    @property
    def spots(self) -> set[Spot]:
        """Return every product and pool that was decided."""
        return {*self.work.balances, *self.work.supplies}

    def figures(self, spot: Spot) -> Figures:
        """Return what the balance row of a spot should say."""
        balance = self.work.balances.get(spot, Balance(0, 0))
        units = self.work.supplies.get(spot, Supply(0)).units
        return Figures(units, balance.free, balance.backordered)


@dataclass(frozen=True, slots=True)
class Scope:
    """What to decide: these products and pools.

    Without any: all pools that consider replacements, or all that do not.
    """

    plan: Layout
    spots: Sequence[Spot] | None = None
    replacing: bool = False

    def narrow(
        self, query: Rows, product: sa.ColumnElement[int], pool: sa.ColumnElement[int]
    ) -> Rows:
        """Let a query return these products and pools alone."""
        query = query.where(pool.not_in(self.plan.asleep))
        if self.spots is None:
            inside = pool.in_(self.plan.substituting)
            return query.where(inside if self.replacing else ~inside)
        asked = bulk.pairs(self.spots, ("product_id", "pool"), "asked")
        return query.join(asked, sa.and_(asked.c.product_id == product, asked.c.pool == pool))


def judge(scope: Scope) -> Verdict:
    """Decide. With chosen spots, none of them may be in a pool that considers replacements."""
    named = _replacements() if scope.replacing else {}
    work = FullPass(_supplies(scope), named, scope.plan.by_hand)
    verdict = Verdict(work=work)
    verdict.rows = _wrong(work, _counted(_lines(scope), verdict))
    return verdict


def _wrong(work: FullPass, rows: Iterable[QueueRow]) -> Iterator[Row]:
    for (product, pool), row, allocated, covered in work.verdicts(rows):
        key, line, order, open_, _, _, had, marked = row
        short, lacked = open_ - allocated - covered, open_ - had - marked
        yield line, order, product, pool, key, allocated, covered, short, had, marked, lacked


def _counted(rows: Iterable[QueueRow], verdict: Verdict) -> Iterator[QueueRow]:
    for row in rows:
        verdict.lines += 1
        yield row


def _lines(scope: Scope) -> Iterator[QueueRow]:
    """Stream the queue in the order of service; memory does not grow with it."""
    query = sa.select(QUEUE.c.product_id, QUEUE.c.pool, *CLAIM)
    query = scope.narrow(query, QUEUE.c.product_id, QUEUE.c.pool)
    query = query.order_by(QUEUE.c.product_id, QUEUE.c.pool, QUEUE.c.alloc_key)
    return cast("Iterator[QueueRow]", bulk.stream(query))


def _supplies(scope: Scope) -> dict[Spot, Supply]:
    pins = scope.narrow(_pins(scope.plan), QUEUE.c.product_id, QUEUE.c.pool)
    stock = proof.stock_by_pool(scope.plan).subquery("stock")
    units = scope.narrow(sa.select(stock), stock.c.product_id, stock.c.pool)
    pinned = {(product, pool): units for product, pool, units in db.session.execute(pins)}
    counted = {(product, pool): units for product, pool, units in db.session.execute(units)}
    return {
        spot: Supply(int(counted.get(spot, 0)), int(pinned.get(spot, 0)))
        for spot in counted.keys() | pinned.keys()
    }


def _pins(plan: Layout) -> Rows:
    """Return the sum of pins by product and pool; where people fill, as far as they have stock."""
    held = sa.case(
        (QUEUE.c.allocated_qty < QUEUE.c.pinned_qty, QUEUE.c.allocated_qty),
        else_=QUEUE.c.pinned_qty,
    )
    units = sa.case((QUEUE.c.pool.in_(plan.by_hand), held), else_=QUEUE.c.pinned_qty)
    return (
        sa.select(QUEUE.c.product_id, QUEUE.c.pool, sa.func.sum(units))
        .where(QUEUE.c.pinned_qty > 0)
        .group_by(QUEUE.c.product_id, QUEUE.c.pool)
    )


def _replacements() -> dict[int, int]:
    query = sa.select(Product.id, Product.replacement_id)
    named = query.where(Product.replacement_id.is_not(None))
    return {product: int(target or 0) for product, target in db.session.execute(named)}
