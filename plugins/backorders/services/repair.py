"""Make the queue say what the sales lines say: what is missing, what is gone, what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.domain.claims import Claim
from plugins.backorders.domain.keys import MAX_PRIORITY, alloc_key
from plugins.backorders.services import bulk, lines, rulings
from plugins.backorders.services.demand import OPEN_QTY, resized
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.lines import Moved
from plugins.backorders.services.queue import CLAIM, QUEUE, Rows
from plugins.inventory.models import Product
from plugins.sales.models import OPEN_STATUSES, SalesOrder, SalesOrderLine

_TURN = alloc_key(MAX_PRIORITY, 2, 0) - alloc_key(MAX_PRIORITY, 1, 0)
_BAND = alloc_key(MAX_PRIORITY - 1, 1, 0) - alloc_key(MAX_PRIORITY, 1, 0)
"""What one order further, and one priority lower, adds to an allocation key."""


class Repaired(NamedTuple):
    """Rows added, lines that changed or left, and the units that shipped of them."""

    added: int
    moved: dict[int, Moved]
    shipped: dict[int, int]

    @property
    def rows(self) -> int:
        """Return how many rows of the queue were wrong."""
        return self.added + len(self.moved)


def wanted(plan: Layout) -> sa.Subquery:
    """Return what the queue should hold: line_id, order_id, product_id, pool, alloc_key, open."""
    places = pools(plan.demand, "demand")
    untracked = sa.select(Product.id).where(Product.tracked.is_(False))
    key = (
        (MAX_PRIORITY - SalesOrder.priority) * sa.literal(_BAND, sa.BigInteger)
        + SalesOrder.sequence * sa.literal(_TURN, sa.BigInteger)
        + SalesOrderLine.position
    )
    return (
        sa.select(
            SalesOrderLine.product_id,
            places.c.pool,
            key.label("alloc_key"),
            SalesOrderLine.id.label("line_id"),
            SalesOrder.id.label("order_id"),
            OPEN_QTY.label("open_qty"),
        )
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
        .join(places, places.c.warehouse_id == SalesOrder.warehouse_id)
        .where(SalesOrder.status.in_(OPEN_STATUSES), OPEN_QTY > 0)
        # Not a join: it would tempt SQLite to walk the lines product by product, all over the disk.
        .where(SalesOrderLine.product_id.not_in(untracked))
        .subquery("wanted")
    )


def pools(places: Mapping[int, int], name: str) -> sa.CTE:
    """Return (warehouse_id, pool) as a table; one parameter, so that the statement is reused."""
    return bulk.pairs(places.items(), ("warehouse_id", "pool"), name)


def repair(plan: Layout) -> Repaired:
    """Add, change and delete queue rows; allocation is left to the full pass behind it."""
    target = wanted(plan)
    changed = {move.after.line_id: (move, units) for move, units in _differing(target)}
    gone = {move.after.line_id: (move, units) for move, units in _gone(target, plan)}
    both = changed | gone
    moved = {line: move for line, (move, _) in both.items()}
    lines.write(moved.values())
    shipped = {line: units for line, (_, units) in both.items() if units}
    added = _add_missing(target)
    rulings.follow(moved)
    for line, move in rulings.repair(plan).items():
        moved[line] = moved[line]._replace(after=move.after) if line in moved else move
    return Repaired(added, moved, shipped)


def missing(target: sa.Subquery) -> Rows:
    """Return the wanted rows that the queue lacks."""
    known = sa.exists().where(QUEUE.c.line_id == target.c.line_id)
    return sa.select(*target.c).where(~known)


def _add_missing(target: sa.Subquery) -> int:
    lacking = db.session.scalar(sa.select(sa.func.count()).select_from(missing(target).subquery()))
    if not lacking:
        return 0
    nothing = sa.literal(0)
    names = ["allocated_qty", "substitutable_qty", "pinned_qty", "forced_qty", "backordered_qty"]
    rows = missing(target).add_columns(nothing, nothing, nothing, nothing, target.c.open_qty)
    statement = sa.insert(QUEUE).from_select([*target.c.keys(), *names], rows)
    db.session.execute(statement)
    return int(lacking)


def differing(target: sa.Subquery) -> Rows:
    """Return the rows that stand at another place or with another open quantity than wanted."""
    names = ("product_id", "pool", "alloc_key", "open_qty")
    differs = sa.or_(*(QUEUE.c[name] != target.c[name] for name in names))
    return (
        sa.select(QUEUE.c.product_id, QUEUE.c.pool, *CLAIM)
        .add_columns(*(target.c[name].label(f"new_{name}") for name in names))
        .add_columns(SalesOrderLine.shipped_qty)
        .join(target, target.c.line_id == QUEUE.c.line_id)
        .join(SalesOrderLine, SalesOrderLine.id == QUEUE.c.line_id)
        .where(differs)
    )


def _differing(target: sa.Subquery) -> Iterator[tuple[Moved, int]]:
    for product, pool, *row in db.session.execute(differing(target)):
        claim = Claim._make(row[:8])
        spot, key, units, shipped = (row[8], row[9]), row[10], row[11], row[12]
        now = resized(claim, units).rekeyed(key)
        elsewhere = spot != (product, pool)
        if elsewhere:
            now = now._replace(allocated=0, substitutable=0)
        yield Moved(spot, claim, now, elsewhere), min(max(0, claim.open - units), shipped)


def gone(target: sa.Subquery, plan: Layout) -> Rows:
    """Return the rows that nobody demands any more."""
    known = sa.exists().where(target.c.line_id == QUEUE.c.line_id)
    return (
        sa.select(QUEUE.c.product_id, QUEUE.c.pool, *CLAIM)
        .add_columns(OPEN_QTY, SalesOrderLine.shipped_qty)
        .join(SalesOrderLine, SalesOrderLine.id == QUEUE.c.line_id)
        .where(~known, QUEUE.c.pool.not_in(plan.asleep))
    )


def _gone(target: sa.Subquery, plan: Layout) -> Iterator[tuple[Moved, int]]:
    for product, pool, *row in db.session.execute(gone(target, plan)):
        claim = Claim._make(row[:8])
        units, shipped = row[8], row[9]
        left = claim.cancelled(claim.open)
        yield Moved((product, pool), claim, left), min(max(0, claim.open - units), shipped)
