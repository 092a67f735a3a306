"""What would be if a setting had another value: the full pass on a copy, nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from flask import g

from erp_core.db import db
from erp_core.models import Company
from erp_core.settings import resolve, settings
from plugins.backorders.domain.claims import Change
from plugins.backorders.domain.full_pass import FullPass, QueueRow, Spot, Supply
from plugins.backorders.domain.order_class import OrderClass, OrderTally
from plugins.backorders.models import OrderState
from plugins.backorders.services import repair
from plugins.backorders.services.layout import Layout, layout
from plugins.backorders.services.queue import QUEUE
from plugins.backorders.settings import BackorderSettings
from plugins.inventory.models import Product, StockBalance
from plugins.sales.models import OPEN_STATUSES, Customer, SalesOrder, SalesOrderLine

PLUGIN = "backorders"
SHOWN = 10
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Supposition:
    """One setting with another value, for one company or (0) for everybody."""

    key: str
    value: object
    company: int


class ChangedOrder(NamedTuple):
    """An order whose mark would change, with the first line that makes it so."""

    order_id: int
    number: str
    customer: str
    sku: str
    ordered: int
    covered: int
    before: str
    after: str


@dataclass(slots=True)
class Changes:
    """How many orders would gain, lose or change their mark, and the first of them."""

    gain: int = 0
    lose: int = 0
    other: int = 0
    first: list[ChangedOrder] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many orders are touched."""
        return self.gain + self.lose + self.other


def changes(wish: Supposition) -> Changes:
    """Compare the marks of open orders as they are with those under the supposition."""
    before = _marks()
    with _supposed(wish):
        plan = layout()
        judged = _Judged.over(plan)
        silent = _silent_orders(plan)
    after = {
        order: str(judged.orders.class_of(order))
        for order in judged.orders.short | judged.orders.covered
        if order not in silent
    }
    return _compared(before, after, judged)


@contextmanager
def _supposed(wish: Supposition) -> Iterator[None]:
    """Let `settings` answer with the supposed value, for this request alone, inside the block."""
    companies = db.session.scalars(sa.select(Company.id)).all()
    mine = [wish.company] if wish.company else [one for one in companies if not _own(wish, one)]
    copies = {
        (BackorderSettings, company, 0): settings(BackorderSettings, company=company).model_copy(
            update={wish.key: wish.value}
        )
        for company in mine
    }
    known = dict(g.erp_settings)
    g.erp_settings = {**known, **copies}
    try:
        yield
    finally:
        g.erp_settings = known


def _own(wish: Supposition, company: int) -> bool:
    """Say whether a company keeps a value of its own, so that everybody's does not reach it."""
    found = {item.key: item.source for item in resolve(PLUGIN, company=company)}
    return found[wish.key] == "company"


def _marks() -> dict[int, str]:
    """Return the class of open orders that carry a mark now; none while the workflow is off."""
    awake = [place for place in layout().demand]
    query = (
        sa.select(OrderState.order_id, OrderState.order_class)
        .join(SalesOrder, SalesOrder.id == OrderState.order_id)
        .where(OrderState.marked, OrderState.order_class != OrderClass.NONE)
        .where(SalesOrder.status.in_(OPEN_STATUSES), SalesOrder.warehouse_id.in_(awake))
    )
    return {order: name for order, name in db.session.execute(query)}


def _silent_orders(plan: Layout) -> frozenset[int]:
    """Return the orders that keep no mark: created while marking was stopped, and it still is."""
    query = (
        sa.select(OrderState.order_id)
        .join(SalesOrder, SalesOrder.id == OrderState.order_id)
        .where(OrderState.marked.is_(False), SalesOrder.company_id.in_(plan.silent))
    )
    return frozenset(db.session.scalars(query))


@dataclass(slots=True)
class _Judged:
    """The decision over all demand: classes of orders, and lines that would have other figures."""

    orders: OrderTally = field(default_factory=OrderTally)
    lines: dict[int, Change] = field(default_factory=dict)

    @classmethod
    def over(cls, plan: Layout) -> _Judged:
        """Run the full pass under a plan, as the refresh would, and write nothing."""
        found = cls()
        supplies = _supplies(plan)
        for replacing in (False, True):
            pools = {
                pool for pool in plan.demand.values() if (pool in plan.substituting) is replacing
            }
            mine = {spot: supply for spot, supply in supplies.items() if spot[1] in pools}
            work = FullPass(mine, _replacements() if replacing else {}, orders=found.orders)
            for change in work.changes(_rows(plan, pools)):
                found.lines.setdefault(change.after.order_id, change)
        return found


def _rows(plan: Layout, pools: Collection[int]) -> Iterator[QueueRow]:
    """Stream what the queue would hold; units that a line has are those it has in that pool."""
    if not pools:
        return iter(())
    wanted = repair.wanted(plan)
    same = sa.and_(QUEUE.c.line_id == wanted.c.line_id, QUEUE.c.pool == wanted.c.pool)
    have = (
        QUEUE.c.pinned_qty,
        QUEUE.c.forced_qty,
        QUEUE.c.allocated_qty,
        QUEUE.c.substitutable_qty,
    )
    columns = [
        wanted.c[name]
        for name in ("product_id", "pool", "alloc_key", "line_id", "order_id", "open_qty")
    ]
    query = (
        sa.select(*columns, *(sa.func.coalesce(column, 0) for column in have))
        .join_from(wanted, QUEUE, same, isouter=True)
        .where(wanted.c.pool.in_(pools))
        .order_by(wanted.c.product_id, wanted.c.pool, wanted.c.alloc_key)
    )
    rows = db.session.execute(query, execution_options={"yield_per": BATCH})
    return cast("Iterator[QueueRow]", iter(rows))


def _supplies(plan: Layout) -> dict[Spot, Supply]:
    places = repair.pools(plan.stock, "supposed")
    counted = (
        sa.select(StockBalance.product_id, places.c.pool, sa.func.sum(StockBalance.on_hand))
        .join(places, places.c.warehouse_id == StockBalance.warehouse_id)
        .group_by(StockBalance.product_id, places.c.pool)
    )
    pinned = (
        sa.select(QUEUE.c.product_id, QUEUE.c.pool, sa.func.sum(QUEUE.c.pinned_qty))
        .where(QUEUE.c.pinned_qty > 0)
        .group_by(QUEUE.c.product_id, QUEUE.c.pool)
    )
    stock, pins = _by_spot(counted), _by_spot(pinned)
    return {
        spot: Supply(stock.get(spot, 0), pins.get(spot, 0)) for spot in stock.keys() | pins.keys()
    }


def _by_spot(query: sa.Select[Any]) -> dict[Spot, int]:
    return {(product, pool): int(units) for product, pool, units in db.session.execute(query)}


def _replacements() -> dict[int, int]:
    query = sa.select(Product.id, Product.replacement_id)
    rows = db.session.execute(query.where(Product.replacement_id.is_not(None)))
    return {product: int(target or 0) for product, target in rows}


def _compared(before: Mapping[int, str], after: Mapping[int, str], judged: _Judged) -> Changes:
    none = str(OrderClass.NONE)
    pairs = {
        order: (before.get(order, none), after.get(order, none))
        for order in sorted(before.keys() | after.keys())
        if before.get(order, none) != after.get(order, none)
    }
    found = Changes()
    for was, becomes in pairs.values():
        found.gain += was == none
        found.lose += becomes == none
        found.other += none not in (was, becomes)
    found.first = _named(dict(list(pairs.items())[:SHOWN]), judged)
    return found


def _named(pairs: Mapping[int, tuple[str, str]], judged: _Judged) -> list[ChangedOrder]:
    """Name the first orders, each with the line that changes, else its first one."""
    query = (
        sa.select(SalesOrder, SalesOrderLine, Product, Customer)
        .join(SalesOrderLine, SalesOrderLine.order_id == SalesOrder.id)
        .join(Product, Product.id == SalesOrderLine.product_id)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .where(SalesOrder.id.in_(pairs))
        .order_by(SalesOrder.id, SalesOrderLine.position)
    )
    found: dict[int, ChangedOrder] = {}
    for order, line, product, customer in db.session.execute(query):
        change = judged.lines.get(order.id)
        if order.id not in found or (change and change.after.line_id == line.id):
            covered = _covered([change] if change and change.after.line_id == line.id else [])
            found[order.id] = ChangedOrder(
                order.id,
                order.number,
                str(customer),
                product.sku,
                line.ordered_qty,
                covered,
                *pairs[order.id],
            )
    return list(found.values())


def _covered(found: Iterable[Change]) -> int:
    return sum(change.after.allocated + change.after.substitutable for change in found)
