"""The balance rows: one for each product and pool, locked by every change in that order."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.db import db, is_sqlite
from plugins.backorders.models import BalanceRow
from plugins.backorders.services import bulk
from plugins.backorders.services.queue import Spot
from plugins.inventory.models import StockBalance
from plugins.inventory.services.upsert import chunks

_SPOT = sa.tuple_(BalanceRow.product_id, BalanceRow.pool)


@dataclass(slots=True)
class Figures:
    """What is counted, free and back-ordered of one product in one pool, in stock units."""

    counted: int = 0
    free: int = 0
    backordered: int = 0


def lock(spots: Collection[Spot]) -> dict[Spot, Figures]:
    """Lock the balance rows in (product, pool) order and return their figures.

    Missing rows are made first: a spot that nobody ever touched has nothing.
    """
    found: dict[Spot, Figures] = {}
    for part in chunks(sorted(spots)):
        found |= _locked(part) or _locked(_made(part))
    return found


def _made(spots: list[Spot]) -> list[Spot]:
    bulk.insert_missing(BalanceRow, [_row(spot, Figures()) for spot in spots])
    return spots


def _locked(spots: list[Spot]) -> dict[Spot, Figures]:
    """Lock all of the rows, or none when one is missing.

    To lock those that are there and then the new ones would break the order of locks.
    """
    mine = sa.select(BalanceRow).where(_SPOT.in_(spots)).subquery()
    there = sa.select(sa.func.count()).select_from(mine).scalar_subquery()
    rows = db.session.execute(
        sa.select(
            BalanceRow.product_id,
            BalanceRow.pool,
            BalanceRow.counted,
            BalanceRow.free,
            BalanceRow.backordered,
        )
        .where(_SPOT.in_(spots), there == len(spots))
        .order_by(BalanceRow.product_id, BalanceRow.pool)
        .with_for_update()
    )
    return {(product, pool): Figures(*figures) for product, pool, *figures in rows}


def lock_all() -> None:
    """Keep every other change of balances out until the transaction ends.

    A full pass needs this even for spots that have no row yet. Readers are not hindered.
    """
    if not is_sqlite():
        db.session.execute(sa.text("LOCK TABLE backorders_balance IN EXCLUSIVE MODE"))


def lock_stock(product_ids: Collection[int], warehouse_ids: Collection[int]) -> None:
    """Lock stock on hand before the balance rows, as every posting to the ledger does.

    A shipment is announced before it is posted; without this it would take the two in the other
    order than a receipt does, and the two could wait for each other for ever.
    """
    if is_sqlite() or not product_ids:
        return
    db.session.execute(
        sa.select(StockBalance.product_id)
        .where(StockBalance.product_id.in_(product_ids))
        .where(StockBalance.warehouse_id.in_(warehouse_ids))
        .order_by(StockBalance.product_id, StockBalance.warehouse_id)
        .with_for_update()
    )


def stored(spots: Collection[Spot]) -> dict[Spot, Figures]:
    """Return the rows of these spots that exist, without locking them."""
    asked = bulk.pairs(spots, ("product_id", "pool"), "asked")
    mine = sa.and_(asked.c.product_id == BalanceRow.product_id, asked.c.pool == BalanceRow.pool)
    query = sa.select(
        BalanceRow.product_id,
        BalanceRow.pool,
        BalanceRow.counted,
        BalanceRow.free,
        BalanceRow.backordered,
    ).join(asked, mine)
    rows = db.session.execute(query) if spots else ()
    return {(product, pool): Figures(*figures) for product, pool, *figures in rows}


def write(figures: Iterable[tuple[Spot, Figures]]) -> None:
    """Store the figures of rows that exist."""
    bulk.update(BalanceRow, ("product_id", "pool"), [_row(*item) for item in figures])


def add(figures: Iterable[tuple[Spot, Figures]]) -> None:
    """Store rows that do not exist yet."""
    bulk.insert(BalanceRow, [_row(*item) for item in figures])


def _row(spot: Spot, figures: Figures) -> dict[str, int]:
    return {
        "product_id": spot[0],
        "pool": spot[1],
        "counted": figures.counted,
        "free": figures.free,
        "backordered": figures.backordered,
    }
