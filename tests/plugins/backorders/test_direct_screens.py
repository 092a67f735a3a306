"""Drop ship and cross-dock through the screens of purchasing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from erp_core.db import db
from erp_core.lifecycle import disable
from erp_core.testing.people import Person, admin
from plugins.purchasing.services import loading
from plugins.sales.models import SalesOrder
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market, open_market
from tests.plugins.backorders.test_direct import bought, clean, sell

HTMX = {"HX-Request": "true"}


@pytest.fixture
def buyer(app: Any) -> Person:
    return admin(app)


@pytest.fixture
def trade(act: Any) -> Market:
    return act(lambda: sell(open_market()))


def order_for(act: Any, trade: Market, qty: int) -> tuple[int, str]:
    """Order mugs; returns the id and the number."""

    def work() -> tuple[int, str]:
        made = m.ordered(trade, (trade.mug, qty))
        return made.id, made.number

    return act(work)


def sent(act: Any, trade: Market, *orders: int) -> int:
    """Buy what these orders are short of; returns the purchase order."""
    return act(lambda: bought(trade, *(db.session.get_one(SalesOrder, key) for key in orders)))


def record(act: Any, order: int) -> tuple[int, str]:
    """Return id and status of the back order of an order."""

    def work() -> tuple[int, str]:
        found = m.record(db.session.get_one(SalesOrder, order))
        assert found is not None
        return found.id, found.status

    return act(work)


def asked(buyer: Person, purchase: int) -> tuple[str, dict[str, str]]:
    """Open the dialog; returns its text and the form it proposes."""
    dialog = buyer.get(f"/purchasing/order/{purchase}/receive", headers=HTMX).text
    return dialog, dict(re.findall(r'name="(version|arrived-\d+)"[^>]* value="(\d+)"', dialog))


@pytest.mark.feature("F065", "F066", "F108")
def test_marking_a_drop_ship_order_received_clears_the_back_order(
    buyer: Person, trade: Market, act: Any
) -> None:
    order, number = order_for(act, trade, 5)
    assert number in buyer.page("/backorders/backorder/")
    ask = f"/backorders/backorder/{record(act, order)[0]}/request"
    dialog = buyer.get(ask, headers=HTMX).text
    offer = re.search(r'name="offer" value="(purchasing.order\|new:\d+)"', dialog)
    assert offer, dialog
    form = {"offer": offer[1], "qty": "5", "place-0": "customer"}
    made = buyer.post(ask, form, headers=HTMX)
    assert made.status_code < 400, made.text
    purchase = act(lambda: loading.by_number("PO-1001").id)
    assert "Petra Novák, Rua 1, Porto" in buyer.page(f"/purchasing/order/{purchase}/")
    buyer.post(f"/purchasing/order/{purchase}/mark-sent")
    dialog, form = asked(buyer, purchase)
    assert "delivers straight to the customer" in dialog
    assert f"5 for BO-1 · {number}, Petra Novák" in dialog
    assert buyer.post(f"/purchasing/order/{purchase}/receive", form).status_code == 302
    assert "5 units handed straight to customers" in buyer.page(f"/purchasing/order/{purchase}/")
    assert number not in buyer.page("/backorders/backorder/")
    assert act(clean)


@pytest.mark.feature("F093", "F094")
def test_the_chosen_get_goods_at_the_door_and_the_others_by_their_turn(
    buyer: Person, trade: Market, act: Any
) -> None:
    first, second, late = (order_for(act, trade, 2)[0] for _ in range(3))
    purchase = sent(act, trade, first, second)
    dialog, form = asked(buyer, purchase)
    keys = re.findall(r'name="hand-(\d+)" value="(sales.order_line:\d+)"', dialog)
    assert len(keys) == 3
    assert "next in line" in dialog
    line, key = keys[2]
    form[f"hand-{line}"] = key
    assert buyer.post(f"/purchasing/order/{purchase}/receive", form).status_code == 302
    said = buyer.page(f"/purchasing/order/{purchase}/")
    assert "2 units put into stock, 2 units handed straight to customers" in said
    assert record(act, late)[1] == "fulfilled"
    assert act(lambda: m.figures(first)) == [(2, 0, 0)]
    assert act(lambda: m.figures(second)) == [(0, 0, 2)]
    assert act(clean)


def test_ticks_and_quantities_come_back_with_a_complaint(
    buyer: Person, trade: Market, act: Any
) -> None:
    order, _number = order_for(act, trade, 2)
    purchase = sent(act, trade, order)
    dialog, form = asked(buyer, purchase)
    ((line, key),) = re.findall(r'name="hand-(\d+)" value="([^"]+)"', dialog)
    form |= {f"hand-{line}": key, f"arrived-{line}": "9"}
    answer = buyer.post(f"/purchasing/order/{purchase}/receive", form)
    assert answer.status_code == 422
    assert "9 received of 2 ordered; 2 still open" in answer.text
    assert f'value="{key}" checked' in answer.text
    assert 'value="9"' in answer.text
    gone = form | {f"arrived-{line}": "2", f"hand-{line}": "sales.order_line:999999"}
    assert buyer.post(f"/purchasing/order/{purchase}/receive", gone).status_code == 302
    assert act(lambda: m.figures(order)) == [(2, 0, 0)]


def test_without_purchasing_only_other_locations_are_offered(
    buyer: Person, trade: Market, act: Any
) -> None:
    act(lambda: m.arrive(trade.mug, trade.north, 4))
    order, _number = order_for(act, trade, 5)
    ask = f"/backorders/backorder/{record(act, order)[0]}/request"
    assert "New purchase order" in buyer.get(ask, headers=HTMX).text
    act(lambda: disable("purchasing"))
    offered = buyer.get(ask, headers=HTMX).text
    assert "Transfer from North" in offered
    assert "4 free at North" in offered
    assert "purchase order" not in offered


def test_without_back_orders_purchasing_shows_no_trace_of_them(
    buyer: Person, trade: Market, act: Any
) -> None:
    order, number = order_for(act, trade, 5)
    purchase = sent(act, trade, order)
    page = f"/purchasing/order/{purchase}/"
    assert number in buyer.page(page)
    act(lambda: disable("backorders"))
    _dialog, form = asked(buyer, purchase)
    for part in ("", "receive", "cancel", "document"):
        assert number not in buyer.page(f"{page}{part}")
    assert buyer.post(f"{page}receive", form).status_code == 302
    assert "5 units put into stock" in buyer.page(page)
