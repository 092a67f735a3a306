"""Purchasing's answer to the port SupplySource."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from erp_core.registry import providers
from plugins.inventory.models import Peg
from plugins.inventory.ports import Need, SupplyRequest, SupplySource
from plugins.purchasing.models import PurchaseOrder, Supplier, SupplierProduct
from plugins.purchasing.services import loading, orders, receiving
from plugins.purchasing.supply import PurchaseSupply
from tests.plugins.purchasing.conftest import World, build, counted, order_of
from tests.plugins.purchasing.test_orders import products

SUPPLY = PurchaseSupply()
ADDRESS = "Oak & Iron Ltd\n1 Mill Lane\nLeeds"


@pytest.fixture
def shop(ctx: Any) -> World:
    return build()


def need(shop: World, product: int, qty: int = 7, line: int = 1, **more: Any) -> Need:
    facts = {"company_id": shop.company, "warehouse_id": shop.porto, "ship_to": ADDRESS, **more}
    since = datetime(2026, 11, 1, tzinfo=UTC)
    return Need("test.line", line, product, qty, since, label=f"SO-{1000 + line}", **facts)


def orders_made() -> list[PurchaseOrder]:
    found = sa.select(PurchaseOrder.id).order_by(PurchaseOrder.id)
    return [loading.get(key) for key in db.session.scalars(found)]


def test_the_answer_is_registered(shop: World) -> None:
    keys = [source.key for source in providers(SupplySource)]  # type: ignore[type-abstract]
    assert "purchasing.order" in keys


def test_each_supplier_is_offered_the_preferred_first(shop: World) -> None:
    first, second = SUPPLY.offers_for([need(shop, shop.lamp)])[0]
    assert first.key == f"new:{shop.nord}"
    assert first.title == "New purchase order"
    assert first.detail == "Nordlicht Supply · lead time 5 days · €12.50 each"
    assert first.places[0] == (shop.porto, "Porto")
    assert [name for _key, name in first.places] == ["Porto", "Lyon", "Main warehouse"]
    assert (first.can_ship_to_customer, first.problem) == (True, "")
    assert second.detail.startswith("Harbor & Finch · lead time 2 days · €11.00 each")


def test_missing_contact_data_is_said_and_does_not_stop(shop: World) -> None:
    offer = SUPPLY.offers_for([need(shop, shop.lamp)])[0][1]
    assert offer.detail.endswith("· contact data is missing")
    assert offer.problem == ""
    db.session.get_one(Supplier, shop.harbor).phone = "+44 113 496 0000"
    assert "missing" not in SUPPLY.offers_for([need(shop, shop.lamp)])[0][1].detail


def test_lots_are_proposed_not_imposed(shop: World) -> None:
    asked = need(shop, shop.pack)
    (offer,) = SUPPLY.offers_for([asked])[0]
    assert "sold at least 12 and in multiples of 6: 12 would fit" in offer.detail
    assert "would fit" not in SUPPLY.offers_for([replace(asked, qty=18)])[0][0].detail
    SUPPLY.request([SupplyRequest(offer.key, asked, 7)])
    assert orders_made()[0].lines[0].ordered_qty == 7


def test_a_product_nobody_sells_says_so(shop: World) -> None:
    (offer,) = SUPPLY.offers_for([need(shop, shop.mug)])[0]
    assert offer.problem == "No supplier sells HF-310; add one first."
    assert offer.key == "new:0"
    with pytest.raises(ConflictError, match="does not sell the product"):
        SUPPLY.request([SupplyRequest(offer.key, need(shop, shop.mug), 7)])


def test_the_needs_own_location_comes_first(shop: World) -> None:
    (offer, _other) = SUPPLY.offers_for([need(shop, shop.lamp, warehouse_id=shop.lyon)])[0]
    assert [name for _key, name in offer.places] == ["Lyon", "Main warehouse", "Porto"]


def test_without_an_address_nothing_ships_to_the_customer(shop: World) -> None:
    asked = need(shop, shop.lamp, ship_to="")
    offer = SUPPLY.offers_for([asked])[0][0]
    assert not offer.can_ship_to_customer
    with pytest.raises(ErpError, match="SO-1001: the customer has no delivery address"):
        SUPPLY.request([SupplyRequest(offer.key, asked, 7, ship_to_customer=True)])


def test_drafts_of_the_suppliers_can_be_extended_sent_ones_not(shop: World) -> None:
    draft = order_of(shop, (shop.pack, 12), (shop.service, 1))
    order_of(shop, (shop.pack, 12), status="sent")
    order_of(shop, (shop.pack, 1), ship_to_customer=True, ship_to="Somebody else, Paris")
    offers = SUPPLY.offers_for([need(shop, shop.lamp)])[0]
    extends = [offer for offer in offers if offer.key.startswith("extend:")]
    assert [offer.key for offer in extends] == [f"extend:{draft.id}"]
    assert extends[0].title == "Add to open purchase order"
    assert extends[0].detail == "PO-1001 · draft · 2 lines · not sent yet · Nordlicht Supply"
    assert extends[0].places == ((shop.porto, "Porto"),)


def test_a_request_makes_a_pegged_draft_and_links_to_it(shop: World) -> None:
    asked = need(shop, shop.lamp)
    (link,) = SUPPLY.request([SupplyRequest(f"new:{shop.nord}", asked, 7, shop.lyon)])
    (order,) = orders_made()
    assert (order.status, order.warehouse_id, order.ship_to_customer) == ("draft", shop.lyon, False)
    assert (order.lines[0].ordered_qty, order.lines[0].unit_cost_minor) == (7, 1250)
    assert link.number == order.number
    assert link.url == f"/purchasing/order/{order.id}/"
    assert (link.verb, link.qty) == ("View purchase order", 7)
    peg = db.session.scalars(sa.select(Peg)).one()
    assert (peg.supply_source, peg.supply_line_id) == ("purchasing.order", order.lines[0].id)
    assert (peg.demand_source, peg.demand_line_id, peg.qty) == ("test.line", 1, 7)
    assert SUPPLY.links([order.lines[0].id])[order.lines[0].id] == link


def test_what_is_bought_beyond_the_need_is_not_pegged(shop: World) -> None:
    SUPPLY.request([SupplyRequest(f"new:{shop.nord}", need(shop, shop.lamp), 20)])
    assert orders_made()[0].lines[0].ordered_qty == 20
    assert db.session.scalars(sa.select(Peg)).one().qty == 7


def test_one_order_is_made_for_each_supplier_place_and_customer(shop: World) -> None:
    nord, harbor = f"new:{shop.nord}", f"new:{shop.harbor}"
    wanted = [
        SupplyRequest(nord, need(shop, shop.lamp, line=1), 7),
        SupplyRequest(nord, need(shop, shop.pack, line=2), 5),
        SupplyRequest(nord, need(shop, shop.lamp, line=3), 3),
        SupplyRequest(nord, need(shop, shop.lamp, line=4), 1, shop.lyon),
        SupplyRequest(harbor, need(shop, shop.lamp, line=5), 2),
        SupplyRequest(nord, need(shop, shop.lamp, line=6), 4, None, ship_to_customer=True),
    ]
    links = SUPPLY.request(wanted)
    assert [link.number for link in links] == [
        "PO-1001",
        "PO-1001",
        "PO-1001",
        "PO-1002",
        "PO-1003",
        "PO-1004",
    ]
    first, _second, _third, fourth = orders_made()
    assert [(x.product_id, x.ordered_qty) for x in first.lines] == [(shop.lamp, 10), (shop.pack, 5)]
    assert (fourth.ship_to_customer, fourth.ship_to) == (True, ADDRESS)
    pegs = db.session.execute(sa.select(Peg.demand_line_id, Peg.qty).order_by(Peg.demand_line_id))
    assert [tuple(row) for row in pegs] == [(1, 7), (2, 5), (3, 3), (4, 1), (5, 2), (6, 4)]


def test_a_draft_is_extended_and_the_same_product_grows_its_line(shop: World) -> None:
    draft = order_of(shop, (shop.lamp, 2))
    key = f"extend:{draft.id}"
    links = SUPPLY.request(
        [
            SupplyRequest(key, need(shop, shop.lamp, line=1), 7),
            SupplyRequest(key, need(shop, shop.pack, line=2), 5),
        ]
    )
    assert [link.number for link in links] == [draft.number, draft.number]
    (order,) = orders_made()
    assert [(x.product_id, x.ordered_qty) for x in order.lines] == [(shop.lamp, 9), (shop.pack, 5)]


Wrong = Callable[[World], SupplyRequest]
REFUSED: list[tuple[Wrong, str]] = [
    (lambda s: SupplyRequest("new:x", need(s, s.lamp), 1), "does not exist; choose one"),
    (lambda s: SupplyRequest("steal:1", need(s, s.lamp), 1), "does not exist; choose one"),
    (lambda s: SupplyRequest("", need(s, s.lamp), 1), "does not exist; choose one"),
    (lambda s: SupplyRequest("extend:" + "9" * 40, need(s, s.lamp), 1), "does not exist; choose"),
    (lambda s: SupplyRequest("extend:999", need(s, s.lamp), 1), "does not exist"),
    (lambda s: SupplyRequest(f"new:{s.harbor}", need(s, s.pack), 1), "does not sell the product"),
    (lambda s: SupplyRequest(f"new:{s.nord}", need(s, s.lamp), 0), "Whole number from 1"),
    (lambda s: SupplyRequest(f"new:{s.nord}", need(s, s.lamp), -1), "Whole number from 1"),
    (lambda s: SupplyRequest(f"new:{s.nord}", need(s, s.lamp), 10**30), "Whole number from 1"),
    (lambda s: SupplyRequest(f"new:{s.nord}", need(s, s.lamp), 1, s.defective), "cannot receive"),
    (lambda s: SupplyRequest(f"new:{s.nord}", need(s, s.lamp), 1, 999), "Choose a location"),
    (
        lambda s: SupplyRequest(
            f"extend:{order_of(s, (s.lamp, 1), status='sent').id}", need(s, s.lamp), 1
        ),
        "PO-1001 is sent; it can be changed only while it is a draft",
    ),
    (
        lambda s: SupplyRequest(
            f"extend:{order_of(s, (s.lamp, 1), supplier_id=s.harbor).id}", need(s, s.pack), 1
        ),
        "Harbor & Finch does not sell this product",
    ),
    (
        lambda s: SupplyRequest(
            f"extend:{order_of(s, (s.lamp, 1), ship_to_customer=True, ship_to='Paris').id}",
            need(s, s.lamp),
            1,
        ),
        "it ships to another customer than SO-1001 is for",
    ),
    (
        lambda s: SupplyRequest(
            f"extend:{order_of(s, (s.lamp, 1)).id}", need(s, s.lamp), 1, ship_to_customer=True
        ),
        "it does not ship to the customer",
    ),
]


@pytest.mark.parametrize(("wrong", "sentence"), REFUSED)
def test_an_offer_that_cannot_be_taken_is_refused(shop: World, wrong: Wrong, sentence: str) -> None:
    chosen = wrong(shop)
    with pytest.raises(ErpError, match=sentence):
        SUPPLY.request([chosen])
    assert db.session.scalar(sa.select(sa.func.count(Peg.id))) == 0


def test_incoming_is_what_was_sent_into_stock_and_has_not_come(shop: World) -> None:
    order_of(shop, (shop.lamp, 99))
    later = order_of(shop, (shop.lamp, 10), status="sent", expected_on=date(2031, 2, 1))
    sooner = order_of(
        shop, (shop.lamp, 4), status="sent", expected_on=date(2031, 1, 1), warehouse_id=shop.lyon
    )
    order_of(shop, (shop.lamp, 5), status="sent", ship_to_customer=True, ship_to=ADDRESS)
    gone = order_of(shop, (shop.lamp, 6), status="sent")
    orders.cancel(gone.id)
    receiving.receive(later.id, {later.lines[0].id: 3})
    found = SUPPLY.incoming([shop.lamp, shop.pack])
    assert [(x.number, x.qty, x.warehouse_id, x.expected_on) for x in found] == [
        (sooner.number, 4, shop.lyon, date(2031, 1, 1)),
        (later.number, 7, shop.porto, date(2031, 2, 1)),
    ]
    assert found[0].url == f"/purchasing/order/{sooner.id}/"


def test_suppliers_are_one_row_a_product(shop: World) -> None:
    rows = db.session.execute(SUPPLY.suppliers()).all()
    assert sorted(tuple(row) for row in rows) == sorted(
        (product, shop.nord, "Nordlicht Supply", 5)
        for product in (shop.lamp, shop.pack, shop.service)
    )


def test_answers_cost_the_same_for_few_and_for_many(shop: World) -> None:
    many = products(50)
    db.session.add_all(
        SupplierProduct(supplier_id=shop.nord, product_id=product) for product in many
    )
    db.session.flush()
    new = f"new:{shop.nord}"

    def requests(ids: list[int]) -> list[SupplyRequest]:
        return [
            SupplyRequest(new, need(shop, product, line=line), 1)
            for line, product in enumerate(ids, start=1)
        ]

    few, lots = requests(many[:5]), requests(many)
    SUPPLY.request(few)  # the plugins' switches are read once, by the first event
    assert counted(lambda: SUPPLY.request(few)) == counted(lambda: SUPPLY.request(lots))
    some = [line.id for line in orders_made()[0].lines]
    all_lines = [line.id for order in orders_made() for line in order.lines]
    assert counted(lambda: SUPPLY.links(some)) == counted(lambda: SUPPLY.links(all_lines))
    assert counted(lambda: SUPPLY.incoming(many[:5])) == counted(lambda: SUPPLY.incoming(many))
    one = counted(lambda: SUPPLY.offers_for([need(shop, shop.lamp)])[0])
    for _number in range(5):
        order_of(shop, (shop.lamp, 1))
    assert counted(lambda: SUPPLY.offers_for([need(shop, shop.lamp)])[0]) == one


def test_offers_cost_the_same_for_one_need_and_for_forty(shop: World) -> None:
    many = products(40)
    for product in many[:20]:
        db.session.add(SupplierProduct(supplier_id=shop.harbor, product_id=product))
    order_of(shop, (many[0], 1), supplier_id=shop.harbor)
    wanted = [need(shop, product, line=line) for line, product in enumerate(many)]
    few = counted(lambda: SUPPLY.offers_for(wanted[:1]))
    assert counted(lambda: SUPPLY.offers_for(wanted)) == few + 1  # names what nobody sells
    offered = SUPPLY.offers_for(wanted)
    assert [len(ways) for ways in offered] == [2] * 20 + [1] * 20
    assert offered[39][0].problem.startswith("No supplier sells ")
