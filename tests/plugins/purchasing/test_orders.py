"""Making, changing, sending and cancelling purchase orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.registry import state
from plugins.inventory.models import Peg, Product, Warehouse
from plugins.inventory.services import pegs
from plugins.purchasing.models import PurchaseOrder, PurchaseOrderLine, Supplier
from plugins.purchasing.services import loading, orders, suppliers
from plugins.purchasing.services.orders import Changes, NewPurchase, NewPurchaseLine
from tests.plugins.purchasing.conftest import World, build, counted, heard, order_of


@pytest.fixture
def shop(ctx: Any) -> World:
    return build()


def test_a_new_order_is_a_numbered_draft_at_the_suppliers_price(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 7), (shop.mug, 2))
    assert (order.number, order.status, order.currency) == ("PO-1001", "draft", "EUR")
    assert order.company_id == shop.company
    assert [(x.position, x.ordered_qty, x.unit_cost_minor) for x in order.lines] == [
        (1, 7, 1250),
        (2, 2, 300),
    ]


def test_a_product_asked_for_twice_becomes_one_line(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 7), (shop.mug, 2), (shop.lamp, 3))
    assert [(x.product_id, x.ordered_qty) for x in order.lines] == [(shop.lamp, 10), (shop.mug, 2)]


def test_an_order_that_is_sent_already_has_its_dates(shop: World) -> None:
    with heard() as events:
        order = order_of(shop, (shop.lamp, 7), status="sent")
    assert order.sent_at is not None
    assert order.expected_on == datetime.now(UTC).date() + timedelta(days=5)
    assert [type(event).__name__ for event in events] == ["PurchaseOrderSent"]


BAD: list[tuple[dict[str, Any], tuple[int, ...], str]] = [
    ({"supplier_id": 999}, (1,), "Choose a supplier"),
    ({"warehouse_id": 999}, (1,), "Choose a location"),
    ({"company_id": 999}, (1,), "belongs to another company"),
    ({"status": "received"}, (1,), "is a draft, or sent"),
    ({"status": "sent"}, (), "with at least one line"),
    ({"ship_to_customer": True}, (1,), "needs the customer's address"),
    ({"ship_to_customer": True, "ship_to": " \n "}, (1,), "needs the customer's address"),
    ({"ship_to_customer": True, "ship_to": "x" * 501}, (1,), "has 501 characters; at most 500"),
    ({"note": "x" * 501}, (1,), "The note has 501 characters"),
    ({}, (0,), "Whole number from 1 to 1,000,000."),
    ({}, (-4,), "Whole number from 1 to 1,000,000."),
    ({}, (1.5,), "Whole number from 1 to 1,000,000."),  # type: ignore[list-item]
    ({}, (10**30,), "Whole number from 1 to 1,000,000."),
    ({}, (600_000, 600_000), "Whole number from 1 to 1,000,000."),
]


@pytest.mark.parametrize(("more", "quantities", "sentence"), BAD)
def test_a_bad_order_is_refused_with_a_sentence(
    shop: World, more: dict[str, Any], quantities: tuple[int, ...], sentence: str
) -> None:
    with pytest.raises(ErpError, match=sentence.replace(".", r"\.")):
        order_of(shop, *((shop.lamp, qty) for qty in quantities), **more)
    assert db.session.scalar(sa.select(sa.func.count(PurchaseOrder.id))) == 0


@pytest.mark.parametrize("cost", [-1, 10**13, 1.5, True])
def test_a_bad_cost_is_refused(shop: World, cost: Any) -> None:
    line = NewPurchaseLine(shop.lamp, 1, cost)
    with pytest.raises(ErpError, match="is not a unit cost"):
        orders.create([NewPurchase(shop.nord, shop.porto, (line,))])


def test_goods_are_delivered_only_to_active_stores_and_warehouses(shop: World) -> None:
    with pytest.raises(ErpError, match="Broken goods cannot receive goods"):
        order_of(shop, (shop.lamp, 1), warehouse_id=shop.defective)
    db.session.get_one(Warehouse, shop.lyon).active = False
    with pytest.raises(ErpError, match="Lyon cannot receive goods"):
        order_of(shop, (shop.lamp, 1), warehouse_id=shop.lyon)


def test_an_inactive_supplier_gets_no_orders(shop: World) -> None:
    db.session.get_one(Supplier, shop.nord).active = False
    with pytest.raises(ErpError, match="Nordlicht Supply is not active"):
        order_of(shop, (shop.lamp, 1))


def test_a_product_added_again_grows_its_line(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 7))
    line = orders.add_line(order.id, NewPurchaseLine(shop.lamp, 3))
    other = orders.add_line(order.id, NewPurchaseLine(shop.pack, 12))
    assert (line.id, line.ordered_qty) == (order.lines[0].id, 10)
    assert (other.position, other.unit_cost_minor) == (2, 500)


def test_a_line_can_take_the_place_of_one_that_goes(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 7))
    removed = [order.lines[0].id]
    orders.change(order.id, Changes(removed=removed, added=[NewPurchaseLine(shop.lamp, 2)]))
    now = loading.get(order.id)
    assert [(x.position, x.ordered_qty) for x in now.lines] == [(1, 2)]


def test_pegs_give_way_when_less_is_bought(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), (shop.pack, 12))
    lamp, pack = order.lines
    peg(lamp, 1, 6)
    peg(lamp, 2, 4)
    peg(pack, 3, 5)
    orders.change(order.id, Changes(lines={lamp.id: (7, 1250)}, removed=[pack.id]))
    assert pegged() == {1: 6, 2: 1}
    orders.mark_sent(order.id)
    orders.cancel_lines(order.id, {lamp.id: 2})
    assert pegged() == {1: 5}
    orders.cancel(order.id)
    assert pegged() == {}


def peg(line: PurchaseOrderLine, demand: int, qty: int) -> None:
    pegs.add([pegs.NewPeg("purchasing.order", line.id, "test.line", demand, line.product_id, qty)])


def pegged() -> dict[int, int]:
    return {
        demand: qty for demand, qty in db.session.execute(sa.select(Peg.demand_line_id, Peg.qty))
    }


def test_sending_sets_the_date_by_the_slowest_line_unless_one_was_entered(shop: World) -> None:
    plain = order_of(shop, (shop.lamp, 1), (shop.mug, 1), supplier_id=shop.harbor)
    promised = order_of(shop, (shop.lamp, 1), expected_on=date(2031, 1, 2))
    with heard() as events:
        sent = orders.mark_sent(plain.id)
        assert sent.expected_on == datetime.now(UTC).date() + timedelta(days=12)
        assert orders.mark_sent(promised.id).expected_on == date(2031, 1, 2)
    assert [event.order_id for event in events] == [plain.id, promised.id]


STEPS: list[tuple[str, Callable[[int], Any], set[str]]] = [
    ("add", lambda key: orders.add_line(key, NewPurchaseLine(1, 1)), {"draft"}),
    ("change", lambda key: orders.change(key, Changes(head={"note": "x"})), {"draft"}),
    ("send", orders.mark_sent, {"draft"}),
    ("cancel", orders.cancel, {"draft", "sent"}),
    ("cancel lines", lambda key: orders.cancel_lines(key, {}), {"sent"}),
]


@pytest.mark.parametrize("status", ["draft", "sent", "cancelled"])
@pytest.mark.parametrize(("name", "step", "possible"), STEPS)
def test_each_step_is_possible_only_where_it_makes_sense(
    shop: World, name: str, step: Callable[[int], Any], possible: set[str], status: str
) -> None:
    order = order_of(shop, (shop.lamp, 7), status="draft" if status == "draft" else "sent")
    if status == "cancelled":
        orders.cancel(order.id)
    if status in possible:
        step(order.id)
        return
    with pytest.raises(ConflictError, match=f"PO-1001 is {status}; it "):
        step(order.id)


def test_cancelling_keeps_what_came(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 7))
    assert orders.cancel(order.id).status == "cancelled"
    empty = order_of(shop)
    assert orders.cancel(empty.id).status == "cancelled"


@pytest.mark.parametrize("qty", [0, -1, 8, 1.5])
def test_no_more_than_is_open_can_be_cancelled(shop: World, qty: Any) -> None:
    order = order_of(shop, (shop.lamp, 7), status="sent")
    with pytest.raises(ErpError, match="from 1 to 7, which is what is open"):
        orders.cancel_lines(order.id, {order.lines[0].id: qty})


def test_a_line_of_another_order_is_refused(shop: World) -> None:
    order, other = order_of(shop, (shop.lamp, 7)), order_of(shop, (shop.lamp, 1))
    foreign = other.lines[0].id
    with pytest.raises(ErpError, match="does not stand on it"):
        orders.change(order.id, Changes(lines={foreign: (1, 1)}))
    with pytest.raises(ErpError, match="does not stand on it"):
        orders.change(order.id, Changes(removed=[foreign]))


def test_an_unknown_order_is_named_with_its_neighbours(shop: World) -> None:
    with pytest.raises(NotFoundError, match="There are no purchase orders yet"):
        loading.by_number("PO-1")
    order_of(shop, (shop.lamp, 1))
    assert loading.by_number(" po-1001 ").number == "PO-1001"
    with pytest.raises(NotFoundError, match=r"'PO-1010'\. Near it: PO-1001"):
        loading.by_number("PO-1010")
    with pytest.raises(NotFoundError, match="The newest is PO-1001"):
        loading.by_number("invoice 7")
    with pytest.raises(NotFoundError, match="does not exist"):
        orders.mark_sent(999)


def test_making_and_sending_costs_the_same_for_one_line_and_for_fifty(shop: World) -> None:
    state()  # toggles and settings are read once for each request
    many = products(50)
    few = [NewPurchase(shop.nord, shop.porto, (NewPurchaseLine(many[0], 1),))]
    lines = tuple(NewPurchaseLine(product, 1) for product in many)
    create = [
        counted(lambda wanted=wanted: orders.create(wanted))
        for wanted in (few, [NewPurchase(shop.nord, shop.porto, lines)])
    ]
    assert create[0] == create[1]
    made = list(db.session.scalars(sa.select(PurchaseOrder.id).order_by(PurchaseOrder.id)))
    sent = [counted(lambda key=key: orders.mark_sent(key)) for key in made]
    assert sent[0] == sent[1]
    cancelled = [counted(lambda key=key: orders.cancel(key)) for key in made]
    assert cancelled[0] == cancelled[1]


def products(count: int, prefix: str = "X-") -> list[int]:
    rows = [Product(sku=f"{prefix}{n}", name=f"Thing {n}") for n in range(count)]
    db.session.add_all(rows)
    db.session.flush()
    return [row.id for row in rows]


def test_the_supplier_of_a_product_is_the_preferred_then_the_cheapest_then_the_first(
    shop: World,
) -> None:
    found = {row.product_id: row for row in db.session.execute(suppliers.preferred())}
    assert tuple(found[shop.lamp]) == (shop.lamp, shop.nord, "Nordlicht Supply", 5)
    assert shop.mug not in found
    rows = suppliers.sellers([shop.lamp])[shop.lamp]
    rows[0].preferred = False
    db.session.flush()
    found = {row.product_id: row for row in db.session.execute(suppliers.preferred())}
    assert tuple(found[shop.lamp]) == (shop.lamp, shop.harbor, "Harbor & Finch", 2)
    db.session.get_one(Supplier, shop.harbor).active = False
    db.session.flush()
    found = {row.product_id: row for row in db.session.execute(suppliers.preferred())}
    assert found[shop.lamp].supplier_id == shop.nord
    assert len(db.session.execute(suppliers.preferred()).all()) == len(found)
