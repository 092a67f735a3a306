"""Entering and editing orders with live availability, and a back-order quantity by hand."""

from __future__ import annotations

import re
from datetime import date

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.lifecycle import disable
from plugins.backorders.models import QueueRow
from plugins.inventory.models import Product
from plugins.inventory.services import adjust
from plugins.purchasing.models import Supplier
from plugins.purchasing.services import creating
from plugins.purchasing.services import orders as purchases
from plugins.purchasing.services.creating import NewPurchase, NewPurchaseLine
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders
from tests.plugins.sales.shop import confirmed, open_shop, statements

LIVE, EDIT = "/sales/order/live", "/sales/order/1/edit"
LATE = date(2099, 6, 1)


def words(page, key):
    found = re.search(rf'id="outlook-{key}".*?>(.*?)</div>', page, re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1])).strip()


def typed(shop, *lines, **more):
    form = {"product": [], "qty": [], "price": [], "discount": [], "warehouse": str(shop.store)}
    for product, qty in lines:
        for name, value in (("product", product), ("qty", qty), ("price", ""), ("discount", "")):
            form[name].append(value)
    return form | more


def buy(shop, qty):
    supplier = Supplier(code="NORD", name="Nordlicht Supply", email="o@nord.example")
    db.session.add(supplier)
    db.session.flush()
    line = NewPurchaseLine(shop.mug, qty, 700)
    (made,) = creating.create([NewPurchase(supplier.id, shop.store, (line,), expected_on=LATE)])
    purchases.mark_sent(made.id)
    return made.id


def test_each_line_says_what_is_free_short_and_expected(act, admin):
    shop = act(lambda: open_shop(mugs=5))
    act(lambda: confirmed(shop, (shop.mug, 2)).id)
    lines = (("HF-310", "2"), ("HF-310 · Stoneware mug, slate", "4"), ("CARD", "1"), ("", ""))
    page = admin.post(LIVE, typed(shop, *lines)).text
    assert words(page, "line-1") == "2 ordered · 2 free in stock"
    assert words(page, "line-2") == "4 ordered · 1 free 3 short nothing on its way for it"
    assert words(page, "line-3") == "needs no stock"
    assert words(page, "line-4") == ""
    act(lambda: adjust.open_balances(shop.outlet, {shop.mug: 7}) and None)
    page = admin.post(LIVE, typed(shop, *lines)).text
    assert words(page, "line-2") == "4 ordered · 1 free 3 short 7 free at other locations"
    act(lambda: buy(shop, 3))
    page = admin.post(LIVE, typed(shop, *lines)).text
    assert (
        words(page, "line-2")
        == "4 ordered · 1 free 3 short expected 1 Jun 2099 · 7 free at other locations"
    )


def test_nonsense_says_nothing_and_breaks_nothing(act, admin):
    shop = act(open_shop)
    lines = (("HF-310", "many"), ("NO-SUCH", "1"), ("", "5"), ("HF-310", "-1"))
    answer = admin.post(LIVE, typed(shop, *lines, typing="99", order="x"))
    assert answer.status_code == 200
    assert [words(answer.text, f"line-{n}") for n in (1, 2, 3, 4)] == ["", "", "", ""]
    assert admin.post(LIVE, {"warehouse": "x"}).status_code == 200
    assert admin.post(LIVE, typed(shop, order="99")).status_code == 404


def test_products_are_found_by_sku_name_and_barcode_in_the_same_request(act, admin):
    shop = act(open_shop)

    def code():
        db.session.get(Product, shop.kettle).barcode = "4006381333931"

    act(code)
    for text in ("hf-22", "neck", "638133"):
        page = admin.post(LIVE, typed(shop, ("HF-310", "1"), (text, "1"), typing="2")).text
        assert '<option value="HF-228 · Goose-neck kettle">' in page
        assert "ordered" in words(page, "line-1")
    assert "<option" not in admin.post(LIVE, typed(shop, ("HF-310", "1"))).text


def test_a_change_takes_as_many_statements_for_two_lines_as_for_forty(app, act, admin):
    shop = act(open_shop)
    counts = []
    for many in (1, 20):
        form = typed(shop, *([("HF-310", "1"), ("HF-228", "2")] * many))
        admin.post(LIVE, form)
        with statements(app) as seen:
            admin.post(LIVE, form)
        counts.append(len(seen))
    assert counts[0] == counts[1]


# -- edit ----------------------------------------------------------------------------------


def fields(page):
    return {n: v for n, v in re.findall(r'name="([\w-]+)"[^>]*? value="([^"]*)"', page)}


def queue(act):
    query = sa.select(QueueRow.order_id, QueueRow.open_qty, QueueRow.allocated_qty)
    rows = query.add_columns(QueueRow.forced_qty).order_by(QueueRow.alloc_key)
    return act(lambda: [tuple(row) for row in db.session.execute(rows)])


def test_quantities_and_new_lines_are_saved_together(act, admin):
    shop = act(lambda: open_shop(mugs=5))
    line = act(lambda: confirmed(shop, (shop.mug, 2)).lines[0].id)
    assert 'href="/sales/order/1/edit"' in admin.page("/sales/order/1/")
    version = fields(admin.page(EDIT))["version"]
    form = typed(shop, ("hf-228", "3"), version=version, order="1", **{f"qty-{line}": "4"})
    assert words(admin.post(LIVE, form).text, f"edit-{line}") == "4 ordered · 4 free in stock"
    assert admin.post(EDIT, form).location == "/sales/order/1/"
    saved = act(lambda: [x.ordered_qty for x in db.session.get(SalesOrder, 1).lines])
    assert saved == [4, 3]
    again = admin.post(EDIT, form)
    assert again.status_code == 422
    assert "Somebody changed this order meanwhile" in again.text
    assert act(lambda: len(db.session.get(SalesOrder, 1).lines)) == 2


def test_what_is_wrong_comes_back_marked_and_nothing_is_saved(act, admin):
    shop = act(open_shop)
    line = act(lambda: confirmed(shop, (shop.mug, 2)).lines[0].id)
    version = fields(admin.page(EDIT))["version"]
    form = typed(shop, ("NO-SUCH", "3"), version=version, **{f"qty-{line}": "four"})
    answer = admin.post(EDIT, form)
    assert answer.status_code == 422
    for text in ("correct the fields", 'value="four"', 'value="NO-SUCH"', "Whole number from 1"):
        assert text in answer.text
    assert act(lambda: db.session.get(SalesOrder, 1).version) == int(version)


@pytest.mark.feature("F005", "F006")
def test_a_back_order_quantity_typed_by_hand_holds_although_there_is_stock(act, admin):
    shop = act(lambda: open_shop(mugs=5))
    line = act(lambda: confirmed(shop, (shop.mug, 4)).lines[0].id)
    assert queue(act) == [(1, 4, 4, 0)]
    page = admin.page(EDIT)
    assert "Save &amp; Close" in page
    form = {"version": fields(page)["version"], f"forced-{line}": "3"}
    assert admin.post(EDIT, form).status_code == 302
    assert queue(act) == [(1, 4, 1, 3)]
    assert re.search(r"peg-pill[^>]*>.*?3", admin.page("/sales/order/1/"), re.S)
    page = admin.page(EDIT)
    assert fields(page)[f"forced-{line}"] == "3"
    form = {"version": fields(page)["version"], f"forced-{line}": "9"}
    answer = admin.post(EDIT, form)
    assert answer.status_code == 422
    assert 'value="9"' in answer.text
    assert queue(act) == [(1, 4, 1, 3)]


def test_without_back_orders_the_page_has_no_such_column(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 4)).id)
    assert "forced-" in admin.page(EDIT)
    act(lambda: disable("backorders"))
    assert "forced-" not in admin.page(EDIT)


def test_an_approved_order_cannot_be_edited(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 4)).id)
    act(lambda: len(orders.approve([1])))
    assert admin.get(EDIT).status_code == 409
    assert EDIT not in admin.page("/sales/order/1/")
