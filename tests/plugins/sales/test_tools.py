"""Tools for an order that has to wait, is given up, or came back (F143, F144)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from erp_core.db import db, now
from erp_core.registry import mail_source
from erp_core.settings import save as save_setting
from plugins.backorders.models import Backorder, QueueRow
from plugins.inventory.models import Warehouse
from plugins.sales.domain.reasons import CancelReason, Why
from plugins.sales.events import OrderCancelledOutOfStock, ShippingDelayed
from plugins.sales.models import Cancellation, Delay, SalesOrder
from plugins.sales.services import delaying, orders, payments, shipping
from tests.plugins.sales.shop import confirmed, draft, ledger, on_hand, open_shop


def send(admin, address, **typed):
    """Open a dialog, change what is typed, send it."""
    dialog = admin.page(address)
    form = {n: v for n, v in re.findall(r'name="([\w-]+)"[^>]*? value="([^"]*)"', dialog)}
    return admin.post(address, {**form, **typed})


def held(act, order_id):
    query = sa.select(QueueRow.allocated_qty, QueueRow.backordered_qty).filter_by(order_id=order_id)
    return act(lambda: [tuple(row) for row in db.session.execute(query)])


# -- delay shipping ------------------------------------------------------------------------


@pytest.mark.feature("F143")
def test_shipping_is_delayed_with_a_new_day_and_a_reason(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 5)).id)
    assert "Delay shipping…" in admin.page("/sales/order/1/")
    first, second = ((now() + timedelta(days=days)).date().isoformat() for days in (9, 20))
    assert send(admin, "/sales/order/1/delay", promised_on=first, reason="Kiln").status_code == 302
    send(admin, "/sales/order/1/delay", promised_on=second, reason="Strike at the port")
    page = admin.page("/sales/order/1/")
    for text in ("Promised", "Kiln", "Strike at the port"):
        assert text in page
    kept = act(lambda: [(d.before, d.reason) for d in db.session.scalars(sa.select(Delay))])
    assert [(str(before), reason) for before, reason in kept] == [
        ("None", "Kiln"),
        (first, "Strike at the port"),
    ]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reason": " "}, "Say why shipping is delayed"),
        ({"promised_on": "2020-01-02", "reason": "x"}, "2 Jan 2020 is past"),
        ({"promised_on": "soon", "reason": "x"}, "A date such as"),
        ({"reason": "x" * 201}, "At most 200 characters; these are 201"),
    ],
)
def test_a_delay_nobody_can_use_comes_back_with_one_sentence(act, admin, typed, sentence):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 5)).id)
    answer = send(admin, "/sales/order/1/delay", **typed)
    assert answer.status_code == 422
    assert sentence.lstrip("2 ") in answer.text
    assert act(lambda: db.session.get(SalesOrder, 1).promised_on) is None


def test_a_draft_cannot_be_delayed(act, admin):
    shop = act(open_shop)
    act(lambda: draft(shop, (shop.mug, 5)).id)
    assert admin.get("/sales/order/1/delay").status_code == 409


# -- cancel with a reason ------------------------------------------------------------------


@pytest.mark.feature("F144")
def test_an_order_out_of_stock_is_cancelled_and_its_units_go_to_the_next(act, admin):
    shop = act(lambda: open_shop(mugs=3))
    act(lambda: [confirmed(shop, (shop.mug, 5)).id, confirmed(shop, (shop.mug, 2)).id])
    assert held(act, 2) == [(0, 2)]
    answer = send(admin, "/sales/order/1/cancel", reason="out_of_stock", why="Maker stopped it")
    assert answer.status_code == 302
    assert held(act, 1) == []
    assert held(act, 2) == [(2, 0)]
    rows = act(
        lambda: [(c.qty, c.reason, c.note) for c in db.session.scalars(sa.select(Cancellation))]
    )
    assert rows == [(5, "out_of_stock", "Maker stopped it")]


def test_units_of_a_line_are_given_up_with_a_reason(act, admin):
    shop = act(open_shop)
    line = act(lambda: confirmed(shop, (shop.mug, 5)).lines[0].id)
    address = f"/sales/order/1/lines/{line}/cancel"
    assert send(admin, address, qty="2", reason="nonsense").status_code == 422
    send(admin, address, qty="2", reason="customer", why="Needs fewer")
    rows = act(lambda: [(c.qty, c.reason) for c in db.session.scalars(sa.select(Cancellation))])
    assert rows == [(2, "customer")]


def told(act, event):
    """Read the messages that the newest events of a kind call for."""

    def read():
        source = mail_source(event)
        return [m for e in source.recent().values() for m in source.messages(e)]

    return act(read)


def test_customer_and_staff_are_told_about_delays_and_lack_of_stock(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 5), (shop.kettle, 1)).id)
    day = (now() + timedelta(days=9)).date()
    act(lambda: delaying.delay(1, day, "Kiln").id)
    act(lambda: orders.cancel_line(1, 2, Why(CancelReason.OUT_OF_STOCK, "Sorry")).id)
    act(lambda: orders.cancel_line(1, 1, Why(CancelReason.CUSTOMER)).id)
    to, staff = told(act, ShippingDelayed)
    assert (to.audience, to.address, staff.audience) == ("customer", "petra@example.com", "staff")
    assert (to.variables["promised_on"], to.variables["reason"]) == (day.isoformat(), "Kiln")
    (to, _staff) = told(act, OrderCancelledOutOfStock)
    assert (to.variables["given_up"], to.variables["note"]) == (2, "Sorry")
    assert [line["given_up"] for line in to.variables["lines"]] == [2, 0]


# -- approval ------------------------------------------------------------------------------


def test_approval_locks_the_lines_until_it_is_withdrawn(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 5)).id)
    assert "Withdraw approval" not in admin.page("/sales/order/1/")
    admin.post("/sales/order/1/approve")
    page = admin.page("/sales/order/1/")
    assert "Withdraw approval" in page
    assert "Add line" not in page
    admin.post("/sales/order/1/withdraw")
    assert "Add line" in admin.page("/sales/order/1/")
    assert admin.post("/sales/order/1/withdraw").status_code == 409


# -- payment before shipping ---------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_goods_leave_unpaid_unless_the_company_insists(act, admin):
    shop = act(lambda: open_shop(mugs=5))
    act(lambda: [confirmed(shop, (shop.mug, 1)).id for _ in range(2)])
    assert send(admin, "/sales/order/1/ship").status_code == 302
    act(lambda: save_setting("sales", "require_payment_before_fulfilment", True))
    answer = send(admin, "/sales/order/2/ship")
    assert answer.status_code == 409
    assert "SO-1002 ships when it is paid: 12.50 EUR is owed" in answer.text
    act(lambda: payments.record(2, "Card", 1250).id)
    assert send(admin, "/sales/order/2/ship").status_code == 302


# -- returns -------------------------------------------------------------------------------


def test_goods_that_come_back_go_to_who_waits_and_reopen_nothing(act, admin):
    shop = act(lambda: open_shop(mugs=3))

    def trade():
        first = confirmed(shop, (shop.mug, 4))
        confirmed(shop, (shop.mug, 2))
        shipping.ship(first.id)
        orders.cancel([first.id])
        return first.lines[0].id

    line = act(trade)
    before = act(lambda: [(b.id, b.status) for b in db.session.scalars(sa.select(Backorder))])
    assert "Take back…" in admin.page("/sales/order/1/")
    typed = {f"qty-{line}": "2", "reason": "Wrong colour"}
    assert send(admin, "/sales/order/1/return", **typed).status_code == 302
    page = admin.page("/sales/order/1/")
    assert "RT-1001" in page
    assert "Wrong colour" in page
    assert "Fulfilled" in page
    assert held(act, 2) == [(2, 0)]
    assert act(lambda: ledger("return")) == [(shop.mug, shop.store, 2, "sales.return")]
    after = dict(act(lambda: [(b.id, b.status) for b in db.session.scalars(sa.select(Backorder))]))
    assert {key: after[key] for key, status in before if status == "cancelled"} == {
        key: "cancelled" for key, status in before if status == "cancelled"
    }
    answer = send(admin, "/sales/order/1/return", **{f"qty-{line}": "2"})
    assert answer.status_code == 422
    assert "Whole number from 0 to 1" in answer.text


def test_damaged_goods_go_where_nobody_counts_them(act, admin):
    shop = act(lambda: open_shop(mugs=1))

    def trade():
        bin_ = Warehouse(company_id=1, code="BAD", name="Damaged", kind="defective")
        db.session.add(bin_)
        first = confirmed(shop, (shop.mug, 1))
        confirmed(shop, (shop.mug, 1))
        shipping.ship(first.id)
        db.session.flush()
        return first.lines[0].id, bin_.id

    line, place = act(trade)
    typed = {f"qty-{line}": "1", "warehouse": str(place)}
    assert send(admin, "/sales/order/1/return", **typed).status_code == 302
    assert act(lambda: on_hand(shop.mug, place)) == 1
    assert held(act, 2) == [(0, 1)]
    assert admin.get("/sales/order/2/return").status_code == 409
