"""Supply that goes straight to who waits: drop ship and cross-dock, past our stock (F094, F108)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ConflictError
from erp_core.settings import save
from plugins.backorders.services import needs
from plugins.backorders.services.verify import QueueVerifier
from plugins.inventory.models import Peg, StockMove
from plugins.inventory.ports import SupplyRequest
from plugins.inventory.services import pegs, stock
from plugins.inventory.services.verify import StockVerifier
from plugins.purchasing.models import SUPPLY_SOURCE, Supplier, SupplierProduct
from plugins.purchasing.services import loading, receiving, requesting
from plugins.purchasing.services import orders as purchases
from plugins.purchasing.services.verify import PurchasingVerifier
from plugins.sales.models import SalesOrder, Shipment
from plugins.sales.services import orders
from plugins.sales.services.verify import SalesVerifier
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market

VERIFIERS = (QueueVerifier(), StockVerifier(), PurchasingVerifier(), SalesVerifier())


@pytest.fixture
def supplied(market: Market) -> Market:
    return sell(market)


def sell(market: Market) -> Market:
    """Let one supplier sell mugs and kettles."""
    supplier = Supplier(code="S1", name="Barro & Filhos", email="b@example.com")
    db.session.add(supplier)
    db.session.flush()
    sold = [
        SupplierProduct(supplier_id=supplier.id, product_id=product, preferred=True)
        for product in (market.mug, market.kettle)
    ]
    db.session.add_all(sold)
    db.session.flush()
    return market


def bought(market: Market, *made: SalesOrder, to_customer: bool = False, send: bool = True) -> int:
    """Ask for all that these orders are short of on one purchase order, and send it."""
    wanted = {line.id for order in made for line in order.lines}
    short = [need for need in needs.needs() if need.line_id in wanted]
    supplier = db.session.scalars(sa.select(Supplier.id)).one()
    asked = [
        SupplyRequest(f"new:{supplier}", need, need.qty, ship_to_customer=to_customer)
        for need in short
    ]
    (number,) = {link.number for link in requesting.request(asked)}
    order = loading.by_number(number)
    if send:
        purchases.mark_sent(order.id)
    return order.id


def clean() -> bool:
    return [found for one in VERIFIERS for found in one.differences()] == []


def state(order: SalesOrder) -> tuple[str, str, int]:
    found = m.record(order)
    assert found is not None
    db.session.refresh(order)
    return order.status, found.status, found.fulfilled_qty


def test_a_drop_ship_receipt_closes_the_back_order_and_leaves_no_stock(supplied: Market) -> None:
    order = m.ordered(supplied, (supplied.mug, 5))
    other = m.ordered(supplied, (supplied.mug, 2))
    receiving.receive(bought(supplied, order, to_customer=True))
    assert state(order) == ("fulfilled", "fulfilled", 5)
    assert state(other) == ("confirmed", "new", 0)
    assert stock.on_hand() == {}
    rows = db.session.execute(sa.select(StockMove.kind, StockMove.qty).order_by(StockMove.id))
    assert [tuple(row) for row in rows] == [("receipt", 5), ("delivery", -5)]
    assert db.session.scalars(sa.select(Shipment)).one().lines[0].qty == 5
    assert clean()


def test_a_drop_ship_receipt_in_parts_keeps_the_rest_on_order(supplied: Market) -> None:
    order = m.ordered(supplied, (supplied.mug, 5))
    purchase = bought(supplied, order, to_customer=True)
    line = loading.get(purchase).lines[0].id
    receiving.receive(purchase, {line: 2})
    assert state(order) == ("partially_fulfilled", "on_order", 2)
    assert clean()
    receiving.receive(purchase, {line: 3})
    assert state(order) == ("fulfilled", "fulfilled", 5)
    assert clean()


def test_units_the_line_holds_already_stay_with_it(supplied: Market) -> None:
    m.arrive(supplied.mug, supplied.porto, 2)
    order = m.ordered(supplied, (supplied.mug, 5))
    receiving.receive(bought(supplied, order, to_customer=True))
    assert m.figures(order) == [(2, 0, 0)]
    assert state(order) == ("partially_fulfilled", "fulfilled", 3)
    m.ship(order)
    assert order.status == "fulfilled"
    assert clean()


def test_goods_for_nobody_any_more_come_and_go_without_an_order(supplied: Market) -> None:
    order = m.ordered(supplied, (supplied.mug, 5))
    purchase = bought(supplied, order, to_customer=True)
    orders.cancel([order.id])
    assert db.session.scalar(sa.select(sa.func.count(Peg.id))) == 0
    receiving.receive(purchase)
    assert stock.on_hand() == {}
    assert db.session.scalar(sa.select(sa.func.count(Shipment.id))) == 0
    assert clean()


def test_an_order_on_hold_refuses_the_whole_receipt(supplied: Market) -> None:
    order = m.ordered(supplied, (supplied.mug, 5))
    purchase = bought(supplied, order, to_customer=True)
    orders.hold([order.id])
    with pytest.raises(ConflictError, match=f"{order.number} is on hold"):
        receiving.receive(purchase)


def test_cross_docked_units_pass_the_shelf_and_the_queue(supplied: Market) -> None:
    """The person at the door decides; the rest is given out in the order of service."""
    first = m.ordered(supplied, (supplied.mug, 4))
    second = m.ordered(supplied, (supplied.mug, 3))
    purchase = bought(supplied, first, second)
    line = loading.get(purchase).lines[0].id
    due = pegs.due(SUPPLY_SOURCE, {line: 7})
    assert [share.qty for share in due] == [4, 3]
    receiving.receive(purchase, {line: 5}, terms=receiving.Terms(handed=due[1:]))
    assert state(second) == ("fulfilled", "fulfilled", 3)
    assert state(first) == ("confirmed", "stock_available", 0)
    assert m.figures(first) == [(2, 0, 2)]
    assert stock.on_hand() == {(supplied.mug, supplied.porto): 2}
    assert clean()


def test_more_than_came_or_than_is_waited_for_is_not_handed_over(supplied: Market) -> None:
    order = m.ordered(supplied, (supplied.mug, 4))
    purchase = bought(supplied, order)
    line = loading.get(purchase).lines[0].id
    (share,) = pegs.due(SUPPLY_SOURCE, {line: 4})
    with pytest.raises(Exception, match="4 are handed over, but 2 came"):
        receiving.receive(purchase, {line: 2}, terms=receiving.Terms(handed=[share]))
    orders.cancel([order.id])
    with pytest.raises(ConflictError, match="Who waits for these goods changed"):
        receiving.receive(purchase, {line: 4}, terms=receiving.Terms(handed=[share]))


def test_direct_goods_cost_the_same_for_few_and_many_orders(supplied: Market, app: object) -> None:
    def cost(count: int) -> int:
        made = [m.ordered(supplied, (supplied.mug, 1)) for _ in range(count)]
        purchase = bought(supplied, *made)
        line = loading.get(purchase).lines[0].id
        handed = pegs.due(SUPPLY_SOURCE, {line: count})
        with m.statements(app) as seen:  # type: ignore[arg-type]
            receiving.receive(purchase, terms=receiving.Terms(handed=handed))
        return len(seen)

    cost(2)
    assert cost(2) == cost(25)
    assert clean()


def test_unpaid_goods_do_not_leave_our_door_where_a_company_insists(supplied: Market) -> None:
    save("sales", "require_payment_before_fulfilment", True)
    order = m.ordered(supplied, (supplied.mug, 4))
    orders.set_quantities(order.id, {order.lines[0].id: 5})
    order.lines[0].unit_price_minor = 100
    purchase = bought(supplied, order)
    line = loading.get(purchase).lines[0].id
    shares = pegs.due(SUPPLY_SOURCE, {line: 5})
    with pytest.raises(ConflictError, match=f"{order.number} ships when it is paid: 5.00 EUR"):
        receiving.receive(purchase, terms=receiving.Terms(handed=shares))


def test_what_a_supplier_delivered_is_booked_unpaid_as_well(supplied: Market) -> None:
    save("sales", "require_payment_before_fulfilment", True)
    order = m.ordered(supplied, (supplied.mug, 4))
    order.lines[0].unit_price_minor = 100
    receiving.receive(bought(supplied, order, to_customer=True))
    assert state(order) == ("fulfilled", "fulfilled", 4)
