"""Fulfil through HTTP: what has stock leaves, a payment due is a reminder and no bar."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.testing.people import Person
from plugins.sales.models import SalesOrder, Shipment
from plugins.sales.services import orders, payments
from tests.plugins.backorders.market import arrive
from tests.plugins.backorders.views_trade import (
    HTMX,
    LIST,
    chips,
    figures,
    next_act,
    order,
    rows,
    toast,
    trade,
    words,
)

__all__ = ["trade"]
URL = f"{LIST}1/fulfil"


def ready(act, trade, *, paid: bool) -> None:
    """One order of 3 mugs, short, then 3 arrive: BO-1 has stock."""
    order_id, _ = order(act, trade, (trade.market.mug, 3))
    act(lambda: arrive(trade.market.mug, trade.market.porto, 3))
    if paid:
        act(lambda: payments.record(order_id, "Card", 3750).id)


def paid_and_status(act) -> tuple[int, str]:
    def read() -> tuple[int, str]:
        found = db.session.scalars(sa.select(SalesOrder)).one()
        return found.paid_minor, found.status

    found: tuple[int, str] = act(read)
    return found


@pytest.mark.feature("F111", "F113")
def test_a_paid_back_order_is_fulfilled_at_once_and_leaves_the_list(act, admin, trade) -> None:
    ready(act, trade, paid=True)
    row = rows(admin.page(f"{LIST}?status=stock_available"))[1]
    assert next_act(row) == "Fulfil order"
    assert f'hx-post="{URL}?status=stock_available"' in row
    answer = admin.post(f"{URL}?status=stock_available")
    assert answer.status_code == 302
    assert answer.location == f"{LIST}?status=stock_available"
    page = admin.page(LIST)
    assert "SH-1001: 3 units of SO-1001 shipped for BO-1." in page
    assert rows(page) == {}
    assert chips(page)["Fulfilled"] == 1
    assert "Fulfilled" in words(rows(admin.page(f"{LIST}?status=fulfilled"))[1])
    assert figures(act, 1) == ("fulfilled", 0, 0, 3, 0)
    assert paid_and_status(act) == (3750, "fulfilled")


@pytest.mark.feature("F112")
def test_an_unpaid_back_order_reminds_and_records_the_payment(act, admin, trade) -> None:
    ready(act, trade, paid=False)
    row = rows(admin.page(LIST))[1]
    assert "payment due" in row
    assert f'hx-get="{URL}"' in row
    dialog = words(admin.page(URL))
    assert "SO-1001 is not fully paid: €37.50 is still owed." in dialog
    assert "Fulfil anyway" in dialog
    assert "Record payment and fulfil" in dialog
    assert figures(act, 1) == ("stock_available", 0, 3, 0, 0)
    answer = admin.post(URL, {"act": "pay", "method": "Cash"}, headers=HTMX)
    assert answer.status_code == 200
    assert toast(answer)["text"] == "€37.50 recorded. SH-1001: 3 units of SO-1001 shipped for BO-1."
    assert rows(answer.text) == {}
    assert paid_and_status(act) == (3750, "fulfilled")


@pytest.mark.feature("F112")
def test_the_reminder_does_not_bar_the_way(act, admin, trade) -> None:
    ready(act, trade, paid=False)
    assert admin.post(URL, {"act": "anyway"}, headers=HTMX).status_code == 200
    assert figures(act, 1)[0] == "fulfilled"
    assert paid_and_status(act) == (0, "fulfilled")


def test_a_part_is_fulfilled_and_the_rest_waits_on(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 5))
    act(lambda: arrive(trade.market.mug, trade.market.porto, 2))
    admin.post(URL, {"act": "anyway"})
    assert figures(act, 1) == ("new", 3, 0, 2, 0)
    assert next_act(rows(admin.page(LIST))[1]) == "Request stock"


def test_an_unknown_way_of_paying_is_refused_and_nothing_leaves(act, admin, trade) -> None:
    ready(act, trade, paid=False)
    answer = admin.post(URL, {"act": "pay", "method": "Gold"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Choose how it was paid" in answer.text
    assert figures(act, 1)[0] == "stock_available"
    assert paid_and_status(act) == (0, "confirmed")


def test_payment_and_shipment_stand_or_fall_together(act, admin, trade) -> None:
    ready(act, trade, paid=False)
    act(lambda: len(orders.hold([1]) or []))
    answer = admin.post(URL, {"act": "pay", "method": "Cash"}, headers=HTMX)
    assert answer.status_code == 422
    assert "on hold" in answer.text
    assert paid_and_status(act) == (0, "on_hold")


def test_without_stock_nothing_can_be_fulfilled(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 5))
    for answer in (admin.get(URL, headers=HTMX), admin.post(URL, headers=HTMX)):
        assert answer.status_code == 409
        assert "no stock to send yet" in answer.text
    assert act(lambda: db.session.scalar(sa.select(sa.func.count(Shipment.id)))) == 0


def test_a_second_press_ships_nothing_twice(act, admin, trade) -> None:
    ready(act, trade, paid=True)
    assert admin.post(URL).status_code == 302
    assert admin.post(URL).status_code == 409
    assert figures(act, 1) == ("fulfilled", 0, 0, 3, 0)


def test_who_may_not_record_payments_may_still_fulfil(app, act, trade) -> None:
    ready(act, trade, paid=False)
    packer = Person(app, "warehouse")
    dialog = packer.page(URL)
    assert "Record payment and fulfil" not in dialog
    assert packer.post(URL, {"act": "pay", "method": "Cash"}, headers=HTMX).status_code == 422
    assert paid_and_status(act) == (0, "confirmed")
    assert packer.post(URL, {"act": "anyway"}, headers=HTMX).status_code == 200
