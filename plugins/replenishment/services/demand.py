"""Demand a day from the ledger's shipments."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from erp_core.db import db, now
from plugins.inventory.events import MoveKind
from plugins.inventory.models import StockMove
from plugins.inventory.services.stock import Key
from plugins.inventory.services.upsert import chunks
from plugins.replenishment.domain.formulas import Demand, demand


def daily(product_ids: Collection[int], days: int) -> dict[Key, Demand]:
    """Return mean and deviation of demand a day by (product, place) over the last `days`.

    One statement: the ledger's shipments are summed by day, the days by place. What was never
    shipped is left out.
    """
    found: dict[Key, Demand] = {}
    for part in chunks(sorted(product_ids)):
        rows = db.session.execute(_by_place(part, days))
        found |= {(p, w): demand(int(total), int(squares), days) for p, w, total, squares in rows}
    return found


def _by_place(product_ids: Collection[int], days: int) -> sa.Select[int, int, int, int]:
    units = sa.func.sum(-StockMove.qty).label("units")
    day = sa.func.date(StockMove.at)
    shipped = (
        sa.select(StockMove.product_id, StockMove.warehouse_id, units)
        .where(StockMove.product_id.in_(product_ids), StockMove.kind == MoveKind.SHIPMENT)
        .where(StockMove.at >= now() - timedelta(days=days))
        .group_by(StockMove.product_id, StockMove.warehouse_id, day)
        .subquery()
    )
    product, place = shipped.c.product_id, shipped.c.warehouse_id
    total, squares = sa.func.sum(shipped.c.units), sa.func.sum(shipped.c.units * shipped.c.units)
    return sa.select(product, place, total, squares).group_by(product, place)
