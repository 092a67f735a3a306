"""Prove on the server, with one scan each, what is right already: a full pass reads only the rest.

Greedy allocation is right for a product and pool if and only if its lines together have the lesser
of stock and demand, and nobody after a waiting claim has any. Whether two tables say the same is
told by the sum of a hash over their rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from erp_core.db import db, is_sqlite
from plugins.backorders.domain.full_pass import Spot
from plugins.backorders.models import Backorder, BalanceRow
from plugins.backorders.services import repair
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.queue import QUEUE, Rows
from plugins.inventory.models import StockBalance

Column = sa.ColumnElement[int] | InstrumentedAttribute[int]
_ONE, _OTHER, _MASK = 2_147_483_629, 2_147_483_587, 2**36 - 1
"""Two primes below 2**31, so that their product stays an integer on SQLite, and what is summed."""
_NOTHING: Column = sa.literal(0, sa.BigInteger)


class Print(NamedTuple):
    """The number of rows and the sum of their hashes: equal for equal sets of rows."""

    rows: int
    total: int


class Spotted(NamedTuple):
    """A product and pool with something wrong: its lines, and what its balance should say.

    Where the lines have to be decided again (`misgiven`) the figures are not final.
    """

    spot: Spot
    lines: int
    misgiven: bool
    figures: Figures


@dataclass(frozen=True, slots=True)
class Book:
    """The queue at one moment: its fingerprints and what is wrong with products and pools."""

    queue: Print
    waiting: Print
    wrong: list[Spotted] = field(default_factory=list)


def _mark(line: Column, key: Column, product: Column, pool: Column, units: Column) -> Column:
    """Hash one line: SQLite knows no hash function, so two remainders are multiplied there."""
    if not is_sqlite():
        found: Column = _NOTHING
        for part in (line, key, product, pool, units):
            found = sa.func.hashint8extended(sa.cast(part, sa.BigInteger), found)
        return found
    one = (line + units * 2**32) % _ONE
    other = (key + product * 65_537 + pool * 8_191) % _OTHER
    return (one * other).op("&")(_MASK)


def _short_mark(line: Column, units: Column) -> Column:
    if not is_sqlite():
        hashed: Column = sa.func.hashint8extended(line, sa.cast(units, sa.BigInteger))
        return hashed
    return ((line % _ONE) * ((line + units * 65_537) % _OTHER)).op("&")(_MASK)


def _print(rows: Rows) -> Print:
    count, total = db.session.execute(rows).one()
    return Print(int(count), int(total or 0))


def demanded(plan: Layout) -> Print:
    """Return the fingerprint of what the queue should hold."""
    want = repair.wanted(plan)
    mark = _mark(want.c.line_id, want.c.alloc_key, want.c.product_id, want.c.pool, want.c.open_qty)
    return _print(sa.select(sa.func.count(), sa.func.sum(mark)).select_from(want))


def recorded(plan: Layout) -> Print:
    """Return the fingerprint of what open back orders say is missing."""
    mark = _short_mark(Backorder.line_id, Backorder.short_qty)
    query = sa.select(sa.func.count(), sa.func.sum(mark)).where(
        Backorder.closed_at.is_(None),
        Backorder.short_qty > 0,
        Backorder.warehouse_id.not_in(plan.asleep),
    )
    return _print(query)


def book(plan: Layout) -> Book:
    """Read the queue once, in sums by product and pool; one statement."""
    sums = _sums(plan).cte("sums")
    both = _spots(plan, sums)
    columns = [
        both.c[name] for name in ("product_id", "pool", "lines", "counted", "given", "short")
    ]
    wrong = sa.select(*columns, _misgiven(both, plan).label("misgiven"))
    totals = [sa.func.coalesce(sa.func.sum(sums.c[name]), 0) for name in _PRINTS]
    blank = [sa.literal(0), sa.literal(0)]
    every = sa.select(*totals, *blank, sa.false()).union_all(wrong.where(_is_wrong(both, plan)))
    (lines, mark, waiting, short, *_), *rows = db.session.execute(every)
    prints = Print(int(lines), int(mark)), Print(int(waiting), int(short))
    return Book(*prints, sorted(map(_spotted, rows), key=attrgetter("spot")))


def _spotted(row: Sequence[Any]) -> Spotted:
    product, pool, lines, counted, given, short, misgiven = row
    figures = Figures(int(counted), int(counted - given), int(short))
    return Spotted((product, pool), int(lines), bool(misgiven), figures)


_PRINTS = ("lines", "mark", "waiting", "short_mark")


def _sums(plan: Layout) -> Rows:
    """Return, by product and pool, what the lines have between them, and who is served last."""
    queue = QUEUE.c
    unforced = queue.open_qty - queue.forced_qty
    lacks = queue.backordered_qty > 0
    mark = _mark(queue.line_id, queue.alloc_key, queue.product_id, queue.pool, queue.open_qty)
    short_mark = _short_mark(queue.line_id, queue.backordered_qty)
    return (
        sa.select(
            queue.product_id,
            queue.pool,
            sa.func.count().label("lines"),
            sa.func.sum(queue.allocated_qty).label("given"),
            sa.func.sum(unforced).label("wanted"),
            sa.func.sum(queue.backordered_qty).label("short"),
            sa.func.sum(queue.pinned_qty + queue.substitutable_qty).label("special"),
            sa.func.max(sa.case((queue.allocated_qty > 0, queue.alloc_key))).label("last"),
            sa.func.min(sa.case((queue.allocated_qty < unforced, queue.alloc_key))).label("first"),
            sa.func.sum(mark).label("mark"),
            sa.func.sum(sa.case((lacks, 1), else_=0)).label("waiting"),
            sa.func.sum(sa.case((lacks, short_mark), else_=0)).label("short_mark"),
        )
        .where(queue.pool.not_in(plan.asleep))
        .group_by(queue.product_id, queue.pool)
    )


_FIGURES = ("lines", "given", "wanted", "short", "special", "counted")
_STORED = ("stored_counted", "stored_free", "stored_short")


def _spots(plan: Layout, sums: sa.CTE) -> sa.Subquery:
    """Put lines, stock on hand and balance rows of each product and pool side by side."""
    stock = stock_by_pool(plan).subquery("stock")
    lines = {name: sums.c[name] for name in _FIGURES[:-1]}
    parts = [
        _part(sums, {**lines, "last": sums.c.last, "first": sums.c.first}),
        _part(stock, {"counted": stock.c.units}),
        _part(
            BalanceRow.__table__,
            {
                "stored_counted": BalanceRow.counted,
                "stored_free": BalanceRow.free,
                "stored_short": BalanceRow.backordered,
            },
        ).where(BalanceRow.pool.not_in(plan.asleep)),
    ]
    every = sa.union_all(*parts).subquery("every")
    total = [sa.func.sum(every.c[name]).label(name) for name in (*_FIGURES, *_STORED)]
    ends = [sa.func.max(every.c[name]).label(name) for name in ("last", "first")]
    spots = sa.select(every.c.product_id, every.c.pool, *total, *ends)
    return spots.group_by(every.c.product_id, every.c.pool).subquery("spots")


def _part(table: sa.FromClause, named: Mapping[str, Column]) -> Rows:
    nobody = sa.null().cast(sa.BigInteger)
    columns = [named.get(name, _NOTHING).label(name) for name in (*_FIGURES, *_STORED)]
    ends = [named.get(name, nobody).label(name) for name in ("last", "first")]
    return sa.select(table.c.product_id, table.c.pool, *columns, *ends)


def stock_by_pool(plan: Layout) -> Rows:
    """Return counted stock on hand by product and pool: product_id, pool, units."""
    places = repair.pools(plan.stock, "counted")
    return (
        sa.select(
            StockBalance.product_id, places.c.pool, sa.func.sum(StockBalance.on_hand).label("units")
        )
        .join(places, places.c.warehouse_id == StockBalance.warehouse_id)
        .where(StockBalance.on_hand != 0)
        .group_by(StockBalance.product_id, places.c.pool)
    )


def _misgiven(spots: sa.Subquery, plan: Layout) -> sa.ColumnElement[bool]:
    """Say whether the lines of a spot may not have what they should have."""
    one = spots.c
    least = sa.case((one.counted < one.wanted, one.counted), else_=one.wanted)
    greedy = sa.or_(one.given != least, one.last > one.first)
    by_hand = one.given > one.counted
    unfair = sa.case((one.pool.in_(plan.by_hand), by_hand), else_=greedy)
    # Pins and replacements break the plain order of service: such lines are decided anew.
    return sa.or_(one.special != 0, sa.func.coalesce(unfair, False))


def _is_wrong(spots: sa.Subquery, plan: Layout) -> sa.ColumnElement[bool]:
    one = spots.c
    misbooked = sa.or_(
        one.stored_counted != one.counted,
        one.stored_free != one.counted - one.given,
        one.stored_short != one.short,
    )
    plain = one.pool.not_in(plan.substituting)
    return sa.and_(plain, sa.or_(misbooked, _misgiven(spots, plan)))
