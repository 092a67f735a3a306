"""Entering orders and moving them through their statuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError, NotFoundError
from plugins.inventory.models import Product, StockMove, Warehouse
from plugins.sales.domain.statuses import OrderStatus
from plugins.sales.models import SalesOrder, Shipment
from plugins.sales.services import orders, shipping
from plugins.sales.services.orders import NewLine, NewOrder
from tests.plugins.sales.shop import DAY, confirmed, draft, open_shop, statements

pytestmark = pytest.mark.usefixtures("ctx")


def test_a_new_order_is_a_draft_with_number_address_and_the_products_price():
    shop = open_shop()
    order = draft(shop, (shop.mug, 3))
    assert (order.number, order.status, order.sequence) == ("SO-1001", "draft", 0)
    assert (order.ship_name, order.ship_city) == ("Petra Novák", "Porto")
    assert [line.unit_price_minor for line in order.lines] == [1250]
    assert order.total_minor == 3750
    assert order.currency == order.company.currency


def test_a_price_and_discount_of_the_line_go_before_the_products():
    shop = open_shop()
    lines = (NewLine(shop.mug, 3, 999, 1050),)
    (order,) = orders.create([NewOrder(shop.customer, shop.store, lines, DAY)])
    assert order.total_minor == 2682  # 29.97 less 10.5 % is 26.823...


def test_many_orders_are_entered_and_confirmed_with_as_many_statements_as_five(app):
    shop = open_shop()
    counts = []
    for many in (5, 5, 50):  # the first ones also make what all later ones find
        new = NewOrder(
            shop.customer, shop.store, (NewLine(shop.mug, 1), NewLine(shop.kettle, 1)), DAY
        )
        with statements(app) as seen:
            made = orders.create([new] * many)
            orders.confirm([order.id for order in made])
        counts.append(len(seen))
    assert counts[1] == counts[2]


def test_the_order_of_service_follows_the_order_in_which_ids_are_given():
    shop = open_shop()
    first, second, third = (draft(shop, (shop.mug, 1)) for _ in range(3))
    orders.confirm([third.id, first.id, second.id])
    places = [third.sequence, first.sequence, second.sequence]
    assert places == sorted(places)
    assert len(set(places)) == 3
    assert min(places) > 0


def test_history_is_fulfilled_shipped_and_moves_no_stock():
    shop = open_shop(mugs=5)
    before = db.session.scalar(sa.select(sa.func.count(StockMove.id)))
    new = NewOrder(
        shop.customer, shop.store, (NewLine(shop.mug, 3),), DAY, shipped_on=date(2026, 3, 9)
    )
    (order,) = orders.create([new])
    shipment = db.session.scalars(sa.select(Shipment)).one()
    assert order.status == OrderStatus.FULFILLED
    assert [line.shipped_qty for line in order.lines] == [3]
    assert (shipment.at.date(), [part.qty for part in shipment.lines]) == (date(2026, 3, 9), [3])
    assert db.session.scalar(sa.select(sa.func.count(StockMove.id))) == before


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"customer_id": 99}, "no customer with the id 99"),
        ({"warehouse_id": 99}, "no location with the id 99"),
        ({"lines": ()}, "needs at least one line"),
        ({"lines": (NewLine(99, 1),)}, "Line 1: there is no product with the id 99"),
        ({"lines": (NewLine(1, 0),)}, "whole number from 1 to 1,000,000"),
        ({"lines": (NewLine(1, -3),)}, "The quantity of HF-310 is -3"),
        ({"lines": (NewLine(1, 10**30),)}, "whole number from 1 to 1,000,000"),
        ({"lines": (NewLine(1, 1, -1),)}, "price of HF-310 is out of range"),
        ({"lines": (NewLine(1, 1, 10**12),)}, "price of HF-310 is out of range"),
        ({"lines": (NewLine(1, 1, 1, 10_001),)}, "percentage from 0 to 100"),
        ({"required_on": date(2020, 1, 1)}, "required date lies before"),
        ({"external_id": "X-1"}, "SO-1001 has the external id 'X-1' already"),
    ],
)
def test_an_order_that_cannot_be_entered_is_refused_in_words(change, says):
    shop = open_shop()
    assert shop.mug == 1
    draft(shop, (shop.mug, 1), external_id="X-1")
    good = NewOrder(shop.customer, shop.store, (NewLine(shop.mug, 1),), DAY)
    with pytest.raises(ErpError, match=says):
        orders.create([replace(good, **change)])


def test_orders_are_not_taken_at_a_place_for_defective_goods_nor_for_archived_products():
    shop = open_shop()
    db.session.get(Warehouse, shop.outlet).kind = "defective"
    with pytest.raises(ErpError, match="No orders are taken at Porto outlet"):
        draft(shop, (shop.mug, 1), warehouse_id=shop.outlet)
    db.session.get(Product, shop.mug).active = False
    with pytest.raises(ErpError, match="HF-310 is not sold any more"):
        draft(shop, (shop.mug, 1))


def test_a_second_confirmation_is_refused_and_changes_nothing():
    shop = open_shop()
    order = confirmed(shop, (shop.mug, 1))
    place = order.sequence
    with pytest.raises(ConflictError, match="SO-1001 is confirmed; to confirm it must be draft"):
        orders.confirm([order.id])
    assert order.sequence == place


def test_one_order_that_cannot_be_confirmed_keeps_the_others_drafts():
    shop = open_shop()
    good, bad = draft(shop, (shop.mug, 1)), confirmed(shop, (shop.mug, 1))
    with pytest.raises(ConflictError):
        orders.confirm([good.id, bad.id])
    assert good.status == OrderStatus.DRAFT


def test_an_unknown_order_is_named():
    open_shop()
    with pytest.raises(NotFoundError, match="no sales order with the id 77"):
        orders.confirm([77])


def test_approval_locks_the_lines_and_survives_a_hold():
    shop = open_shop(mugs=5)
    order = confirmed(shop, (shop.mug, 5))
    orders.approve([order.id])
    for change in (
        lambda: orders.add_lines(order.id, [NewLine(shop.kettle, 1)]),
        lambda: orders.set_quantities(order.id, {order.lines[0].id: 9}),
        lambda: orders.cancel_line(order.lines[0].id, 1),
    ):
        with pytest.raises(ConflictError, match="SO-1001 is approved"):
            change()
    orders.hold([order.id])
    assert order.status == OrderStatus.ON_HOLD
    with pytest.raises(ConflictError, match="to ship it must be"):
        shipping.ship(order.id)
    orders.unhold([order.id])
    assert order.status == OrderStatus.APPROVED


def test_cancelling_ends_a_confirmed_order_and_keeps_what_shipped():
    shop = open_shop(mugs=2)
    one, two = confirmed(shop, (shop.mug, 2)), confirmed(shop, (shop.kettle, 4), (shop.mug, 1))
    shipping.ship(one.id, {one.lines[0].id: 1})
    orders.cancel([one.id, two.id])
    assert (one.status, two.status) == (OrderStatus.FULFILLED, OrderStatus.CANCELLED)
    assert [line.cancelled_qty for line in (*one.lines, *two.lines)] == [1, 4, 1]
    with pytest.raises(ConflictError, match="SO-1002 is cancelled; to cancel it must be"):
        orders.cancel([two.id])


def test_priority_and_location_can_change_while_something_is_open():
    shop = open_shop()
    order = confirmed(shop, (shop.mug, 1))
    orders.set_priority(order.id, 7)
    orders.set_warehouse(order.id, shop.outlet)
    assert (order.priority, order.warehouse_id) == (7, shop.outlet)
    for wrong in (8, -9):
        with pytest.raises(ErpError, match="whole number from -8 to 7"):
            orders.set_priority(order.id, wrong)
    orders.cancel([order.id])
    with pytest.raises(ConflictError):
        orders.set_priority(order.id, 1)


def test_every_command_raises_the_version_also_when_only_lines_change():
    shop = open_shop()
    order = confirmed(shop, (shop.mug, 3))
    seen = [order.version]
    for command in (
        lambda: orders.add_lines(order.id, [NewLine(shop.kettle, 1)]),
        lambda: orders.cancel_line(order.lines[0].id, 1),
        lambda: orders.hold([order.id]),
    ):
        command()
        seen.append(order.version)
    assert seen == sorted(set(seen))


def test_an_order_may_not_be_asked_twice_for_one_external_id():
    shop = open_shop()
    new = NewOrder(shop.customer, shop.store, (NewLine(shop.mug, 1),), DAY, external_id="A")
    with pytest.raises(ErpError, match="'A' stands in 2 of these orders"):
        orders.create([new, new])
    assert db.session.scalar(sa.select(sa.func.count(SalesOrder.id))) == 0
