"""Pegs through a working day: whatever happens on either side, nobody claims what is not there."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db
from erp_core.errors import ErpError
from plugins.backorders.models import Backorder
from plugins.inventory.models import Peg
from plugins.inventory.services import passing, pegs
from plugins.purchasing.models import PurchaseOrder, PurchaseOrderLine
from plugins.purchasing.services import loading, receiving
from plugins.purchasing.services import orders as purchases
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services import orders
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market
from tests.plugins.backorders.test_direct import bought, clean, sell


@pytest.fixture
def supplied(market: Market) -> Market:
    return sell(market)


def pegged(order: SalesOrder) -> int:
    lines = sa.select(SalesOrderLine.id).filter_by(order_id=order.id)
    units = sa.select(sa.func.coalesce(sa.func.sum(Peg.qty), 0))
    return int(db.session.scalar(units.where(Peg.demand_line_id.in_(lines))) or 0)


@pytest.mark.parametrize("end", ["order", "line", "stock"])
def test_freed_supply_goes_to_the_next_who_waits(supplied: Market, end: str) -> None:
    first = m.ordered(supplied, (supplied.mug, 5))
    bought(supplied, first)
    second, third = (m.ordered(supplied, (supplied.mug, qty)) for qty in (3, 4))
    if end == "order":
        orders.cancel([first.id])
    elif end == "line":
        orders.cancel_line(first.lines[0].id, 5)
    else:
        m.arrive(supplied.mug, supplied.porto, 5)
    assert [pegged(order) for order in (first, second, third)] == [0, 3, 2]
    assert [m.record(order).status for order in (second, third)] == ["on_order"] * 2  # type: ignore[union-attr]
    assert clean()


def test_goods_for_one_customer_or_place_are_passed_to_nobody_else(supplied: Market) -> None:
    first, second = (m.ordered(supplied, (supplied.mug, 5)) for _ in range(2))
    bought(supplied, first, to_customer=True)
    bought(supplied, second)
    north = m.ordered(supplied, (supplied.mug, 5), warehouse_id=supplied.north)
    orders.cancel([first.id, second.id])
    assert pegged(north) == 0
    assert clean()


def test_units_that_do_not_come_any_more_are_passed_to_nobody(supplied: Market) -> None:
    first = m.ordered(supplied, (supplied.mug, 5))
    purchase = bought(supplied, first)
    second = m.ordered(supplied, (supplied.mug, 5))
    purchases.cancel(purchase)
    assert [pegged(order) for order in (first, second)] == [0, 0]
    line = loading.get(purchase).lines[0]
    passing.pass_on([pegs.Freed("purchasing.order", line.id, supplied.mug, 5)])
    assert pegged(second) == 0


def test_passing_on_costs_nothing_when_nothing_was_freed(supplied: Market, app: Flask) -> None:
    with m.statements(app) as seen:
        passing.pass_on([])
    assert seen == []


def violations() -> list[str]:
    """Compare the pegs of both sides with what is open and what is short (features.md 5.1)."""
    found = []
    open_qty = (
        PurchaseOrderLine.ordered_qty
        - PurchaseOrderLine.received_qty
        - PurchaseOrderLine.cancelled_qty
    )
    units = sa.func.sum(Peg.qty)
    supply = sa.select(PurchaseOrderLine.id, open_qty, units).group_by(PurchaseOrderLine.id)
    joined = supply.join(Peg, Peg.supply_line_id == PurchaseOrderLine.id)
    found += [f"supply {row}" for row in db.session.execute(joined) if row[2] > row[1]]
    short = dict(
        db.session.execute(
            sa.select(Backorder.line_id, Backorder.short_qty).where(Backorder.closed_at.is_(None))
        ).all()
    )
    demand = sa.select(Peg.demand_line_id, units).group_by(Peg.demand_line_id)
    found += [f"demand {r}" for r in db.session.execute(demand) if r[1] > short.get(r[0], 0)]
    return found


STEPS = (
    "order",
    "order",
    "buy",
    "buy",
    "send",
    "receive",
    "hand_over",
    "cancel_units",
    "cancel_order",
    "close",
    "count",
)


class Day:
    """Random people at both ends of the trade, from one seed."""

    def __init__(self, market: Market, seed: int) -> None:
        self.market, self.dice = market, random.Random(seed)
        self.done: dict[str, int] = {}

    def step(self) -> None:
        work = getattr(self, self.dice.choice(STEPS))
        with db.session.begin_nested() as point:
            try:
                work()
                self.done[work.__name__] = self.done.get(work.__name__, 0) + 1
            except (ErpError, LookupError):
                point.rollback()

    def any(self, model: type[Any], *conditions: Any) -> Any:
        rows = db.session.scalars(sa.select(model).where(*conditions).order_by(model.id)).all()
        return self.dice.choice(rows)

    def order(self) -> None:
        product = self.dice.choice((self.market.mug, self.market.kettle))
        place = self.dice.choice((self.market.porto, self.market.porto, self.market.north))
        m.ordered(self.market, (product, self.dice.randint(1, 6)), warehouse_id=place)

    def buy(self) -> None:
        wanted = self.any(Backorder, Backorder.short_qty > Backorder.requested_qty)
        order = db.session.get_one(SalesOrder, wanted.order_id)
        chance = self.dice.random()
        bought(self.market, order, to_customer=chance < 0.3, send=chance < 0.6)

    def send(self) -> None:
        purchases.mark_sent(self.any(PurchaseOrder, PurchaseOrder.status == "draft").id)

    def _arriving(self) -> tuple[int, dict[int, int]]:
        order = self.any(PurchaseOrder, PurchaseOrder.status.in_(("sent", "partially_received")))
        lines = [line for line in loading.get(order.id).lines if line.open_qty]
        return order.id, {x.id: self.dice.randint(1, x.open_qty) for x in lines}

    def receive(self) -> None:
        receiving.receive(*self._arriving())

    def hand_over(self) -> None:
        key, units = self._arriving()
        shares = [self.dice.choice(pegs.due("purchasing.order", units))]
        receiving.receive(key, units, terms=receiving.Terms(handed=shares))

    def cancel_units(self) -> None:
        line = self.any(SalesOrderLine)
        orders.cancel_line(line.id, self.dice.randint(1, 3))

    def cancel_order(self) -> None:
        orders.cancel([self.any(SalesOrder).id])

    def close(self) -> None:
        purchases.cancel_lines(*self._arriving())

    def count(self) -> None:
        m.arrive(self.market.mug, self.market.porto, self.dice.choice((-2, 1, 3)))


def through(day: Day, steps: int, check: Callable[[], list[str]] = violations) -> None:
    for _ in range(steps):
        day.step()
        assert check() == [], day.done
    assert clean()


@pytest.mark.parametrize("seed", [1, 2])
def test_no_claim_exceeds_what_comes_or_what_is_short(supplied: Market, seed: int) -> None:
    day = Day(supplied, seed)
    through(day, 80)
    assert set(day.done) == set(STEPS), day.done


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(3, 13))
def test_no_claim_exceeds_anything_in_a_long_day(supplied: Market, seed: int) -> None:
    through(Day(supplied, seed), 500)


def test_a_claim_too_many_is_found(supplied: Market) -> None:
    """The control: the check above sees both kinds of breach."""
    bought(supplied, m.ordered(supplied, (supplied.mug, 5)))
    assert violations() == []
    db.session.execute(sa.update(Peg).values(qty=6))
    assert [one.split()[0] for one in violations()] == ["supply", "demand"]
