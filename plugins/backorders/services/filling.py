"""Fill back orders by hand from stock that lies free (F116-F121, A24).

Filling goes through the same engine: forced units are released first, and where people fill
(`auto_allocate_on_receipt` off) the line may take what is free. Nothing is filled without stock on
hand (A10), and nobody else loses any.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from erp_core.audit import record_each
from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from plugins.backorders.domain.claims import Claim
from plugins.backorders.models import BalanceRow
from plugins.backorders.services import amending, naming
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.layout import layout
from plugins.backorders.services.queue import QUEUE, Rows, Spot, Standing
from plugins.inventory.models import Product
from plugins.inventory.services.upsert import chunks
from plugins.sales.services import loading, splitting


@dataclass(frozen=True, slots=True)
class Proposal:
    """What filling a line would do: units it needs, forced ones among them, and what to fill.

    `free` is what lies free for it before the other lines of the list take theirs.
    """

    order_id: int
    line_id: int
    product_id: int
    sku: str
    name: str
    needed: int
    proposed: int
    forced: int
    free: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled: units by line of the order; they moved to `child_id` if it was approved."""

    order_id: int
    child_id: int | None
    units: Mapping[int, int]


def proposals(order_ids: Collection[int]) -> list[Proposal]:
    """List the lines of these orders that lack units, in the order of service (F117, F118).

    The proposed quantity is what the line needs, or less where the free stock does not suffice.
    """
    left: dict[Spot, int] = {}
    found: list[Proposal] = []
    for product, pool, order_id, line, sku, name, needed, forced, free in lacking(order_ids):
        share = min(needed, left.setdefault((product, pool), free))
        left[product, pool] -= share
        found.append(Proposal(order_id, line, product, sku, name, needed, share, forced, free))
    return found


def lacking(order_ids: Collection[int]) -> list[Any]:
    """Return product, pool, order, line, SKU, name, lacking, forced and free units of each line.

    In the order of service; lines that lack nothing are left out.
    """
    found: list[Any] = []
    for part in chunks(sorted(set(order_ids))):
        found.extend(db.session.execute(_query().where(QUEUE.c.order_id.in_(part))))
    return found


def _query() -> Rows:
    needed = QUEUE.c.open_qty - QUEUE.c.allocated_qty
    balance = sa.and_(BalanceRow.product_id == QUEUE.c.product_id, BalanceRow.pool == QUEUE.c.pool)
    return (
        sa.select(QUEUE.c.product_id, QUEUE.c.pool, QUEUE.c.order_id, QUEUE.c.line_id)
        .add_columns(Product.sku, Product.name, needed, QUEUE.c.forced_qty, BalanceRow.free)
        .join(Product, Product.id == QUEUE.c.product_id)
        .join(BalanceRow, balance)
        .where(needed > 0, QUEUE.c.pool.not_in(layout().asleep))
        .order_by(QUEUE.c.alloc_key)
    )


def fill(
    order_id: int, units: Mapping[int, int], *, reason: str = "", carry_credit: bool = False
) -> Filled:
    """Fill so many units of each line of an order from free stock (F120).

    Those of an approved order move to a child order of their own (F121, A13), with `carry_credit`
    together with what was paid beyond the value of what stays (A15). Raises ErpError for a line of
    another order, for more units than the line lacks, or for units that do not lie there (A10);
    nothing is filled then.
    """
    (order,) = loading.locked([order_id])
    if set(units) - {line.id for line in order.lines}:
        raise ConflictError("A line was moved to another order meanwhile; look again.")
    fill_lines(units, reason=reason)
    split = splitting.child_for_fill(order_id, units, carry_credit=carry_credit)
    return Filled(order_id, split.child.id if split else None, dict(units))


def fill_lines(units: Mapping[int, int], *, reason: str = "") -> None:
    """Fill units of lines of any orders; a constant number of statements. Errors: see `fill`."""
    plan = layout()
    rows, locked = amending.locked_lines(units, plan)
    _require_stock(units, rows, locked)
    amending.settle(rows, locked, plan, {line: partial(_filled, n) for line, n in units.items()})
    said = {line: {"filled": n, "reason": reason.strip()} for line, n in units.items()}
    record_each(db.session(), "fill", "backorders_queue", said)


def _require_stock(
    units: Mapping[int, int], rows: Standing, locked: Mapping[Spot, Figures]
) -> None:
    wanted: dict[Spot, int] = defaultdict(int)
    for line, n in units.items():
        wanted[rows[line][0]] += n
    for spot, n in sorted(wanted.items()):
        free = locked[spot].free
        if n > free:
            name = naming.spot_names([spot])[spot]
            raise ErpError(
                f"{n:,} units of {name} cannot be filled: {free:,} lie free. "
                "Receive stock first, or fill fewer."
            )


def _filled(units: int, claim: Claim) -> Claim:
    lacking = claim.open - claim.allocated
    if not 1 <= units <= lacking:
        raise ValueError(f"{units} units cannot be filled: it lacks {lacking}.")
    released = claim.held_back(claim.forced - min(units, claim.forced))
    return released.wishing(claim.allocated + units)
