"""Lines of one order with the figures by which people hold back, fill and release units."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.models import Backorder, BalanceRow
from plugins.backorders.services.layout import layout
from plugins.backorders.services.queue import QUEUE
from plugins.inventory.models import Product


@dataclass(frozen=True, slots=True)
class DeskLine:
    """An open line in stock units; `free` lies free for it, `arrived` its back order got since."""

    line_id: int
    product_id: int
    sku: str
    name: str
    open: int
    allocated: int
    forced: int
    free: int
    arrived: int

    @property
    def lacking(self) -> int:
        """Return the units without stock, those held back by hand among them."""
        return self.open - self.allocated

    @property
    def waiting(self) -> int:
        """Return the units that wait for stock, without those held back."""
        return self.lacking - self.forced

    @property
    def releasable(self) -> int:
        """Return the held back units that have stock once somebody releases them."""
        return min(self.forced, self.free)


def lines_of(order_id: int) -> list[DeskLine]:
    """Return the open lines of an order that stock is kept for, in their order; one statement."""
    balance = sa.and_(BalanceRow.product_id == QUEUE.c.product_id, BalanceRow.pool == QUEUE.c.pool)
    record = sa.and_(Backorder.line_id == QUEUE.c.line_id, Backorder.closed_at.is_(None))
    query = (
        sa.select(QUEUE.c.line_id, QUEUE.c.product_id, Product.sku, Product.name, QUEUE.c.open_qty)
        .add_columns(QUEUE.c.allocated_qty, QUEUE.c.forced_qty)
        .add_columns(sa.func.coalesce(BalanceRow.free, 0))
        .add_columns(sa.func.coalesce(Backorder.filled_qty, 0))
        .join(Product, Product.id == QUEUE.c.product_id)
        .join(BalanceRow, balance, isouter=True)
        .join(Backorder, record, isouter=True)
        .where(QUEUE.c.order_id == order_id, QUEUE.c.pool.not_in(layout().asleep))
        .order_by(QUEUE.c.alloc_key)
    )
    return [DeskLine(*row) for row in db.session.execute(query)]


def fingerprint(lines: Sequence[DeskLine]) -> str:
    """Return a mark of the figures: another one means that somebody changed them meanwhile."""
    figures = [
        (line.line_id, line.open, line.allocated, line.forced, line.free, line.arrived)
        for line in lines
    ]
    return hashlib.sha256(repr(figures).encode()).hexdigest()[:16]
