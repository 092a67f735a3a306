"""What sales orders demand, and how the queue has to change to say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.domain.claims import Change, Claim, arrival
from plugins.backorders.domain.keys import alloc_key
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.queue import Rows, Spot, Standing
from plugins.inventory.models import Product
from plugins.inventory.services.upsert import chunks
from plugins.sales.models import OPEN_STATUSES, SalesOrder, SalesOrderLine

OPEN_QTY = SalesOrderLine.ordered_qty - SalesOrderLine.shipped_qty - SalesOrderLine.cancelled_qty


class Demand(NamedTuple):
    """One open line of a confirmed order: its place in the order of service and what is open."""

    spot: Spot
    key: int
    line_id: int
    order_id: int
    open: int


def open_lines(order_ids: Collection[int], layout: Layout) -> list[Demand]:
    """Return what these orders demand of stock-tracked products; drafts demand nothing."""
    lines: list[Demand] = []
    for part in chunks(sorted(set(order_ids))):
        for row in db.session.execute(_query().where(SalesOrder.id.in_(part))):
            line = _demand(row, layout)
            if line is not None:
                lines.append(line)
    return lines


def _query() -> Rows:
    return (
        sa.select(
            SalesOrderLine.id,
            SalesOrder.id,
            SalesOrderLine.product_id,
            OPEN_QTY,
            SalesOrder.warehouse_id,
            SalesOrder.priority,
            SalesOrder.sequence,
            SalesOrderLine.position,
        )
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
        .join(Product, Product.id == SalesOrderLine.product_id)
        .where(SalesOrder.status.in_(OPEN_STATUSES), OPEN_QTY > 0, Product.tracked.is_(True))
    )


def _demand(row: Sequence[Any], layout: Layout) -> Demand | None:
    line_id, order_id, product_id, units, warehouse_id, priority, sequence, position = row
    pool = layout.demand.get(warehouse_id)
    if pool is None:
        return None
    key = alloc_key(priority, sequence, position)
    return Demand((product_id, pool), key, line_id, order_id, units)


def amendments(wanted: Iterable[Demand], standing: Standing) -> dict[Spot, list[Change]]:
    """Return how the standing rows must change so that they say what is wanted."""
    found: dict[Spot, list[Change]] = defaultdict(list)
    missing = dict(standing)
    for line in wanted:
        for spot, change in _amend(line, missing.pop(line.line_id, None)):
            found[spot].append(change)
    for spot, claim in missing.values():
        found[spot].append(Change(claim, claim.cancelled(claim.open)))
    return found


def _amend(line: Demand, standing: tuple[Spot, Claim] | None) -> Iterator[tuple[Spot, Change]]:
    if standing is None:
        new = Claim(line.key, line.line_id, line.order_id, line.open)
        yield line.spot, arrival(new.wishing(line.open))
        return
    spot, claim = standing
    now = resized(claim, line.open).rekeyed(line.key)
    if spot != line.spot:
        yield spot, Change(claim, claim.cancelled(claim.open))
        yield line.spot, arrival(now._replace(substitutable=0).wishing(now.open))
    elif now != claim:
        yield spot, Change(claim, now.wishing(now.allocated + max(0, line.open - claim.open)))


def resized(claim: Claim, units: int) -> Claim:
    """Return the claim with `units` open."""
    if units < claim.open:
        return claim.cancelled(claim.open - units)
    return claim.grown(units - claim.open)


def spots_of(lines: Sequence[Demand], standing: Standing) -> set[Spot]:
    """Return every spot that the lines stand on now or are going to."""
    return {line.spot for line in lines} | {spot for spot, _ in standing.values()}
