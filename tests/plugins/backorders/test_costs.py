"""What a command costs does not grow with the book of orders, nor with the lines it touches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db
from plugins.backorders.services import queue
from plugins.inventory.events import MoveKind
from plugins.inventory.models import Product
from plugins.sales.services import orders
from plugins.sales.services.orders import NewLine, NewOrder
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market


def waiting(market: Market, many: int) -> None:
    """Let so many orders wait for the mug."""
    line = (NewLine(market.mug, 2),)
    new = [NewOrder(market.customer, market.porto, line, m.DAY) for _ in range(many)]
    orders.confirm([order.id for order in orders.create(new)])


def cost(app: Flask, work: Callable[[], Any]) -> list[str]:
    """Return the statements of the engine and its surroundings."""
    db.session.flush()
    with m.statements(app) as seen:
        work()
        db.session.flush()
    return seen


@pytest.mark.parametrize("event", ["confirm", "urgent", "receive", "lose", "ship", "cancel"])
def test_an_event_costs_the_same_in_a_small_and_a_large_book(
    app: Flask, market: Market, event: str
) -> None:
    counts = []
    for many in (10, 290):
        waiting(market, many)
        m.arrive(market.mug, market.porto, 3)
        order = m.ordered(market, (market.mug, 2), (market.kettle, 1), priority=3)
        new = m.draft(market, (market.mug, 2), (market.kettle, 1))
        events: dict[str, Callable[[], object]] = {
            "confirm": lambda new=new: orders.confirm([new.id]),  # type: ignore[misc]
            "urgent": lambda order=order: orders.set_priority(order.id, 7),  # type: ignore[misc]
            "receive": lambda: m.arrive(market.mug, market.porto, 3),
            "lose": lambda: m.arrive(market.mug, market.porto, -1, MoveKind.ADJUSTMENT),
            "ship": lambda order=order: m.ship(order),  # type: ignore[misc]
            "cancel": lambda order=order: orders.cancel([order.id]),  # type: ignore[misc]
        }
        events["confirm"]() if event == "urgent" else None
        counts.append(len(cost(app, events[event])))
    assert counts[0] == counts[1], counts


def test_a_receipt_of_many_products_costs_no_more_statements(app: Flask, market: Market) -> None:
    products = [Product(sku=f"P{i:02}", name=f"Product {i}") for i in range(20)]
    db.session.add_all(products)
    db.session.flush()
    ids = [product.id for product in products]
    for product in ids:
        m.ordered(market, (product, 4))
    one = cost(app, lambda: m.arrive_all({ids[0]: 1}, market.porto))
    all_of_them = cost(app, lambda: m.arrive_all(dict.fromkeys(ids, 1), market.porto))
    assert len(all_of_them) == len(one), all_of_them
    assert len(one) <= 20, one


def test_confirming_many_orders_costs_no_more_statements(app: Flask, market: Market) -> None:
    m.arrive_all({market.mug: 1, market.kettle: 1}, market.porto)
    counts = []
    for many in (1, 25):
        made = [m.draft(market, (market.mug, 2), (market.kettle, 1)).id for _ in range(many)]
        counts.append(len(cost(app, lambda made=made: orders.confirm(made))))  # type: ignore[misc]
    assert counts[0] == counts[1]


def test_the_frontier_is_read_through_its_partial_indexes(market: Market) -> None:
    """Without them a walk would read over all lines that are served already."""
    m.arrive(market.mug, market.porto, 1000)
    waiting(market, 300)
    sqlite = db.engine.dialect.name == "sqlite"
    db.session.execute(sa.text("ANALYZE backorders_queue"))
    for side in queue.Side if sqlite else (queue.Side.WAITING, queue.Side.PINNED):
        statement = str(queue._statement(sqlite, (side,)))
        explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        values = {str(side): f"[[{market.mug}, {market.porto}, 0]]", "many": 5}
        plan = [str(row) for row in db.session.execute(sa.text(f"{explain} {statement}"), values)]
        assert any(f"ix_backorders_queue_{side}" in step for step in plan), plan
        assert not any("TEMP B-TREE" in step for step in plan), plan
