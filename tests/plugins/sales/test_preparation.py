"""Order preparation: what misses stock, what can ship, and the papers (F055, F056, F099, F142)."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from erp_core.db import db
from erp_core.lifecycle import disable
from plugins.inventory.services import adjust
from plugins.purchasing.models import Supplier
from plugins.purchasing.services import creating, receiving
from plugins.purchasing.services import orders as purchases
from plugins.purchasing.services.creating import NewPurchase, NewPurchaseLine
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders, preparing, shipping
from plugins.sales.services.orders import NewLine, NewOrder
from plugins.sales.services.preparing import Tab
from tests.plugins.sales.shop import DAY, confirmed, draft, on_hand, open_shop, statements

PAGE = "/sales/preparation/"


def stocked():
    """Open the shop with 5 mugs: two orders can ship, one in part, one not at all."""
    shop = open_shop(mugs=5)
    confirmed(shop, (shop.mug, 2))
    confirmed(shop, (shop.mug, 2), (shop.gift_card, 1))
    confirmed(shop, (shop.mug, 3))
    confirmed(shop, (shop.kettle, 1))
    draft(shop, (shop.mug, 1))
    orders.hold([confirmed(shop, (shop.mug, 1)).id])
    return shop


def many(shop, *products):
    news = [NewOrder(shop.customer, shop.store, (NewLine(p, 1),), DAY) for p in products * 20]
    orders.confirm([one.id for one in orders.create(news)])


def listed(page):
    return sorted(set(re.findall(r'<tr id="row-(\d+)"', page)))


def tabs(page):
    found = re.findall(
        r'peg-dot-\w+" aria-hidden="true"></i>(.*?) <span class="peg-chip-count">(\d+)', page
    )
    return {title: int(count) for title, count in found}


def buy(shop, product, qty):
    supplier = Supplier(code="NORD", name="Nordlicht Supply", email="o@nord.example")
    db.session.add(supplier)
    db.session.flush()
    line = NewPurchaseLine(product, qty, 700)
    (made,) = creating.create([NewPurchase(supplier.id, shop.store, (line,))])
    purchases.mark_sent(made.id)
    return made.id


@pytest.mark.feature("F055", "F056")
def test_orders_stand_in_the_tab_that_their_stock_puts_them_in(act, admin):
    act(stocked)
    ready = admin.page(PAGE)
    assert listed(ready) == ["1", "2"]
    assert tabs(ready) == {"In stock": 2, "Backorder": 2}
    assert "3 units" in ready
    short = admin.page(f"{PAGE}?tab=backorder")
    assert listed(short) == ["3", "4"]
    assert "1 of 3" in short
    assert "Nothing yet" in short
    assert listed(admin.page(f"{PAGE}?tab=nonsense&warehouse=x&page=-1&sort=99")) == ["1", "2"]


@pytest.mark.feature("F099")
def test_a_receipt_moves_the_order_over(act, admin):
    shop = act(stocked)
    key = act(lambda: buy(shop, shop.kettle, 1))
    assert listed(admin.page(f"{PAGE}?tab=backorder")) == ["3", "4"]
    act(lambda: receiving.receive(key) and None)
    assert listed(admin.page(f"{PAGE}?tab=backorder")) == ["3"]
    assert listed(admin.page(PAGE)) == ["1", "2", "4"]


@pytest.mark.feature("F142")
def test_one_and_many_orders_ship_from_there(act, admin):
    shop = act(stocked)
    seen = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{PAGE}?tab=in_stock"}
    dialog = admin.page("/sales/order/1/ship")
    form = dict(re.findall(r'name="(version|qty-\d+)" value="(\d+)"', dialog))
    answer = admin.post("/sales/order/1/ship", form, headers=seen)
    assert answer.headers["HX-Redirect"] == f"{PAGE}?tab=in_stock"
    assert listed(admin.page(PAGE)) == ["2"]
    answer = admin.post(f"{PAGE}action/", {"action": "ship", "rowid": ["2", "3"]})
    assert answer.status_code == 302
    assert act(lambda: on_hand(shop.mug, shop.store)) == 0
    found = act(lambda: [db.session.get(SalesOrder, pk).status for pk in (1, 2, 3)])
    assert found == ["fulfilled", "fulfilled", "partially_fulfilled"]


def test_many_ship_all_or_none(act, admin):
    act(stocked)
    answer = admin.post(f"{PAGE}action/", {"action": "ship", "rowid": ["1", "4"]})
    assert answer.status_code == 422
    assert "Nothing of SO-1004 can ship now" in answer.text
    assert act(lambda: db.session.get(SalesOrder, 1).status) == "confirmed"


def test_the_tabs_take_as_many_statements_for_two_orders_as_for_forty(app, act, admin):
    shop = act(stocked)
    counts = []
    for _ in range(2):
        admin.page(PAGE)
        for tab in Tab:
            with statements(app) as seen:
                admin.page(f"{PAGE}?tab={tab}")
            counts.append(len(seen))
        act(lambda: many(shop, shop.gift_card, shop.kettle))
    assert counts[:2] == counts[2:]


def test_without_back_orders_physical_stock_decides(act, admin):
    shop = act(stocked)
    act(lambda: disable("backorders"))
    assert listed(admin.page(PAGE)) == ["1", "2", "3"]
    assert listed(admin.page(f"{PAGE}?tab=backorder")) == ["4"]
    act(lambda: adjust.adjust(shop.store, {shop.mug: -3}, "count") and None)
    assert listed(admin.page(PAGE)) == ["1", "2"]


def test_both_ways_to_decide_agree_with_what_can_ship(ctx):
    stocked()

    def of(tab):
        return {one.id for one in db.session.query(SalesOrder).filter(preparing.in_tab(tab))}

    for order in db.session.query(SalesOrder).filter(preparing.in_preparation()):
        complete = shipping.shippable(order) == {
            line.id: line.open_qty for line in order.lines if line.open_qty
        }
        assert (order.id in of(Tab.IN_STOCK), order.id in of(Tab.BACKORDER)) == (
            complete,
            not complete,
        )


# -- papers --------------------------------------------------------------------------------


def read(answer):
    assert answer.mimetype == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)


def test_the_pick_list_says_what_to_take_for_whom(act, admin):
    shop = act(stocked)
    page = admin.page("/sales/order/pick-list")
    pdf = read(admin.get("/sales/order/pick-list?as=pdf"))
    for text in ("Pick list · Porto", "HF-310", "SO-1001: 2, SO-1002: 2"):
        assert text in page
        assert text in pdf
    assert "Gift card" not in page
    assert "data-print" in page
    assert "nothing to pick" in admin.page(f"/sales/order/pick-list?warehouse={shop.outlet}")
    assert admin.get(f"/sales/order/pick-list?as=pdf&warehouse={shop.outlet}").status_code == 404


def test_the_packing_slip_goes_with_the_parcel(act, admin):
    act(stocked)
    before = admin.page("/sales/order/3/packing-slip")
    assert re.search(r"HF-310</td>.*?>3</td>.*?>1</td>.*?>2</td>", before, re.S)
    act(lambda: shipping.ship(3).id)
    page = admin.page("/sales/order/3/")
    address = re.search(r'href="(/sales/order/3/shipments/\d+/packing-slip)"', page)[1]
    pdf = read(admin.get(f"{address}?as=pdf"))
    for text in ("Packing slip SH-1001", "Petra Novák", "SO-1003", "Stoneware mug, slate"):
        assert text in pdf
    assert admin.get("/sales/order/3/shipments/99/packing-slip").status_code == 404
