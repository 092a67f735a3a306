"""Why a line waits and where units are: batch loaders for screens, constant statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from erp_core.db import db
from erp_core.registry import providers
from plugins.backorders.domain.cues import CueFacts, Elsewhere
from plugins.backorders.models import (
    DEMAND_SOURCE,
    Backorder,
    BalanceRow,
    Ruling,
    RulingKind,
)
from plugins.backorders.services.layout import Layout, layout
from plugins.backorders.services.queue import QUEUE, Spot
from plugins.backorders.services.repair import pools
from plugins.inventory.models import StockBalance, Warehouse
from plugins.inventory.ports import SupplyLink, SupplySource
from plugins.inventory.services import pegs


@dataclass(frozen=True, slots=True)
class Place:
    """One location and a product there: counted on hand and free units."""

    warehouse_id: int
    name: str
    on_hand: int
    free: int


@dataclass(frozen=True, slots=True)
class Position:
    """A waiting line's place among the lines that wait for the same stock."""

    place: int
    of: int
    ahead: int

    @property
    def words(self) -> str:
        """Say it: "2nd of 4; 5 units ahead"."""
        unit = "unit" if self.ahead == 1 else "units"
        return f"{ordinal(self.place)} of {self.of:,}; {self.ahead:,} {unit} ahead"


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th, 21st ..."""
    teen = number % 100 in (11, 12, 13)
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def free_units(product_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return how many units could be taken from each warehouse, by (product, warehouse).

    Of a shared pool each warehouse answers for itself: at most what it holds, at most what the
    pool has free. Where nobody keeps account, stores and warehouses have all of it free.
    """
    plan = layout()
    found = _kept_account(product_ids, plan)
    return found | _unaccounted(product_ids, plan)


def _kept_account(product_ids: Collection[int], plan: Layout) -> dict[tuple[int, int], int]:
    places = pools(plan.stock, "counted")
    least = sa.case(
        (StockBalance.on_hand < BalanceRow.free, StockBalance.on_hand), else_=BalanceRow.free
    )
    same_pool = sa.and_(
        BalanceRow.product_id == StockBalance.product_id, BalanceRow.pool == places.c.pool
    )
    query = (
        sa.select(StockBalance.product_id, StockBalance.warehouse_id, least)
        .join(places, places.c.warehouse_id == StockBalance.warehouse_id)
        .join(BalanceRow, same_pool)
        .where(StockBalance.product_id.in_(product_ids), StockBalance.on_hand > 0)
    )
    return {(product, place): int(units) for product, place, units in db.session.execute(query)}


def _unaccounted(product_ids: Collection[int], plan: Layout) -> dict[tuple[int, int], int]:
    if plan.awake and not plan.asleep:
        return {}
    query = (
        sa.select(StockBalance.product_id, StockBalance.warehouse_id, StockBalance.on_hand)
        .join(Warehouse, Warehouse.id == StockBalance.warehouse_id)
        .where(StockBalance.product_id.in_(product_ids), StockBalance.on_hand > 0)
        .where(Warehouse.kind.in_(("store", "warehouse")), Warehouse.id.not_in(plan.demand))
    )
    return {(product, place): units for product, place, units in db.session.execute(query)}


def stock_by_location(product_ids: Collection[int]) -> dict[int, list[Place]]:
    """Return where counted stock of each product lies, by the location's name."""
    plan = layout()
    free = free_units(product_ids)
    query = (
        sa.select(StockBalance.product_id, Warehouse.id, Warehouse.name, StockBalance.on_hand)
        .join(Warehouse, Warehouse.id == StockBalance.warehouse_id)
        .where(StockBalance.product_id.in_(product_ids), StockBalance.on_hand > 0)
        .where(Warehouse.id.in_(plan.stock))
        .order_by(Warehouse.name, Warehouse.id)
    )
    found: dict[int, list[Place]] = defaultdict(list)
    for product, place, name, units in db.session.execute(query):
        found[product].append(Place(place, name, units, free.get((product, place), 0)))
    return found


def supply(line_ids: Collection[int]) -> dict[int, list[SupplyLink]]:
    """Return the documents that will bring units for each order line, the earliest first."""
    ties = pegs.of_demand(DEMAND_SOURCE, line_ids)
    links: dict[tuple[str, int], SupplyLink] = {}
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        mine = [tie.supply_line_id for tie in ties if tie.supply_source == source.key]
        if mine:
            links |= {(source.key, line): link for line, link in source.links(mine).items()}
    found: dict[int, list[SupplyLink]] = defaultdict(list)
    for tie in ties:
        link = links.get((tie.supply_source, tie.supply_line_id))
        if link is not None:
            found[tie.demand_line_id].append(link)
    for group in found.values():
        group.sort(key=lambda link: (link.expected_on is None, link.expected_on or date.min))
    return found


def facts(line_ids: Collection[int]) -> dict[int, CueFacts]:
    """Return what the cue of each back-ordered line says, by line.

    Lines that wait for nothing are left out.
    """
    plan = layout()
    rows = _waiting_records(line_ids)
    places = stock_by_location({row.product_id for row in rows})
    coming = supply([row.line_id for row in rows])
    return {row.line_id: _facts(row, places, coming, plan) for row in rows}


@dataclass(frozen=True, slots=True)
class _Record:
    line_id: int
    product_id: int
    warehouse_id: int
    short: int
    filled: int
    requested: int
    forced: int
    held_by: str


def _waiting_records(line_ids: Collection[int]) -> list[_Record]:
    held = sa.and_(Ruling.line_id == Backorder.line_id, Ruling.kind == str(RulingKind.FORCED))
    query = (
        sa.select(
            Backorder.line_id,
            Backorder.product_id,
            Backorder.warehouse_id,
            Backorder.short_qty,
            Backorder.filled_qty,
            Backorder.requested_qty,
            sa.func.coalesce(QUEUE.c.forced_qty, 0),
            sa.func.coalesce(Ruling.owner, ""),
        )
        .join(QUEUE, QUEUE.c.line_id == Backorder.line_id, isouter=True)
        .join(Ruling, held, isouter=True)
        .where(Backorder.line_id.in_(line_ids), Backorder.closed_at.is_(None))
    )
    return [_Record(*row) for row in db.session.execute(query)]


def _facts(
    row: _Record,
    places: Mapping[int, list[Place]],
    coming: Mapping[int, list[SupplyLink]],
    plan: Layout,
) -> CueFacts:
    wanted = row.short + row.filled
    own = plan.demand.get(row.warehouse_id)
    known = [place for place in places.get(row.product_id, ()) if place.free > 0]
    here = [place.free for place in known if plan.stock[place.warehouse_id] == own]
    dates = [link.expected_on for link in coming.get(row.line_id, ()) if link.expected_on]
    return CueFacts(
        wanted=wanted,
        here=min(wanted, row.filled + max(here, default=0)),
        elsewhere=tuple(
            Elsewhere(place.name, place.free)
            for place in known
            if row.short and plan.stock[place.warehouse_id] != own
        ),
        on_order=row.requested,
        expected=f"{dates[0].day} {dates[0]:%b}" if dates else "",
        forced=row.forced,
        held_by=row.held_by,
    )


def positions(line_ids: Collection[int]) -> dict[int, Position]:
    """Return each waiting line's place in its queue; lines that wait for nothing are left out."""
    mine, other = QUEUE.alias("mine"), QUEUE.alias("other")
    waits = other.c.open_qty - other.c.allocated_qty - other.c.forced_qty
    earlier = other.c.alloc_key < mine.c.alloc_key
    query = (
        sa.select(
            mine.c.line_id,
            sa.func.sum(sa.case((earlier, 1), else_=0)),
            sa.func.count(),
            sa.func.sum(sa.case((earlier, waits), else_=0)),
        )
        .join(other, sa.and_(other.c.product_id == mine.c.product_id, other.c.pool == mine.c.pool))
        .where(mine.c.line_id.in_(line_ids), waits > 0)
        .where(mine.c.open_qty - mine.c.allocated_qty - mine.c.forced_qty > 0)
        .group_by(mine.c.line_id)
    )
    return {
        line: Position(int(before) + 1, int(total), int(ahead))
        for line, before, total, ahead in db.session.execute(query)
    }


def spots(line_ids: Collection[int]) -> dict[int, Spot]:
    """Return the (product, pool) on which each line of the queue draws."""
    query = sa.select(QUEUE.c.line_id, QUEUE.c.product_id, QUEUE.c.pool)
    rows = db.session.execute(query.where(QUEUE.c.line_id.in_(line_ids)))
    return {line: (product, pool) for line, product, pool in rows}
