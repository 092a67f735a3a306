"""Every event that changes who gets the stock, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ConflictError
from erp_core.registry import Owned, registry
from plugins.backorders.events import BackordersFilled, OrdersBackordered
from plugins.backorders.models import DEMAND_SOURCE, OrderState, QueueRow
from plugins.backorders.services import forcing, pins, refresh
from plugins.backorders.services.handlers import on_shipped
from plugins.backorders.services.verify import QueueVerifier
from plugins.inventory.events import MoveKind
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.services import editing, pegs, transfers
from plugins.sales.events import LinesShipped, ShippedLine
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders, shipping
from plugins.sales.services.orders import NewLine
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market


@pytest.fixture(autouse=True)
def all_is_right_at_the_end(ctx: object) -> Iterator[None]:
    yield
    found = list(QueueVerifier().differences())
    assert not found, found
    assert refresh.refresh().rows == 0


@pytest.fixture
def told(ctx: object) -> Iterator[list[object]]:
    """Collect what back orders announce."""
    heard: list[object] = []
    for event in (OrdersBackordered, BackordersFilled):
        registry().handlers[event].append(Owned("core", heard.append))
    yield heard
    for event in (OrdersBackordered, BackordersFilled):
        registry().handlers[event].pop()


def test_an_order_takes_what_is_free_and_waits_for_the_rest(market: Market) -> None:
    m.arrive(market.mug, market.porto, 18)
    order = m.ordered(market, (market.mug, 20))
    assert m.figures(order) == [(18, 0, 2)]
    assert m.balance(market.mug, market.porto) == (18, 0, 2)
    assert m.order_class(order) == "partial"
    found = m.record(order)
    assert found is not None
    assert (found.status, found.short_qty, found.filled_qty) == ("new", 2, 0)


def test_drafts_and_untracked_products_never_enter_the_queue(market: Market) -> None:
    draft = m.draft(market, (market.mug, 2))
    order = m.ordered(market, (market.card, 5))
    assert m.figures(draft) == m.figures(order) == []
    assert m.order_class(order) == "none"


def test_a_receipt_goes_to_the_oldest_orders_first(market: Market) -> None:
    first, second, third = (m.ordered(market, (market.mug, 4)) for _ in range(3))
    assert m.order_class(first) == "full"
    m.arrive(market.mug, market.porto, 6)
    assert [m.figures(order) for order in (first, second, third)] == [
        [(4, 0, 0)], [(2, 0, 2)], [(0, 0, 4)],
    ]  # fmt: skip
    assert [m.order_class(order) for order in (first, second, third)] == [
        "none", "partial", "full",
    ]  # fmt: skip
    statuses = [found.status for o in (first, second, third) if (found := m.record(o))]
    assert statuses == ["stock_available", "stock_available", "new"]
    assert m.balance(market.mug, market.porto) == (6, 0, 6)


def test_two_lines_of_one_product_share_one_stock(market: Market) -> None:
    m.arrive(market.mug, market.porto, 5)
    order = m.ordered(market, (market.mug, 4), (market.mug, 3))
    assert m.figures(order) == [(4, 0, 0), (1, 0, 2)]
    m.arrive(market.mug, market.porto, 1)
    assert m.figures(order) == [(4, 0, 0), (2, 0, 1)]
    m.ship(order)
    assert m.figures(order) == [(0, 0, 1)]


def test_lost_stock_is_taken_from_the_last_in_the_queue(market: Market) -> None:
    m.arrive(market.mug, market.porto, 6)
    first, second = m.ordered(market, (market.mug, 4)), m.ordered(market, (market.mug, 2))
    m.arrive(market.mug, market.porto, -3, MoveKind.ADJUSTMENT)
    assert [m.figures(first), m.figures(second)] == [[(3, 0, 1)], [(0, 0, 2)]]
    assert m.record(second).short_qty == 2  # type: ignore[union-attr]


def test_priority_takes_stock_from_later_claims_and_gives_it_back(market: Market) -> None:
    m.arrive(market.mug, market.porto, 4)
    first, urgent = m.ordered(market, (market.mug, 4)), m.ordered(market, (market.mug, 3))
    orders.set_priority(urgent.id, 5)
    assert [m.figures(first), m.figures(urgent)] == [[(1, 0, 3)], [(3, 0, 0)]]
    orders.set_priority(urgent.id, -1)
    assert [m.figures(first), m.figures(urgent)] == [[(4, 0, 0)], [(0, 0, 3)]]


def test_cancelling_gives_the_units_to_the_next_and_closes_the_record(market: Market) -> None:
    m.arrive(market.mug, market.porto, 4)
    first, second = m.ordered(market, (market.mug, 6)), m.ordered(market, (market.mug, 3))
    orders.cancel_line(first.lines[0].id, 2)
    assert m.figures(first) == [(4, 0, 0)]
    assert m.record(first).status == "cancelled"  # type: ignore[union-attr]
    orders.cancel([first.id])
    assert (m.figures(first), m.figures(second)) == ([], [(3, 0, 0)])
    assert m.order_class(first) == "none"
    assert m.balance(market.mug, market.porto) == (4, 1, 0)


def test_changed_and_added_lines_are_followed(market: Market) -> None:
    m.arrive_all({market.mug: 5, market.kettle: 1}, market.porto)
    order = m.ordered(market, (market.mug, 2))
    orders.set_quantities(order.id, {order.lines[0].id: 7})
    orders.add_lines(order.id, [NewLine(market.kettle, 2)])
    assert m.figures(order) == [(5, 0, 2), (1, 0, 1)]
    assert m.order_class(order) == "partial"


def test_another_location_is_another_queue(market: Market) -> None:
    m.arrive(market.mug, market.north, 5)
    order = m.ordered(market, (market.mug, 4))
    assert m.figures(order) == [(0, 0, 4)]
    orders.set_warehouse(order.id, market.north)
    assert m.figures(order) == [(4, 0, 0)]
    assert m.record(order).status == "stock_available"  # type: ignore[union-attr]
    assert m.record(order).warehouse_id == market.north  # type: ignore[union-attr]
    assert m.balance(market.mug, market.porto) == (0, 0, 0)


def test_a_transfer_takes_from_one_pool_and_gives_to_the_other(market: Market) -> None:
    m.arrive(market.mug, market.north, 5)
    order = m.ordered(market, (market.mug, 4))
    made = transfers.create(transfers.NewTransfer(market.north, market.porto, ((market.mug, 3),)))
    transfers.request(made.id)
    transfers.dispatch(made.id)
    assert m.balance(market.mug, market.north) == (2, 2, 0)
    assert m.figures(order) == [(0, 0, 4)]
    transfers.receive(made.id)
    assert m.figures(order) == [(3, 0, 1)]


def test_shipping_takes_the_given_units_and_fulfils_the_record(market: Market) -> None:
    order = m.ordered(market, (market.mug, 5))
    m.arrive(market.mug, market.porto, 3)
    m.ship(order)
    assert m.figures(order) == [(0, 0, 2)]
    assert m.balance(market.mug, market.porto) == (0, 0, 2)
    found = m.record(order)
    assert found is not None
    assert (found.status, found.short_qty, found.fulfilled_qty) == ("new", 2, 3)
    m.arrive(market.mug, market.porto, 4)
    m.ship(order)
    assert m.figures(order) == []
    assert m.record(order).status == "fulfilled"  # type: ignore[union-attr]
    assert m.balance(market.mug, market.porto) == (2, 2, 0)


def test_more_than_was_given_cannot_ship(market: Market) -> None:
    m.arrive(market.mug, market.porto, 2)
    first, second = m.ordered(market, (market.mug, 2)), m.ordered(market, (market.mug, 2))
    with pytest.raises(Exception, match="can ship now"):
        shipping.ship(second.id, {second.lines[0].id: 1})
    line = second.lines[0]
    announced = LinesShipped(1, (ShippedLine(line.id, second.id, market.mug, 1),))
    with pytest.raises(ConflictError, match="Cannot ship 1 units: 0 are allocated"):
        on_shipped(announced)
    assert m.figures(first) == [(2, 0, 0)]


def test_an_order_on_hold_keeps_what_was_given_to_it(market: Market) -> None:
    m.arrive(market.mug, market.porto, 2)
    first, second = m.ordered(market, (market.mug, 2)), m.ordered(market, (market.mug, 2))
    orders.hold([first.id])
    assert (m.figures(first), m.figures(second)) == ([(2, 0, 0)], [(0, 0, 2)])


def test_forced_units_are_never_filled_and_pins_are_never_taken(market: Market) -> None:
    m.arrive(market.mug, market.porto, 4)
    first, second = m.ordered(market, (market.mug, 4)), m.ordered(market, (market.mug, 3))
    line = first.lines[0].id
    forcing.force({line: 3}, reason="for the fair")
    assert (m.figures(first), m.figures(second)) == ([(1, 0, 3)], [(3, 0, 0)])
    forcing.force({line: 0}, reason="the fair is over")
    pins.pin({line: 2}, reason="promised")
    assert (m.figures(first), m.figures(second)) == ([(4, 0, 0)], [(0, 0, 3)])
    orders.set_priority(second.id, 7)
    assert (m.figures(first), m.figures(second)) == ([(2, 0, 2)], [(2, 0, 1)])


def test_a_walk_reads_on_beyond_its_first_batch(market: Market) -> None:
    made = orders.create(
        [
            orders.NewOrder(market.customer, market.porto, (NewLine(market.mug, 1),), m.DAY)
            for _ in range(150)
        ]
    )
    orders.confirm([order.id for order in made])
    m.arrive(market.mug, market.porto, 140)
    assert m.balance(market.mug, market.porto) == (140, 0, 10)
    m.arrive(market.mug, market.porto, -130, MoveKind.ADJUSTMENT)
    assert m.balance(market.mug, market.porto) == (10, 0, 140)
    given = sa.select(QueueRow.order_id).where(QueueRow.allocated_qty > 0)
    assert sorted(db.session.scalars(given)) == sorted(order.id for order in made[:10])


def test_pegs_say_what_is_on_order_and_never_exceed_the_shortage(market: Market) -> None:
    order = m.ordered(market, (market.mug, 5))
    line = order.lines[0].id
    pegs.add([pegs.NewPeg("test", 1, DEMAND_SOURCE, line, market.mug, 4)])
    assert (m.record(order).status, m.record(order).requested_qty) == ("on_order", 4)  # type: ignore[union-attr]
    m.arrive(market.mug, market.porto, 3)
    assert [peg.qty for peg in pegs.of_demand(DEMAND_SOURCE, [line])] == [2]
    assert m.record(order).requested_qty == 2  # type: ignore[union-attr]
    pegs.shrink_supply("test", {1: 0})
    assert m.record(order).requested_qty == 0  # type: ignore[union-attr]
    pegs.add([pegs.NewPeg("test", 2, DEMAND_SOURCE, line, market.mug, 9)])
    assert [peg.qty for peg in pegs.of_demand(DEMAND_SOURCE, [line])] == [2]
    orders.cancel([order.id])
    assert pegs.of_demand(DEMAND_SOURCE, [line]) == []


def test_becoming_a_back_order_is_told_once_for_each_episode(
    market: Market, told: list[object]
) -> None:
    first = m.ordered(market, (market.mug, 2))
    assert told == [OrdersBackordered((first.id,))]
    m.arrive(market.mug, market.porto, 1)
    assert told[1:] == [BackordersFilled((first.lines[0].id,))]
    m.arrive(market.mug, market.porto, 1)
    m.arrive(market.mug, market.porto, -2, MoveKind.ADJUSTMENT)
    assert told[2:] == [BackordersFilled((first.lines[0].id,)), OrdersBackordered((first.id,))]
    assert db.session.scalar(sa.select(OrderState.episode)) == 2


def test_replacement_stock_covers_the_oldest_shortage_without_being_given(market: Market) -> None:
    m.set_to("consider_replacement", True)
    m.arrive_all({market.mug: 1, market.spare: 4}, market.porto)
    first, second = m.ordered(market, (market.mug, 4)), m.ordered(market, (market.mug, 3))
    assert (m.figures(first), m.figures(second)) == ([(1, 3, 0)], [(0, 1, 2)])
    assert m.order_class(first) == "none"
    taker = m.ordered(market, (market.spare, 2))
    assert m.figures(taker) == [(2, 0, 0)]
    assert (m.figures(first), m.figures(second)) == ([(1, 2, 1)], [(0, 0, 3)])
    m.arrive(market.mug, market.porto, 3)
    assert (m.figures(first), m.figures(second)) == ([(4, 0, 0)], [(0, 2, 1)])


def test_a_product_that_is_no_longer_tracked_leaves_the_queue(market: Market) -> None:
    order = m.ordered(market, (market.mug, 2), (market.kettle, 1))
    product = db.session.get_one(Product, market.mug)
    product.tracked = False
    editing.save_product(product)
    assert m.figures(order) == [(0, 0, 1)]
    product.tracked = True
    editing.save_product(product)
    assert m.figures(order) == [(0, 0, 2), (0, 0, 1)]


def test_a_warehouse_that_turns_defective_no_longer_counts(market: Market) -> None:
    m.set_to("ignore_dropship", False)
    order = m.ordered(market, (market.mug, 2))
    m.arrive(market.mug, market.vendor, 2)
    assert m.figures(order) == [(2, 0, 0)]
    vendor = db.session.get_one(Warehouse, market.vendor)
    vendor.kind, vendor.serves_id = "defective", None
    editing.save_warehouse(vendor)
    assert m.figures(order) == [(0, 0, 2)]


def test_an_order_that_is_not_there_changes_nothing(market: Market) -> None:
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SalesOrder)) == 0
    assert refresh.refresh() == refresh.Outcome()
