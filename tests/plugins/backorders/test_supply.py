"""Asking for supply, fulfilling, and the explanations that screens show."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.registry import providers
from plugins.backorders.models import DEMAND_SOURCE, Backorder
from plugins.backorders.services import explain, fulfil, needs, request_stock
from plugins.backorders.services.verify import QueueVerifier
from plugins.inventory.ports import DemandSource
from plugins.purchasing.models import PurchaseOrder, Supplier, SupplierProduct
from plugins.purchasing.services import orders as purchases
from plugins.purchasing.services import receiving
from plugins.sales.services import orders
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market


@pytest.fixture
def supplied(market: Market) -> Market:
    supplier = Supplier(code="S1", name="Barro & Filhos", email="b@example.com", phone="1")
    db.session.add(supplier)
    db.session.flush()
    rows = [
        SupplierProduct(supplier_id=supplier.id, product_id=product, preferred=True)
        for product in (market.mug, market.kettle)
    ]
    db.session.add_all(rows)
    db.session.flush()
    return market


def newest() -> int:
    return db.session.scalar(sa.select(sa.func.max(Backorder.id))) or 0


def test_what_is_short_and_not_on_its_way_is_needed_oldest_first(supplied: Market) -> None:
    later = m.ordered(supplied, (supplied.mug, 2))
    urgent = m.ordered(supplied, (supplied.mug, 3), priority=2)
    known = providers(DemandSource)  # type: ignore[type-abstract]
    (port,) = (one for one in known if one.key == DEMAND_SOURCE)
    found = port.needs([supplied.mug])
    assert [(need.line_id, need.qty) for need in found] == [
        (urgent.lines[0].id, 3),
        (later.lines[0].id, 2),
    ]
    assert found[1].label == f"BO-{newest() - 1} · {later.number}"
    assert found[1].ship_to == "Petra Novák, Rua 1, Porto"
    assert port.needs([supplied.kettle]) == []
    waiter = port.waiters([later.lines[0].id])[later.lines[0].id]
    assert (waiter.customer, waiter.url) == ("Petra Novák", f"/sales/order/{later.id}/")


def test_requesting_makes_a_purchase_order_and_receiving_fills(supplied: Market) -> None:
    order = m.ordered(supplied, (supplied.mug, 5))
    chosen = next(o for o in request_stock.offers([newest()]) if not o.problem)
    (link,) = request_stock.request([newest()], chosen.key)
    assert (link.number, link.qty) == ("PO-1001", 5)
    assert m.record(order).status == "on_order"  # type: ignore[union-attr]
    assert needs.needs() == []
    (bought,) = db.session.scalars(sa.select(PurchaseOrder))
    purchases.mark_sent(bought.id)
    receiving.receive(bought.id, {bought.lines[0].id: 2})
    row = m.record(order)
    assert row is not None
    assert (row.status, row.short_qty, row.filled_qty, row.requested_qty) == (
        "stock_available", 3, 2, 3,
    )  # fmt: skip
    assert not list(QueueVerifier().differences())
    purchases.cancel(bought.id)
    assert m.record(order).requested_qty == 0  # type: ignore[union-attr]
    assert not list(QueueVerifier().differences())


def test_several_back_orders_can_go_on_one_purchase_order(supplied: Market) -> None:
    m.ordered(supplied, (supplied.mug, 2), (supplied.kettle, 1))
    both = [newest() - 1, newest()]
    chosen = next(o for o in request_stock.offers(both) if not o.problem)
    links = request_stock.request(both, chosen.key)
    assert [link.number for link in links] == ["PO-1001", "PO-1001"]


def _closed(market: Market) -> int:
    order = m.ordered(market, (market.mug, 1))
    orders.cancel([order.id])
    return newest()


@pytest.mark.parametrize(
    ("qty", "offer", "sentence"),
    [
        (0, None, "the quantity is 0; ask for 1 or more"),
        (None, "nobody|new:1", "not offered any more"),
        (None, "", "not offered any more"),
    ],
)
def test_a_request_that_cannot_be_is_refused_with_a_reason(
    supplied: Market, qty: int | None, offer: str | None, sentence: str
) -> None:
    m.ordered(supplied, (supplied.mug, 5))
    key = request_stock.offers([newest()])[0].key if offer is None else offer
    with pytest.raises(ErpError, match=sentence):
        request_stock.request([newest()], key, qty=qty)


def test_closed_and_unknown_back_orders_are_refused(supplied: Market) -> None:
    closed = _closed(supplied)
    for call in (request_stock.offers, lambda ids: request_stock.request(ids, "x|y")):
        with pytest.raises(ErpError, match=f"no open back order BO-{closed}"):
            call([closed])
    with pytest.raises(ErpError, match=f"BO-{closed} is closed"):
        fulfil.fulfil(closed)
    with pytest.raises(ErpError, match="no back order BO-9999"):
        fulfil.fulfil(9999)


def test_nothing_is_requested_twice_unless_asked_for(supplied: Market) -> None:
    m.ordered(supplied, (supplied.mug, 5))
    key = request_stock.offers([newest()])[0].key
    request_stock.request([newest()], key)
    with pytest.raises(ErpError, match="nothing is missing that is not on its way"):
        request_stock.request([newest()], key)


def test_fulfilling_ships_what_is_there_and_reminds_of_money(supplied: Market) -> None:
    m.arrive(supplied.mug, supplied.porto, 2)
    order = m.ordered(supplied, (supplied.mug, 5))
    with pytest.raises(ErpError, match="no stock to send yet: 3 units are still missing"):
        fulfil.fulfil(newest())
    m.arrive(supplied.mug, supplied.porto, 2)
    done = fulfil.fulfil(newest())
    assert (done.shipment, done.qty, done.owed_minor) == ("SH-1001", 4, 0)
    row = m.record(order)
    assert row is not None
    assert (row.status, row.short_qty, row.fulfilled_qty) == ("new", 1, 2)
    m.arrive(supplied.mug, supplied.porto, 1)
    orders.hold([order.id])
    with pytest.raises(ErpError):
        fulfil.fulfil(row.id)
    orders.unhold([order.id])
    fulfil.fulfil(row.id)
    assert m.record(order).status == "fulfilled"  # type: ignore[union-attr]
    assert not list(QueueVerifier().differences())


def test_screens_learn_where_units_are_and_who_is_ahead(supplied: Market) -> None:
    m.arrive(supplied.mug, supplied.north, 3)
    made = [m.ordered(supplied, (supplied.mug, qty)) for qty in (4, 1, 2)]
    m.arrive(supplied.mug, supplied.porto, 1)
    lines = [order.lines[0].id for order in made]
    found = explain.positions(lines)
    assert [found[line].words for line in lines] == [
        "1st of 3; 0 units ahead",
        "2nd of 3; 3 units ahead",
        "3rd of 3; 4 units ahead",
    ]
    facts = explain.facts(lines)
    assert (facts[lines[0]].wanted, facts[lines[0]].here) == (4, 1)
    assert facts[lines[1]].elsewhere == (("North", 3),)
    places = explain.stock_by_location([supplied.mug])[supplied.mug]
    assert [(place.name, place.on_hand, place.free) for place in places] == [
        ("North", 3, 3), ("Porto", 1, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("number", "word"), [(1, "1st"), (2, "2nd"), (11, "11th"), (23, "23rd")])
def test_ordinals(number: int, word: str) -> None:
    assert explain.ordinal(number) == word


def test_explaining_costs_the_same_for_few_and_many_lines(supplied: Market, app: Flask) -> None:
    lines = [m.ordered(supplied, (supplied.mug, 2)).lines[0].id for _ in range(30)]
    counts = []
    for some in (lines[:3], lines):
        with m.statements(app) as seen:
            explain.facts(some)
            explain.positions(some)
        counts.append(len(seen))
    assert counts[0] == counts[1]
