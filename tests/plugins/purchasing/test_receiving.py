"""Receipts: the ledger, the statuses, the pegs, and two people at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db, retrying, transaction
from erp_core.errors import ConflictError, ErpError
from erp_core.settings import save
from erp_core.testing.people import Person
from plugins.inventory.events import Delivered, StockMoved, SupplyDelivered
from plugins.inventory.models import Peg, StockMove
from plugins.inventory.services import stock
from plugins.purchasing.events import GoodsReceived
from plugins.purchasing.models import Receipt
from plugins.purchasing.services import loading, orders, receiving
from plugins.purchasing.services.verify import PurchasingVerifier
from tests.plugins.purchasing.conftest import (
    Act,
    World,
    build,
    counted,
    heard,
    only,
    order_of,
    seen,
)
from tests.plugins.purchasing.test_orders import peg, pegged, products


@pytest.fixture
def shop(ctx: Any) -> World:
    return build()


def clean() -> bool:
    return list(PurchasingVerifier().differences()) == []


def test_everything_that_is_open_comes_into_stock(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), (shop.mug, 4), status="sent")
    with heard(StockMoved, GoodsReceived) as events:
        receipt = receiving.receive(order.id)
    assert [type(event) for event in events] == [StockMoved, GoodsReceived]
    assert receipt.number == "RC-1001"
    assert stock.on_hand() == {(shop.lamp, shop.porto): 10, (shop.mug, shop.porto): 4}
    assert loading.get(order.id).status == "received"
    rows = db.session.execute(
        sa.select(StockMove.source, StockMove.source_id, StockMove.source_line, StockMove.kind)
    ).all()
    lines = [line.id for line in order.lines]
    assert rows == [("purchasing.receipt", receipt.id, line, "receipt") for line in lines]
    assert clean()


def test_parts_come_one_after_the_other(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), (shop.mug, 4), status="sent")
    lamp, mug = order.lines
    receiving.receive(order.id, {lamp.id: 6})
    assert loading.get(order.id).status == "partially_received"
    receiving.receive(order.id, {lamp.id: 4})
    assert loading.get(order.id).status == "partially_received"
    orders.cancel(order.id)
    assert loading.get(order.id).status == "received"
    assert stock.on_hand() == {(shop.lamp, shop.porto): 10}
    assert (mug.id, clean()) == (mug.id, True)


def test_pegs_shrink_to_what_is_still_open(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    peg(order.lines[0], 1, 6)
    peg(order.lines[0], 2, 4)
    receiving.receive(order.id, {order.lines[0].id: 3})
    assert pegged() == {1: 6, 2: 1}
    receiving.receive(order.id)
    assert pegged() == {}


def test_more_than_was_ordered_is_refused_and_changes_nothing(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    line = order.lines[0].id
    with pytest.raises(ErpError, match="PO-1001 line 1: 12 received of 10 ordered; 10 still open"):
        receiving.receive(order.id, {line: 12})
    receiving.receive(order.id, {line: 4})
    with pytest.raises(ErpError, match="PO-1001 line 1: 11 received of 10 ordered; 6 still open"):
        receiving.receive(order.id, {line: 7})
    assert stock.on_hand() == {(shop.lamp, shop.porto): 4}


@pytest.mark.parametrize("qty", [0, -1, 1.5, True, 10**30])
def test_what_is_no_quantity_is_refused(shop: World, qty: Any) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    with pytest.raises(ErpError, match="Whole number from 1 to 1,000,000"):
        receiving.receive(order.id, {order.lines[0].id: qty})


def test_a_line_of_another_order_is_refused(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    other = order_of(shop, (shop.lamp, 10), status="sent")
    with pytest.raises(ErpError, match="a line does not belong to this order"):
        receiving.receive(order.id, {other.lines[0].id: 1})


@pytest.mark.parametrize("status", ["draft", "received", "cancelled"])
def test_only_what_was_sent_and_is_open_can_be_received(shop: World, status: str) -> None:
    order = order_of(shop, (shop.lamp, 10), status="draft" if status == "draft" else "sent")
    if status == "cancelled":
        orders.cancel(order.id)
    if status == "received":
        receiving.receive(order.id)
    with pytest.raises(ConflictError, match=f"PO-1001 is {status}; it can be received only"):
        receiving.receive(order.id)


def test_goods_for_a_customer_come_in_and_go_out_at_once(shop: World) -> None:
    lines = ((shop.lamp, 3), (shop.service, 1))
    order = order_of(shop, *lines, status="sent", ship_to_customer=True, ship_to="Leeds")
    peg(order.lines[0], 1, 2)
    with heard(SupplyDelivered) as events:
        receiving.receive(order.id)
    assert events == [SupplyDelivered((Delivered("test.line", 1, shop.lamp, 2),))]
    assert stock.on_hand() == {}
    moved = db.session.execute(sa.select(StockMove.kind, StockMove.qty).order_by(StockMove.id))
    assert [tuple(row) for row in moved] == [("receipt", 3), ("delivery", -3)]
    assert loading.get(order.id).status == "received"
    assert (pegged(), clean()) == ({}, True)


def test_untracked_products_are_received_without_stock(shop: World) -> None:
    order = order_of(shop, (shop.service, 2), (shop.lamp, 1), status="sent")
    receiving.receive(order.id)
    assert loading.get(order.id).status == "received"
    assert stock.on_hand() == {(shop.lamp, shop.porto): 1}
    assert clean()


def test_a_receipt_costs_the_same_for_one_line_and_for_fifty(shop: World) -> None:
    many = products(50)
    first = order_of(shop, (many[0], 1), status="sent")
    second = order_of(shop, *((product, 2) for product in many), status="sent")
    # The first receipt of a product makes its balance; let both find it there.
    warm = order_of(shop, *((product, 1) for product in many), status="sent")
    receiving.receive(warm.id)
    few = counted(lambda: receiving.receive(first.id))
    assert counted(lambda: receiving.receive(second.id)) == few


def test_verify_names_what_does_not_agree(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    receiving.receive(order.id, {order.lines[0].id: 4})
    assert clean()
    for table, column, value, words in [
        ("purchasing_order_line", "received_qty", 5, "PO-1001 line 1 received"),
        ("purchasing_receipt_line", "qty", 3, "PO-1001 line 1 receipts"),
        ("purchasing_order", "status", "'sent'", "PO-1001 status"),
    ]:
        with db.session.begin_nested() as savepoint:
            db.session.execute(sa.text(f"UPDATE {table} SET {column} = {value}"))
            found = {item.where: item for item in PurchasingVerifier().differences()}
            assert words in found
            assert found[words].rule == "I9"
            savepoint.rollback()
    assert clean()


def race(app: Any, work: Any, times: int = 2) -> list[str]:
    """Run the same work at once in several threads; returns what each one said."""
    gate = threading.Barrier(times)
    said: list[str] = []

    def run() -> None:
        with app.app_context():
            gate.wait()
            try:
                said.append(retrying(lambda: _in_transaction(work)))
            except ErpError as error:
                said.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def _in_transaction(work: Any) -> str:
    with transaction():
        return str(work())


def test_two_people_receive_the_same_delivery_once(app: Any, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), status="sent"))
    said = race(app, lambda: receiving.receive(order.id).number)
    assert said[0].startswith("PO-1001 is received; it can be received only")
    assert said[1].startswith("RC-10")
    assert act(stock.on_hand) == {(world.lamp, world.porto): 10}
    assert act(clean)


def test_parts_received_at_once_never_exceed_what_was_ordered(
    app: Any, world: World, act: Act
) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), status="sent"))
    line = order.lines[0].id
    said = race(app, lambda: receiving.receive(order.id, {line: 4}).number, times=4)
    assert sum(one.startswith("RC-") for one in said) == 2
    assert act(stock.on_hand) == {(world.lamp, world.porto): 8}
    assert act(lambda: seen(order.id)).lines[0].received_qty == 8
    assert act(clean)


@pytest.mark.feature("F096")
def test_a_double_click_on_receive_has_one_effect(app: Any, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), status="sent"))
    form = {"version": order.version, f"arrived-{order.lines[0].id}": "4"}
    people = [Person(app, "warehouse"), Person(app, "warehouse")]
    gate = threading.Barrier(2)
    codes: list[int] = []

    def click(person: Person) -> None:
        gate.wait()
        codes.append(person.post(f"/purchasing/order/{order.id}/receive", dict(form)).status_code)

    threads = [threading.Thread(target=click, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [302, 409]
    assert act(stock.on_hand) == {(world.lamp, world.porto): 4}
    assert act(lambda: db.session.scalar(sa.select(sa.func.count(Receipt.id)))) == 1
    assert act(lambda: db.session.scalar(sa.select(sa.func.count(Peg.id)))) == 0


def tolerate(percent: int) -> None:
    save("purchasing", "over_receipt_percent", percent)


def test_a_little_more_is_taken_in_with_a_reason(shop: World) -> None:
    tolerate(15)
    order = order_of(shop, (shop.lamp, 10), status="sent")
    line = order.lines[0].id
    with pytest.raises(ErpError, match=r"11 came and 10 are open\. Say why you take 1 more"):
        receiving.receive(order.id, {line: 11})
    with pytest.raises(ErpError, match=r"10 still open\. At most 11 are taken in"):
        receiving.receive(order.id, {line: 12}, terms=receiving.Terms(reason="Full pallet"))
    receiving.receive(order.id, {line: 11}, terms=receiving.Terms(reason=" Full pallet "))
    now = seen(order.id)
    assert (now.status, now.lines[0].ordered_qty, now.lines[0].over_qty) == ("received", 11, 1)
    assert only(Receipt).reason == "Full pallet"
    assert stock.on_hand() == {(shop.lamp, shop.porto): 11}
    assert clean()


def test_tolerance_is_not_granted_twice(shop: World) -> None:
    tolerate(20)
    order = order_of(shop, (shop.lamp, 10), (shop.mug, 1), status="sent")
    line = order.lines[0].id
    because = receiving.Terms(reason="Full pallet")
    receiving.receive(order.id, {line: 11}, terms=because)
    receiving.receive(order.id, {line: 1}, terms=because)
    with pytest.raises(ErpError, match="0 still open"):
        receiving.receive(order.id, {line: 1}, terms=because)
    assert stock.on_hand() == {(shop.lamp, shop.porto): 12}


def test_without_tolerance_nothing_is_taken_in_beyond_the_order(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    with pytest.raises(ErpError, match="11 received of 10 ordered; 10 still open"):
        receiving.receive(
            order.id, {order.lines[0].id: 11}, terms=receiving.Terms(reason="Full pallet")
        )
