"""Shipping: what may leave, from where, and what is announced in which order."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping

import pytest
import sqlalchemy as sa

from erp_core.db import db, retrying, transaction
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.registry import Owned, registry
from plugins.inventory.events import StockMoved
from plugins.sales.events import LinesShipped, OrdersCancelled, OrdersChanged, OrdersConfirmed
from plugins.sales.models import OrderStatus, SalesOrder, Shipment
from plugins.sales.ports import Reservations
from plugins.sales.services import orders, payments, shipping
from plugins.sales.services.figures import figures
from plugins.sales.services.orders import NewLine
from tests.plugins.sales.shop import confirmed, draft, ledger, on_hand, open_shop


class Given:
    """A keeper of account that gives fixed units to lines; a real answer to the port."""

    def __init__(self, units: Mapping[int, int] | None, places: list[int]) -> None:
        self.units, self.places = units, places

    def shippable(self, line_ids: Collection[int]) -> Mapping[int, int] | None:
        return self.units

    def pool_warehouses(self, warehouse_id: int) -> list[int]:
        return self.places


@pytest.fixture
def answering(app):
    """Let a test answer the port Reservations; who else listens to sales is not asked."""
    known = registry_of(app)
    before = list(known.providers[Reservations])
    heard = {kind: list(handlers) for kind, handlers in known.handlers.items()}
    for kind, handlers in heard.items():
        known.handlers[kind][:] = [one for one in handlers if one.owner in ("inventory", "sales")]

    def answer(keeper):
        known.providers[Reservations][:] = [Owned("sales", keeper)]

    yield answer
    known.providers[Reservations][:] = before
    for kind, handlers in heard.items():
        known.handlers[kind][:] = handlers


@pytest.fixture
def announced(app):
    """Collect what is announced, in order."""
    known = registry_of(app)
    seen: list[object] = []
    kinds = (LinesShipped, StockMoved, OrdersChanged, OrdersConfirmed, OrdersCancelled)
    mine = {kind: Owned("sales", seen.append) for kind in kinds}
    for kind, handler in mine.items():
        known.handlers[kind].append(handler)
    yield seen
    for kind, handler in mine.items():
        known.handlers[kind].remove(handler)


def registry_of(app):
    with app.app_context():
        return registry()


def alone(answering):
    """Nobody keeps account: stock on hand alone decides."""
    answering(Given(None, []))


def test_nothing_chosen_ships_all_that_is_on_hand_and_untracked_goods(ctx, answering):
    alone(answering)
    shop = open_shop(mugs=3)
    order = confirmed(shop, (shop.mug, 2), (shop.mug, 4), (shop.gift_card, 7))
    shipping.ship(order.id)
    assert [line.shipped_qty for line in order.lines] == [2, 1, 7]
    assert order.status == OrderStatus.PARTIALLY_FULFILLED
    assert on_hand(shop.mug, shop.store) == 0
    assert sorted(row[2] for row in ledger("shipment")) == [-2, -1]


def test_untracked_goods_move_no_stock(ctx, answering):
    alone(answering)
    shop = open_shop()
    order = confirmed(shop, (shop.gift_card, 2))
    shipping.ship(order.id)
    assert order.status == OrderStatus.FULFILLED
    assert ledger("shipment") == []


def test_nothing_available_is_said(ctx, answering):
    alone(answering)
    shop = open_shop()
    order = confirmed(shop, (shop.mug, 2))
    with pytest.raises(ErpError, match="Nothing of SO-1001 can ship now"):
        shipping.ship(order.id)
    assert db.session.scalar(sa.select(sa.func.count(Shipment.id))) == 0


def test_only_what_was_given_to_the_line_may_leave_even_if_more_is_on_hand(ctx, answering):
    shop = open_shop(mugs=9)
    order = confirmed(shop, (shop.mug, 5))
    (line,) = order.lines
    answering(Given({line.id: 2}, [shop.store]))
    with pytest.raises(ErpError, match="2 of HF-310 can ship now; 3 were asked"):
        shipping.ship(order.id, {line.id: 3})
    shipping.ship(order.id, {line.id: 2})
    assert on_hand(shop.mug, shop.store) == 7


def test_goods_leave_from_the_pools_warehouses_the_own_first(ctx, answering):
    shop = open_shop(mugs=2)
    from plugins.inventory.services import adjust

    adjust.adjust(shop.outlet, {shop.mug: 5}, "found")
    order = confirmed(shop, (shop.mug, 4))
    answering(Given({order.lines[0].id: 4}, [shop.store, shop.outlet]))
    shipping.ship(order.id)
    assert ledger("shipment") == [
        (shop.mug, shop.store, -2, "sales.shipment"),
        (shop.mug, shop.outlet, -2, "sales.shipment"),
    ]


def test_units_given_but_not_on_hand_are_not_shipped(ctx, answering):
    shop = open_shop(mugs=1)
    order = confirmed(shop, (shop.mug, 4))
    answering(Given({order.lines[0].id: 4}, [shop.store]))
    with pytest.raises(ErpError, match="1 of HF-310 are on hand at Porto; 4 were asked"):
        shipping.ship(order.id)


@pytest.mark.parametrize(
    ("qty", "says"), [(-1, "ship 0 or more"), (6, "6 were asked, 5 are open"), (4, "3 of HF-310")]
)
def test_a_quantity_that_cannot_leave_is_refused(ctx, answering, qty, says):
    alone(answering)
    shop = open_shop(mugs=3)
    order = confirmed(shop, (shop.mug, 5))
    with pytest.raises(ErpError, match=says):
        shipping.ship(order.id, {order.lines[0].id: qty})
    assert order.lines[0].shipped_qty == 0


def test_a_line_of_another_order_is_refused(ctx, answering):
    alone(answering)
    shop = open_shop(mugs=3)
    one, two = confirmed(shop, (shop.mug, 1)), confirmed(shop, (shop.mug, 1))
    with pytest.raises(NotFoundError, match="SO-1001 has no line"):
        shipping.ship(one.id, {two.lines[0].id: 1})


def test_drafts_and_held_orders_do_not_ship(ctx, answering):
    alone(answering)
    shop = open_shop(mugs=3)
    one, two = draft(shop, (shop.mug, 1)), confirmed(shop, (shop.mug, 1))
    orders.hold([two.id])
    for order in (one, two):
        with pytest.raises(ConflictError, match="to ship it must be"):
            shipping.ship(order.id)


def test_lines_are_announced_before_the_ledger_rows(ctx, answering, announced):
    alone(answering)
    shop = open_shop(mugs=3)
    order = confirmed(shop, (shop.mug, 2), (shop.gift_card, 1))
    announced.clear()
    shipping.ship(order.id)
    first, second = announced
    assert isinstance(first, LinesShipped)
    assert [(line.product_id, line.qty) for line in first.lines] == [
        (shop.mug, 2),
        (shop.gift_card, 1),
    ]
    assert isinstance(second, StockMoved)


def test_each_command_announces_its_change_of_demand_once(ctx, announced):
    shop = open_shop()
    one, two = draft(shop, (shop.mug, 3)), draft(shop, (shop.mug, 3))
    orders.add_lines(one.id, [NewLine(shop.kettle, 2)])
    orders.set_priority(one.id, 1)
    assert announced == []
    orders.confirm([two.id, one.id])
    orders.add_lines(one.id, [NewLine(shop.kettle, 2)])
    orders.set_quantities(one.id, {one.lines[0].id: 4, one.lines[1].id: 5})
    orders.cancel_line(one.lines[0].id, 1)
    orders.set_priority(one.id, 2)
    orders.set_warehouse(one.id, shop.outlet)
    orders.cancel([one.id, two.id])
    assert announced == [
        OrdersConfirmed((two.id, one.id)),
        *[OrdersChanged((one.id,))] * 5,
        OrdersCancelled((one.id, two.id)),
    ]


def test_holding_and_approving_change_no_demand(ctx, announced):
    shop = open_shop()
    order = confirmed(shop, (shop.mug, 3))
    announced.clear()
    orders.approve([order.id])
    orders.hold([order.id])
    orders.unhold([order.id])
    assert announced == []


def test_a_cancelled_draft_was_no_demand(ctx, announced):
    shop = open_shop()
    order = draft(shop, (shop.mug, 3))
    orders.cancel([order.id])
    assert order.status == OrderStatus.CANCELLED
    assert announced == []


def test_two_simultaneous_ship_commands_ship_once(app, act, answering):
    alone(answering)

    def fill():
        shop = open_shop(mugs=50)
        return shop.mug, shop.store, confirmed(shop, (shop.mug, 5)).id

    mug, store, order_id = act(fill)
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def command():
        start.wait()
        with app.app_context():
            try:
                retrying(unit)
                outcomes.append("shipped")
            except ErpError as error:
                outcomes.append(type(error).__name__)
            finally:
                db.session.remove()

    def unit():
        with transaction():
            shipping.ship(order_id)

    threads = [threading.Thread(target=command) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ConflictError"] * 3 + ["shipped"]
    assert act(lambda: on_hand(mug, store)) == 45
    assert act(lambda: db.session.get(SalesOrder, order_id).lines[0].shipped_qty) == 5


def test_payments_go_up_to_what_is_owed_and_back(ctx):
    shop = open_shop()
    order = confirmed(shop, (shop.mug, 4))
    payments.record(order.id, "Card", 3000, "T-1")
    with pytest.raises(ErpError, match=r"20\.00 EUR is owed for SO-1001"):
        payments.record(order.id, "Card", 2001)
    payments.record(order.id, "Cash", 2000)
    orders.cancel([order.id])
    assert payments.owed(order) == -5000
    with pytest.raises(ConflictError, match="SO-1001 is cancelled"):
        payments.record(order.id, "Card", 1)
    payments.record(order.id, "Card", -5000, "refund")
    assert order.paid_minor == 0
    for method, amount, says in (
        ("", 5, "how it was paid"),
        ("x" * 33, 5, "how it was paid"),
        ("Card", 0, "amount is 0"),
        ("Card", -1, "no more can go back"),
    ):
        with pytest.raises(ErpError, match=says):
            payments.record(order.id, method, amount)


def test_the_lists_total_is_the_sum_of_the_lines(ctx):
    shop = open_shop()
    order = draft(shop, (shop.mug, 3))
    orders.add_lines(order.id, [NewLine(shop.kettle, 7, 999, 333), NewLine(shop.mug, 1, 1, 5000)])
    orders.cancel_line(order.lines[0].id, 1)
    found = figures([order.id])[order.id]
    assert (found.lines, found.total_minor, found.paid_minor) == (3, order.total_minor, 0)
